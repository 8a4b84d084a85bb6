#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Uses what was installed below a directory as a user of the system would: the element, the library in C and C++ and linked statically,
# the tools, the ffmpeg source. Nothing of a build directory may help.
# usage: use.sh ROOT PREFIX [DROP_IN]: PREFIX as it was configured, such as /usr; DROP_IN is what ffmpeg-filter/build.py made.
set -euo pipefail
root=$1 configured=$2 drop_in=${3:-}
consumer=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/consumer.c
prefix=$root$configured
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "FAILED: $*" >&2; exit 1; }

first_of() { # first_of NAME: its directory below the prefix
  local found
  found=$(find "$prefix" -name "$1" -print -quit)
  [ -n "$found" ] || fail "not installed: $1"
  dirname "$found"
}

libraries=$(first_of libairforcevideo.so.0)
tools=$(first_of airforce-simulator)
plugins=$(first_of libgstairforcevideo.so)
# Where it really is goes into the module's own prefix: --define-variable would change the prefix of every other module too.
mkdir "$work/pkgconfig"
sed "s|^prefix=.*|prefix=$prefix|" "$(first_of airforce-video.pc)/airforce-video.pc" >"$work/pkgconfig/airforce-video.pc"
unset AIRFORCE_VIDEO_LIBRARY GST_PLUGIN_PATH_1_0
# Nor may anything of the user's be changed.
export HOME=$work XDG_CACHE_HOME=$work/cache XDG_STATE_HOME=$work/state
export PKG_CONFIG_PATH=$work/pkgconfig GST_PLUGIN_PATH=$plugins GST_REGISTRY=$work/registry LD_LIBRARY_PATH=$libraries PATH=$tools:$PATH
simulated() { airforce-simulator --quiet --speed 100 -- "$@"; }

echo "--- the element is found, and finds the installed core"
gst-inspect-1.0 airforcevideosrc >"$work/inspect"
grep -q "$plugins/libgstairforcevideo.so" "$work/inspect" || fail "gst-inspect-1.0 found another plugin"
simulated gst-launch-1.0 -q airforcevideosrc model=ltx-mini prompt="A kite" ! fakesink

echo "--- the tools run, and have their pages and completions"
airforce-video --version
(cd "$work" && simulated airforce-video generate --model ltx-mini --output kite.mp4 "A kite") >"$work/generated"
[ -s "$work/kite.mp4" ] || fail "no clip was saved"
first_of airforce-video >/dev/null
[ -n "$(find "$prefix" -path '*/bash-completion/completions/airforce-video')" ] || fail "no completions"
[ -z "$(find "$prefix" -path '*/man1/*')" ] || first_of 'airforce-simulator.1*' >/dev/null

read -ra cc <<<"${CC:-cc}"
read -ra cxx <<<"${CXX:-c++}"
module() { pkg-config "$@" airforce-video; }
read -ra cflags <<<"$(module --cflags)"
read -ra libs <<<"$(module --libs)"
read -ra static_libs <<<"$(module --libs --static)"
echo "--- C11: ${cflags[*]} ${libs[*]}"
"${cc[@]}" -std=c11 -Wall -Wextra -Wpedantic -Werror "$consumer" -o "$work/c" "${cflags[@]}" "${libs[@]}"
"$work/c"
echo "--- C++"
cp "$consumer" "$work/consumer.cpp"
"${cxx[@]}" -std=c++17 -Wall -Wextra -Wpedantic -Werror "$work/consumer.cpp" -o "$work/c++" "${cflags[@]}" "${libs[@]}"
"$work/c++"
echo "--- static"
static_libs=("${static_libs[@]/-lairforcevideo/-l:libairforcevideo.a}")
"${cc[@]}" -std=c11 "$consumer" -o "$work/static" "${cflags[@]}" "${static_libs[@]}"
LD_LIBRARY_PATH='' "$work/static"
if ldd "$work/static" | grep -q libairforcevideo; then
  fail "linked statically, it still wants the shared library"
fi

echo "--- the library shows the C API and nothing else"
shown=$(nm -D --defined-only "$libraries/libairforcevideo.so.0" | awk '{ print $3 }')
[[ $shown == *airforce_version* ]] || fail "the C API is not there"
if grep -v '^airforce_' <<<"$shown"; then fail "the library shows these too"; fi

if [ -n "$drop_in" ] && [ -e "$drop_in/lib" ]; then
  echo "--- the stock ffmpeg with the source finds the installed core"
  LD_LIBRARY_PATH=$drop_in/lib:$libraries simulated \
    ffmpeg -nostdin -v error -f lavfi -i "airforcevideosrc=model=ltx-mini:prompt=kite" -y "$work/kite.mkv"
  [ -s "$work/kite.mkv" ] || fail "ffmpeg made nothing"
elif [ -n "$drop_in" ]; then
  echo "--- left out: no drop-in for ffmpeg was made in $drop_in"
fi

echo "--- the tools and the library need nothing from outside the prefix but the system"
for file in "$tools"/airforce-* "$libraries/libairforcevideo.so.0" "$plugins/libgstairforcevideo.so"; do
  if readelf -d "$file" | grep -E '(RUNPATH|RPATH)'; then
    fail "$file looks for libraries in a build directory"
  fi
done
