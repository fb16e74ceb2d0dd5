"""A file system that fails or lies, run as a process of its own: `python -m torture.liar FOLDER POINT LIE…`.

What is in FOLDER is seen at POINT, through the lies named; both must exist. Without one it is a plain mirror.
"""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
import sys
import unicodedata
from collections import Counter
from ctypes.util import find_library
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vaultrel.storage.swapping import swappers

os.environ.setdefault("FUSE_LIBRARY_PATH", find_library("fuse3") or "libfuse3.so.3")  # the first that knows exchanges
import mfusepy  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from collections.abc import Iterator

LIES = {
    "folds names": "upper and lower case are one, as on most disks of Windows and macOS",
    "decomposes names": "names come back in another normal form than they were given in, as on old disks of macOS",
    "unstable inodes": "a file has another inode number at each look",
    "no exchange": "two files cannot exchange their names",
    "no exchange, no links": "nor has a file a second name",
    "exchange that renames": "an exchange is called done when it was a mere renaming",
    "renames called failed": "every second renaming, exchange or link is made and called failed",
    "synchronising fails": "every third file or folder cannot be brought to the disk",
    "closing fails": "every fifth file is called failed when it is closed, as on network folders",
    "short reads": "a read gives a hundred bytes at most",
    "early ends": "every fourth file ends halfway",
    "short writes": "a write takes a hundred bytes at most",
    "coarse times": "times are full minutes",
}
SHORT = 100
_NO_REPLACE = 1


