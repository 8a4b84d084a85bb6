# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the tests of the source share: an ffmpeg that has it, the simulator, and clips of all kinds."""
import json
import os
import pathlib
import re
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import unittest
import urllib.request

BUILD = pathlib.Path(os.environ.get("AIRFORCE_BUILD", "build")).resolve()
DROP_IN = BUILD / "ffmpeg-filter/drop-in/lib"
# The ffmpeg under test: the stock one with the drop-in, or one that was built with the source.
FFMPEG = os.environ.get("FFMPEG", "ffmpeg")
FFPROBE = os.environ.get("FFPROBE", "ffprobe")
STOCK_FFMPEG = "/usr/bin/ffmpeg"  # makes the clips
MODEL = "wan-2.6"
# What ffmpeg is run with, such as valgrind (valgrind.sh), and the exit code by which that says that something is wrong.
WRAPPER = os.environ.get("FFMPEG_WRAPPER", "").split()
WRAPPER_FAILURE = 99
SECONDS = 600 if WRAPPER else 60  # no command may take longer


def skip_all(reason):
    print(f"skipped: {reason}")
    sys.exit(77)


def environment(directory, **more):
    """The environment of a program that has the source, and remembers what it buys in `directory`."""
    env = dict(os.environ)
    if "FFMPEG" not in os.environ:
        env["LD_LIBRARY_PATH"] = str(DROP_IN)
    env["AIRFORCE_VIDEO_LIBRARY"] = str(BUILD / "common/capi/libairforcevideo.so.0")
    env["AIRFORCE_STORE"] = f"{directory}/store.sqlite"
    for name in ("CACHE", "CONFIG", "DATA", "STATE"):
        env[f"XDG_{name}_HOME"] = f"{directory}/{name.lower()}"
    env.update(more)
    return env


