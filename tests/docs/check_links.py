#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Looks for the files, and the headings in them, that Markdown pages link to.

usage: check_links.py PAGE...
"""

import re
import sys
from pathlib import Path

LINK = re.compile(r"\]\(([^)#\s]*)(?:#([^)\s]*))?\)")
FENCED = re.compile(r"^ *```.*?^ *```$", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)


def anchors(page: Path) -> set[str]:
    """As forges make them of headings."""
    text = FENCED.sub("", page.read_text(encoding="utf-8"))
    plain = (re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading) for heading in HEADING.findall(text))
    return {re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-") for heading in plain}


def broken(page: Path) -> list[str]:
    text = FENCED.sub("", page.read_text(encoding="utf-8"))
    found = []
    for target, anchor in LINK.findall(text):
        if "://" in target:
            continue
        file = page.parent / target if target else page
        if not file.exists():
            found.append(target)
        elif anchor and file.suffix == ".md" and anchor not in anchors(file):
            found.append(f"{target}#{anchor}")
    return found


def main() -> int:
    failures = 0
    for page in map(Path, sys.argv[1:]):
        for target in broken(page):
            failures += 1
            print(f"{page}: links to {target}, which is not there")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
