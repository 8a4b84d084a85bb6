#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What `meson install` installs is found and used from outside: the element, the library in C and C++ and linked statically, the tools.
# usage: install_test.sh BUILD_DIRECTORY CONSUMER.c
set -euo pipefail
build=$1 consumer=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

DESTDIR=$work/root meson install -C "$build" --no-rebuild --quiet >/dev/null
prefix=$work/root$(meson introspect "$build" --buildoptions |
  python3 -c 'import json, sys; print(next(o["value"] for o in json.load(sys.stdin) if o["name"] == "prefix"))')

first_of() { # first_of NAME: its directory below the prefix
  local found
  found=$(find "$prefix" -name "$1" -print -quit)
  [ -n "$found" ] || { echo "not installed: $1" >&2; exit 1; }
  dirname "$found"
}

libraries=$(first_of libairforcevideo.so.0)
tools=$(first_of airforce-simulator)
GST_PLUGIN_PATH=$(first_of libgstairforcevideo.so)
PKG_CONFIG_PATH=$(first_of airforce-video.pc)
export GST_PLUGIN_PATH PKG_CONFIG_PATH
# Nothing of the build directory may help.
unset AIRFORCE_VIDEO_LIBRARY GST_PLUGIN_PATH_1_0
export GST_REGISTRY=$work/registry LD_LIBRARY_PATH=$libraries PATH=$tools:$PATH

echo "--- the element is found, and finds the installed core"
gst-inspect-1.0 airforcevideosrc >"$work/inspect"
airforce-simulator --quiet --speed 100 -- \
  gst-launch-1.0 -q airforcevideosrc model=ltx-mini prompt="A kite" ! fakesink

echo "--- the tool runs"
airforce-video --version

module() { pkg-config --define-variable=prefix="$prefix" "$@" airforce-video; }
read -ra cflags <<<"$(module --cflags)"
read -ra libs <<<"$(module --libs)"
read -ra static_libs <<<"$(module --libs --static)"
echo "--- C11: ${cflags[*]} ${libs[*]}"
"${CC:-cc}" -std=c11 -Wall -Wextra -Wpedantic -Werror "$consumer" -o "$work/c" "${cflags[@]}" "${libs[@]}"
"$work/c"
echo "--- C++"
"${CXX:-c++}" -x c++ -std=c++17 -Wall -Wextra -Wpedantic -Werror "$consumer" -x none -o "$work/c++" "${cflags[@]}" "${libs[@]}"
"$work/c++"
echo "--- static"
static_libs=("${static_libs[@]/-lairforcevideo/-l:libairforcevideo.a}")
"${CC:-cc}" -std=c11 "$consumer" -o "$work/static" "${cflags[@]}" "${static_libs[@]}"
LD_LIBRARY_PATH='' "$work/static"
if ldd "$work/static" | grep -q libairforcevideo; then
  echo "linked statically, it still wants the shared library" >&2
  exit 1
fi

echo "--- the tools and the library need nothing from outside the prefix but the system"
for file in "$tools"/airforce-* "$libraries/libairforcevideo.so.0" "$GST_PLUGIN_PATH/libgstairforcevideo.so"; do
  if readelf -d "$file" | grep -E '(RUNPATH|RPATH)'; then
    echo "$file looks for libraries in a build directory" >&2
    exit 1
  fi
done