def has(kind, name):
    """Does the ffmpeg under test have this component, such as "filter" "airforcevideosrc"?"""
    with tempfile.TemporaryDirectory() as directory:
        told = subprocess.run([FFMPEG, "-hide_banner", "-h", f"{kind}={name}"], env=environment(directory), text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return "Unknown" not in told.stdout and "not recognized" not in told.stdout


def version():
    """Of the ffmpeg under test, as (major, minor)."""
    with tempfile.TemporaryDirectory() as directory:
        told = subprocess.run([FFMPEG, "-version"], env=environment(directory), text=True, stdout=subprocess.PIPE, check=True).stdout
    return tuple(map(int, re.search(r"version n?(\d+)\.(\d+)", told).groups()))


class Simulator:
    """A simulator of its own for a test, which serves `clip` if one is given."""

    def __init__(self, *options, clip=None, task_seconds=0.2):
        self.command = [str(BUILD / "tools/simulator/airforce-simulator"), "--quiet", "--print-environment",
                        "--die-with-parent", f"--task-seconds={task_seconds}", *options]
        if clip:
            self.command.append(f"--clip={clip}")

    def __enter__(self):
        self.directory = tempfile.mkdtemp(prefix="airforce-ffmpeg-")
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, text=True)
        variables = dict(line.rstrip("\n").split("=", 1) for line in self.process.stdout)
        self.url = variables["AIRFORCE_SIMULATOR_URL"]
        self.env = environment(self.directory, **variables)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(SECONDS)
        self.process.stdout.close()
        shutil.rmtree(self.directory)

    def state(self):
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(f"{self.url}/state") as answer:
            return json.load(answer)

    def creates(self):
        return self.state()["creates"]

    def start(self, *arguments, program=FFMPEG, loglevel="warning", **popen):
        command = [*WRAPPER, program, "-nostdin"] if program == FFMPEG else [program]
        popen = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "env": self.env, **popen}
        return subprocess.Popen([*command, "-hide_banner", "-loglevel", loglevel, *map(str, arguments)], text=True,
                                cwd=self.directory, **popen)

    def run(self, *arguments, **options):
        """Runs ffmpeg; the answer has returncode, stdout and stderr."""
        process = self.start(*arguments, **options)
        try:
            process.stdout_text, process.stderr_text = process.communicate(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            raise AssertionError(f"ffmpeg hangs: {process.args}\n{process.communicate()[1]}")
        assert not WRAPPER or process.returncode != WRAPPER_FAILURE, f"{process.args}: {process.stderr_text}"
        return subprocess.CompletedProcess(process.args, process.returncode, process.stdout_text, process.stderr_text)

    def play(self, *arguments, **options):
        """Runs ffmpeg, which has to succeed; its output."""
        done = self.run(*arguments, **options)
        assert done.returncode == 0, f"{done.args}: exit {done.returncode}\n{done.stderr}"
        return done.stdout


def source(**options):
    """The filter's description; a prompt and a model are there unless they are given."""
    options = {"prompt": "a fox", "model": MODEL, **options}
    return "airforcevideosrc=" + ":".join(f"{name}={value}" for name, value in options.items() if value is not None)


def frames(simulator, *inputs):
    """One line for each frame: stream, timestamps, size and checksum of the decoded data; and a head with the formats."""
    return simulator.play(*inputs, "-f", "framecrc", "-").splitlines()


def stock(*arguments, **options):
    return subprocess.run([STOCK_FFMPEG, "-hide_banner", "-nostdin", "-loglevel", "error", "-y", *map(str, arguments)], check=True,
                          stdin=subprocess.DEVNULL, **options)


PICTURE = ("-f", "lavfi", "-i", "testsrc2=size=160x96:rate=25:duration=1")
SOUND = ("-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000:duration=1")
H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-bf", "2", "-g", "8", "-pix_fmt", "yuv420p")
AAC = ("-c:a", "aac")
FRONT = ("-movflags", "+faststart")

# name: what makes it; "turned" is the clip "h264" with another display matrix: what is right of a point and what is below it there.
CLIPS = {
    "h264": (*PICTURE, *SOUND, *H264, *AAC, *FRONT),
    "h264, index at the end": (*PICTURE, *SOUND, *H264, *AAC),
    "h264, long": ("-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=8", *H264, *FRONT),
    "h264, long, in fragments": ("-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=8", *H264, "-movflags",
                                 "+frag_keyframe+empty_moov+default_base_moof"),
    "h264, no sound": (*PICTURE, *H264, *FRONT),
    "h264, in fragments": (*PICTURE, *SOUND, *H264, *AAC, "-movflags", "+frag_keyframe+empty_moov+default_base_moof"),
    "h264, in fragments with an index": (*PICTURE, *SOUND, *H264, *AAC, "-movflags", "+dash+global_sidx+frag_keyframe"),
    "hevc": (*PICTURE, *SOUND, "-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=error", "-tag:v", "hvc1",
             *AAC, *FRONT),
    "hevc, 10 bit, bt2020": (*PICTURE, "-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=error",
                             "-pix_fmt", "yuv420p10le", "-color_primaries", "bt2020", "-color_trc", "smpte2084",
                             "-colorspace", "bt2020nc", *FRONT),
    "vp9, opus": (*PICTURE, *SOUND, "-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-c:a", "libopus", *FRONT),
    "av1": (*PICTURE, *SOUND, "-c:v", "libsvtav1", "-preset", "12", *AAC, *FRONT),
    "29.97 frames a second": ("-f", "lavfi", "-i", "testsrc2=size=160x96:rate=30000/1001:duration=1", *SOUND, *H264, *AAC),
    "variable frame rate": ("-f", "lavfi", "-i", "testsrc2=size=160x96:rate=30:duration=1,select=not(between(n\\,10\\,14))*mod(n\\,7)",
                            *H264, "-vsync", "vfr", *FRONT),
    "oblong pixels, bt709": (*PICTURE, *H264, "-aspect", "4:3", "-colorspace", "bt709", "-color_primaries", "bt709",
                             "-color_trc", "bt709", "-color_range", "tv", *FRONT),
    "full range": (*PICTURE, "-vf", "scale=out_range=pc", *H264, "-pix_fmt", "yuvj420p", *FRONT),
    "mono at 22050 Hz": (*PICTURE, "-f", "lavfi", "-i", "sine=sample_rate=22050:duration=1", *H264, *AAC, *FRONT),
    "sound longer than picture": (*PICTURE, "-f", "lavfi", "-i", "sine=duration=1.5", *H264, *AAC, *FRONT),
    "sound that starts late": (*PICTURE, "-itsoffset", "0.3", *SOUND, *H264, *AAC, *FRONT),
    "one frame": ("-f", "lavfi", "-i", "testsrc2=size=160x96:rate=25:duration=0.04", *H264, *FRONT),
    "rotated by 90": ("turned", 0, 1, -1, 0),
    "rotated by 180": ("turned", -1, 0, 0, -1),
    "rotated by 270": ("turned", 0, -1, 1, 0),
    "rotated by 30": ("turned", 0.866, 0.5, -0.5, 0.866),
    "mirrored": ("turned", -1, 0, 0, 1),
    "upside down": ("turned", 1, 0, 0, -1),
    "rotated by 90, mirrored": ("turned", 0, 1, 1, 0),
    "rotated by 270, mirrored": ("turned", 0, -1, -1, 0),
    "sound alone": (*SOUND, *AAC),
}
DECODERS = {"av1": "libdav1d"}  # what a small ffmpeg may lack


def turned(clip, matrix):
    """An MP4 with a display matrix for its first track, the video; ffmpeg itself writes but few, and in each version otherwise."""
    right_x, right_y, down_x, down_y = (round(number * 0x10000) for number in matrix)
    at = clip.index(b"tkhd") - 4 + 48  # of the matrix in a track header of version 0
    assert clip[at - 40] == 0
    return clip[:at] + struct.pack(">9i", right_x, right_y, 0, down_x, down_y, 0, 0, 0, 1 << 30) + clip[at + 36:]


class Clips:
    """Makes clips when they are asked for, in a directory of its own."""

    def __init__(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="airforce-clips-"))

    def __getitem__(self, name):
        path = self.directory / (name.replace(" ", "-").replace(",", "") + ".mp4")
        if not path.exists():
            how = CLIPS[name]
            if how[0] == "turned":
                path.write_bytes(turned(self["h264"].read_bytes(), how[1:]))
            else:
                # SVT-AV1 talks whatever the log level is
                stock(*how, path, stderr=subprocess.DEVNULL if name == "av1" else None)
        return path

    def remove(self):
        shutil.rmtree(self.directory)


class FilterTest(unittest.TestCase):
    maxDiff = 2000

    @classmethod
    def setUpClass(cls):
        cls.clips = Clips()

    @classmethod
    def tearDownClass(cls):
        cls.clips.remove()

    def assertFails(self, done, *words):
        self.assertGreater(done.returncode, 0, done.stderr)
        for word in words:
            self.assertIn(word, done.stderr)


def main():
    if "FFMPEG" not in os.environ and not DROP_IN.exists():
        skip_all(f"the stock ffmpeg has no airforcevideosrc in this build; run: ninja -C {BUILD} ffmpeg-drop-in")
    if not has("filter", "airforcevideosrc"):
        sys.exit(f"{FFMPEG} has no airforcevideosrc; {DROP_IN} is not for this ffmpeg: ninja -C {BUILD} ffmpeg-drop-in")
    signal.signal(signal.SIGINT, signal.default_int_handler)
    unittest.main(verbosity=2)
