# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# Configure and build with meson. Needs say.sh.

# build_in DIRECTORY MESON_OPTION...: configures DIRECTORY if that has not been done, and builds what has changed. The options count
# the first time; afterwards a directory stays as its owner has configured it.
build_in() {
  local directory=$1
  shift
  # A setup that was interrupted leaves no build.ninja, and is done again.
  if [ ! -e "$directory/build.ninja" ]; then
    quietly setup meson setup "$directory" "$@" || fail "the build could not be configured" "see $directory/meson-logs/meson-log.txt"
  fi
  if [ -t 1 ]; then
    ninja -C "$directory" || fail "the build failed" "the compiler's message is above"
  else
    quietly ninja ninja -C "$directory" || fail "the build failed" "again, with all messages: ninja -C '$directory'"
  fi
}
