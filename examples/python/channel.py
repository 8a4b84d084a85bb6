#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Chat lines in, a channel out.

usage: channel.py MODEL [VIDEO_SINK [AUDIO_SINK]]

Each line of standard input becomes a clip. "/skip" ends the one that is shown, "/clear" forgets the waiting ones. The prompt is a
caption. The channel ends after the last clip once the input has ended.
"""

import sys
import threading

import gi

gi.require_version("Gst", "1.0")
from gi.repository import GLib, Gst  # noqa: E402


def read_chat(channel: Gst.Element) -> None:
    for line in sys.stdin:
        match line.strip():
            case "":
                continue
            case "/skip":
                channel.emit("skip")
            case "/clear":
                channel.emit("clear")
            case prompt:
                print(f"{channel.emit('enqueue', prompt)}: {prompt}", flush=True)
    channel.set_property("when-empty", "eos")


def main() -> int:
    if len(sys.argv) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    Gst.init(None)
    video_sink = sys.argv[2] if len(sys.argv) > 2 else "autovideosink"
    audio_sink = sys.argv[3] if len(sys.argv) > 3 else "autoaudiosink"
    pipeline = Gst.parse_launch(
        f"airforcechannelsrc name=c sound=true  c.video ! queue ! videoconvert ! textoverlay name=caption ! videoconvert ! {video_sink}  "
        f"c.audio ! queue ! audioconvert ! {audio_sink}"
    )
    channel = pipeline.get_by_name("c")
    caption = pipeline.get_by_name("caption")
    channel.set_property("model", sys.argv[1])
    loop = GLib.MainLoop()
    failures = []

    def on_message(_bus: Gst.Bus, message: Gst.Message) -> None:
        fields = message.get_structure()
        if message.type == Gst.MessageType.EOS:
            loop.quit()
        elif message.type == Gst.MessageType.ERROR:
            failures.append(message.parse_error().gerror.message)
            loop.quit()
        elif fields is not None and fields.get_name() == "airforce-channel-item":
            reason = fields.get_value("reason") if fields.has_field("reason") else ""
            if fields.get_value("state") == "on-air":
                caption.set_property("text", GLib.markup_escape_text(fields.get_value("prompt")))
            print(f"{fields.get_value('id')} is {fields.get_value('state')} {reason}".rstrip(), flush=True)

    bus = pipeline.get_bus()
    bus.add_signal_watch()
    bus.connect("message", on_message)
    pipeline.set_state(Gst.State.PLAYING)
    threading.Thread(target=read_chat, args=(channel,), daemon=True).start()
    try:
        loop.run()
    finally:
        pipeline.set_state(Gst.State.NULL)
    for failure in failures:
        print(failure, file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
