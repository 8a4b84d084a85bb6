# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the options say is what is asked for."""
import http.server
import json
import shutil
import subprocess
import tempfile
import threading
import unittest

from support import FFMPEG, SECONDS, environment, main, version


class Listener(http.server.BaseHTTPRequestHandler):
    """An API that knows no models, keeps what is asked of it, and refuses it."""

    def answer(self, status):
        text = b'{"error": {"message": "no more today"}}'
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def do_GET(self):
        self.answer(404)

    def do_POST(self):
        self.server.asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.answer(400)

    def log_message(self, *_):
        pass


class Request(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="airforce-ffmpeg-")
        self.addCleanup(shutil.rmtree, self.directory)
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Listener)
        self.server.asked = []
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)

    def asked(self, options):
        """The body of the one create that a source with these options sends."""
        env = environment(self.directory, AIRFORCE_API_KEY="sk-air-test", AIRFORCE_BASE_URL=f"http://127.0.0.1:{self.server.server_port}")
        done = subprocess.run([FFMPEG, "-nostdin", "-v", "error", "-f", "lavfi", "-i", f"airforcevideosrc={options}", "-f", "null", "-"],
                              env=env, cwd=self.directory, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SECONDS,
                              check=False)
        self.assertIn("no more today", done.stderr)
        self.assertEqual(1, len(self.server.asked), done.stderr)
        return self.server.asked.pop()

    def test_a_prompt_and_a_model_are_enough(self):
        self.assertEqual({"model": "m", "prompt": "A red fox"}, self.asked("A red fox:model=m"))

    def test_every_field_of_the_request_has_its_option(self):
        self.assertEqual(
            {"model": "m", "prompt": "p", "mode": "reference", "duration_seconds": 8, "aspect_ratio": "16:9", "quality": "720p",
             "seed": 42, "sound": True, "input_images": [{"url": "https://example.com/a.jpg"}, {"url": "https://example.com/b.jpg"}]},
            self.asked("model=m:prompt=p:mode=reference:d=8:aspect_ratio=16\\\\:9:quality=720p:seed=42:sound=1:"
                       "input_images=https\\\\://example.com/a.jpg|https\\\\://example.com/b.jpg[out0][out1]"))

    def test_what_is_not_said_is_not_sent(self):
        self.assertEqual({"model": "m", "prompt": "p"}, self.asked("model=m:prompt=p:mode=auto:seed=-1:sound=0:duration_seconds=0"))

    def refused(self, options, *words):
        """ffmpeg fails with these words, and nothing is sent."""
        env = environment(self.directory, AIRFORCE_API_KEY="sk-air-test", AIRFORCE_BASE_URL=f"http://127.0.0.1:{self.server.server_port}")
        done = subprocess.run([FFMPEG, "-nostdin", "-v", "error", "-f", "lavfi", "-i", f"airforcevideosrc={options}", "-f", "null", "-"],
                              env=env, cwd=self.directory, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SECONDS,
                              check=False)
        self.assertGreater(done.returncode, 0, done.stderr)
        for word in words:
            self.assertIn(word, done.stderr)
        self.assertEqual([], self.server.asked)
        return done.stderr

    def test_an_unescaped_colon_is_explained_and_sets_no_other_option(self):
        for options in ("model=m:prompt=A fox: alert", "prompt=A fox: alert:model=m", "A fox: alert:model=m", "prompt=A fox:model=m: alert",
                        "model=m:prompt=p:d=00:00:05", "model=m:prompt=p:aspect_ratio=16:9", "model=m:prompt=p:loop=2:3:4",
                        "model=m:prompt=a: b: c: d", "model=m:d=5:prompt=p: x", "model=m:prompt=p:seed=1:2"):
            with self.subTest(options):
                said = self.refused(options)
                if version() < (6, 0) or options.startswith("A fox"):
                    self.assertIn("\\:", said)
                    self.assertIn("16/9", said)

    def test_a_ratio_can_be_written_with_a_slash(self):
        for ratio in ("16/9", r"'16\:9'"):
            self.assertEqual("16:9", self.asked(f"model=m:prompt=p:aspect_ratio={ratio}")["aspect_ratio"])

    def test_a_duration_is_written_as_everywhere_in_ffmpeg(self):
        for name, value in (("d", "5"), ("d", r"00\\:00\\:05"), ("duration", "5000ms"), ("duration_seconds", "5s"), ("d", "5.0")):
            with self.subTest(f"{name}={value}"):
                self.assertEqual(5, self.asked(f"model=m:prompt=p:{name}={value}")["duration_seconds"])

    def test_a_fraction_of_a_second_is_refused(self):
        self.refused("model=m:prompt=p:d=5.5", "duration_seconds=5.5", "whole seconds", "othing was charged")

    def test_a_clip_that_continues_none_is_refused(self):
        self.refused("model=m:prompt=p:continue=1", "storyboard", "othing was charged")

    def test_the_prompt_file_has_two_names_and_messages_use_the_first(self):
        with open(f"{self.directory}/fox.txt", "w", encoding="utf-8") as file:
            file.write("A fox\n")
        for name in ("promptfile", "prompt_file"):
            self.assertEqual("A fox", self.asked(f"model=m:{name}=fox.txt")["prompt"].rstrip("\n"))
        self.assertNotIn("prompt_file", self.refused("model=m:prompt=x:promptfile=fox.txt", "promptfile"))

    def test_a_prompt_is_quoted_as_the_manual_says(self):
        self.assertEqual("A fox: alert, still; what's that?",
                         self.asked(r"model=m:prompt='A fox\: alert, still; what\'\''s that?'")["prompt"])

    def test_a_prompt_file_needs_no_quotes(self):
        prompt = 'A red fox: alert, [slowly]; "What\'s that?" \\ 雪 100 %'
        with open(f"{self.directory}/fox.txt", "w", encoding="utf-8") as file:
            file.write(prompt + "\n")
        self.assertEqual(prompt, self.asked("model=m:promptfile=fox.txt")["prompt"].rstrip("\n"))


if __name__ == "__main__":
    main()
