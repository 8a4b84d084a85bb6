#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# run.sh BUILD SECONDS [TARGET...]: looks for that long for inputs that break a promise of each fuzz target (all of them, where none
# is named), one after the other, and prints a row of a table for each. BUILD is configured with clang and -Dfuzz=true. What is found
# is kept in BUILD/found/: the inputs that reach something new, and `TARGET-crash-…`, which fails again when it is replayed.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=${1:?usage: run.sh BUILD SECONDS [TARGET...]} seconds=${2:?usage: run.sh BUILD SECONDS [TARGET...]}
shift 2
[ $# -gt 0 ] || mapfile -t < <(cd "$here/corpus" && printf '%s\n' *) && [ $# -gt 0 ] || set -- "${MAPFILE[@]}"
# The targets that write files do it in memory where that can be, and get further.
[ ! -w /dev/shm ] || export TMPDIR=/dev/shm

row() { # row TARGET LOG
  local executions edges all inputs memory
  executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$2")
  memory=$(sed -n 's/^stat::peak_rss_mb: *//p' "$2")
  all=$(sed -n 's/^INFO: Loaded .*(\([0-9]*\) inline 8-bit counters.*/\1/p' "$2")
  edges=$(grep -oE 'cov: [0-9]+' "$2" | tail -n 1)
  inputs=$(grep -oE 'corp: [0-9]+' "$2" | tail -n 1)
  printf '| %s | %s | %s | %s of %s | %s | %s MB |\n' "$1" "$seconds" "${executions:-?}" "${edges#cov: }" "${all:-?}" "${inputs#corp: }" "${memory:-?}"
}

code=0
printf '| target | seconds | executions | edges | inputs kept | peak memory |\n|---|---|---|---|---|---|\n'
for target in "$@"; do
  found=$build/found/$target log=$build/found/$target.log
  mkdir -p "$found"
  if ! "$build/tests/fuzz/fuzz-$target" -max_total_time="$seconds" -timeout=60 -print_final_stats=1 -artifact_prefix="$found-" \
    "$found" "$here/corpus/$target" >"$log" 2>&1 </dev/null; then
    code=1
    tail -n 40 "$log" >&2
  fi
  row "$target" "$log"
done
exit "$code"
