# SPDX-License-Identifier: LGPL-2.1-or-later
"""libavformat and libavfilter of the installed ffmpeg, built again with the protocol, the demuxer and the filter, and nothing else changed."""
import contextlib
import fcntl
import hashlib
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import tempfile

import tree
from apt import Apt, say
from system import REPLACED, Installed, core_path, is_system_wide
from tree import Failure

CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "airforce-video/ffmpeg"

# Libraries that only codecs and devices use, as configure's flag and Debian's package. They are left out, as the two libraries come
# out the same without them (verify() checks it) and there is far less to install. What is not in this list is kept.
NOT_NEEDED = """
libaom libaom-dev                 libaribb24 libaribb24-dev         libcaca libcaca-dev           libcdio libcdio-paranoia-dev
libcodec2 libcodec2-dev           libdav1d libdav1d-dev             libdc1394 libdc1394-dev
libgsm libgsm1-dev                libiec61883 libiec61883-dev   libjack libjack-jackd2-dev
libjxl libjxl-dev                 liblc3 liblc3-dev                 libmp3lame libmp3lame-dev     libopenh264 libopenh264-dev
libopencore_amrnb libopencore-amrnb-dev libopencore_amrwb libopencore-amrwb-dev                   libopenjpeg libopenjp2-7-dev
libopus libopus-dev               libpulse libpulse-dev             librav1e librav1e-dev         librsvg librsvg2-dev
libshine libshine-dev             libsnappy libsnappy-dev           libsoxr libsoxr-dev           libspeex libspeex-dev
libsvtav1 libsvtav1enc-dev        libtheora libtheora-dev           libtwolame libtwolame-dev     libvo_amrwbenc libvo-amrwbenc-dev
libvorbis libvorbis-dev           libvpx libvpx-dev                 libwebp libwebp-dev           libx264 libx264-dev
libx265 libx265-dev               libxavs2 libxavs2-dev             libxvid libxvidcore-dev       libzvbi libzvbi-dev
omx libomxil-bellagio-dev         openal libopenal-dev              opengl libgl1-mesa-dev        opengl libgl-dev
sdl2 libsdl2-dev                  libsmbclient libsmbclient-dev     - libavc1394-dev              - liblzma-dev
- libxcb-shape0-dev               - libxcb-shm0-dev                 - libxcb-xfixes0-dev          - libxv-dev
- libvdpau-dev                    - debhelper-compat                - pkg-kde-tools               - texinfo
- libasound2-dev                  - libx11-dev                      - libsmbclient-dev            - libtesseract-dev
"""
_WORDS = NOT_NEEDED.split()
FLAGS_LEFT_OUT = set(_WORDS[0::2]) - {"-"}
PACKAGES_LEFT_OUT = set(_WORDS[1::2])


def run(log, *command, **options):
    """Runs a command with its output in a file; whether it succeeded."""
    with open(log, "w", encoding="utf-8") as to:
        return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=to, stderr=subprocess.STDOUT, check=False, **options).returncode == 0


def tail(log, lines=6):
    return "\n".join(pathlib.Path(log).read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])


