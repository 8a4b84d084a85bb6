#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Puts the source filter airforcevideosrc into an ffmpeg: the installed one (drop-in), or a source tree (tree).
set -euo pipefail
export LC_ALL=C

here=$(cd "$(dirname "$0")" && pwd)
common=$here/../common
cache=${XDG_CACHE_HOME:-$HOME/.cache}/airforce-video/ffmpeg

usage() {
  cat <<'END'
build.sh drop-in PREFIX [--install-deps]   rebuild libavfilter of the installed ffmpeg with the source, into PREFIX/lib
build.sh drop-in PREFIX --revert           take it away again
build.sh tree DIR [--revert]               add the source to an FFmpeg source tree (5.1 to 9.0), or take it out
build.sh check                             which ffmpeg runs, has it the source, is the core found, what to do

drop-in works on Debian and its relatives. It fetches the source package of exactly the installed version with an apt
configuration of its own (the system's is not touched), builds libavfilter alone with the distribution's own flags, links
it to the system's libraries, and checks that the stock ffmpeg gains this one filter and nothing else changes.
The first run takes one to three minutes, later ones seconds. Everything is kept under
${XDG_CACHE_HOME:-~/.cache}/airforce-video/ffmpeg, which may be removed at any time.

  --install-deps   install the missing build packages (as root, or with sudo)
  JOBS=N           compile N files at a time (all cores)
  FFMPEG=PATH      the ffmpeg that is meant (the first in PATH)
END
}

say() { printf '%s\n' "$*" >&2; }
die() { say "build.sh: $*"; exit 1; }

# --- The source in a tree ------------------------------------------------------------------------------------------------

# What the tree gets, under libavfilter/.
filter_files=(
  "$here/src_airforcevideo.c"
  "$here"/airforcevideo_*.h
  "$common/capi/airforce-video.h"
  "$common/capi/airforce-video-loader.h"
  "$common/vocabulary/airforce-video-parameters.def"
)

# Where the tree names its filters: file, the one line to stand after, and what makes ours of that line. Such an edit needs no
# context, so it holds from version to version; where it does not, it says so before anything is changed.
tree_edits=(
  'libavfilter/Makefile|^OBJS-\$\(CONFIG_MOVIE_FILTER\) +\+= src_movie\.o$|s/MOVIE_FILTER[)] {11}/AIRFORCEVIDEOSRC_FILTER)/; s/src_movie/src_airforcevideo/'
  'libavfilter/allfilters.c|^extern +const (AVFilter|FFFilter) ff_avsrc_movie;$|s/movie/airforcevideosrc/'
  'configure|^movie_filter_deps="avcodec avformat"$|s/movie/airforcevideosrc/; s/"$/ libdl"/'
)

tree_file() { # DIR FILE
  [ -f "$1/$2" ] || die "$1 is not an FFmpeg source tree: it has no $2"
  echo "$1/$2"
}

# rewrite FILE COMMAND...: the command's output becomes the content; the mode of the file stays.
rewrite() {
  local text
  text=$("${@:2}" "$1"; echo x)
  printf '%s' "${text%x}" >"$1"
}

tree_add() {
  local dir=$1 edit name anchor change file line
  for edit in "${tree_edits[@]}"; do
    name=${edit%%|*} anchor=${edit#*|} anchor=${anchor%|*}
    file=$(tree_file "$dir" "$name")
    [ "$(grep -cE "$anchor" "$file")" = 1 ] ||
      die "$name of $dir has no line like $anchor; this FFmpeg is not one of those that are known (5.1 to 9.0)"
  done
  for edit in "${tree_edits[@]}"; do
    name=${edit%%|*} change=${edit##*|} anchor=${edit#*|} anchor=${anchor%|*}
    file=$(tree_file "$dir" "$name")
    line=$(grep -E "$anchor" "$file" | sed -E "$change")
    grep -qxF -- "$line" "$file" && continue
    # shellcheck disable=SC2016 # awk's own variables
    rewrite "$file" awk -v "anchor=${anchor//\\/\\\\}" -v "line=$line" '{ print } $0 ~ anchor { print line }'
    [ "$(grep -cxF -- "$line" "$file")" = 1 ] || die "$file could not be edited"
  done
  for file in "${filter_files[@]}"; do
    cmp -s "$file" "$dir/libavfilter/${file##*/}" || cp "$file" "$dir/libavfilter/"
  done
}

tree_remove() {
  local dir=$1 edit file
  for edit in "${tree_edits[@]}"; do
    file=$(tree_file "$dir" "${edit%%|*}")
    ! grep -qi airforcevideo "$file" || rewrite "$file" grep -vi airforcevideo
  done
  for file in "${filter_files[@]}"; do rm -f "$dir/libavfilter/${file##*/}"; done
}

cmd_tree() {
  local dir=${1:?build.sh tree needs the directory of an FFmpeg source tree}
  if [ "${2-}" = --revert ]; then
    tree_remove "$dir"
    say "$dir is as it was. Run its configure again."
  else
    tree_add "$dir"
    say "$dir has the source airforcevideosrc. Run its configure and make as usual."
  fi
}

# --- The installed ffmpeg ------------------------------------------------------------------------------------------------

# Sets ffmpeg, library (the distribution's libavfilter.so.N), soname, package, version (of the source package), libraries
# (the libav* that ffmpeg loads, as paths).
find_installed() {
  ffmpeg=${FFMPEG:-$(command -v ffmpeg || true)}
  [ -n "$ffmpeg" ] || die "no ffmpeg is installed; install the distribution's: apt-get install ffmpeg"
  local loaded
  loaded=$(env -u LD_LIBRARY_PATH -u LD_PRELOAD ldd "$ffmpeg" 2>/dev/null || true)
  soname=$(sed -nE 's/^[[:space:]]*(libavfilter\.so\.[0-9]+) .*/\1/p' <<<"$loaded")
  [ -n "$soname" ] || die "$ffmpeg brings its own libavfilter inside, so nothing can be dropped in; \
use the distribution's ffmpeg, or build your own with: $0 tree DIR"
  command -v dpkg-query >/dev/null || die "drop-in needs a Debian-like system; use: $0 tree DIR"
  # An active drop-in stands before the distribution's file, so look for the one that a package owns.
  local path
  for path in $(/sbin/ldconfig -p | sed -nE "s/^[[:space:]]*$soname .* => //p"); do
    path=$(realpath "$path")
    package=$(dpkg-query -S "$path" 2>/dev/null | sed -n '1s/: .*//p') || true
    [ -n "$package" ] && library=$path && break
  done
  [ -n "${library-}" ] || die "no package owns $soname of $ffmpeg; use the distribution's ffmpeg, or: $0 tree DIR"
  version=$(dpkg-query -W -f '${source:Version}' "$package")
  source_package=$(dpkg-query -W -f '${source:Package}' "$package")
  libraries=$(sed -nE 's/^[[:space:]]*lib(av|sw|postproc)[a-z]*\.so\.[0-9]+ => ([^ ]+) .*/\2/p' <<<"$loaded")
}

# apt with lists, cache and sources of its own: the system's sources, and the same with deb-src. As apt reads the system's
# apt.conf.d too, proxies and pins are the system's; its hooks are not run.
private_apt() { # COMMAND ARGUMENT...
  local dir=$cache/apt
  if [ ! -e "$dir/apt.conf" ]; then
    mkdir -p "$dir"/{state/lists/partial,cache/archives/partial,sources}
    cat >"$dir/apt.conf" <<END
Dir::State "$dir/state";
Dir::State::status "/var/lib/dpkg/status";
Dir::Cache "$dir/cache";
Dir::Etc::sourcelist "/dev/null";
Dir::Etc::sourceparts "$dir/sources";
APT::Sandbox::User "";
Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
Acquire::IndexTargets::deb::CNF::DefaultEnabled "false";
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
END
  fi
  "$1" -c "$dir/apt.conf" "${@:2}"
}

private_apt_update() {
  local dir=$cache/apt file name
  rm -rf "$dir/apt.conf" "$dir/sources"
  private_apt apt-config dump >/dev/null
  for file in /etc/apt/sources.list /etc/apt/sources.list.d/*; do
    [ -f "$file" ] || continue
    name=$dir/sources/${file##*/}
    case $file in
      *.list) sed -E 's/^([[:space:]]*)deb-src([[:space:]])/#&/; s/^[[:space:]]*deb([[:space:]].*)/&\ndeb-src\1/' "$file" >"$name" ;;
      *.sources) sed -E 's/^Types:.*/Types: deb deb-src/' "$file" >"$name" ;;
    esac
  done
  say "reading the package lists (this program's own copy) ..."
  private_apt apt-get update -qq >"$cache/apt.log" 2>&1 || sed 's/^/  /' "$cache/apt.log" >&2
}

