# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# Configure and build with meson. Needs say.sh. A function that fails has said why.

# configure_in DIRECTORY MESON_OPTION...: if that has not been done. The options count the first time; afterwards a directory stays as
# its owner has configured it.
configure_in() {
  # A setup that was interrupted leaves no build.ninja, and is done again.
  [ -e "$1/build.ninja" ] && return
  quietly "setup-$1" meson setup "$@" && return
  complain "the build could not be configured" "see $1/meson-logs/meson-log.txt"
  return 1
}

# build_in DIRECTORY MESON_OPTION...: configures it, and builds what has changed.
build_in() {
  configure_in "$@" || return
  if [ -t 1 ]; then
    ninja -C "$1" && return
    complain "the build failed" "the compiler's message is above"
  else
    quietly "ninja-$1" ninja -C "$1" && return
    complain "the build failed" "again, with all messages: ninja -C '$1'"
  fi
  return 1
}
