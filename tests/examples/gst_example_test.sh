#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# An example on GStreamer does what its page says, and fails with a line that reports the charge status.
# usage: gst_example_test.sh SIMULATOR EXAMPLE [COMMAND...]
set -euo pipefail
simulator=$1 example=$2
shift 2
command=("$@")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export AIRFORCE_STORE=$work/store.sqlite XDG_CACHE_HOME=$work/cache
fail() { echo "FAILED: $*" >&2; cat "$work/said" >&2; exit 1; }

# with_service [OPTION...] -- COMMAND...: with what it says in $work/said.
with_service() { "$simulator" --task-seconds 0.2 --log="$work/requests" "$@" >"$work/said" 2>&1; }
says() { grep -qE -- "$1" "$work/said" || fail "it does not say: $1"; }
# has_streams FILE KIND...: the kinds of its streams, each once.
has_streams() {
  ffmpeg -nostdin -v error -xerror -i "$1" -f null - 2>>"$work/said" || fail "$1 can't be played"
  [ "$(ffprobe -v error -show_entries stream=codec_type -of csv=p=0 "$1" | sort -u | xargs)" = "${*:2}" ] || fail "$1: not ${*:2}"
}

a_failed_task_is_reported() { # a_failed_task_is_reported ARGUMENT...
  if with_service --fault task:failed -- "${command[@]}" "$@"; then fail "a failed task is a success"; fi
  says refunded
}

case $example in
  play)
    with_service -- "${command[@]}" seedance-lite "A kite over the sea" fakevideosink fakeaudiosink || fail "it does not play"
    says '^task vid_.*: completed'
    says '^The clip is there'
    a_failed_task_is_reported seedance-lite "Another" fakevideosink fakeaudiosink
    says '^play: charge: refunded'
    ;;
  frames)
    with_service -- "${command[@]}" ltx-mini "A kite over the sea" || fail "no frames"
    says '^0\.000 s: 854x480, mean colour #[0-9a-f]{6}$'
    [ "$(grep -c 'mean colour' "$work/said")" -ge 24 ] || fail "too few frames"
    a_failed_task_is_reported ltx-mini "Another"
    ;;
  keep)
    with_service -- "${command[@]}" seedance-lite "A kite over the sea" "$work/kite.mp4" fakevideosink fakeaudiosink || fail "it is not kept"
    says '^ *[0-9]+ % '
    says '^playing'
    has_streams "$work/kite.mp4" audio video
    a_failed_task_is_reported seedance-lite "Another" "$work/none.mp4" fakevideosink fakeaudiosink
    says '^charge: refunded'
    [ ! -e "$work/none.mp4" ] || fail "there is something of a failed clip"
    ;;
  channel | chat)
    ffmpeg -nostdin -v error -f lavfi -i color=black:s=320x180:r=24:d=2 -pix_fmt yuv420p -movflags faststart "$work/black.mp4"
    sink="videoscale ! video/x-raw,format=GRAY8,width=320,height=180 ! filesink location=$work/pictures"
    printf 'A kite over the sea\n' | with_service --clip="$work/black.mp4" --task-seconds=2 -- "${command[@]}" seedance-lite "$sink" fakeaudiosink || fail "it does not play"
    says 'on-air$'
    # The prompt: in the middle while the clip is generated, then as a caption below.
    shown=$(python3 - "$work/pictures" <<'END'
import sys
data, size, row = open(sys.argv[1], "rb").read(), 320 * 180, 320
lit = lambda start, top, end: max(data[start + top * row:start + end * row]) > 200
frames = [(lit(at, 60, 120), lit(at, 120, 180)) for at in range(0, len(data) - size + 1, size)]
print(*(name for name, both in (("card", (True, False)), ("caption", (False, True))) if frames.count(both) >= 10))
END
    )
    [ "$shown" = "card caption" ] || fail "not shown as text: $shown"
    says 'gone$'
    [ "$(grep -c 'POST' "$work/requests")" = 1 ] || fail "the prompt was not bought once"
    ;;
  project)
    with_service -- "${command[@]}" --videosink=fakevideosink --audiosink=fakeaudiosink || fail "it does not play"
    says '^Done'
    [ "$(grep -c 'POST' "$work/requests")" = 2 ] || fail "each prompt was not bought once"
    with_service -- "${command[@]}" --outputuri="file://$work/fox.webm" --format=video/webm:video/x-vp8:audio/x-vorbis || fail "it is not rendered"
    has_streams "$work/fox.webm" audio video
    ;;
  picture)
    with_service -- "${command[@]}" "$work/pipeline.svg" || fail "it is not drawn"
    for name in GstAirforceVideoSrc GstAirforceClipSrc GstDecodebin3 video_0 audio_0; do
      grep -q "$name" "$work/pipeline.svg" || fail "$name is not in it"
    done
    ! grep -qE '0x[0-9a-f]{6}|/tmp|/home' "$work/pipeline.svg" || fail "it reveals this machine"
    ;;
  *) fail "which example?" ;;
esac
