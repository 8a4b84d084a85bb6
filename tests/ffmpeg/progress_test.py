# SPDX-License-Identifier: LGPL-2.1-or-later
"""The wait is told as ffmpeg's users are used to: one line on a terminal that is written over, a few in a file, none if they want none."""
import os
import pathlib
import pty
import re
import unittest

from support import FilterTest, Simulator, main, source

TOP = pathlib.Path(__file__).resolve().parents[2]
TABLE = (TOP / "common/vocabulary/airforce-video-parameters.def").read_text(encoding="utf-8")
PARAMETERS = re.findall(r'^AIRFORCE_PARAMETER\(\w+, \w+, [^"]*"(\w+)"', TABLE, re.M)
OWN = ("loop", "d", "dec_threads")
INPUT = ("-f", "lavfi", "-i", source(), "-f", "null", "-")


def on_a_terminal(simulator, *arguments):
    """What ffmpeg writes to a terminal, which it has to leave with success."""
    ours, its = pty.openpty()
    said = b""
    process = simulator.start(*arguments, loglevel="info", stderr=its)
    os.close(its)
    try:
        while piece := os.read(ours, 65536):
            said += piece
    except OSError:  # EIO: nobody has the other end any more
        pass
    os.close(ours)
    process.communicate()
    assert process.returncode == 0, said
    # colours aside, and without the line break that a terminal makes of "\n"
    return re.sub(r"\x1b\[[0-9;]*m", "", said.decode()).replace("\r\n", "\n")


def screen(said):
    """What stands on the terminal in the end: after a "\r" a line is written over, as far as the new text goes."""
    lines = []
    for line in said.split("\n"):
        shown = ""
        for text in line.split("\r"):
            shown = text + shown[len(text):]
        lines.append(shown.rstrip())
    return lines


class Progress(FilterTest):
    def test_on_a_terminal_it_is_one_line_that_is_written_over(self):
        with Simulator(clip=self.clips["h264"], task_seconds=2) as simulator:
            said = on_a_terminal(simulator, "-filter_complex", source(), "-f", "null", "-")
        progress = re.findall(r"([^\r\n]*running[^\r\n]*)([\r\n])", said)
        self.assertGreater(len(progress), 1, said)
        self.assertEqual({"\r"}, {end for _, end in progress}, said)
        # and nothing of it stays, neither behind the line with the task's id nor where ffmpeg goes on
        lines = screen(said)
        self.assertTrue([line for line in lines if re.search(r"task vid_\w+: queued$", line)], said)
        self.assertIn("Output #0, null, to 'pipe:':", lines)
        self.assertFalse([line for line in lines if re.search("running|downloading|buying", line)], said)

    def test_in_a_file_it_is_a_line_for_each_phase_and_tenth(self):
        with Simulator(clip=self.clips["h264"], task_seconds=1) as simulator:
            said = simulator.run(*INPUT, loglevel="info").stderr
        self.assertNotIn("\r[airforce", said)
        lines = [line for line in said.splitlines() if "airforcevideosrc" in line and "running" in line]
        self.assertTrue(1 <= len(lines) <= 11, said)

    def test_it_is_silent_below_the_level_info(self):
        with Simulator(clip=self.clips["h264"]) as simulator:
            self.assertEqual("", simulator.run(*INPUT, loglevel="warning").stderr)


class Help(unittest.TestCase):
    def test_every_parameter_is_listed_with_its_help_and_every_choice_with_its_own(self):
        with Simulator() as simulator:
            told = simulator.play("-h", "filter=airforcevideosrc")
        choices = re.findall(r'^AIRFORCE_CHOICE\(\w+, \d+, "(\w+)", "([^"]+)"', TABLE, re.M)
        self.assertGreater(len(PARAMETERS), 15)
        for name in (*PARAMETERS, *OWN):
            self.assertRegex(told, rf"(?m)^ +{name} +<\w+> +\S+ +[A-Z0-9]")
        for name, text in choices:
            self.assertRegex(told, rf"(?m)^ +{name} +\d +\S+ +{re.escape(text)}")
        self.assertNotRegex(told, r"(?m)^ +api_key ")

    def test_the_manual_has_every_option(self):
        reference = (TOP / "docs/reference-parameters.md").read_text(encoding="utf-8")
        for name in PARAMETERS:
            self.assertRegex(reference, rf"(?m)^\| [^|]* \| `{name}` \|")
        manual = (TOP / "docs/ffmpeg.md").read_text(encoding="utf-8")
        explained = {name for line in re.findall(r"(?m)^\*\*.*\*\*$", manual) for name in re.findall(r"\*\*(\w+)\*\*", line)}
        self.assertLessEqual(set(OWN), explained)
        self.assertLessEqual(explained, {*PARAMETERS, *OWN})


if __name__ == "__main__":
    main()
