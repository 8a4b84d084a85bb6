# SPDX-License-Identifier: LGPL-2.1-or-later
"""apt with lists, cache and sources of its own: the system's sources, and the same with deb-src.

As apt reads the system's apt.conf.d too, proxies and pins are the system's; its hooks are not run.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys

from tree import Failure

CONFIGURATION = """\
Dir::State "{dir}/state";
Dir::State::status "/var/lib/dpkg/status";
Dir::Cache "{dir}/cache";
Dir::Etc::sourcelist "/dev/null";
Dir::Etc::sourceparts "{dir}/sources";
APT::Sandbox::User "";
Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
Acquire::IndexTargets::deb::CNF::DefaultEnabled "false";
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
"""


def say(text):
    print(text, file=sys.stderr, flush=True)


class Apt:
    def __init__(self, cache):
        self.dir = pathlib.Path(cache) / "apt"
        self.configuration = self.dir / "apt.conf"

    def update(self):
        shutil.rmtree(self.dir / "sources", ignore_errors=True)
        for name in ("state/lists/partial", "cache/archives/partial", "sources"):
            (self.dir / name).mkdir(parents=True, exist_ok=True)
        self.configuration.write_text(CONFIGURATION.format(dir=self.dir), encoding="utf-8")
        for file in [pathlib.Path("/etc/apt/sources.list"), *sorted(pathlib.Path("/etc/apt/sources.list.d").glob("*"))]:
            if not file.is_file():
                continue
            text = file.read_text(encoding="utf-8", errors="replace")
            if file.suffix == ".list":
                text = re.sub(r"^(\s*)deb-src(\s)", r"# \1deb-src\2", text, flags=re.M)
                text = re.sub(r"^\s*deb(\s.*)$", r"deb\1\ndeb-src\1", text, flags=re.M)
            elif file.suffix == ".sources":
                text = re.sub(r"^Types:.*$", "Types: deb deb-src", text, flags=re.M)
            else:
                continue
            (self.dir / "sources" / file.name).write_text(text, encoding="utf-8")
        say("reading the package lists (this program's own copy) ...")
        done = self.run("apt-get", "update", "-qq")
        if done.returncode:
            say(done.stdout.rstrip())

    def run(self, command, *arguments, **options):
        return subprocess.run([command, "-c", str(self.configuration), *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, check=False, **options)

    def ensure_updated(self):
        if not self.configuration.exists():
            self.update()

    def plan(self, *arguments):
        """What an installation would do: packages that are new, and those that would be upgraded or removed."""
        self.ensure_updated()
        done = self.run("apt-get", "-s", "-qq", "--no-install-recommends", *arguments)
        if done.returncode:
            raise Failure(f"apt can't install the build packages:\n{done.stdout.rstrip()}")
        new = re.findall(r"^Inst (\S+) \((\S+)", done.stdout, re.M)
        changed = re.findall(r"^Inst (\S+) \[(\S+)\] \((\S+)", done.stdout, re.M)
        removed = re.findall(r"^Remv (\S+)", done.stdout, re.M)
        return new, changed, removed

    def install(self, log, *arguments, allow_upgrades=False):
        """Installs as root, or with sudo; says before what. Nothing is upgraded or removed unless that is allowed."""
        new, changed, removed = self.plan(*arguments)
        if (changed or removed) and not allow_upgrades:
            raise Failure("the build packages would change what is installed: " +
                          ", ".join([f"{name} {old} to {now}" for name, old, now in changed] + [f"{name} removed" for name in removed]) +
                          ". Nothing was installed. Bring the system up to date (apt-get upgrade), or allow it with --allow-upgrades")
        if not (new or changed):
            return
        say(f"installing {len(new) + len(changed)} packages: " + " ".join([name for name, _ in new] + [name for name, _, _ in changed]))
        root = [] if os.getuid() == 0 else ["sudo"] if sys.stdin.isatty() else ["sudo", "-n"]
        command = [*root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-c", str(self.configuration), "-y", "-qq",
                   "-o", "DPkg::Lock::Timeout=300", "--no-install-recommends", *arguments]
        with open(log, "w", encoding="utf-8") as to:
            done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=to, stderr=subprocess.STDOUT, check=False)
        if done.returncode:
            tail = pathlib.Path(log).read_text(encoding="utf-8", errors="replace").splitlines()[-5:]
            raise Failure("the build packages could not be installed:\n" + "\n".join(tail) + f"\nsee {log}")
