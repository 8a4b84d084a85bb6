# SPDX-License-Identifier: LGPL-2.1-or-later
"""Progress is logged as plain lines, without terminal control, and not below the level info."""
import os
import pathlib
import pty
import re
import unittest

from support import FilterTest, Simulator, main, source

TOP = pathlib.Path(__file__).resolve().parents[2]
TABLE = (TOP / "common/vocabulary/airforce-video-parameters.def").read_text(encoding="utf-8")
PARAMETERS = re.findall(r'^AIRFORCE_PARAMETER\(\w+, \w+, [^"]*"(\w+)"', TABLE, re.M)
OWN = ("loop", "duration", "d", "prompt_file", "dec_threads")
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


class Progress(FilterTest):
    def test_a_terminal_gets_plain_lines_too(self):
        with Simulator(clip=self.clips["h264"], task_seconds=2) as simulator:
            said = on_a_terminal(simulator, "-filter_complex", source(), "-nostats", "-f", "null", "-")
        self.assertGreater(len(re.findall(r"\[Parsed_airforcevideosrc_0 @ \w+\] .*(?:running|processing)", said)), 1, said)
        self.assertNotIn("\r", said)

    def test_each_phase_and_each_tenth_is_a_line(self):
        with Simulator(clip=self.clips["h264"], task_seconds=1) as simulator:
            said = simulator.run(*INPUT, loglevel="info").stderr
        self.assertNotIn("\r[airforce", said)
        lines = [line for line in said.splitlines() if "airforcevideosrc" in line and re.search("running|processing", line)]
        self.assertTrue(1 <= len(lines) <= 11, said)

    def test_it_is_silent_below_the_level_info(self):
        with Simulator(clip=self.clips["h264"]) as simulator:
            self.assertEqual("", simulator.run(*INPUT, loglevel="warning").stderr)


class Help(unittest.TestCase):
    def test_every_parameter_is_listed_with_its_help_and_every_choice_with_its_own(self):
        with Simulator() as simulator:
            printed = simulator.play("-h", "filter=airforcevideosrc")
        choices = re.findall(r'^AIRFORCE_CHOICE\(\w+, \d+, "(\w+)", "([^"]+)"', TABLE, re.M)
        self.assertGreater(len(PARAMETERS), 15)
        for name in (*PARAMETERS, *OWN):
            self.assertRegex(printed, rf"(?m)^ +{name} +<\w+> +\S+ +[A-Z0-9]")
        for name, text in choices:
            self.assertRegex(printed, rf"(?m)^ +{name} +\d +\S+ +{re.escape(text)}")
        self.assertNotRegex(printed, r"(?m)^ +api_key ")

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
