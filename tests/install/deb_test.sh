#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The Debian packages build from what is committed, lintian finds nothing in them, and they are used from a directory into which they
# are unpacked.
# usage: deb_test.sh [DIRECTORY]: in which the packages stay
set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=../../tools/lib/say.sh
. "$top/tools/lib/say.sh"
work=$scratch

# Without git this is a tarball, where nothing else lies about.
mkdir "$work/airforce-video"
if git -C "$top" rev-parse --git-dir >/dev/null 2>&1; then
  git -C "$top" archive HEAD | tar -x -C "$work/airforce-video"
else
  tar -c -C "$top" --exclude='./build*' . | tar -x -C "$work/airforce-video"
fi
cd "$work/airforce-video"

say "--- the packages build"
DEB_BUILD_OPTIONS="parallel=$(nproc) ${DEB_BUILD_OPTIONS:-}" quietly build dpkg-buildpackage --unsigned-source --unsigned-changes ||
  fail "dpkg-buildpackage failed"
cd "$work"
packages=(*.deb)
say "${packages[*]}"

# dpkg of Debian 12 wants the prefix of fields that later ones know; the spelling is a guess from bytes of a program.
say "--- lintian finds nothing"
quietly lintian lintian --allow-root --display-info --fail-on error,warning,info \
  --suppress-tags adopted-extended-field,spelling-error-in-binary ./*.changes || fail "lintian found something"

say "--- what they bring is used"
for package in "${packages[@]}"; do
  [[ $package == *-dbgsym_* ]] || dpkg-deb -x "$package" "$work/root"
done
[ -s "$work/root/usr/share/man/man1/airforce-video.1.gz" ] || fail "there is no page of the manual"
"$top/tests/install/use.sh" "$work/root" /usr

if [ $# -gt 0 ]; then
  mkdir -p "$1"
  mv ./*.deb ./*.dsc ./*.tar.* ./*.buildinfo ./*.changes "$1/"
fi
