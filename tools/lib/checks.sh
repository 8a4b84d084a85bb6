# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# tools/test.sh and what it reads before this set these variables.
# shellcheck disable=SC2154
# The checks of tools/test.sh: check_NAME runs the one of that name, and counts what passed and failed. Those that instrument the build
# or need another system are in checks_slow.sh.

# Our own sources with these endings, as git knows them; in a tarball, as they lie there.
sources() { # sources GLOB...
  git ls-files -- "$@" 2>/dev/null || find . -path './build*' -prune -o -type f \( -name "$1" "${@:2}" \) -print
}

# test_in DIRECTORY MESON_TEST_ARGUMENT...: runs the tests that were built there and counts them.
test_in() {
  local directory=$1
  shift
  forget_meson "$directory"
  local code=0
  meson test -C "$directory" --no-rebuild --print-errorlogs "$@" </dev/null || code=$?
  count_meson "$directory" "$code"
}

# build_and_test NAME MESON_TEST_ARGUMENTS MESON_OPTION...: in build-NAME. The arguments are one word, separated by spaces.
build_and_test() {
  local name=$1 arguments
  read -ra arguments <<<"$2"
  shift 2
  if build_in "build-$name" "$@"; then
    test_in "build-$name" "${arguments[@]}"
  else
    failure "build-$name"
  fi
}

# Tests mostly wait, for each other's processes and for servers that are slow on purpose.
side_by_side=(--num-processes $((2 * $(nproc))))

# Several files of a target are compiled as one: that takes half the time.
together=(-Dunity=on -Dunity_size=8)

# In build-test, where most checks run what they run; without debug information, which takes some time more.
test_options=(-Dwerror=true "${together[@]}" -Ddebug=false)
build_test() {
  build_in build-test "${test_options[@]}"
}

check_quick() {
  if build_test; then
    test_in build-test "${side_by_side[@]}"
  else
    failure build-test
  fi
}

check_ffmpeg() {
  local drop_in=$top/build-test/ffmpeg-filter/drop-in
  # Where nothing else is tested, nothing else is compiled.
  if configure_in build-test "${test_options[@]}" && quietly ninja-ffmpeg ninja -C build-test ffmpeg-tests &&
    quietly drop-in ffmpeg-filter/build.py drop-in "$drop_in" --install-deps; then
    test_in build-test "${side_by_side[@]}" --suite ffmpeg
  else
    failure ffmpeg
  fi
}

check_demo() {
  check demo a_clip_is_made
}
# Three streams: the clip's thumbnail is kept as the file's cover.
a_clip_is_made() {
  rm -f build/demo.mp4
  tools/demo.sh && [ "$(ffprobe -v error -show_entries stream=codec_type -of csv=p=0 build/demo.mp4 | sort -u)" = $'audio\nvideo' ]
}

check_format() {
  if ! command -v clang-format-14 >/dev/null; then
    skip format "clang-format 14 is not in this system, and others format differently"
    return
  fi
  mapfile -t files < <(sources '*.c' '*.h' '*.cpp')
  check format clang-format-14 --dry-run -Werror "${files[@]}"
}

check_shell() {
  mapfile -t files < <(git grep -lE '^#!/bin/(ba)?sh|^# shellcheck shell=')
  check shell shellcheck --severity=warning -x "${files[@]}"
}

check_headers() {
  local without
  # The vendor's own examples stand as they are.
  without=$(git ls-files -- '*.c' '*.h' '*.cpp' '*.def' '*.lua' '*.py' '*.sh' '*meson.build' ':!tests/simulator/vendor' |
    xargs grep -L 'SPDX-License-Identifier: LGPL-2.1-or-later' || true)
  [ -z "$without" ] || say "without SPDX-License-Identifier: $without"
  check headers test -z "$without"
}

check_faults() {
  if build_test; then
    check faults env AIRFORCE_FAULTS=full build-test/tests/faults/fault-matrix-test
    check faults-sdk env AIRFORCE_FAULTS=full AIRFORCE_TEST_DIALECT=sdk build-test/tests/faults/fault-matrix-test
  else
    failure faults
  fi
}

check_sdk() {
  if build_test; then
    AIRFORCE_TEST_DIALECT=sdk test_in build-test "${side_by_side[@]}" --no-suite sdk --no-suite docs --no-suite install
  else
    failure sdk
  fi
}

check_load() {
  if build_test; then
    check load tools/test-under-load.py build-test --table build-test/load.md -- "${side_by_side[@]}"
  else
    failure load
  fi
}

check_farm() {
  if build_test; then
    check farm env AIRFORCE_FARM=full build-test/tests/farm/farm-test
  else
    failure farm
  fi
}

check_recipes() {
  # Kubernetes has no validator in Debian that works offline; npm has its schemas.
  local validators=build-test/tests/recipes/validators
  if ! build_test; then
    failure recipes
    return
  fi
  if command -v npm >/dev/null; then
    mkdir -p "$validators"
    quietly validators npm install --prefix "$validators" --no-audit --no-fund kubernetes-models@4 typescript@5 yaml@2 || failure validators
  fi
  test_in build-test --suite recipes
}
