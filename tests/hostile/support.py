# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the tests here share: a service that means harm, the front ends, and tables of cases."""
import concurrent.futures
import itertools
import os
import pathlib
import shutil
import sys
import tempfile
import unittest

import bodies
import front_ends
from service import Case, Service

FULL = os.environ.get("AIRFORCE_HOSTILE") == "full"
# What a machine that is busy may add to a time.
GRACE = 2 if FULL else 20
AT_ONCE = 8
counted = {}


def share(items, number, of):
    """The part of a table that one of several front ends gets; all of it in a full run."""
    return list(items) if FULL else list(items)[number::of][:4]


class HostileCase(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.directory = pathlib.Path(tempfile.mkdtemp(prefix="airforce-hostile-"))
        cls.service = Service()
        cls.service.__enter__()
        os.environ.update(front_ends.environment(cls.directory, cls.service.url))
        cls.c_api = front_ends.CApi()
        cls.programs = front_ends.available()
        cls.numbers = itertools.count(1)
        cls.service.cases[front_ends.HONEST] = cls.service.add(Case("vid_honest", body=bodies.FAST_CLIP))

    @classmethod
    def tearDownClass(cls):
        cls.service.__exit__()
        shutil.rmtree(cls.directory)

    def setUp(self):
        self.service.models = self.service.tasks = None

    def number(self):
        return next(self.numbers)

    def case(self, **how):
        return self.service.add(Case(f"vid_{self.number()}", **how))

    def place(self):
        """A directory of its own for a program."""
        return self.directory / f"run-{self.number()}"

    def env(self, directory, **more):
        return front_ends.environment(directory, self.service.url, **more)

    def fetch(self, case, **settings):
        """Asks for a task through the C API."""
        return self.c_api.run(task_id=case.id, poll_interval=0.1,
                              **{"timeout": 60, "store": self.directory / f"{self.number()}.sqlite", **settings})

    def buy(self, prompt, case, **settings):
        """Buys through the C API; the service answers by the case."""
        self.service.cases[prompt] = case
        return self.c_api.run(prompt=prompt, model="wan-2.6", poll_interval=0.1,
                              **{"timeout": 60, "store": self.directory / f"{self.number()}.sqlite", **settings})

    def hold(self, table, at_once=AT_ONCE):
        """Runs a table of (name, function), some rows at once. A function returns what is wrong, or nothing."""
        with concurrent.futures.ThreadPoolExecutor(at_once) as pool:
            rows = [(name, pool.submit(function)) for name, function in table]
        wrong = [f"{name}: {row.result()}" for name, row in rows if row.result()]
        name = self.id().rpartition(".")[2]
        counted[name] = counted.get(name, 0) + len(rows)
        self.assertEqual(wrong, [], f"{len(wrong)} of {len(rows)}")


def main():
    program = unittest.main(verbosity=2, exit=False)
    for name, cases in counted.items():
        print(f"{cases:5} {name}")
    print(f"{sum(counted.values()):5} cases in all")
    sys.exit(not program.result.wasSuccessful())
