# SPDX-License-Identifier: LGPL-2.1-or-later
"""The recipes of docs/ffmpeg.md that want a server or a screen, with an RTMP server on this machine and players without a window."""
import json
import os
import shutil
import socket
import subprocess
import time
import unittest

from support import FFPROBE, MODEL, SECONDS, STOCK_FFMPEG, FilterTest, Simulator, main, skip_all, source

URL = f"airforce://generate?model={MODEL}&prompt=fox"
LABELS = "[out0][out1]"
ENCODED = ("-c:v", "libx264", "-preset", "veryfast", "-g", "48", "-pix_fmt", "yuv420p", "-c:a", "aac", "-f", "flv")


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait_for_listener(port, process):
    """Returns when somebody listens there. It does not connect: the server takes one client, who then is it."""
    listening = f"0100007F:{port:04X} 00000000:0000 0A"
    for _ in range(SECONDS * 20):
        with open("/proc/net/tcp", encoding="ascii") as sockets:
            if listening in sockets.read():
                return
        assert process.poll() is None, process.communicate()[1]
        time.sleep(0.05)
    raise AssertionError(f"nobody listens at {port}")


class Players(FilterTest):
    def test_an_rtmp_server_gets_picture_and_sound(self):
        address = f"rtmp://127.0.0.1:{(port := free_port())}/app/key"
        with Simulator(clip=self.clips["h264"]) as simulator:
            server = simulator.start("-listen", "1", "-i", address, "-c", "copy", "received.flv", program=STOCK_FFMPEG)
            wait_for_listener(port, server)
            simulator.play("-re", "-stream_loop", "-1", "-i", URL, "-t", "2", *ENCODED, address)
            self.assertEqual(1, simulator.creates())
            server.communicate(timeout=SECONDS)
            printed = json.loads(simulator.play("-show_streams", "-show_format", "-of", "json", "received.flv", program=FFPROBE))
        self.assertEqual(["aac", "h264"], sorted(stream["codec_name"] for stream in printed["streams"]))
        self.assertAlmostEqual(2, float(printed["format"]["duration"]), delta=0.2)

    def shown(self, *player, **variables):
        with Simulator(clip=self.clips["h264"]) as simulator:
            done = subprocess.run(player, env={**simulator.env, **variables}, cwd=simulator.directory, stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=SECONDS, check=False)
            self.assertEqual(0, done.returncode, done.stdout)
            self.assertEqual(1, simulator.creates(), done.stdout)
            return done.stdout

    def test_ffplay_plays_it(self):
        self.shown("ffplay", "-hide_banner", "-autoexit", "-f", "lavfi", "-i", source(sound=1) + LABELS, SDL_VIDEODRIVER="dummy",
                   SDL_AUDIODRIVER="dummy")

    @unittest.skipUnless(shutil.which("mpv"), "mpv is not installed")
    def test_mpv_plays_it(self):
        said = self.shown("mpv", "--no-config", "--vo=null", "--ao=null", f"av://lavfi:{source(sound=1)}{LABELS}")
        self.assertIn("VO: [null] 160x96 yuv420p", said)
        self.assertIn("AO: [null]", said)
        self.assertIn("End of file", said)


if __name__ == "__main__":
    if "FFMPEG" in os.environ:
        skip_all("the players are those of the system")
    main()
