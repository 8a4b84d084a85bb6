#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a clip costs through the element, against what it would cost otherwise: a table with ratios, side by side in one run.

usage: run.py BUILD_DIRECTORY [--quick] [--rows NAME,...] [--write]

Every figure is the median of pairs that are measured in turn, ours and the other's, so that a machine that gets slower hits both.
--quick: fewer pairs, and no clip of 1 GB.  --write: also docs/bench.md (between its marks) and docs/img/bench.svg.
Makes everything in a directory below TMPDIR (by default /var/tmp), some 3 GB for the clip of 1 GB and its copies.
"""
import argparse
import json
import os
import pathlib
import platform
import re
import resource
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

from bench_lib import Bench, Result
from plot import write_plot

SOURCE = pathlib.Path(__file__).resolve().parents[2]
FILE = "filesrc location={} ! decodebin3 name=s"
ELEMENT = "airforcevideosrc name=s model=wan-2.6 prompt=bench reuse=never"


def pairs(count, ours, other):
    """Measures both in turn; two lists."""
    measured = [(ours(), other()) for _ in range(count)]
    return [pair[0] for pair in measured], [pair[1] for pair in measured]


def ratio(ours, other):
    return statistics.median(a / b for a, b in zip(ours, other))


def first_frame(bench):
    """From the server's `completed` to the first decoded frame."""
    clip = bench.clip("clip", seconds=8, rate="4M")
    with bench.simulator("--task-seconds=1", f"--clip={clip}") as simulator:
        url = simulator.result_url()

        def ours():
            played = bench.play(ELEMENT, "--first", env=simulator.env)
            return played["first"] - simulator.completed()

        def other():
            # GStreamer 1.22 plays nothing without the typefind: a source that pushes is "not-linked" then.
            played = bench.play(f"souphttpsrc location={url} ! typefind ! decodebin3 name=s", "--first")
            return played["first"] - played["start"]

        pairs(1, ours, other)
        a, b = pairs(bench.rounds(15), ours, other)
        return Result("completed to first frame", "souphttpsrc ! typefind ! decodebin3 on the known URL", ms(a), ms(b), ratio(a, b), 1.1)


def warm_first_frame(bench):
    """The same where all libraries, the demuxer and the decoders have been at work in the process, against the file there. Both begin after
    a second in which the process waited: ours for its task."""
    clip = bench.clip("clip", seconds=8, rate="4M")
    file = FILE.format(clip)
    waits = 1
    with bench.simulator(f"--task-seconds={waits}", f"--clip={clip}") as simulator:
        def ours():
            played = bench.play(ELEMENT, "--first", "--warm", file, env=simulator.env)
            return played["first"] - simulator.completed()

        def other():
            played = bench.play(file, "--first", "--warm", file, idle=waits)
            return played["first"] - played["start"]

        pairs(1, ours, other)
        a, b = pairs(bench.rounds(31), ours, other)
        return Result("completed to first frame, in a warm process", "a warm filesrc ! decodebin3", ms(a), ms(b), ratio(a, b), 1.25)


def vendors_script(bench):
    """The same against polling every 8 s, fetching the whole, and playing the file."""
    clip = bench.clip("clip", seconds=8, rate="4M")

    def ours(seconds):
        with bench.simulator(f"--task-seconds={seconds}", f"--clip={clip}") as simulator:
            played = bench.play(ELEMENT, "--first", env=simulator.env)
            return played["first"] - simulator.completed()

    def other(seconds):
        with bench.simulator(f"--task-seconds={seconds}", f"--clip={clip}") as simulator:
            task, created = simulator.create()
            while True:
                time.sleep(8)
                state = simulator.task(task)
                if state["status"] == "completed":
                    break
            path = bench.directory / "fetched.mp4"
            subprocess.run(["curl", "-s", "-o", path, state["result_url"]], check=True)
            played = bench.play(FILE.format(path), "--first")
            return played["first"] - (created + seconds)

    count = bench.rounds(5)
    # Tasks that end at all moments between two polls.
    ends = [0.5 + 8 * (n + 0.5) / count for n in range(count)]
    a, b = [], []
    for seconds in ends:
        a.append(ours(seconds))
        b.append(other(seconds))
    return Result("completed to first frame, against polling", "the vendor's script: poll every 8 s, fetch, play the file", ms(a), ms(b),
                  statistics.median(y / x for x, y in zip(a, b)), 20, "times sooner", higher=True)