# apt-get as root, with this program's own lists: those of the system may be old or absent.
as_root_apt() { # COMMAND ARGUMENT...
  local root=()
  if [ "$(id -u)" != 0 ]; then
    root=(sudo)
    [ -t 0 ] || root+=(-n) # nobody is there to ask
  fi
  "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -c "$cache/apt/apt.conf" -y -qq -o DPkg::Lock::Timeout=300 \
    --no-install-recommends "$@" >"$work/install.log" 2>&1 </dev/null || {
    tail -n 5 "$work/install.log" >&2
    die "the build packages could not be installed; see $work/install.log"
  }
}

# Unpacks the source package of the installed version into $work/source, once.
fetch_source() {
  [ -e "$work/source/.complete" ] && return
  rm -rf "$work/source" "$work/download"
  mkdir -p "$work/download"
  private_apt_update
  if ! command -v dpkg-source >/dev/null; then
    [ "$install_deps" = 1 ] || die "dpkg-source is missing: apt-get install dpkg-dev, or run again with --install-deps"
    as_root_apt install dpkg-dev
  fi
  say "fetching $source_package $version ..."
  (cd "$work/download" && private_apt apt-get source -qq --download-only --only-source "$source_package=$version") \
    >"$work/fetch.log" 2>&1 || {
    sed 's/^/  /' "$work/fetch.log" >&2
    die "the archive does not offer the source of $source_package $version (any more); bring the system up to date \
(apt-get update && apt-get install ffmpeg) and try again"
  }
  dpkg-source --no-check --no-copy -x "$work"/download/*.dsc "$work/source" >"$work/fetch.log" 2>&1 || die "see $work/fetch.log"
  rm -rf "$work/download"
  touch "$work/source/.complete"
}

# Libraries that codecs, formats and devices use and no filter does, as configure's flag and Debian's package. They are left
# out, as libavfilter comes out the same without them (verify checks it) and there is far less to install. What is not in
# this list is kept.
not_for_filters='
chromaprint libchromaprint-dev      gnutls libgnutls28-dev            libaom libaom-dev            libaribb24 libaribb24-dev
libbluray libbluray-dev             libcaca libcaca-dev               libcdio libcdio-paranoia-dev libcodec2 libcodec2-dev
libdav1d libdav1d-dev               libdc1394 libdc1394-dev           libdvdnav libdvdnav-dev      libdvdread libdvdread-dev
libgme libgme-dev                   libgsm libgsm1-dev                libiec61883 libiec61883-dev  libjack libjack-jackd2-dev
libjxl libjxl-dev                   liblc3 liblc3-dev                 libmp3lame libmp3lame-dev    libopenh264 libopenh264-dev
libopencore_amrnb libopencore-amrnb-dev libopencore_amrwb libopencore-amrwb-dev                    libopenjpeg libopenjp2-7-dev
libopenmpt libopenmpt-dev           libopus libopus-dev               libpulse libpulse-dev        librabbitmq librabbitmq-dev
librav1e librav1e-dev               librist librist-dev               librsvg librsvg2-dev         libshine libshine-dev
libsmbclient libsmbclient-dev       libsnappy libsnappy-dev           libsoxr libsoxr-dev          libspeex libspeex-dev
libsrt libsrt-gnutls-dev            libssh libssh-gcrypt-dev          libssh libssh-dev            libsvtav1 libsvtav1enc-dev
libtheora libtheora-dev             libtwolame libtwolame-dev         libvo_amrwbenc libvo-amrwbenc-dev libvorbis libvorbis-dev
libvpx libvpx-dev                   libwebp libwebp-dev               libx264 libx264-dev          libx265 libx265-dev
libxavs2 libxavs2-dev               libxml2 libxml2-dev               libxvid libxvidcore-dev      libzvbi libzvbi-dev
omx libomxil-bellagio-dev           openal libopenal-dev              opengl libgl1-mesa-dev       opengl libgl-dev
sdl2 libsdl2-dev                    - libavc1394-dev                  - libbz2-dev                 - liblzma-dev
- libsctp-dev                       - libxcb-shape0-dev               - libxcb-shm0-dev            - libxcb-xfixes0-dev
- libxv-dev                         - libvdpau-dev                    - debhelper-compat           - pkg-kde-tools
- texinfo                           - libasound2-dev                  - libx11-dev
'

# The distribution's flags without those, as the array flags; and the distribution's configuration as libavfilter tells it.
read_configuration() {
  configuration=$(grep -aoE -m1 -- '--prefix=/usr [ -~]*' "$library" | head -n 1)
  [ -n "$configuration" ] || die "$library does not tell how it was configured"
  local all flag name
  eval "all=($configuration)" # it was quoted for a shell by configure
  flags=()
  for flag in "${all[@]}"; do
    name=${flag#--enable-}
    if [ "$name" != "$flag" ] && grep -qE "(^| )$name lib" <<<"$not_for_filters"; then continue; fi
    flags+=("$flag")
  done
}

check_dependencies() {
  local control=$work/dependencies/debian/control package drop missing
  mkdir -p "${control%/*}"
  drop=$(xargs -n 2 <<<"$not_for_filters" | cut -d ' ' -f 2)
  case " ${flags[*]} " in *' --enable-libtesseract '*) ;; *) drop+=' libtesseract-dev' ;; esac # the -extra flavour's
  cp "$work/source/debian/control" "$control"
  for package in $drop; do sed -i -E "/^[[:space:]]*$package([[:space:],(].*)?$/d" "$control"; done
  missing=$(dpkg-checkbuilddeps -B "$control" 2>&1 | sed -nE '/[Uu]nmet build dependencies: /{s///; s/^.*error: //; s/ \([^)]*\)| \| [^ ]+//g; p}') || true
  [ -z "$missing" ] && return
  if [ "$install_deps" = 1 ]; then
    say "installing build packages: $missing"
    [ -e "$cache/apt/apt.conf" ] || private_apt_update
    as_root_apt build-dep --arch-only "$work/dependencies/"
    return
  fi
  die "packages are missing that libavfilter needs to be built as the distribution does. Install them:
  apt-get install $missing
or run this again with --install-deps"
}

configure_tree() {
  local stamp="${flags[*]}" path name
  if [ "$(cat "$work/build/.configured" 2>/dev/null)" != "$stamp" ]; then
    say "configuring $source_package $version as the distribution did ..."
    rm -rf "$work/build"
    mkdir -p "$work/build"
    (cd "$work/build" && ../source/configure "${flags[@]}" --disable-doc --disable-debug) >"$work/configure.log" 2>&1 || {
      tail -n 6 "$work/configure.log" >&2
      die "FFmpeg's configure failed; see $work/configure.log and $work/build/ffbuild/config.log"
    }
    # The banner compares this text with ffmpeg's own.
    sed -i "s|^#define FFMPEG_CONFIGURATION .*|#define FFMPEG_CONFIGURATION \"${configuration//|/\\|}\"|" "$work/build/config.h"
    # Linked to what is installed, not to a second build of it.
    for path in $libraries; do
      name=${path##*/}
      name=${name%%.so.*}
      mkdir -p "$work/build/$name"
      ln -sf "$path" "$work/build/$name/$name.so"
    done
    printf '%s' "$stamp" >"$work/build/.configured"
  fi
  # The list of filters is written by configure, which need not run again for one more.
  grep -q ff_avsrc_airforcevideosrc "$work/build/libavfilter/filter_list.c" || die "configure left the source out; see $work/build"
}

