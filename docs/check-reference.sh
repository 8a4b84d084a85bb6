#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# check-reference.sh GENERATOR PAGE: fails, and shows how, if PAGE is not what GENERATOR prints.
set -eu
made=$(mktemp)
trap 'rm -f "$made"' EXIT
"$1" > "$made"
diff -u "$2" "$made" || {
  echo "$2 is not what the vocabulary says: run 'ninja -C build reference' and commit it" >&2
  exit 1
}
