#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# From a bare Debian to all tests passed: packages, build with warnings as errors, tests; --all adds what is slow.
set -euo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# The checks, in the order in which --all runs them.
all_checks=(quick ffmpeg demo format shell headers faults farm load recipes tidy fuzz coverage walk asan tsan valgrind versions dist deb matrix)
# What CI runs instead of some of them.
ci_checks=(asan-quick matrix-asan matrix-ffmpeg)

usage() {
  cat <<USAGE
usage: tools/test.sh [--all | CHECK...]

Installs the packages that are missing (as root, or through sudo), builds, and tests. The last line is
  N passed, N failed[, N skipped]
and the exit code is 0 only when nothing failed and something passed.

Without arguments: quick. --all: every check.
  quick     build with warnings as errors into build-test/, and every test
  ffmpeg    the protocol and the filter in the stock ffmpeg: builds the drop-in, then its tests
  demo      tools/demo.sh, and ffprobe on what it made
  format    clang-format 14 leaves the sources as they are
  shell     shellcheck finds nothing to warn of in the scripts
  headers   every source file names its licence
  faults    the whole fault matrix, in both dialects: every fault at every request, of which quick takes a part
  farm      the whole render farm: sixty prompts, twelve workers, and the time that they take
  load      every test, five times beside eight busy processes, and each test's failures in build-test/load.md
  recipes   the manifests of examples/farm, by the schemas of Kubernetes and Compose and by systemd
  tidy      clang-tidy finds nothing
  fuzz      each fuzz target looks for ten seconds, or AIRFORCE_FUZZ_SECONDS, beyond its corpus
  coverage  what the tests reach of common/, by file, into build-coverage/coverage/
  walk      1,000 state changes and 200 seeks of the element at random, for each kind of server, alone and beside others
  asan      the tests of our own programs and of the element with AddressSanitizer, LeakSanitizer and UndefinedBehaviorSanitizer
  tsan      the tests of the core and of the element with ThreadSanitizer
  valgrind  the tests of the C API and the element under valgrind, and what is bad input for the filter
  versions  the protocol and the filter in FFmpeg 7.1 and 9.0
  dist      the tarball of meson dist builds and passes every test
  deb       the Debian packages build, lintian finds nothing, and they are used from a directory into which they are unpacked
  matrix    build and tests in a clean Debian 13 (as root; elsewhere skipped)
And for CI, in less time:
  asan-quick   asan without LeakSanitizer
  matrix-asan  that in a clean Debian 13 (as root; elsewhere skipped)
  matrix-ffmpeg  ffmpeg in a clean Debian 13 (as root; elsewhere skipped)
USAGE
}

checks=()
while [ $# -gt 0 ]; do
  case $1 in
    -h | --help) usage; exit 0 ;;
    --all) checks=("${all_checks[@]}") ;;
    *) [[ " ${all_checks[*]} ${ci_checks[*]} " == *" $1 "* ]] || { usage >&2; exit 2; }; checks+=("$1") ;;
  esac
  shift
done
[ "${#checks[@]}" -gt 0 ] || checks=(quick)

