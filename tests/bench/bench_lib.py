# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the measurements stand on: clips, a simulator, and programs that are timed from inside."""
import contextlib
import dataclasses
import json
import os
import shutil
import subprocess
import time
import urllib.request

FFMPEG = ["ffmpeg", "-hide_banner", "-nostdin", "-loglevel", "error", "-y"]


@dataclasses.dataclass
class Result:
    """One row of the table. `value` is a ratio, or with `margin` a number with a unit."""
    what: str
    against: str
    ours: str
    theirs: str
    value: float
    aim: float
    unit: str = ""
    higher: bool = False  # is better
    margin: bool = False

    def met(self):
        return self.value >= self.aim if self.higher else self.value <= self.aim

    def text(self):
        digits = f"{self.value:.2f}" if self.value < 10 else f"{self.value:.0f}"
        return f"{digits} {self.unit}".strip()

    def aim_text(self):
        return f"{'at least' if self.higher else 'at most'} {self.aim:g} {self.unit}".strip()


class Simulator:
    def __init__(self, variables, bench):
        self.url = variables["AIRFORCE_SIMULATOR_URL"]
        self.api = variables["AIRFORCE_BASE_URL"]
        self.key = variables["AIRFORCE_API_KEY"]
        self.env = {**bench.env, **variables}

    def ask(self, url, body=None):
        request = urllib.request.Request(url, data=body and json.dumps(body).encode(),
                                         headers={"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"})
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request) as answer:
            return json.load(answer)

    def task(self, task):
        return self.ask(f"{self.api}/v1/video/tasks/{task}")

    def create(self):
        """A task, and when the service created it."""
        task = self.ask(f"{self.api}/v1/video/generations", {"model": "wan-2.6", "prompt": "bench"})["task_id"]
        requests = self.ask(f"{self.url}/state")["requests"]
        return task, [r["ended"] for r in requests if r["step"] == "create"][-1]

    def result_url(self):
        task, _ = self.create()
        while True:
            state = self.task(task)
            if state["status"] == "completed":
                return state["result_url"]

    def completed(self):
        """When the service said on the last event stream that the task is completed: it closes the stream then."""
        requests = self.ask(f"{self.url}/state")["requests"]
        return [r["ended"] for r in requests if r["step"] == "stream"][-1]


class Bench:
    def __init__(self, build, directory, quick):
        self.build, self.directory, self.quick = build, directory, quick
        self.env = {**os.environ, "GST_PLUGIN_PATH": str(build / "gst"), "GST_REGISTRY": str(directory / "registry.bin"),
                    "AIRFORCE_VIDEO_LIBRARY": str(build / "common/capi/libairforcevideo.so.0"),
                    "AIRFORCE_STORE": str(directory / "store.sqlite"), "XDG_CACHE_HOME": str(directory / "cache")}
        for name in ("AIRFORCE_BASE_URL", "AIRFORCE_API_KEY", "AIRFORCE_API_KEY_FILE", "http_proxy", "HTTP_PROXY"):
            self.env.pop(name, None)

    def rounds(self, count):
        return max(3, count // 3) if self.quick else count

    def tool(self, name):
        return self.build / "tests/bench" / name

    def clip(self, name, seconds, rate, size="1280x720", front=True):
        """An MP4 of `rate` bits a second, as even as x264 makes it."""
        path = self.directory / f"{name}.mp4"
        if not path.exists():
            subprocess.run([*FFMPEG, "-f", "lavfi", "-i", f"testsrc2=size={size}:rate=24:duration={seconds}", "-f", "lavfi", "-i",
                            f"sine=duration={seconds}", "-c:v", "libx264", "-preset", "veryfast", "-b:v", rate, "-minrate", rate,
                            "-maxrate", rate, "-bufsize", rate, "-x264-params", "nal-hrd=cbr", "-pix_fmt", "yuv420p", "-c:a", "aac",
                            *(["-movflags", "+faststart"] if front else []), path], check=True)
        return path

    def large_clip(self, size):
        """A short clip, over and over. Large frames that are quick to decode."""
        path = self.directory / "large.mp4"
        part = self.directory / "part.mp4"
        subprocess.run([*FFMPEG, "-f", "lavfi", "-i", "nullsrc=size=640x360:rate=24:duration=2,geq=random(1)*255:128:128", "-c:v",
                        "libx264", "-preset", "ultrafast", "-qp", "4", "-g", "1", "-pix_fmt", "yuv420p", part], check=True)
        subprocess.run([*FFMPEG, "-stream_loop", str(size // part.stat().st_size), "-i", part, "-c", "copy", "-movflags", "+faststart",
                        path], check=True)
        return path

    @contextlib.contextmanager
    def simulator(self, *options):
        process = subprocess.Popen([self.build / "tools/simulator/airforce-simulator", "--quiet", "--print-environment",
                                    "--die-with-parent", "--balance=100000000", *options], stdout=subprocess.PIPE, text=True)
        try:
            yield Simulator(dict(line.rstrip("\n").split("=", 1) for line in process.stdout), self)
        finally:
            process.terminate()
            process.wait()
            process.stdout.close()
            shutil.rmtree(self.directory / "cache", ignore_errors=True)

    def run_json(self, tool, *arguments, env=None):
        done = subprocess.run([self.tool(tool), *arguments], env=env or self.env, check=True, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, text=True)
        return json.loads(done.stdout)

    def play(self, description, *options, env=None, idle=0):
        """Loads everything first, waits for `idle` seconds, then plays; what bench-play reports."""
        process = subprocess.Popen([self.tool("bench-play"), *options, description], env=env or self.env, stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, text=True)
        assert process.stdout.readline() == "ready\n"
        time.sleep(idle)
        reported, _ = process.communicate("\n")
        if process.returncode != 0:
            raise RuntimeError(f"{description}: exit {process.returncode}")
        return json.loads(reported)
