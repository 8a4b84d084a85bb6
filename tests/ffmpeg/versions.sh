#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Compiles the source into other versions of FFmpeg than the installed one, and runs the tests with each.
set -euo pipefail

usage() {
  cat <<USAGE
usage: tests/ffmpeg/versions.sh [--asan] [BUILD] [VERSION...]

BUILD is a meson build directory with the core and the simulator (build). VERSION is 7.1 or 9.0 (both), fetched as Debian's
source, or the directory of an FFmpeg source tree, which is copied. A small configuration takes one to three minutes; it is
kept under \${XDG_CACHE_HOME:-~/.cache}/airforce-video/ffmpeg, so that a second run takes seconds. --asan builds FFmpeg with
AddressSanitizer, and runs the tests of opening, interrupting, failing and closing; valgrind.sh finds leaks.
USAGE
}

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/airforce-video/ffmpeg
build=$top/build
case ${1-} in
  -h | --help) usage; exit 0 ;;
esac
asan=()
tests=("$top"/tests/ffmpeg/*_test.py)
if [ "${1-}" = --asan ]; then
  shift
  asan=(--extra-cflags='-fsanitize=address -fno-omit-frame-pointer -U_FORTIFY_SOURCE' --extra-ldflags=-fsanitize=address)
  tests=("$top"/tests/ffmpeg/{protocol,errors,film,interrupt,purchase}_test.py)
  # The exit code by which support.py knows that more is wrong than the command. ASan must see libstdc++ before the core is loaded.
  preload="$(gcc -print-file-name=libasan.so) $(gcc -print-file-name=libstdc++.so.6)"
  export FFMPEG_WRAPPER="env LD_PRELOAD=${preload/ /:}" ASAN_OPTIONS=detect_leaks=0:exitcode=99
fi
if [ -f "${1-}/build.ninja" ]; then build=$(realpath "$1"); shift; fi
versions=("$@")
[ $# -gt 0 ] || versions=(7.1 9.0)

say() { printf '%s\n' "$*" >&2; }
die() { say "versions.sh: $*"; exit 1; }

# The upstream part of Debian's source package, from the mirror that this system uses, with lists of its own.
fetch() { # fetch SUITE INTO
  local apt=$cache/apt-$1 mirror
  # shellcheck disable=SC2016 # apt's own variables
  mirror=$(apt-get indextargets --format '$(SITE)' | grep -m1 '/debian/\?$') || {
    echo "versions.sh: apt knows no Debian mirror; add one to its sources" >&2
    exit 1
  }
  mkdir -p "$apt"/{state/lists/partial,cache/archives/partial,sources}
  cat >"$apt/apt.conf" <<END
Dir::State "$apt/state";
Dir::State::status "/dev/null";
Dir::Cache "$apt/cache";
Dir::Etc::sourcelist "$apt/sources.list";
Dir::Etc::sourceparts "/dev/null";
APT::Sandbox::User "";
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
END
  echo "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $1 main" >"$apt/sources.list"
  mkdir -p "$2"
  (
    cd "$2"
    apt-get -c "$apt/apt.conf" update -qq &&
      apt-get -c "$apt/apt.conf" source -qq --download-only --tar-only ffmpeg
  ) >"$2/fetch.log" 2>&1 || { cat "$2/fetch.log" >&2; die "the source of Debian $1's ffmpeg can't be fetched"; }
  tar -C "$2" -xf "$2"/ffmpeg_*.orig.tar.xz --one-top-level=source --strip-components=1
  rm "$2"/ffmpeg_*.orig.tar.*
}

# What the tests use, and no more.
# shellcheck disable=SC2054 # configure's lists have commas
configuration=(
  --cc="${CC:-gcc}" --disable-everything --disable-autodetect --disable-doc --disable-debug --enable-network --enable-gpl
  --disable-ffplay --enable-ffmpeg --enable-ffprobe --enable-zlib
  --enable-protocol=file,pipe,airforce,crypto,data,http --enable-indev=lavfi --enable-demuxer=mov,airforce,hls,concat --enable-muxer=framecrc,framemd5,null,mp4
  --enable-decoder=h264,hevc,vp9,aac,opus,rawvideo,wrapped_avframe,pcm_s16le,pcm_f32le
  --enable-parser=h264,hevc,vp9,aac,opus --enable-bsf=vp9_superframe_split,h264_mp4toannexb,hevc_mp4toannexb
  --enable-encoder=rawvideo,wrapped_avframe,pcm_s16le,png
  --enable-filter=airforcevideosrc,scale,format,aformat,aresample,transpose,hflip,vflip,rotate,null,anull,trim,atrim,overlay
  --enable-filter=concat,split,nullsink,anullsink,testsrc2,sine,setpts,asetpts,color,hstack,showinfo,ashowinfo,sendcmd
)
configuration+=("${asan[@]}")
if pkg-config --exists dav1d; then configuration+=(--enable-libdav1d --enable-decoder=libdav1d); fi

# make_version NAME SUITE|DIRECTORY: the programs are then in $cache/NAME/build.
make_version() {
  local dir=$cache/$1
  mkdir -p "$dir"
  exec 8>"$dir/lock"
  flock 8
  if [ ! -f "$dir/source/configure" ]; then
    say "fetching FFmpeg $1 ..."
    rm -rf "$dir/source"
    if [ -d "$2" ]; then cp -r "$2" "$dir/source"; else fetch "$2" "$dir"; fi
  fi
  "$top/ffmpeg-filter/build.py" tree "$dir/source" 2>/dev/null || die "the source does not fit into FFmpeg $1"
  if [ "$(cat "$dir/build/.configured" 2>/dev/null)" != "${configuration[*]}" ]; then
    say "configuring FFmpeg $1 ..."
    mkdir -p "$dir/build" # what is there is compiled again only where the configuration changes it
    (cd "$dir/build" && ../source/configure "${configuration[@]}") >"$dir/configure.log" 2>&1 ||
      { tail -n 5 "$dir/configure.log" >&2; die "configure failed"; }
    printf '%s' "${configuration[*]}" >"$dir/build/.configured"
  fi
  say "compiling FFmpeg $1 (log: $dir/make.log) ..."
  make -C "$dir/build" -j"${JOBS:-$(nproc)}" >"$dir/make.log" 2>&1 || { tail -n 20 "$dir/make.log" >&2; die "FFmpeg $1 does not compile"; }
  make -C "$dir/build" fate-airforce >"$dir/fate.log" 2>&1 || { tail -n 20 "$dir/fate.log" >&2; die "fate-airforce fails in FFmpeg $1"; }
  ! grep -A 3 'airforce.*warning:' "$dir/make.log" "$dir/fate.log" >&2 || die "the source compiles with warnings in FFmpeg $1"
}

run_tests() {
  local test code=0
  for test in "${tests[@]}"; do
    say "-- ${test##*/}"
    python3 "$test" || [ $? = 77 ] || code=1 # 77: it is about the stock ffmpeg
  done
  return "$code"
}

failed=0
for version in "${versions[@]}"; do
  case $version in
    7.1) suite=trixie name=$version ;;
    9.0) suite=forky name=$version ;;
    *) [ -f "$version/configure" ] || { usage >&2; exit 2; }; suite=$(realpath "$version") name=tree-$(cat "$version/RELEASE") ;;
  esac
  name+=${asan:+-asan}
  make_version "$name" "$suite"
  say "== FFmpeg $name: $("$cache/$name/build/ffmpeg" -version | head -n 1)"
  FFMPEG=$cache/$name/build/ffmpeg FFPROBE=$cache/$name/build/ffprobe AIRFORCE_BUILD=$build \
    run_tests || failed=1
done
exit "$failed"
