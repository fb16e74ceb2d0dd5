"""Every note there is, as it was when it was read, with what is told of all of them at once."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from vaultrel.core.changes import sum_up
from vaultrel.core.text import fold_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from vaultrel.index import KnownNote
    from vaultrel.model import NotePath


class KnownNotes:
    """Notes that come and go one by one: what is told of all is kept in step, and not made of all again.

    Args:
        entries: the notes to begin with.
    """

    def __init__(self, entries: Mapping[NotePath, KnownNote]) -> None:
        self._entries = dict(entries)
        self._sum: int | None = None
        self._folded: dict[str, Counter[str]] = {}
        """Folder to the names in it as they are compared, each with how many notes have it; of folders asked about."""

    @property
    def entries(self) -> Mapping[NotePath, KnownNote]:
        """The notes, by path."""
        return self._entries

    def hold(self, notes: Mapping[NotePath, KnownNote]) -> None:
        """Know these notes, in the place of what was known of them."""
        self.drop(notes)
        self._entries.update(notes)
        for path, note in notes.items():
            self._count(path, note, 1)

    def drop(self, paths: Iterable[NotePath]) -> None:
        """Know these notes no more; unknown ones are no error."""
        for path in paths:
            if (note := self._entries.pop(path, None)) is not None:
                self._count(path, note, -1)

    def _count(self, path: NotePath, note: KnownNote, by: int) -> None:
        if self._sum is not None:
            self._sum ^= sum_up(path, note.digest)
        folder = _folder_of(path)
        if (names := self._folded.get(folder)) is not None:
            names[fold_name(path)] += by
            if not names[fold_name(path)]:
                del names[fold_name(path)]

    @property
    def digest(self) -> bytes:
        """The same for the same paths with the same content, however they came to be known; 32 bytes."""
        if self._sum is None:
            self._sum = 0
            for path, note in self._entries.items():
                self._sum ^= sum_up(path, note.digest)
        return self._sum.to_bytes(32, "big")

    def has_namesake(self, path: NotePath) -> bool:
        """Whether a note known in the same folder has that name, or one that is compared as equal to it."""
        folder = _folder_of(path)
        if folder not in self._folded:
            beside = (other for other in self._entries if other.startswith(folder) and _folder_of(other) == folder)
            self._folded[folder] = Counter(map(fold_name, beside))
        return fold_name(path) in self._folded[folder]


def _folder_of(path: NotePath) -> str:
    return path[: path.rfind("/") + 1]
