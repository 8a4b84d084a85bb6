# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every front end keeps its purchases in a Redis, over TCP and over a Unix socket, and shows nobody that store's password."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/ffmpeg"), str(ROOT / "tests/support")]
from clips import CLIPS, stock  # noqa: E402
from redis_server import CLI, SERVER, RedisServer  # noqa: E402
from support import BUILD, DROP_IN, SECONDS, Simulator  # noqa: E402

PASSWORD = "canary-4b1d"
PROMPT = "a secret fox"
VIDEO = BUILD / "tools/airforce-video/airforce-video"


@unittest.skipUnless(SERVER and CLI, "neither redis-server nor valkey-server is installed")
class FrontEnds(unittest.TestCase):
    def setUp(self):
        self.clips = self.enter(tempfile.TemporaryDirectory(prefix="airforce-clips-"))
        stock(*CLIPS["one frame"], f"{self.clips}/served.mp4")
        self.simulator = self.enter(Simulator(task_seconds=0.1, clip=f"{self.clips}/served.mp4"))
        self.redis = self.enter(RedisServer("--requirepass", PASSWORD))
        self.env = dict(self.simulator.env, GST_PLUGIN_PATH=str(BUILD / "gst"))
        for name in ("LD_LIBRARY_PATH", "AIRFORCE_STORE"):
            del self.env[name]

    def enter(self, context):
        self.addCleanup(context.__exit__, None, None, None)
        return context.__enter__()

    def tcp(self, password=PASSWORD):
        return f"redis://:{password}@127.0.0.1:{self.redis.port}"

    def places(self):
        return {"tcp": self.tcp(), "socket": f"redis+unix://:{PASSWORD}@{self.redis.socket}"}

    def run_front_end(self, *words, **more):
        """What it wrote to both streams, and its exit code."""
        done = subprocess.run(list(map(str, words)), env=dict(self.env, **more), cwd=self.simulator.directory, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=SECONDS, check=False)
        return done.stdout.decode(errors="replace"), done.returncode

    def gst(self, *properties, **more):
        return self.run_front_end("gst-launch-1.0", "airforcevideosrc", "model=ltx-mini", f'prompt="{PROMPT}"', *properties, "!", "fakesink", **more)

    def ffmpeg(self, options="", *before, **more):
        return self.run_front_end("ffmpeg", "-hide_banner", "-nostdin", *before, "-f", "lavfi", "-i",
                             f"airforcevideosrc=model=ltx-mini:prompt={PROMPT}{options}", "-f", "null", "-", LD_LIBRARY_PATH=str(DROP_IN), **more)

    def generate(self, *options, **more):
        return self.run_front_end(VIDEO, "generate", "--model", "ltx-mini", *options, "--", PROMPT, **more)

    def expect_purchases(self, count):
        self.assertEqual(self.simulator.creates(), count)
        keys = self.redis("KEYS", "*", password=PASSWORD).split()
        self.assertEqual(len([key for key in keys if ":intent:" in key]), count, keys)

    def expect_silence(self, reported):
        self.assertNotIn(PASSWORD, reported)

    def test_the_command_line_keeps_purchases_where_store_says(self):
        for count, place in enumerate(self.places().values(), 1):
            reported, code = self.generate("--store", place)
            self.assertEqual(code, 0, reported)
            self.expect_silence(reported)
            self.expect_purchases(count)

    def test_the_element_keeps_purchases_where_store_says(self):
        for count, place in enumerate(self.places().values(), 1):
            dots = pathlib.Path(self.simulator.directory, "dots")
            dots.mkdir(exist_ok=True)
            reported, code = self.gst(f"store={place}", "reuse=unfinished", GST_DEBUG_DUMP_DOT_DIR=str(dots), GST_DEBUG="airforce*:9")
            self.assertEqual(code, 0, reported)
            self.expect_silence(reported)
            self.assertTrue(list(dots.iterdir()))
            for dot in dots.iterdir():
                self.expect_silence(dot.read_text(encoding="utf-8"))
            self.expect_purchases(count)

    @unittest.skipUnless(DROP_IN.exists(), "the stock ffmpeg has no airforcevideosrc in this build")
    def test_the_filter_keeps_purchases_where_store_says(self):
        for count, place in enumerate(self.places().values(), 1):
            escaped = place.replace(":", r"\\:")
            reported, code = self.ffmpeg(f":store={escaped}:reuse=unfinished")
            self.assertEqual(code, 0, reported)
            self.expect_purchases(count)

    def test_the_password_is_in_no_log_however_loud(self):
        for variables in ({"AIRFORCE_STORE": self.tcp()},
                          {"AIRFORCE_STORE": f"redis://127.0.0.1:{self.redis.port}", "AIRFORCE_STORE_PASSWORD": PASSWORD}):
            for loud in (variables | {"GST_DEBUG": "*:9", "G_MESSAGES_DEBUG": "all"}, variables):
                reported, code = self.gst(**loud)
                self.assertEqual(code, 0, reported[-2000:])
                self.expect_silence(reported)
                reported, code = self.generate("--json", **loud)
                self.assertEqual(code, 0, reported)
                self.expect_silence(reported)
            if DROP_IN.exists():
                reported, code = self.ffmpeg("", "-loglevel", "trace", **variables)
                self.assertEqual(code, 0, reported)
                self.expect_silence(reported)

    def test_the_password_is_in_no_help(self):
        for words in ((VIDEO, "--help"), (VIDEO, "generate", "--help"), (VIDEO, "list", "--local"), ("gst-inspect-1.0", "airforcevideosrc")):
            reported, code = self.run_front_end(*words, AIRFORCE_STORE=self.tcp())
            self.assertEqual(code, 0, reported)
            self.expect_silence(reported)
        if DROP_IN.exists():
            reported, _ = self.run_front_end("ffmpeg", "-h", "filter=airforcevideosrc", LD_LIBRARY_PATH=str(DROP_IN), AIRFORCE_STORE=self.tcp())
            self.assertIn("store", reported)
            self.expect_silence(reported)

    def test_the_password_is_in_no_error(self):
        wrong = {
            "refused": self.tcp(PASSWORD + "-not"),
            "unreachable": f"redis://:{PASSWORD}@127.0.0.1:1",
            "no host": f"redis://:{PASSWORD}@no-such-host.invalid",
            "no number": f"redis://:{PASSWORD}@127.0.0.1:{self.redis.port}/x",
            "unknown parameter": f"redis://:{PASSWORD}@127.0.0.1?x=1",
            "not escaped": f"redis://:{PASSWORD}/[@127.0.0.1",
            "another scheme": f"mysql://:{PASSWORD}@127.0.0.1",
            "no TLS": f"rediss://:{PASSWORD}@127.0.0.1:{self.redis.port}",
        }
        for name, place in wrong.items():
            with self.subTest(name):
                for reported, code in (self.generate("--store", place), self.generate(AIRFORCE_STORE=place), self.gst(AIRFORCE_STORE=place),
                                   self.gst(f"store={place}")):
                    self.assertNotEqual(code, 0, reported)
                    self.expect_silence(reported)
                if DROP_IN.exists():
                    reported, code = self.ffmpeg(AIRFORCE_STORE=place)
                    self.assertNotEqual(code, 0, reported)
                    self.expect_silence(reported)
        self.assertEqual(self.simulator.creates(), 0)

    def test_keys_are_named_and_numbered_and_expire_and_hold_no_secret(self):
        reported, code = self.generate("--store", self.tcp())
        self.assertEqual(code, 0, reported)
        keys = self.redis("KEYS", "*", password=PASSWORD).split()
        self.assertTrue(keys)
        for key in keys:
            self.assertTrue(key.startswith("airforce-video:"), key)
            self.assertGreater(int(self.redis("TTL", key, password=PASSWORD)), 0, key)
        intent = next(key for key in keys if ":intent:" in key)
        kept = self.redis("HGETALL", intent, password=PASSWORD)
        self.assertNotIn(self.env["AIRFORCE_API_KEY"], kept)
        self.assertIn("ltx-mini", kept)


if __name__ == "__main__":
    unittest.main(verbosity=2)
