#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# check-reference.sh FILE GENERATOR [ARGUMENT...]: fails, and shows how, if FILE is not what GENERATOR prints.
set -eu
file=$1
shift
made=$(mktemp)
trap 'rm -f "$made"' EXIT
"$@" > "$made"
diff -u "$file" "$made" || {
  echo "$file is not what the sources say: run 'ninja -C build reference' and commit it" >&2
  exit 1
}