# shellcheck source=lib/say.sh
. "$top/tools/lib/say.sh"
# shellcheck source=lib/packages.sh
. "$top/tools/lib/packages.sh"
# shellcheck source=lib/build.sh
. "$top/tools/lib/build.sh"
# shellcheck source=lib/results.sh
. "$top/tools/lib/results.sh"
cd "$top"

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
build_test() {
  build_in build-test -Dwerror=true "${together[@]}" -Ddebug=false
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
  if build_test && quietly drop-in ffmpeg-filter/build.py drop-in "$drop_in" --install-deps; then
    test_in build-test --suite ffmpeg
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

check_tidy() {
  check tidy run_clang_tidy
}
run_clang_tidy() {
  # With clang's own compile commands: it does not know all of gcc's warnings. Only what is generated needs to be built.
  CC=clang CXX=clang++ configure_in build-tidy "${together[@]}" || return
  local generated
  mapfile -t generated < <(ninja -C build-tidy -t targets rule CUSTOM_COMMAND | grep -E '\.(cpp|h)$')
  quietly ninja-build-tidy ninja -C build-tidy "${generated[@]}" || return
  run-clang-tidy -quiet -p build-tidy >"$scratch/tidy" 2>"$scratch/tidy.errors" && return
  # It colours files, too. Without a finding clang-tidy itself has failed.
  sed 's/\x1b\[[0-9;]*m//g' "$scratch/tidy" | grep -E ': (warning|error):' | sort -u >&2 || tail -n 20 "$scratch/tidy.errors" >&2
  return 1
}

check_fuzz() {
  if ! { CC=clang CXX=clang++ configure_in build-fuzz -Dfuzz=true && quietly ninja-build-fuzz ninja -C build-fuzz fuzzers; }; then
    failure build-fuzz
    return
  fi
  local target
  for target in tests/fuzz/corpus/*; do
    check "fuzz ${target##*/}" tests/fuzz/run.sh build-fuzz "${AIRFORCE_FUZZ_SECONDS:-10}" "${target##*/}"
  done
}

check_coverage() {
  if ! CC=clang CXX=clang++ build_in build-coverage "${together[@]}" -Dcoverage=true; then
    failure build-coverage
    return
  fi
  local raw=$top/build-coverage/coverage/raw
  rm -rf "$raw"
  # Eight files, into which every program adds what it counted.
  LLVM_PROFILE_FILE=$raw/%8m.profraw AIRFORCE_FAULTS=full test_in build-coverage --timeout-multiplier 4
  check "coverage report" tests/coverage/report.py build-coverage
}

check_walk() {
  if build_test; then
    AIRFORCE_WALK=1000 test_in build-test --timeout-multiplier 10 random
  else
    failure build-test
  fi
}

with_asan() { # with_asan SETUP
  build_and_test asan "--timeout-multiplier 4 --setup $1 ${side_by_side[*]}" \
    "${together[@]}" -Doptimization=0 -Db_sanitize=address,undefined -Db_lundef=false
}
check_asan() {
  with_asan asan
}
check_asan_quick() {
  with_asan asan_quick
}

check_tsan() {
  build_and_test tsan "--timeout-multiplier 8 --setup tsan ${side_by_side[*]}" "${together[@]}" -Doptimization=0 -Db_sanitize=thread -Db_lundef=false
}

check_valgrind() {
  local suites='--suite capi --suite gst --no-suite examples --no-suite paced --no-suite security'
  build_and_test valgrind "--timeout-multiplier 4 --setup valgrind $suites" "${together[@]}" -Dcpp_args=-DAIRFORCE_TEST_SLOWNESS=10
  check "valgrind ffmpeg" ffmpeg_under_valgrind
}
ffmpeg_under_valgrind() {
  quietly drop-in ffmpeg-filter/build.py drop-in "$top/build-valgrind/ffmpeg-filter/drop-in" --install-deps &&
    quietly valgrind-ffmpeg tests/ffmpeg/valgrind.sh build-valgrind
}

check_versions() {
  build_test
  check versions tests/ffmpeg/versions.sh build-test
}

check_dist() {
  if ! git rev-parse --git-dir >/dev/null 2>&1; then
    skip dist "meson makes a tarball of a git checkout, and this is none"
  else
    check dist make_tarball
  fi
}
# What is committed, without git: meson unpacks it in a directory of its own, and builds, tests and installs it there.
make_tarball() {
  configure_in build-dist -Dwerror=true "${together[@]}" -Ddebug=false && quietly dist meson dist -C build-dist --formats xztar
}

check_deb() {
  check deb tests/install/deb_test.sh
}

in_debian_13() { # in_debian_13 NAME CHECK
  if [ "$(id -u)" -ne 0 ]; then
    skip "$1" "needs root"
  else
    check "$1" tests/matrix.sh trixie gcc --check "$2"
  fi
}
check_matrix() {
  in_debian_13 matrix quick
}
check_matrix_ffmpeg() {
  in_debian_13 matrix-ffmpeg ffmpeg
}
check_matrix_asan() {
  in_debian_13 matrix-asan asan-quick
}

step "Packages"
packages=("${packages_build[@]}" "${packages_play[@]}" "${packages_test[@]}")
for name in "${checks[@]}"; do
  case $name in
    quick | asan | asan-quick | tsan) ;; # the compiler has the sanitizers
    *) packages+=("${packages_all[@]}"); break ;;
  esac
done
# In a process of its own, which it may end.
if ! (install_packages "${packages[@]}"); then
  failure packages
  finish
fi

for name in "${checks[@]}"; do
  step "$name"
  "check_${name//-/_}"
done
finish
