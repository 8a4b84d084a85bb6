#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Draws a pipeline that plays a clip with sound, by GStreamer's own means: GST_DEBUG_DUMP_DOT_DIR, and dot of graphviz.

usage: airforce-simulator -- docs/draw-pipeline.py FILE.svg
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

directory = tempfile.TemporaryDirectory()
os.environ["GST_DEBUG_DUMP_DOT_DIR"] = directory.name  # read by Gst.init()

import gi  # noqa: E402

gi.require_version("Gst", "1.0")
from gi.repository import Gst  # noqa: E402

LINE = (
    "airforcevideosrc name=airforcevideosrc model=seedance-lite prompt=Waves sound=true "
    "airforcevideosrc. ! queue ! videoconvert ! fakesink name=picture "
    "airforcevideosrc. ! queue ! audioconvert ! fakesink name=sound"
)
def graph() -> str:
    Gst.init(None)
    pipeline = Gst.parse_launch(LINE)
    pipeline.set_state(Gst.State.PAUSED)
    message = pipeline.get_bus().timed_pop_filtered(
        100 * Gst.SECOND, Gst.MessageType.ASYNC_DONE | Gst.MessageType.ERROR
    )
    Gst.debug_bin_to_dot_file(pipeline, Gst.DebugGraphDetails.MEDIA_TYPE, "pipeline")
    pipeline.set_state(Gst.State.NULL)
    if message is None or message.type == Gst.MessageType.ERROR:
        sys.exit(f"it does not play: {message and message.parse_error()}")
    return Path(directory.name, "pipeline.dot").read_text(encoding="utf-8")


def simplified(text: str) -> str:
    """Without the legend and what differs from run to run, and so that it is narrow enough for a page."""
    numbers: dict[str, str] = {}
    text = re.sub(r"0x[0-9a-f]+", lambda found: numbers.setdefault(found[0], f"n{len(numbers)}"), text)
    text = re.sub(r" legend \[.*?\];", "", text, count=1, flags=re.DOTALL)
    text = re.sub(r"\\n(group-id|current-level-\w+)=\d+", "", text)
    return text.replace("rankdir=LR", "rankdir=TB", 1)


def main() -> int:
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    svg = subprocess.run(
        ["dot", "-Tsvg"], input=simplified(graph()), encoding="utf-8", stdout=subprocess.PIPE, check=True
    )
    Path(sys.argv[1]).write_text(svg.stdout, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
