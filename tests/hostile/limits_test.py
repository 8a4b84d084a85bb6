# SPDX-License-Identifier: LGPL-2.1-or-later
"""How soon a cancellation ends each wait, how much memory an answer takes, and what an airforce:// URI may do."""
import contextlib
import ctypes
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

import bodies
import front_ends
import places
from service import Case
from support import FULL, GRACE, HostileCase, main

# Within which a cancelled call returns. A busy machine may keep it from running for some time.
AT_ONCE = 0.05 if FULL else 2.0
MEGABYTE = 1 << 20


class DeadMount:
    """A file system of FUSE without a server: whoever looks at a file in it waits until it is gone. Needs the right to mount."""
    LIBC = ctypes.CDLL(None, use_errno=True)

    def __init__(self, directory):
        self.directory = directory

    def __enter__(self):
        self.directory.mkdir(exist_ok=True)
        self.device = os.open("/dev/fuse", os.O_RDWR)
        options = f"fd={self.device},rootmode=40000,user_id={os.getuid()},group_id={os.getgid()}"
        if self.LIBC.mount(b"dead", bytes(self.directory), b"fuse", 0, options.encode()):
            code = ctypes.get_errno()
            os.close(self.device)
            raise OSError(code, "mount")
        return self

    def __truediv__(self, name):
        return self.directory / name

    def __exit__(self, *_):
        self.LIBC.umount2(bytes(self.directory), 2)  # MNT_DETACH
        os.close(self.device)  # whoever waits gets an error

    @classmethod
    def is_possible(cls, directory):
        try:
            with cls(directory / "mount"):
                return True
        except OSError:
            return False


def can_replace_resolver():
    return shutil.which("unshare") and subprocess.run(
        ["unshare", "--mount", "true"], stderr=subprocess.DEVNULL, check=False).returncode == 0


