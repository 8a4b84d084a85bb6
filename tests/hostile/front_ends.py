# SPDX-License-Identifier: LGPL-2.1-or-later
"""The front ends, each asked for the clip of a task. What comes back is an Outcome."""
import ctypes
import dataclasses
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import threading
import time

from service import KEY

BUILD = pathlib.Path(os.environ.get("AIRFORCE_BUILD", "build")).resolve()
CORE = BUILD / "common/capi/libairforcevideo.so.0"
CLI = BUILD / "tools/airforce-video/airforce-video"
PLUGIN = BUILD / "gst"
DROP_IN = BUILD / "ffmpeg-filter/drop-in/lib"
HONEST = "honest"  # the prompt of a clip that plays
SECONDS = 120  # no front end may take longer, whatever the machine is busy with

KINDS = ("", "settings", "budget", "not-authorized", "not-found", "rejected", "busy", "network", "server", "protocol", "unknown-create",
         "task-failed", "timeout", "clip", "file", "store", "cancelled", "interrupted", "internal")


@dataclasses.dataclass
class Outcome:
    ok: bool
    text: str = ""       # all that it said
    kind: str = ""       # of the error, where the front end says it
    charge: str = ""
    seconds: float = 0
    kept: tuple = ()     # files that it left
    events: list = dataclasses.field(default_factory=list)
    megabytes: float = 0


class Task(ctypes.Structure):
    _fields_ = [("task_id", ctypes.c_char_p), ("status", ctypes.c_char_p), ("model", ctypes.c_char_p), ("progress", ctypes.c_int),
                ("created", ctypes.c_int64), ("expires_at", ctypes.c_int64), ("cost_cents", ctypes.c_double),
                ("duration_seconds", ctypes.c_int), ("error_type", ctypes.c_char_p), ("error_message", ctypes.c_char_p)]


class Event(ctypes.Structure):
    _fields_ = [("kind", ctypes.c_int), ("phase", ctypes.c_int), ("percent", ctypes.c_int), ("place", ctypes.c_int),
                ("price_cents", ctypes.c_double), ("bytes", ctypes.c_int64), ("total_bytes", ctypes.c_int64), ("text", ctypes.c_char_p),
                ("task", ctypes.POINTER(Task))]


def said(event):
    """All texts of an event, each in a line."""
    texts = [event.text]
    if event.task:
        task = event.task.contents
        texts += [task.task_id, task.status, task.model, task.error_type, task.error_message]
    return "\n".join(text.decode() for text in texts if text)


EVENT_FUNC = ctypes.CFUNCTYPE(None, ctypes.POINTER(Event), ctypes.c_void_p)


def load_core():
    core = ctypes.CDLL(str(CORE))
    for name in ("settings_new", "generation_new"):
        getattr(core, f"airforce_{name}").restype = ctypes.c_void_p
    for name in ("text", "message", "charge_name", "task_id", "next_step"):
        function = getattr(core, f"airforce_error_{name}")
        function.restype, function.argtypes = ctypes.c_char_p, [ctypes.c_void_p]
    core.airforce_settings_set.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_void_p]
    core.airforce_settings_set_uri.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
    core.airforce_settings_free.argtypes = [ctypes.c_void_p]
    core.airforce_generation_new.argtypes = [ctypes.c_void_p, EVENT_FUNC, ctypes.c_void_p]
    core.airforce_generation_run.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
    core.airforce_generation_wait_complete.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
    core.airforce_generation_cancel.argtypes = [ctypes.c_void_p]
    core.airforce_generation_free.argtypes = [ctypes.c_void_p]
    core.airforce_error_kind.argtypes = [ctypes.c_void_p]
    core.airforce_error_free.argtypes = [ctypes.c_void_p]
    return core


