#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the source costs against ffmpeg -i of the same MP4, and when its first frame is there. Best on an idle machine.

usage: ffmpeg_bench.py [BUILD [ROUNDS]]

BUILD is a meson build directory with the drop-in (ninja -C BUILD ffmpeg-drop-in); FFMPEG=PATH measures an ffmpeg that was built with the
source instead. Prints the tables of docs/ffmpeg.md.
"""
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

if len(sys.argv) > 1:
    os.environ["AIRFORCE_BUILD"] = sys.argv[1]
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "ffmpeg"))
from support import FFMPEG, Simulator, source, stock  # noqa: E402: found by the line above
from clips import AAC, H264  # noqa: E402: by support

ROUNDS = int(sys.argv[2]) if len(sys.argv) > 2 else 9
NOWHERE = ("-f", "null", "-")
MEGABYTE = 1_000_000
SECONDS = 20


def measure(env, *arguments):
    """Wall seconds, CPU seconds and peak memory in MB of an ffmpeg that has to succeed."""
    started = time.monotonic()
    process = subprocess.Popen([FFMPEG, "-nostdin", "-v", "error", *map(str, arguments)], env=env, stdin=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - started
    assert status == 0, arguments
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def compare(clips):
    """The best of all rounds for each way, taken in turns: what disturbs a run makes it longer, and nothing makes it shorter."""
    print(f"| frames to null, best of {ROUNDS} | wall s | CPU s | MB | wall | CPU |\n|---|---|---|---|---|---|")
    for title, clip in clips.items():
        with Simulator(clip=clip) as simulator:
            bought = source(reuse="always")
            ways = {
                "`ffmpeg -i`": ("-i", clip, "-map", "0:v", *NOWHERE),
                "`-filter_complex airforcevideosrc`": ("-filter_complex", bought, *NOWHERE),
                "`-f lavfi -i airforcevideosrc`": ("-f", "lavfi", "-i", bought, *NOWHERE),
            }
            measure(simulator.env, *ways["`-f lavfi -i airforcevideosrc`"])  # buys and downloads
            results = {name: [] for name in ways}
            for _ in range(ROUNDS):
                for name, arguments in ways.items():
                    results[name].append(measure(simulator.env, *arguments))
        best = {name: [min(run[i] for run in runs) for i in range(3)] for name, runs in results.items()}
        base = best["`ffmpeg -i`"]
        for name, (wall, cpu, memory) in best.items():
            print(f"| {title}, {name} | {wall:.2f} | {cpu:.2f} | {memory:.0f} | {wall / base[0]:.3f} | {cpu / base[1]:.3f} |")


def first_frame(clip, *options):
    """Seconds until the first frame is written."""
    with Simulator(*options, clip=clip, task_seconds=0) as simulator:
        started = time.monotonic()
        process = simulator.start("-filter_complex", source(), "-flush_packets", "1", "-f", "framecrc", "-")
        for line in process.stdout:
            if not line.startswith("#"):
                break
        seconds = time.monotonic() - started
        process.communicate()
    return seconds


def arrivals(clips):
    """How much later the first frame is at 1 MB/s than without a limit, which leaves out what the purchase takes."""
    print("| at 1 MB/s | MB | first 10 % of the bytes, s | first frame, s |\n|---|---|---|---|")
    for title, clip in clips.items():
        size = clip.stat().st_size / MEGABYTE
        waits = [first_frame(clip, f"--bandwidth={MEGABYTE}") - first_frame(clip) for _ in range(min(ROUNDS, 5))]
        print(f"| {title} | {size:.1f} | {size / 10:.2f} | {statistics.median(waits):.2f} |")


def main():
    with tempfile.TemporaryDirectory(prefix="airforce-bench-") as directory:
        def clip(name, size, *encoder):
            path = pathlib.Path(directory) / f"{name}.mp4"
            # grain, so that there is something to decode
            stock("-f", "lavfi", "-i", f"testsrc2=size={size}:rate=25:duration={SECONDS}", "-f", "lavfi", "-i", f"sine=duration={SECONDS}",
                  "-vf", "noise=alls=8:allf=t", *H264, "-preset", "veryfast", *encoder, *AAC, path)
            return path

        front = ("-movflags", "+faststart")
        hd = clip("hd", "1280x720", "-b:v", "4M", "-g", "250", *front)
        full_hd = clip("full-hd", "1920x1080", "-b:v", "8M", "-g", "250", *front)
        compare({"720p": hd, "1080p": full_hd})
        print()
        fragments = pathlib.Path(directory) / "fragments.mp4"
        stock("-i", hd, "-c", "copy", "-movflags", "+frag_keyframe+empty_moov+default_base_moof", "-frag_duration", "1000000", fragments)
        arrivals({"720p, index in front": hd, "720p, in fragments of 1 s": fragments})


if __name__ == "__main__":
    main()
