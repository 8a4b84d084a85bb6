#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# From a bare Debian to all tests passed: packages, build with warnings as errors, tests; --all adds what is slow.
set -euo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# The checks, in the order in which --all runs them.
all_checks=(quick ffmpeg demo format shell headers faults sdk farm load recipes tidy fuzz coverage walk asan tsan valgrind versions dist deb matrix)
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
  sdk       every test against a service of the other dialect, of which quick runs those that ask it for more than a clip
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
# shellcheck source=lib/checks.sh
. "$top/tools/lib/checks.sh"
# shellcheck source=lib/checks_slow.sh
. "$top/tools/lib/checks_slow.sh"
cd "$top"

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

# What is downloaded for another system comes beside what is compiled for this one.
if [ "${#checks[@]}" -gt 1 ] && [[ " ${checks[*]}" == *" matrix"* ]]; then
  tests/matrix.sh trixie --prepare >"$scratch/prepare" 2>&1 </dev/null &
fi

for name in "${checks[@]}"; do
  step "$name"
  "check_${name//-/_}"
done
finish
