"""Linux, and what it shares with every system of the POSIX family."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import sys
from typing import TYPE_CHECKING

from vaultrel.storage.system.base import AttributesNotKeptError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from contextlib import AbstractContextManager

assert sys.platform != "win32"

_FOLDER_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
# Without O_NONBLOCK, opening a FIFO that nobody writes to would wait forever.
_FILE_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_NEW_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class PosixCalls:
    """A `vaultrel.storage.system.base.FileCalls` over the ``*at`` calls."""

    def open_path(self, path: str, *, follow: bool) -> int:
        """See `FileCalls`."""
        return os.open(path, _FOLDER_FLAGS if follow else _FOLDER_FLAGS | os.O_NOFOLLOW)

    def open_folder(self, name: str, parent: int) -> int:
        """See `FileCalls`."""
        return os.open(name, _FOLDER_FLAGS | os.O_NOFOLLOW, dir_fd=parent)

    def make_folder(self, name: str, parent: int) -> None:
        """See `FileCalls`."""
        with contextlib.suppress(FileExistsError):
            os.mkdir(name, 0o755, dir_fd=parent)
            os.fsync(parent)

    def open_to_read(self, file: str, folder: int | None) -> int:
        """See `FileCalls`."""
        return os.open(file, _FILE_FLAGS, dir_fd=folder)

    def create(self, name: str, folder: int) -> int:
        """See `FileCalls`."""
        return os.open(name, _NEW_FLAGS, 0o600, dir_fd=folder)

    def stat(self, name: str, folder: int) -> os.stat_result:
        """See `FileCalls`."""
        return os.stat(name, dir_fd=folder, follow_symlinks=False)

    def entries(self, folder: int) -> AbstractContextManager[Iterator[os.DirEntry[str]]]:
        """See `FileCalls`."""
        return os.scandir(folder)

    def looks(self, names: Iterable[str], folder: int) -> list[int]:
        """See `FileCalls`."""
        looks: list[int] = []
        for name in names:
            found = os.lstat(name, dir_fd=folder)
            looks += (found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino)
        return looks

    def tells_of_names(self, folder: int) -> bool:
        """See `FileCalls`; asked on Linux only, which knows what kind of disk it is."""
        if sys.platform == "linux":
            from vaultrel.storage.system.leases import is_local  # noqa: PLC0415 - as for `is_open_for_writing`

            return is_local(folder)
        else:  # noqa: RET505 - a type checker follows one branch for each system
            return False

    def rename(self, old: str, new: str, folder: int) -> None:
        """See `FileCalls`."""
        os.rename(old, new, src_dir_fd=folder, dst_dir_fd=folder)

    def unlink(self, name: str, folder: int) -> None:
        """See `FileCalls`."""
        os.unlink(name, dir_fd=folder)

    def sync(self, handle: int) -> None:
        """See `FileCalls`."""
        os.fsync(handle)

    def sync_folder(self, folder: int) -> None:
        """See `FileCalls`."""
        os.fsync(folder)

    def set_mode(self, handle: int, mode: int) -> None:
        """See `FileCalls`."""
        os.fchmod(handle, mode)

    def copy_attributes(self, folder: int, name: str, handle: int, planned: os.stat_result) -> None:
        """See `FileCalls`."""
        own = os.fstat(handle)
        if (own.st_uid, own.st_gid) != (planned.st_uid, planned.st_gid):
            try:
                os.fchown(handle, planned.st_uid, planned.st_gid)
            except PermissionError as error:
                raise AttributesNotKeptError("it belongs to another user or group") from error
        os.fchmod(handle, stat.S_IMODE(planned.st_mode))
        note = self.open_to_read(name, folder)
        try:
            self.copy_extended(note, handle, planned)
        finally:
            os.close(note)

    def copy_extended(self, note: int, handle: int, planned: os.stat_result) -> None:  # noqa: ARG002 - others need it
        """Give a new file the extended attributes of the one it is to replace, on Linux; both are open."""
        if sys.platform == "linux":
            try:
                keys = os.listxattr(note)
            except OSError as error:
                if error.errno == errno.EOPNOTSUPP:
                    return
                raise
            for key in keys:
                try:
                    os.setxattr(handle, key, os.getxattr(note, key))
                except OSError as error:
                    # Labels of the security system are the system's to set: a new file in this folder has its own.
                    if not key.startswith(("security.", "trusted.")):
                        raise AttributesNotKeptError(f"its attribute {key} cannot be copied") from error

    def is_open_for_writing(self, handle: int) -> bool | None:
        """See `FileCalls`."""
        if sys.platform == "linux":
            from vaultrel.storage.system.leases import is_open_for_writing  # noqa: PLC0415 - few runs displace a file

            return is_open_for_writing(handle)
        else:  # noqa: RET505 - a type checker follows one branch for each system
            return None

    def is_read_only(self, root: str) -> bool:
        """See `FileCalls`."""
        return bool(os.statvfs(root).f_flag & os.ST_RDONLY)
