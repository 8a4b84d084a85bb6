#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The options of film and batch, each by what it leaves: files, purchases, output.

usage: storyboard_test.py TOOL SIMULATOR TEST
"""

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
import termios
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from service import Service, tags  # noqa: E402
from storyboards import MODEL, QUICK, SIMULATOR, TOOL, clips, prompts, run_named, service, short_clip, until  # noqa: E402


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
        _, errors = one.end("batch", "shots.txt", *MODEL, "--continue-from", "none.mp4", "-o", "x{index}.mp4", code=2)
        assert "--continue-from cannot use 'none.mp4'" in errors and one.state()["creates"] == 3, errors
        out = one.run("film", "shots.txt", *MODEL, "--continue-from", "first.mp4", "--dry-run")
        # The first is paid for; what continues it is known once it runs.
        assert one.state()["creates"] == 3 and " paid " in out and ", 200 cents" in out, out


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
            assert errors.count("could not make this clip") == 1 and "airforce-video: shot" not in errors, errors
            assert ", shot 2 failed; the same command makes the rest" in out, (out, errors)
            # What failed was refunded: the same command makes it, and nothing else again.
            one.run("batch", "shots.jsonl", *MODEL, "-o", "{index}.mp4")
            assert sorted(path.stem for path in work.glob("*.mp4")) == ["1", "2", "3", "4"]
            assert one.state()["creates"] == 5, one.state()


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
        notified = directory / "notified"
        until(lambda: notified.exists() and notified.read_text(encoding="utf-8"))
        assert notified.read_text(encoding="utf-8") == "airforce-video 2 of 2 shots are made\n"
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
        assert out == "Saved 3 clips. Charged 600 cents.\n", out
        assert "\x1b" not in errors and "\r" not in errors, errors
        for shot in (1, 2, 3):
            assert re.search(rf"^shot {shot}: saved a{shot}\.mp4$", errors, re.M), errors
        assert len(errors.splitlines()) <= 3 * 8, errors
        out, errors = one.end(*words, "b{index}.mp4", "--quiet")
        assert out == "Saved 3 clips. Nothing was charged now.\n" and not errors, (out, errors)
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
            process = subprocess.Popen([TOOL, "batch", "prompts.txt", *MODEL, "-o", f"{columns}-{{index}}.mp4",
                                        "--exec", "echo made {}; echo over >&2; ! read line"], cwd=directory, stdin=writer,
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
            assert left[-1].startswith("Saved 6 clips. ") and left.count("over") == 6, left
            assert all(re.match(r"(shot \d: s|S)aved |made |over$", line) for line in left), left


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
        assert "0 of 3 shots are made and kept" in out, out
        last = errors.splitlines()[-1]
        assert "interrupted; 3 shots that were bought are not saved yet" in last and "the same command resumes" in last, errors
        assert "task_id=" not in errors and errors.count("the same command") == 1, errors
        assert "Nothing was charged now" in one.run(*words)
        assert one.state()["creates"] == 3 and len(list(directory.glob("[123].mp4"))) == 3
        # What appears under a name meanwhile is somebody else's.
        (directory / "prompts.txt").write_text("clip number 1\nclip number 2\nclip number 3\nclip number 4\n", encoding="utf-8")
        process = one.start(*words[:-2])
        while one.state()["creates"] < 4 and time.monotonic() < deadline:
            time.sleep(0.05)
        (directory / "4.mp4").write_text("mine", encoding="utf-8")
        process.communicate(timeout=60)
        assert (directory / "4.mp4").read_text(encoding="utf-8") == "mine"


def given_files(directory: Path) -> None:
    """What is given and cannot be used is named with its option and what to do, before anything is bought."""
    os.mkfifo(directory / "pipe")
    (directory / "empty.txt").write_text("# nothing\n", encoding="utf-8")
    (directory / "text.txt").write_text("no media\n", encoding="utf-8")
    with service(directory) as one:
        shots = prompts(directory, 2)
        for name in ("none", ".", "pipe", "text.txt"):
            for words in (("film", shots, "--music", name, "-o", "film.mp4"), ("batch", shots, "--continue-from", name)):
                for plan in ((), ("--dry-run",)):
                    _, errors = one.end(*words, *MODEL, *plan, code=2)
                    assert f"{words[2]} cannot use '{name}': " in errors and "nothing was charged" in errors, errors
                    assert errors.rstrip().endswith(f"name another file with {words[2]}"), errors
        for words, code, text in (
            (("film", "empty.txt"), 2, "there is no shot"),
            (("film", shots, "-o", "."), 15, "it is a directory"),
            (("batch", shots, "--budget", "w"), 2, "budget must be NAME=CENTS"),
            (("batch", "none.txt"), 2, "cannot read the storyboard"),
        ):
            _, errors = one.end(*words, *MODEL, code=code)
            assert text in errors and "nothing was charged" in errors and len(errors.splitlines()) == 1, errors
        assert one.state()["creates"] == 0


def mistakes(directory: Path) -> None:
    """A mistake in an option or a storyboard is named in the words of what was written, before anything is bought."""
    clips.stock(*clips.PICTURE, *clips.H264, directory / "silent.mp4")
    boards = {
        "fields.jsonl": ('{"shots": []}\n', "its fields are continue, prompt, model, mode, duration_seconds, aspect_ratio, quality, input_images,"),
        "value.jsonl": ('{"prompt": "a", "duration_seconds": "3s"}\n', "value.jsonl:1: duration_seconds must be"),
        "missing.jsonl": ('{"seed": 1}\n', 'missing.jsonl:1: no prompt: add "prompt": "..."'),
        "mixed.txt": ('A fox\n{"prompt": "A hare"}\n', "mixed.txt:2: a JSON object in a storyboard of text"),
        "one.jsonl": ('{"prompt": "a", "location": "x.mp4"}\n\n{"prompt": "b", "location": "x.mp4"}\n',
                      'shots 1 and 2 would both be saved as \'x.mp4\'; nothing was charged; give each a "location" of its own'),
    }
    with service(directory, *QUICK, "--clip", str(short_clip(directory))) as one:
        shots = prompts(directory, 2)
        for name, (text, wanted) in boards.items():
            (directory / name).write_text(text, encoding="utf-8")
            errors = one.end("batch", name, *MODEL, code=2)[1]
            assert wanted in errors and "nothing was charged" in errors, errors
        for words, wanted in (
            (("film", shots, "--music", ""), "--music needs the name of a file"),
            (("batch", shots, "--continue-from", ""), "--continue-from needs the name of a file"),
            (("batch", "--max-cost-cents=", shots), "--max-cost-cents needs a value"),
            (("film", shots, "--music", "silent.mp4"), "there is none, or none that GStreamer can decode here"),
            (("batch", shots, "-o", "same.mp4"), "put {index} or {task_id} into --output"),
        ):
            errors = one.end(*words, *MODEL, code=2)[1]
            assert wanted in errors and "nothing was charged" in errors, errors
        assert one.state()["creates"] == 0
        out, errors = one.end("film", "value.jsonl", *MODEL, "--dry-run", code=2)
        (directory / "value.jsonl").write_text('{"prompt": "a", "location": "x.mp4"}\n', encoding="utf-8")
        out, errors = one.end("film", "value.jsonl", *MODEL, "--dry-run")
        assert "the location of a shot counts in a batch only" in errors and "\n1 shot, " in out, (out, errors)
        # No command takes a file for an option.
        one.run("batch", shots, *MODEL, "-o", "-{index}.mp4", "--exec", 'ls {} "$AIRFORCE_CLIP"')


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
    """A build without GStreamer plans and makes clips, and says of the rest what is missing, before anything is bought."""
    with service(directory, *QUICK, "--clip", str(short_clip(directory))) as one:
        storyboard = prompts(directory, 2)
        for words in (("film", storyboard, "-o", "film.mp4"), ("film", storyboard, "--music", "x.ogg"),
                      ("batch", storyboard, "--continue"), ("batch", storyboard, "--continue-from", "x.mp4")):
            _, errors = one.end(*words, *MODEL, code=2)
            assert "needs GStreamer" in errors and "built without it" in errors and "-Dmedia=enabled" in errors, errors
            out, errors = one.end(*words, *MODEL, "--dry-run")
            assert "400 cents" in out and "warning: " in errors and "needs GStreamer" in errors, (out, errors)
            lines = one.lines(*words, *MODEL, "--dry-run")
            assert lines[0]["event"] == "warning" and lines[-1]["total_cents"] == 400, lines
        assert one.state()["creates"] == 0
        one.run("batch", storyboard, *MODEL, "-o", "{index}.mp4", "--metadata", "--sidecar")
        assert tags(directory / "2.mp4")["title"] == "clip number 2" and (directory / "1.mp4.json").exists()


def plan_without_media(directory: Path) -> None:
    """Where GStreamer's elements are not installed, a plan needs none of them, and a film is refused before anything is bought."""
    nothing = {"GST_PLUGIN_SYSTEM_PATH_1_0": str(directory), "GST_PLUGIN_PATH_1_0": str(directory), "GST_PLUGIN_PATH": str(directory),
               "GST_REGISTRY_1_0": str(directory / "registry")}
    with service(directory, *QUICK) as one:
        words = ("film", prompts(directory, 2), *MODEL, "--continue", "-o", "film.mp4")
        out, errors = one.end(*words, "--dry-run", **nothing)
        assert "400 cents" in out and "warning: film needs the GStreamer element" in errors, (out, errors)
        errors = one.end(*words, code=2, **nothing)[1]
        assert "gstreamer1.0-plugins-good" in errors and one.state()["creates"] == 0, errors


if __name__ == "__main__":
    sys.exit(run_named([continue_from, jobs, on_error, commands, piped, on_terminal, interrupted, packing, without_media, plan_without_media,
                        given_files, mistakes]))
