"""A listing of a vault in a form that a later run can hold against the files, without knowing the vault's settings.

What a listing found follows from the settings, from the names in the folders it entered, and from how the notes look.
Of each folder these are kept, so that the files can be gone over in the order they were met in, and nothing has to be
looked up, sorted or told apart again. Runs that find everything as it was load little more than this module.
"""

from __future__ import annotations

import contextlib
import hashlib
import marshal
import os
import sys
import threading
from typing import TYPE_CHECKING, NamedTuple

from vaultrel.storage.naming import is_temp_name
from vaultrel.storage.system import file_calls

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

SHARED_FROM = 20_000
"""From so many notes on, two processes look at them sooner than one."""

_END = "\0"
"""Ends each field: no name holds it."""


class ListedFolder(NamedTuple):
    """One folder as a listing met it.

    Attributes:
        path: in the vault, with its final ``/``; the root's is empty.
        found: what the folder itself was before its names were read.
        looked: the names of what may be a note, in the order in which they were looked at.
        looks: of each of these names what `FileCalls.looks` gives, one after the other.
        labels: every name in the folder that counts, as `label_of` has it.
    """

    path: str
    found: os.stat_result
    looked: list[str]
    looks: list[int]
    labels: list[str]


def label_of(entry: os.DirEntry[str]) -> str:
    """What an entry of a folder is to a listing: its name, with a slash or two behind that of a folder or a link.

    Empty for a file that is none of the vault's notes and none of our temporary files: it may come and go.
    """
    name = entry.name
    if entry.is_dir(follow_symlinks=False):
        return f"{name}/"
    if name[-3:].lower() == ".md":
        return name
    if entry.is_symlink():
        with contextlib.suppress(OSError):
            if entry.is_dir():
                return f"{name}//"
        return f"{name}/."
    return name if is_temp_name(name) else ""


def encode_listing(root: str, folders: Iterable[ListedFolder], is_settled: Callable[[int, int], bool]) -> bytes | None:
    """The listing as `still_stands` takes it; None where a note could change and look the same.

    Args:
        root: the vault's folder.
        folders: all that the listing entered.
        is_settled: of a modification and a change time, whether what is changed from now on has others.
    """
    fields: list[str] = []
    tells = _TellsOfNames(root)
    for folder in folders:
        if not all(map(is_settled, folder.looks[0::4], folder.looks[1::4])):
            return None
        own = folder.found
        stamp = _stamp(own) if is_settled(own.st_mtime_ns, own.st_ctime_ns) and tells.of(folder) else ""
        looked = set(folder.looked)
        others = [label for label in folder.labels if label not in looked]
        sizes = (str(len(folder.looked)), str(len(others)))
        fields += (folder.path, stamp, _digest(folder.looks), *sizes, *folder.looked, *others)
    return os.fsencode(_END.join(fields))


def still_stands(root: str, kept: bytes) -> bool:
    """Whether a listing of the vault would find just what one did that was kept.

    Args:
        root: the vault's folder.
        kept: what `encode_listing` gave.
    """
    folders = list(_decode(os.fsdecode(kept)))
    if sum(len(folder.looked) for folder in folders) < SHARED_FROM or not _has_second_processor():
        return _all_same(root, folders)
    first, second = _halves(folders)
    child = os.fork()
    if child == 0:
        same = False
        try:
            same = _all_same(root, second)
        finally:
            os._exit(not same)
    same = _all_same(root, first)
    _, status = os.waitpid(child, 0)
    return same and status == 0


class _KeptFolder(NamedTuple):
    path: str
    stamp: str
    digest: str
    looked: Sequence[str]
    others: Sequence[str]


def _decode(text: str) -> Iterator[_KeptFolder]:
    fields = text.split(_END)
    at = 0
    while at < len(fields):
        path, stamp, digest, looked, others = fields[at : at + 5]
        begin, middle = at + 5, at + 5 + int(looked)
        at = middle + int(others)
        yield _KeptFolder(path, stamp, digest, fields[begin:middle], fields[middle:at])


def _all_same(root: str, folders: Iterable[_KeptFolder]) -> bool:
    try:
        return all(_is_same(root, folder) for folder in folders)
    except OSError:  # what cannot be looked at is not known to be the same
        return False


def _is_same(root: str, kept: _KeptFolder) -> bool:
    calls = file_calls()
    handle = calls.open_path(f"{root}/{kept.path}", follow=not kept.path)
    try:
        if kept.stamp != _stamp(os.fstat(handle)):
            with calls.entries(handle) as entries:
                labels = sorted(filter(None, map(label_of, entries)))
            if labels != sorted((*kept.looked, *kept.others)):
                return False
        return _digest(calls.looks(kept.looked, handle)) == kept.digest
    finally:
        os.close(handle)


def _stamp(found: os.stat_result) -> str:
    """What is another one when the folder is, or a name in it has come or gone; where the disk tells that."""
    return f"{found.st_dev} {found.st_ino} {found.st_mtime_ns} {found.st_ctime_ns}"


def _digest(looks: Sequence[int]) -> str:
    return hashlib.sha256(marshal.dumps(list(looks), 2)).hexdigest()


def _halves(folders: Sequence[_KeptFolder]) -> tuple[Sequence[_KeptFolder], Sequence[_KeptFolder]]:
    """The folders, as many notes in the first part as in the second, or nearly so."""
    left = sum(len(folder.looked) for folder in folders) / 2
    for at, folder in enumerate(folders):
        left -= len(folder.looked)
        if left <= 0:
            return folders[: at + 1], folders[at + 1 :]
    return folders, ()


def _has_second_processor() -> bool:
    """Whether a second process would run beside this one; only where this one can simply be forked."""
    return sys.platform == "linux" and threading.active_count() == 1 and len(os.sched_getaffinity(0)) > 1


class _TellsOfNames:
    """Whether the times of a folder tell that names in it have come or gone; asked once of each disk."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._disks: dict[int, bool] = {}

    def of(self, folder: ListedFolder) -> bool:
        # Whether a link leads to a folder may change with nothing in this one.
        if any("/" in label[:-1] for label in folder.labels):
            return False
        disk = folder.found.st_dev
        if disk not in self._disks:
            self._disks[disk] = self._ask(folder.path)
        return self._disks[disk]

    def _ask(self, path: str) -> bool:
        calls = file_calls()
        try:
            handle = calls.open_path(f"{self._root}/{path}", follow=not path)
        except OSError:
            return False
        try:
            return calls.tells_of_names(handle)
        finally:
            os.close(handle)