compile() {
  say "compiling libavfilter (log: $work/make.log) ..."
  make -C "$work/build" -j"${JOBS:-$(nproc)}" "libavfilter/$soname" DEP_LIBS= >"$work/make.log" 2>&1 || {
    grep -m 10 -B 2 -A 6 -E 'error:|Error ' "$work/make.log" >&2 || tail -n 20 "$work/make.log" >&2
    die "the compilation failed; see $work/make.log"
  }
  strip --strip-unneeded -o "$work/$soname" "$work/build/libavfilter/$soname"
}

# All that the stock ffmpeg can say about its filters, with the library in directory $1, or its own.
about() { env -u AIRFORCE_VIDEO_LIBRARY LD_LIBRARY_PATH="$1" "$ffmpeg" -hide_banner "${@:2}" 2>&1; }

# The stock ffmpeg with the new library differs from itself by this one filter.
verify() {
  local old new changes dir=$work/verify
  rm -rf "$dir"
  mkdir -p "$dir/old" "$dir/new"
  ln -s "$library" "$dir/old/$soname"
  ln -s "$work/$soname" "$dir/new/$soname"
  old=$(about "$dir/old" -filters)
  new=$(about "$dir/new" -filters) || die "ffmpeg does not run with the new libavfilter: $(tail -n 1 <<<"$new"); nothing was installed"
  changes=$(diff <(echo "$old") <(echo "$new") | grep '^[<>]') || true
  if [ "$(wc -l <<<"$changes")" != 1 ] || [[ $changes != '> '*' airforcevideosrc '* ]]; then
    say "$changes"
    die "the new libavfilter has not exactly one filter more than $library; nothing was installed"
  fi
  [ "$(about "$dir/old" -version)" = "$(about "$dir/new" -version)" ] || {
    about "$dir/new" -version | grep -i mismatch >&2 || true
    die "ffmpeg's banner changes with the new libavfilter; nothing was installed"
  }
  # Options of all other filters: a library that configure missed would show here.
  diff <(about "$dir/old" -h full) <(about "$dir/new" -h full) | grep -q '^<' &&
    die "a filter lost an option in the new libavfilter; nothing was installed"
  local gone
  gone=$(comm -23 <(needed "$library") <(needed "$work/$soname"))
  [ -z "$gone" ] || die "the new libavfilter does not use $gone, as the distribution's does; nothing was installed"
}

