# SPDX-License-Identifier: LGPL-2.1-or-later
"""File systems that answer nothing."""
import ctypes
import os


class DeadMount:
    """A file system of FUSE without a server: whoever looks at a file in it waits until it is gone. Needs the right to mount."""
    LIBC = ctypes.CDLL(None, use_errno=True)

    def __init__(self, directory):
        self.directory = directory

    def __enter__(self):
        self.directory.mkdir(exist_ok=True)
        self.device = os.open("/dev/fuse", os.O_RDWR)
        options = f"fd={self.device},rootmode=40000,user_id={os.getuid()},group_id={os.getgid()}"
        if self.LIBC.mount(b"dead", bytes(self.directory), b"fuse", 0, options.encode()):
            code = ctypes.get_errno()
            os.close(self.device)
            raise OSError(code, "mount")
        return self

    def __truediv__(self, name):
        return self.directory / name

    def __exit__(self, *_):
        self.LIBC.umount2(bytes(self.directory), 2)  # MNT_DETACH
        os.close(self.device)  # whoever waits gets an error

    @classmethod
    def is_possible(cls, directory):
        try:
            with cls(directory / "mount"):
                return True
        except OSError:
            return False
