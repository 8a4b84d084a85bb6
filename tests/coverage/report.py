#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the tests reached of the core: its lines, its functions and both outcomes of each of its branches.

A build with -Dcoverage=true (clang) counts; each program of it writes what it counted to LLVM_PROFILE_FILE, such as
BUILD/coverage/raw/%8m.profraw. From these this makes, in BUILD/coverage/,
  index.html  the sources, with what was counted
  unreached   a line for each line of the source that did not run, and each outcome that no branch had:
              common/http/url.cpp:57 not reached: ...
              common/http/url.cpp:57:9 never false: ...
and prints how many there are. Instances of a template, and what several programs counted, are taken together. What the compiler knows
(while (true), if constexpr) is no branch.
"""

import argparse
import json
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]


def run(*command: str) -> str:
    try:
        done = subprocess.run(command, check=True, capture_output=True, text=True, errors="replace")
    except FileNotFoundError:
        sys.exit(f"report.py: there is no {command[0]}; it is in Debian's package llvm")
    except subprocess.CalledProcessError as error:
        sys.exit(f"report.py: {' '.join(command[:2])} failed: {error.stderr.strip()[-500:]}")
    # That there is code which no program has in it is none of the reader's business; see Counts.
    return done.stdout


class Counts:
    """What was counted, by file of the core, as its path from TOP."""

    def __init__(self, objects: list[str], profile: Path):
        self._arguments = [objects[0], *(f"-object={each}" for each in objects[1:]), f"-instr-profile={profile}"]
        self.lines: dict[tuple[str, int], int] = {}
        self.functions: dict[tuple[str, int, int], int] = defaultdict(int)
        self.branches: dict[tuple[str, int, int], list[int]] = defaultdict(lambda: [0, 0])
        self._read_lines()
        self._read_functions()
        for known in self._known_to_the_compiler():
            self.branches.pop(known, None)

    def llvm_cov(self, command: str, *options: str) -> str:
        return run("llvm-cov", command, *self._arguments, *options, "--", str(TOP / "common"))

    @staticmethod
    def _in_core(path: str) -> str | None:
        place = Path(path).resolve()
        return str(place.relative_to(TOP)) if place.is_relative_to(TOP / "common") else None

    def _read_lines(self) -> None:
        file = None
        for line in self.llvm_cov("export", "-format=lcov").splitlines():
            key, _, value = line.partition(":")
            if key == "SF":
                file = self._in_core(value)
            elif key == "DA" and file:
                number, count = value.split(",")[:2]
                self.lines[file, int(number)] = int(count)

    def _read_functions(self) -> None:
        for function in json.loads(self.llvm_cov("export", "-format=text"))["data"][0]["functions"]:
            files = [self._in_core(path) for path in function["filenames"]]
            if not (files and files[0]):
                continue
            self.functions[files[0], *function["regions"][0][:2]] += function["count"]
            for line, column, _, _, true, false, file, *_ in function["branches"]:
                if files[file]:
                    outcomes = self.branches[files[file], line, column]
                    outcomes[0] += true
                    outcomes[1] += false

    def _known_to_the_compiler(self) -> set[tuple[str, int, int]]:
        known, file = set(), None
        for line in self.llvm_cov("show", "-show-branches=count", "-show-instantiations=false").splitlines():
            if line.startswith("/"):
                file = self._in_core(line.rstrip(":"))
            elif file and (found := re.search(r"Branch \((\d+):(\d+)\): \[Folded", line)):
                known.add((file, int(found[1]), int(found[2])))
        return known

    def unreached(self) -> list[tuple[str, int, int, str]]:
        """File, line, column (0: the whole line) and what is missing."""
        missing = [(file, line, 0, "not reached") for (file, line), count in self.lines.items() if count == 0]
        for (file, line, column), outcomes in self.branches.items():
            missing += [
                (file, line, column, f"never {word}") for word, count in zip(("true", "false"), outcomes) if count == 0
            ]
        return sorted(missing)


def total(what: str, counts: list[int]) -> str:
    reached = sum(count > 0 for count in counts)
    return f"{what}: {reached:,} of {len(counts):,} ({100 * reached / len(counts):.1f} %)"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", metavar="BUILD", type=Path, help="the build directory")
    build = parser.parse_args().build
    # Of the core itself, not of the programs: whole, and nothing twice.
    objects = sorted(str(each) for each in build.glob("common/libairforcevideo*.p/*.o"))
    if not objects:
        sys.exit(f"report.py: {build} has no core that was built")
    out = build / "coverage"
    raw = sorted(str(each) for each in out.glob("raw/*.profraw"))
    if not raw:
        sys.exit(f"report.py: {out}/raw has nothing that a test counted: was it built with -Dcoverage=true, and were its tests run?")
    profile = out / "counted.profdata"
    run("llvm-profdata", "merge", "-sparse", f"-output={profile}", *raw)

    counts = Counts(objects, profile)
    if not counts.lines:
        sys.exit(f"report.py: {build} does not count: it was not built with -Dcoverage=true")
    counts.llvm_cov("show", "-format=html", f"-output-dir={out}", "-show-branches=count", "-show-instantiations=false")
    sources: dict[str, list[str]] = {}
    with open(out / "unreached", "w", encoding="utf-8") as listed:
        for file, line, column, what in counts.unreached():
            text = sources.setdefault(file, (TOP / file).read_text(encoding="utf-8").splitlines())[line - 1].strip()
            listed.write(f"{file}:{line}{f':{column}' if column else ''} {what}: {text}\n")
    print(total("lines", list(counts.lines.values())))
    print(total("functions", list(counts.functions.values())))
    print(total("branches", [count for outcomes in counts.branches.values() for count in outcomes]))
    print(f"what is missing: {out}/unreached; all of it: {out}/index.html")


if __name__ == "__main__":
    main()
