#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# systemd reads the farm's unit without complaint. usage: units_test.sh SOURCE_DIRECTORY
set -euo pipefail
if ! command -v systemd-analyze >/dev/null; then
  echo "skipped: systemd-analyze is not here"
  exit 77
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# What the unit starts has to be there: here it is in the source.
unit='airforce-farm-worker@.service'
sed "s|/usr/local/lib/airforce-farm|$1/examples/farm|g" "$1/examples/farm/$unit" >"$work/$unit"

verify() { systemd-analyze verify --man=no "$work/airforce-farm-worker@1.service" 2>&1 | grep -F airforce-farm-worker; }
if verify; then exit 1; fi

# It would complain: of a setting that it does not know.
sed -i 's/^DynamicUser=/DynamicUsers=/' "$work/$unit"
verify || { echo "systemd-analyze accepts anything" && exit 1; }
