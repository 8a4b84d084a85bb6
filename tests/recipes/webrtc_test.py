#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A channel through WebRTC: two webrtcbin in one process, one of which sends what the other one decodes.

usage: webrtc_test.py MODEL (with the service in the environment)
"""
import sys
import threading

import gi

try:
    for name in ("Gst", "GstSdp", "GstWebRTC"):
        gi.require_version(name, "1.0")
except ValueError as error:
    print(f"skipped: {error}")
    sys.exit(77)
from gi.repository import GLib, Gst, GstSdp, GstWebRTC  # noqa: E402, F401

Gst.init(None)
NEEDED = ["webrtcbin", "nicesink", "dtlsenc", "srtpenc", "vp8enc", "rtpvp8pay", "opusenc", "rtpopuspay"]
missing = [name for name in NEEDED if Gst.ElementFactory.find(name) is None]
if missing:
    print(f"skipped: no element {', '.join(missing)}")
    sys.exit(77)

SENDER = ("webrtcbin name=send bundle-policy=max-bundle  airforcechannelsrc name=c sound=true video-caps=video/x-raw,width=320,height=180,framerate=15/1 "
          "c.video ! queue ! videoconvert ! vp8enc deadline=1 keyframe-max-dist=15 ! rtpvp8pay ! application/x-rtp,media=video,encoding-name=VP8,payload=96 ! send. "
          "c.audio ! queue ! audioconvert ! audioresample ! opusenc ! rtpopuspay ! application/x-rtp,media=audio,encoding-name=OPUS,payload=97 ! send.")
pipeline = Gst.parse_launch(SENDER)
receiver = Gst.ElementFactory.make("webrtcbin", "receive")
receiver.set_property("bundle-policy", "max-bundle")
pipeline.add(receiver)
sender = pipeline.get_by_name("send")
channel = pipeline.get_by_name("c")
channel.set_property("model", sys.argv[1])
bright = threading.Event()
sound = threading.Event()
loop = GLib.MainLoop()
failures = []
kept = []  # descriptions live as long as what they came with


def looks(_pad, info):
    """The first frames are the black card, the clip is not black."""
    buffer = info.get_buffer()
    data = buffer.extract_dup(0, 320 * 180)
    if sum(data[::97]) / len(data[::97]) > 40:
        bright.set()
    done()
    return Gst.PadProbeReturn.OK


def listens(_pad, _info):
    sound.set()
    done()
    return Gst.PadProbeReturn.OK


def done():
    if bright.is_set() and sound.is_set():
        loop.quit()


def received(_element, pad):
    if pad.direction != Gst.PadDirection.SRC:
        return
    video = pad.get_current_caps().get_structure(0).get_string("media") == "video"
    line = "queue ! rtpvp8depay ! vp8dec ! fakesink name=end" if video else "queue ! rtpopusdepay ! opusdec ! fakesink name=end"
    decoder = Gst.parse_bin_from_description(line, True)
    decoder.get_by_name("end").get_static_pad("sink").add_probe(Gst.PadProbeType.BUFFER, looks if video else listens)
    pipeline.add(decoder)
    decoder.sync_state_with_parent()
    pad.link(decoder.get_static_pad("sink"))


def answered(promise, _):
    reply = promise.get_reply()
    answer = reply.get_value("answer")
    kept.extend([promise, reply, answer])
    receiver.emit("set-local-description", answer, None)
    sender.emit("set-remote-description", answer, None)


def offered(promise, _):
    reply = promise.get_reply()
    offer = reply.get_value("offer")
    kept.extend([promise, reply, offer])
    sender.emit("set-local-description", offer, None)
    receiver.emit("set-remote-description", offer, None)
    receiver.emit("create-answer", None, Gst.Promise.new_with_change_func(answered, None))


def said(_bus, message):
    if message.type == Gst.MessageType.ERROR:
        failures.append(str(message.parse_error()))
        loop.quit()


sender.connect("on-negotiation-needed", lambda _: sender.emit("create-offer", None, Gst.Promise.new_with_change_func(offered, None)))
sender.connect("on-ice-candidate", lambda _, line, candidate: receiver.emit("add-ice-candidate", line, candidate))
receiver.connect("on-ice-candidate", lambda _, line, candidate: sender.emit("add-ice-candidate", line, candidate))
receiver.connect("pad-added", received)
bus = pipeline.get_bus()
bus.add_signal_watch()
bus.connect("message", said)
channel.emit("enqueue", "A red fox")
pipeline.set_state(Gst.State.PLAYING)
GLib.timeout_add_seconds(80, loop.quit)
loop.run()
pipeline.set_state(Gst.State.NULL)
for failure in failures:
    print(failure, file=sys.stderr)
if not bright.is_set() or not sound.is_set():
    sys.exit(f"received: picture {bright.is_set()}, sound {sound.is_set()}")
