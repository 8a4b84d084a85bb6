#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Puts the protocol airforce:, the demuxer of films and the filter airforcevideosrc into an ffmpeg: the installed one, or a source tree."""
import argparse
import pathlib
import sys

import drop_in
import system
import tree

MORE = """\
drop-in works on Debian and its relatives. It fetches the source package of exactly the installed version with an apt configuration of
its own (the system's is not touched), builds libavformat and libavfilter alone with the distribution's own flags, links them to the
system's libraries, and checks that the stock ffmpeg gains these three and nothing else changes. The first run takes
one to three minutes, later ones seconds. Everything is kept under ${XDG_CACHE_HOME:-~/.cache}/airforce-video/ffmpeg, which may be
removed at any time.

environment: JOBS=N compiles N files at a time (all cores); FFMPEG=PATH is the ffmpeg that is meant (the first in PATH); CC is the
compiler (gcc)
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__, epilog=MORE, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    into = commands.add_parser("drop-in", help="rebuild two libraries of the installed ffmpeg with them, into PREFIX/lib")
    into.add_argument("prefix", metavar="PREFIX", help="such as ~/.local/airforce-video, or /usr/local for all users")
    into.add_argument("--install-deps", action="store_true", help="install missing build packages (as root, or with sudo)")
    into.add_argument("--allow-upgrades", action="store_true", help="also where that upgrades or removes installed packages")
    into.add_argument("--revert", action="store_true", help="remove the drop-in from PREFIX, and name the build packages")
    into.set_defaults(run=lambda arguments: drop_in.revert(arguments.prefix) if arguments.revert else drop_in.build(arguments))
    source = commands.add_parser("tree", help=f"add them to an FFmpeg source tree ({tree.KNOWN}), or remove them")
    source.add_argument("directory", metavar="DIR", type=pathlib.Path)
    source.add_argument("--revert", action="store_true", help="remove them")
    source.set_defaults(run=edit_tree)
    commands.add_parser("check", help="which ffmpeg runs, what it has, and what to do").set_defaults(run=lambda _: system.check())
    arguments = parser.parse_args()
    try:
        return arguments.run(arguments) or 0
    except tree.Failure as failure:
        print(f"build.py: {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def edit_tree(arguments):
    if arguments.revert:
        tree.remove(arguments.directory)
        print(f"{arguments.directory} is as it was. Run its configure again.", file=sys.stderr)
    else:
        tree.add(arguments.directory)
        print(f"{arguments.directory} has the protocol and the demuxer airforce and the filter airforcevideosrc. Run its configure and make as usual.",
              file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
