#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The options of film and batch, each by what it leaves: files, purchases, output.

usage: storyboard_test.py TOOL SIMULATOR TEST
"""

import array
import fcntl
import json
import os
import pty
import re
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
import clips  # noqa: E402
from service import Service, packet_hashes, tags  # noqa: E402

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


def continue_from(directory: Path) -> None:
    """--continue-from starts the first shot from a clip's last frame, and the same clip is the same purchase."""
    with service(directory) as one:
        one.run("generate", *MODEL, "-o", "first.mp4", "A fox")
        (directory / "shots.txt").write_text("The fox runs\nThe fox jumps\n", encoding="utf-8")
        words = ("batch", "shots.txt", *MODEL, "--continue-from", "first.mp4", "--continue", "-o", "{index}.mp4")
        one.run(*words)
        log = one.state()
        assert log["creates"] == 3, log
        for name in ("1.mp4", "2.mp4"):
            assert (directory / name).stat().st_size > 0
        (directory / "1.mp4").unlink()
        one.run(*words)
        assert one.state()["creates"] == 3, "bought again"
        _, errors = one.end("batch", "shots.txt", *MODEL, "--continue-from", "none.mp4", "-o", "x{index}.mp4", code=14)
        assert "none.mp4" in errors and one.state()["creates"] == 3, errors
        out = one.run("film", "shots.txt", *MODEL, "--continue-from", "first.mp4", "--dry-run")
        assert one.state()["creates"] == 3 and "400 cents" in out, out


def jobs(directory: Path) -> None:
    """--jobs says how many shots are made at a time."""
    # Long enough that three overlap on a busy machine.
    for count, option, seconds in ((1, "-j1", "0.2"), (3, "--jobs=3", "3")):
        with service(directory, "--task-seconds", seconds, "--clip", str(short_clip(directory))) as one:
            one.run("batch", prompts(directory, 4), *MODEL, option, "-o", "{index}.mp4", "--again")
            assert one.state()["most_in_flight"] == count, one.state()["most_in_flight"]
    with service(directory) as one:
        assert "--jobs is a number from 1 to 32" in one.end("batch", "prompts.txt", *MODEL, "--jobs=0", code=2)[1]


def on_error(directory: Path) -> None:
    """After a failure --on-error=stop starts no other shot, and skip leaves out those alone that continue it."""
    (directory / "shots.jsonl").write_text("\n".join(json.dumps(shot) for shot in (
        {"prompt": "one"}, {"prompt": "two"}, {"prompt": "three", "continue": True}, {"prompt": "four"})) + "\n", encoding="utf-8")
    faults = ("--fault", "task:failed,type=content_policy_violation,after=1,times=1")
    for which, saved in (("stop", ["1"]), ("skip", ["1", "4"])):
        work = directory / which
        work.mkdir()
        shutil.copy(directory / "shots.jsonl", work)
        with Service(TOOL, SIMULATOR, work, *QUICK, *faults) as one:
            out, errors = one.end("batch", "shots.jsonl", *MODEL, "-j1", f"--on-error={which}", "-o", "{index}.mp4", code=12)
            assert sorted(path.stem for path in work.glob("*.mp4")) == saved, (which, out, errors)
            assert "shot 2" in errors and "the same command makes the rest" in out, (out, errors)
            # What failed was refunded: the same command makes it, and nothing else again.
            one.run("batch", "shots.jsonl", *MODEL, "-o", "{index}.mp4")
            assert sorted(path.stem for path in work.glob("*.mp4")) == ["1", "2", "3", "4"]
            assert one.state()["creates"] == 5, one.state()


def sound(path: Path) -> array.array:
    """Of both channels, 8000 samples a second."""
    raw = subprocess.run(["ffmpeg", "-v", "error", "-i", str(path), "-map", "0:a", "-ac", "1", "-ar", "8000", "-f", "s16le", "-"],
                         check=True, capture_output=True).stdout
    return array.array("h", raw)


def loudness(samples: array.array, start: float, end: float) -> float:
    part = samples[int(start * 8000):int(end * 8000)]
    return (sum(sample * sample for sample in part) / max(len(part), 1)) ** 0.5


