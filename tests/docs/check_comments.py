#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Looks for the documentation comment, with the version that brought it, of everything public that the plugin has.

usage: check_comments.py PLUGIN_CACHE SOURCE...
"""

import json
import re
import sys
from pathlib import Path

COMMENT = re.compile(r"/\*\*\n *\* (\S+?):?\n(.*?)\*/", re.DOTALL)
SINCE = re.compile(r"^ *\* Since: \d+\.\d+$", re.MULTILINE)


def public_names(cache: dict) -> list[str]:
    """As hotdoc names them."""
    names = []
    for plugin in cache.values():
        for name, element in plugin["elements"].items():
            kind = element["hierarchy"][0]
            names.append(f"SECTION:element-{name}")
            names += [f"{kind}:{name}" for name in element["properties"]]
            names += [f"{kind}!{name.replace('%%', '%')}" for name in element["pad-templates"]]
        for kind, other in plugin["other-types"].items():
            names.append(kind)
            names += [f"{kind}::{value['name']}" for value in other["values"]]
    return names


def main() -> int:
    cache = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    comments: dict[str, str] = {}
    for source in map(Path, sys.argv[2:]):
        comments.update(COMMENT.findall(source.read_text(encoding="utf-8")))
    names = public_names(cache)
    missing = [name for name in names if not SINCE.search(comments.get(name, ""))]
    for name in missing:
        print(f"{name}: no documentation comment with its Since")
    print(f"{len(names)} names, {len(missing)} without a comment")
    return 1 if missing or not names else 0


if __name__ == "__main__":
    sys.exit(main())
