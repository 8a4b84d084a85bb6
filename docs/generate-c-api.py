#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Prints the reference page of the C API, made from the comments of its header.

usage: generate-c-api.py airforce-video.h
"""

import re
import sys
from pathlib import Path

INTRODUCTION = """# The C API

<!-- Made by docs/generate-c-api.py from common/capi/airforce-video.h: edit that, then `ninja -C build reference`. -->

`libairforcevideo` is what the element, the FFmpeg source and anybody else use to buy a clip and read it. The header is
[airforce-video.h](../common/capi/airforce-video.h), the pkg-config name `airforce-video`, and
[examples/c/generate.c](../examples/c/generate.c) a whole program:

```sh no-run: the test "install" builds a program so, and the suite "examples" runs this one
cc generate.c -o generate $(pkg-config --cflags --libs airforce-video)
```

Settings have the names in [Parameters](reference-parameters.md).
"""

SECTION = re.compile(r"/\* --- (.*?) \*/")
COMMENT = re.compile(r"/\*(.*?)\*/", re.DOTALL)
# A comment of its own lines, or what is declared up to the ';' that ends it, and a comment behind that.
PIECE = re.compile(
    r"^/\*(?P<comment>.*?)\*/\n"
    r"|^(?P<code>(?:AIRFORCE_EXPORT|typedef|#define AIRFORCE_API)[^;{]*?(?:\{.*?^\}[^;]*?)?(?:;|(?<=[0-9])$))"
    r"(?: */\*(?P<behind>.*?)\*/)?$",
    re.DOTALL | re.MULTILINE,
)
ENUM_VALUE = re.compile(
    r"^ *(?:/\*(?P<before>.*?)\*/\s*)?(?P<name>AIRFORCE_\w+)(?: = \d+)?,?(?: */\*(?P<behind>.*?)\*/)?$",
    re.DOTALL | re.MULTILINE,
)
NAME = re.compile(r"(\w+)\(|(\w+);$|#define (\w+)")
WORD = re.compile(r'(?<![\w`"])((?:airforce|AIRFORCE)_\w+(?:\(\))?|Airforce\w+|\*error|NULL|(?:run|read_at|thumbnail|wait_complete)\(\))')


def prose(comment: str) -> str:
    """A comment as Markdown: one paragraph, names as code."""
    text = " ".join(line.strip().removeprefix("*").strip() for line in comment.strip().splitlines())
    return WORD.sub(r"`\1`", text.replace("|", "\\|")).strip()


def sentence(comment: str) -> str:
    text = prose(comment)
    return text if text.startswith("`") or not text else text[0].upper() + text[1:]


def code_of(code: str) -> str:
    indented = code.startswith("AIRFORCE_EXPORT ")
    lines = code.removeprefix("AIRFORCE_EXPORT ").splitlines()
    if indented:
        lines = [lines[0]] + [line.removeprefix(" " * len("AIRFORCE_EXPORT ")) for line in lines[1:]]
    return "\n".join(lines)


def name_of(code: str) -> str:
    if code.startswith("typedef void (*"):
        return re.search(r"\(\*(\w+)\)", code)[1]
    if code.startswith("typedef"):
        return re.search(r"(\w+);$", code)[1]
    if code.startswith("#define"):
        return code.split()[1]
    return re.search(r"(\w+)\(", code)[1] + "()"


def enum_table(code: str) -> str:
    rows = ["| value | meaning |", "|---|---|"]
    for value in ENUM_VALUE.finditer(code):
        rows.append(f"| `{value['name']}` | {sentence(value['before'] or value['behind'] or '')} |")
    return "\n".join(rows)


def page_of(header: str) -> str:
    # The file's own comment: behind the licence.
    begin = header.index("#define AIRFORCE_API_VERSION")
    general = prose(COMMENT.findall(header)[1].split("\n *\n")[-1])
    parts = [INTRODUCTION, general, "", "## Version"]
    body = header[header.rindex("/*", 0, begin) : header.index("#ifdef __cplusplus\n}")]
    for section in re.split(r"(?=/\* --- )", body):
        title = SECTION.match(section)
        if title:
            parts += ["", f"## {title[1]}"]
            section = section[title.end() :].lstrip("\n")
        comment = ""
        for piece in PIECE.finditer(section):
            if piece["comment"] is not None:
                comment = piece["comment"]
                continue
            code = piece["code"]
            text = " ".join(filter(None, [sentence(comment), sentence(piece["behind"] or "")]))
            comment = ""
            parts += ["", f"### `{name_of(code)}`"]
            if code.startswith("typedef enum"):
                parts += ([text, ""] if text else []) + [enum_table(code)]
                continue
            parts += ["```c", code_of(code), "```"]
            if text:
                parts += ["", text + ("" if text.endswith(".") else ".")]
    return "\n".join(parts) + "\n"


def main() -> int:
    sys.stdout.write(page_of(Path(sys.argv[1]).read_text(encoding="utf-8")))
    return 0


if __name__ == "__main__":
    sys.exit(main())
