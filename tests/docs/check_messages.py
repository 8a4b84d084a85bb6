#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Looks for the messages of docs/troubleshooting.md in the sources.

usage: check_messages.py PAGE SOURCE_DIRECTORY...

A message is a third-level heading that is all code, such as:  ### `no room for the clip in …`
Each piece of it between ellipses must stand in the string literals of one source file.
"""

import re
import sys
from pathlib import Path

HEADING = re.compile(r"^### `(.+)`$", re.MULTILINE)
LITERAL = re.compile(r'"((?:[^"\\\n]|\\.)*)"')
BETWEEN_LITERALS = re.compile(r'"\s*"')


def literals_of(source: str) -> str:
    """All string literals, adjacent ones joined as the compiler does."""
    return "\n".join(LITERAL.findall(BETWEEN_LITERALS.sub("", source)))


def main() -> int:
    page = Path(sys.argv[1])
    files = [
        path
        for directory in sys.argv[2:]
        for path in sorted(Path(directory).rglob("*"))
        if path.suffix in (".c", ".cpp", ".h")
    ]
    texts = [literals_of(path.read_text(encoding="utf-8")) for path in files]
    messages = HEADING.findall(page.read_text(encoding="utf-8"))
    stale = []
    for message in messages:
        pieces = [piece for piece in message.split("…") if piece.strip(" ,;:.'")]
        if not any(all(piece in text for piece in pieces) for text in texts):
            stale.append(message)
    for message in stale:
        print(f"{page.name}: no source has this message: {message}")
    print(f"{page.name}: {len(messages)} messages, {len(stale)} stale")
    return 1 if stale or not messages else 0


if __name__ == "__main__":
    sys.exit(main())
