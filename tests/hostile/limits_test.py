# SPDX-License-Identifier: LGPL-2.1-or-later
"""How much memory an answer takes, and what an airforce:// URI may do."""
import os

import bodies
import front_ends
from support import FULL, HostileCase, main

MEGABYTE = 1 << 20


class MemoryTest(HostileCase):
    def list_of(self, answer):
        """The most memory of a command that lists tasks, in megabytes."""
        directory = self.place()
        self.service.tasks = lambda handler: handler.send(200, answer)
        outcome = front_ends.program([front_ends.CLI, "list"], directory, self.env(directory))
        return outcome.megabytes

    def test_an_answer_takes_at_most_four_times_its_size(self):
        base = self.list_of(b'{"data":[]}')
        size = 12 * MEGABYTE
        entry = b'{"task_id":"vid_1","status":"completed","unknown":"' + b"x" * 100 + b'"},'
        shapes = {
            "tasks": b'{"data":[' + entry * (size // len(entry)) + b"{}]}",
            "one string": b'{"data":[],"x":"' + b"x" * size + b'"}',
            "escapes": b'{"data":[],"x":"' + b"\\u0041" * (size // 6) + b'"}',
            "empty objects": b'{"data":[' + b"{}," * (size // 3) + b"{}]}",
            "empty lists that nobody reads": b'{"data":[],"x":[' + b"[]," * (size // 3) + b"[]]}",
            "numbers that nobody reads": b'{"data":[],"x":[' + b"1," * (size // 2) + b"1]}",
            "short keys": b'{"data":[],"x":{' + b'"a":1,' * (size // 6) + b'"a":1}}',
            "depth": b'{"data":[],"x":' + b"[" * (size // 2) + b"]" * (size // 2) + b"}",
            "no JSON": b"x" * size,
            "HTML": b"<html>" + b"<p>" * (size // 3),
        }

        def row(answer):
            peak = self.list_of(answer)
            allowed = base + 4 * len(answer) / MEGABYTE
            return peak > allowed and f"{peak:.0f} MB for {len(answer) / MEGABYTE:.1f} MB and {base:.0f} MB without"

        self.hold([(name, lambda answer=answer: row(answer)) for name, answer in shapes.items()], 1)

    def test_an_image_takes_the_size_of_its_base64_and_no_more(self):
        directory = self.place()
        directory.mkdir()

        def peak_with(count, size):
            for number in range(count):
                (directory / f"{number}.png").write_bytes(b"\x89PNG\r\n\x1a\n" + os.urandom(64) + bytes(size))
            images = [f"--image={directory}/{number}.png" for number in range(count)]
            prompt = f"images {self.number()}"
            self.service.cases[prompt] = self.case(task={"status": "failed", "error": "x"})
            outcome = front_ends.program([front_ends.CLI, "generate", "--model=wan-2.6", f"--prompt={prompt}", "--mode=reference",
                                          *images], directory, self.env(directory))
            self.assertIn("failed", outcome.text)
            return outcome.megabytes

        def row(count, size):
            more = peak_with(count, size * MEGABYTE) - small
            # One JSON body cannot have less; 2 MB are for what else differs from run to run.
            return more > count * size * 4 / 3 + 2 and f"{more:.1f} MB more than the {small:.0f} MB with a small one"

        small = peak_with(1, 100)
        self.hold([(f"{count} of {size} MB", lambda count=count, size=size: row(count, size))
                   for count, size in ((1, 8), (1, 31), (3, 8))], 1)


class UriPolicyTest(HostileCase):
    URIS = ("airforce://generate?model=wan-2.6&prompt=policy",
            "airforce://generate?model=wan-2.6&prompt=policy&reuse=never",
            "airforce://generate?model=wan-2.6&prompt=policy&max_cost_cents=100000")
    FILM = "airforce://film?model=wan-2.6&storyboard=%7B%22prompt%22%3A%22policy%22%2C%22max_cost_cents%22%3A100000%7D"
    OVERRIDES = ("uri_policy=allow", "uri-policy=allow", "uri_policy=auto", "uri%5fpolicy=allow", "URI_POLICY=allow")

    def setUp(self):
        super().setUp()
        self.service.cases["*"] = self.case(body=bodies.movie(bodies.TRAK))
        self.begin = self.service.creates
        # What has been bought stays to be replayed.
        self.store = self.directory / f"{self.number()}.sqlite"
        self.buy("bought", self.service.cases["*"], store=self.store)
        self.begin = self.service.creates

    def tearDown(self):
        os.environ.pop("AIRFORCE_URI_POLICY", None)

    def creates(self):
        return self.service.creates - self.begin

    def wrong(self, outcome, word):
        if outcome.ok:
            return "was opened"
        if self.creates():
            return f"{self.creates()} creates"
        return word not in outcome.text.lower() and f"says {outcome.text[-300:]!r}"

    def test_the_c_api_holds_to_the_policy(self):
        def by_setting(policy, uri):
            return self.wrong(self.c_api.run(uri=uri, store=self.store, uri_policy=policy), f"uri_policy={policy}")

        def by_environment(policy, uri):
            os.environ["AIRFORCE_URI_POLICY"] = policy
            outcome = self.c_api.run(uri=uri, store=self.store)
            del os.environ["AIRFORCE_URI_POLICY"]
            return self.wrong(outcome, f"uri_policy={policy}")

        def overridden(policy, override):
            return self.wrong(self.c_api.run(uri=f"{self.URIS[0]}&{override}", store=self.store, uri_policy=policy), "uri")

        def raised(ceiling):
            return self.wrong(self.c_api.run(uri=f"{self.URIS[0]}&max_cost_cents={ceiling}", store=self.store, max_cost_cents=10), "10")

        self.hold([
            *((f"{policy}, {how.__name__}, {uri}", lambda policy=policy, uri=uri, how=how: how(policy, uri))
              for policy in ("replay", "deny") for uri in self.URIS for how in (by_setting, by_environment)),
            *((f"{policy}, {override}", lambda policy=policy, override=override: overridden(policy, override))
              for policy in ("replay", "deny") for override in self.OVERRIDES),
            *((f"a ceiling of {ceiling}", lambda ceiling=ceiling: raised(ceiling)) for ceiling in ("100000", "-1", "1e9", "nan", "inf")),
        ], 1)

    def test_what_opens_uris_in_a_pipeline_holds_to_the_policy_of_the_environment(self):
        """The element's own property: tests/gst/uri_test.cpp."""
        if "element" not in self.programs:
            self.skipTest("no gst-launch-1.0")

        def row(policy, uri, opener, *sinks):
            directory = self.place()
            return self.wrong(front_ends.program(["gst-launch-1.0", "-q", opener, f"uri={uri}", *sinks], directory,
                                                 self.env(directory, AIRFORCE_URI_POLICY=policy)), "uri-policy")

        openers = (("playbin3", "video-sink=fakesink", "audio-sink=fakesink"), ("uridecodebin", "!", "fakesink"))
        self.hold([(f"{policy}, {opener[0]}, {uri}", lambda policy=policy, uri=uri, opener=opener: row(policy, uri, *opener))
                   for policy in ("replay", "deny") for opener in openers for uri in (*(self.URIS if FULL else self.URIS[1:2]), self.FILM)], 4)

    def protocol(self, uri, **more):
        directory = self.place()
        return front_ends.ffmpeg(directory, self.env(directory, **more), "-i", uri, "-c", "copy", "-f", "null", "-")

    def test_the_protocol_of_ffmpeg_holds_to_the_policy(self):
        if "protocol" not in self.programs:
            self.skipTest("no drop-in")
        self.hold([*((f"{policy}, {uri}", lambda policy=policy, uri=uri: self.wrong(
            self.protocol(uri, AIRFORCE_URI_POLICY=policy), "uri_policy")) for policy in ("replay", "deny")
            for uri in (*self.URIS, self.FILM)),
            *((override, lambda override=override: self.wrong(
                self.protocol(f"{self.URIS[0]}&{override}", AIRFORCE_URI_POLICY="deny"), "uri")) for override in self.OVERRIDES)], 4)

    def test_no_playlist_reaches_the_scheme(self):
        playlists = {
            "x.m3u8": f"#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\n{self.URIS[1]}\n#EXT-X-ENDLIST\n",
            "x.m3u": f"#EXTM3U\n{self.URIS[1]}\n",
            "x.pls": f"[playlist]\nFile1={self.URIS[1]}\nNumberOfEntries=1\n",
            "x.ffconcat": f"ffconcat version 1.0\nfile '{self.URIS[1]}'\n",
            "x.mpd": bodies.DASH.replace(b"URL", self.URIS[1].replace("&", "&amp;").encode()).decode(),
        }
        directory = self.place()
        directory.mkdir()
        rows = []
        for name, text in playlists.items():
            path = directory / name
            path.write_text(text)
            if "protocol" in self.programs:
                rows.append((f"{name} in ffmpeg", lambda path=path: front_ends.ffmpeg(
                    self.place(), self.env(directory), "-i", path, "-f", "null", "-") and self.creates()))
            if "element" in self.programs:
                rows.append((f"{name} in playbin", lambda path=path: front_ends.program(
                    ["gst-launch-1.0", "-q", "playbin3", f"uri=file://{path}", "video-sink=fakesink", "audio-sink=fakesink"],
                    self.place(), self.env(directory), 30) and self.creates()))
        self.hold(rows, 4)
        self.assertEqual(self.creates(), 0)


if __name__ == "__main__":
    main()
