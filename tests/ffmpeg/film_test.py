# SPDX-License-Identifier: LGPL-2.1-or-later
"""A film of several shots is one continuous input: by airforce://film without encoding again, by the filter decoded, under one ceiling."""
import array
import json
import signal
import time
import unittest
import urllib.parse

from support import FFPROBE, H264, MODEL, WRAPPER, FilterTest, Simulator, frames, has, main, stock, wait_for

NOWHERE = ("-f", "null", "-")
PROMPTS = ("A red fox wakes", "It runs: fast, and far", "A lake")
SOUND = "h264"  # 25 frames of 40 ms with sound


needs_png = unittest.skipUnless(has("encoder", "png"), "this ffmpeg has no PNG encoder")


def film(*prompts, **fields):
    fields = {"model": MODEL, "storyboard": "\n".join(prompts or PROMPTS), **fields}
    return "airforce://film?" + "&".join(f"{name}={urllib.parse.quote(str(value))}" for name, value in fields.items())


def file_of(simulator, text, name="shots.txt"):
    with open(f"{simulator.directory}/{name}", "w", encoding="utf-8") as file:
        file.write(text)
    return name


def source(*outputs, **options):
    options = {"model": MODEL, **options}
    return "airforcevideosrc=" + ":".join(f"{name}={value}" for name, value in options.items()) + "".join(outputs)


def rows(lines, stream=0):
    """Packets or frames of a stream, as (pts, duration, size, checksum)."""
    split = [[field.strip() for field in line.split(",")] for line in lines if not line.startswith("#")]
    return [(int(row[2]), int(row[3]), row[4], row[5]) for row in split if row[0] == str(stream)]


def time_bases(lines):
    found = [line.split() for line in lines if line.startswith("#tb")]
    return {row[1].rstrip(":"): eval(row[2]) for row in found}  # pylint: disable=eval-used


def packets(simulator, *inputs):
    return simulator.play(*inputs, "-map", "0", "-c", "copy", "-f", "framecrc", "-").splitlines()


