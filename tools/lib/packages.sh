# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034
# The Debian packages that the project needs, in this one place, and how they get onto a machine. Needs say.sh.

# To build everything but the tests.
packages_build=(
  g++ meson pkgconf
  libsoup-3.0-dev libjson-glib-dev libsqlite3-dev libcli11-dev
  libgstreamer1.0-dev libgstreamer-plugins-base1.0-dev libcairo2-dev
)

# To generate, play and look at H.264 clips; the simulator renders its own with the same elements (-x has pango, for its texts).
packages_play=(
  ca-certificates
  gstreamer1.0-tools gstreamer1.0-plugins-base gstreamer1.0-plugins-base-apps gstreamer1.0-x
  gstreamer1.0-plugins-good gstreamer1.0-plugins-ugly gstreamer1.0-libav
)

# What the tests use besides; the parsers of plugins-bad are for HEVC, VP9 and AV1. Who links libsoup statically needs libkrb5-dev, which
# Debian 12 does not say.
packages_test=(
  libgtest-dev libgmock-dev
  gstreamer1.0-plugins-bad
  ges1.0-tools python3-gi gir1.2-gstreamer-1.0 gir1.2-gst-plugins-bad-1.0 gir1.2-ges-1.0
  libhiredis-dev libkrb5-dev libssl-dev openssl parallel redis-server
  gstreamer1.0-nice libnginx-mod-rtmp
  curl ffmpeg fish git graphviz groff-base locales man-db python3 zsh
)

# What `tools/test.sh --all` uses besides.
packages_all=(
  chromium clang clang-format clang-tidy debhelper debootstrap docker-compose dpkg-dev libimage-exiftool-perl lintian llvm mpv nodejs shellcheck valgrind
)

# missing_packages NAME...: prints those that are not installed.
missing_packages() {
  local have
  have=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' "$@" 2>/dev/null | sed -n 's/^installed //p' || true)
  printf '%s\n' "$@" | grep -vxF -e "${have:-/}" || true
}

# as_root COMMAND...: as it is for root, through sudo for anybody else.
as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif [ -t 0 ]; then
    sudo "$@" # asks on the terminal
  else
    sudo -n "$@"
  fi
}

apt_get() {
  as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get -qq -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 "$@"
}

# install_packages NAME...: installs what is missing. Asks neither apt nor the network when nothing is.
install_packages() {
  local missing log=${scratch:?}/apt
  mapfile -t missing < <(missing_packages "$@")
  if [ "${#missing[@]}" -eq 0 ]; then
    say "all $# packages are installed"
    return
  fi
  local by_hand="as root: apt-get update && apt-get install --no-install-recommends ${missing[*]}"
  command -v apt-get >/dev/null ||
    fail "this system has no apt-get, and these Debian packages (or what they are called here) are needed: ${missing[*]}"
  if [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null; then
    fail "${#missing[@]} packages are missing, and there is no sudo to install them with" "$by_hand"
  fi
  say "installing ${#missing[@]} of $# packages; tools/lib/packages.sh lists them"
  # The lists of packages may be absent (a container's image) or old: fetched only then.
  if ! apt_get install --no-install-recommends -y "${missing[@]}" >"$log" 2>&1; then
    if ! { apt_get update && apt_get install --no-install-recommends -y "${missing[@]}"; } >>"$log" 2>&1; then
      tail -n 15 "$log" | sed 's/^/  | /' >&2
      fail "the packages could not be installed" "$by_hand"
    fi
  fi
}
