#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The habits that docs/command-line.md promises, a function each, by the words of the table's rows.

usage: habits_test.py TOOL SIMULATOR PAGE
"""

import fcntl
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import termios
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
import clips  # noqa: E402
from service import Service, tags  # noqa: E402

TOOL, SIMULATOR, PAGE = sys.argv[1:4]
MODEL = "--model=ltx-mini"


def until(condition, seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it does not happen"
        time.sleep(0.05)


def on_terminal(one: Service, line: str, keys: bytes = b"", behind: str = "") -> tuple[str, int]:
    """What a shell's line shows on a terminal, and its exit code. `keys` are typed once `behind` is shown."""
    reader, writer = pty.openpty()
    process = subprocess.Popen(["bash", "-c", line], cwd=one.directory, stdin=writer, stdout=writer, stderr=writer,
                               start_new_session=True, env=one.environment | {"TERM": "xterm"},
                               preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
    os.close(writer)
    text = b""
    try:
        while more := os.read(reader, 65536):
            text += more
            if keys and behind in text.decode(errors="replace"):
                os.write(reader, keys)
                keys = b""
    except OSError:  # the other end is closed
        pass
    return text.decode(errors="replace"), process.wait()


def called_alone(one: Service) -> None:
    assert "Usage: airforce-video COMMAND" in one.run()


def the_version(one: Service) -> None:
    assert re.fullmatch(r"airforce-video \d+\.\d+\.\d+\S*\n", one.run("--version"))


def list_and_remove(one: Service) -> None:
    task = one.lines("generate", MODEL, "-o", "a.mp4", "A fox")[-1]["task_id"]
    assert task in one.run("ls")
    one.run("rm", "-y", task)
    assert task not in one.run("list")


def fetch_again(one: Service) -> None:
    task = one.lines("generate", MODEL, "-o", "a.mp4", "A fox")[-1]["task_id"]
    for command in ("download", "get"):
        one.run(command, task, "-o", f"{command}.mp4")
        assert (one.directory / f"{command}.mp4").read_bytes() == (one.directory / "a.mp4").read_bytes()


def several__one_of_them_wrong(one: Service) -> None:
    task = one.lines("generate", MODEL, "-o", "a.mp4", "A fox")[-1]["task_id"]
    for words in (("status",), ("get", "-o", "{task_id}.mp4"), ("rm", "-y")):
        out, errors = one.end(words[0], "vid_none", task, "vid_other", *words[1:], code=5)
        assert task in out and "vid_none" in errors and "vid_other" in errors, (words, out, errors)
    assert (one.directory / f"{task}.mp4").exists() and task not in one.run("list")


def ask_before_deleting(one: Service) -> None:
    task = one.lines("generate", MODEL, "-o", "a.mp4", "A fox")[-1]["task_id"]
    assert "--yes" in one.end("delete", task, code=2)[1]
    assert task in one.run("list")


def for_a_program(one: Service) -> None:
    assert not one.run("models").startswith("{")
    assert one.lines("models")[0]["event"] == "model"


def name_of_the_file(one: Service) -> None:
    one.run("generate", MODEL, "-o", "{slug}.mp4", "A red fox")
    assert (one.directory / "a-red-fox.mp4").exists()


def to_standard_output(one: Service) -> None:
    clip = subprocess.run([TOOL, "generate", MODEL, "-o", "-", "A fox"], env=one.environment, cwd=one.directory, check=True,
                          capture_output=True).stdout
    assert clip[4:8] == b"ftyp"


def a_file_that_exists(one: Service) -> None:
    (one.directory / "fox.mp4").write_text("mine", encoding="utf-8")
    before = one.state()["creates"]
    assert "--force" in one.end("generate", MODEL, "-o", "fox.mp4", "A fox", code=15)[1]
    assert one.state()["creates"] == before
    one.run("generate", MODEL, "-o", "fox.mp4", "--force", "A fox")


def what_a_file_is(one: Service) -> None:
    one.run("generate", MODEL, "-o", "fox.mp4", "--embed-metadata", "--write-info-json", "--write-thumbnail", "A fox")
    assert tags(one.directory / "fox.mp4")["title"] == "A fox"
    assert (one.directory / "fox.mp4.json").exists()


def defaults(one: Service) -> None:
    (one.directory / "config").mkdir(exist_ok=True)
    (one.directory / "config" / "airforce-video.toml").write_text('model = "ltx-mini"\nmax-cost-cents = 0\n', encoding="utf-8")
    assert "--max-cost-cents" in one.end("generate", "-o", "a.mp4", "A fox", code=4)[1]
    one.run("generate", "-o", "b.mp4", "A fox", AIRFORCE_MAX_COST_CENTS="5")
    one.run("generate", "-o", "c.mp4", "--max-cost-cents=5", "A fox")


def a_mistyped_command_or_option(one: Service) -> None:
    assert "'generate'?" in one.end("gen", code=2)[1]
    assert "'download'?" in one.end("donwload", code=2)[1]
    assert "--model?" in one.end("generate", "--modle=x", "A fox", code=2)[1]
    assert "ltx-mini?" in one.end("generate", "--model=ltx-min", "A fox", code=2)[1]


def attached_short_values(one: Service) -> None:
    one.run("generate", "-mltx-mini", "-ofox.mp4", "A fox")
    assert len(one.run("list", "-n1").splitlines()) == 2


def many_from_a_file(one: Service) -> None:
    (one.directory / "p.txt").write_text("# two\nA fox\n\nA hare\n", encoding="utf-8")
    one.run("batch", "p.txt", MODEL, "-o", "{slug}.mp4")
    assert (one.directory / "a-fox.mp4").exists() and (one.directory / "a-hare.mp4").exists()
    process = subprocess.run([TOOL, "batch", "-", MODEL, "-o", "in-{slug}.mp4"], input="A wolf\n", text=True, env=one.environment,
                             cwd=one.directory, capture_output=True, check=True)
    assert (one.directory / "in-a-wolf.mp4").exists(), process


def several_at_a_time(one: Service) -> None:
    (one.directory / "p.txt").write_text("A fox\nA hare\n", encoding="utf-8")
    for words in (("-j", "2"), ("-j2",), ("--jobs=2",)):
        assert "0:30 to 4:00" in one.run("batch", "p.txt", MODEL, "--dry-run", *words)


def only_look(one: Service) -> None:
    (one.directory / "p.txt").write_text("A fox\n", encoding="utf-8")
    before = one.state()["creates"]
    assert "Nothing was bought" in one.run("batch", "p.txt", MODEL, "--dry-run")
    assert one.state()["creates"] == before


def continue_after_an_error(one: Service) -> None:
    (one.directory / "p.txt").write_text("A fox\nA hare\n", encoding="utf-8")
    with Service(TOOL, SIMULATOR, one.directory, "--task-seconds=0.2", "--fault", "task:failed,times=1") as failing:
        failing.end("batch", "p.txt", MODEL, "-j1", "--on-error=skip", "-o", "{slug}.mp4", code=12)
    assert (one.directory / "a-hare.mp4").exists() and not (one.directory / "a-fox.mp4").exists()


def a_command_for_each_file(one: Service) -> None:
    (one.directory / "p.txt").write_text("A fox\n", encoding="utf-8")
    one.run("batch", "p.txt", MODEL, "-o", "{slug}.mp4", "--exec", "cp {} copy.mp4")
    assert (one.directory / "copy.mp4").exists()


def interrupted(one: Service) -> None:
    with Service(TOOL, SIMULATOR, one.directory, "--task-seconds=2") as slow:
        words = ("generate", MODEL, "-o", "fox.mp4", "A fox")
        process = slow.start(*words)
        while slow.state()["creates"] == 0:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 130 and "airforce-video download" in errors, errors
        slow.run(*words)
        assert slow.state()["creates"] == 1 and (one.directory / "fox.mp4").exists()


def interrupted_twice(one: Service) -> None:
    (one.directory / "p.txt").write_text("A fox\n", encoding="utf-8")
    # What is waited for is another program, which does not hear of it.
    process = one.start("batch", "p.txt", MODEL, "-o", "{slug}.mp4", "--exec", "touch started; sleep 20; :")
    until(lambda: (one.directory / "started").exists())
    process.send_signal(signal.SIGINT)
    time.sleep(0.5)
    assert process.poll() is None, "it does not wait"
    process.send_signal(signal.SIGINT)
    process.wait(timeout=20)
    assert process.returncode == -signal.SIGINT, process.returncode


def another_format_by_name(one: Service) -> None:
    (one.directory / "p.txt").write_text("A fox\n", encoding="utf-8")
    for words in (("generate", "A fox", "-o", "fox.webm"), ("batch", "p.txt", "-o", "{slug}.mkv"), ("film", "p.txt", "-o", "film.GIF")):
        errors = one.end(*words, MODEL, code=15)[1]
        assert "MP4" in errors and "name it" in errors, errors
    assert one.state()["creates"] == 0


def into_a_pager(one: Service) -> None:
    # On a terminal, where only the table's own stream is another.
    shown, _ = on_terminal(one, f"{TOOL} models | cat -v")
    assert "ltx-mini" in shown and "^[" not in shown and "{" not in shown, shown
    shown, _ = on_terminal(one, f"set -o pipefail; {TOOL} list >/dev/null; {TOOL} models | exec true; echo code $?")
    assert "airforce-video:" not in shown and ("code 141" in shown or "code 0" in shown), shown
    if shutil.which("less"):
        shown, code = on_terminal(one, f"{TOOL} models | less", b"q", "ltx-mini")
        assert code == 0 and "airforce-video:" not in shown, shown


def quiet(one: Service) -> None:
    assert one.end("generate", MODEL, "-q", "-o", "fox.mp4", "A fox")[1] == ""


def no_colours(one: Service) -> None:
    out, errors = one.end("generate", MODEL, "-o", "fox.mp4", "A fox")
    assert "\x1b" not in out + errors
    shown, code = on_terminal(one, f"NO_COLOR=1 {TOOL} generate {MODEL} -o hare.mp4 'A hare'")
    assert code == 0 and "Saved" in shown and not re.search(r"\x1b\[[0-9;]*m", shown), shown


def completion(one: Service) -> None:
    assert "complete -F" in one.run("completion", "bash")
    task = one.lines("generate", MODEL, "-o", "fox.mp4", "A fox")[-1]["task_id"]
    assert one.run("--complete", "status", task[:5]).splitlines() == [task]
    one.run("models")
    assert "ltx-mini" in one.run("--complete", "generate", "--model", "ltx").splitlines()
    assert "fish" in one.end("completion", "tcsh", code=2)[1]


def rows() -> list[str]:
    table = Path(PAGE).read_text(encoding="utf-8").split("| habit | gh |", 1)[1].split("\n\n", 1)[0]
    return [line.split("|")[1].strip() for line in table.splitlines()[2:]]


def main() -> int:
    habits = [row.replace(" ", "_").replace(",", "_") for row in rows()]
    missing = [habit for habit in habits if not callable(globals().get(habit))]
    assert not missing, f"habits without a test: {missing}"
    with tempfile.TemporaryDirectory() as made:
        clip = Path(made) / "clip.mp4"
        clips.stock(*clips.PICTURE, *clips.H264, *clips.FRONT, clip)
        for habit in habits:
            with tempfile.TemporaryDirectory() as directory:
                with Service(TOOL, SIMULATOR, Path(directory).resolve(), "--task-seconds=0.1", "--clip", str(clip)) as one:
                    globals()[habit](one)
            print("ok:", habit.replace("_", " "))
    return 0


if __name__ == "__main__":
    sys.exit(main())
