"""The calls by which the file store reaches the disk.

Terminology: a *folder* is an open one, as a file descriptor; a *name* stands directly in it. What is named that way
stays the same file however the folders above are renamed meanwhile.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Iterator
    from contextlib import AbstractContextManager


class AttributesNotKeptError(Exception):
    """A new file cannot be given the owner, mode or attributes of the file it is to replace; `reason` says which."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class FileCalls(Protocol):
    """One operating system's way to each of these; all raise `OSError`, with the number that POSIX gives the cause."""

    def open_path(self, path: str, *, follow: bool) -> int:
        """Open a folder by its whole path; unless `follow`, its last name must not be a link."""

    def open_folder(self, name: str, parent: int) -> int:
        """Open a folder in a folder. A link, or a file, is an error: ENOTDIR, ELOOP or EMLINK."""

    def make_folder(self, name: str, parent: int) -> None:
        """Make a folder, so that it survives a power cut; one that exists is left as it is."""

    def open_to_read(self, file: str, folder: int | None) -> int:
        """Open a file, following no link (ELOOP), and waiting for nothing.

        Args:
            file: its name in `folder`, or a whole path without one.
            folder: an open folder.
        """

    def create(self, name: str, folder: int) -> int:
        """Open a file that does not exist yet, for writing, for its owner alone."""

    def stat(self, name: str, folder: int) -> os.stat_result:
        """What a name is; of a link, the link itself."""

    def entries(self, folder: int) -> AbstractContextManager[Iterator[os.DirEntry[str]]]:
        """What stands in a folder."""

    def looks(self, names: Iterable[str], folder: int) -> list[int]:
        """Of each name in turn what `os.DirEntry.stat` says: modification and change time in ns, size and inode.

        Of a link, the link's own. Raises an error if one of them is not there.
        """

    def tells_of_names(self, folder: int) -> bool:
        """Whether the folder's own times are others whenever a name in it has come or gone; false where not known."""

    def rename(self, old: str, new: str, folder: int) -> None:
        """Give a file another name in its folder, in place of any file of that name."""

    def unlink(self, name: str, folder: int) -> None:
        """Remove a file."""

    def sync(self, handle: int) -> None:
        """Return once an open file's bytes are on the disk."""

    def sync_folder(self, folder: int) -> None:
        """Return once a folder's names are on the disk, where the system can be asked for that."""

    def set_mode(self, handle: int, mode: int) -> None:
        """Give an open file its permissions, where the system knows them."""

    def copy_attributes(self, folder: int, name: str, handle: int, planned: os.stat_result) -> None:
        """Give a new file the owner, mode and further attributes of the one it is to replace.

        Args:
            folder: holds the file to be replaced.
            name: the file to be replaced.
            handle: the new file, open.
            planned: stat of the file to be replaced.

        Raises:
            AttributesNotKeptError: one of them cannot be given.
        """

    def is_open_for_writing(self, handle: int) -> bool | None:
        """Whether any program has an open file open for writing as well; None where the system cannot tell."""

    def is_read_only(self, root: str) -> bool:
        """Whether the disk a folder lies on is mounted so that nothing on it can be written."""
