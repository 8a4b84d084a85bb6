# SPDX-License-Identifier: LGPL-2.1-or-later
"""A service that means harm: what it answers depends on the task that is asked for, so that many cases share it."""
import json
import os
import socket
import struct
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

KEY = "hostile-key-0123456789abcdef"  # no "sk-", which is hidden for its looks alone
MODEL = "wan-2.6"
SDK = os.environ.get("AIRFORCE_TEST_DIALECT") == "sdk"
CAPS = {"aspect_ratios": ["16:9"], "qualities": ["480p"], "min_duration_s": 5, "max_duration_s": 10, "modes": ["text", "image", "reference"],
        "price_per_second_cents": 40}


class Case:
    """What is wrong with the answers for one task. Functions get the handler; None stands for an honest answer."""

    def __init__(self, task_id, body=b"", task=None, poll=None, clip=None, create=None, stream=None, headers=()):
        self.id = task_id
        self.body = body          # of the clip
        self.task = task or {}    # replaces fields of the task
        self.poll = poll          # answers the poll
        self.clip = clip          # answers the download
        self.create = create      # answers the create
        self.stream = stream      # answers the event stream
        self.headers = list(headers)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "service"

    def log_message(self, *_):
        pass

    def send(self, status, body=b"", kind="application/json", headers=(), reason=None):
        self.send_response(status, reason)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def json(self, value, status=200, **more):
        self.send(status, json.dumps(value).encode(), **more)

    def raw(self, *pieces, every=0.0):
        """Sends these bytes as they are, and closes the connection."""
        self.close_connection = True
        for piece in pieces:
            self.wfile.write(piece)
            self.wfile.flush()
            time.sleep(every)

    def endlessly(self, head, piece, every=0.05):
        """Sends a head, then the same piece until the other side is gone or the service stops."""
        self.raw(head)
        while not self.server.stopping.wait(every):
            self.wfile.write(piece)

    def silence(self):
        """Sends nothing, until the other side is gone or the service stops."""
        self.close_connection = True
        self.connection.settimeout(0.2)
        while not self.server.stopping.is_set():
            try:
                if not self.connection.recv(1):
                    return
            except socket.timeout:
                continue

    def task(self, case):
        now = int(time.time())
        task = {"task_id": case.id, "status": "completed", "model": MODEL, "created": now, "expires_at": now + 86400,
                "cost_cents": 200, "progress": 100, "result_url": f"{self.server.url}/cdn/{urllib.parse.quote(case.id)}"}
        if SDK:
            task.update(prompt="x", mode="text", error=None, duration_seconds=5)
        task.update(case.task)
        return {name: value for name, value in task.items() if value is not Ellipsis}

    def download(self, case):
        if case.clip:
            return case.clip(self)
        asked = self.headers.get("Range")
        size = len(case.body)
        if not asked or not size:
            return self.send(200, case.body, "video/mp4", [("ETag", '"1"'), ("Accept-Ranges", "bytes")])
        first, _, last = asked.partition("=")[2].partition("-")
        first, end = int(first), min(int(last) + 1, size) if last else size
        if first >= size:
            return self.send(416, headers=[("Content-Range", f"bytes */{size}")])
        self.send(206, case.body[first:end], "video/mp4", [("ETag", '"1"'), ("Content-Range", f"bytes {first}-{end - 1}/{size}")])

    def do_GET(self):
        try:
            self.answer()
        except OSError:  # the other side is gone
            self.close_connection = True

    do_POST = do_DELETE = do_GET

    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        server = self.server
        path = self.path.partition("?")[0]
        with server.lock:
            server.requests.append((self.command, self.path, KEY in str(self.headers)))
        if path.startswith("/cdn/"):
            return self.download(server.case(path[5:]))
        if path == "/v1/models":
            return server.models(self) if server.models else self.json(
                {"data": [{"id": MODEL, "output_modalities": ["video"], "video_caps": CAPS}]})
        if path == "/v1/video/tasks":
            return server.tasks(self) if server.tasks else self.json({"data": []})
        if path == "/v1/video/generations":
            with server.lock:
                server.creates += 1
            prompt = json.loads(body).get("prompt", "")
            case = server.cases.get(prompt) or server.cases.get("*")
            return case.create(self) if case.create else self.json({**self.task(case), "status": "queued"})
        name, _, rest = path[len("/v1/video/tasks/"):].partition("/")
        case = server.case(name)
        if rest == "stream":
            return case.stream(self) if case.stream else self.json({"error": {"message": "no stream"}}, 404)
        if case.poll:
            return case.poll(self)
        return self.json(self.task(case), headers=case.headers)


class Service(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.lock = threading.Lock()
        self.stopping = threading.Event()
        self.requests = []
        self.creates = 0
        self.cases = {}
        self.models = self.tasks = None  # answer these instead

    def case(self, name):
        return self.cases[urllib.parse.unquote(name)]

    def add(self, case):
        self.cases[case.id] = case
        return case

    def handle_error(self, *_):
        pass

    def __enter__(self):
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        self.shutdown()
        self.server_close()


def reset(connection):
    """Breaks a connection."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
