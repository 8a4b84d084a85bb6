#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Counts the words of the pages that are written by hand, and fails above a ceiling.

usage: check_words.py CEILING PAGE...

A word has a letter or a digit. Not counted: code, in blocks and in lines; what stands between `<!-- table -->` and `<!-- end -->`, and pages whose
first lines say that a program writes them. Without a ceiling of its own a documentation only grows.
"""

import pathlib
import re
import sys

GENERATED = re.compile(r"^(<!-- Made by|Written by) ", re.M)


def words(page):
    text = page.read_text(encoding="utf-8")
    if GENERATED.search(text[:600]):
        return 0
    text = re.sub(r"<!-- table -->.*?<!-- end -->", "", text, flags=re.S)
    text = re.sub(r"^```.*?^```", "", text, flags=re.S | re.M)
    text = re.sub(r"\]\([^)]*\)", "]", text)
    text = re.sub(r"`[^`]*`", "", text)
    return sum(any(c.isalnum() for c in word) for word in text.split())


def main():
    ceiling = int(sys.argv[1])
    counts = {page: words(page) for page in map(pathlib.Path, sys.argv[2:])}
    for page, count in sorted(counts.items(), key=lambda item: -item[1]):
        print(f"{count:6} {page}")
    total = sum(counts.values())
    print(f"{total:6} words written by hand, of {ceiling}")
    return total > ceiling


if __name__ == "__main__":
    sys.exit(main())