def slow_line(bench, index_in_front):
    """8 MB at 1 MB/s: the first frame, in parts of the whole download."""
    clip = bench.clip("slow" if index_in_front else "slow-behind", seconds=8, rate="8M", front=index_in_front)
    with bench.simulator("--task-seconds=0.5", "--bandwidth=1000000", f"--clip={clip}") as simulator:
        url = simulator.result_url()

        def ours():
            played = bench.play(ELEMENT, "--first", env=simulator.env)
            return played["first"] - simulator.completed()

        def other():
            started = time.monotonic()
            subprocess.run(["curl", "-s", "-o", "/dev/null", url], check=True)
            return time.monotonic() - started

        a, b = pairs(bench.rounds(3), ours, other)
    where = "index in front" if index_in_front else "index at the end"
    return Result(f"8 MB at 1 MB/s, {where}: first frame", "the whole download", ms(a), ms(b), ratio(a, b),
                  0.10 if index_in_front else 0.20)


def throughput(bench):
    """Decoding to fakesink, from the first frame to the end, and the processor's time in all."""
    clip = bench.clip("long", seconds=30, rate="6M", size="1280x720")
    with bench.simulator("--task-seconds=0", f"--clip={clip}") as simulator:
        def ours():
            return bench.play(ELEMENT, env=simulator.env)

        def other():
            return bench.play(FILE.format(clip))

        pairs(1, ours, other)
        a, b = pairs(bench.rounds(7), ours, other)
    if {played["frames"] for played in a} != {played["frames"] for played in b}:
        raise RuntimeError("not the same frames")

    def wall(list_of_played):
        return [played["end"] - played["first"] for played in list_of_played]

    def cpu(list_of_played):
        return [played["cpu"] for played in list_of_played]

    against = "filesrc ! decodebin3"
    return [Result("30 s of 720p decoded: wall time", against, seconds(wall(a)), seconds(wall(b)), ratio(wall(a), wall(b)), 1.02),
            Result("30 s of 720p decoded: CPU time", against, seconds(cpu(a)), seconds(cpu(b)), ratio(cpu(a), cpu(b)), 1.02)]


def memory(bench):
    """The most memory, playing a clip of 1 GB through."""
    clip = bench.large_clip(100_000_000 if bench.quick else 1_000_000_000)
    with bench.simulator("--task-seconds=0", f"--clip={clip}") as simulator:
        a, b = pairs(1, lambda: bench.play(ELEMENT, env=simulator.env)["peak"] / 1e6,
                     lambda: bench.play(FILE.format(clip))["peak"] / 1e6)
    return Result(f"peak memory, clip of {clip.stat().st_size / 1e9:.1f} GB", "filesrc ! decodebin3",
                  f"{statistics.median(a):.1f} MB", f"{statistics.median(b):.1f} MB",
                  statistics.median(x - y for x, y in zip(a, b)), 16, "MB more", margin=True)


def download(bench):
    """A download to `location` over loopback, durable when it is done, against curl -o, which leaves that to the kernel."""
    reported = subprocess.run([bench.tool("download-bench"), "200" if bench.quick else "500", str(bench.rounds(7)), "--numbers"],
                          check=True, stdout=subprocess.PIPE, text=True).stdout
    rows = [[float(number) for number in line.split()] for line in reported.splitlines() if re.fullmatch(r"[\d. ]+", line)]
    curl, ours, nameless, synced_curl = ([row[n] for row in rows] for n in range(4))
    size = "200 MB" if bench.quick else "500 MB"

    def row(what, against, these, those):
        return Result(f"{size}, loopback, {what}", against, seconds(these), seconds(those), ratio(these, those), 1.1)

    return [row("to location (fsync)", "curl -o", ours, curl),
            row("to location (fsync)", "curl -o, and fsync", ours, synced_curl),
            row("without a location", "curl -o", nameless, curl)]


