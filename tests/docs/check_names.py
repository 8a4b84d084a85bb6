#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Goes through every message of every front end, and finds the names of others and placeholders that do not work.

usage: check_names.py SOURCE_ROOT TRANSLATE_CLI TRANSLATE_GST

A message is a string literal with a space in it. The core's messages have the vocabulary's names (max_cost_cents); each front end
translates them: the two programs are the command line's and the elements' own functions, FFmpeg's only renames the prompt's file.
Messages of a front end's own sources are shown as they stand.
"""

import re
import subprocess
import sys
from pathlib import Path

ROW = re.compile(r'^AIRFORCE_(?:SECRET_)?PARAMETER\(\w+, (\w+), [^,]*, (?:"(\w+)"|NULL), (?:"([\w-]+)"|NULL),', re.M)
LITERAL = re.compile(r'"((?:[^"\\\n]|\\.)*)"')
BETWEEN_LITERALS = re.compile(r'"\s*\n\s*"')
COMMENT = re.compile(r'("(?:[^"\\\n]|\\.)*")|//[^\n]*|/\*.*?\*/', re.S)
SQL = re.compile(r"\b(SELECT|INSERT|UPDATE|DELETE FROM|CREATE TABLE|ALTER TABLE)\b")
PLACEHOLDER = re.compile(r"\{([^{}\s:]+)(?::\d+)?\}")
PLACEHOLDERS = {"task_id", "model", "seed", "date", "index", "prompt", "slug"}
FLAG = re.compile(r"(?<![\w-])--[a-z][a-z-]+")


def messages(top, *folders):
    for folder in folders:
        for path in sorted((top / folder).rglob("*")):
            if path.suffix not in (".c", ".cpp", ".h", ".def"):
                continue
            text = COMMENT.sub(lambda found: found[1] or "", path.read_text(encoding="utf-8"))
            for literal in LITERAL.findall(BETWEEN_LITERALS.sub("", text)):
                message = re.sub(r"\\(.)", lambda found: " " if found[1] in "nt" else found[1], literal)
                if " " in message.strip() and not SQL.search(message):
                    yield path.relative_to(top), message


def translated(program, lines):
    output = subprocess.run([program], input="\n".join(lines) + "\n", stdout=subprocess.PIPE, text=True, check=True)
    return output.stdout.splitlines()


def main():
    top = Path(sys.argv[1])
    rows = ROW.findall((top / "common/vocabulary/airforce-video-parameters.def").read_text(encoding="utf-8"))
    with_bar = {name for name, _, _ in rows if "_" in name}
    dashed = {name.replace("_", "-") for name in with_bar}
    flags = {"--" + flag for _, _, flag in rows if flag}
    core = list(messages(top, "common"))
    lines = [message for _, message in core]
    faults = []

    def look(front_end, shown, wrong):
        for (path, _), text in zip(core, shown) if len(shown) == len(core) else shown:
            examined = re.sub(r"airforce://\S*|\{[^{}]*\}", "", text)
            for word in sorted(set(re.findall(r"-{0,2}[a-z][a-z0-9_-]*", examined))):
                if wrong(word):
                    faults.append(f"{front_end}: {path}: '{word}' in: {text}")
            for placeholder in PLACEHOLDER.findall(text):
                if front_end == "command line" and placeholder not in PLACEHOLDERS and re.search("output|stand", text):
                    faults.append(f"{front_end}: {path}: no placeholder '{{{placeholder}}}' in: {text}")
            if "{--" in text:
                faults.append(f"{front_end}: {path}: a flag as a placeholder in: {text}")

    def own(folder):
        return [((path, None), message) for path, message in messages(top, folder)]

    # The command line: flags, no bare names of parameters.
    look("command line", translated(sys.argv[2], lines), lambda word: word in with_bar or word == "promptfile")
    look("command line", own("tools/airforce-video"), lambda word: word in with_bar and word != "task_id")
    # The elements: properties, no flags.
    look("elements", translated(sys.argv[3], lines), lambda word: word in with_bar or word in flags or word == "promptfile")
    look("elements", own("gst"), lambda word: word in with_bar or word in flags or word == "promptfile")
    # FFmpeg: options, no flags, no properties.
    ffmpeg = [re.sub(r"\bprompt_file\b", "promptfile", line) for line in lines]
    look("FFmpeg", ffmpeg, lambda word: word in flags or word in dashed or word == "prompt_file")
    look("FFmpeg", own("ffmpeg-filter"), lambda word: word in flags or word in dashed or word == "prompt_file")

    for fault in faults:
        print(fault)
    print(f"{len(core)} messages of the core in three front ends, {len(faults)} with a name that its reader does not have")
    return bool(faults) or len(core) < 300


if __name__ == "__main__":
    sys.exit(main())
