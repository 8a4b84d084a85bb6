#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# From a bare Debian 12 or 13 to a generated clip on disk: packages, build, gst-launch-1.0 on the simulator, a look at the result.
set -euo pipefail

usage() {
  cat <<USAGE
usage: tools/demo.sh [--output FILE.mp4] [PROMPT]

Installs the packages that are missing (as root, or through sudo), builds into build/, starts the simulator, generates a
clip with the GStreamer element, and writes it with picture and sound to FILE.mp4 (build/demo.mp4). Needs no API key, and
no network once the packages are there.
USAGE
}

from=$PWD
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$top/build
output=$build/demo.mp4
prompt='A red fox darting across snowy hills at dawn'
while [ $# -gt 0 ]; do
  case $1 in
    -h | --help) usage; exit 0 ;;
    --output) [ $# -gt 1 ] || { usage >&2; exit 2; }; output=$(realpath -m -- "$2"); shift ;;
    --) shift; break ;;
    -*) usage >&2; exit 2 ;;
    *) break ;;
  esac
  shift
done
[ $# -le 1 ] || { usage >&2; exit 2; }
prompt=${1:-$prompt}

# shellcheck source=lib/say.sh
. "$top/tools/lib/say.sh"
# shellcheck source=lib/packages.sh
. "$top/tools/lib/packages.sh"
# shellcheck source=lib/build.sh
. "$top/tools/lib/build.sh"

step "1/4 Packages"
install_packages "${packages_build[@]}" "${packages_play[@]}"

step "2/4 Build"
cd "$top"
build_in build --buildtype=release -Dtests=disabled || exit

# in_build COMMAND...: with the uninstalled plugin, core and tools.
in_build() { meson devenv -C "$build" "$@"; }

step "3/4 Generate: \"$prompt\""
# gst_value TEXT: as a property's value, since gst-launch-1.0 reads its arguments as one text. In quotes anything may stand but two.
gst_value() {
  if [[ $1 =~ ^[A-Za-z0-9_./-]+$ ]]; then
    printf '%s' "$1"
  else
    local text=${1//\\/\\\\}
    printf '"%s"' "${text//\"/\\\"}"
  fi
}
command_for() { # command_for FILE: the pipeline, in the lines in which a person would write it
  source=(airforcevideosrc name=clip model=wan-2.6 max-cost-cents=500)
  text=("prompt=$(gst_value "$prompt")")
  form=(duration-seconds=5 quality=720p sound=true)
  picture=(clip. ! queue ! videoconvert ! x264enc speed-preset=veryfast ! mux.)
  sound=(clip. ! queue ! audioconvert ! audioresample ! avenc_aac ! mux.)
  file=(mp4mux name=mux faststart=true ! filesink "location=$(gst_value "$1")")
}
mkdir -p "$(dirname "$output")"
# Written beside its place, so that an interrupted run leaves nothing that looks finished.
partial=$output.partial
trap 'rm -f "$partial"; remove_scratch' EXIT
command_for "$partial"
# What is remembered of a purchase at the simulator is of no use afterwards.
AIRFORCE_STORE=$scratch/store.sqlite in_build airforce-simulator --log "$build/demo-requests.log" -- \
  gst-launch-1.0 -q "${source[@]}" "${text[@]}" "${form[@]}" "${picture[@]}" "${sound[@]}" "${file[@]}" </dev/null ||
  fail "no clip was generated" "the reason is above; what the simulator was asked is in $build/demo-requests.log"

step "4/4 Look at the result"
in_build gst-discoverer-1.0 "$partial" >"$scratch/streams" 2>&1 </dev/null || {
  cat "$scratch/streams" >&2
  fail "what was written can't be played"
}
for stream in video audio; do
  grep -qE "^ *$stream( #[0-9]+)?:" "$scratch/streams" || fail "what was written has no $stream"
done
grep -E '^ *(Duration|video|audio)( #[0-9]+)?:' "$scratch/streams"
mv -f "$partial" "$output"

# words ARGUMENT...: as one types them in a shell.
words() {
  local word line=''
  for word; do
    [[ $word =~ ^[][A-Za-z0-9_./:,=!-]+$ ]] || word=${word@Q}
    line+=" $word"
  done
  printf '%s' "${line# }"
}
# shown PATH: as it is reached from where this was started.
shown() {
  if [ "$from" = "$top" ]; then printf '%s' "${1#"$top"/}"; else printf '%s' "$1"; fi
}
command_for clip.mp4
cat <<DONE
The clip: $(shown "$output")

The same with the real service (each run buys a clip, of at most 500 cents):
  export AIRFORCE_API_KEY=sk-air-...
  meson devenv -C $(words "$(shown "$build")") -w "\$PWD" gst-launch-1.0 \\
    $(words "${source[@]}") \\
    $(words "${text[@]}") \\
    $(words "${form[@]}") \\
    $(words "${picture[@]}") \\
    $(words "${sound[@]}") \\
    $(words "${file[@]}")
In the ffmpeg of this system (one to three minutes the first time):
  $(words "$(shown "$top/ffmpeg-filter/build.py")") drop-in ~/airforce-ffmpeg --install-deps
DONE
