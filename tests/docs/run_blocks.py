#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs the commands of a Markdown page, so that a reader can trust them.

usage: run_blocks.py PAGE

A fenced block of shell commands says whether it is run here, in words that a rendered page does not show:

    ```sh run              its commands are run: in the order of the page, in one empty directory for all of it
    ```sh no-run: REASON   not run, and why

Every fence names a language, so that no command hides in one without. Runs in the environment it is given: the test starts it under
airforce-simulator with the uninstalled plugin, core and tools.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

SHELLS = ("sh", "bash", "console", "shell")
# Seconds. A block generates a few clips at most.
LONGEST_BLOCK = 180

FENCE = re.compile(r"^ *```(.*)$")


class PageError(Exception):
    """What is wrong with the page itself, with its line."""


@dataclass
class Block:
    line: int
    info: str
    text: str

    @property
    def language(self) -> str:
        return self.info.split(" ", 1)[0]

    @property
    def marker(self) -> str:
        return self.info[len(self.language) :].strip()


def blocks_of(page: str) -> list[Block]:
    found: list[Block] = []
    opened: Block | None = None
    for number, line in enumerate(page.splitlines(), 1):
        fence = FENCE.match(line)
        if fence and opened is None:
            opened = Block(number, fence[1].strip(), "")
        elif fence:
            found.append(opened)
            opened = None
        elif opened is not None:
            opened.text += line + "\n"
    if opened is not None:
        raise PageError(f"line {opened.line}: this block is never closed")
    return found


def runnable(blocks: list[Block]) -> list[Block]:
    """The blocks to run. Raises PageError for one that does not say whether it is run."""
    chosen = []
    for block in blocks:
        if not block.language:
            raise PageError(f"line {block.line}: this block names no language (text, if it is none)")
        if block.language not in SHELLS:
            continue
        if block.marker == "run":
            chosen.append(block)
        elif not re.fullmatch(r"no-run: \S.*", block.marker):
            raise PageError(
                f"line {block.line}: this block says neither 'run' nor 'no-run: REASON'"
            )
    return chosen


def run_shell(commands: str, directory: str) -> int:
    """Exit code of the commands; -1 when they took too long and were killed with all that they had started."""
    # A simulator that a command starts takes little time; what the page itself says about it comes later, and holds.
    simulator = Path(directory, ".bin", "airforce-simulator")
    if not simulator.exists() and (real := shutil.which(simulator.name)):
        simulator.parent.mkdir()
        simulator.write_text(f'#!/bin/sh\nexec "{real}" --speed 100 "$@"\n', encoding="utf-8")
        simulator.chmod(0o755)
    # A home of its own: what a command remembers or caches is neither this user's nor left behind.
    # Nor does a proxy of this machine stand between it and the simulator.
    environment = {
        name: value
        for name, value in os.environ.items()
        if not (name.startswith("XDG_") or name.lower().endswith("_proxy"))
    }
    path = f"{simulator.parent}:{os.environ['PATH']}"
    environment |= {"HOME": directory, "XDG_RUNTIME_DIR": directory, "PATH": path}
    shell = subprocess.Popen(
        ["bash", "-euo", "pipefail", "-c", commands],
        cwd=directory,
        env=environment,
        stdin=subprocess.DEVNULL,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        return shell.wait(LONGEST_BLOCK)
    except subprocess.TimeoutExpired:
        os.killpg(shell.pid, signal.SIGKILL)
        shell.wait()
        print(f"still running after {LONGEST_BLOCK} s")
        return -1


def run(page: Path, blocks: list[Block]) -> int:
    failures = 0
    with tempfile.TemporaryDirectory(prefix="airforce-docs.") as directory:
        for block in blocks:
            print(f"--- {page.name}:{block.line}\n{block.text}", flush=True)
            code = run_shell(block.text, directory)
            if code != 0:
                failures += 1
                print(f"FAILED: {page.name}:{block.line} (exit code {code})", flush=True)
    return failures


def main() -> int:
    page = Path(sys.argv[1])
    try:
        blocks = runnable(blocks_of(page.read_text(encoding="utf-8")))
    except PageError as error:
        print(f"{page}: {error}")
        return 1
    if not blocks:
        print(f"{page}: no commands to run")
        return 0
    failures = run(page, blocks)
    print(f"{page.name}: {len(blocks)} blocks run, {failures} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
