# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the tests of the filter and the protocol share: an ffmpeg that has both, the simulator, and clips of all kinds."""
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from clips import CLIPS, H264, MORE_CLIPS, STOCK_FFMPEG, Clips, stock  # noqa: E402, F401: for the tests

BUILD = pathlib.Path(os.environ.get("AIRFORCE_BUILD", "build")).resolve()
DROP_IN = BUILD / "ffmpeg-filter/drop-in/lib"
# The ffmpeg under test: the stock one with the drop-in, or one that was built with the source.
FFMPEG = os.environ.get("FFMPEG", "ffmpeg")
FFPROBE = os.environ.get("FFPROBE", "ffprobe")
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
        printed = subprocess.run([FFMPEG, "-hide_banner", "-h", f"{kind}={name}"], env=environment(directory), text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return re.search(rf"^{kind} {name}\b", printed.stdout, re.IGNORECASE | re.MULTILINE) is not None


def has_protocol():
    with tempfile.TemporaryDirectory() as directory:
        listed = subprocess.run([FFMPEG, "-hide_banner", "-protocols"], env=environment(directory), text=True, stdout=subprocess.PIPE,
                                check=True).stdout
    return re.search(r"^\s*airforce$", listed, re.MULTILINE) is not None


def version():
    """Of the ffmpeg under test, as (major, minor)."""
    with tempfile.TemporaryDirectory() as directory:
        printed = subprocess.run([FFMPEG, "-version"], env=environment(directory), text=True, stdout=subprocess.PIPE, check=True).stdout
    return tuple(map(int, re.search(r"version n?(\d+)\.(\d+)", printed).groups()))


class Simulator:
    """A simulator of its own for a test, which serves `clip` if one is given."""

    def __init__(self, *options, clip=None, task_seconds=0.2):
        self.command = [str(BUILD / "tools/simulator/airforce-simulator"), "--quiet", "--print-environment",
                        "--die-with-parent", f"--task-seconds={task_seconds}",
                        f"--dialect={os.environ.get('AIRFORCE_TEST_DIALECT', 'reference')}", *options]
        if clip:
            self.command.append(f"--clip={clip}")

    def __enter__(self):
        self.directory = tempfile.mkdtemp(prefix="airforce-ffmpeg-")
        self.started = []
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, text=True)
        variables = dict(line.rstrip("\n").split("=", 1) for line in self.process.stdout)
        self.url = variables["AIRFORCE_SIMULATOR_URL"]
        self.env = environment(self.directory, **variables)
        return self

    def __exit__(self, *_):
        for process in self.started:
            if process.poll() is None:  # a test that failed has left it behind
                process.kill()
                process.communicate()
        self.process.terminate()
        self.process.wait(SECONDS)
        self.process.stdout.close()
        shutil.rmtree(self.directory)
        if WRAPPER:
            assert WRAPPER_FAILURE not in [process.returncode for process in self.started], "see what was printed"

    def state(self):
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(f"{self.url}/state", timeout=SECONDS) as answer:
            return json.load(answer)

    def creates(self):
        return self.state()["creates"]

    def wait_for_fault(self):
        """Returns when the first fault that was asked for has happened."""
        until = time.monotonic() + SECONDS
        while not self.state()["faults"][0]["hits"]:
            assert time.monotonic() < until, "the fault has not happened"
            time.sleep(0.02)

    def start(self, *arguments, program=FFMPEG, loglevel="warning", **popen):
        command = [program, "-nostdin"] if program == FFMPEG else [program]
        if program in (FFMPEG, FFPROBE):
            command = [*WRAPPER, *command]
        popen = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "env": self.env, **popen}
        self.started.append(subprocess.Popen([*command, "-hide_banner", "-loglevel", loglevel, *map(str, arguments)], text=True,
                                             cwd=self.directory, **popen))
        return self.started[-1]

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


def wait_for(process, text):
    """Reads what ffmpeg says until this text; returns all of it."""
    said = ""
    while text not in said:
        piece = os.read(process.stderr.fileno(), 4096).decode()
        assert piece, f"it ended without printing {text!r}: {said}"
        said += piece
    return said


def source(**options):
    """The filter's description; a prompt and a model are there unless they are given."""
    options = {"prompt": "a fox", "model": MODEL, **options}
    return "airforcevideosrc=" + ":".join(f"{name}={value}" for name, value in options.items() if value is not None)


def frames(simulator, *inputs):
    """One line for each frame: stream, timestamps, size and checksum of the decoded data; and a head with the formats."""
    return simulator.play(*inputs, "-f", "framecrc", "-").splitlines()


# What a small ffmpeg may lack.
DECODERS = {"av1": "libdav1d", "av1, 10 bit": "libdav1d", "mpeg4": "mpeg4", "mpeg4, odd size": "mpeg4"}


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
    if not has("filter", "airforcevideosrc") or not has_protocol():
        sys.exit(f"{FFMPEG} lacks airforcevideosrc or airforce:; {DROP_IN} is not for this ffmpeg: ninja -C {BUILD} ffmpeg-drop-in")
    signal.signal(signal.SIGINT, signal.default_int_handler)
    unittest.main(verbosity=2)
