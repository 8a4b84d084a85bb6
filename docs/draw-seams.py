#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Draws docs/img/seam.png: a seam of a film as its clips have it, and as the element shows it.

usage: draw-seams.py BUILD_DIRECTORY

The simulator makes two shots, the second from the last frame of the first; its clips repeat that frame once, and have orange mixed in.
Prints how far brightness and colour step at the seam.
"""
import os
import pathlib
import struct
import subprocess
import sys
import tempfile
import zlib

SHOT = 48  # frames
WIDTH, HEIGHT = 208, 117
PAGES = pathlib.Path(__file__).resolve().parent


def png(path, width, height, rgb):
    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
    rows = b"".join(b"\0" + rgb[y * width * 3:(y + 1) * width * 3] for y in range(height))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)) +
                     chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b""))


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as directory:
        work = pathlib.Path(directory)
        (work / "film.txt").write_text("A forest at noon\nThe camera moves in\n", encoding="utf-8")
        element = (f"airforcevideosrc storyboard={work}/film.txt continue=true model=seedance-lite duration-seconds=2 quality=480p "
                   f"poll-interval=0.1 store={work}/store.sqlite")
        frames = f"videoconvert ! videoscale ! video/x-raw,format=RGB,width={WIDTH},height={HEIGHT} ! filesink location={work}"
        script = (f"gst-launch-1.0 -q {element} output=encoded ! h264parse ! avdec_h264 ! {frames}/clips && "
                  f"gst-launch-1.0 -q {element} ! {frames}/film")
        env = {**os.environ, "GST_PLUGIN_PATH": str(build / "gst"), "GST_REGISTRY": str(work / "registry"),
               "AIRFORCE_VIDEO_LIBRARY": str(build / "common/capi/libairforcevideo.so.0"), "XDG_CACHE_HOME": str(work / "cache")}
        subprocess.run([build / "tools/simulator/airforce-simulator", "--echo=1", "--drift=8", "--task-seconds=0.2", "--", "sh", "-c",
                        script], check=True, env=env)
        stride = (WIDTH * 3 + 3) // 4 * 4
        picture = []
        for name in ("clips", "film"):
            data = (work / name).read_bytes()
            shown = []
            for index in range(SHOT - 2, SHOT + 2):
                at = index * stride * HEIGHT
                shown.append([data[at + y * stride:at + y * stride + WIDTH * 3] for y in range(HEIGHT)])
            means = [[sum(sum(row[channel::3]) for row in frame) / WIDTH / HEIGHT for channel in range(3)] for frame in shown]
            steps = ", ".join(f"{after - before:+.1f}" for before, after in zip(means[1], means[2]))
            print(f"{name}: {len(data) // stride // HEIGHT} frames; red, green and blue step by {steps} of 255 at the seam")
            picture += [b"".join(frame[y] for frame in shown) for y in range(HEIGHT)]
        png(PAGES / "img/seam.png", 4 * WIDTH, 2 * HEIGHT, b"".join(picture))


if __name__ == "__main__":
    main()
