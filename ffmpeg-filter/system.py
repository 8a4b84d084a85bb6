# SPDX-License-Identifier: LGPL-2.1-or-later
"""What is installed: the ffmpeg that is meant, its libraries, and the core."""
import os
import pathlib
import re
import shutil
import subprocess

from tree import HERE, Failure

# What the drop-in replaces, and why.
REPLACED = {"libavformat": "for the protocol and the demuxer airforce", "libavfilter": "for the filter airforcevideosrc"}


def output(*command, **options):
    """The command's output, "" if it fails."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False, **options)
    return done.stdout.decode(errors="replace") if done.returncode == 0 else ""


def ffmpeg_path():
    path = os.environ.get("FFMPEG") or shutil.which("ffmpeg")
    if not path:
        raise Failure("no ffmpeg in PATH; install the distribution's: apt-get install ffmpeg")
    return path


def loaded_libraries(ffmpeg, clean=False):
    """FFmpeg's libraries that it loads, path by soname; empty if it is linked statically."""
    env = dict(os.environ, LC_ALL="C")
    if clean:
        for name in ("LD_LIBRARY_PATH", "LD_PRELOAD"):
            env.pop(name, None)
    return dict(re.findall(r"^\s*(lib(?:avcodec|avdevice|avfilter|avformat|avutil|postproc|swresample|swscale)\.so\.\d+) => (\S+) ", output("ldd", ffmpeg, env=env), re.M))


def ldconfig(*arguments):
    return output("/sbin/ldconfig", *arguments)


class Installed:
    """The distribution's ffmpeg; an active drop-in stands before its libraries, so they are those that a package owns."""

    def __init__(self):
        self.ffmpeg = ffmpeg_path()
        loaded = loaded_libraries(self.ffmpeg, clean=True)
        if not all(any(soname.startswith(f"{name}.so") for soname in loaded) for name in REPLACED):
            raise Failure(f"{self.ffmpeg} brings its own libavfilter inside, so nothing can be dropped in; use the distribution's "
                          f"ffmpeg, or build your own with: {HERE / 'build.py'} tree DIR")
        if not shutil.which("dpkg-query"):
            raise Failure(f"drop-in needs a Debian-like system; use: {HERE / 'build.py'} tree DIR")
        self.libraries = {}  # soname: path of the distribution's file
        cache = ldconfig("-p")
        for soname in loaded:
            for path in re.findall(rf"^\s*{re.escape(soname)} .* => (\S+)", cache, re.M):
                path = os.path.realpath(path)
                owner = output("dpkg-query", "-S", path).split(": ")[0].splitlines()
                if owner:
                    self.libraries[soname] = path
                    package = owner[0]
                    break
            else:
                raise Failure(f"no package owns {soname} of {self.ffmpeg}; use the distribution's ffmpeg, or: {HERE / 'build.py'} tree DIR")
        fields = output("dpkg-query", "-W", "-f", "${source:Version} ${source:Package} ${Architecture}", package).split()
        self.version, self.source, self.architecture = fields
        self.replaced = {name: soname for name in REPLACED for soname in self.libraries if soname.startswith(f"{name}.so")}


def core_path(prefix=None):
    """The core, and whether programs find it on their own; (None, False) if it is nowhere."""
    named = os.environ.get("AIRFORCE_VIDEO_LIBRARY")
    if named:
        return (named, True) if os.path.exists(named) else (None, False)
    places = os.environ.get("LD_LIBRARY_PATH", "").split(":") + ([f"{prefix}/lib"] if prefix else [])
    for place in filter(None, places):
        if os.path.exists(f"{place}/libairforcevideo.so.0"):
            return f"{place}/libairforcevideo.so.0", True
    found = re.search(r"^\s*libairforcevideo\.so\.0 .* => (\S+)", ldconfig("-p"), re.M)
    if found:
        return found[1], True
    built = sorted(pathlib.Path(HERE.parent).glob("build*/common/capi/libairforcevideo.so.0"))
    return (str(built[0]), False) if built else (None, False)


def is_system_wide(prefix):
    """Is PREFIX/lib one of the directories that every program looks into? Not while it is only staged there."""
    return not os.environ.get("DESTDIR") and f"\n{os.path.realpath(prefix)}/lib:" in "\n" + ldconfig("-N", "-v")


def check():
    """Prints which ffmpeg runs, what it has, and what to do; the exit code."""
    program = ffmpeg_path()
    build = HERE / "build.py"
    version = re.search(r"^ffmpeg version (\S+)", output(program, "-version"), re.M)
    print(f"ffmpeg:   {program} ({version[1] if version else 'unknown version'})")
    loaded = loaded_libraries(program)
    paths = [path for soname, path in loaded.items() if soname.split(".")[0] in REPLACED]
    print(f"libraries: {' '.join(paths) or 'inside of it (statically linked)'}")
    complete = True
    for kind, name, listing in (("filter", "airforcevideosrc", "-filters"), ("protocol", "airforce", "-protocols"),
                                ("demuxer", "airforce", "-demuxers")):
        there = re.search(rf"^.*\s{name}(\s|$)", output(program, "-hide_banner", listing), re.M)
        print(f"{kind}:{' ' * (9 - len(kind))}{name} is {'available' if there else 'missing'}")
        complete = complete and bool(there)
    if not complete and paths:
        print(f"          build both (1 to 3 minutes): {build} drop-in ~/.local/airforce-video")
        print("          if that is done: LD_LIBRARY_PATH=~/.local/airforce-video/lib")
    elif not complete:
        print(f"          a static ffmpeg can't be extended: use the distribution's, or build your own after: {build} tree DIR")
    for path in paths:
        prefix = pathlib.Path(path).parent.parent
        manifest = prefix / "share/airforce-video/ffmpeg-drop-in"
        if manifest.is_file():
            built = manifest.read_text(encoding="utf-8").split("\n")[0].removeprefix("version=")
            now = Installed().version
            if built != now:
                complete = False
                print(f"          but it was built for {built}, and {now} is installed: build it again:\n          {build} drop-in {prefix}")
            break
    core, found = core_path()
    if core and found:
        print(f"core:     {core}")
    else:
        complete = False
        print("core:     libairforcevideo.so.0 is not found" +
              (f" at AIRFORCE_VIDEO_LIBRARY={os.environ['AIRFORCE_VIDEO_LIBRARY']}" if os.environ.get("AIRFORCE_VIDEO_LIBRARY") else ""))
        print(f"          install it (ninja -C build install && ldconfig), or set AIRFORCE_VIDEO_LIBRARY to {core or 'its path'}")
    if complete:
        print("Everything is in place.")
    return 0 if complete else 1