def cancel_a_lookup():
    """In a mount namespace of our own: says what is wrong with how a lookup is cancelled, or nothing."""
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.53", 53))
    with tempfile.NamedTemporaryFile("w") as file:
        file.write("nameserver 127.0.0.53\noptions timeout:30\n")
        file.flush()
        subprocess.run(["mount", "--bind", file.name, "/etc/resolv.conf"], check=True)
        asked = threading.Thread(target=server.recv, args=(512,), daemon=True)
        asked.start()
        outcome = front_ends.CApi().run(cancel_when=lambda: places.wait_until(lambda: not asked.is_alive()), cancel_after=0.2,
                                        timeout=60, task_id="vid_1", base_url="https://api.example")
    if outcome.kind != "cancelled":
        print(f"ends as {outcome.kind or 'success'}: {outcome.text[:300]}")
    elif outcome.seconds > AT_ONCE:
        print(f"took {outcome.seconds * 1000:.0f} ms")
    sys.stdout.flush()
    os._exit(0)  # the lookup continues


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

    def in_a_lookup(self):
        """Of a host, at a name server that answers nothing."""
        done = subprocess.run(["unshare", "--mount", sys.executable, __file__, "lookup"], env=self.env(self.place()),
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
        if can_replace_resolver():
            rows.append(("in a lookup of the service's host", self.in_a_lookup))
        self.hold(rows, 1 if FULL else 4)


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


class MemoryTest(HostileCase):
    def list_of(self, answer):
        """The most memory of a command that lists tasks, in megabytes."""
        directory = self.place()
        self.service.tasks = lambda handler: handler.send(200, answer)
        outcome = front_ends.program([front_ends.CLI, "list"], directory, self.env(directory))
        return outcome.megabytes

    def test_an_answer_takes_at_most_four_times_its_size(self):
        base = self.list_of(b'{"data":[]}')
        size = 12 * MEGABYTE
        entry = b'{"task_id":"vid_1","status":"completed","unknown":"' + b"x" * 100 + b'"},'
        shapes = {
            "tasks": b'{"data":[' + entry * (size // len(entry)) + b"{}]}",
            "one string": b'{"data":[],"x":"' + b"x" * size + b'"}',
            "escapes": b'{"data":[],"x":"' + b"\\u0041" * (size // 6) + b'"}',
            "empty objects": b'{"data":[' + b"{}," * (size // 3) + b"{}]}",
            "empty lists that nobody reads": b'{"data":[],"x":[' + b"[]," * (size // 3) + b"[]]}",
            "numbers that nobody reads": b'{"data":[],"x":[' + b"1," * (size // 2) + b"1]}",
            "short keys": b'{"data":[],"x":{' + b'"a":1,' * (size // 6) + b'"a":1}}',
            "depth": b'{"data":[],"x":' + b"[" * (size // 2) + b"]" * (size // 2) + b"}",
            "no JSON": b"x" * size,
            "HTML": b"<html>" + b"<p>" * (size // 3),
        }

        def row(answer):
            peak = self.list_of(answer)
            allowed = base + 4 * len(answer) / MEGABYTE
            return peak > allowed and f"{peak:.0f} MB for {len(answer) / MEGABYTE:.1f} MB and {base:.0f} MB without"

        self.hold([(name, lambda answer=answer: row(answer)) for name, answer in shapes.items()], 1)

    def test_an_image_takes_the_size_of_its_base64_and_no_more(self):
        directory = self.place()
        directory.mkdir()

        def peak_with(count, size):
            for number in range(count):
                (directory / f"{number}.png").write_bytes(b"\x89PNG\r\n\x1a\n" + os.urandom(64) + bytes(size))
            images = [f"--image={directory}/{number}.png" for number in range(count)]
            prompt = f"images {self.number()}"
            self.service.cases[prompt] = self.case(task={"status": "failed", "error": "x"})
            outcome = front_ends.program([front_ends.CLI, "generate", "--model=wan-2.6", f"--prompt={prompt}", "--mode=reference",
                                          *images], directory, self.env(directory))
            self.assertIn("failed", outcome.text)
            return outcome.megabytes

        def row(count, size):
            more = peak_with(count, size * MEGABYTE) - small
            # One JSON body cannot have less; 2 MB are for what else differs from run to run.
            return more > count * size * 4 / 3 + 2 and f"{more:.1f} MB more than the {small:.0f} MB with a small one"

        small = peak_with(1, 100)
        self.hold([(f"{count} of {size} MB", lambda count=count, size=size: row(count, size))
                   for count, size in ((1, 8), (1, 31), (3, 8))], 1)


class UriPolicyTest(HostileCase):
    URIS = ("airforce://generate?model=wan-2.6&prompt=policy",
            "airforce://generate?model=wan-2.6&prompt=policy&reuse=never",
            "airforce://generate?model=wan-2.6&prompt=policy&max_cost_cents=100000")
    FILM = "airforce://film?model=wan-2.6&storyboard=%7B%22prompt%22%3A%22policy%22%2C%22max_cost_cents%22%3A100000%7D"
    OVERRIDES = ("uri_policy=allow", "uri-policy=allow", "uri_policy=auto", "uri%5fpolicy=allow", "URI_POLICY=allow")

    def setUp(self):
        super().setUp()
        self.service.cases["*"] = self.case(body=bodies.movie(bodies.TRAK))
        self.begin = self.service.creates
        # What has been bought stays to be replayed.
        self.store = self.directory / f"{self.number()}.sqlite"
        self.buy("bought", self.service.cases["*"], store=self.store)
        self.begin = self.service.creates

    def tearDown(self):
        os.environ.pop("AIRFORCE_URI_POLICY", None)

    def creates(self):
        return self.service.creates - self.begin

    def wrong(self, outcome, word):
        if outcome.ok:
            return "was opened"
        if self.creates():
            return f"{self.creates()} creates"
        return word not in outcome.text.lower() and f"says {outcome.text[-300:]!r}"

    def test_the_c_api_holds_to_the_policy(self):
        def by_setting(policy, uri):
            return self.wrong(self.c_api.run(uri=uri, store=self.store, uri_policy=policy), f"uri_policy={policy}")

        def by_environment(policy, uri):
            os.environ["AIRFORCE_URI_POLICY"] = policy
            outcome = self.c_api.run(uri=uri, store=self.store)
            del os.environ["AIRFORCE_URI_POLICY"]
            return self.wrong(outcome, f"uri_policy={policy}")

        def overridden(policy, override):
            return self.wrong(self.c_api.run(uri=f"{self.URIS[0]}&{override}", store=self.store, uri_policy=policy), "uri")

        def raised(ceiling):
            return self.wrong(self.c_api.run(uri=f"{self.URIS[0]}&max_cost_cents={ceiling}", store=self.store, max_cost_cents=10), "10")

        self.hold([
            *((f"{policy}, {how.__name__}, {uri}", lambda policy=policy, uri=uri, how=how: how(policy, uri))
              for policy in ("replay", "deny") for uri in self.URIS for how in (by_setting, by_environment)),
            *((f"{policy}, {override}", lambda policy=policy, override=override: overridden(policy, override))
              for policy in ("replay", "deny") for override in self.OVERRIDES),
            *((f"a ceiling of {ceiling}", lambda ceiling=ceiling: raised(ceiling)) for ceiling in ("100000", "-1", "1e9", "nan", "inf")),
        ], 1)

    def test_what_opens_uris_in_a_pipeline_holds_to_the_policy_of_the_environment(self):
        """The element's own property: tests/gst/uri_test.cpp."""
        if "element" not in self.programs:
            self.skipTest("no gst-launch-1.0")

        def row(policy, uri, opener, *sinks):
            directory = self.place()
            return self.wrong(front_ends.program(["gst-launch-1.0", "-q", opener, f"uri={uri}", *sinks], directory,
                                                 self.env(directory, AIRFORCE_URI_POLICY=policy)), "uri-policy")

        openers = (("playbin3", "video-sink=fakesink", "audio-sink=fakesink"), ("uridecodebin", "!", "fakesink"))
        self.hold([(f"{policy}, {opener[0]}, {uri}", lambda policy=policy, uri=uri, opener=opener: row(policy, uri, *opener))
                   for policy in ("replay", "deny") for opener in openers for uri in (*(self.URIS if FULL else self.URIS[1:2]), self.FILM)], 4)

    def protocol(self, uri, **more):
        directory = self.place()
        return front_ends.ffmpeg(directory, self.env(directory, **more), "-i", uri, "-c", "copy", "-f", "null", "-")

    def test_the_protocol_of_ffmpeg_holds_to_the_policy(self):
        if "protocol" not in self.programs:
            self.skipTest("no drop-in")
        self.hold([*((f"{policy}, {uri}", lambda policy=policy, uri=uri: self.wrong(
            self.protocol(uri, AIRFORCE_URI_POLICY=policy), "uri_policy")) for policy in ("replay", "deny")
            for uri in (*self.URIS, self.FILM)),
            *((override, lambda override=override: self.wrong(
                self.protocol(f"{self.URIS[0]}&{override}", AIRFORCE_URI_POLICY="deny"), "uri")) for override in self.OVERRIDES)], 4)

    def test_no_playlist_reaches_the_scheme(self):
        playlists = {
            "x.m3u8": f"#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\n{self.URIS[1]}\n#EXT-X-ENDLIST\n",
            "x.m3u": f"#EXTM3U\n{self.URIS[1]}\n",
            "x.pls": f"[playlist]\nFile1={self.URIS[1]}\nNumberOfEntries=1\n",
            "x.ffconcat": f"ffconcat version 1.0\nfile '{self.URIS[1]}'\n",
            "x.mpd": bodies.DASH.replace(b"URL", self.URIS[1].replace("&", "&amp;").encode()).decode(),
        }
        directory = self.place()
        directory.mkdir()
        rows = []
        for name, text in playlists.items():
            path = directory / name
            path.write_text(text)
            if "protocol" in self.programs:
                rows.append((f"{name} in ffmpeg", lambda path=path: front_ends.ffmpeg(
                    self.place(), self.env(directory), "-i", path, "-f", "null", "-") and self.creates()))
            if "element" in self.programs:
                rows.append((f"{name} in playbin", lambda path=path: front_ends.program(
                    ["gst-launch-1.0", "-q", "playbin3", f"uri=file://{path}", "video-sink=fakesink", "audio-sink=fakesink"],
                    self.place(), self.env(directory), 30) and self.creates()))
        self.hold(rows, 4)
        self.assertEqual(self.creates(), 0)


if __name__ == "__main__":
    if sys.argv[1:] == ["lookup"]:
        cancel_a_lookup()
    main()
