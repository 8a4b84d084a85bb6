# SPDX-License-Identifier: LGPL-2.1-or-later
"""How soon a cancellation, a timeout or Ctrl-C ends each wait."""
import contextlib
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time

import bodies
import front_ends
import lookup
import places
from mounts import DeadMount
from service import Case
from support import FULL, GRACE, HostileCase, main

# Within which a cancelled call returns. A busy machine may keep it from running for some time.
AT_ONCE = 0.05 if FULL else 2.0
MEGABYTE = 1 << 20


class CancelTest(HostileCase):
    """Each wait is one place in which a call can be stuck; the service says when it is reached."""

    def cancelled(self, reached, **settings):
        outcome = self.c_api.run(cancel_when=lambda: places.wait_until(reached), cancel_after=0.2, poll_interval=0.1,
                                 **{"timeout": 60, "store": self.directory / f"{self.number()}.sqlite", **settings})
        if outcome.kind != "cancelled":
            return f"ends as {outcome.kind or 'success'}: {outcome.text[:300]}"
        return outcome.seconds > AT_ONCE and f"took {outcome.seconds * 1000:.0f} ms"

    def at(self, wait, **how):
        """Stuck in an answer of the service for an existing task."""
        reached = threading.Event()

        def answer(handler):
            reached.set()
            wait(handler)

        case = self.case(**{name: answer for name in how if how[name] is None}, **{name: how[name] for name in how if how[name]})
        return self.cancelled(reached.is_set, task_id=case.id)

    def in_create(self, wait):
        reached = threading.Event()

        def answer(handler):
            reached.set()
            wait(handler)

        self.service.cases[f"create {id(wait)}"] = Case("vid_x", create=answer)
        return self.cancelled(reached.is_set, prompt=f"create {id(wait)}", model="wan-2.6")

    def in_models(self):
        reached = threading.Event()

        def answer(handler):
            reached.set()
            handler.silence()

        self.service.models = answer
        try:
            return self.cancelled(reached.is_set, prompt="models", model="wan-2.6")
        finally:
            self.service.models = None

    def connecting(self):
        """To a port whose queue is full, so that the handshake is never answered."""
        listening = socket.socket()
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        waiting = []
        for _ in range(4):
            one = socket.socket()
            one.setblocking(False)
            one.connect_ex(listening.getsockname())
            waiting.append(one)
        try:
            return self.cancelled(lambda: True, task_id="vid_1", base_url=f"http://127.0.0.1:{listening.getsockname()[1]}")
        finally:
            for one in (*waiting, listening):
                one.close()

    def in_tls(self):
        """In a handshake that is never answered."""
        listening = socket.create_server(("127.0.0.1", 0))
        accepted = threading.Event()

        def accept():
            connection, _ = listening.accept()
            connection.recv(1)
            accepted.set()
            self.service.stopping.wait(10)
            connection.close()

        threading.Thread(target=accept, daemon=True).start()
        try:
            return self.cancelled(accepted.is_set, task_id="vid_1", base_url=f"https://127.0.0.1:{listening.getsockname()[1]}")
        finally:
            listening.close()

    def in_a_pipe(self, **settings):
        pipe = self.directory / f"{self.number()}.fifo"
        os.mkfifo(pipe)
        return self.cancelled(lambda: True, model="wan-2.6", **{name: pipe for name in settings})

    def in_a_device(self, **settings):
        """In a terminal that nobody types at."""
        master, slave = os.openpty()
        try:
            return self.cancelled(lambda: True, **{"model": "wan-2.6", **{name: os.ttyname(slave) for name in settings}})
        finally:
            os.close(master)
            os.close(slave)

    def in_a_dead_mount(self, name, **settings):
        """Behind a file system whose server answers nothing."""
        with DeadMount(self.directory / f"{self.number()}.mount") as mount:
            return self.cancelled(lambda: True, **{"model": "wan-2.6", **settings, name: mount / "file.png"})

    def in_a_lookup(self, wanted="cancelled", seconds=AT_ONCE):
        """Of a host, at a name server that answers nothing."""
        done = subprocess.run(["unshare", "--mount", sys.executable, lookup.__file__, wanted, str(seconds)], env=self.env(self.place()),
                              stdout=subprocess.PIPE, text=True, check=False)
        return done.stdout.strip() or (done.returncode and f"ends as {done.returncode}")

    def in_the_store(self):
        """Behind another program that holds the store's lock."""
        store = self.directory / f"{self.number()}.sqlite"
        self.buy("a store", self.case(body=bodies.movie(bodies.TRAK)), store=store)
        holder = sqlite3.connect(store, isolation_level=None)
        holder.execute("BEGIN EXCLUSIVE")
        try:
            return self.cancelled(lambda: True, prompt="another", model="wan-2.6", store=store)
        finally:
            holder.execute("ROLLBACK")
            holder.close()

    def in_redis(self):
        """At a Redis that accepts and says nothing."""
        listening = socket.create_server(("127.0.0.1", 0))
        try:
            return self.cancelled(lambda: True, prompt="redis", model="wan-2.6",
                                  store=f"redis://127.0.0.1:{listening.getsockname()[1]}")
        finally:
            listening.close()

    def test_a_cancellation_ends_each_wait_at_once(self):
        running = {"status": "running", "progress": 1, "result_url": ...}
        head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
        opened = bodies.FTYP + bodies.box(b"moov", bodies.TRAK)

        def silent_stream(handler):
            handler.raw(head)
            handler.silence()

        rows = [
            ("connecting", self.connecting),
            ("in a handshake of TLS", self.in_tls),
            ("before the models", self.in_models),
            ("before a create's answer", lambda: self.in_create(places.silent)),
            ("in heads of a create's answer", lambda: self.in_create(places.endless_heads)),
            ("before a poll's answer", lambda: self.at(places.silent, poll=None)),
            ("in heads of a poll's answer", lambda: self.at(places.endless_heads, poll=None)),
            ("in 102 without an end", lambda: self.at(places.endless_continue, poll=None)),
            ("in the body of a poll's answer", lambda: self.at(places.silent_body, poll=None)),
            ("in a pause that the service asked for", lambda: self.at(places.too_many_requests, poll=None)),
            ("before a stream", lambda: self.at(places.silent, stream=None, task=running)),
            ("in a stream", lambda: self.at(silent_stream, stream=None, task=running)),
            ("before a clip's head", lambda: self.at(places.silent, clip=None)),
            ("in a clip's beginning", lambda: self.at(places.promised_clip(1000, b"\0"), clip=None)),
            ("in a clip's boxes", lambda: self.at(places.endless_clip(bodies.FTYP, bodies.box(b"free") * 5), clip=None)),
            ("in a clip that has opened", lambda: self.at(places.promised_clip(10 * MEGABYTE, opened), clip=None)),
            ("in a prompt file that is a pipe", lambda: self.in_a_pipe(prompt_file=True)),
            ("in a prompt file that is a device", lambda: self.in_a_device(prompt_file=True)),
            ("in a key file that is a pipe", lambda: self.in_a_pipe(api_key_file=True)),
            ("in a key file that is a device", lambda: self.in_a_device(api_key_file=True)),
            ("in a store that is locked", self.in_the_store),
            ("in a Redis that is silent", self.in_redis),
        ]
        if DeadMount.is_possible(self.directory):
            rows += [
                ("in a prompt file on a dead mount", lambda: self.in_a_dead_mount("prompt_file")),
                ("in a key file on a dead mount", lambda: self.in_a_dead_mount("api_key_file")),
                ("in an image on a dead mount", lambda: self.in_a_dead_mount("input_images", prompt="x")),
                ("in a store on a dead mount", lambda: self.in_a_dead_mount("store", prompt="x")),
                ("in an output on a dead mount", lambda: self.in_a_dead_mount("location", prompt="x")),
                ("in an output of a task on a dead mount", lambda: self.in_a_dead_mount("location", task_id="vid_1")),
            ]
        if lookup.can_replace_resolver():
            rows.append(("in a lookup of the service's host", self.in_a_lookup))
        self.hold(rows, 1 if FULL else 4)

    def test_a_lookup_ends_with_the_timeout(self):
        if not lookup.can_replace_resolver():
            self.skipTest("needs the right to mount")
        self.hold([("of the service's host", lambda: self.in_a_lookup("timeout", lookup.TIMEOUT + GRACE))])


