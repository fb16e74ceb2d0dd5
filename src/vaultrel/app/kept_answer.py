"""What a command answered, kept with all that it was made of: while that is the same, nothing is read or worked out.

An answer is made of the vault's files as they were found before any of them was read for it, of the day, and of this
release. Whatever is changed later makes another listing than the one that is kept with the answer, so no answer is
older than the notes. A run that finds one loads little more than this module: what is slow to load is imported where
it is needed.
"""

from __future__ import annotations

import os
import zlib
from contextlib import suppress
from typing import TYPE_CHECKING, TypeAlias

from vaultrel import __version__, clock
from vaultrel.core.obsidian_files import OBSIDIAN_FILES
from vaultrel.locations import CONFIG_FILE, cache_folder

if TYPE_CHECKING:
    import datetime as dt

SETTINGS_FILES = (CONFIG_FILE, *OBSIDIAN_FILES)
"""The files of a vault that its settings come from."""

_Looks: TypeAlias = tuple[int, int, int, int]
"""What `vaultrel.model.Fingerprint` holds."""


class KeptAnswer:
    """The answer to one question about a vault on one day, as an earlier run may have kept it.

    Make it before anything of the vault is read for a new answer.

    Args:
        root: the vault's folder.
        question: what was asked; the name of the file in which the answer is kept.
        day: the day it was asked for.
    """

    def __init__(self, root: str, question: str, day: dt.date) -> None:
        self._file = f"{cache_folder(root)}/{question}"
        self._began_ns = int(clock.wall_seconds() * 1e9)
        self._found: dict[str, _Looks] = {}
        self._made_of = b""
        """Empty while a folder cannot be listed: what is in there is then anybody's guess."""
        with suppress(OSError):
            self._found = _list_files(root)
            files = "".join(f"{path}\0{' '.join(map(str, looks))}\n" for path, looks in sorted(self._found.items()))
            self._made_of = os.fsencode(f"{__version__}\n{day}\n{files}\n")

    def recall(self) -> bytes | None:
        """The answer, if it was made of the very files there are now, on that day, by this release."""
        try:
            with open(self._file, "rb") as file:
                kept = file.read()
        except OSError:
            return None
        if not self._made_of or not kept.startswith(self._made_of):
            return None
        answer = kept[len(self._made_of) + _CHECK_LENGTH :]
        return answer if kept == self._made_of + _check(answer) + answer else None

    def keep(self, answer: bytes) -> None:
        """Keep what was answered to the question, for the next run; that saves time, and nothing is lost without it."""
        from pathlib import Path

        from vaultrel.core.changes import settle_fingerprint
        from vaultrel.errors import StorageFailedError, WriteRefusedError
        from vaultrel.model import Fingerprint
        from vaultrel.storage.filesystem import write_private_file

        looks = (Fingerprint(*looks) for looks in self._found.values())
        # A file saved just now can be saved again and look the same.
        if self._made_of and all(settle_fingerprint(seen, self._began_ns) == seen for seen in looks):
            with suppress(WriteRefusedError, StorageFailedError):
                write_private_file(Path(self._file), self._made_of + _check(answer) + answer)


_CHECK_LENGTH = 9


def _check(answer: bytes) -> bytes:
    """Tells an answer from one that a power cut or a failing disk has changed."""
    return b"%08x\n" % zlib.crc32(answer)


def _list_files(root: str) -> dict[str, _Looks]:
    """All that an answer can follow from: the Markdown files outside hidden folders, and those settings come from.

    Some of them are no notes, such as templates. That does no harm, and to know them takes the settings.

    Raises:
        OSError: a folder cannot be listed, or a file not be looked at.
    """
    found: dict[str, _Looks] = {}
    waiting = [root]
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    waiting += [entry.path] if not entry.name.startswith(".") else []
                elif entry.name[-3:].lower() == ".md":
                    found[entry.path] = _looks(entry.stat(follow_symlinks=False))
    for name in SETTINGS_FILES:
        with suppress(FileNotFoundError, NotADirectoryError):
            found[name] = _looks(os.lstat(f"{root}/{name}"))
    return found


def _looks(found: os.stat_result) -> _Looks:
    return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino
