"""A vault that is a folder on a disk."""

from __future__ import annotations

import contextlib
import os
import stat
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from vaultrel.errors import NoteChangedError, VaultNotFoundError, WriteRefusedError
from vaultrel.model import Diagnostic, Fingerprint, NotePath
from vaultrel.storage import atomic
from vaultrel.storage.base import ReadRefusedError, SweepReport, enters_folder
from vaultrel.storage.kept_listing import ListedFolder, label_of
from vaultrel.storage.opening import (
    LeavesRootError,
    check_generated,
    open_folder,
    read_regular,
    refused_read,
    split_path,
)
from vaultrel.storage.system import file_calls

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

_GENERATED_MODE = 0o644
_PRIVATE_MODE = 0o600


class FileSystemStore:
    """A `vaultrel.storage.base.NoteStore` over a folder; the folder itself may be reached through links.

    Args:
        root: the vault's folder.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._problems: tuple[Diagnostic, ...] = ()
        self._left_over: tuple[str, ...] = ()
        self._folders: dict[str, _Identity] = {}
        self.on_listed: Callable[[Sequence[ListedFolder]], None] | None = None
        """Called with what each listing met, for a later run to be held against; nobody else remembers it."""
        self._aside: list[atomic.Displaced] = []

    @property
    def name(self) -> str:
        """The folder's name."""
        return Path(os.path.realpath(self._root)).name

    @property
    def problems(self) -> tuple[Diagnostic, ...]:
        """See `NoteStore`."""
        return self._problems

    @property
    def folders(self) -> Mapping[str, tuple[int, int]]:
        """Device and inode of the folders last listed, by path with the final ``/``; the root's is empty."""
        return self._folders

    def fingerprints(self, skip: Callable[[str], str | None]) -> dict[NotePath, Fingerprint]:
        """See `NoteStore`."""
        listing = _Listing(self._root, skip)
        self._problems = tuple(sorted(listing.problems, key=lambda problem: (problem.path, problem.code)))
        self._left_over = tuple(sorted(listing.left_over))
        self._folders = listing.folders
        if self.on_listed is not None:
            self.on_listed(listing.listed)
        return listing.found

    def sum_up(self, enter: Callable[[str], str | None]) -> int:
        """A number that is another one, this process' life long, when a Markdown file or a folder entered is.

        Much quicker than `fingerprints`: every Markdown file counts, read or not. Nothing is remembered of this look,
        neither here nor in `folders` and `problems`.

        Args:
            enter: as `skip` of `NoteStore.fingerprints`, but asked of folders only.

        Raises:
            VaultNotFoundError: the root itself is not there, or cannot be listed.
        """
        return _Sum(self._root, enter).total

    def look_at(self, paths: Iterable[str]) -> dict[NotePath, Fingerprint | None] | None:
        """See `NoteStore`."""
        left_out = {problem.path for problem in self._problems}
        found: dict[NotePath, Fingerprint | None] = {}
        for path in map(NotePath, paths):
            folder = path[: path.rfind("/") + 1]
            if not path.isprintable() or path in left_out or not self._is_where_it_was(folder):
                return None
            try:
                now = os.lstat(f"{self._root}/{path}")
            except FileNotFoundError:
                found[path] = None
                continue
            except OSError:
                return None
            if not stat.S_ISREG(now.st_mode):
                return None
            found[path] = _fingerprint(now)
        # What the last listing met has been swept since.
        self._left_over = ()
        return found

    def read(self, path: str) -> bytes:
        """See `NoteStore`."""
        folder = path[: path.rfind("/") + 1]
        # Opening folder by folder takes longer than reading a note, and a first scan reads them all.
        if path.endswith(".md") and path.isprintable() and self._is_where_it_was(folder):
            return read_regular(path, f"{self._root}/{path}")[0]
        with self._opened_to_read(path) as (handle, name):
            return read_regular(path, name, folder=handle)[0]

    def _is_where_it_was(self, folder: str) -> bool:
        """True when the last listing entered this folder, and its path still leads to the same one."""
        listed = self._folders.get(folder)
        try:
            if listed is None:
                return False
            now = os.stat(f"{self._root}/{folder}")  # noqa: PTH116 - making a Path takes longer than the call
            return listed == _identity(now)
        except OSError:
            return False

    def read_extra(self, path: str) -> bytes | None:
        """See `NoteStore`."""
        try:
            return self.read(path)
        except ReadRefusedError as refused:
            if refused.code == "missing":
                return None
            raise

    def touched(self, path: str) -> float:
        """See `NoteStore`."""
        with self._opened_to_read(path) as (folder, name):
            return file_calls().stat(name, folder).st_mtime

    def replace(self, path: str, expected: bytes, new: bytes) -> None:
        """See `NoteStore`."""
        if expected == new:
            return
        with atomic.translated_errors(path, "replace"):
            try:
                with self._opened_to_write(path) as folder:
                    atomic.replace_note(folder, path, expected, new, self._aside)
            except FileNotFoundError as error:
                raise NoteChangedError(path) from error

    def create(self, path: str, data: bytes) -> None:
        """See `NoteStore`."""
        check_generated(path)
        with atomic.translated_errors(path, "write"), self._opened_to_write(path, create=True) as folder:
            atomic.create_note(folder, path, data, _GENERATED_MODE)

    def remove(self, path: str, expected: bytes) -> None:
        """See `NoteStore`."""
        with atomic.translated_errors(path, "remove"):
            try:
                with self._opened_to_write(path) as folder:
                    atomic.remove_note(folder, path, expected, self._aside)
            except FileNotFoundError as error:
                raise NoteChangedError(path) from error

    def may_be_written(self) -> bool:
        """See `NoteStore`."""
        return any(map(self._may_be_written, self._aside))

    def _may_be_written(self, displaced: atomic.Displaced) -> bool:
        try:
            with self._opened_to_write(displaced.path) as folder:
                return atomic.may_be_written(folder, displaced)
        except (OSError, WriteRefusedError):
            return True

    def settle(self) -> tuple[Diagnostic, ...]:
        """See `NoteStore`."""
        batch, self._aside = self._aside, []
        told = [self._settle_one(displaced) for displaced in batch]
        return tuple(diagnostic for diagnostic in told if diagnostic is not None)

    def _settle_one(self, displaced: atomic.Displaced) -> Diagnostic | None:
        path = NotePath(displaced.path)
        try:
            with self._opened_to_write(path) as folder:
                rescue = atomic.settle_note(folder, displaced)
        except atomic.HeldOpenError:
            said = f"another program still has its previous version open, which stays beside it as {displaced.temp}"
            return Diagnostic(path, "held-open", said)
        except (OSError, WriteRefusedError):
            return Diagnostic(path, "left-over", f"its previous version stays beside it as {displaced.temp}")
        if rescue is None:
            return None
        if rescue.kept_as is None:
            return Diagnostic(path, "write-undone", "another program was still saving it; its version was put back")
        return Diagnostic(
            path, "rescued", f"two programs saved it at once; the other version was kept as {rescue.kept_as}"
        )

    def sweep(self) -> SweepReport:
        """See `NoteStore`."""
        pending = {displaced.temp for displaced in self._aside}
        by_folder: dict[str, list[str]] = {}
        for path in self._left_over:
            parent, _, name = path.rpartition("/")
            if name not in pending:
                by_folder.setdefault(parent, []).append(name)
        removed: list[str] = []
        kept: list[str] = []
        for parent, names in by_folder.items():
            gone = self._sweep_folder(parent, names)
            for name in names:
                (removed if name in gone else kept).append(f"{parent}/{name}" if parent else name)
        return SweepReport(tuple(removed), tuple(kept))

    def _sweep_folder(self, parent: str, names: list[str]) -> frozenset[str]:
        try:
            with self._opened_to_write(f"{parent}/{names[0]}" if parent else names[0]) as folder:
                return atomic.sweep_folder(
                    folder, f"{parent}/" if parent else "", names, _same_but_for_ours, self._aside
                )
        except (OSError, WriteRefusedError):
            return frozenset()

    def write_generated(self, path: str, data: bytes) -> bool:
        """See `NoteStore`."""
        check_generated(path)
        with atomic.translated_errors(path, "write"), self._opened_to_write(path, create=True) as folder:
            return atomic.write_durable(folder, path, data, _GENERATED_MODE)

    def writable_reason(self) -> str | None:
        """See `NoteStore`."""
        try:
            read_only = file_calls().is_read_only(str(self._root))
        except OSError as error:
            return error.strerror or "it cannot be reached"
        if read_only:
            return "its disk is mounted read-only"
        if not os.access(self._root, os.W_OK | os.X_OK):
            return "you may not write in its folder"
        return None

    @contextlib.contextmanager
    def _opened_to_read(self, path: str) -> Iterator[tuple[int, str]]:
        try:
            folders, name = split_path(path)
            with open_folder(self._root, folders) as folder:
                yield folder, name
        except LeavesRootError as error:
            raise ReadRefusedError(path, error.code, error.reason) from error
        except OSError as error:
            raise refused_read(path, error) from error

    @contextlib.contextmanager
    def _opened_to_write(self, path: str, *, create: bool = False) -> Iterator[int]:
        try:
            with open_folder(self._root, split_path(path)[0], create=create) as folder:
                yield folder
        except LeavesRootError as error:
            raise WriteRefusedError(path, error.code, error.reason) from error


