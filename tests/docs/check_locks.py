#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Finds mutexes outside Guarded<T> (common/values/guarded.h), whose data could be reached without the lock.

usage: check_locks.py SOURCE_ROOT

STAYS has each that stays, with the reason. ffmpeg-filter/ is C, which has no Guarded.
"""

import re
import sys
from pathlib import Path

MUTEX = re.compile(r"\bstd::(?:recursive_|shared_|timed_|recursive_timed_)?mutex\s+(\w+)|\b(?:GMutex|GRecMutex|GRWLock|pthread_mutex_t)\s+(\w+)")

STAYS = {
    ("common/values/guarded.h", "Mutex"): "Guarded itself",
    ("gst/seams.h", "measuring_"): "protects no data: measurements run one after the other",
    ("gst/state.h", "handling_done_"): "protects no data: held while ASYNC_DONE is handled, recursive, with a time limit",
    ("gst/timeline.h", "sending"): "protects no data: events and buffers of a pad leave one after the other, as with GStreamer's stream lock",
}


def main():
    top = Path(sys.argv[1])
    found = set()
    for folder in ("common", "gst", "tools"):
        for path in sorted((top / folder).rglob("*")):
            if path.suffix in (".h", ".c", ".cpp"):
                for match in MUTEX.finditer(path.read_text(encoding="utf-8")):
                    found.add((str(path.relative_to(top)), match[1] or match[2]))
    STAYS.pop(("common/values/guarded.h", "Mutex"))
    for place, name in sorted(found - set(STAYS)):
        print(f"{place}: {name}: put the data and its mutex into Guarded<T>")
    for place, name in sorted(set(STAYS) - found):
        print(f"{place}: {name} is gone: remove it from the list")
    print(f"{len(found)} mutexes outside Guarded<T>, {len(found - set(STAYS))} of them without a reason")
    return found != set(STAYS)


if __name__ == "__main__":
    sys.exit(main())
