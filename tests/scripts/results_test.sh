#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The last line of tools/test.sh, and its exit code: counted from what meson wrote, never green by default.
set -uo pipefail
lib=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../tools/lib" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/meson-logs"

failures=0
# promise SENTENCE EXPECTED_CODE EXPECTED_LAST_LINE [TESTLOG_LINE...]: MESON_CODE is what meson test ended with, LOG its log's name.
MESON_CODE=0
LOG=testlog.json
promise() {
  local sentence=$1 expected_code=$2 expected_line=$3 output code=0
  shift 3
  rm -f "$work"/meson-logs/*
  [ $# -eq 0 ] || printf '%s\n' "$@" >"$work/meson-logs/$LOG"
  output=$(bash -c '. "$1/say.sh"; . "$1/results.sh"; count_meson "$2" "$3"; finish' bash "$lib" "$work" "$MESON_CODE" 2>&1) || code=$?
  if [ "$code" -eq "$expected_code" ] && [ "${output##*$'\n'}" = "$expected_line" ]; then
    echo "ok: $sentence"
  else
    echo "not ok: $sentence: exit code $code, output:"
    printf '%s\n' "$output"
    failures=$((failures + 1))
  fi
}

ok='{"name": "a", "result": "OK"}'
skip='{"name": "b", "result": "SKIP"}'
fail='{"name": "c", "result": "FAIL"}'
timeout='{"name": "d", "result": "TIMEOUT"}'
promise "passed tests are counted" 0 "2 passed, 0 failed" "$ok" "$ok"
promise "skipped tests are counted apart" 0 "1 passed, 0 failed, 1 skipped" "$ok" "$skip"
promise "a failed test fails the run" 1 "1 passed, 1 failed" "$ok" "$fail"
LOG=testlog-asan.json
promise "the log of a test setup is counted" 1 "1 passed, 1 failed" "$ok" "$fail"
LOG=testlog.json
promise "a test that took too long has failed" 1 "1 passed, 1 failed" "$ok" "$timeout"
promise "nothing but skipped tests is a failure" 1 "0 passed, 0 failed, 1 skipped" "$skip"
promise "no log is a failure" 1 "0 passed, 1 failed"
promise "a log that can't be read is a failure" 1 "0 passed, 1 failed" "not json"
promise "a log that is cut is a failure" 1 "0 passed, 1 failed" "$ok" "${ok:0:20}"
MESON_CODE=1
promise "a run that failed otherwise is a failure" 1 "1 passed, 1 failed" "$ok"
promise "a failed test is counted once" 1 "0 passed, 1 failed" "$fail"

reported='{"name": "e", "result": "FAIL", "stdout": "Running\n../a_test.cpp:12: Failure\n../b_test.cpp:7:F:b:c:0: no message came\nmore"}'
printf '%s\n' "$reported" >"$work/meson-logs/testlog.json"
output=$(bash -c '. "$1/say.sh"; . "$1/results.sh"; count_meson "$2" 1; finish' bash "$lib" "$work" 2>&1)
if grep -qF '  failed: e (FAIL): ../a_test.cpp:12: Failure | ../b_test.cpp:7:F:b:c:0: no message came' <<<"$output"; then
  echo "ok: the end says why a test failed"
else
  echo "not ok: the end says why a test failed:"
  printf '%s\n' "$output"
  failures=$((failures + 1))
fi
exit "$((failures > 0))"
