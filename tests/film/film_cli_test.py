#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Films and batches by the command line, against the simulator: killed at random, run again, looked at.

usage: film_cli_test.py TOOL SIMULATOR TEST [DIALECT]

AIRFORCE_KILLS is how often a run is killed at a random moment.
"""

import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

TOOL, SIMULATOR = sys.argv[1:3]
DIALECT = sys.argv[4] if len(sys.argv) > 4 else "reference"
KILLS = int(os.environ.get("AIRFORCE_KILLS", "4"))
# A run that was killed while it sent a create is waited for by the next: the task may appear for 180 s (kLateCreate).
LATE_CREATE_SECONDS = 180


class Service:
    """A simulator, and the tool against it in a directory of its own."""

    def __init__(self, directory: Path, *options: str):
        self.directory = directory
        self.process = subprocess.Popen(
            [SIMULATOR, "--quiet", "--print-environment", "--die-with-parent", "--dialect", DIALECT, *options],
            stdout=subprocess.PIPE, text=True)
        self.environment = dict(os.environ, XDG_STATE_HOME=str(directory / "state"), XDG_CACHE_HOME=str(directory / "cache"),
                                XDG_CONFIG_HOME=str(directory / "config"))
        for line in self.process.stdout:
            name, value = line.strip().split("=", 1)
            self.environment[name] = value

    def start(self, *words: str) -> subprocess.Popen:
        return subprocess.Popen([TOOL, *words], cwd=self.directory, env=self.environment, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True)

    def run(self, *words: str) -> str:
        process = self.start(*words)
        out, err = process.communicate(timeout=120 + LATE_CREATE_SECONDS)
        assert process.returncode == 0, f"{words}: {process.returncode}\n{out}\n{err}"
        return out

    def killed_at_random(self, longest: float, *words: str) -> None:
        process = self.start(*words)
        time.sleep(random.uniform(0.05, longest))
        process.send_signal(signal.SIGKILL)
        process.communicate()

    def creates(self) -> int:
        with urllib.request.urlopen(self.environment["AIRFORCE_SIMULATOR_URL"] + "/state") as answer:
            return json.load(answer)["creates"]


def twelve(directory: Path) -> str:
    shots = []
    for number in range(1, 13):
        shot = {"prompt": f"shot {number} of a film", "seed": number, "sound": True}
        if number % 3 == 0:
            shot["continue"] = True
        shots.append(json.dumps(shot))
    path = directory / "film.jsonl"
    path.write_text("# twelve shots, four of them continued\n" + "\n".join(shots) + "\n", encoding="utf-8")
    return str(path)


def probe(path: Path) -> dict:
    text = subprocess.run(["ffprobe", "-v", "error", "-count_frames", "-show_streams", "-of", "json", str(path)], check=True,
                          capture_output=True, text=True).stdout
    return {stream["codec_type"]: stream for stream in json.loads(text)["streams"]}


def frame_hashes(path: Path) -> list[str]:
    text = subprocess.run(["ffmpeg", "-v", "error", "-i", str(path), "-map", "0:v", "-f", "framemd5", "-"], check=True,
                          capture_output=True, text=True).stdout
    return [line.split(",")[-1].strip() for line in text.splitlines() if not line.startswith("#")]


def film(directory: Path) -> None:
    """A film of twelve shots that is killed is one film in the end, and each shot was bought once."""
    service = Service(directory, "--task-seconds", "1")
    storyboard = twelve(directory)
    words = ["film", storyboard, "--model", "wan-2.6", "--quality", "480p", "-o", "film.mp4", "--max-cost-cents", "2400",
             "--poll-interval", "0.2"]
    for _ in range(KILLS):
        service.killed_at_random(5, *words)
    # The last of the killed runs may have been a moment after its film.
    is_made_already = (directory / "film.mp4").exists()
    result = json.loads(service.run(*words, "--json").splitlines()[-1])
    assert service.creates() == 12, service.creates()
    streams = probe(directory / "film.mp4")
    expected = int(streams["video"]["nb_read_frames"])
    # Each continued shot hides the frame that repeats the one before, if the service repeats it.
    assert 0 <= 12 * 5 * 24 - expected <= 4, streams["video"]
    if not is_made_already:
        assert result["frames"] == expected and result["hidden_frames"] == 12 * 5 * 24 - expected, result
    assert abs(float(streams["video"]["duration"]) - expected / 24) < 0.001, streams["video"]
    assert abs(float(streams["audio"]["duration"]) - expected / 24) < 0.001, streams["audio"]
    hashes = frame_hashes(directory / "film.mp4")
    assert len(hashes) == expected, len(hashes)
    assert "exists already" in service.run(*words)
    assert service.creates() == 12


def batch(directory: Path) -> None:
    """A batch of sixty that is killed is sixty clips, sixty purchases, within the ceiling; all in about perfect packing."""
    clip = directory / "clip.mp4"
    Service(directory).run("generate", "--model", "wan-2.6", "--output", str(clip), "a clip")
    seconds = 2.0
    service = Service(directory, "--task-seconds", str(seconds), "--clip", str(clip), "--balance", "12000")
    (directory / "sixty.txt").write_text("\n".join(f"clip number {i}" for i in range(60)) + "\n", encoding="utf-8")
    words = ["batch", "sixty.txt", "--model", "wan-2.6", "-o", "{index:03}-{slug}.mp4", "--max-cost-cents", "12000",
             "--poll-interval", "0.2"]
    begin = time.monotonic()
    if not KILLS:
        service.run(*words)
        took = time.monotonic() - begin
        print(f"{took:.1f} s of {60 / 4 * seconds:.1f} s")
    for _ in range(KILLS):
        # So that all of them hit some work, however many they are.
        service.killed_at_random(min(8, 2 * 60 / 4 * seconds / KILLS), *words)
    service.run(*words)
    clips = sorted(directory.glob("0*-clip-number-*.mp4"))
    assert len(clips) == 60, [clip.name for clip in clips]
    assert service.creates() == 60, service.creates()
    assert "exist already" in service.run(*words)
    assert service.creates() == 60


def creates(directory: Path) -> None:
    """A batch that is killed in the middle of a create finds what it bought, and buys nothing twice."""
    service = Service(directory, "--task-seconds", "1", "--fault", "create:stall=1,times=4")
    (directory / "eight.txt").write_text("\n".join(f"clip number {i}" for i in range(8)) + "\n", encoding="utf-8")
    words = ["batch", "eight.txt", "--model", "wan-2.6", "-o", "{index:03}.mp4", "--poll-interval", "0.2"]
    for bought in (1, 3):
        process = service.start(*words)
        while service.creates() < bought:
            assert process.poll() is None, process.communicate()
            time.sleep(0.01)
        process.kill()
        process.communicate()
    service.run(*words)
    assert service.creates() == 8, service.creates()
    assert len(list(directory.glob("0*.mp4"))) == 8


def plan(directory: Path) -> None:
    """A plan names each price and the total, and a ceiling below it buys nothing."""
    service = Service(directory, "--task-seconds", "1")
    storyboard = twelve(directory)
    out = service.run("film", storyboard, "--model", "wan-2.6", "--dry-run", "-o", "film.mp4")
    assert out.count("200 cents") == 12 and "2400 cents" in out and "3 after 2" in out, out
    lines = [json.loads(line) for line in service.run("batch", storyboard, "--model", "wan-2.6", "--dry-run", "--json").splitlines()]
    assert lines[-1]["total_cents"] == 2400 and lines[2]["continues"] == 2, lines
    process = service.start("film", storyboard, "--model", "wan-2.6", "--max-cost-cents", "2399", "-o", "film.mp4")
    _, err = process.communicate(timeout=60)
    assert process.returncode == 4 and "2400 cents" in err and "--max-cost-cents" in err, err
    assert service.creates() == 0
    (directory / "wrong.jsonl").write_text('{"promt": "a"}\n{"prompt": "b"}\n{"prompt": "c", "seed": "x"}\n', encoding="utf-8")
    process = service.start("film", "wrong.jsonl", "--model", "wan-2.6")
    _, err = process.communicate(timeout=60)
    assert process.returncode == 2 and "wrong.jsonl:1: " in err and "wrong.jsonl:3: " in err, err
    assert service.creates() == 0


def ceiling(directory: Path) -> None:
    """A ceiling counts the shots that will be bought, and none that is paid for."""
    service = Service(directory, "--task-seconds", "0.2")
    for number in (1, 2, 3):
        (directory / f"{number}.txt").write_text("\n".join(f"clip {i}" for i in range(number)) + "\n", encoding="utf-8")
    options = ["--model", "wan-2.6", "--reuse", "always", "--poll-interval", "0.2"]
    service.run("batch", "1.txt", *options, "-o", "first-{index}.mp4")
    assert service.creates() == 1, service.creates()
    service.run("batch", "2.txt", *options, "-o", "second-{index}.mp4", "--max-cost-cents", "200")
    assert service.creates() == 2, service.creates()
    plans = [service.run("film", "3.txt", *options, "-o", "film.mp4", "--dry-run", "--max-cost-cents", "200", *more) for more in ([], ["--json"])]
    assert plans[0].count("paid") == 2 and "200 cents" in plans[0], plans[0]
    assert json.loads(plans[1].splitlines()[-1])["total_cents"] == 200, plans[1]
    process = service.start("film", "3.txt", *options, "-o", "film.mp4", "--max-cost-cents", "199")
    _, err = process.communicate(timeout=60)
    assert process.returncode == 4 and "without the 2 that are paid for" in err, err
    service.run("film", "3.txt", *options, "-o", "film.mp4", "--max-cost-cents", "200")
    assert service.creates() == 3, service.creates()


def main() -> int:
    test = {"film": film, "batch": batch, "creates": creates, "plan": plan, "ceiling": ceiling}[sys.argv[3]]
    with tempfile.TemporaryDirectory() as directory:
        test(Path(directory))
    print("ok:", re.sub(r"\s+", " ", test.__doc__))
    return 0


if __name__ == "__main__":
    sys.exit(main())
