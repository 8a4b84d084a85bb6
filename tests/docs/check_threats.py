#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Looks for the tests that the page on security names, so that none goes while its threat stays.

usage: check_threats.py PAGE TESTS_DIRECTORY
"""

import re
import sys
from pathlib import Path

TEST = re.compile(r"\b(?:TEST|TEST_F|TEST_P|TYPED_TEST)\(\s*(\w+),\s*(\w+)\s*\)")
ELEMENT_TEST = re.compile(r"\btcase_add_(?:loop_)?test\(\s*\w+,\s*(\w+)")
PYTHON_TEST = re.compile(r"\bdef (test_\w+)\(")
SUITE_OF = re.compile(r"INSTANTIATE_TEST_SUITE_P\(\s*(\w+),\s*(\w+)")
ROW = re.compile(r"^\|.*\|.*\|(.*)\|$", re.MULTILINE)
NAME = re.compile(r"`([^`]+)`")


def tests_in(directory: Path) -> set[str]:
    """`Suite.test` as gtest prints it, `test` of the element, `test_…` of Python, and the fuzz targets."""
    found: set[str] = set()
    for path in directory.rglob("*.cpp"):
        text = path.read_text(encoding="utf-8")
        instances = {suite: prefix for prefix, suite in SUITE_OF.findall(text)}
        for suite, test in TEST.findall(text):
            found.add(f"{instances[suite]}/{suite}.{test}" if suite in instances else f"{suite}.{test}")
        found.update(ELEMENT_TEST.findall(text))
    for path in directory.rglob("*.py"):
        found.update(PYTHON_TEST.findall(path.read_text(encoding="utf-8")))
    return found | {path.name for path in (directory / "fuzz" / "corpus").iterdir()}


def main() -> int:
    page, directory = map(Path, sys.argv[1:])
    there = tests_in(directory)
    rows = [row for row in ROW.findall(page.read_text(encoding="utf-8")) if row.strip(" -") not in ("", "test")]
    failures = [f"no test for a threat: {row}" for row in rows if not NAME.search(row)]
    failures += [
        f"no such test: {name}" for row in rows for name in NAME.findall(row) if name not in there
    ]
    for failure in failures:
        print(f"{page.name}: {failure}")
    return 1 if failures or not rows else 0


if __name__ == "__main__":
    sys.exit(main())
