"""Where notes live: the one door through which vaultrel reads and writes a vault.

Terminology:
- *listing*: one walk over the vault that looks at files without reading them.
- *displaced* file: the previous version of a note, set aside under a temporary name by a replacement until
  `NoteStore.settle` has seen that nobody was still writing to it.
- *left-over*: a temporary file of ours that a killed run did not clear away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from vaultrel.errors import VaultrelError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from vaultrel.model import Diagnostic, Fingerprint, NotePath

MAX_NOTE_BYTES = 16 * 1024 * 1024
"""Larger files are not read: no one types them, and they would hold up everything else."""

GRACE_SECONDS = 2.0
"""How long after the last replacement a program may still be writing to the file it had open before.

Where the system says that nobody has that file open for writing, nobody is waited for.
"""


class ReadRefusedError(VaultrelError):
    """One file cannot or must not be read; the caller reports it as a diagnostic and goes on.

    `code` is stable: ``missing``, ``outside``, ``symlink``, ``not-regular``, ``too-large``, ``unreadable``,
    ``not-downloaded``, ``changed-while-reading``.
    """

    def __init__(self, path: str, code: str, reason: str) -> None:
        self.path = path
        self.code = code
        self.reason = reason
        super().__init__(
            f"{path} was not read: {reason} ({code}).",
            next_step="Nothing else is affected. `vaultrel doctor` lists every note left alone.",
        )


class SweepReport(Struct, frozen=True):
    """What became of the left-overs of killed runs: removed (or left to `settle`), or kept for what else they hold."""

    removed: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()


class NoteStore(Protocol):
    """A vault's files. Paths are relative to its root, with ``/``, spelled as the file system spells them.

    One thread at a time. Every write is all or nothing: whatever fails, each file holds its old bytes or its
    new ones.
    """

    @property
    def name(self) -> str:
        """The vault's name, to show."""

    @property
    def problems(self) -> tuple[Diagnostic, ...]:
        """What the last listing had to leave out, by path: links, odd names, folders it could not open."""

    def fingerprints(self, skip: Callable[[str], str | None]) -> dict[NotePath, Fingerprint]:
        """List the Markdown files without reading them.

        Args:
            skip: says why a path is not scanned, or None. Asked for ``folder/`` before a folder is entered
                and for every Markdown file in it.

        Returns:
            The fingerprint of each note. Links are not followed; what cannot be listed is in `problems`.

        Raises:
            VaultNotFoundError: the root itself is not there, or cannot be listed.
        """

    def look_at(self, paths: Iterable[str]) -> dict[NotePath, Fingerprint | None] | None:
        """Look at some notes only, once there has been a listing.

        Returns:
            Their fingerprints, None for each that is not there; or None at all where only another listing can tell:
            a folder is not the one listed, or one of them is no note that can be read.
        """

    def read(self, path: str) -> bytes:
        """The bytes of one regular file of at most `MAX_NOTE_BYTES`, following no link.

        Raises:
            ReadRefusedError: with the reason.
        """

    def read_extra(self, path: str) -> bytes | None:
        """Like `read`, for settings and the files of ``.obsidian``; None when there is no such file.

        Raises:
            ReadRefusedError: it is there but cannot be read.
        """

    def touched(self, path: str) -> float:
        """When the file was last modified, in seconds since 1970.

        Raises:
            ReadRefusedError: there is no such file.
        """

    def replace(self, path: str, expected: bytes, new: bytes) -> None:
        """Compare and swap: give a file new bytes if it still holds the expected ones.

        The bytes replaced stay at hand until `settle`. Equal bytes write nothing.

        Raises:
            NoteChangedError: the file holds other bytes, or is gone; it was left as it is.
            WriteRefusedError: vaultrel must not write this file.
            StorageFailedError: the operating system failed; the file holds its old bytes or the new ones.
        """

    def create(self, path: str, data: bytes) -> None:
        """Make a note, and its folders as needed, where there is none.

        Raises:
            NoteChangedError: there is a file of that name already; it was left as it is.
            WriteRefusedError: vaultrel must not write there.
            StorageFailedError: the operating system failed; there is no such note.
        """

    def remove(self, path: str, expected: bytes) -> None:
        """Take away a note that vaultrel made, if it still holds the expected bytes.

        The bytes stay at hand until `settle`.

        Raises:
            NoteChangedError, WriteRefusedError: see `replace`; it is still there.
            StorageFailedError: the operating system failed; it may be gone or there, whole.
        """

    def may_be_written(self) -> bool:
        """Whether a program may have a file open for writing that `settle` is to clear away.

        Also true where the system cannot tell. Once it is false it stays so until the next `replace`, `remove` or
        `sweep`.
        """

    def settle(self) -> tuple[Diagnostic, ...]:
        """Look again at what the replacements since the last call displaced, and a `sweep` found; clear it away.

        Call it once a batch, at least `GRACE_SECONDS` after the last `replace` or `sweep`, or once `may_be_written`
        says that nobody can. A program that had a note open while it was replaced may have gone on writing to the
        displaced file: then its version is put back, or kept beside the note when that has changed as well.

        Returns:
            One diagnostic for each note put back (``write-undone``), kept aside (``rescued``), or still open
            elsewhere (``held-open``).
        """

    def sweep(self) -> SweepReport:
        """Clear away the left-overs that the last listing met.

        Only those that equal their note apart from vaultrel's own properties. One that may be the previous version
        of a note is looked at again by `settle`, and removed then. Call it only while holding the vault's lock:
        another writer's temporary files look the same.
        """

    def write_generated(self, path: str, data: bytes) -> bool:
        """Give a file of vaultrel's own its content, creating it and its folders as needed.

        For files that only vaultrel writes; where the user may have edited one, use `replace`.

        Returns:
            False when it held exactly that already, and nothing was written.

        Raises:
            WriteRefusedError: the path leads out of the vault, into ``.obsidian``, or over something that is
                not a regular file.
            StorageFailedError: the operating system failed.
        """

    def writable_reason(self) -> str | None:
        """Why no file of this vault can be written, in a few words; None when nothing speaks against it."""


def enters_folder(folder: str, skip: Callable[[str], str | None]) -> bool:
    """Whether a listing enters a folder, given with its final ``/``.

    A folder is no Markdown file, so that answer keeps nobody out; any other reason holds for all that is in it. What
    Git keeps is left alone: thousands of folders that every commit changes, without a note or a file of ours.
    """
    return not f"/{folder}".endswith("/.git/") and skip(folder) in {None, "not-markdown"}
