#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The tutorial of a film as somebody with a new system follows it: installs what the page names and nothing else, builds and installs the
# tools, and runs the page's commands, which must take less than five minutes. For a clean room: it installs packages and into /usr/local.
# usage, as root in a clean Debian with a checkout: tests/install/tutorial.sh
set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
page=$top/docs/tutorial-film.md
limit=300 # seconds
. "$top/tools/lib/packages.sh"
# shellcheck disable=SC2016 # backquotes of the page
mapfile -t named < <(grep -oE '`(gstreamer1\.0-[a-z-]+|ffmpeg)`' "$page" | tr -d '`' | sort -u)
export DEBIAN_FRONTEND=noninteractive
apt-get -qq update
apt-get -qq install --no-install-recommends "${packages_build[@]}" "${named[@]}" python3 ccache >/dev/null
cd "$top"
meson setup build-tutorial -Dtests=disabled -Dbuildtype=release -Dprefix=/usr/local >/dev/null
ninja -C build-tutorial >/dev/null
meson install -C build-tutorial --quiet
ldconfig
export PATH=/usr/local/bin:$PATH
begin=$SECONDS
airforce-simulator --quiet -- python3 tests/docs/run_blocks.py "$page"
took=$((SECONDS - begin))
echo "the tutorial took $took s"
[ "$took" -lt "$limit" ] || { echo "FAILED: that is more than $limit s" >&2; exit 1; }
