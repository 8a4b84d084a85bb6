# SPDX-License-Identifier: LGPL-2.1-or-later
"""The farm's scripts in examples/farm, with real tools: a Redis list, GNU parallel, gst-launch, ffmpeg."""
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/ffmpeg"), str(ROOT / "tests/support")]
from clips import CLIPS, stock  # noqa: E402
from redis_server import CLI, SERVER, RedisServer  # noqa: E402
from support import BUILD, DROP_IN, SECONDS, Simulator  # noqa: E402

FARM = ROOT / "examples/farm"
# What a shell, gst-launch or ffmpeg could stumble over.
PROMPTS = ['A sign that says "open"', "A fox: red, quick; [sly]", "A back\\slash", "A bird's eye ! view", "$(date) & <kite>", "-v"]


class Workers(unittest.TestCase):
    def setUp(self):
        self.clips = tempfile.TemporaryDirectory(prefix="airforce-clips-")
        self.addCleanup(self.clips.cleanup)
        served = f"{self.clips.name}.mp4"
        self.addCleanup(os.unlink, served)
        stock(*CLIPS["one frame"], served)
        self.simulator = self.enter(Simulator(task_seconds=0.5, clip=served))
        self.env = dict(self.simulator.env, MODEL="ltx-mini", GST_PLUGIN_PATH=str(BUILD / "gst"))
        del self.env["LD_LIBRARY_PATH"]  # only ffmpeg's

    def enter(self, context):
        self.addCleanup(context.__exit__, None, None, None)
        return context.__enter__()

    def expect_each_once(self, prompts):
        made = sorted(pathlib.Path(self.clips.name).iterdir())
        self.assertEqual(len(made), len(prompts))
        for clip in made:
            subprocess.run(["ffprobe", "-v", "error", str(clip)], check=True)
        self.assertEqual(self.simulator.creates(), len(prompts))

    @unittest.skipUnless(SERVER and CLI, "neither redis-server nor valkey-server is installed")
    def test_workers_share_a_list_and_a_killed_one_resumes_its_prompt(self):
        redis = self.enter(RedisServer())
        env = dict(self.env, FARM_QUEUE=f"redis://127.0.0.1:{redis.port}", FARM_WAIT="1",
                   AIRFORCE_STORE=f"redis://127.0.0.1:{redis.port}?lease_seconds=1")
        redis("LPUSH", "farm:todo", *PROMPTS)

        def worker(name):
            return subprocess.Popen([FARM / "farm-worker", name, FARM / "render-gst", self.clips.name], env=env, start_new_session=True)

        workers = {name: worker(name) for name in ("one", "two", "three")}
        while self.simulator.creates() < 2:
            time.sleep(0.02)
        os.killpg(workers["one"].pid, signal.SIGKILL)
        workers["one"].wait()
        workers["one"] = worker("one")
        for process in workers.values():
            self.assertEqual(process.wait(SECONDS), 0)
        self.assertEqual(redis("LLEN", "farm:failed"), "0")
        self.assertEqual(redis("LLEN", "farm:todo"), "0")
        self.assertEqual(redis("KEYS", "farm:doing:*"), "")
        self.remove_partial_clips()
        self.expect_each_once(PROMPTS)

    # What a killed encoder left: CLIP.PID.
    def remove_partial_clips(self):
        for left in pathlib.Path(self.clips.name).glob("*.mp4.*"):
            left.unlink()

    @unittest.skipUnless(SERVER and CLI, "neither redis-server nor valkey-server is installed")
    def test_a_prompt_that_fails_does_not_hold_up_the_others(self):
        redis = self.enter(RedisServer())
        env = dict(self.env, FARM_QUEUE=f"redis://127.0.0.1:{redis.port}", FARM_WAIT="1")
        redis("LPUSH", "farm:todo", "good", "bad", "better")
        subprocess.run([FARM / "farm-worker", "one", "sh", "-c", 'test "$1" != bad', "sh"], env=env, check=True, timeout=SECONDS)
        self.assertEqual(redis("LRANGE", "farm:failed", "0", "-1"), "bad")

    @unittest.skipUnless(shutil.which("parallel"), "GNU parallel is not here")
    def test_gnu_parallel_feeds_gst_launch(self):
        self.in_parallel("render-gst", self.env)

    @unittest.skipUnless(shutil.which("parallel"), "GNU parallel is not here")
    @unittest.skipUnless(DROP_IN.exists(), "the stock ffmpeg has no airforcevideosrc in this build")
    def test_gnu_parallel_feeds_ffmpeg(self):
        self.in_parallel("render-ffmpeg", dict(self.env, LD_LIBRARY_PATH=str(DROP_IN)))

    def in_parallel(self, script, env):
        subprocess.run(["parallel", "--will-cite", "--jobs", "8", "--retries", "3", FARM / script, self.clips.name], input="\n".join(PROMPTS) + "\n",
                       text=True, env=dict(env, HOME=self.clips.name + ".home"), check=True, timeout=SECONDS)
        shutil.rmtree(self.clips.name + ".home", ignore_errors=True)
        self.expect_each_once(PROMPTS)


if __name__ == "__main__":
    unittest.main(verbosity=2)