class Liar(mfusepy.Operations):  # type: ignore[misc]
    """The calls of the mirrored folder, bent."""

    use_ns = True

    def __init__(self, folder: str, lies: frozenset[str]) -> None:
        self._folder = folder
        self._lies = lies
        self._inodes = itertools.count(1 << 32)
        self._calls: Counter[str] = Counter()
        self._ends: dict[int, int] = {}

    def _tells(self, lie: str, every: int = 1) -> bool:
        """Whether to lie now: each so many times that it could be."""
        if lie not in self._lies:
            return False
        self._calls[lie] += 1
        return self._calls[lie] % every == 0

    def _key(self, name: str) -> str:
        if "folds names" in self._lies:
            name = name.casefold()
        return unicodedata.normalize("NFC", name) if "decomposes names" in self._lies else name

    def _at(self, path: str) -> str:
        """The file that a path means."""
        found = self._folder
        for part in path.split("/"):
            inner = f"{found}/{part}"
            if part and not os.path.lexists(inner) and self._lies & {"folds names", "decomposes names"}:
                with contextlib.suppress(OSError):
                    same = [str(entry) for entry in Path(found).iterdir() if self._key(entry.name) == self._key(part)]
                    inner = same[0] if same else inner
            found = inner
        return found

    def getattr(self, path: str, fh: int | None = None) -> dict[str, int]:
        """What a file is."""
        found = os.fstat(fh) if fh is not None else os.lstat(self._at(path))
        shown = {key: getattr(found, key) for key in ("st_mode", "st_nlink", "st_uid", "st_gid", "st_size", "st_ino")}
        shown |= {f"st_{kind}time": getattr(found, f"st_{kind}time_ns") for kind in "amc"}
        if "coarse times" in self._lies:
            shown |= {key: shown[key] // 60_000_000_000 * 60_000_000_000 for key in ("st_mtime", "st_ctime")}
        if "unstable inodes" in self._lies:
            shown["st_ino"] = next(self._inodes)
        return shown

    def readdir(self, path: str, _fh: int) -> Iterator[tuple[str, dict[str, int], int]]:
        """The names in a folder, each with what kind of file it is."""
        decomposes = "decomposes names" in self._lies
        for entry in Path(self._at(path)).iterdir():
            found = entry.lstat()
            name = unicodedata.normalize("NFD", entry.name) if decomposes else entry.name
            yield name, {"st_ino": found.st_ino, "st_mode": found.st_mode}, 0

    def opendir(self, path: str) -> int:
        """A handle, by which a folder is brought to the disk."""
        return os.open(self._at(path), os.O_RDONLY | os.O_DIRECTORY)

    def releasedir(self, _path: str, fh: int) -> int:
        """End of a handle."""
        os.close(fh)
        return 0

    def open(self, path: str, flags: int) -> int:
        """A handle of a file."""
        # Its bytes come with the place they belong to, at whatever end that may be.
        fh = os.open(self._at(path), flags & ~os.O_APPEND)
        if self._tells("early ends", 4):
            self._ends[fh] = os.fstat(fh).st_size // 2
        return fh

    def create(self, path: str, mode: int, flags: int) -> int:
        """A handle of a new file."""
        return os.open(self._at(path), flags & ~os.O_APPEND | os.O_CREAT, mode)

    def read(self, _path: str, size: int, offset: int, fh: int) -> bytes:
        """Some bytes of an open file."""
        if "short reads" in self._lies:
            size = min(size, SHORT)
        return os.pread(fh, max(0, min(size, self._ends.get(fh, sys.maxsize) - offset)), offset)

    def write(self, _path: str, data: bytes, offset: int, fh: int) -> int:
        """How many bytes were taken."""
        return os.pwrite(fh, data[:SHORT] if "short writes" in self._lies else data, offset)

    def truncate(self, path: str, length: int, fh: int | None = None) -> int:
        """Cut a file off."""
        os.truncate(self._at(path) if fh is None else fh, length)
        return 0

    def flush(self, _path: str, _fh: int) -> int:
        """The answer to closing a file."""
        return -errno.EIO if self._tells("closing fails", 5) else 0

    def release(self, _path: str, fh: int) -> int:
        """End of a handle."""
        self._ends.pop(fh, None)
        os.close(fh)
        return 0

    def fsync(self, _path: str, _only_data: int, fh: int) -> int:
        """Bring a file to the disk."""
        os.fsync(fh)
        return -errno.EIO if self._tells("synchronising fails", 3) else 0

    fsyncdir = fsync

    def rename(self, old: str, new: str) -> int:
        """Put a file in another's place."""
        os.replace(self._at(old), self._at(new))  # noqa: PTH105 - paths are text here
        return -errno.EIO if self._tells("renames called failed", 2) else 0

    def rename_flagged(self, old: str, new: str, flags: int) -> int:
        """Let two files of a folder change places, or rename one only if nothing has the new name."""
        if self._lies & {"no exchange", "no exchange, no links"}:
            return -errno.EINVAL
        if flags & _NO_REPLACE or "exchange that renames" in self._lies:
            return self.rename(old, new)  # the system has looked whether anything has the new name
        folder = os.open(self._at(old.rpartition("/")[0]), os.O_RDONLY | os.O_DIRECTORY)
        try:
            swappers()[0].swap(folder, *(self._at(path).rpartition("/")[2] for path in (old, new)))
        finally:
            os.close(folder)
        return -errno.EIO if self._tells("renames called failed", 2) else 0

    def link(self, target: str, source: str) -> int:
        """Give a file a second name."""
        if "no exchange, no links" in self._lies:
            return -errno.EPERM
        os.link(self._at(source), self._at(target))
        return -errno.EIO if self._tells("renames called failed", 2) else 0

    def unlink(self, path: str) -> int:
        """Remove a file."""
        os.unlink(self._at(path))  # noqa: PTH108 - paths are text here
        return 0

    def mkdir(self, path: str, mode: int) -> int:
        """Make a folder."""
        os.mkdir(self._at(path), mode)  # noqa: PTH102 - paths are text here
        return 0

    def rmdir(self, path: str) -> int:
        """Remove a folder."""
        os.rmdir(self._at(path))  # noqa: PTH106 - paths are text here
        return 0

    def chmod(self, path: str, mode: int) -> int:
        """Set permissions."""
        os.chmod(self._at(path), mode)  # noqa: PTH101 - paths are text here
        return 0

    def chown(self, path: str, uid: int, gid: int) -> int:
        """Set owner and group."""
        os.chown(self._at(path), uid, gid)
        return 0

    def utimens(self, path: str, times: tuple[int, int] | None = None) -> int:
        """Set times."""
        if times is None:
            os.utime(self._at(path))
        else:
            os.utime(self._at(path), ns=times)
        return 0

    def statfs(self, path: str) -> dict[str, int]:
        """What the disk is."""
        found = os.statvfs(self._at(path))
        return {key: getattr(found, key) for key in dir(found) if key.startswith("f_") and key != "f_fsid"}


class Server(mfusepy.FUSE):  # type: ignore[misc]
    """Hands on what kind of renaming is asked for, which the library leaves out."""

    def rename_fuse_3(self, old: bytes, new: bytes, flags: int) -> Any:
        """The library's way in."""
        paths = os.fsdecode(old), os.fsdecode(new)
        return self.operations.rename_flagged(*paths, flags) if flags else self.operations.rename(*paths)


def main() -> None:
    """Serve until it is unmounted."""
    folder, point, *lies = sys.argv[1:]
    if unknown := set(lies) - set(LIES):
        sys.exit(f"no such lie: {', '.join(sorted(unknown))}")
    # A lie that is remembered by the system is not asked for again: nothing may be.
    Server(
        Liar(folder, frozenset(lies)),
        point,
        foreground=True,
        nothreads=True,
        use_ino=True,
        direct_io=True,
        entry_timeout=0,
        negative_timeout=0,
        attr_timeout=0,
    )


if __name__ == "__main__":
    main()
