# SPDX-License-Identifier: LGPL-2.1-or-later
"""A real redis-server or valkey-server for a test, on a free port of this machine and on a socket."""
import shutil
import socket
import subprocess
import tempfile
import time

SERVER = shutil.which("valkey-server") or shutil.which("redis-server")
CLI = shutil.which("valkey-cli") or shutil.which("redis-cli")


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


class RedisServer:
    """A context. Calling it runs a command and returns its answer as text."""

    def __init__(self, *options):
        self.options = options

    def __enter__(self):
        self.directory = tempfile.mkdtemp(prefix="airforce-redis-")
        self.socket = f"{self.directory}/redis.sock"
        while True:
            self.port = free_port()  # somebody else may be faster: then another one
            self.process = subprocess.Popen(
                [SERVER, "--port", str(self.port), "--bind", "127.0.0.1", "--unixsocket", self.socket, "--save", "",
                 "--dir", self.directory, *self.options], stdout=subprocess.DEVNULL)
            while self.process.poll() is None:
                if any(word in self("PING") for word in ("PONG", "NOAUTH")):
                    return self
                time.sleep(0.02)

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.directory)

    def __call__(self, *words, password=None):
        login = ["--no-auth-warning", "-a", password] if password else []
        done = subprocess.run([CLI, "-s", self.socket, *login, *words], text=True, capture_output=True, check=False)
        return (done.stdout + done.stderr).strip()