def music(directory: Path) -> None:
    """--music lies under the film: as long as it, faded at both ends, quieter where the film itself sounds."""
    # Two seconds of silence, then one of a tone, then three of silence: shots of their own.
    for name, tone, seconds in (("silent", 0, 2), ("loud", 440, 1), ("end", 0, 3)):
        source = f"sine=frequency={tone}:duration={seconds}" if tone else f"anullsrc=r=48000:cl=mono:d={seconds}"
        clips.stock("-f", "lavfi", "-i", f"testsrc2=size=160x96:rate=25:duration={seconds}", "-f", "lavfi", "-i", source,
                    *clips.H264, *clips.AAC, directory / f"{name}.source.mp4")
    clips.stock("-f", "lavfi", "-i", "sine=frequency=1000:duration=60", "-c:a", "libvorbis", directory / "music.ogg")
    shots = [{"prompt": "a", "model": "wan-2.6"}, {"prompt": "b", "model": "ltx-mini"}, {"prompt": "c", "model": "wan-2.6-flash"}]
    with Service(TOOL, SIMULATOR, directory, *QUICK) as listing:
        models = [line["id"] for line in listing.lines("models")]
    options = []
    for shot, name, model in zip(shots, ("silent", "loud", "end"), models):
        shot["model"] = model
        options += ["--clip", f"{model}={directory / name}.source.mp4"]
    (directory / "film.jsonl").write_text("\n".join(map(json.dumps, shots)) + "\n", encoding="utf-8")
    with Service(TOOL, SIMULATOR, directory, *QUICK, *options) as one:
        result = one.lines("film", "film.jsonl", "--poll-interval", "0.2", "--music", "music.ogg", "-o", "film.mp4")[-1]
        assert abs(result["seconds"] - 6) < 0.1, result
        samples = sound(directory / "film.mp4")
        assert abs(len(samples) / 8000 - 6) < 0.1, len(samples)
        full = loudness(samples, 1, 1.8)
        assert full > 500, full
        assert loudness(samples, 0, 0.05) < full / 4, "not faded in"
        assert loudness(samples, 5.8, 6) < full / 4, "not faded out"
        text = subprocess.run(["ffmpeg", "-v", "error", "-i", str(directory / "film.mp4"), "-map", "0:a", "-af", "highpass=f=900:p=2,highpass=f=900:p=2",
                               "-ac", "1", "-ar", "8000", "-f", "s16le", "-"], check=True, capture_output=True).stdout
        high = array.array("h", text)
        assert loudness(high, 2.4, 2.9) < loudness(high, 1, 1.8) / 2, "not quieter under the film's own sound"
        assert len(packet_hashes(directory / "film.mp4")) > 0
        _, errors = one.end("film", "film.jsonl", "--again", "--music", "none.ogg", "-o", "x.mp4", code=14)
        assert "none.ogg" in errors and one.state()["creates"] == 3, errors
        # The film says what it is, and a sidecar says what each shot was.
        found = tags(directory / "film.mp4")
        assert found["title"] == "a b c" and all(model in found["model"] for model in models[:3]), found
        one.run("film", "film.jsonl", "--poll-interval", "0.2", "--sidecar", "--thumbnail", "-o", "{slug}.mp4")
        assert (directory / "a.mp4.jpg").read_bytes().startswith(b"\xff\xd8")
        made = one.lines("history")
        assert [line["path"] for line in made] == [str(directory / "a.mp4")] * 3, made
        page = one.run("history", "--html", "-")
        assert page.count("<video") == 1 and page.count(">In a.mp4<") == 2, page
        assert [shot["prompt"] for shot in json.loads((directory / "a.mp4.json").read_text())["shots"]] == ["a", "b", "c"]


