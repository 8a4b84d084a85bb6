# SPDX-License-Identifier: LGPL-2.1-or-later
"""A simulator, and airforce-video against it in a directory of its own: for tests that look at whole files."""

import json
import os
import subprocess
import urllib.request
from pathlib import Path

DIALECT = os.environ.get("AIRFORCE_TEST_DIALECT") or "reference"
TIMEOUT = 240  # seconds, on a busy machine


class Service:
    def __init__(self, tool: str, simulator: str, directory: Path, *options: str):
        self.tool = tool
        self.directory = directory
        self.process = subprocess.Popen(
            [simulator, "--quiet", "--print-environment", "--die-with-parent", "--dialect", DIALECT, *options],
            stdout=subprocess.PIPE, text=True)
        self.environment = dict(os.environ)
        for name in ("STATE", "CACHE", "CONFIG", "DATA"):
            self.environment[f"XDG_{name}_HOME"] = str(directory / name.lower())
        for line in self.process.stdout:
            name, value = line.strip().split("=", 1)
            self.environment[name] = value

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def start(self, *words, **environment) -> subprocess.Popen:
        return subprocess.Popen([self.tool, *map(str, words)], cwd=self.directory, env=self.environment | environment,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def end(self, *words, code: int = 0, **environment) -> tuple[str, str]:
        """Runs the tool; its output and errors. Fails for another exit code."""
        process = self.start(*words, **environment)
        out, err = process.communicate(timeout=TIMEOUT)
        assert process.returncode == code, f"{words}: exit code {process.returncode}\n{out}\n{err}"
        return out, err

    def run(self, *words, **environment) -> str:
        return self.end(*words, **environment)[0]

    def lines(self, *words, **environment) -> list[dict]:
        return [json.loads(line) for line in self.run(*words, "--json", **environment).splitlines()]

    def state(self) -> dict:
        with urllib.request.urlopen(self.environment["AIRFORCE_SIMULATOR_URL"] + "/state") as answer:
            return json.load(answer)


def tags(path: Path) -> dict:
    text = subprocess.run(["ffprobe", "-v", "error", "-show_format", "-of", "json", str(path)], check=True, capture_output=True,
                          text=True).stdout
    return json.loads(text)["format"]["tags"]


def packet_hashes(path: Path) -> list[str]:
    """Of all packets of all streams, with their times."""
    return subprocess.run(["ffmpeg", "-v", "error", "-i", str(path), "-map", "0", "-c", "copy", "-f", "framemd5", "-"], check=True,
                          capture_output=True, text=True).stdout.splitlines()
