#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What filter and protocol cost against ffmpeg -i of the same MP4, from a file and over http. Best on an idle machine.

usage: ffmpeg_bench.py [BUILD [ROUNDS]]

BUILD is a meson build directory with the drop-in (ninja -C BUILD ffmpeg-drop-in); FFMPEG=PATH measures an ffmpeg that was built with the
source instead. Prints the tables of docs/bench.md.
"""
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

if len(sys.argv) > 1:
    os.environ["AIRFORCE_BUILD"] = sys.argv[1]
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "ffmpeg"))
from support import FFMPEG, FFPROBE, MODEL, Simulator, source, stock  # noqa: E402: found by the line above
from clips import AAC, H264  # noqa: E402: by support

ROUNDS = int(sys.argv[2]) if len(sys.argv) > 2 else 9
NOWHERE = ("-f", "null", "-")
COPIED = ("-map", "0", "-c", "copy", "-y")
ENCODED = ("-map", "0", "-c:v", "libx264", "-preset", "veryfast", *AAC, "-y")  # as ffmpeg -i URL out.mp4 does
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


def against_http(clips, shortest):
    """The protocol against http of the same clip and server, in turns, by the median of the rounds' ratios."""
    print(f"| median of {ROUNDS} pairs, {rounds_of('encoded')} for encoded | wall s | CPU s | MB | wall | CPU | MB |\n|---|---|---|---|---|---|---|")
    for title, (clip, ways) in clips.items():
        for what, runs in runs_against_http(clip, ways).items():
            for name, results in runs.items():
                values = [statistics.median(result[i] for result in results) for i in range(3)]
                ratios = [statistics.median(ours[i] / theirs[i] for ours, theirs in zip(results, runs["`http://…`"])) for i in range(3)]
                print(f"| {title} {what}, {name} | {values[0]:.3f} | {values[1]:.3f} | {values[2]:.0f} | " +
                      " | ".join(f"{ratio:.3f}" for ratio in ratios) + " |")
    runs = runs_against_http(shortest, ("copied",))["copied"]
    print(f"\nStart-up, by a clip of a second, against {1000 * statistics.median(run[0] for run in runs['`http://…`']):.0f} ms of `http://…`:")
    for name, results in runs.items():
        more = [1000 * statistics.median(ours[i] - theirs[i] for ours, theirs in zip(results, runs["`http://…`"])) for i in range(2)]
        print(f"{name}: {more[0]:.1f} ms more, {more[1]:.1f} ms of CPU")


def rounds_of(what):
    return min(ROUNDS, 5) if what == "encoded" else ROUNDS  # encoding takes seconds


def runs_against_http(clip, ways):
    """For each way of reading a clip, what all rounds measured by each address."""
    with Simulator(clip=clip, task_seconds=0) as simulator:
        url = f"airforce://generate?model={MODEL}&prompt=fox"
        simulator.play("-i", url, *COPIED, simulator.directory + "/bought.mp4")  # all of it, so that it is in the cache
        task = simulator.play("-v", "error", "-show_entries", "format_tags=task_id", "-of", "csv=p=0", url, program=FFPROBE).strip()
        addresses = {
            "`http://…`": lambda: clip_url(simulator, task),
            "`airforce://task/…`, first time": lambda: f"airforce://task/{create_task(simulator)}",
            "`airforce://task/…`, in the cache": lambda: f"airforce://task/{task}",
            "`airforce://generate?…`, in the cache": lambda: url,
        }
        results = {}
        for what in ways:
            output = simulator.directory + "/output.mp4"
            how = {"copied": (*COPIED, output), "decoded": ("-map", "0", *NOWHERE), "encoded": (*ENCODED, output)}[what]
            results[what] = {name: [] for name in addresses}
            for _ in range(rounds_of(what)):
                for name, address in addresses.items():
                    results[what][name].append(measure(simulator.env, "-i", address(), *how))
        return results


def first_packets_of(clips):
    """From one server of 1 MB/s."""
    print("| at 1 MB/s | first packet by http, s | by the protocol, s |\n|---|---|---|")
    for title, clip in clips.items():
        theirs, ours = first_packets(clip)
        print(f"| {title} | {theirs:.2f} | {ours:.2f} |")


def ask(simulator, path, body=None):
    request = urllib.request.Request(simulator.env["AIRFORCE_BASE_URL"] + path, json.dumps(body).encode() if body else None,
                                     {"Authorization": f"Bearer {simulator.env['AIRFORCE_API_KEY']}", "Content-Type": "application/json"})
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request) as answer:
        return json.load(answer)


def create_task(simulator):
    return ask(simulator, "/v1/video/generations", {"model": MODEL, "prompt": "fox"})["task_id"]


def clip_url(simulator, task):
    return ask(simulator, f"/v1/video/tasks/{task}")["result_url"]


def first_packets(clip):
    """Seconds until the first packet by http and by the protocol."""
    theirs, ours = [], []
    for _ in range(min(ROUNDS, 5)):
        with Simulator(f"--bandwidth={MEGABYTE}", clip=clip, task_seconds=0) as simulator:
            theirs.append(first_line(simulator, "-i", clip_url(simulator, create_task(simulator))))
            ours.append(first_line(simulator, "-i", f"airforce://task/{create_task(simulator)}"))
    return statistics.median(theirs), statistics.median(ours)


def first_line(simulator, *inputs):
    """Seconds until the first packet is written."""
    started = time.monotonic()
    process = simulator.start(*inputs, "-map", "0:v", "-c", "copy", "-flush_packets", "1", "-f", "framecrc", "-")
    for line in process.stdout:
        if not line.startswith("#"):
            break
    seconds = time.monotonic() - started
    process.communicate()
    return seconds


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

        def clip_of(name, *arguments, front=("-movflags", "+faststart")):
            path = pathlib.Path(directory) / f"{name}.mp4"
            stock(*arguments, "-c", "copy", *front, path)
            return path

        front = ("-movflags", "+faststart")
        hd = clip("hd", "1280x720", "-b:v", "4M", "-g", "250", *front)
        full_hd = clip("full-hd", "1920x1080", "-b:v", "8M", "-g", "250", *front)
        compare({"720p": hd, "1080p": full_hd})
        print()
        long_hd = clip_of("long-hd", "-stream_loop", 9, "-i", hd)
        shortest = clip_of("shortest", "-i", hd, "-t", 1)
        against_http({"720p, 10 MB": (hd, ("copied", "decoded", "encoded")), "720p, 100 MB": (long_hd, ("copied",))}, shortest)
        print()
        first_packets_of({"720p, index in front": hd, "720p, index at the end": clip_of("index-at-end", "-i", hd, front=())})
        print()
        fragments = pathlib.Path(directory) / "fragments.mp4"
        stock("-i", hd, "-c", "copy", "-movflags", "+frag_keyframe+empty_moov+default_base_moof", "-frag_duration", "1000000", fragments)
        arrivals({"720p, index in front": hd, "720p, in fragments of 1 s": fragments})


if __name__ == "__main__":
    main()