def cancelling(bench):
    """How long cancelling a download and giving it up takes: the longest of each place."""
    reported = subprocess.run([bench.tool("download-bench"), "0", "0", "--cancels"], check=True, stdout=subprocess.PIPE, text=True).stdout
    return [Result(f"cancel a download, {where.strip()}: the longest", "what is promised", f"{longest} ms (median {median} ms)", "50 ms",
                   float(longest), 50, "ms", margin=True)
            for where, median, longest in re.findall(r"^cancel and destroy (.{19}) +([\d.]+) ms median, ([\d.]+) ms", reported, re.MULTILINE)]


def waiting(bench):
    """64 elements that wait for their tasks."""
    count, span = 64, 10 if bench.quick else 30
    keys = [f"sk-air-bench{n}" for n in range(count // 4)]
    with bench.simulator("--task-seconds=3600", *(f"--key={key}" for key in keys)) as simulator:
        reported = bench.run_json("bench-wait", str(count), str(span), *keys, env=simulator.env)
    each = reported["elements"]
    against = "nothing: an idle process"
    return [Result("64 waiting: threads each", against, f"{reported['threads'] / each:.2f}", "0", reported["threads"] / each, 1, "thread",
                   margin=True),
            Result("64 waiting: memory each", against, f"{reported['memory'] / each / 1024:.0f} KB", "0", reported["memory"] / each / 1024,
                   256, "KB", margin=True),
            Result("64 waiting: CPU each", against, f"{100 * reported['cpu'] / span / each:.3f} %", "0",
                   100 * reported["cpu"] / span / each, 0.1, "% of a core", margin=True)]


def plugin_load(bench):
    """gst-inspect-1.0 with the plugin and without, when it has to look at it and when it knows it."""
    plugin = bench.directory / "plugins"
    plugin.mkdir()
    shutil.copy(bench.build / "gst/libgstairforcevideo.so", plugin)
    empty = bench.directory / "no-plugins"
    empty.mkdir()

    def inspect(path, known):
        registry = bench.directory / f"{path.name}.registry"
        if not known:
            registry.unlink(missing_ok=True)
        env = {**bench.env, "GST_PLUGIN_PATH": str(path), "GST_PLUGIN_SYSTEM_PATH": "", "GST_REGISTRY": str(registry),
               "GST_REGISTRY_FORK": "no"}
        # Its own time: how long so short a process takes to come to its turn says more of the machine.
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(["gst-inspect-1.0"], env=env, check=True, stdout=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    results = []
    for known, what in ((False, "gst-inspect-1.0, plugin loaded: CPU time"), (True, "gst-inspect-1.0, plugin in the registry: CPU time")):
        pairs(2, lambda: inspect(plugin, known), lambda: inspect(empty, known))
        a, b = pairs(bench.rounds(41), lambda: inspect(plugin, known), lambda: inspect(empty, known))
        results.append(Result(what, "without the plugin", ms(a), ms(b), 1000 * statistics.median(x - y for x, y in zip(a, b)), 5,
                              "ms more", margin=True))
    return results


def timed(line, env):
    """The processor's time of a command to its end, and its peak memory in MB."""
    process = subprocess.Popen(shlex.split(line), env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        raise RuntimeError(f"{line}: exit {status}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def film(bench):
    """Twelve shots with sound, all of it: what a seam costs is what the whole costs more than the clips."""
    clip = bench.clip("shot", seconds=4, rate="4M")
    count = 12
    storyboard = bench.directory / "film.txt"
    storyboard.write_text("a fox\n" * count, encoding="utf-8")
    sinks = "{0}video{1} ! queue ! fakesink  {0}audio{1} ! queue ! fakesink"
    ours = f"gst-launch-1.0 -q airforcevideosrc name=s model=wan-2.6 sound=true storyboard={storyboard} {sinks.format('s.', '_0')}"
    decoders = " ".join(f"filesrc location={clip} ! decodebin3 name=d{n}  d{n}.video_0 ! queue ! video.  d{n}.audio_0 ! queue ! audio. "
                        for n in range(count))
    joined = f"gst-launch-1.0 -q concat name=video ! queue ! fakesink concat name=audio ! queue ! fakesink {decoders}"
    listed = ("gst-play-1.0 -q --no-interactive --use-playbin3 --gapless --videosink='fakesink sync=false' "
              f"--audiosink='fakesink sync=false' {' '.join([str(clip)] * count)}")
    results = []
    with bench.simulator("--task-seconds=0", f"--clip={clip}") as simulator:
        # A playlist has one decoder; the film has that of the next shot ready.
        for against, line, more in (("the same clips by concat", joined, 16), ("the same clips by a playlist of uridecodebin3", listed, 48)):
            pairs(1, lambda: timed(ours, simulator.env), lambda: timed(line, bench.env))
            a, b = pairs(bench.rounds(5), lambda: timed(ours, simulator.env), lambda: timed(line, bench.env))
            cpu, their_cpu = [x[0] for x in a], [x[0] for x in b]
            what = "film of 12 shots of 4 s, with sound"
            results += [Result(f"{what}: CPU time", against, seconds(cpu), seconds(their_cpu), ratio(cpu, their_cpu), 1.2),
                        Result(f"{what}: peak memory", against, f"{statistics.median(x[1] for x in a):.0f} MB",
                               f"{statistics.median(x[1] for x in b):.0f} MB", statistics.median(x[1] - y[1] for x, y in zip(a, b)), more, "MB more",
                               margin=True)]
    return results


def packing(bench):
    """Twelve shots, four of them continued, which the service makes four at a time: three rounds, and as little as possible between them."""
    clip = bench.clip("shot", seconds=4, rate="4M")
    storyboard = bench.directory / "packing.jsonl"
    storyboard.write_text("".join(json.dumps({"prompt": f"shot {n}", "continue": n % 3 == 0}) + "\n" for n in range(1, 13)), encoding="utf-8")
    task_seconds = 10
    line = (f"gst-launch-1.0 -q airforcevideosrc name=s model=wan-2.6 reuse=never storyboard={storyboard} "
            "s.video_0 ! queue ! fakesink  s.audio_0 ! queue ! fakesink")

    def whole():
        begin = time.monotonic()
        timed(line, simulator.env)
        return time.monotonic() - begin

    with bench.simulator(f"--task-seconds={task_seconds}", f"--clip={clip}") as simulator:
        took = [whole() for _ in range(bench.rounds(3))]
    perfect = [3 * task_seconds] * len(took)
    return Result("film of 12 shots, four continued, in four slots: to its last frame", "three rounds of four tasks", seconds(took),
                  seconds(perfect), ratio(took, perfect), 1.1)


VIDEO = "video/x-raw,format=I420,width=1280,height=720,framerate=24/1,pixel-aspect-ratio=1/1"
AUDIO = "audio/x-raw,format=F32LE,layout=interleaved,rate=48000,channels=2"
CHANNEL = (f'airforcechannelsrc name=c model=wan-2.6 sound=true transition=0 when-empty=eos storyboard={{}} video-caps="{VIDEO}" '
           f'audio-caps="{AUDIO}"  c.video ! fakesink sync=true  c.audio ! fakesink sync=true')
MIXERS = (f"compositor name=v background=black ! {VIDEO} ! fakesink sync=true  audiomixer name=a ! {AUDIO} ! fakesink sync=true "
          f"videotestsrc is-live=true pattern=black num-buffers={{frames}} ! {VIDEO} ! v. "
          f"audiotestsrc is-live=true wave=silence num-buffers={{buffers}} ! {AUDIO} ! a. "
          f"concat name=cv ! videoconvert ! videoscale add-borders=true ! videorate ! {VIDEO} ! queue max-size-buffers=12 max-size-bytes=0 "
          f"max-size-time=0 ! v.sink_1 concat name=ca ! audioconvert ! audioresample ! {AUDIO} ! queue ! volume ! a. ")


def channel(bench):
    """The processor's time of a live channel with six clips of 8 s, from the first clip's purchase to the last one's end."""
    clip = bench.clip("channel", seconds=8, rate="4M")
    storyboard = bench.directory / "channel.txt"
    storyboard.write_text("a fox\n" * 6, encoding="utf-8")
    # By the pads' names: gst-launch-1.0 may free the capsfilter of a filtered link while it plays, which is a critical warning.
    decoders = " ".join(f"filesrc location={clip} ! decodebin3 name=d{n}  d{n}.video_0 ! queue ! cv.  d{n}.audio_0 ! queue ! ca. "
                        for n in range(6))
    frames = 49 * 24
    mixers = MIXERS.format(frames=frames, buffers=49 * 48000 // 1024) + decoders

    def cpu(line, env):
        return timed(f"gst-launch-1.0 -q {line}", env)[0]

    with bench.simulator("--task-seconds=0", f"--clip={clip}") as simulator:
        a, b = pairs(bench.rounds(5), lambda: cpu(CHANNEL.format(storyboard), simulator.env),
                     lambda: cpu(mixers, bench.env))
    return Result("live channel, six clips of 8 s: CPU time", "compositor and audiomixer over decodebin3", seconds(a), seconds(b),
                  ratio(a, b), 1.1)


def ms(values):
    median = 1000 * statistics.median(values)
    return f"{median:.1f} ms" if median < 100 else f"{median:.0f} ms"


def seconds(values):
    return f"{statistics.median(values):.2f} s"


ROWS = {
    "first-frame": first_frame,
    "warm-first-frame": warm_first_frame,
    "script": vendors_script,
    "slow-front": lambda bench: slow_line(bench, True),
    "slow-behind": lambda bench: slow_line(bench, False),
    "throughput": throughput,
    "memory": memory,
    "download": download,
    "cancel": cancelling,
    "waiting": waiting,
    "load": plugin_load,
    "film": film,
    "packing": packing,
    "channel": channel,
}


def machine():
    cpu = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8"))
    version = subprocess.run(["gst-inspect-1.0", "--version"], stdout=subprocess.PIPE, text=True, check=True).stdout
    return (f"{os.cpu_count()} cores ({cpu.group(1) if cpu else platform.machine()}), GStreamer "
            f"{re.search(r'GStreamer ([0-9.]+)', version).group(1)}, load before and after: {{}} and {{}}")


def table(results):
    lines = ["| what | against | ours | theirs | ratio | aim | |", "|---|---|---|---|---|---|---|"]
    lines += [f"| {r.what} | {r.against} | {r.ours} | {r.theirs} | {r.text()} | {r.aim_text()} | {'met' if r.met() else '**missed**'} |"
              for r in results]
    return "\n".join(lines) + "\n"


def write(results, text):
    page = SOURCE / "docs/bench.md"
    before, _, rest = page.read_text(encoding="utf-8").partition("<!-- table -->\n")
    _, _, after = rest.partition("<!-- end -->\n")
    page.write_text(f"{before}<!-- table -->\n{text}<!-- end -->\n{after}", encoding="utf-8")
    (SOURCE / "docs/img").mkdir(exist_ok=True)
    write_plot(SOURCE / "docs/img/bench.svg", results)


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--rows", default=",".join(ROWS))
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    subprocess.run(["ninja", "-C", arguments.build, "tests/bench/bench-play", "tests/bench/bench-wait", "tests/bench/download-bench",
                    "all"], check=True, stdout=subprocess.DEVNULL)
    before = os.getloadavg()[0]
    results = []
    with tempfile.TemporaryDirectory(prefix="airforce-bench-", dir=os.environ.get("TMPDIR", "/var/tmp")) as directory:
        bench = Bench(arguments.build.resolve(), pathlib.Path(directory), arguments.quick)
        for name in arguments.rows.split(","):
            made = ROWS[name](bench)
            for result in made if isinstance(made, list) else [made]:
                print(f"{result.what}: {result.ours}, {result.against}: {result.theirs}, {result.text()}", file=sys.stderr, flush=True)
                results.append(result)
    text = machine().format(f"{before:.1f}", f"{os.getloadavg()[0]:.1f}") + "\n\n" + table(results)
    print(text)
    if arguments.write:
        write(results, text)


if __name__ == "__main__":
    main()