class DropIn:
    def __init__(self, arguments):
        self.arguments = arguments
        self.installed = Installed()
        name = self.installed.version.replace(":", "_").replace("/", "_")
        self.work = CACHE / f"{name}-{self.installed.architecture}"
        self.source, self.tree = self.work / "source", self.work / "build"
        self.apt = Apt(CACHE)
        self.sonames = list(self.installed.replaced.values())
        self.work.mkdir(parents=True, exist_ok=True)

    def fetch(self):
        """Unpacks the source package of the installed version, once."""
        if (self.source / ".complete").exists():
            return
        download = self.work / "download"
        for path in (self.source, download):
            shutil.rmtree(path, ignore_errors=True)
        download.mkdir()
        self.apt.update()
        if not shutil.which("dpkg-source"):
            if not self.arguments.install_deps:
                raise Failure("dpkg-source is missing: apt-get install dpkg-dev, or run again with --install-deps")
            self.install("install", "dpkg-dev")
        wanted = f"{self.installed.source}={self.installed.version}"
        say(f"fetching the source of {wanted} ...")
        done = self.apt.run("apt-get", "source", "-qq", "--download-only", "--only-source", wanted, cwd=download)
        if done.returncode:
            raise Failure(f"{done.stdout.rstrip()}\nthe archive does not offer the source of {wanted} (any more); bring the system up to "
                          "date (apt-get update && apt-get install ffmpeg) and try again")
        dsc = next(download.glob("*.dsc"))
        if not run(self.work / "fetch.log", "dpkg-source", "--no-check", "--no-copy", "-x", str(dsc), str(self.source)):
            raise Failure(f"the source can't be unpacked; see {self.work / 'fetch.log'}")
        shutil.rmtree(download)
        (self.source / ".complete").touch()

    def install(self, *arguments):
        self.apt.install(self.work / "install.log", *arguments, allow_upgrades=self.arguments.allow_upgrades)

    def check_dependencies(self, flags):
        control = self.work / "dependencies/debian/control"
        control.parent.mkdir(parents=True, exist_ok=True)
        left_out = PACKAGES_LEFT_OUT - ({"libtesseract-dev"} if "--enable-libtesseract" in flags else set())
        lines = (self.source / "debian/control").read_text(encoding="utf-8").splitlines()
        control.write_text("\n".join(line for line in lines if re.split(r"[\s,(\[<|]", line.strip())[0] not in left_out) + "\n",
                           encoding="utf-8")
        done = subprocess.run(["dpkg-checkbuilddeps", "-B", str(control)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              env=dict(os.environ, LC_ALL="C"), check=False)
        found = re.search(r"nmet build dependencies: (.*)", done.stdout)
        if not found:
            return
        missing = re.sub(r" \([^)]*\)| \| \S+", "", found[1])
        if not self.arguments.install_deps:
            raise Failure(f"packages are missing that the two libraries need to be built as the distribution does. Install them:\n"
                          f"  apt-get install {missing}\nor run this again with --install-deps")
        self.install("build-dep", "--arch-only", f"{self.work}/dependencies/")
        with open(CACHE / "installed-packages", "a", encoding="utf-8") as to:
            to.write(missing + "\n")

    def configuration(self):
        """The distribution's, as its library reports it, and the flags without what is not needed."""
        library = pathlib.Path(self.installed.libraries[self.installed.replaced["libavfilter"]])
        found = re.search(rb"--prefix=/usr [ -~]*", library.read_bytes())
        if not found:
            raise Failure(f"{library} does not report how it was configured")
        text = found[0].decode()
        return text, [flag for flag in shlex.split(text) if flag.removeprefix("--enable-") not in FLAGS_LEFT_OUT]

    def configure(self, text, flags):
        components = "".join((self.source / name).read_text(encoding="utf-8", errors="replace")
                             for name in ("configure", "libavformat/allformats.c", "libavformat/protocols.c", "libavfilter/allfilters.c"))
        stamp = f'{" ".join(flags)} {os.environ.get("CC", "")} {hashlib.sha256(components.encode()).hexdigest()}'
        done = self.tree / ".configured"
        if not done.exists() or done.read_text(encoding="utf-8") != stamp:
            say(f"configuring {self.installed.source} {self.installed.version} as the distribution did ...")
            shutil.rmtree(self.tree, ignore_errors=True)
            self.tree.mkdir()
            compiler = [f"--cc={os.environ['CC']}"] if os.environ.get("CC") else []
            log = self.work / "configure.log"
            if not run(log, "../source/configure", *flags, *compiler, "--disable-doc", "--disable-debug", cwd=self.tree):
                raise Failure(f"{tail(log)}\nFFmpeg's configure failed; see {log} and {self.tree / 'ffbuild/config.log'}")
            # The banner compares this text with ffmpeg's own.
            header = self.tree / "config.h"
            header.write_text(re.sub(r"^#define FFMPEG_CONFIGURATION .*$", lambda _: f'#define FFMPEG_CONFIGURATION "{text}"',
                                     header.read_text(encoding="utf-8"), flags=re.M), encoding="utf-8")
            # The core is looked for beside the libraries, too.
            with open(self.tree / "ffbuild/config.mak", "a", encoding="utf-8") as to:
                to.write("LDSOFLAGS+=-Wl,-rpath,'$$ORIGIN'\n")
            # Linked to what is installed, not to a second build of it.
            for soname, path in self.installed.libraries.items():
                name = soname.split(".")[0]
                (self.tree / name).mkdir(exist_ok=True)
                (self.tree / name / f"{name}.so").symlink_to(path)
            done.write_text(stamp, encoding="utf-8")
        for list_, ours in (("libavfilter/filter_list.c", "ff_avsrc_airforcevideosrc"), ("libavformat/protocol_list.c", "ff_airforce_protocol"),
                            ("libavformat/demuxer_list.c", "ff_airforce_demuxer")):
            if ours not in (self.tree / list_).read_text(encoding="utf-8"):
                raise Failure(f"configure left {ours} out; see {self.tree / 'ffbuild/config.log'}")

    def compile(self):
        log = self.work / "make.log"
        targets = [f"{soname.split('.')[0]}/{soname}" for soname in self.sonames]
        make = ["make", "-C", str(self.tree), *targets, "DEP_LIBS="]
        plan = subprocess.run([*make, "-n"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False).stdout
        total = len(re.findall(r"\bprintf .*\bCC\b|^\s*(?:echo|printf).*\bCC\b", plan, re.M)) or plan.count(" -c ")
        for name, soname in self.installed.replaced.items():
            say(f"compiling {soname} ({REPLACED[name]})")
        if total:
            say(f"{total} files to compile (log: {log}) ...")
        jobs = os.environ.get("JOBS") or str(os.cpu_count())
        count = reported = 0
        with open(log, "w", encoding="utf-8") as to, subprocess.Popen([*make, "-j" + jobs], stdout=subprocess.PIPE, text=True,
                                                                      stderr=subprocess.STDOUT, errors="replace") as process:
            for line in process.stdout:
                to.write(line)
                count += line.startswith("CC\t")
                if total > 20 and count * 10 // total > reported:
                    reported = count * 10 // total
                    say(f"  {min(count, total)} of {total}")
        if process.returncode:
            text = log.read_text(encoding="utf-8")
            errors = re.findall(r"^.*(?:error:|Error ).*(?:\n.*){0,4}", text, re.M)[:5]
            raise Failure("\n".join(errors or [tail(log, 20)]) + f"\nthe compilation failed; see {log}")
        for target, soname in zip(targets, self.sonames):
            subprocess.run(["strip", "--strip-unneeded", "-o", str(self.work / soname), str(self.tree / target)], check=True)

    def verify(self):
        """The stock ffmpeg with the new libraries differs from itself by the protocol, the demuxer and the filter alone."""
        with tempfile.TemporaryDirectory() as directory:
            sides = {}
            for side in ("old", "new"):
                path = pathlib.Path(directory) / side
                path.mkdir()
                for soname in self.sonames:
                    (path / soname).symlink_to(self.installed.libraries[soname] if side == "old" else self.work / soname)
                sides[side] = str(path)

            def about(side, *arguments):
                env = dict(os.environ, LD_LIBRARY_PATH=sides[side])
                env.pop("AIRFORCE_VIDEO_LIBRARY", None)
                done = subprocess.run([self.installed.ffmpeg, "-hide_banner", *arguments], env=env, stdout=subprocess.PIPE,
                                      stderr=subprocess.STDOUT, text=True, errors="replace", check=False)
                return done.stdout.splitlines()

            for listing, ours in (("-filters", [" airforcevideosrc "]), ("-protocols", ["airforce"]), ("-formats", [" airforce "]), ("-devices", [])):
                old, new = about("old", listing), about("new", listing)
                added = [line for line in new if line not in old]
                lost = [line for line in old if line not in new]
                if lost or len(added) != len(ours) or any(name not in line for name, line in zip(ours, added)):
                    raise Failure(f"ffmpeg {listing} changes by more than it should: {lost} become {added}; nothing was installed")
            if about("old", "-version") != about("new", "-version"):
                raise Failure("ffmpeg's banner changes with the new libraries; nothing was installed")
            # Options of all other components: a library that configure missed would show here.
            new = set(about("new", "-h", "full"))
            lost = [line for line in about("old", "-h", "full") if line not in new]
            if lost:
                raise Failure(f"the new libraries lost an option: {lost[0]}; nothing was installed")
        for soname in self.sonames:
            lost = needed(self.installed.libraries[soname]) - needed(self.work / soname)
            if lost:
                raise Failure(f"the new {soname} does not use {' '.join(lost)}, as the distribution's does; nothing was installed")

    def put(self, prefix):
        """Installs into PREFIX; in one step for each library, as an ffmpeg may be running with it."""
        root = pathlib.Path(os.environ.get("DESTDIR", "") + str(prefix))
        (root / "lib").mkdir(parents=True, exist_ok=True)
        (root / "share/airforce-video").mkdir(parents=True, exist_ok=True)
        manifest = [f"version={self.installed.version}"]
        for soname in self.sonames:
            name = soname.split(".")[0]
            version = re.search(rf"^{name}_VERSION=\d+(\.\S+)$", (self.tree / name / f"{name}.version").read_text(encoding="utf-8"), re.M)
            full = soname + (version[1] if version else "")
            shutil.copyfile(self.work / soname, root / "lib" / f"{full}.new")
            os.chmod(root / "lib" / f"{full}.new", 0o644)
            os.replace(root / "lib" / f"{full}.new", root / "lib" / full)
            manifest.append(f"lib/{full}")
            if full != soname:
                with contextlib.suppress(FileNotFoundError):
                    (root / "lib" / soname).unlink()
                (root / "lib" / soname).symlink_to(full)
                manifest.append(f"lib/{soname}")
        (root / "share/airforce-video/ffmpeg-drop-in").write_text("\n".join(manifest) + "\n", encoding="utf-8")


def needed(library):
    done = subprocess.run(["objdump", "-p", str(library)], stdout=subprocess.PIPE, text=True, check=True)
    return set(re.findall(r"^ *NEEDED *(\S+)", done.stdout, re.M))


def run_ldconfig():
    if os.getuid() == 0:
        subprocess.run(["/sbin/ldconfig"], check=False)
    else:
        say("now run: sudo ldconfig")


def build(arguments):
    prefix = pathlib.Path(os.path.abspath(os.path.expanduser(arguments.prefix)))
    job = DropIn(arguments)
    with open(job.work / "lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two builds at once would share the tree
        job.fetch()
        if tree.add(job.source):  # make knows the files of an earlier version by their dependencies
            for path in job.tree.glob("libav*/*airforce*.[od]"):
                path.unlink()
        text, flags = job.configuration()
        job.check_dependencies(flags)
        job.configure(text, flags)
        job.compile()
        job.verify()
        job.put(prefix)
    script = tree.HERE / "build.py"
    say(f"done: {' and '.join(f'{prefix}/lib/{soname}' for soname in job.sonames)} are those of {job.installed.source} "
        f"{job.installed.version} with the protocol and the demuxer airforce and the filter airforcevideosrc.")
    core, found = core_path(prefix)
    if is_system_wide(prefix):
        run_ldconfig()
        say("every program that uses these libraries has both now: ffmpeg, ffprobe, ffplay, mpv.")
    environment = "" if is_system_wide(prefix) else f"LD_LIBRARY_PATH={prefix}/lib "
    if core and not found:
        environment += f"AIRFORCE_VIDEO_LIBRARY={core} "
    say(f'use it:     {environment}ffmpeg -i "airforce://generate?model=wan-2.6&prompt=A%20red%20fox" -c copy fox.mp4')
    if not core:
        say("            It needs the core, libairforcevideo.so.0, which is not found: meson setup build && ninja -C build install, or set\n"
            "            AIRFORCE_VIDEO_LIBRARY to its path")
    if not is_system_wide(prefix):
        say(f"for all:    sudo {script} drop-in /usr/local")
    say(f"remove it:  {script} drop-in {prefix} --revert")
    say(f'After an upgrade of ffmpeg run this again; "{script} check" reports when.')


def revert(prefix):
    prefix = pathlib.Path(os.path.abspath(os.path.expanduser(prefix)))
    manifest = prefix / "share/airforce-video/ffmpeg-drop-in"
    if not manifest.is_file():
        raise Failure(f"there is no drop-in in {prefix}")
    for line in manifest.read_text(encoding="utf-8").splitlines():
        if line.startswith("lib/"):
            (prefix / line).unlink(missing_ok=True)
            say(f"removed {prefix / line}")
    manifest.unlink()
    with contextlib.suppress(OSError):
        manifest.parent.rmdir()
    if is_system_wide(prefix):
        run_ldconfig()
    say(f"the drop-in has been removed from {prefix}")
    packages = CACHE / "installed-packages"
    if packages.is_file():
        names = " ".join(dict.fromkeys(packages.read_text(encoding="utf-8").split()))
        say(f"packages that were installed for the build, and stay: {names}\n"
            f"remove them with: apt-get purge --auto-remove {names}")
