#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Shows the clip of a prompt, and keeps it in a file.

usage: keep.py MODEL PROMPT FILE.mp4 [VIDEO_SINK AUDIO_SINK]

The file is complete when the program ends well, and not there when it does not.
"""

import sys

import gi

gi.require_version("Gst", "1.0")
from gi.repository import GLib, Gst  # noqa: E402

BRANCHES = {
    "video": "queue ! videoconvert ! {}",
    "audio": "queue ! audioconvert ! audioresample ! {}",
}


class Keeper:
    def __init__(self, model, prompt, location, sinks):
        self.sinks = sinks
        self.failed = False
        self.loop = GLib.MainLoop()
        self.pipeline = Gst.Pipeline.new(None)
        source = Gst.ElementFactory.make("airforcevideosrc")
        source.set_properties(model=model, prompt=prompt, location=location, sound=True)
        source.connect("pad-added", self.on_pad_added)
        source.connect("no-more-pads", lambda _: print("playing"))
        self.pipeline.add(source)
        bus = self.pipeline.get_bus()
        bus.add_signal_watch()
        bus.connect("message::progress", self.on_progress)
        bus.connect("message::warning", lambda _, message: self.show(message.parse_warning()[0]))
        bus.connect("message::error", self.on_error)
        bus.connect("message::eos", lambda *_: self.loop.quit())

    def on_pad_added(self, _source, pad):
        """In a streaming thread, once for each stream that the clip turns out to have."""
        kind = pad.get_name().split("_")[0]
        branch = Gst.parse_bin_from_description(BRANCHES[kind].format(self.sinks[kind]), True)
        self.pipeline.add(branch)
        branch.sync_state_with_parent()
        pad.link(branch.get_static_pad("sink"))

    def on_progress(self, _bus, message):
        _type, _code, text = message.parse_progress()
        known, percent = message.get_structure().get_int("percent")
        print(f"{percent:3} % {text}" if known else text)

    def on_error(self, _bus, message):
        self.failed = True
        self.show(message.parse_error()[0])
        details = message.parse_error_details()
        if details and details.has_field("charge"):
            # none, refunded, running, paid or unknown
            print(f"charge: {details.get_string('charge')}", file=sys.stderr)
        self.loop.quit()

    @staticmethod
    def show(error):
        print(f"keep: {error.message}", file=sys.stderr)

    def run(self):
        self.pipeline.set_state(Gst.State.PLAYING)  # returns at once
        try:
            self.loop.run()
        except KeyboardInterrupt:
            self.failed = True  # the task runs on; the same command resumes it
        finally:
            self.pipeline.set_state(Gst.State.NULL)
        return 1 if self.failed else 0


def main():
    if len(sys.argv) not in (4, 6):
        print(__doc__, file=sys.stderr)
        return 2
    Gst.init(None)
    model, prompt, location = sys.argv[1:4]
    video, audio = sys.argv[4:] or ("autovideosink", "autoaudiosink")
    return Keeper(model, prompt, location, {"video": video, "audio": audio}).run()


if __name__ == "__main__":
    sys.exit(main())
