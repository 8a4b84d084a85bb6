#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The example of the C API writes a whole MP4, says what it does, and fails with a line that reports the charge status.
# usage: example_test.sh GENERATE SIMULATOR
set -euo pipefail
generate=$1 simulator=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export AIRFORCE_STORE=$work/store.sqlite XDG_CACHE_HOME=$work/cache
fail() { echo "FAILED: $*" >&2; cat "$work/said" >&2; exit 1; }

"$simulator" --quiet --task-seconds 0.2 -- "$generate" ltx-mini "A kite over the sea" >"$work/clip.mp4" 2>"$work/said" || fail "no clip"
ffmpeg -nostdin -v error -xerror -i "$work/clip.mp4" -f null - 2>>"$work/said" || fail "the clip can't be played"
grep -q 'task vid_' "$work/said" || fail "it does not name the task"

if "$simulator" --quiet --task-seconds 0.2 --fault task:failed -- "$generate" ltx-mini "Another" >"$work/none" 2>"$work/said"; then
  fail "a failed task is a success"
fi
grep -q refunded "$work/said" || fail "it does not report the charge status"
[ ! -s "$work/none" ] || fail "there is something of a failed clip"
