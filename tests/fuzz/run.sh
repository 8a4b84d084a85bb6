#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# run.sh BUILD SECONDS [TARGET...]: each fuzz target (all of them, where none is named) looks that long for inputs that break one of its
# promises, and a line says how far it got. BUILD is configured with clang and -Dfuzz=true. What is found is kept in BUILD/found/: the
# inputs that reach something new, and TARGET-crash-…, TARGET-timeout-… or TARGET-oom-…, which fails again when it is given to the target.
set -euo pipefail

[ $# -ge 2 ] || { echo "usage: run.sh BUILD SECONDS [TARGET...]" >&2; exit 2; }
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=$1 seconds=$2
targets=("${@:3}")
[ "${#targets[@]}" -gt 0 ] || mapfile -t targets < <(ls "$here/corpus")
# The target `element` loads the core, and has GStreamer's own plugins.
export AIRFORCE_VIDEO_LIBRARY=$build/common/capi/libairforcevideo.so.0 GST_REGISTRY=$build/fuzz-registry.bin
# The targets that write files get further where that is memory.
[ ! -w /dev/shm ] || export TMPDIR=/dev/shm

summary() { # summary TARGET LOG
  local executions memory edges all inputs
  executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$2")
  memory=$(sed -n 's/^stat::peak_rss_mb: *//p' "$2")
  all=$(sed -n 's/^INFO: Loaded .*(\([0-9]*\) inline 8-bit counters.*/\1/p' "$2")
  edges=$(grep -oE 'cov: [0-9]+' "$2" | tail -n 1)
  inputs=$(grep -oE 'corp: [0-9]+' "$2" | tail -n 1)
  echo "$1: $seconds s, ${executions:-?} executions, ${edges#cov: } of ${all:-?} edges, ${inputs#corp: } inputs, ${memory:-?} MB"
}

code=0
for target in "${targets[@]}"; do
  found=$build/found/$target log=$build/found/$target.log
  mkdir -p "$found"
  leaks=1
  [ "$target" != element ] || leaks=0 # GStreamer's own
  ASAN_OPTIONS=detect_leaks=$leaks "$build/tests/fuzz/fuzz-$target" -max_total_time="$seconds" -timeout=60 -print_final_stats=1 \
    -artifact_prefix="$found-" "$found" "$here/corpus/$target" >"$log" 2>&1 </dev/null || { code=1; tail -n 40 "$log" >&2; }
  summary "$target" "$log"
done
exit "$code"
