#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""--continue-from starts from the picture that players show last, whatever the file is like.

usage: last_frame_test.py TOOL SIMULATOR LAST_FRAME
"""

import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
import clips  # noqa: E402
from service import Service  # noqa: E402

TOOL, SIMULATOR, LAST_FRAME = sys.argv[1:4]
GREY = ("-vf", "scale=96:64", "-pix_fmt", "gray", "-f", "rawvideo", "-")
SIZE = 96 * 64
KINDS = ("h264", "h264, in fragments", "h264, long, in fragments", "edit list", "sound longer than picture", "variable frame rate",
         "oblong pixels, bt709", "rotated by 90", "rotated by 180", "mirrored", "one frame")


def decoded(*source, **options) -> list[bytes]:
    raw = subprocess.run(["ffmpeg", "-v", "error", *source, "-map", "0:v:0", "-fps_mode", "passthrough", *GREY], check=True,
                         capture_output=True, **options).stdout
    return [raw[at:at + SIZE] for at in range(0, len(raw), SIZE)]


def difference(one: bytes, other: bytes) -> float:
    return sum(abs(a - b) for a, b in zip(one, other)) / SIZE


def check(path: Path) -> None:
    ended = subprocess.run([LAST_FRAME, path], capture_output=True)
    assert ended.returncode == 0, (path.name, ended.stderr.decode())
    found = decoded("-i", "-", input=ended.stdout)[0]
    frames = decoded("-i", path)
    nearest = min(range(len(frames)), key=lambda frame: (difference(frames[frame], found), -frame))
    assert nearest == len(frames) - 1, f"{path.name}: frame {nearest} of {len(frames)}"
    print("ok:", path.name)


def films(directory: Path) -> None:
    """Joined by us: of clips that end as they begin, so that an edit list hides what a continued one repeats."""
    (directory / "cuts.txt").write_text("a\nb\nc\n", encoding="utf-8")
    (directory / "one.jsonl").write_text('{"prompt": "a"}\n{"prompt": "b", "continue": true}\n{"prompt": "c", "continue": true}\n')
    for seconds in (1, 2, 3):
        clip = directory / f"{seconds}s.mp4"
        clips.stock("-f", "lavfi", "-i", f"testsrc2=size=160x96:rate=24:duration={seconds / 2}", "-vf",
                    "split[a][b];[b]reverse[b];[a][b]concat", *clips.H264, "-g", "250", clip)
        with Service(TOOL, SIMULATOR, directory, "--task-seconds", "0.2", "--clip", str(clip)) as service:
            for storyboard in ("cuts.txt", "one.jsonl"):
                made = service.lines("film", storyboard, "--model", "wan-2.6", "--poll-interval", "0.2", "-o", f"{seconds}-{storyboard}.mp4")[-1]
                assert (made["hidden_frames"] == 2) == (storyboard == "one.jsonl"), made
                check(directory / made["path"])


def main() -> int:
    made = clips.Clips()
    for kind in KINDS:
        check(made[kind])
    made.remove()
    with tempfile.TemporaryDirectory() as directory:
        films(Path(directory).resolve())
    return 0


if __name__ == "__main__":
    sys.exit(main())