class Demuxer(FilterTest):
    def test_a_film_has_the_packets_of_its_shots_and_its_times_continue(self):
        clip = self.clips[SOUND]
        with Simulator(clip=clip) as simulator:
            one, all_ = rows(packets(simulator, "-i", clip)), rows(packets(simulator, "-i", film()))
            self.assertEqual([row[2:] for row in one] * 3, [row[2:] for row in all_])
            self.assertEqual(list(range(75)), sorted(round(row[0] / row[1]) for row in all_))
            self.assertEqual(3, simulator.creates())

    def test_sound_does_not_slip_from_its_picture(self):
        for name in (SOUND, "sound longer than picture", "sound that starts late"):
            clip = self.clips[name]
            with self.subTest(name), Simulator(clip=clip) as simulator:
                lines = packets(simulator, "-i", film(*(f"Shot {i}" for i in range(8))))
                tick = time_bases(lines)["1"]
                sound = rows(lines, 1)
                packet = sound[5][1]
                one = rows(packets(simulator, "-i", clip), 1)
                for shot in range(1, 8):
                    # where this shot's first packet that is not the start of the sound is, beside where the first shot has it
                    expected = one[5][0] * tick + shot
                    nearest = min(abs(row[0] * tick - expected) for row in sound if row[3] == one[5][3])
                    self.assertLess(nearest, packet * tick / 2 + 0.001)
                played = max(row[0] + row[1] for row in sound) * tick
                self.assertLess(played, 8 + 0.6 * (name == "sound longer than picture") + packet * tick)

    def test_a_copy_decodes_as_the_film_does(self):
        with Simulator(clip=self.clips[SOUND]) as simulator:
            simulator.play("-y", "-i", film(), "-c", "copy", "film.mp4")
            done = simulator.run("-xerror", "-i", "film.mp4", *NOWHERE)
            self.assertEqual((0, ""), (done.returncode, done.stderr))
            pictures = [row[3] for row in rows(frames(simulator, "-i", film()))]
            self.assertEqual(75, len(pictures))
            self.assertEqual(pictures, [row[3] for row in rows(frames(simulator, "-i", "film.mp4"))])

    def test_length_and_streams_are_known_before_playing(self):
        with Simulator() as simulator:
            probed = json.loads(simulator.play("-show_format", "-show_streams", "-of", "json",
                                               film(quality="480p", duration_seconds=5, sound="true"), program=FFPROBE))
            self.assertAlmostEqual(15, float(probed["format"]["duration"]), places=1)
            self.assertEqual(["h264", "aac"], [stream["codec_name"] for stream in probed["streams"]])

    def test_a_seek_gives_what_it_gives_in_a_copy(self):
        with Simulator(clip=self.clips[SOUND]) as simulator:
            simulator.play("-y", "-i", film(), "-c", "copy", "film.mp4")
            for start in ("0.2", "1.6", "2.0", "2.9"):
                seek = ("-ss", start)
                ours = [row[3] for row in rows(frames(simulator, *seek, "-i", film()))]
                self.assertEqual([row[3] for row in rows(frames(simulator, *seek, "-i", "film.mp4"))], ours, start)
            self.assertEqual(3, simulator.creates())

    def test_it_loops(self):
        with Simulator(clip=self.clips[SOUND]) as simulator:
            looped = rows(packets(simulator, "-stream_loop", "1", "-i", film()))
            self.assertEqual(150, len(looped))
            self.assertEqual(looped[0][2:], looped[75][2:])
            self.assertEqual(3, simulator.creates())

    def test_shots_are_given_by_a_file_by_prompts_or_by_the_url(self):
        with Simulator(clip=self.clips[SOUND]) as simulator:
            file_of(simulator, "# three shots\n" + "\n".join(PROMPTS) + "\n")
            for options in (("-storyboard", "shots.txt", "-i", f"airforce://film?model={MODEL}"), ("-i", film()),
                            ("-model", MODEL, "-storyboard", "|".join(PROMPTS), "-i", "airforce://film"),
                            ("-model", MODEL, "-storyboard", "\n".join(PROMPTS), "-i", "airforce://film")):
                self.assertEqual(75, len(rows(packets(simulator, *options))))
            self.assertEqual(3, simulator.creates())

    def test_an_option_counts_more_than_the_url(self):
        with Simulator(clip=self.clips[SOUND]) as simulator:
            simulator.play("-quality", "720p", "-i", film(quality="480p"), *NOWHERE)
            simulator.play("-i", film(quality="720p"), *NOWHERE)
            self.assertEqual(3, simulator.creates())
            simulator.play("-i", film(quality="480p"), *NOWHERE)
            self.assertEqual(6, simulator.creates())
            by_option = ("-storyboard", "|".join(PROMPTS), "-i", f"airforce://film?model={MODEL}")
            for number, inputs in enumerate((("-i", film()), ("-extra", '{"fps":24}', "-i", film()),
                                             ("-reuse", "never", "-i", film()), ("-reuse", "never", *by_option), ("-extra", '{"fps":25}', *by_option))):
                simulator.play(*inputs, *NOWHERE)
                self.assertEqual(9 + 3 * number, simulator.creates(), inputs)

    def test_a_question_mark_needs_no_escaping(self):
        with Simulator(clip=self.clips[SOUND]) as simulator:
            for seed in ("", "&seed=7"):
                simulator.play("-i", film("Who?seed=5", "A fox") + seed, *NOWHERE)
                bought = simulator.creates()
                simulator.play("-i", f"airforce://film?model={MODEL}&storyboard=Who?seed=5%0AA%20fox" + seed, *NOWHERE)
                self.assertEqual(bought, simulator.creates())

    def test_a_local_file_is_named_by_no_url(self):
        shot = json.dumps({"prompt": "A fox", "mode": "image", "input_images": ["fox.png"]})
        with Simulator(clip=self.clips[SOUND]) as simulator:
            self.assertFails(simulator.run("-i", film(shot), *NOWHERE), "input_images")
            self.assertEqual(0, simulator.creates())

    def test_the_ceiling_is_that_of_the_whole_film(self):
        with Simulator(clip=self.clips[SOUND]) as simulator:
            for inputs in (("-max_cost_cents", "599", "-i", film()), ("-i", film(max_cost_cents=599))):
                self.assertFails(simulator.run(*inputs, *NOWHERE), "max_cost_cents", "othing was charged")
            self.assertEqual(0, simulator.creates())
            simulator.play("-max_cost_cents", "600", "-i", film(), *NOWHERE)

    def test_a_shot_with_other_codec_data_is_an_error_that_names_it(self):
        shots = [json.dumps({"prompt": "A fox", "model": model}) for model in (MODEL, "kling-1")]
        big = self.clips["h264, long"]
        with Simulator(f"--clip=kling-1={big}", clip=self.clips["h264, no sound"]) as simulator:
            done = simulator.run("-xerror", "-i", film(*shots), "-c", "copy", *NOWHERE)
            self.assertIn("shot 2 (task vid_", done.stderr)
            self.assertIn("size differs", done.stderr)
            self.assertEqual(2, simulator.creates())

    def test_a_shot_that_continues_another_is_refused_before_the_purchase(self):
        with Simulator(clip=self.clips[SOUND]) as simulator:
            for inputs in (("-i", film(**{"continue": "true"})), ("-continue", "1", "-i", film())):
                self.assertFails(simulator.run(*inputs, *NOWHERE), "shot 2", "othing was charged")
            self.assertEqual(0, simulator.creates())

    def test_sound_that_only_some_shots_have_is_no_error(self):
        shots = [json.dumps({"prompt": "A fox", "model": model}) for model in (MODEL, "kling-1", MODEL)]
        silent = self.clips["h264, no sound"]
        for first, second, streams in ((self.clips[SOUND], silent, 2), (silent, self.clips[SOUND], 1)):
            with self.subTest(first.name), Simulator(f"--clip=kling-1={second}", clip=first) as simulator:
                lines = packets(simulator, "-i", film(*shots))
                self.assertEqual(75, len(rows(lines)))
                self.assertEqual(streams, len(time_bases(lines)))

    def test_no_playlist_opens_it(self):
        with Simulator(clip=self.clips[SOUND]) as simulator:
            file_of(simulator, f"ffconcat version 1.0\nfile '{film('A fox')}'\n", "list.ffconcat")
            self.assertFails(simulator.run("-f", "concat", "-safe", "0", "-i", "list.ffconcat", *NOWHERE))
            self.assertFails(simulator.run("-protocol_whitelist", "file", "-i", film(), *NOWHERE), "whitelist")
            self.assertEqual(0, simulator.creates())

    def test_a_reader_of_bytes_names_the_readers_of_films(self):
        with Simulator(clip=self.clips[SOUND]) as simulator:
            self.assertFails(simulator.run("-f", "mov", "-i", film(), *NOWHERE), "demuxer airforce", "othing was charged")
            self.assertEqual(0, simulator.creates())

    def test_an_interrupted_film_is_resumed_at_no_charge(self):
        with Simulator(clip=self.clips[SOUND], task_seconds=3) as simulator:
            process = simulator.start("-i", film(), *NOWHERE, loglevel="info")
            said = wait_for(process, "shot 1: task vid_")
            while simulator.creates() < 3:
                time.sleep(0.02)
            started = time.monotonic()
            process.send_signal(signal.SIGINT)
            said += process.communicate(timeout=60)[1]
            self.assertLess(time.monotonic() - started, 30 if WRAPPER else 5)
            self.assertIn("he same command", said)
            self.assertNotIn("othing was charged", said)
            simulator.play("-i", film(), *NOWHERE)
            self.assertEqual(3, simulator.creates())

    def test_a_shot_that_fails_ends_the_film_and_the_others_are_kept(self):
        with Simulator("--fault=task:failed,times=1", clip=self.clips[SOUND]) as simulator:
            self.assertFails(simulator.run("-xerror", "-i", film(), *NOWHERE), "shot")
            before = simulator.creates()
            simulator.play("-i", film(), *NOWHERE)
            self.assertLessEqual(simulator.creates(), 4)
            self.assertLessEqual(before, 3)