class CApi:
    """The C API, in this process. Its environment is this process's."""

    def __init__(self):
        self.core = load_core()

    def failed(self, error, begin, events):
        core = self.core
        outcome = Outcome(False, core.airforce_error_text(error).decode(), KINDS[core.airforce_error_kind(error)],
                          core.airforce_error_charge_name(error).decode(), time.monotonic() - begin, events=events)
        core.airforce_error_free(error)
        return outcome

    def run(self, uri=None, cancel_after=None, cancel_when=None, **settings):
        """Runs a generation to the end of the download. `cancel_when` is waited for, then it is cancelled; `seconds` counts from there."""
        core, error, events = self.core, ctypes.c_void_p(), []
        begin = time.monotonic()
        made = core.airforce_settings_new()
        for name, value in settings.items():
            if core.airforce_settings_set(made, name.encode(), str(value).encode(), ctypes.byref(error)):
                core.airforce_settings_free(made)
                return self.failed(error, begin, events)
        if uri is not None and core.airforce_settings_set_uri(made, uri.encode(), ctypes.byref(error)):
            core.airforce_settings_free(made)
            return self.failed(error, begin, events)
        func = EVENT_FUNC(lambda event, _: events.append(said(event.contents)))
        generation = core.airforce_generation_new(made, func, None)
        core.airforce_settings_free(made)
        cancelled = []

        def cancel():
            if cancel_when:
                cancel_when()
            time.sleep(cancel_after or 0)
            cancelled.append(time.monotonic())
            core.airforce_generation_cancel(generation)

        canceller = threading.Thread(target=cancel) if cancel_when or cancel_after is not None else None
        if canceller:
            canceller.start()
        failed = core.airforce_generation_run(generation, ctypes.byref(error))
        if not failed:
            failed = core.airforce_generation_wait_complete(generation, ctypes.byref(error))
        end = time.monotonic()
        if canceller:
            canceller.join()
        core.airforce_generation_free(generation)
        begin = cancelled[0] if cancelled else begin
        if failed:
            outcome = self.failed(error, begin, events)
        else:
            outcome = Outcome(True, "\n".join(events), events=events)
        outcome.seconds = end - begin
        return outcome


def environment(directory, url, **more):
    env = dict(os.environ)
    env.update(AIRFORCE_API_KEY=KEY, AIRFORCE_BASE_URL=url, AIRFORCE_STORE=f"{directory}/store.sqlite",
               AIRFORCE_VIDEO_LIBRARY=str(CORE), GST_PLUGIN_PATH=str(PLUGIN), LC_ALL="C.UTF-8", PYTHONUTF8="1")
    for name in ("CACHE", "CONFIG", "DATA", "STATE"):
        env[f"XDG_{name}_HOME"] = f"{directory}/{name.lower()}"
    env.update(more)
    return env


def peak_of(pid):
    """The most memory that a process has had, in megabytes; 0 when it has ended."""
    try:
        status = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except OSError:
        return 0
    peak = re.search(r"^VmHWM:\s*(\d+) kB", status, re.MULTILINE)
    return int(peak[1]) / 1024 if peak else 0


def program(command, directory, env, within=SECONDS):
    """Runs a program in a directory of its own; all that it says is the text. A program that hangs is ended, and is no success."""
    directory.mkdir(parents=True, exist_ok=True)
    begin = time.monotonic()
    megabytes = 0
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(list(map(str, command)), cwd=directory, env=env, stdin=subprocess.DEVNULL, stdout=output,
                                   stderr=subprocess.STDOUT)
        while process.poll() is None:
            megabytes = max(megabytes, peak_of(process.pid))
            if time.monotonic() > begin + within:
                process.kill()
                process.wait()
                output.write(f"\n[did not end within {within} s]".encode())
            time.sleep(0.01)
        seconds = time.monotonic() - begin
        output.seek(0)
        text = output.read().decode(errors="replace")
    kept = tuple(sorted(path.name for path in directory.iterdir() if path.is_file()))
    return Outcome(process.returncode == 0, text, "", "", seconds, kept, megabytes=megabytes)


def of_json(outcome):
    """Takes kind and charge from a command's JSON."""
    for line in outcome.text.splitlines():
        if line.startswith("{"):
            value = json.loads(line)
            if value.get("event") == "error":
                outcome.kind, outcome.charge = value.get("kind", ""), value.get("charge", "")
    return outcome


