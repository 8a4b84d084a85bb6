#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# build.py drop-in and check: the stock ffmpeg gains a protocol and a filter and nothing else changes; what is missing is reported with
# what to do; and it is removed without a trace.
# usage: drop_in_test.sh BUILD_DIRECTORY CACHE_DIRECTORY
set -euo pipefail
export LC_ALL=C
build_py=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../ffmpeg-filter" && pwd)/build.py
build=$1 cache=$2
made=$build/ffmpeg-filter/drop-in
core=$build/common/capi/libairforcevideo.so.0
if [ ! -d "$made/lib" ]; then
  echo "skipped: the stock ffmpeg has no airforcevideosrc in this build; run: ninja -C $build ffmpeg-drop-in"
  exit 77
fi
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
fail() { echo "FAILED: $*" >&2; exit 1; }

# with PREFIX COMMAND...: with the drop-in of a prefix
with() { env LD_LIBRARY_PATH="$1/lib" AIRFORCE_VIDEO_LIBRARY="$core" "${@:2}" 2>&1; }
# expect CODE TEXT COMMAND...: the command ends with that code, and says that
expect() {
  local code=0 said
  said=$("${@:3}" 2>&1) || code=$?
  [ "$code" = "$1" ] || fail "exit code $code, not $1, of: ${*:3}"$'\n'"$said"
  [[ $said == *"$2"* ]] || fail "not a word of \"$2\" in: $said"
}

echo "--- the stock ffmpeg has one filter, one protocol and one demuxer more, and its banner is the same"
prefix=$scratch/prefix
cp -a "$made" "$prefix"
added=$(diff <(ffmpeg -hide_banner -filters 2>&1) <(with "$prefix" ffmpeg -hide_banner -filters) | grep '^[<>]') || true
[ "$(wc -l <<<"$added")" = 1 ] && [[ $added == '> '*' airforcevideosrc '* ]] || fail "the filters differ by: $added"
added=$(diff <(ffmpeg -hide_banner -protocols 2>&1) <(with "$prefix" ffmpeg -hide_banner -protocols) | grep '^[<>]') || true
[ "$added" = '>   airforce' ] || fail "the protocols differ by: $added"
added=$(diff <(ffmpeg -hide_banner -formats 2>&1) <(with "$prefix" ffmpeg -hide_banner -formats) | grep '^[<>]') || true
[ "$(wc -l <<<"$added")" = 1 ] && [[ $added == '>  D'*' airforce '* ]] || fail "the formats differ by: $added"
diff <(ffmpeg 2>&1) <(with "$prefix" ffmpeg) || fail "the banner changes"
diff <(ffprobe -version 2>&1) <(with "$prefix" ffprobe -version) || fail "ffprobe's banner changes"

echo "--- check says what is there, and what to do"
expect 0 'Everything is in place.' with "$prefix" "$build_py" check
expect 1 "$build_py drop-in" env AIRFORCE_VIDEO_LIBRARY="$core" "$build_py" check
expect 1 'set AIRFORCE_VIDEO_LIBRARY' env LD_LIBRARY_PATH="$prefix/lib" AIRFORCE_VIDEO_LIBRARY="$scratch/none" "$build_py" check
mkdir "$scratch/bin"
ln -s /usr/bin/* "$scratch/bin/"
rm "$scratch/bin/ffmpeg"
expect 1 'no ffmpeg in PATH' env PATH="$scratch/bin" "$build_py" check
sed -i 's/^version=.*/version=7:0.1-1/' "$prefix/share/airforce-video/ffmpeg-drop-in"
expect 1 'built for 7:0.1-1' with "$prefix" "$build_py" check

echo "--- an ffmpeg that has libavfilter inside is refused, and nothing is built"
printf '#!/bin/sh\necho "ffmpeg version static"\n' >"$scratch/ffmpeg"
chmod +x "$scratch/ffmpeg"
expect 1 'brings its own libavfilter inside' env FFMPEG="$scratch/ffmpeg" XDG_CACHE_HOME="$scratch/cache" "$build_py" drop-in "$scratch/none"
expect 1 "can't be extended" env FFMPEG="$scratch/ffmpeg" AIRFORCE_VIDEO_LIBRARY="$core" "$build_py" check
expect 2 'unrecognized arguments: --instal-depz' "$build_py" drop-in "$scratch/none" --instal-depz
[ ! -e "$scratch/none" ] || fail "something was installed"

echo "--- packages are listed before they are installed, and none is upgraded or removed unasked"
mkdir -p "$scratch/fake" "$scratch/cache/apt"
touch "$scratch/cache/apt/apt.conf"
# shellcheck disable=SC2016 # for the programs that are made
{
  printf '#!/bin/sh\ncase "$*" in *" -s "*) cat "%s/plan" ;; *) echo "installed: $*" >&2 ;; esac\n' "$scratch" >"$scratch/fake/apt-get"
  printf '#!/bin/sh\n[ "$1" != -n ] || shift\nexec "$@"\n' >"$scratch/fake/sudo"
}
chmod +x "$scratch/fake"/*
install() { # install [--allow-upgrades]
  env PATH="$scratch/fake:$PATH" PYTHONPATH="${build_py%/*}" PYTHONDONTWRITEBYTECODE=1 python3 -c '
import sys, apt, tree
try: apt.Apt(sys.argv[1]).install(sys.argv[1] + "/log", "install", "x", allow_upgrades=len(sys.argv) > 2)
except tree.Failure as failure: sys.exit(str(failure))
sys.stderr.write(open(sys.argv[1] + "/log").read())' "$scratch/cache" "$@"
}
printf 'Inst liba-dev (1.0 Debian:12 [amd64])\nInst libb-dev (2.0 Debian:12 [amd64])\n' >"$scratch/plan"
expect 0 $'installing 2 packages: liba-dev libb-dev\ninstalled: ' install
printf 'Inst libc6 [2.36-9] (2.36-10 Debian:12 [amd64])\nRemv libd-dev [1.0]\n' >>"$scratch/plan"
expect 1 'libc6 2.36-9 to 2.36-10, libd-dev removed. Nothing was installed' install
expect 0 'installing 3 packages: liba-dev libb-dev libc6' install --allow-upgrades

echo "--- it is removed without a trace, once, and what was installed to build it is named"
mkdir -p "$scratch/kept/airforce-video/ffmpeg"
echo 'liba-dev libb-dev' >"$scratch/kept/airforce-video/ffmpeg/installed-packages"
expect 0 'apt-get purge --auto-remove liba-dev libb-dev' env XDG_CACHE_HOME="$scratch/kept" "$build_py" drop-in "$prefix" --revert
[ -z "$(find "$prefix" ! -type d)" ] || fail "left behind: $(find "$prefix" ! -type d)"
expect 1 'there is no drop-in' "$build_py" drop-in "$prefix" --revert

echo "--- meson install stages it as it stages the rest"
if [ -z "$(find "$cache/airforce-video/ffmpeg" -path '*/build/.configured' 2>/dev/null)" ]; then
  echo "left out: no compiled drop-in is kept in $cache"
  exit 0
fi
etc=$(find /etc/apt -exec stat -c '%n %s %y' {} + | sort | md5sum)
expect 0 'remove it:' env DESTDIR="$scratch/stage" XDG_CACHE_HOME="$cache" "$build_py" drop-in /opt/airforce
with "$scratch/stage/opt/airforce" ffmpeg -hide_banner -filters | grep -q ' airforcevideosrc ' || fail "what is staged has no filter"
[ "$(find /etc/apt -exec stat -c '%n %s %y' {} + | sort | md5sum)" = "$etc" ] || fail "apt's configuration was touched"
