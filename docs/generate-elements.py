#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Prints the reference page of the GStreamer elements, made from the plugin.

usage: generate-elements.py gst_plugins_cache.json reference-parameters.md
"""

import json
import re
import sys
from pathlib import Path

INTRODUCTION = """# The elements' pads and properties

<!-- Made by docs/generate-elements.py from docs/gst_plugins_cache.json: edit the elements below gst/, then
     `ninja -C build reference`. -->

What `gst-inspect-1.0` prints. Properties that are [parameters](reference-parameters.md) are only named here.
"""

CHANGEABLE = {"null": "read-only", "ready": "NULL, READY", "paused": "up to PAUSED", "playing": "always"}


def cell(text):
    return text.replace("|", "\\|").replace("<", "&lt;")


def media_types(caps):
    """The names alone: the fields are in gst-inspect-1.0."""
    return ", ".join(f"`{name}`" for name in re.findall(r"^([a-z-]+/[a-z0-9-]+)", caps, re.M))


def kind(found, types):
    """The type of a property, its range and default, or its choices."""
    if found["type"] in types:
        choices = [f"`{value['name']}`: {cell(value['desc'])}" for value in types[found["type"]]["values"]]
        return f"default `{found['default'].split()[0]}`<br>" + "<br>".join(choices)
    parts = [found["type"].removeprefix("g")]
    if "min" in found:
        parts.append(f"{found['min']} to {found['max']}")
    if found.get("default", "NULL") != "NULL":
        parts.append(f"default {found['default']}")
    return ", ".join(parts)


def page(plugin, parameters):
    types = {name: kind for name, kind in plugin["other-types"].items() if kind["kind"] == "enum"}
    lines = [INTRODUCTION]
    for name, element in plugin["elements"].items():
        lines += [f"## {name}", f"{element['description']}.", "", "| pad | direction | presence | media types |", "|---|---|---|---|"]
        for pad, template in element["pad-templates"].items():
            pad = pad.replace("%%", "%")
            lines.append(f"| `{pad}` | {template['direction']} | {template['presence']} | {media_types(template['caps'])} |")
        lines += ["", "| property | meaning | values | changeable in |", "|---|---|---|---|"]
        shared = []
        for title, found in element["properties"].items():
            if title in parameters:
                shared.append(f"[`{title}`](reference-parameters.md#{title})")
                continue
            when = CHANGEABLE[found["mutable"]] if found["writable"] else "read-only"
            lines.append(f"| `{title}` | {cell(found['blurb'])} | {kind(found, types)} | {when} |")
        lines += ["", f"Parameters: {', '.join(shared)}.", ""]
    return "\n".join(lines).rstrip("\n")


def main():
    cache, reference = (Path(name).read_text(encoding="utf-8") for name in sys.argv[1:])
    parameters = set(re.findall(r"^### ([a-z-]+)$", reference, re.M))
    for plugin in json.loads(cache).values():
        print(page(plugin, parameters))


if __name__ == "__main__":
    main()
