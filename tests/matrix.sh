#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Builds and tests what is committed in a clean Debian of another suite, where only the checkout is and the packages that the project
# names.
set -euo pipefail

usage() {
  cat <<USAGE
usage: tests/matrix.sh SUITE [gcc] [clang] [--check CHECK | --prepare]

SUITE is bookworm, trixie or forky. As root, with debootstrap and git. For each compiler (gcc) runs that check of tools/test.sh (quick)
there and passes its last line on; that of quick goes into the table of docs/systems.md, too. The system and its packages are kept
under \${XDG_CACHE_HOME:-~/.cache}/airforce-video/matrix for the runs of a week, or until tools/lib/packages.sh changes, and what was
compiled until ccache lets it go. --prepare makes that system and no more. The exit code is 77 where none can be made.
USAGE
}

[ $# -gt 0 ] || { usage >&2; exit 2; }
case $1 in
  -h | --help) usage; exit 0 ;;
  bookworm | trixie | forky) suite=$1 ;;
  *) usage >&2; exit 2 ;;
esac
shift
compilers=()
check=quick
prepare_only=
while [ $# -gt 0 ]; do
  case $1 in
    gcc | clang) compilers+=("$1") ;;
    --check) check=${2:?a check of tools/test.sh}; shift ;;
    --prepare) prepare_only=1 ;;
    *) usage >&2; exit 2 ;;
  esac
  shift
done
[ "${#compilers[@]}" -gt 0 ] || compilers=(gcc)

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=../tools/lib/say.sh
. "$top/tools/lib/say.sh"

cannot() { # cannot MESSAGE [ADVICE]: nothing is wrong with what is to be tested
  complain "$@"
  exit 77
}

[ "$(id -u)" -eq 0 ] || cannot "debootstrap and chroot need root"
for tool in debootstrap git; do
  command -v "$tool" >/dev/null || cannot "$tool is missing" "apt-get install $tool"
done

kept=${XDG_CACHE_HOME:-$HOME/.cache}/airforce-video/matrix
base=$kept/$suite-$(sha256sum <"$top/tools/lib/packages.sh" | cut -c 1-12)
room=

open_room() { # open_room DIRECTORY: a system with this machine's devices, processes of its own, the checkout, and what was compiled before
  room=$1
  mkdir -p "$kept/ccache" "$room/root/.cache/ccache"
  mount --bind "$kept/ccache" "$room/root/.cache/ccache"
  mount -t proc proc "$room/proc"
  mount --rbind /dev "$room/dev" # with its terminals
  mount --make-rslave "$room/dev"
  mount -t tmpfs tmpfs "$room/dev/shm"
  git clone -q --no-hardlinks "$top" "$room/root/airforce-video"
}
unmount_room() {
  umount -lR "$room/proc" "$room/dev" "$room/root/.cache/ccache" 2>/dev/null || true
}

leave() {
  if [ -n "$room" ]; then
    unmount_room
    rm -rf --one-file-system "$room"
  fi
  rm -rf --one-file-system "$base.partial"
  remove_scratch
}
trap leave EXIT