needed() { objdump -p "$1" | sed -n 's/^ *NEEDED *//p' | sort; }

install_drop_in() { # PREFIX
  local prefix=${DESTDIR-}$1 full
  full=$soname$(sed -nE 's/^lib.*_VERSION=[0-9]+(\..*)/\1/p' "$work/build/libavfilter/libavfilter.version")
  mkdir -p "$prefix/lib" "$prefix/share/airforce-video"
  install -m 644 "$work/$soname" "$prefix/lib/$full.new"
  mv -f "$prefix/lib/$full.new" "$prefix/lib/$full" # in one step, as an ffmpeg may be running with it
  [ "$full" = "$soname" ] || ln -sfn "$full" "$prefix/lib/$soname"
  { echo "version=$version"; echo "lib/$full"; [ "$full" = "$soname" ] || echo "lib/$soname"; } \
    >"$prefix/share/airforce-video/ffmpeg-drop-in"
}

# Is PREFIX/lib one of the directories that every program looks into? Not while it is only staged there.
is_system_wide() { [ -z "${DESTDIR-}" ] && /sbin/ldconfig -N -v 2>/dev/null | grep -q "^$(realpath -m "$1/lib"):"; }

run_ldconfig() {
  if [ "$(id -u)" = 0 ]; then /sbin/ldconfig; else say "now run: sudo ldconfig"; fi
}

