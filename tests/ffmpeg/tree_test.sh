#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# build.py tree: the source goes into an FFmpeg source tree once, comes out without a trace, and strange trees are left alone.
set -euo pipefail

build_py=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../ffmpeg-filter" && pwd)/build.py
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
fail() { echo "FAILED: $*" >&2; exit 1; }

# tree TYPE: the lines of an FFmpeg tree that matter here, with neighbours that must not be taken for them.
tree() {
  rm -rf "$scratch/tree"
  mkdir -p "$scratch/tree"/{libavfilter,libavformat/tests,doc,tests/fate,tests/ref/fate}
  printf '@chapter Protocols\n\n@section amqp\n\nText.\n' >"$scratch/tree/doc/protocols.texi"
  printf '@chapter Demuxers\n\n@section aac\n\nText.\n\n@section apng\n' >"$scratch/tree/doc/demuxers.texi"
  printf '@chapter Multimedia Sources\n\n@section amovie\n\nText.\n' >"$scratch/tree/doc/filters.texi"
  printf 'releases are sorted from youngest to oldest.\n\nversion 9.0:\n- swscale\n' >"$scratch/tree/Changelog"
  cat >"$scratch/tree/libavfilter/Makefile" <<'END'
OBJS-$(CONFIG_AMOVIE_FILTER)                 += src_movie.o
OBJS-$(CONFIG_MOVIE_FILTER)                  += src_movie.o

OBJS-$(CONFIG_TESTSRC_FILTER)                += vsrc_testsrc.o
END
  printf 'extern const %s ff_avsrc_amovie;\nextern const %s ff_avsrc_movie;\n\n' "$1" "$1" >"$scratch/tree/libavfilter/allfilters.c"
  cat >"$scratch/tree/libavformat/Makefile" <<'END'
OBJS-$(CONFIG_AIFF_DEMUXER)              += aiffdec.o aiff.o pcm.o \
                                            mov_chan.o
# protocols I/O
OBJS-$(CONFIG_ASYNC_PROTOCOL)            += async.o
OBJS-$(CONFIG_CACHE_PROTOCOL)            += cache.o
TESTPROGS-$(CONFIG_IMF_DEMUXER)          += imf
END
  local format=${1/AVFilter/AVInputFormat}
  format=${format/FFFilter/FFInputFormat}
  printf 'extern const %s  ff_aiff_demuxer;\nextern const %s  ff_aix_demuxer;\n' "$format" "$format" >"$scratch/tree/libavformat/allformats.c"
  cat >"$scratch/tree/tests/fate/libavformat.mak" <<'END'
FATE_LIBAVFORMAT-$(CONFIG_NETWORK) += fate-noproxy
fate-noproxy: libavformat/tests/noproxy$(EXESUF)
END
  printf 'extern const URLProtocol ff_async_protocol;\nextern const URLProtocol ff_cache_protocol;\n' >"$scratch/tree/libavformat/protocols.c"
  cat >"$scratch/tree/configure" <<'END'
#!/bin/sh
amovie_filter_deps="avcodec avformat"
movie_filter_deps="avcodec avformat"
asf_demuxer_select="riffdec"
asf_o_demuxer_select="riffdec"
# protocols
async_protocol_deps="threads"
bluray_protocol_deps="libbluray"
END
  chmod 755 "$scratch/tree/configure"
  rm -rf "$scratch/before"
  cp -a "$scratch/tree" "$scratch/before"
}

for type in AVFilter FFFilter; do
  tree "$type"
  "$build_py" tree "$scratch/tree" 2>/dev/null || fail "it does not go into a tree with $type"
  grep -qx "extern const $type ff_avsrc_airforcevideosrc;" "$scratch/tree/libavfilter/allfilters.c" || fail "not in allfilters.c"
  # shellcheck disable=SC2016 # make's own variables
  grep -qx 'OBJS-$(CONFIG_AIRFORCEVIDEOSRC_FILTER) *+= src_airforcevideo.o' "$scratch/tree/libavfilter/Makefile" || fail "not in Makefile"
  grep -qx 'airforcevideosrc_filter_deps="avcodec avformat libdl threads"' "$scratch/tree/configure" || fail "not in configure"
  grep -qx 'extern const URLProtocol ff_airforce_protocol;' "$scratch/tree/libavformat/protocols.c" || fail "not in protocols.c"
  # shellcheck disable=SC2016
  grep -qx 'OBJS-$(CONFIG_AIRFORCE_PROTOCOL) *+= airforce.o' "$scratch/tree/libavformat/Makefile" || fail "not in libavformat/Makefile"
  grep -qx 'airforce_protocol_deps="libdl threads"' "$scratch/tree/configure" || fail "the protocol is not in configure"
  grep -qx "extern const .*InputFormat  ff_airforce_demuxer;" "$scratch/tree/libavformat/allformats.c" || fail "not in allformats.c"
  grep -qx 'airforce_demuxer_select="mov_demuxer"' "$scratch/tree/configure" || fail "the demuxer is not in configure"
  grep -q '^fate-airforce:' "$scratch/tree/tests/fate/libavformat.mak" || fail "not in FATE"
  [ -f "$scratch/tree/tests/ref/fate/airforce" ] || fail "FATE has no reference"
  [ -x "$scratch/tree/configure" ] || fail "configure lost its mode"
  sed -n 's/^#include "\(.*airforce[^"]*\)"$/\1/p' "$scratch"/tree/libav*/{,src_}airforce* | while read -r include; do
    [ -f "$scratch/tree/$include" ] || [ -f "$scratch/tree/libavfilter/$include" ] || [ -f "$scratch/tree/libavformat/$include" ] ||
      fail "$include is not copied"
  done

  cp -a "$scratch/tree" "$scratch/once"
  "$build_py" tree "$scratch/tree" 2>/dev/null || fail "it does not go in twice"
  diff -r "$scratch/once" "$scratch/tree" || fail "the second time changes something"
  rm -rf "$scratch/once"

  "$build_py" tree "$scratch/tree" --revert 2>/dev/null || fail "it does not come out"
  diff -r "$scratch/before" "$scratch/tree" || fail "something is left behind"
done

# Where one of these places is missing, or there are two, nothing is touched.
for file in libavfilter/Makefile libavfilter/allfilters.c libavformat/Makefile libavformat/protocols.c libavformat/allformats.c configure; do
  for change in '/_movie;\|^OBJS.*MOVIE\|^movie\|async\|aiff_/d' '/_movie;\|^OBJS.*(CONFIG_MOVIE\|^movie\|async\|aiff_/p'; do
    tree AVFilter
    sed -i "$change" "$scratch/tree/$file"
    cp "$scratch/tree/$file" "$scratch/before/$file"
    if said=$("$build_py" tree "$scratch/tree" 2>&1); then fail "a tree with a strange $file is accepted"; fi
    [[ $said == *"$file"* ]] || fail "the message does not name $file: $said"
    diff -r "$scratch/before" "$scratch/tree" || fail "a tree with a strange $file is changed"
  done
done

if "$build_py" tree "$scratch" >/dev/null 2>&1; then fail "a directory without FFmpeg is accepted"; fi
if "$build_py" tree >/dev/null 2>&1; then fail "no directory is accepted"; fi
code=0
"$build_py" nonsense >/dev/null 2>&1 || code=$?
[ "$code" = 2 ] || fail "an unknown command exits with $code"
