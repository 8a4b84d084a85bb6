# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# Counts what the checks found, and says it in one plain last line. Needs say.sh.

passed=0 failed=0 skipped=0
failures=()

pass() { passed=$((passed + 1)); }
failure() { # failure NAME
  failed=$((failed + 1))
  failures+=("$1")
  say "FAILED: $1"
}
skip() { # skip NAME REASON
  skipped=$((skipped + 1))
  say "skipped: $1: $2"
}

# check NAME COMMAND...: one check, which passes when the command does.
check() {
  local name=$1
  shift
  if "$@"; then pass; else failure "$name"; fi
}

# forget_meson BUILD_DIRECTORY: before `meson test`, so that count_meson counts no older log. With --setup it has another name.
forget_meson() {
  rm -f "$1"/meson-logs/testlog*.json
}

# count_meson BUILD_DIRECTORY EXIT_CODE: adds what `meson test` wrote into its log there before it ended with that code.
count_meson() {
  local log code=$2 before=$failed found=0 result name why
  for log in "$1"/meson-logs/testlog*.json; do break; done
  # Why a test failed, in the words of check, GoogleTest, Python, our scripts, GLib and the sanitizers.
  if ! python3 -c '
import json, re, sys
reason = re.compile(r":[FE]:|: Failure$|^not ok|^\w*Error\b|-(ERROR|CRITICAL) \*\*|ERROR: \w+Sanitizer|WARNING: ThreadSanitizer|Which is:")
for line in open(sys.argv[1], encoding="utf-8"):
    test = json.loads(line)
    why = []
    if test["result"] not in ("OK", "EXPECTEDFAIL", "SKIP"):
        said = (test.get("stdout", "") + "\n" + test.get("stderr", "")).splitlines()
        why = [text.strip()[:300] for text in said if reason.search(text)][:6]
    print(test["result"], test["name"], " | ".join(why).replace("\t", " "), sep="\t")' "$log" \
    >"${scratch:?}/results" 2>"$scratch/results.errors"; then
    tail -n 1 "$scratch/results.errors"
    failure "$1: no whole log of the tests"
    return
  fi
  while IFS=$'\t' read -r result name why; do
    found=$((found + 1))
    case $result in
      OK | EXPECTEDFAIL) pass ;;
      SKIP) skip "$name" "the test says so" ;;
      *) failure "$name ($result)${why:+: $why}" ;;
    esac
  done <"$scratch/results"
  if [ "$found" -eq 0 ]; then failure "$1: no test ran"; fi
  if [ "$code" -ne 0 ] && [ "$failed" -eq "$before" ]; then failure "$1: meson test ended with exit code $code"; fi
}

# Ends the script: what failed and why, then `N passed, N failed[, N skipped]`.
finish() {
  local line="$passed passed, $failed failed"
  [ "$skipped" -eq 0 ] || line="$line, $skipped skipped"
  for name in "${failures[@]}"; do say "  failed: $name"; done
  say "$line"
  if [ "$failed" -gt 0 ] || [ "$passed" -eq 0 ]; then exit 1; fi
  exit 0
}
