#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs the tests of a build directory beside busy processes, several times, and counts each test's failures."""
import argparse
import collections
import json
import pathlib
import subprocess
import sys


def run_once(build, meson_arguments):
    """One run of the suite; (name, result) of each test."""
    log = build / "meson-logs/testlog.json"
    log.unlink(missing_ok=True)
    subprocess.run(["meson", "test", "-C", str(build), "--no-rebuild", *meson_arguments],
                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)
    if not log.exists():
        raise SystemExit(f"meson test wrote no {log}")
    return [(test["name"], test["result"], test) for test in map(json.loads, log.read_text().splitlines())]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("build", type=pathlib.Path, help="a build directory whose tests are built")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--busy", type=int, default=8, help="busy processes beside the tests")
    parser.add_argument("--table", type=pathlib.Path, help="where to write the failures of each test, as Markdown")
    parser.add_argument("meson", nargs="*", help="arguments of meson test, such as --suite faults")
    options = parser.parse_intermixed_args()

    runs = collections.Counter()
    failures = collections.Counter()
    busy = [subprocess.Popen(["sh", "-c", "while :; do :; done"]) for _ in range(options.busy)]
    try:
        for number in range(1, options.runs + 1):
            for name, result, test in run_once(options.build, options.meson):
                if result == "SKIP":
                    continue
                runs[name] += 1
                if result not in ("OK", "EXPECTEDFAIL"):
                    failures[name] += 1
                    print(f"run {number}: {name}: {result}")
                    print("\n".join((test.get("stdout", "") + test.get("stderr", "")).splitlines()[-30:]))
            print(f"run {number} of {options.runs}: {sum(failures.values())} failures so far", flush=True)
    finally:
        for process in busy:
            process.kill()
            process.wait()
    if options.table:
        rows = [f"| {name} | {runs[name]} | {failures[name]} |" for name in sorted(runs)]
        options.table.write_text("\n".join(["| test | runs | failures |", "|---|---|---|", *rows]) + "\n")
    print(f"{len(runs)} tests, {options.runs} runs beside {options.busy} busy processes, "
          f"{sum(failures.values())} failures")
    return 1 if failures or not runs else 0


if __name__ == "__main__":
    sys.exit(main())
