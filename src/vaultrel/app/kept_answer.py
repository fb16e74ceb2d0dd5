"""What a command answered, kept with all that it was made of: while that is the same, nothing is read or worked out.

An answer is made of the vault's notes as they were listed before any of them was read for it, of the settings and
other files that looked so before they were read, of the day, and of this release. Whatever is changed later looks
another way than what is kept with the answer, so no answer is older than the vault. A run that finds one loads little
more than this module: what is slow to load is imported where it is needed.
"""

from __future__ import annotations

import hashlib
import os
import zlib
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from vaultrel import __version__, clock
from vaultrel.core.obsidian_files import OBSIDIAN_FILES
from vaultrel.locations import CONFIG_FILE, cache_folder, state_folder
from vaultrel.storage.kept_listing import encode_listing, still_stands

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Sequence

    from vaultrel.storage.kept_listing import ListedFolder

SETTINGS_FILES = (CONFIG_FILE, *OBSIDIAN_FILES)
"""The files of a vault that its settings come from."""

_Looks: TypeAlias = dict[str, tuple[int, int, int, int]]
"""What `vaultrel.model.Fingerprint` holds, of a file under the empty name, of those in a folder under their own."""

_END = "\0"
"""Ends a field of what is kept; no path holds it."""
_CHECK_LENGTH = 9


class KeptAnswer:
    """The answer to one question about a vault on one day, as an earlier run may have kept it.

    Make it before anything of the vault is read for a new answer, its settings included.

    Args:
        root: the vault's folder.
        question: what was asked; the name of the file in which the answer is kept.
        day: the day it was asked for.
    """

    def __init__(self, root: str, question: str, day: dt.date) -> None:
        self._root = root
        self._file = f"{cache_folder(root)}/{question}"
        self._listing_file = f"{cache_folder(root)}/listing"
        # Where this computer's own files are, and what `~` means in settings, can be changed as well.
        self._asked = (__version__, str(day), state_folder(root), os.path.expanduser("~"))
        self._began_ns = int(clock.wall_seconds() * 1e9)
        self._beside: dict[str, _Looks | None] = {}
        self._listed: Sequence[ListedFolder] = ()
        self.look_at(f"{root}/{name}" for name in SETTINGS_FILES)

    def recall(self) -> bytes | None:
        """The answer, if all that it was made of is as it was."""
        kept = _read(self._file)
        check, body = kept[:_CHECK_LENGTH], kept[_CHECK_LENGTH:]
        if check != _check(body):
            return None
        length, _, rest = body.partition(b"\n")
        head, answer = os.fsdecode(rest[: int(length)]), rest[int(length) :]
        asked, beside = head.split(_END)[: len(self._asked)], head.split(_END)[len(self._asked) :]
        listing, paths, looks = beside[0], beside[1::2], beside[2::2]
        if tuple(asked) != self._asked or [repr(_look_at(path)) for path in paths] != looks:
            return None
        listed = _read(self._listing_file)
        return answer if _name(listed) == listing and still_stands(self._root, listed) else None

    @property
    def last_scan_file(self) -> str:
        """See `vaultrel.app.last_scan`."""
        return f"{state_folder(self._root)}/last-scan"

    def look_at(self, paths: Iterable[str]) -> None:
        """See how files look that a new answer is made of as well as of notes, before they are read for it.

        Args:
            paths: whole paths, whether there is a file or not; of one that ends with a slash, all files in that folder.
        """
        self._beside |= {path: _look_at(path) for path in paths}

    def take_listing(self, folders: Sequence[ListedFolder]) -> None:
        """See what the vault's store listed, before a note was read."""
        self._listed = folders

    def keep(self, answer: bytes) -> None:
        """Keep what was answered to the question, for the next run; that saves time, and nothing is lost without it."""
        from vaultrel.core.changes import is_settled

        # A file saved just now can be saved again and look the same.
        settled = partial(is_settled, seen_at_ns=self._began_ns)
        if not self._listed or not all(
            looks is not None and _all_settled(looks, settled) for looks in self._beside.values()
        ):
            return
        listed = encode_listing(self._root, self._listed, settled)
        if listed is not None:
            beside = (field for path, looks in self._beside.items() for field in (path, repr(looks)))
            head = os.fsencode(_END.join((*self._asked, _name(listed), *beside)))
            body = b"%d\n" % len(head) + head + answer
            _write(self._listing_file, listed)
            _write(self._file, _check(body) + body)


def _all_settled(looks: _Looks, settled: Callable[[int, int], bool]) -> bool:
    return all(settled(mtime_ns, ctime_ns) for mtime_ns, ctime_ns, *_ in looks.values())


def _look_at(path: str) -> _Looks | None:
    """How a file looks, and all in it if the path is that of a folder; None where that cannot be told."""
    try:
        found = {"": os.lstat(path)}
        if path.endswith("/"):
            with os.scandir(path) as entries:
                found |= {entry.name: entry.stat(follow_symlinks=False) for entry in entries}
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError:
        return None
    return {
        name: (look.st_mtime_ns, look.st_ctime_ns, look.st_size, look.st_ino) for name, look in sorted(found.items())
    }


def _name(listed: bytes) -> str:
    """What tells a listing that is kept from every other."""
    return hashlib.sha256(listed).hexdigest()


def _check(body: bytes) -> bytes:
    """Tells an answer from one that a power cut or a failing disk has changed."""
    return b"%08x\n" % zlib.crc32(body)


def _read(file: str) -> bytes:
    """What is kept; nothing where that cannot be read."""
    try:
        with open(file, "rb") as kept:
            return kept.read()
    except OSError:
        return b""


def _write(file: str, data: bytes) -> None:
    from pathlib import Path

    from vaultrel.errors import StorageFailedError, WriteRefusedError
    from vaultrel.storage.filesystem import write_private_file

    with suppress(WriteRefusedError, StorageFailedError):
        write_private_file(Path(file), data)
