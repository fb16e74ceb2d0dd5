"""macOS. It has run against fakes of Apple's calls on Linux only; nobody has tried it on a Mac yet."""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import stat
import sys
from typing import TYPE_CHECKING

from vaultrel.storage.system.base import AttributesNotKeptError
from vaultrel.storage.system.posix import PosixCalls

if TYPE_CHECKING:
    from collections.abc import Callable

assert sys.platform != "win32"

_COPYFILE_ACL = 1 << 0
_COPYFILE_XATTR = 1 << 2
_F_FULLFSYNC = 51
_KEPT_FLAGS = stat.UF_NODUMP | stat.UF_HIDDEN
"""The flags a user sets with ``chflags``; the others are the system's, or forbid writing."""
_NO_FULL_SYNC = frozenset({errno.ENOTSUP, errno.EOPNOTSUPP, errno.EINVAL, errno.ENOTTY, errno.ENOSYS})


class MacCalls(PosixCalls):
    """`PosixCalls`, with the attributes that macOS keeps in its own way, and a sync that reaches the disk.

    Args:
        fcopyfile: copyfile(3): copies access control lists and extended attributes (tags, quarantine, Finder's own).
        fchflags: chflags(2).
        full_sync: fcntl(2) with ``F_FULLFSYNC``: fsync alone stops at the disk's own cache there.
    """

    def __init__(
        self,
        fcopyfile: Callable[[int, int, None, int], int],
        fchflags: Callable[[int, int], int],
        full_sync: Callable[[int], object],
    ) -> None:
        self._fcopyfile = fcopyfile
        self._fchflags = fchflags
        self._full_sync = full_sync

    def sync(self, handle: int) -> None:
        """See `FileCalls`; network disks know the plain sync only."""
        try:
            self._full_sync(handle)
        except OSError as error:
            if error.errno not in _NO_FULL_SYNC:
                raise
            os.fsync(handle)

    def sync_folder(self, folder: int) -> None:
        """See `FileCalls`."""
        self.sync(folder)

    def is_open_for_writing(self, handle: int) -> bool | None:  # noqa: ARG002 - part of the protocol
        """Say nothing: there is no call for that."""
        return None

    def copy_extended(self, note: int, handle: int, planned: os.stat_result) -> None:
        """Give a new file the access control list, extended attributes and flags of the one it is to replace."""
        if self._fcopyfile(note, handle, None, _COPYFILE_ACL | _COPYFILE_XATTR) < 0:
            code = ctypes.get_errno()
            # A disk that knows no such attributes has none to lose.
            if code not in {errno.ENOTSUP, errno.EOPNOTSUPP}:
                raise AttributesNotKeptError(f"its attributes cannot be copied ({os.strerror(code)})")
        flags = getattr(planned, "st_flags", 0) & _KEPT_FLAGS
        if flags and self._fchflags(handle, flags) < 0:
            raise AttributesNotKeptError(f"its flags cannot be copied ({os.strerror(ctypes.get_errno())})")


def mac_calls() -> MacCalls:
    """The calls of the Mac we run on."""
    system = ctypes.CDLL(None, use_errno=True)
    system.fcopyfile.argtypes = (ctypes.c_int, ctypes.c_int, ctypes.c_void_p, ctypes.c_uint32)
    system.fchflags.argtypes = (ctypes.c_int, ctypes.c_uint)
    return MacCalls(system.fcopyfile, system.fchflags, lambda handle: fcntl.fcntl(handle, _F_FULLFSYNC))
