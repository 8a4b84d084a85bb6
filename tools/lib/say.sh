# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# How the project's scripts talk: a heading a step, details in a log, and on failure the end of that log with what to do.

# The directory for this run's logs and scratch files, gone when the script ends.
scratch=$(mktemp -d "${TMPDIR:-/tmp}/airforce-video.XXXXXX")
remove_scratch() { rm -rf "$scratch"; }
trap remove_scratch EXIT
# A signal ends the script by way of EXIT too.
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

if [ -t 1 ]; then bold=$'\e[1m' plain=$'\e[0m'; else bold='' plain=''; fi

say() { printf '%s\n' "$*"; }
step() { printf '%s==> %s%s\n' "$bold" "$*" "$plain"; }

# complain MESSAGE [ADVICE]
complain() {
  printf '%s: %s\n' "${0##*/}" "$1" >&2
  [ -z "${2:-}" ] || printf '  %s\n' "$2" >&2
}

# fail MESSAGE [ADVICE]: ends the script.
fail() {
  complain "$@"
  exit 1
}

# quietly LOG COMMAND...: the command's output goes to $scratch/LOG; when it fails, the end of that is shown.
quietly() {
  local log=$scratch/$1 code=0
  shift
  "$@" >"$log" 2>&1 </dev/null || code=$?
  [ "$code" -eq 0 ] || tail -n 30 "$log" | sed 's/^/  | /' >&2
  return "$code"
}
