#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Compose accepts the farm's file. usage: compose_test.sh SOURCE_DIRECTORY
set -euo pipefail
if command -v docker-compose >/dev/null; then
  compose=(docker-compose)
elif docker compose version >/dev/null 2>&1; then
  compose=(docker compose)
else
  echo "skipped: docker-compose is not here"
  exit 77
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$1/examples/farm/compose.yaml" "$work"
touch "$work/api-key"
"${compose[@]}" -f "$work/compose.yaml" config --quiet

# It would complain: of a key that it does not know.
sed -i 's/replicas:/replicants:/' "$work/compose.yaml"
if "${compose[@]}" -f "$work/compose.yaml" config --quiet 2>"$work/errors"; then
  echo "compose accepts anything"
  exit 1
fi
grep replicants "$work/errors"
