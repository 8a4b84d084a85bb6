#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# build.sh tree: the source goes into an FFmpeg source tree once, comes out without a trace, and strange trees are left alone.
set -euo pipefail

build_sh=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../ffmpeg-filter" && pwd)/build.sh
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
fail() { echo "FAILED: $*" >&2; exit 1; }

# tree TYPE: the lines of an FFmpeg tree that matter here, with neighbours that must not be taken for them.
tree() {
  rm -rf "$scratch/tree"
  mkdir -p "$scratch/tree/libavfilter"
  cat >"$scratch/tree/libavfilter/Makefile" <<'END'
OBJS-$(CONFIG_AMOVIE_FILTER)                 += src_movie.o
OBJS-$(CONFIG_MOVIE_FILTER)                  += src_movie.o

OBJS-$(CONFIG_TESTSRC_FILTER)                += vsrc_testsrc.o
END
  printf 'extern const %s ff_avsrc_amovie;\nextern const %s ff_avsrc_movie;\n\n' "$1" "$1" >"$scratch/tree/libavfilter/allfilters.c"
  printf '#!/bin/sh\namovie_filter_deps="avcodec avformat"\nmovie_filter_deps="avcodec avformat"\n' >"$scratch/tree/configure"
  chmod 755 "$scratch/tree/configure"
  rm -rf "$scratch/before"
  cp -a "$scratch/tree" "$scratch/before"
}

for type in AVFilter FFFilter; do
  tree "$type"
  "$build_sh" tree "$scratch/tree" 2>/dev/null || fail "it does not go into a tree with $type"
  grep -qx "extern const $type ff_avsrc_airforcevideosrc;" "$scratch/tree/libavfilter/allfilters.c" || fail "not in allfilters.c"
  # shellcheck disable=SC2016 # make's own variables
  grep -qx 'OBJS-$(CONFIG_AIRFORCEVIDEOSRC_FILTER) *+= src_airforcevideo.o' "$scratch/tree/libavfilter/Makefile" || fail "not in Makefile"
  grep -qx 'airforcevideosrc_filter_deps="avcodec avformat libdl"' "$scratch/tree/configure" || fail "not in configure"
  [ -x "$scratch/tree/configure" ] || fail "configure lost its mode"
  sed -n 's/^#include "\(airforce[^"]*\)"$/\1/p' "$scratch"/tree/libavfilter/{,src_}airforce* | while read -r include; do
    [ -f "$scratch/tree/libavfilter/$include" ] || fail "$include is not copied"
  done

  cp -a "$scratch/tree" "$scratch/once"
  "$build_sh" tree "$scratch/tree" 2>/dev/null || fail "it does not go in twice"
  diff -r "$scratch/once" "$scratch/tree" || fail "the second time changes something"
  rm -rf "$scratch/once"

  "$build_sh" tree "$scratch/tree" --revert 2>/dev/null || fail "it does not come out"
  diff -r "$scratch/before" "$scratch/tree" || fail "something is left behind"
done

# Where one of the three places is missing, or there are two, nothing is touched.
for file in libavfilter/Makefile libavfilter/allfilters.c configure; do
  for change in '/_movie;\|^OBJS.*MOVIE\|^movie/d' '/_movie;\|^OBJS.*(CONFIG_MOVIE\|^movie/p'; do
    tree AVFilter
    sed -i "$change" "$scratch/tree/$file"
    cp "$scratch/tree/$file" "$scratch/before/$file"
    if said=$("$build_sh" tree "$scratch/tree" 2>&1); then fail "a tree with a strange $file is accepted"; fi
    [[ $said == *"$file"* ]] || fail "the message does not name $file: $said"
    diff -r "$scratch/before" "$scratch/tree" || fail "a tree with a strange $file is changed"
  done
done

if "$build_sh" tree "$scratch" >/dev/null 2>&1; then fail "a directory without FFmpeg is accepted"; fi
if "$build_sh" tree >/dev/null 2>&1; then fail "no directory is accepted"; fi
code=0
"$build_sh" nonsense >/dev/null 2>&1 || code=$?
[ "$code" = 2 ] || fail "an unknown command exits with $code"
