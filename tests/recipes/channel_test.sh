#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The ways into and out of a channel that docs/howto-channel.md shows, where Debian has the servers.
# usage: channel_test.sh SIMULATOR WAY [PYTHON EXAMPLE]
set -euo pipefail
simulator=$1 way=$2
shift 2
work=$(mktemp -d)
servers=()
trap '[ ${#servers[@]} -eq 0 ] || kill "${servers[@]}" 2>/dev/null || true; wait; rm -rf "$work"' EXIT
export AIRFORCE_STORE=$work/store.sqlite XDG_CACHE_HOME=$work/cache
fail() { echo "FAILED: $*" >&2; cat "$work"/*.log >&2 2>/dev/null || true; exit 1; }
skip() { echo "skipped: $*"; exit 77; }
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
has_element() { gst-inspect-1.0 --exists "$1" || skip "no element $1"; }
answers() { for _ in $(seq 200); do if (: <"/dev/tcp/127.0.0.1/$1") 2>/dev/null; then return; fi; sleep 0.1; done; fail "nothing listens at port $1"; }

case $way in
  rtmp)
    module=/usr/lib/nginx/modules/ngx_rtmp_module.so
    nginx=$(command -v nginx || echo /usr/sbin/nginx)
    if [ ! -e "$module" ] || [ ! -x "$nginx" ]; then skip "no nginx with RTMP"; fi
    has_element rtmp2sink
    has_element x264enc
    port=$(free_port)
    mkdir "$work/recorded"
    chmod 777 "$work" "$work/recorded"
    cat >"$work/nginx.conf" <<END
load_module $module;
daemon off;
master_process off;
pid $work/nginx.pid;
error_log $work/nginx.log;
events {}
rtmp { server { listen 127.0.0.1:$port; application live { live on; record all; record_path $work/recorded; } } }
END
    "$nginx" -p "$work" -c "$work/nginx.conf" 2>"$work/start.log" &
    servers+=($!)
    answers "$port"
    echo "A red fox" >"$work/prompts"
    "$simulator" --quiet --task-seconds 0.5 -- gst-launch-1.0 -e filesrc location="$work/prompts" ! text/x-raw,format=utf8 \
      ! airforcechannelsrc model=seedance-lite sound=true when-empty=eos video-caps=video/x-raw,width=320,height=180 name=c \
      c.video ! queue ! videoconvert ! x264enc tune=zerolatency key-int-max=30 ! flvmux streamable=true name=m \
      ! rtmp2sink location="rtmp://127.0.0.1:$port/live/fox" c.audio ! queue ! audioconvert ! avenc_aac ! m. >"$work/gst.log" 2>&1 || fail "it does not stream"
    for _ in $(seq 100); do compgen -G "$work/recorded/*.flv" >/dev/null && break; sleep 0.1; done
    sleep 0.5 # its last bytes
    kinds=$(ffprobe -v error -show_entries stream=codec_type -of csv=p=0 "$work"/recorded/*.flv | sort -u | xargs)
    [ "$kinds" = "audio video" ] || fail "the server has received: $kinds"
    ;;
  redis)
    if ! command -v redis-server >/dev/null || ! command -v redis-cli >/dev/null; then skip "no Redis"; fi
    port=$(free_port)
    redis-server --port "$port" --bind 127.0.0.1 --save '' --dir "$work" >"$work/redis.log" &
    servers+=($!)
    answers "$port"
    redis-cli -p "$port" RPUSH prompts "A red fox" "A lighthouse" /end >/dev/null
    while prompt=$(redis-cli -p "$port" --raw BLPOP prompts 0 | tail -n 1); [ "$prompt" != /end ]; do echo "$prompt"; done |
      "$simulator" --quiet --task-seconds 0.5 -- "$@" seedance-lite fakevideosink fakeaudiosink >"$work/said.log" 2>&1 || fail "it does not play"
    [ "$(grep -c 'on-air$' "$work/said.log")" = 2 ] || fail "not both prompts were shown"
    ;;
  *) fail "which way?" ;;
esac
