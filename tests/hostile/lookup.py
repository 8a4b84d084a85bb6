# SPDX-License-Identifier: LGPL-2.1-or-later
"""A lookup of the service's host at a name server that answers nothing, in a mount namespace of its own.

usage: unshare --mount python3 lookup.py cancelled|timeout SECONDS

Prints what is wrong with how the lookup ends, or nothing. SECONDS: within which the call has to return.
"""
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading

import front_ends
import places

TIMEOUT = 2


def can_replace_resolver():
    return shutil.which("unshare") and subprocess.run(
        ["unshare", "--mount", "true"], stderr=subprocess.DEVNULL, check=False).returncode == 0


def main():
    wanted, seconds = sys.argv[1], float(sys.argv[2])
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.77", 53))
    with tempfile.NamedTemporaryFile("w") as file:
        file.write("nameserver 127.0.0.77\noptions timeout:30\n")
        file.flush()
        subprocess.run(["mount", "--bind", file.name, "/etc/resolv.conf"], check=True)
        asked = threading.Thread(target=server.recv, args=(512,), daemon=True)
        asked.start()
        cancel = {"cancel_when": lambda: places.wait_until(lambda: not asked.is_alive()), "cancel_after": 0.2, "timeout": 60}
        outcome = front_ends.CApi().run(task_id="vid_1", base_url="https://api.example",
                                        **(cancel if wanted == "cancelled" else {"timeout": TIMEOUT}))
    # Whichever comes first: the end of the whole, or that of the try, after which none fits in.
    ends = ("cancelled",) if wanted == "cancelled" else ("timeout", "network")
    if outcome.kind not in ends:
        print(f"ends as {outcome.kind or 'success'}: {outcome.text[:300]}")
    elif outcome.seconds > seconds:
        print(f"took {outcome.seconds * 1000:.0f} ms")
    sys.stdout.flush()
    os._exit(0)  # the lookup continues


if __name__ == "__main__":
    main()
