# SPDX-License-Identifier: LGPL-2.1-or-later
"""The source gives what ffmpeg gives for the clip's own file: frame by frame, in FATE's manner."""
import re

from support import CLIPS, DECODERS, MORE_CLIPS, FilterTest, Simulator, frames, has, main, source

WITH_SOUND = ("h264", "h264, index at the end", "h264, in fragments", "h264, in fragments with an index", "hevc", "vp9, opus", "av1",
              "29.97 frames a second", "mono at 22050 Hz", "sound longer than picture", "sound that starts late", "rotated by 90")
MIRRORED = ("mirrored", "upside down", "rotated by 90, mirrored", "rotated by 270, mirrored", "rotated by 30")
BOTH = ("-map", "[v]", "-map", "[a]")


def usable(names):
    for name in names:
        if name not in ("sound alone", "h264, long", "h264, long, in fragments") and (name not in DECODERS or has("decoder", DECODERS[name])):
            yield name


def properties(simulator, *inputs):
    """All that showinfo prints of each frame: time, duration, format, size, aspect, type, checksums, colours."""
    done = simulator.run(*inputs, "-f", "null", "-", loglevel="info")
    lines = re.findall(r"\[Parsed_showinfo_\d+ @ [^]]*\] (n: .*|.*color_range.*)", done.stderr)
    assert lines, done.stderr
    # where in the file a packet was is of no use to anybody
    return [re.sub(r" pos: *-?\d+", "", line) for line in lines]


class Frames(FilterTest):
    def test_pictures_are_those_of_the_file(self):
        upright = None
        for name in usable(CLIPS):
            with self.subTest(name), Simulator(clip=self.clips[name]) as simulator:
                expected = frames(simulator, "-i", self.clips[name], "-map", "0:v")
                self.assertEqual(expected, frames(simulator, "-filter_complex", source()))
                if name == "h264":
                    upright = expected
                elif CLIPS[name][0] == "turned":
                    self.assertNotEqual(upright, expected)

    def test_pictures_and_sound_are_those_of_the_file(self):
        for name in usable(WITH_SOUND):
            with self.subTest(name), Simulator(clip=self.clips[name]) as simulator:
                self.assertEqual(frames(simulator, "-filter_complex", source(sound=1) + "[v][a]", *BOTH),
                                 frames(simulator, "-i", self.clips[name], "-map", "0:v", "-map", "0:a"))

    def test_what_else_an_mp4_can_hold_is_that_of_the_file_too(self):
        for name in usable(MORE_CLIPS):
            sound = name in ("edit list", "several audio tracks", "mpeg4")
            with self.subTest(name), Simulator(clip=self.clips[name]) as simulator:
                ours = ("-filter_complex", source(sound=1) + "[v][a]", *BOTH) if sound else ("-filter_complex", source())
                self.assertEqual(frames(simulator, *ours),
                                 frames(simulator, "-i", self.clips[name], "-map", "0:v", *(("-map", "0:a:0") if sound else ())))

    def test_an_input_device_gives_the_same(self):
        # What starts late in the file starts at 0 as an input of its own; and ffmpeg's device does not pass the duration of frames on,
        # so that their rate is a guess where it is not constant or there is but one.
        others = ("h264, in fragments", "h264, in fragments with an index", "one frame", "variable frame rate", *MIRRORED)
        for name in usable(name for name in CLIPS if name not in others):
            with self.subTest(name), Simulator(clip=self.clips[name]) as simulator:
                self.assertEqual(frames(simulator, "-f", "lavfi", "-i", source()),
                                 frames(simulator, "-i", self.clips[name], "-map", "0:v"))

    def test_frames_keep_time_duration_aspect_and_colours(self):
        for name in usable(("h264", "hevc, 10 bit, bt2020", "oblong pixels, bt709", "full range", "variable frame rate", "rotated by 90",
                            "29.97 frames a second", "av1")):
            with self.subTest(name), Simulator(clip=self.clips[name]) as simulator:
                self.assertEqual(properties(simulator, "-filter_complex", source() + ",showinfo"),
                                 properties(simulator, "-i", self.clips[name], "-map", "0:v", "-vf", "showinfo"))

    def test_one_thread_and_many_decode_the_same(self):
        name = "h264"
        with Simulator(clip=self.clips[name]) as simulator:
            expected = frames(simulator, "-i", self.clips[name], "-map", "0:v")
            for threads in (1, 4):
                with self.subTest(threads=threads):
                    self.assertEqual(expected, frames(simulator, "-f", "lavfi", "-i", source(dec_threads=threads)))

    def test_both_outputs_of_an_input_device_are_there(self):
        with Simulator(clip=self.clips["h264"]) as simulator:
            lines = frames(simulator, "-f", "lavfi", "-i", source(sound=1) + "[out0][out1]")
            self.assertEqual(25, sum(line.startswith("0,") for line in lines))
            self.assertGreater(sum(line.startswith("1,") for line in lines), 40)