def cli_file(directory, env, task_id, timeout):
    return of_json(program([CLI, "download", task_id, "--json", f"--timeout={timeout}", "--output=clip.mp4"], directory, env))


def cli_stdout(directory, env, task_id, timeout):
    return program([CLI, "download", task_id, f"--timeout={timeout}", "--output=-"], directory, env)


def film(directory, env, task_id, timeout):
    """A film of one shot, whose prompt names the task that the service answers with."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "board.txt").write_text(task_id + "\n")
    return of_json(program([CLI, "film", "board.txt", "--model=wan-2.6", "--json", f"--timeout={timeout}", "--output=clip.mp4"], directory,
                           env))


def launch(directory, env, task_id, timeout, *output):
    sinks = ("!", "fakesink") if output else ()
    return program(["gst-launch-1.0", "-q", "airforcevideosrc", f"task-id={task_id}", f"timeout={timeout}", *output, *sinks], directory,
                   env)


def element_raw(directory, env, task_id, timeout):
    return launch(directory, env, task_id, timeout, "!", "video/x-raw")


def element_encoded(directory, env, task_id, timeout):
    return launch(directory, env, task_id, timeout, "output=encoded")


def element_container(directory, env, task_id, timeout):
    return program(["gst-launch-1.0", "-q", "airforcevideosrc", f"task-id={task_id}", f"timeout={timeout}", "output=container", "!",
                    "filesink", "location=clip.bin"], directory, env)


def element_film(directory, env, task_id, timeout):
    """A film whose first shot is honest; the second one is the task."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "board.txt").write_text(f"{HONEST}\n{task_id}\n")
    return program(["gst-launch-1.0", "-q", "airforcevideosrc", "model=wan-2.6", "storyboard=board.txt", f"timeout={timeout}", "!",
                    "fakesink"], directory, env)


def ffmpeg(directory, env, *arguments):
    return program(["ffmpeg", "-nostdin", "-hide_banner", "-v", "warning", *arguments], directory, {**env, "LD_LIBRARY_PATH": str(DROP_IN)})


def ffmpeg_filter(directory, env, task_id, timeout):
    return ffmpeg(directory, env, "-f", "lavfi", "-i", f"airforcevideosrc=task_id={task_id}:timeout={timeout}", "-f", "null", "-")


def ffmpeg_protocol(directory, env, task_id, timeout):
    return ffmpeg(directory, env, "-i", f"airforce://generate?task_id={task_id}&timeout={timeout}", "-c", "copy", "-f", "framecrc", "-")


def has_media():
    """Whether the command line was built with GStreamer, which joins films."""
    done = subprocess.run([CLI, "film", "--dry-run", "-", "--model=x"], input="x\n", text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          env=environment("/nonexistent", "http://127.0.0.1:1"), check=False)
    return "GStreamer" not in done.stdout


def available():
    """The front ends of this build: name to function."""
    found = {"cli": cli_file, "cli to standard output": cli_stdout}
    if has_media():
        found["film"] = film
    if shutil.which("gst-launch-1.0") and any(PLUGIN.glob("libgstairforcevideo*")):
        found.update({"element": element_raw, "element, encoded": element_encoded, "element, container": element_container,
                      "element, film": element_film})
    if DROP_IN.exists() and shutil.which("ffmpeg"):
        found.update({"filter": ffmpeg_filter, "protocol": ffmpeg_protocol})
    return found


# What a terminal, a log or a person must never get: control characters (C0 but line breaks, C1), bidirectional and invisible ones, tags.
BAD = re.compile("[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\u00ad\\u034f\\u061c\\u115f\\u1160\\u180b-\\u180f\\u200b-\\u200f\\u2028-\\u202e"
                 "\\u2060-\\u206f\\u3164\\ufe00-\\ufe0e\\ufeff\\uffa0\\ufff9-\\ufffb\\U000e0000-\\U000e0fff]")


def bad_characters(text):
    return sorted({f"U+{ord(character):04X}" for character in BAD.findall(text)})