def commands(directory: Path) -> None:
    """--exec runs for each saved file, without the key, and --notify once at the end."""
    tools = directory / "bin"
    tools.mkdir()
    (tools / "notify-send").write_text(f'#!/bin/sh\necho "$@" >>"{directory}/notified"\n', encoding="utf-8")
    (tools / "notify-send").chmod(0o755)
    path = {"PATH": f"{tools}:{os.environ['PATH']}"}
    with service(directory, *QUICK, "--clip", str(short_clip(directory))) as one:
        command = 'printf "%s|%s|%s|%s\\n" {} "$AIRFORCE_CLIP" "$AIRFORCE_TASK_ID" "$AIRFORCE_API_KEY" >>ran'
        (directory / "shots.txt").write_text("it's a fox; $(touch injected)\na hare\n", encoding="utf-8")
        out = one.run("batch", "shots.txt", *MODEL, "-o", "{index} {prompt}.mp4", "--exec", command, "--notify", **path)
        ran = sorted((directory / "ran").read_text(encoding="utf-8").splitlines())
        assert len(ran) == 2 and not (directory / "injected").exists(), ran
        for line in ran:
            name, again, task, key = line.split("|")
            assert name == again and (directory / name).exists() and task.startswith("vid_") and not key, line
        deadline = time.monotonic() + 30
        while not (directory / "notified").exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        assert (directory / "notified").read_text(encoding="utf-8") == "airforce-video 2 of 2 shots are made\n"
        # A command that fails makes the run fail, and the clips stay.
        out, errors = one.end("batch", prompts(directory, 1), *MODEL, "-o", "x{index}.mp4", "--exec", "false", code=1)
        assert "--exec failed" in errors and (directory / "x1.mp4").exists() and "Saved 1" in out, (out, errors)
        # What a command prints is not in the way of JSON.
        for line in one.lines("batch", "prompts.txt", *MODEL, "-o", "y{index}.mp4", "--exec", "echo"):
            assert line["event"], line


def piped(directory: Path) -> None:
    """Progress is lines in a log, JSON on request, and nothing when quiet."""
    with service(directory, *QUICK, "--clip", str(short_clip(directory))) as one:
        words = ("batch", prompts(directory, 3), *MODEL, "-o")
        out, errors = one.end(*words, "a{index}.mp4")
        assert out == "Saved 3 clips.\n", out
        assert "\x1b" not in errors and "\r" not in errors, errors
        for shot in (1, 2, 3):
            assert re.search(rf"^shot {shot}: saved a{shot}\.mp4$", errors, re.M), errors
        assert len(errors.splitlines()) <= 3 * 8, errors
        out, errors = one.end(*words, "b{index}.mp4", "--quiet")
        assert out == "Saved 3 clips.\n" and not errors, (out, errors)
        states = [line["state"] for line in one.lines(*words, "c{index}.mp4") if line["event"] == "shot" and line["shot"] == 2]
        assert states[0] == "making" and states[-1] == "delivered", states


class Screen:
    """As much of a terminal as the progress needs: lines that are drawn over."""

    def __init__(self, columns: int):
        self.columns = columns
        self.lines = [""]
        self.row = self.column = 0

    def write(self, text: str) -> None:
        for part in re.findall(r"\x1b\[(\d*)([A-Za-z])|([\r\n\a])|([^\x1b\r\n\a]+)", text):
            count, command, control, shown = part
            if command == "A":
                self.row -= int(count or 1)
                assert self.row >= 0, "above the top"
            elif command == "J":
                self.lines[self.row:] = [self.lines[self.row][:self.column]]
            elif command == "K":
                self.lines[self.row] = self.lines[self.row][:self.column]
            elif control == "\r":
                self.column = 0
            elif control == "\n":
                self.row += 1
                self.column = 0
                if self.row == len(self.lines):
                    self.lines.append("")
            elif shown:
                line = self.lines[self.row].ljust(self.column)
                self.lines[self.row] = line[:self.column] + shown + line[self.column + len(shown):]
                self.column += len(shown)
                assert len(self.lines[self.row].rstrip()) <= self.columns, f"wrapped: {self.lines[self.row]}"


