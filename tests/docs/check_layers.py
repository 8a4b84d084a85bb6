#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Holds the sources to the table of docs/architecture.md that says which part knows which: by their includes.

usage: check_layers.py PAGE TOP_DIRECTORY

A row of the table is:  | `common/NAME/` | what it is | what it never does | what it knows |
where the last is `nothing`, `all above`, or names of the rows above, with a remark in brackets or behind a semicolon.
"""

import re
import sys
from pathlib import Path

ROW = re.compile(r"^\| `common/(\w+)/` \|.*\| ([^|]+) \|$", re.MULTILINE)
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)
ENDINGS = (".c", ".cpp", ".h", ".def")
# The core's directories on the include path (common/meson.build): what stands there is included without its layer's name.
BARE = ("vocabulary", "capi")
# Pure files without state, which are compiled into a front end as well: the reader of a clip's index, a lock with its data, and what
# both do with GStreamer.
COMPILED_IN = {
    "gst": {"clip/mp4_boxes.h", "gstreamer/cells.h", "gstreamer/direct_rendering.h", "gstreamer/frames.h", "gstreamer/gst_ptr.h",
            "values/guarded.h"},
    "simulator": {"values/guarded.h"},
}


def layers_of(page: str) -> dict[str, set[str]]:
    """For each layer, the layers that it may include."""
    knows: dict[str, set[str]] = {}
    for layer, words in ROW.findall(page):
        words = re.sub(r"\(.*?\)", "", words).split(";")[0].strip()
        if words == "all above":
            known = set(knows)
        elif words == "nothing":
            known = set()
        else:
            known = {word.strip() for word in words.split(",")}
        if strange := known - set(knows):
            sys.exit(f"the table says that {layer} knows {', '.join(sorted(strange))}, which is not above it")
        knows[layer] = known | {layer}
    return knows


def layer_of(include: str, common: Path) -> str | None:
    if "/" in include and (common / include).exists():
        return include.split("/")[0]
    return next((layer for layer in BARE if (common / layer / include).exists()), None)


def main() -> int:
    page, top = map(Path, sys.argv[1:])
    common = top / "common"
    knows = layers_of(page.read_text(encoding="utf-8"))
    there = {path.name for path in common.iterdir() if path.is_dir()}
    failures = [f"{page.name} has no row for common/{layer}/" for layer in sorted(there - set(knows))]
    count = 0
    for path in sorted(common.rglob("*")):
        if path.suffix not in ENDINGS:
            continue
        layer = path.relative_to(common).parts[0]
        for include in INCLUDE.findall(path.read_text(encoding="utf-8")):
            count += 1
            other = layer_of(include, common)
            if (path.parent / include).exists():
                other = layer
            elif other is None:
                failures.append(f"{path.relative_to(top)} includes {include}, which is in no layer")
                continue
            if other not in knows.get(layer, set()):
                failures.append(f"{path.relative_to(top)} includes {include}: {layer} does not know {other}")
    # The front ends that load the core know its C API alone, and nobody knows a front end.
    for front_end in ("gst", "ffmpeg-filter"):
        for path in sorted((top / front_end).rglob("*")):
            if path.suffix not in ENDINGS:
                continue
            for include in INCLUDE.findall(path.read_text(encoding="utf-8")):
                other = layer_of(include, common)
                if include in COMPILED_IN.get(front_end, set()):
                    continue
                if other is not None and not (path.parent / include).exists() and other not in BARE:
                    failures.append(f"{path.relative_to(top)} includes {include}: {front_end} knows the C API alone")
    for path in sorted((top / "tools" / "simulator").rglob("*")):
        if path.suffix in ENDINGS:
            for include in INCLUDE.findall(path.read_text(encoding="utf-8")):
                if include in COMPILED_IN["simulator"]:
                    continue
                if layer_of(include, common) and not (path.parent.parent / include).exists() and not (path.parent / include).exists():
                    failures.append(f"{path.relative_to(top)} includes {include}: the simulator shares no code with the core")
    for failure in failures:
        print(failure)
    print(f"{count} includes in common/, {len(failures)} that look up")
    return 1 if failures or not count else 0


if __name__ == "__main__":
    sys.exit(main())
