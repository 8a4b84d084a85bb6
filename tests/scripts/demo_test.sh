#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What tools/demo.sh says fits on one screen, and what it says of the real service has a ceiling. What it calls is replaced here: the check
# "demo" of tools/test.sh runs it as it is.
set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin"
cat >"$work/bin/dpkg-query" <<'STUB'
#!/bin/bash
shift 2
for name; do echo "installed $name"; done
STUB
cat >"$work/bin/ninja" <<'STUB'
#!/bin/bash
printf 'ninja: Entering directory `build'"'"'\n\r[1/300]\r[300/300] Linking target gst/libgstairforcevideo.so\n'
STUB
cat >"$work/bin/meson" <<'STUB'
#!/bin/bash
case $* in
  *gst-discoverer*) printf 'Properties:\n  Duration: 0:00:05.000000000\n  container #0: Quicktime\n    video #1: H.264\n    audio #2: AAC\n' ;;
  *gst-launch*)
    printf '%s\n' "$@" >"$ARGUMENTS"
    for each; do case $each in location=*) each=${each#location=}; : >"$(tr -d '"' <<<"$each")" ;; esac; done
    ;;
esac
STUB
chmod +x "$work"/bin/*
cd "$top"
ARGUMENTS=$work/arguments PATH="$work/bin:$PATH" script -qec "tools/demo.sh --output $work/demo.mp4" /dev/null </dev/null >"$work/terminal"
# Without colours, and without what a line shows before it is drawn over.
sed -e 's/\x1b\[[0-9;]*[mK]//g' -e 's/\r*$//' -e 's/.*\r//' "$work/terminal" >"$work/shown"
failed=0
check() { # check SENTENCE CONDITION...
  local sentence=$1
  shift
  if "$@"; then echo "ok: $sentence"; else echo "not ok: $sentence"; failed=1; fi
}
lines=$(wc -l <"$work/shown")
widest=$(wc -L <"$work/shown")
check "it fits into 24 lines with the next prompt ($lines)" [ "$lines" -lt 24 ]
check "and into 80 columns ($widest)" [ "$widest" -le 80 ]
check "the clip is there" [ -e "$work/demo.mp4" ]
check "the run itself has a ceiling" grep -qx 'max-cost-cents=500' "$work/arguments"
check "so has the command for the real service" grep -qE '^    airforcevideosrc .*max-cost-cents=500' "$work/shown"
check "which is whole" bash -n <(sed -n '/AIRFORCE_API_KEY=/,/filesink/p' "$work/shown")
[ "$failed" -eq 0 ] || cat "$work/shown"
exit "$failed"
