"""Linux: who has a file open, asked of the kernel, which alone knows it of every process, mapping and container.

A read lease (fcntl(2), ``F_SETLEASE``) is given only for a file that nobody has open for writing, and is given back
at once: all that is wanted is the answer.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import functools
import signal
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

assert sys.platform == "linux"

_LOCAL = frozenset(
    {
        0x01021994,  # tmpfs
        0x2FC12FC1,  # zfs
        0x58465342,  # xfs
        0x794C7630,  # overlayfs
        0x9123683E,  # btrfs
        0xCA451A4E,  # bcachefs
        0xEF53,  # ext2, ext3, ext4
        0xF2F52010,  # f2fs
    }
)
"""File systems of which this kernel sees every writer; to a network folder, or one made by a program, others write."""
_STATFS_BYTES = 256
"""More than ``struct statfs`` has anywhere; it begins with the kind of the file system."""


def is_open_for_writing(handle: int) -> bool | None:
    """Whether any process has an open file open for writing, or mapped; None where the kernel cannot tell.

    It tells only the file's owner and root.
    """
    if not is_local(handle):
        return None
    try:
        # A program that opens the file in this very moment ends the lease by a signal: one that nobody minds.
        fcntl.fcntl(handle, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except OSError as error:
        return True if error.errno == errno.EAGAIN else None
    fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    return False


def is_local(handle: int) -> bool:
    """Whether an open file or folder is on a disk of which this kernel sees every change as it is made."""
    return _kind(handle) in _LOCAL


def _kind(handle: int) -> int | None:
    found = (ctypes.c_long * (_STATFS_BYTES // ctypes.sizeof(ctypes.c_long)))()
    return None if _fstatfs()(handle, found) else found[0]


@functools.cache
def _fstatfs() -> Callable[..., int]:
    call: Callable[..., int] = ctypes.CDLL(None).fstatfs
    return call