# What lets this machine reach its mirror lets the new system reach it: names, proxies, local certificate authorities.
copy_network() { # copy_network ROOT
  local file
  cp -L /etc/resolv.conf /etc/hosts "$1/etc/"
  for file in /etc/apt/apt.conf.d/*; do
    if grep -qsE '^[^#/]*Acquire::(https?|Retries)' "$file"; then cp "$file" "$1/etc/apt/apt.conf.d/"; fi
  done
  if compgen -G '/usr/local/share/ca-certificates/*.crt' >/dev/null; then
    cp /usr/local/share/ca-certificates/*.crt "$1/usr/local/share/ca-certificates/"
    chroot "$1" update-ca-certificates >/dev/null 2>&1
  fi
}

inside() { # inside COMMAND...: in the checkout, with no variable of this machine but the proxies
  local pass=() name
  for name in http_proxy https_proxy no_proxy CI; do
    [ -z "${!name:-}" ] || pass+=("$name=${!name}")
  done
  env -i PATH=/usr/lib/ccache:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 "${pass[@]}" \
    chroot "$room" /bin/bash -c 'cd /root/airforce-video && exec "$@"' matrix "$@" </dev/null
}

install_inside() { # install_inside NAME...: packages, or lists of them in tools/lib/packages.sh
  inside bash -c '. tools/lib/say.sh && . tools/lib/packages.sh && install_packages '"$*"
}

# What the runs share: a bare system and the packages that the project names, which are thrown away with it, and need to survive no power
# cut.
make_base() {
  local script=$suite
  [ -e "/usr/share/debootstrap/scripts/$suite" ] || script=sid # newer than this debootstrap
  # The empty mirror is debootstrap's own.
  quietly debootstrap debootstrap --variant=minbase --include=ca-certificates "$suite" "$base.partial" "" "$script" ||
    cannot "debootstrap failed"
  copy_network "$base.partial"
  echo force-unsafe-io >"$base.partial/etc/dpkg/dpkg.cfg.d/unsafe-io"
  open_room "$base.partial"
  # shellcheck disable=SC2016 # lists of the shell inside
  install_inside '"${packages_build[@]}" "${packages_play[@]}" "${packages_test[@]}"' ccache ||
    fail "the packages of tools/lib/packages.sh could not be installed"
  # The store is tested on each of the two engines that is there.
  install_inside valkey-server 2>/dev/null || say "no valkey-server in $suite"
  inside apt-get clean
  unmount_room
  room=
  rm -rf "$base.partial/root/airforce-video"
  mv "$base.partial" "$base"
  touch "$base"
}

# note_result COMPILER OUTPUT: the versions in the room and what came out become a row of the table, in place of an older one.
note_result() {
  local table=$top/docs/systems.md versions passed_failed failures row
  # shellcheck disable=SC2016 # for the shell inside
  versions=$(inside sh -c '
    case $1 in clang) printf "clang %s" "$(clang -dumpversion)" ;; *) printf "g++ %s" "$(g++ -dumpfullversion)" ;; esac
    printf " | %s" "$(pkg-config --modversion gstreamer-1.0)" "$(ffmpeg -version | sed -n "s/^ffmpeg version \\([0-9.]*\\).*/\\1/p")" \
      "$(pkg-config --modversion glib-2.0)" "$(pkg-config --modversion libsoup-3.0)"' sh "$1") || return 0
  passed_failed=$(grep -E '^[0-9]+ passed, [0-9]+ failed' "$2" | tail -n 1) || return 0
  # Their names; what they say stands in the output.
  failures=$(sed -n 's/^  failed: //p' "$2" | sed 's/ ([A-Z]*).*//; s/^.*airforce-video://' | paste -sd ';' | sed 's/;/, /g')
  row="| $suite | $versions | $passed_failed${failures:+: $failures} |"
  awk -v row="$row" -v start="| $suite | ${versions%% *} " '
    index($0, start) == 1 { print row; written = 1; next }
    in_table && !/^\|/ { if (!written) print row; in_table = 0 }
    /^\|---/ { in_table = 1 }
    { print }' "$table" >"$scratch/table"
  cat "$scratch/table" >"$table"
}

mkdir -p "$kept"
mount --bind "$kept" "$kept" || cannot "nothing can be mounted here"
umount "$kept"
# Two runs share what one of them makes.
exec 9>"$kept/$suite.lock"
flock 9
if [ -z "$(find "$base" -maxdepth 0 -mtime -7 2>/dev/null)" ]; then
  step "A Debian $suite with the packages, kept in $base"
  rm -rf --one-file-system "$kept/$suite"-*
  make_base
fi
flock -u 9
[ -z "$prepare_only" ] || exit 0

room=$(mktemp -d "$kept/$suite.XXXXXX")
cp -a "$base/." "$room/"
open_room "$room"

code=0
for compiler in "${compilers[@]}"; do
  step "Debian $suite, $compiler"
  if [ "$compiler" = clang ]; then
    install_inside clang || fail "clang could not be installed in $suite"
    compile=(CC=clang CXX=clang++)
  else
    compile=(CC=gcc CXX=g++)
  fi
  rm -rf "$room/root/airforce-video"/build-*
  inside env "${compile[@]}" tools/test.sh "$check" | tee "$scratch/output" || code=1
  [ "$check" != quick ] || note_result "$compiler" "$scratch/output"
done
exit "$code"