cmd_drop_in() {
  local prefix=${1:?build.sh drop-in needs a directory, such as ~/.local/airforce-video or /usr/local} revert=0
  shift
  install_deps=0
  while [ $# -gt 0 ]; do
    case $1 in
      --install-deps) install_deps=1 ;;
      --revert) revert=1 ;;
      *) die "unknown option $1" ;;
    esac
    shift
  done
  prefix=$(realpath -m "$prefix")
  if [ "$revert" = 1 ]; then
    local manifest=$prefix/share/airforce-video/ffmpeg-drop-in file
    [ -f "$manifest" ] || die "there is no drop-in in $prefix"
    grep '^lib/' "$manifest" | while read -r file; do rm -f "$prefix/$file"; done
    rm -f "$manifest"
    rmdir --ignore-fail-on-non-empty "$prefix/share/airforce-video" 2>/dev/null || true
    is_system_wide "$prefix" && run_ldconfig
    say "the drop-in is gone from $prefix"
    return
  fi

  find_installed
  work=$cache/${version//[:\/]/_}-$(dpkg --print-architecture)
  mkdir -p "$work"
  exec 9>"$work/lock"
  flock 9 # two builds at once would share the tree
  fetch_source
  tree_add "$work/source"
  read_configuration
  check_dependencies
  configure_tree
  compile
  verify
  install_drop_in "$prefix"

  say "done: $prefix/lib/$soname is libavfilter of $source_package $version with one filter more, airforcevideosrc."
  if is_system_wide "$prefix"; then
    run_ldconfig
    say "every program that uses libavfilter has it now: ffmpeg, ffprobe, ffplay, mpv."
  else
    say "use it:     LD_LIBRARY_PATH=$prefix/lib ffmpeg -f lavfi -i \"airforcevideosrc=model=wan-2.6:promptfile=fox.txt\" fox.mkv"
    say "for all:    sudo $0 drop-in /usr/local"
  fi
  say "take away:  $0 drop-in $prefix --revert"
  say "After an upgrade of ffmpeg run this again; \"$0 check\" tells when."
}