class Silence(FilterTest):
    def test_a_clip_without_sound_is_silent_for_its_length_and_says_so(self):
        with Simulator(clip=self.clips["h264, no sound"]) as simulator:
            done = simulator.run("-filter_complex", source(sound=1) + "[v][a]", *BOTH, "-f", "framecrc", "-")
            self.assertEqual(0, done.returncode, done.stderr)
            self.assertIn("the clip has no sound", done.stderr)
            sound = [line.split(",") for line in done.stdout.splitlines() if line.startswith("1,")]
            self.assertEqual(48000, sum(int(line[3]) for line in sound))
            self.assertEqual({"0x00000000"}, {line[5].strip() for line in sound})


class Loop(FilterTest):
    def passes(self, name, loop, stream, *inputs):
        """The lines of a stream, cut into one list for each pass."""
        # the clip that is available is played again: a second download would fail
        with Simulator("--fault=download:status=404,after=1", clip=self.clips[name]) as simulator:
            lines = [line.split(",") for line in frames(simulator, *inputs) if line.startswith(f"{stream},")]
            self.assertEqual(1, simulator.creates())
        self.assertEqual(0, len(lines) % loop)
        size = len(lines) // loop
        return [lines[i * size:(i + 1) * size] for i in range(loop)]

    def test_each_pass_has_the_same_frames_and_later_times(self):
        for name in ("h264", "h264, in fragments", "one frame"):
            with self.subTest(name):
                first, second, third = self.passes(name, 3, 0, "-filter_complex", source(loop=3))
                self.assertEqual([line[5] for line in first], [line[5] for line in second])
                self.assertEqual([line[5] for line in first], [line[5] for line in third])
                times = [int(line[2]) for line in first + second + third]
                self.assertEqual(list(range(times[0], times[0] + len(times))), times)

    def test_the_command_prompt_changes_what_comes_next(self):
        with Simulator() as simulator:
            graph = source(loop=0) + ",sendcmd=c='0.2 airforcevideosrc prompt hare'"
            lines = [line.split(",") for line in frames(simulator, "-re", "-f", "lavfi", "-i", graph, "-t", "16") if line.startswith("0,")]
            self.assertEqual(2, simulator.creates())
        hashes = [line[5] for line in lines]
        self.assertNotIn(hashes[-1], hashes[:24], "the last picture is one of the first clip")
        times = [int(line[2]) for line in lines]
        self.assertEqual(list(range(times[0], times[0] + len(times))), times)

    def test_the_command_prompt_is_refused_where_the_clip_ends(self):
        with Simulator() as simulator:
            graph = source() + ",sendcmd=c='0.2 airforcevideosrc prompt hare'"
            done = simulator.run("-f", "lavfi", "-i", graph, "-f", "null", "-")
            self.assertIn("the command prompt needs loop=0", done.stderr)
            self.assertEqual(1, simulator.creates())

    def test_sound_and_picture_loop_together_to_the_sample(self):
        name = "sound longer than picture"
        graph = ("-filter_complex", source(sound=1, loop=2) + "[v][a]", *BOTH)
        sound = self.passes(name, 2, 1, *graph)
        picture = self.passes(name, 2, 0, *graph)
        self.assertEqual([line[5] for line in sound[0]], [line[5] for line in sound[1]])
        self.assertEqual([line[5] for line in picture[0]], [line[5] for line in picture[1]])
        # no gap in what ends last, and the other starts with it
        end = int(sound[0][-1][2]) + int(sound[0][-1][3])
        self.assertEqual(end, int(sound[1][0][2]))
        self.assertAlmostEqual(end / 44100, int(picture[1][0][2]) / 25, delta=0.04)

    def test_an_endless_source_plays_until_it_is_stopped(self):
        with Simulator(clip=self.clips["h264"]) as simulator:
            lines = frames(simulator, "-f", "lavfi", "-i", source(loop=0), "-t", "5.2")
            self.assertEqual(130, sum(line.startswith("0,") for line in lines))


if __name__ == "__main__":
    main()
