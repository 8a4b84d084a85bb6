#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a channel shows, as pictures for the documentation: the card, a transition, and captions, of the example channel.py.

usage: channel_pictures.py BUILD_DIRECTORY
"""
import os
import pathlib
import subprocess
import sys
import tempfile

SOURCE = pathlib.Path(__file__).resolve().parents[2]
SINK = "videorate ! video/x-raw,framerate=10/1 ! videoscale ! video/x-raw,width=320,height=180 ! pngenc ! multifilesink sync=false location={}/%04d.png"


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    build = pathlib.Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as directory:
        work = pathlib.Path(directory)
        env = {**os.environ, "GST_PLUGIN_PATH": str(build / "gst"), "AIRFORCE_VIDEO_LIBRARY": str(build / "common/capi/libairforcevideo.so.0"),
               "AIRFORCE_STORE": str(work / "store.sqlite"), "XDG_CACHE_HOME": str(work / "cache")}
        # The number of pictures when an item is posted says which one shows it.
        wanted = {"1 is being-made": 30, "1 is on-air": 10, "2 is on-air": 1}
        numbers = []
        with subprocess.Popen(
                [build / "tools/simulator/airforce-simulator", "--quiet", "--task-seconds", "3", "--", "/usr/bin/python3",
                 SOURCE / "examples/python/channel.py", "seedance-lite", SINK.format(work), "fakeaudiosink"],
                env=env, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as channel:
            channel.stdin.write("A red fox in the snow\nA lighthouse in a storm\n")
            channel.stdin.close()
            for line in channel.stdout:
                if line.strip() in wanted:
                    numbers.append(len(list(work.glob("*.png"))) + wanted[line.strip()])
        pictures = sorted(work.glob("*.png"))
        inputs = [argument for number in numbers for argument in ("-i", str(pictures[min(number, len(pictures) - 1)]))]
        subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-y", *inputs, "-filter_complex", f"hstack=inputs={len(numbers)}", "-q:v", "4",
                        SOURCE / "docs/img/channel.jpg"], check=True)


if __name__ == "__main__":
    main()
