#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Plays a URI with the library GstPlay, seeks once, and says whether picture and sound came until the end.

usage: gst_play.py URI
"""

import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstPlay", "1.0")
from gi.repository import GLib, Gst, GstPlay  # noqa: E402

SEEK_TO = Gst.SECOND


class Player:
    def __init__(self, uri: str):
        self.loop = GLib.MainLoop()
        self.error = None
        self.frames = {"before": 0, "after": 0}
        self.sounds = 0  # after the seek
        self.when = "before"
        self.play = GstPlay.Play.new(None)
        pipeline = self.play.get_pipeline()
        for kind in ("video", "audio"):
            sink = Gst.ElementFactory.make("fakesink")
            sink.set_properties(sync=True, signal_handoffs=True)
            sink.connect("handoff", self.on_frame if kind == "video" else self.on_sound)
            pipeline.set_property(f"{kind}-sink", sink)
        self.messages = GstPlay.PlaySignalAdapter.new(self.play)
        self.messages.connect("duration-changed", self.on_duration)
        self.messages.connect("seek-done", self.on_seek_done)
        self.messages.connect("end-of-stream", lambda *_: self.loop.quit())
        self.messages.connect("error", self.on_error)
        self.play.set_uri(uri)

    def on_frame(self, *_):
        self.frames[self.when] += 1

    def on_sound(self, *_):
        if self.when == "after":
            self.sounds += 1

    def on_duration(self, _adapter, duration):
        if duration >= 2 * Gst.SECOND and self.when == "before":
            self.play.seek(SEEK_TO)

    def on_seek_done(self, *_):
        self.when = "after"

    def on_error(self, _adapter, error, _details):
        self.error = error.message
        self.loop.quit()

    def run(self) -> int:
        GLib.timeout_add_seconds(50, self.loop.quit)
        self.play.play()
        self.loop.run()
        self.play.stop()
        # A second of 24 frames, of which the seek itself may swallow some.
        if self.error or not 15 <= self.frames["after"] <= 26 or self.sounds == 0:
            print(f"ERROR: {self.error}, frames {self.frames}, sounds {self.sounds}")
            return 1
        return 0


Gst.init(None)
sys.exit(Player(sys.argv[1]).run())
