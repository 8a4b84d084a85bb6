#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Finds coined terms in names, comments, messages, documentation and tests, and names of tests that are no sentence.

usage: check_terms.py SOURCE_ROOT

Each row of TERMS has what to find and what to say instead. An underscore separates words, so that names are searched as well. RIGHT
has the places in which a found text is the field's own term.
"""

import re
import sys
from pathlib import Path

TERMS = [
    (r"\b[Ff]aces?\b", "front end"),
    (r"(?i)\b(?:told|tells?|telling)\b", "report, notify, post, say; distinguish"),
    (r"(?i)\b(?:go|goes|going|went|gone) on\b", "continue, resume"),
    (r"(?i)\bbec(?:ame|omes?|oming) of\b", "charge status, end"),
    (r"(?i)\b(?:dearer|dearest)\b", "exceeds, costs more"),
    (r"(?i)\banew\b", "again"),
    (r"(?i)\bin vain\b", "unsuccessfully"),
    (r"(?i)\bas ever\b", "as usual"),
    (r"(?i)\bfor good\b", "permanently"),
    (r"(?i)\b(?:by itself|by themselves|of itself)\b", "on its own"),
    (r"(?i)\bbe had\b", "be available"),
    (r"(?i)\b(?:what|that|all|bytes?|which|clip|everything|it) (?:is|are|was|were) (?:not )?here\b", "has been downloaded"),
    (r"(?i)\b(?:has|have|had) come\b", "arrived, reached"),
    (r"(?i)\barriving\b", "partially downloaded"),
    (r"\b(?:Told|Asked|Setback|Verdict|Likeness|KeptSeek|Painting|Journey|Studio)\b|\w(?:Verdict|Setback|Likeness)\b", "the field's term"),
    (r"(?i)\b(?:verdict|setback|likeness|journey)s?\b", "decision, failure reason, version match, camera path"),
    (r"\b\w+(?:Tries|Sense|News|Word|Moment)\b", "drop it; kMax…"),
    (r"(?i)\w*patien(?:t|ce)\b", "timeout, retry limits"),
    (r"\bk(?:Longest|Most|Largest|Least|Shortest|Smallest)\w*", "kMax…, kMin…"),
    (r"(?i)\bwithout a word\b|\bthe word of\b", "without reporting an error, the callback of"),
    (r"(?i)\b(?:is|are|of|be) well\b(?! known)", "healthy"),
    (r"(?i)\bfor himself\b|\bnor has it\b|\bput up with\b|\bgood for\b", "plain words"),
]

# (where, the text there, why it is right)
RIGHT = [
    (r"tests/docs/check_terms\.py", r".*", "this list"),
    (r".*", r"avio_tell", "FFmpeg's function"),
    (r"CHANGELOG\.md", r"AIRFORCE_SHOT_ARRIVING", "the earlier name"),
    (r"tests/simulator/vendor/.*", r".*", "the vendor's text"),
]

# A test's name reads as a sentence: subject (the suite, for gtest) and verb.
TEST_NAME = re.compile(r"(?:\bTEST(?:_F|_P)?\(\w+, |\bGST_START_TEST\(|\bdef test_)"
                       r"((?:that|of|with|where|when|which|who|whose|while|after|before|for|from|in|without|behind|by|to|on|but|and|or|if|until|as)_\w+)")

SKIPPED_FOLDERS = ("docs/img/", "tests/fuzz/corpus/")
SKIPPED_SUFFIXES = (".png", ".webp", ".jpg", ".mp4", ".lock", ".ttf", "COPYING", "_cache.json")


def sources(top):
    for folder in (".ci", ".github", "common", "debian", "docs", "examples", "ffmpeg-filter", "gst", "tests", "tools", "."):
        pattern = "*" if folder == "." else "**/*"
        for path in sorted((top / folder).glob(pattern)):
            name = str(path.relative_to(top))
            if path.is_file() and not name.startswith(SKIPPED_FOLDERS) and not name.endswith(SKIPPED_SUFFIXES):
                yield name, path


def is_right(name, line):
    return any(re.fullmatch(where, name) and re.search(text, line) for where, text, _ in RIGHT)


def main():
    top = Path(sys.argv[1])
    terms = [(re.compile(pattern), instead) for pattern, instead in TERMS]
    files = found = 0
    for name, path in sources(top):
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        files += 1
        for number, line in enumerate(text.splitlines(), 1):
            words = line.replace("_", " ")
            for pattern, instead in terms:
                for match in pattern.finditer(words):
                    if not is_right(name, line):
                        found += 1
                        print(f"{name}:{number}: '{match[0]}' (say: {instead}): {line.strip()[:110]}")
            for match in TEST_NAME.finditer(line):
                found += 1
                print(f"{name}:{number}: the test's name starts in the middle of a sentence: {match[1]}")
    print(f"{files} files, {found} coined terms")
    return bool(found) or files < 900


if __name__ == "__main__":
    sys.exit(main())