# --- What is there -------------------------------------------------------------------------------------------------------

core_path() {
  local dir
  if [ -n "${AIRFORCE_VIDEO_LIBRARY-}" ]; then
    [ -e "$AIRFORCE_VIDEO_LIBRARY" ] && echo "$AIRFORCE_VIDEO_LIBRARY"
    return
  fi
  IFS=: read -ra dirs <<<"${LD_LIBRARY_PATH-}"
  for dir in "${dirs[@]}"; do
    [ -e "$dir/libairforcevideo.so.0" ] && echo "$dir/libairforcevideo.so.0" && return
  done
  /sbin/ldconfig -p | sed -nE 's/^[[:space:]]*libairforcevideo\.so\.0 .* => //p' | head -n 1
}

cmd_check() {
  local program loaded filter core ok=0 manifest now
  program=${FFMPEG:-$(command -v ffmpeg || true)}
  [ -n "$program" ] || die "no ffmpeg in PATH; install the distribution's: apt-get install ffmpeg"
  echo "ffmpeg:  $program ($("$program" -version | sed -n '1s/^ffmpeg version \([^ ]*\).*/\1/p'))"
  # ldd fails for one that is linked statically
  loaded=$(ldd "$program" 2>/dev/null | sed -nE 's/^[[:space:]]*libavfilter\.so\.[0-9]+ => ([^ ]+) .*/\1/p') || true
  echo "filters: ${loaded:-inside of it (statically linked)}"
  filter=$("$program" -hide_banner -filters 2>/dev/null | grep -c ' airforcevideosrc ' || true)
  if [ "$filter" = 1 ]; then
    echo "source:  airforcevideosrc is there"
  else
    ok=1
    echo "source:  airforcevideosrc is missing"
    if [ -n "$loaded" ]; then
      echo "         build it (1 to 3 minutes): $0 drop-in ~/.local/airforce-video"
      echo "         if that is done: LD_LIBRARY_PATH=~/.local/airforce-video/lib"
    else
      echo "         a static ffmpeg can't be extended: use the distribution's, or build your own after: $0 tree DIR"
    fi
  fi
  manifest=${loaded:+${loaded%/lib/*}/share/airforce-video/ffmpeg-drop-in}
  if [ -f "$manifest" ]; then
    now=$(FFMPEG=$program find_installed && echo "$version")
    if [ "$(sed -n 's/^version=//p' "$manifest")" != "$now" ]; then
      ok=1
      echo "         but it was built for $(sed -n 's/^version=//p' "$manifest"), and $now is installed: build it again:"
      echo "         $0 drop-in ${loaded%/lib/*}"
    fi
  fi
  core=$(core_path) || true
  if [ -n "$core" ]; then
    echo "core:    $core"
  else
    ok=1
    echo "core:    libairforcevideo.so.0 is not found${AIRFORCE_VIDEO_LIBRARY:+ at AIRFORCE_VIDEO_LIBRARY=$AIRFORCE_VIDEO_LIBRARY}"
    echo "         install it (ninja -C build install && ldconfig), or set AIRFORCE_VIDEO_LIBRARY to its path"
  fi
  [ "$ok" = 0 ] && echo "All is there."
  return "$ok"
}

case ${1-} in
  drop-in) cmd_drop_in "${@:2}" ;;
  tree) cmd_tree "${@:2}" ;;
  check) cmd_check ;;
  -h | --help | help) usage ;;
  *) usage >&2; exit 2 ;;
esac
