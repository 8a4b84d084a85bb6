#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Protocol, films and filter that are opened, interrupted, failed and closed early, under valgrind: no invalid access, no use of a value
# that was never set, and nothing lost.
set -euo pipefail

usage() {
  cat <<USAGE
usage: tests/ffmpeg/valgrind.sh [BUILD] [TEST...]

BUILD is a meson build directory with the drop-in (build; ninja -C BUILD ffmpeg-drop-in makes that). TEST is a file, a class or a test,
such as errors, protocol.Errors or errors.Errors.test_no_key; without any, those that this script lists. Takes some ten minutes.
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
tests=("$@")
[ $# -gt 0 ] || tests=(
  protocol.Packets.test_it_loops_as_the_file_does
  protocol.Purchases.test_a_clip_whose_first_frame_was_taken_is_resumed
  protocol.Interrupt protocol.Errors protocol.Hostile
  film.Demuxer.test_a_film_has_the_packets_of_its_shots_and_its_times_continue
  film.Demuxer.test_an_interrupted_film_is_resumed_at_no_charge
  film.Demuxer.test_a_shot_that_fails_ends_the_film_and_the_others_are_kept
  purchase.Purchases.test_a_complex_graph_buys_once_though_ffmpeg_initialises_it_twice
  purchase.Purchases.test_a_graph_in_which_one_source_fails_buys_no_source_again
  interrupt.Interrupt.test_a_signal_stops_the_wait_at_once_with_a_failure_that_names_the_task
  film.Filter.test_shots_are_played_one_after_the_other
  film.Filter.test_an_interrupted_film_is_resumed_at_no_charge
  errors
)
failed=0
for test in "${tests[@]}"; do
  name=${test#"${test%%.*}"}
  python3 "$here/${test%%.*}_test.py" ${name:+"${name#.}"} || failed=1
done
exit "$failed"
