#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What the tests of bad input do to the filter and the protocol, under valgrind: no invalid access, no use of a value that was never set,
# and nothing lost.
set -euo pipefail

usage() {
  cat <<USAGE
usage: tests/ffmpeg/valgrind.sh [BUILD] [TEST...]

BUILD is a meson build directory with the drop-in (build; ninja -C BUILD ffmpeg-drop-in makes that). TEST is such as Errors.test_no_key;
without any, all of errors_test.py, and the errors, hostile clips and interruptions of protocol_test.py. Takes some minutes.
USAGE
}

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
case ${1-} in
  -h | --help) usage; exit 0 ;;
esac
build=$here/../../build
if [ -f "${1-}/build.ninja" ]; then build=$1; shift; fi
command -v valgrind >/dev/null || { echo "valgrind.sh: valgrind is missing: apt-get install valgrind" >&2; exit 1; }
[ -d "$build/ffmpeg-filter/drop-in/lib" ] || { echo "valgrind.sh: first run: ninja -C $build ffmpeg-drop-in" >&2; exit 1; }

# The exit code is the one that support.py knows.
leaks="--leak-check=full --show-leak-kinds=definite --errors-for-leak-kinds=definite"
build=$(realpath "$build")
export FFMPEG_WRAPPER="env LD_PRELOAD=$build/tests/libvalgrind-hwy-timer.so valgrind --quiet --error-exitcode=99 --num-callers=40 $leaks"
export AIRFORCE_BUILD=$build G_SLICE=always-malloc
python3 "$here/errors_test.py" "$@"
[ $# -gt 0 ] || python3 "$here/protocol_test.py" Errors Hostile Interrupt