class Filter(FilterTest):
    def test_shots_are_played_one_after_the_other(self):
        clip = self.clips[SOUND]
        with Simulator(clip=clip) as simulator:
            file_of(simulator, "\n".join(PROMPTS))
            one = rows(frames(simulator, "-i", clip, "-an"))
            for storyboard in ("shots.txt", "'" + "|".join(PROMPTS).replace(":", "\\:") + "'"):
                all_ = rows(frames(simulator, "-f", "lavfi", "-i", source(storyboard=storyboard)))
                self.assertEqual([row[3] for row in one] * 3, [row[3] for row in all_])
                self.assertEqual(list(range(75)), [round(row[0] / row[1]) for row in all_])
            self.assertEqual(3, simulator.creates())

    def test_sound_is_cut_or_padded_to_the_picture_to_the_sample(self):
        for name in (SOUND, "sound longer than picture", "sound that starts late", "h264, no sound"):
            with self.subTest(name), Simulator(clip=self.clips[name]) as simulator:
                file_of(simulator, "\n".join(PROMPTS))
                lines = frames(simulator, "-f", "lavfi", "-i", source("[out0][out1]", storyboard="shots.txt", sound=1))
                sound = rows(lines, 1)
                self.assertEqual(0, sound[0][0])
                for before, after in zip(sound, sound[1:]):
                    self.assertEqual(before[0] + before[1], after[0])
                self.assertEqual(round(3 / time_bases(lines)["1"]), sound[-1][0] + sound[-1][1])
                self.assertEqual(75, len(rows(lines, 0)))

    def test_shots_of_other_sizes_are_scaled_to_the_first(self):
        shots = "\n".join(json.dumps({"prompt": "A fox", "model": model}) for model in (MODEL, "kling-1"))
        with Simulator(f"--clip=kling-1={self.clips['h264, long']}", clip=self.clips[SOUND]) as simulator:
            file_of(simulator, shots)
            all_ = rows(frames(simulator, "-f", "lavfi", "-i", source(storyboard="shots.txt")))
            self.assertEqual(25 + 200, len(all_))
            self.assertEqual(1, len({row[2] for row in all_}))

    def test_sound_of_another_rate_or_layout_is_converted_to_that_of_the_first(self):
        shots = "\n".join(json.dumps({"prompt": "A fox", "model": model}) for model in (MODEL, "kling-1", MODEL))
        for first, second in ((SOUND, "mono at 22050 Hz"), ("mono at 22050 Hz", "stereo"), ("h264, no sound", "mono at 22050 Hz")):
            with self.subTest(first), Simulator(f"--clip=kling-1={self.clips[second]}", clip=self.clips[first]) as simulator:
                file_of(simulator, shots)
                film = ("-f", "lavfi", "-i", source("[out0][out1]", storyboard="shots.txt", sound=1), "-map", "0:a")
                lines = frames(simulator, *film)
                sound, rate = rows(lines), round(1 / time_bases(lines)["0"])
                for before, after in zip(sound, sound[1:]):
                    self.assertEqual(before[0] + before[1], after[0])
                self.assertEqual(3 * rate, sound[-1][0] + sound[-1][1])
                if not has("muxer", "s16le"):
                    continue
                simulator.play(*film, "-af", "aformat=s16", "-ac", "1", "-f", "s16le", "sound")
                with open(f"{simulator.directory}/sound", "rb") as file:
                    samples = array.array("h", file.read())[rate * 6 // 5:rate * 9 // 5]
                crossings = sum((one < 0) != (other < 0) for one, other in zip(samples, samples[1:]))
                self.assertAlmostEqual(440 * 2 * 0.6, crossings, delta=4)

    @needs_png
    def test_a_shot_continues_from_the_last_frame_of_the_one_before(self):
        with Simulator() as simulator:
            file_of(simulator, "A red fox wakes\nIt runs")
            graph = source("[out0][out1]", **{"storyboard": "shots.txt", "quality": "480p", "continue": 1, "sound": 1})
            done = simulator.run("-f", "lavfi", "-i", graph, "-f", "framecrc", "-", loglevel="info")
            self.assertEqual(0, done.returncode, done.stderr)
            self.assertLess(done.stderr.index("shot 1: task"), done.stderr.index("shot 2: buying"))
            self.assertEqual(list(range(240)), [round(row[0] / row[1]) for row in rows(done.stdout.splitlines())])
            sent = [request for request in simulator.state()["requests"] if request.get("images")]
            self.assertEqual(1, len(sent), sent)

    @needs_png
    def test_a_first_frame_that_repeats_the_last_one_is_left_out_with_its_sound(self):
        still = self.clips.directory / "still.mp4"
        stock("-f", "lavfi", "-i", "testsrc2=size=160x96:rate=25:duration=0.04", "-f", "lavfi", "-i", "sine=sample_rate=48000:duration=1",
              "-vf", "loop=24:1", *H264, "-c:a", "aac", still)
        with Simulator(clip=still) as simulator:
            file_of(simulator, "\n".join(PROMPTS))
            lines = frames(simulator, "-f", "lavfi", "-i", source("[out0][out1]", **{"storyboard": "shots.txt", "continue": 1, "sound": 1}))
            self.assertEqual(list(range(73)), [round(row[0] / row[1]) for row in rows(lines)])
            sound = rows(lines, 1)
            self.assertEqual(round(73 * 48000 / 25), sound[-1][0] + sound[-1][1])
            self.assertEqual(3, simulator.creates())

    def test_it_loops(self):
        with Simulator(clip=self.clips[SOUND]) as simulator:
            file_of(simulator, "\n".join(PROMPTS))
            all_ = rows(frames(simulator, "-f", "lavfi", "-i", source(storyboard="shots.txt", loop=2)))
            self.assertEqual(list(range(150)), [round(row[0] / row[1]) for row in all_])
            self.assertEqual(3, simulator.creates())

    def test_the_ceiling_is_that_of_the_whole_film(self):
        with Simulator(clip=self.clips[SOUND]) as simulator:
            file_of(simulator, "\n".join(PROMPTS))
            limited = source(storyboard="shots.txt", max_cost_cents=599)
            self.assertFails(simulator.run("-f", "lavfi", "-i", limited, *NOWHERE), "max_cost_cents", "othing was charged")
            self.assertEqual(0, simulator.creates())

    def test_an_interrupted_film_is_resumed_at_no_charge(self):
        with Simulator(clip=self.clips[SOUND], task_seconds=3) as simulator:
            file_of(simulator, "\n".join(PROMPTS))
            inputs = ("-f", "lavfi", "-i", source(storyboard="shots.txt"))
            process = simulator.start(*inputs, *NOWHERE, loglevel="info")
            wait_for(process, "shot 1: task vid_")
            while simulator.creates() < 3:
                time.sleep(0.02)
            process.send_signal(signal.SIGINT)
            said = process.communicate(timeout=60)[1]
            self.assertGreater(process.returncode, 0, said)
            simulator.play(*inputs, *NOWHERE)
            self.assertEqual(3, simulator.creates())

    def test_a_file_that_is_missing_is_named(self):
        with Simulator(clip=self.clips[SOUND]) as simulator:
            self.assertFails(simulator.run("-f", "lavfi", "-i", source(storyboard="nowhere.txt"), *NOWHERE), "nowhere.txt")


if __name__ == "__main__":
    main()