def read_private_file(path: Path) -> bytes | None:
    """The bytes of a file outside the vault; None when it is not there or cannot be read."""
    try:
        return read_regular(str(path), str(path))[0]
    except ReadRefusedError:
        return None


def write_private_file(path: Path, data: bytes, *, synced: bool = True) -> bool:
    """Write a file outside the vault that only the user may read, all or nothing; makes its folders.

    Args:
        path: the file.
        data: its content.
        synced: false for what a power cut may take; see `vaultrel.storage.atomic.write_durable`.

    Returns:
        False when it held exactly that already.

    Raises:
        WriteRefusedError: something that is not a regular file stands there, or it may not be written.
        StorageFailedError: the operating system failed; the old file is whole.
    """
    with atomic.translated_errors(str(path), "write"):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open_folder(path.parent, ()) as folder:
            return atomic.write_durable(folder, str(path), data, _PRIVATE_MODE, synced=synced)


def write_copy(path: Path, data: bytes, mode: int) -> bool:
    """Write a file for other programs into a folder that is there, all or nothing.

    Args:
        path: the file.
        data: its content.
        mode: its permissions. 0600 is what a new file has, and is not asked for again: mounted folders, such as
            WebDAV, often know no permissions.

    Returns:
        False when it held exactly that already.

    Raises:
        WriteRefusedError: something that is not a regular file stands there, or it may not be written.
        StorageFailedError: the operating system failed; the old file is whole.
    """
    with atomic.translated_errors(str(path), "write"), open_folder(path.parent, ()) as folder:
        return atomic.write_durable(folder, str(path), data, None if mode == _PRIVATE_MODE else mode)