class InterruptTest(HostileCase):
    """Ctrl-C ends a program that waits for a file."""

    def interrupted(self, command, more, mounted=False):
        directory = self.place()
        directory.mkdir()
        with DeadMount(directory / "mount") if mounted else contextlib.nullcontext() as mount:
            path = mount / "file" if mounted else directory / "pipe"
            if not mounted:
                os.mkfifo(path)

            def named(text):
                return str(text).replace("PIPE", str(path))

            env = self.env(directory, **{name: named(value) for name, value in more.items()})
            # What runs in the background of a shell ignores the signal, and so would the program.
            with subprocess.Popen([named(word) for word in command], cwd=directory, env=env, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL,
                                  preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)) as process:
                # Nobody can see who waits for a dead mount.
                places.wait_until(lambda: not mounted and self.is_read(path), 1 if mounted else 30)
                ended = mounted and process.poll() is not None  # a pipe has had a writer for a moment
                begin = time.monotonic()
                process.send_signal(signal.SIGINT)
                try:
                    process.wait(30)
                except subprocess.TimeoutExpired:
                    process.kill()
                    return "does not end"
        seconds = time.monotonic() - begin
        return ended and "did not wait" or seconds > 1 + GRACE / 2 and f"took {seconds:.1f} s"

    @staticmethod
    def is_read(pipe):
        try:
            os.close(os.open(pipe, os.O_WRONLY | os.O_NONBLOCK))
            return True
        except OSError:
            return False

    def test_ctrl_c_ends_a_program_that_waits_for_a_file(self):
        cli = [front_ends.CLI, "generate", "--model=wan-2.6", "--output=x.mp4"]
        rows = {
            "prompt file, cli": [*cli, "--prompt-file=PIPE"],
            "key file, cli": ([*cli, "--prompt=x"], {"AIRFORCE_API_KEY": "", "AIRFORCE_API_KEY_FILE": "PIPE"}),
            "configuration, cli": [*cli, "--prompt=x", "--config=PIPE"],
            "storyboard, cli film": [front_ends.CLI, "film", "PIPE", "--output=x.mp4"],
            "storyboard, cli batch": [front_ends.CLI, "batch", "PIPE", "--output={n}.mp4"],
        }
        if "element" in self.programs:
            launch = ["gst-launch-1.0", "-q", "airforcevideosrc", "model=wan-2.6"]
            rows["prompt file, element"] = [*launch, "prompt-file=PIPE", "!", "fakesink"]
            rows["storyboard, element"] = [*launch, "storyboard=PIPE", "!", "fakesink"]
        if "filter" in self.programs:
            rows["prompt file, filter"] = ["ffmpeg", "-nostdin", "-f", "lavfi", "-i", "airforcevideosrc=model=wan-2.6:prompt_file=PIPE",
                                           "-f", "null", "-"]
        def row(command, mounted):
            return self.interrupted(*(command if isinstance(command, tuple) else (command, {})), mounted)

        table = [(name, lambda command=command: row(command, False)) for name, command in rows.items()]
        if DeadMount.is_possible(self.directory):
            rows["output, cli"] = [front_ends.CLI, "generate", "--model=wan-2.6", "--prompt=x", "--output=PIPE"]
            table += [(f"{name}, dead mount", lambda command=command: row(command, True)) for name, command in rows.items()]
        self.hold(table, 4)

    def test_a_channel_whose_storyboard_does_not_come_fails_in_time(self):
        if "element" not in self.programs:
            self.skipTest("no gst-launch-1.0")

        def row(path):
            directory = self.place()
            outcome = front_ends.program(["gst-launch-1.0", "-q", "airforcechannelsrc", f"storyboard={path}", "!", "fakesink"], directory,
                                         self.env(directory))
            if outcome.ok or "could not be read within" not in outcome.text:
                return f"says {outcome.text[-300:]!r}"
            return outcome.seconds > 6 + GRACE and f"took {outcome.seconds:.1f} s"

        pipe = self.directory / "storyboard.fifo"
        os.mkfifo(pipe)
        rows = [("a pipe without a writer", lambda: row(pipe))]
        with contextlib.ExitStack() as mounts:
            if DeadMount.is_possible(self.directory):
                mount = mounts.enter_context(DeadMount(self.directory / "storyboard.mount"))
                rows.append(("a dead mount", lambda: row(mount / "file")))
            self.hold(rows)


if __name__ == "__main__":
    main()
