#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Looks for the files that Markdown pages link to.

usage: check_links.py PAGE...
"""

import re
import sys
from pathlib import Path

LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
FENCED = re.compile(r"^ *```.*?^ *```$", re.MULTILINE | re.DOTALL)


def broken(page: Path) -> list[str]:
    text = FENCED.sub("", page.read_text(encoding="utf-8"))
    return [
        target
        for target in LINK.findall(text)
        if "://" not in target and not (page.parent / target).exists()
    ]


def main() -> int:
    failures = 0
    for page in map(Path, sys.argv[1:]):
        for target in broken(page):
            failures += 1
            print(f"{page}: links to {target}, which is not there")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