def _same_but_for_ours(left: bytes, right: bytes) -> bool:
    from vaultrel.core.frontmatter import strip_frontmatter  # noqa: PLC0415 - YAML is slow to load, and few runs sweep
    from vaultrel.core.ticks import is_untouched  # noqa: PLC0415 - as above

    stripped = strip_frontmatter(left)
    return isinstance(stripped, bytes) and (stripped == strip_frontmatter(right) or is_untouched(left))


_Identity: TypeAlias = tuple[int, int]


def _identity(found: os.stat_result) -> _Identity:
    return found.st_dev, found.st_ino


def _fingerprint(found: os.stat_result) -> Fingerprint:
    return Fingerprint(found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino)


class _Listing:
    """One walk over a vault.

    Attributes:
        found: the notes.
        folders: the folders entered, each with its final ``/``; the root is empty.
        listed: the same with all that was met in them.
        left_over: paths of temporary files of ours.
        problems: what had to be left out.
    """

    def __init__(self, root: Path, skip: Callable[[str], str | None]) -> None:
        self.found: dict[NotePath, Fingerprint] = {}
        self.folders: dict[str, _Identity] = {}
        self.listed: list[ListedFolder] = []
        self.left_over: list[str] = []
        self.problems: list[Diagnostic] = []
        self._skip = skip
        self._base = f"{root}/"
        try:
            waiting = self._take_folder("")
        except OSError as error:
            raise VaultNotFoundError(str(root), error.strerror or "it cannot be listed") from error
        while waiting:
            folder = waiting.pop()
            try:
                waiting += self._take_folder(folder)
            except OSError as error:
                self._report(folder, "unreadable-folder", error.strerror or "it cannot be listed")

    def _take_folder(self, folder: str) -> list[str]:
        """Take the notes of one folder; gives back the folders to enter."""
        inner: list[str] = []
        # Through a descriptor each stat looks up one name, not the whole path again.
        handle = file_calls().open_path(self._base + folder, follow=not folder)
        try:
            opened = os.fstat(handle)
            self.folders[folder] = _identity(opened)
            listed = ListedFolder(folder, opened, [], [], [])
            with file_calls().entries(handle) as entries:
                for entry in entries:
                    if label := label_of(entry):
                        listed.labels.append(label)
                        inner += self._take_entry(listed, label, entry)
            self.listed.append(listed)
        finally:
            os.close(handle)
        return inner

    def _take_entry(self, folder: ListedFolder, label: str, entry: os.DirEntry[str]) -> list[str]:
        """Take what an entry stands for, the label of which is given; gives back the folder to enter, if it is one."""
        path = folder.path + entry.name
        is_note = path[-3:].lower() == ".md"
        if is_note:
            self._take_note(folder, path, entry)
        if label.endswith("//"):
            if self._wanted(f"{path}/"):
                self._report(f"{path}/", "symlink", "it is a link to a folder, and links are not followed")
        elif label.endswith("/"):
            return self._wanted(f"{path}/")
        elif not is_note and "/" not in label:
            self.left_over.append(path)
        return []

    def _take_note(self, folder: ListedFolder, path: str, entry: os.DirEntry[str]) -> None:
        if self._skip(path) is not None:
            return
        try:
            found = entry.stat(follow_symlinks=False)
        except FileNotFoundError:
            folder.labels.pop()
            return
        if not stat.S_ISDIR(found.st_mode):
            folder.looked.append(entry.name)
            folder.looks.extend((found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino))
        if not path.isprintable() and (problem := _name_problem(path)):
            self._report(path, *problem)
        elif stat.S_ISREG(found.st_mode):
            self.found[NotePath(path)] = _fingerprint(found)
        elif stat.S_ISLNK(found.st_mode):
            self._report(path, "symlink", "it is a link, and links are not followed")
        elif stat.S_ISDIR(found.st_mode):
            self._report(path, "not-regular", "it is a folder; the notes in it are read")
        else:
            self._report(path, "not-regular", "it is not an ordinary file")

    def _wanted(self, folder: str) -> list[str]:
        if not enters_folder(folder, self._skip):
            return []
        if not folder.isprintable() and (problem := _name_problem(folder)):
            self._report(folder, *problem)
            return []
        return [folder]

    def _report(self, path: str, code: str, message: str) -> None:
        shown = os.fsencode(path).decode("utf-8", "replace")
        self.problems.append(Diagnostic(NotePath(shown), code, message))


class _Sum(_Listing):
    """One walk over a vault that keeps no more of its files than a sum, which does not depend on their order."""

    total = 0

    def _take_note(self, folder: ListedFolder, path: str, entry: os.DirEntry[str]) -> None:  # noqa: ARG002 - as above
        try:
            found = entry.stat(follow_symlinks=False)
        except FileNotFoundError:
            return
        self.total += hash((path, found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino))


def _name_problem(path: str) -> tuple[str, str] | None:
    """Why a path with unprintable characters cannot be used; None when it can (joiners, bidi marks)."""
    if any("\udc80" <= sign <= "\udcff" for sign in path):
        return "undecodable-name", "its name is not valid UTF-8"
    if any(unicodedata.category(sign) == "Cc" or sign in "\u2028\u2029" for sign in path):
        return "control-character-in-name", "its name holds a line break or another control character"
    return None