def on_terminal(directory: Path) -> None:
    """On a terminal all shots have one screen that fits, and nothing of it is left in the end."""
    for columns in (80, 40):
        (directory / "prompts.txt").write_text("".join(f"shot {i} with a prompt that is far too long for forty columns\n" for i in range(6)))
        with service(directory, "--task-seconds", "0.7", "--clip", str(short_clip(directory))) as one:
            reader, writer = pty.openpty()
            fcntl.ioctl(writer, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
            process = subprocess.Popen([TOOL, "batch", "prompts.txt", *MODEL, "-o", f"{columns}-{{index}}.mp4"], cwd=directory, stdin=writer,
                                       stdout=writer, stderr=writer, env=one.environment | {"TERM": "xterm", "LC_ALL": "C.UTF-8"})
            os.close(writer)
            screen, most, pending = Screen(columns), 0, b""
            try:
                while more := os.read(reader, 65536):
                    pending += more
                    # A sequence may be cut by the read.
                    text = pending.decode(errors="ignore")
                    if re.search(r"\x1b(\[\d*)?$", text):
                        continue
                    pending = b""
                    screen.write(text)
                    most = max(most, sum(bool(re.match(r"\d+ +(queued|running|create|prepare)", line)) for line in screen.lines))
            except OSError:  # the other end is closed
                pass
            assert process.wait() == 0
            assert most >= 2, "never several at a time on the screen"
            left = [line.rstrip() for line in screen.lines if line.strip()]
            assert left[-1] == "Saved 6 clips." and all("saved" in line.lower() for line in left), left


def interrupted(directory: Path) -> None:
    """Ctrl-C ends a batch at once, says how it is resumed, and the same command buys nothing twice."""
    with service(directory, "--task-seconds", "3", "--clip", str(short_clip(directory))) as one:
        words = ("batch", prompts(directory, 3), *MODEL, "-o", "{index}.mp4", "--max-cost-cents", "600")
        process = one.start(*words)
        deadline = time.monotonic() + 60
        while one.state()["creates"] < 3 and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        out, errors = process.communicate(timeout=60)
        assert process.returncode == 130, (process.returncode, out, errors)
        one.run(*words)
        assert one.state()["creates"] == 3 and len(list(directory.glob("[123].mp4"))) == 3
        # What appears under a name meanwhile is somebody else's.
        (directory / "prompts.txt").write_text("clip number 1\nclip number 2\nclip number 3\nclip number 4\n", encoding="utf-8")
        process = one.start(*words[:-2])
        while one.state()["creates"] < 4 and time.monotonic() < deadline:
            time.sleep(0.05)
        (directory / "4.mp4").write_text("mine", encoding="utf-8")
        process.communicate(timeout=60)
        assert (directory / "4.mp4").read_text(encoding="utf-8") == "mine"


def packing(directory: Path) -> None:
    """Sixty clips in four slots take at most 1.1 times what perfect packing takes (with AIRFORCE_SLOW=1, on a machine of its own)."""
    if os.environ.get("AIRFORCE_SLOW") != "1":
        print("AIRFORCE_SLOW=1 runs it: two minutes")
        sys.exit(77)
    seconds = 8.0
    with service(directory, "--task-seconds", str(seconds), "--clip", str(short_clip(directory)), "--balance", "12000") as one:
        begin = time.monotonic()
        one.run("batch", prompts(directory, 60), "--model", "wan-2.6", "-o", "{index:03}.mp4", "--max-cost-cents", "12000")
        took = time.monotonic() - begin
        state = one.state()
    perfect = 60 / 4 * seconds
    print(f"{took:.1f} s, {took / perfect:.3f} of perfect packing; {state['creates']} purchases, {state['debited_cents']} cents")
    assert state["creates"] == 60 and state["most_in_flight"] == 4, state["creates"]
    assert took <= 1.1 * perfect, took / perfect


def without_media(directory: Path) -> None:
    """A build without GStreamer makes clips, and says of the rest what is missing, before anything is bought."""
    with service(directory, *QUICK, "--clip", str(short_clip(directory))) as one:
        storyboard = prompts(directory, 2)
        for words in (("film", storyboard, "-o", "film.mp4"), ("film", storyboard, "--music", "x.ogg", "--dry-run"),
                      ("batch", storyboard, "--continue"), ("batch", storyboard, "--continue-from", "x.mp4")):
            _, errors = one.end(*words, *MODEL, code=2)
            assert "needs GStreamer" in errors and "built without it" in errors and "-Dmedia=enabled" in errors, errors
        assert one.state()["creates"] == 0
        one.run("batch", storyboard, *MODEL, "-o", "{index}.mp4", "--metadata", "--sidecar")
        assert tags(directory / "2.mp4")["title"] == "clip number 2" and (directory / "1.mp4.json").exists()


TESTS = [continue_from, jobs, on_error, music, commands, piped, on_terminal, interrupted, packing, without_media]


def main() -> int:
    test = {test.__name__: test for test in TESTS}[sys.argv[3]]
    with tempfile.TemporaryDirectory() as directory:
        test(Path(directory).resolve())
    print("ok:", test.__doc__)
    return 0


if __name__ == "__main__":
    sys.exit(main())
