# SPDX-License-Identifier: LGPL-2.1-or-later
"""However a graph is written and whatever ffmpeg does with it, a clip is bought once, and not before it is needed."""
import json
import re

from support import FFPROBE, H264, FilterTest, Simulator, frames, main, source, stock


class Purchases(FilterTest):
    def bought(self, expected, *arguments, clip="h264", fails=False, options=(), **run):
        with Simulator(*options, clip=self.clips[clip]) as simulator:
            done = simulator.run(*arguments, **run)
            if fails:
                self.assertFails(done)
            else:
                self.assertEqual(0, done.returncode, done.stderr)
            self.assertEqual(expected, simulator.creates(), done.stderr)
            return done

    def test_an_input_device_buys_once(self):
        self.bought(1, "-f", "lavfi", "-i", source(), "-f", "null", "-")

    def test_a_complex_graph_buys_once_though_ffmpeg_initialises_it_twice(self):
        self.bought(1, "-filter_complex", source(), "-f", "null", "-")

    def test_two_sources_with_other_prompts_buy_two(self):
        graph = f"{source(prompt='a')}[a];{source(prompt='b')}[b];[a][b]hstack"
        self.bought(2, "-filter_complex", graph, "-f", "null", "-")

    def test_clips_of_one_graph_are_made_at_the_same_time(self):
        graph = f"{source(prompt='a')}[a];{source(prompt='b')}[b];{source(prompt='c')}[c];[a][b][c]concat=n=3"
        with Simulator(clip=self.clips["h264"], task_seconds=2) as simulator:
            self.assertEqual(75, sum(line.startswith("0,") for line in frames(simulator, "-filter_complex", graph)))
            self.assertEqual((3, 3), (simulator.creates(), simulator.state()["most_in_flight"]))

    def test_a_failed_clip_does_not_lose_the_other(self):
        graph = f"{source(prompt=None)}[a];{source(prompt='b')}[b];[a][b]hstack"
        with Simulator(clip=self.clips["h264"], task_seconds=5) as simulator:
            done = simulator.run("-filter_complex", graph, "-f", "null", "-")
            self.assertFails(done, "no prompt")
            if simulator.creates():  # it was stopped after its create: it says how to continue
                self.assertRegex(done.stderr, r"task_id=vid_\w+")
            simulator.play("-f", "lavfi", "-i", source(prompt="b"), "-f", "null", "-")
            self.assertEqual(1, simulator.creates())

    def test_two_sources_that_ask_for_the_same_share_one_purchase(self):
        with Simulator(clip=self.clips["h264"]) as simulator:
            lines = frames(simulator, "-filter_complex", f"{source()}[a];{source()}[b];[a][b]hstack")
            self.assertEqual(1, simulator.creates())
            self.assertEqual(25, sum(line.startswith("0,") for line in lines))

    def test_a_graph_that_is_reconfigured_in_the_middle_does_not_buy_again(self):
        # the input's size changes after a second, and ffmpeg builds the graph again
        directory = self.clips.directory
        with open(directory / "joined.h264", "wb") as joined:
            for size in ("160x96", "80x48"):
                part = directory / f"{size}.h264"
                stock("-f", "lavfi", "-i", f"testsrc2=size={size}:rate=25:duration=1", *H264, part)
                joined.write(part.read_bytes())
        stock("-i", directory / "joined.h264", "-c", "copy", directory / "joined.mp4")
        graph = f"{source()}[clip];[0:v][clip]overlay=eof_action=pass"
        done = self.bought(1, "-i", directory / "joined.mp4", "-filter_complex", graph, "-f", "null", "-", loglevel="verbose")
        self.assertIn("w:160 h:96", done.stderr)
        self.assertIn("w:80 h:48", done.stderr)

    def test_a_pad_that_leads_nowhere_buys_nothing(self):
        self.bought(0, "-filter_complex", source(sound=1) + "[v][a]", "-map", "[v]", "-f", "null", "-", fails=True)

    def test_a_pad_without_a_label_is_mapped_and_bought_once(self):
        self.bought(1, "-filter_complex", source(sound=1) + "[v]", "-map", "[v]", "-f", "null", "-")

    def test_an_input_device_without_labels_buys_nothing_and_names_the_output(self):
        done = self.bought(0, "-f", "lavfi", "-i", source(sound=1), "-f", "null", "-", fails=True, loglevel="verbose")
        self.assertIn("out1", done.stderr)
        self.assertIn("[out0][out1]", done.stderr)

    def test_a_right_graph_logs_nothing(self):
        graph = source(sound=1) + "[v][a];[v]scale=80:-2[x]"
        done = self.bought(1, "-filter_complex", graph, "-map", "[x]", "-map", "[a]", "-f", "null", "-")
        self.assertEqual("", done.stderr)

    def test_a_failed_task_is_not_bought_again(self):
        # ffmpeg before 6.1 configures a graph of -filter_complex that failed once more
        for arguments in (("-f", "lavfi", "-i", source()), ("-filter_complex", source())):
            with self.subTest(arguments=arguments):
                done = self.bought(1, *arguments, "-f", "null", "-", options=("--fault=task:failed",), fails=True)
                self.assertIn("refunded", done.stderr)

    def test_a_graph_in_which_one_source_fails_buys_no_source_again(self):
        graph = f"{source(prompt='a')}[a];{source(prompt='b')}[b];[a][b]hstack"
        done = self.bought(2, "-filter_complex", graph, "-f", "null", "-", options=("--fault=task:failed,times=1",), fails=True)
        self.assertIn("refunded", done.stderr)

    def test_probing_buys_once_and_reuse_plays_what_was_bought(self):
        with Simulator(clip=self.clips["h264"]) as simulator:
            probe = ("-f", "lavfi", "-i", source(reuse="always"), "-show_streams", "-of", "json")
            streams = json.loads(simulator.play(*probe, program=FFPROBE))["streams"]
            self.assertEqual((160, 96, "25/1"), tuple(streams[0][key] for key in ("width", "height", "r_frame_rate")))
            simulator.play("-f", "lavfi", "-i", source(reuse="always"), "-f", "null", "-")
            self.assertEqual(1, simulator.creates())

    def test_a_task_is_attached_to_without_a_purchase(self):
        with Simulator(clip=self.clips["h264"]) as simulator:
            printed = simulator.run("-f", "lavfi", "-i", source(), "-f", "null", "-", loglevel="info").stderr
            task = re.search(r"vid_\w+", printed)[0]
            lines = frames(simulator, "-f", "lavfi", "-i", f"airforcevideosrc=task_id={task}")
            self.assertEqual(1, simulator.creates())
            self.assertEqual(25, sum(line.startswith("0,") for line in lines))

    def test_a_price_above_the_limit_buys_nothing(self):
        done = self.bought(0, "-f", "lavfi", "-i", source(max_cost_cents=1), "-f", "null", "-", fails=True)
        self.assertIn("limit", done.stderr)


class Location(FilterTest):
    def test_the_file_is_kept_as_it_was_sent(self):
        with Simulator(clip=self.clips["h264"]) as simulator:
            simulator.play("-f", "lavfi", "-i", source(location="kept.mp4"), "-f", "null", "-")
            with open(f"{simulator.directory}/kept.mp4", "rb") as kept:
                self.assertEqual(self.clips["h264"].read_bytes(), kept.read())


class Key(FilterTest):
    def test_the_key_is_nowhere_in_what_ffmpeg_prints(self):
        key = "sk-air-CANARY"
        with Simulator(f"--key={key}", clip=self.clips["h264"]) as simulator:
            simulator.env["AIRFORCE_API_KEY"] = key
            done = simulator.run("-f", "lavfi", "-i", source(), "-f", "null", "-", loglevel="trace")
            self.assertEqual(0, done.returncode, done.stderr)
            self.assertNotIn("CANARY", done.stderr + done.stdout)


if __name__ == "__main__":
    main()
