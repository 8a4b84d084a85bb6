#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A channel for an hour against a service that fails on purpose, and its picture: docs/img/channel-hour.svg.

usage: channel_hour.py BUILD_DIRECTORY [SECONDS]
       channel_hour.py CSV SVG
"""
import csv
import os
import pathlib
import subprocess
import sys
import tempfile

SOURCE = pathlib.Path(__file__).resolve().parents[2]
WIDTH, HEIGHT, LEFT, GAP = 640, 110, 90, 34
ROWS = [("interval_ms", "longest frame interval (ms)"), ("queue", "items in the queue"), ("memory_mb", "memory (MB)"), ("cents", "bought (cents)")]


def fewer(rows, count=360):
    """One row for some seconds, with the most of each figure."""
    size = max(1, len(rows) // count)
    return [{name: max(row[name] for row in rows[at:at + size]) for name in rows[0]} for at in range(0, len(rows), size)]


def draw(rows, path):
    rows = fewer(rows)
    end = rows[-1]["seconds"]
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + WIDTH + 20} {len(ROWS) * (HEIGHT + GAP) + 10}" font-family="sans-serif" '
           f'font-size="12"><rect width="100%" height="100%" fill="white"/>']
    for n, (name, title) in enumerate(ROWS):
        top = n * (HEIGHT + GAP) + 24
        most = max(row[name] for row in rows) or 1
        points = " ".join(f"{LEFT + WIDTH * row['seconds'] / end:.1f},{top + HEIGHT * (1 - row[name] / most):.1f}" for row in rows)
        out += [f'<text x="{LEFT}" y="{top - 6}">{title}</text>',
                f'<rect x="{LEFT}" y="{top}" width="{WIDTH}" height="{HEIGHT}" fill="none" stroke="#ccc"/>',
                f'<text x="{LEFT - 6}" y="{top + 10}" text-anchor="end">{most:.0f}</text>',
                f'<text x="{LEFT - 6}" y="{top + HEIGHT}" text-anchor="end">0</text>',
                f'<polyline points="{points}" fill="none" stroke="#2a7f62"/>']
    out.append(f'<text x="{LEFT + WIDTH}" y="{len(ROWS) * (HEIGHT + GAP) + 6}" text-anchor="end">{end / 60:.0f} minutes</text></svg>')
    path.write_text("\n".join(out) + "\n", encoding="utf-8")


def read(path):
    with path.open(encoding="utf-8") as file:
        return [{name: float(value) for name, value in row.items()} for row in csv.DictReader(file)]


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    first = pathlib.Path(sys.argv[1])
    if first.is_file():
        draw(read(first), pathlib.Path(sys.argv[2]))
        return
    build = first.resolve()
    subprocess.run(["ninja", "-C", build], check=True, stdout=subprocess.DEVNULL)
    env = {**os.environ, "GST_PLUGIN_PATH": str(build / "gst"), "AIRFORCE_VIDEO_LIBRARY": str(build / "common/capi/libairforcevideo.so.0"),
           "AIRFORCE_SOAK_WALL_CLOCK": "1"}
    with tempfile.TemporaryDirectory() as directory:
        samples = pathlib.Path(directory) / "samples.csv"
        done = subprocess.run([build / "tests/gst/channel-soak", sys.argv[2] if len(sys.argv) > 2 else "3600", samples], env=env, check=False)
        draw(read(samples), SOURCE / "docs/img/channel-hour.svg")
    sys.exit(done.returncode)


if __name__ == "__main__":
    main()
