# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the tests of film and batch have in common."""

import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
import clips  # noqa: E402
from service import Service  # noqa: E402

TOOL, SIMULATOR = sys.argv[1:3]
MODEL = ("--model", "wan-2.6", "--quality", "480p", "--poll-interval", "0.2")
QUICK = ("--task-seconds", "0.3")


def service(directory: Path, *options: str) -> Service:
    return Service(TOOL, SIMULATOR, directory, *(options or QUICK))


def short_clip(directory: Path) -> Path:
    """One second with sound, so that nothing is rendered."""
    path = directory / "short.source.mp4"
    if not path.exists():
        clips.stock(*clips.PICTURE, *clips.SOUND, *clips.H264, *clips.AAC, path)
    return path


def prompts(directory: Path, count: int, name: str = "prompts.txt") -> str:
    (directory / name).write_text("".join(f"clip number {i}\n" for i in range(1, count + 1)), encoding="utf-8")
    return name


def until(condition, seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it does not happen"
        time.sleep(0.05)


def run_named(tests) -> int:
    """Runs the test that the command line names, in a directory of its own."""
    test = {test.__name__: test for test in tests}[sys.argv[3]]
    with tempfile.TemporaryDirectory() as directory:
        test(Path(directory).resolve())
    print("ok:", test.__doc__)
    return 0
