# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# tools/test.sh and what it reads before this set these variables.
# shellcheck disable=SC2154
# The checks of tools/test.sh that instrument the build, or build and install elsewhere.

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
  local code=0
  tests/matrix.sh trixie gcc --check "$2" || code=$?
  case $code in
    0) pass ;;
    77) skip "$1" "no clean Debian 13 can be made here" ;;
    *) failure "$1" ;;
  esac
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
