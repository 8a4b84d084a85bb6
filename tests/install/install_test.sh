#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What `meson install` installs is found and used from outside.
# usage: install_test.sh BUILD_DIRECTORY
set -euo pipefail
build=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

DESTDIR=$work/root meson install -C "$build" --no-rebuild --quiet >/dev/null
prefix=$(meson introspect "$build" --buildoptions |
  python3 -c 'import json, sys; print(next(o["value"] for o in json.load(sys.stdin) if o["name"] == "prefix"))')
"$(dirname "${BASH_SOURCE[0]}")/use.sh" "$work/root" "$prefix" "$build/ffmpeg-filter/drop-in"
