"""The one module that replaces files.

A note is never opened for writing. Its new bytes go to a temporary file beside it, which is then exchanged
with the note in one step; what the exchange displaced is read, and put back if it is not what the edit was
planned against. So an edit by any other program, saved at any moment, is found, and a kill or a power cut
leaves the old note or the new one.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import errno
import hashlib
import os
import secrets
import stat
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from vaultrel.errors import NoteChangedError, StorageFailedError, WriteRefusedError
from vaultrel.storage.base import ReadRefusedError
from vaultrel.storage.naming import is_temp_name, made_temp_name, short_name, temp_name, temp_stem
from vaultrel.storage.opening import read_regular
from vaultrel.storage.swapping import SwapUnsupportedError, swappers
from vaultrel.storage.system import AttributesNotKeptError, file_calls

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_LAST_SECOND = dt.datetime.max.replace(tzinfo=dt.UTC, microsecond=0).timestamp()
"""A file may claim to be from a year that Python's calendar does not reach."""


@dataclass(frozen=True, slots=True)
class Displaced:
    """A file that was replaced, set aside as `temp` in the note's folder until it is settled.

    Attributes:
        path: the note, relative to the vault.
        held: SHA-256 of what it held when it was displaced.
        successor: SHA-256 of what was put in its place.
        successor_inode: inode of the file put in its place.
    """

    path: str
    temp: str
    held: bytes
    successor: bytes
    successor_inode: int


@dataclass(frozen=True, slots=True)
class Rescue:
    """A displaced file that had gone on changing.

    `kept_as` is the path under which that version was kept; None when it was put back in the note's place.
    """

    path: str
    kept_as: str | None


def replace_note(folder: int, path: str, expected: bytes, new: bytes, aside: list[Displaced]) -> None:
    """Put new bytes in a note's place if it holds the expected ones.

    Owner, mode and extended attributes stay; the modification time is that of the edit.

    Args:
        folder: the note's folder, open.
        path: the note, relative to the vault; its last part is its name in `folder`.
        expected: the bytes the edit was planned against.
        new: the bytes to put there.
        aside: gets what was displaced and must be settled, also when an error is raised.

    Raises:
        NoteChangedError: it holds other bytes or is gone.
        WriteRefusedError: ``symlink``, ``not-regular``, ``hard-linked``, ``read-only``, ``too-large``,
            ``attributes-not-kept`` or ``no-safe-replace``.
        OSError: the system failed; the note holds its old bytes or the new ones.
    """
    name = _name(path)
    planned = _check_target(folder, path, expected)
    temp = temp_name(name)
    inode = _write_temp(folder, temp, new, lambda handle: _copy_attributes(folder, path, handle, planned))
    try:
        _check_unmoved(folder, path, planned)
        displaced = _swap(folder, path, temp)
    except BaseException:
        # An interrupt may come after the exchange: then this name holds the user's file.
        if _inode(folder, temp) == inode:
            _unlink(folder, temp)
        raise
    aside.append(Displaced(path, displaced, _digest(expected), _digest(new), inode))
    intact = _digest_of(folder, displaced) == aside[-1].held
    if not intact:
        _, aside[-1] = _put_back(folder, aside[-1])
    file_calls().sync_folder(folder)
    if not intact:
        raise NoteChangedError(path)


def settle_note(folder: int, displaced: Displaced) -> Rescue | None:
    """Clear a displaced file away, unless somebody has gone on writing to it.

    Returns:
        None when it had not changed, or was cleared away already; else what was done about it.

    Raises:
        OSError: the system failed; it stays under its temporary name.
    """
    held = _digest_of(folder, displaced.temp)
    if held == displaced.held:
        _unlink(folder, displaced.temp)
        return None
    if held is None and _inode(folder, displaced.temp) is None:
        return None
    put_back, left = _put_back(folder, displaced)
    if put_back:
        _unlink(folder, left.temp)
        kept_as = None
    else:
        kept_as = _keep_aside(folder, left)
    file_calls().sync_folder(folder)
    return Rescue(displaced.path, kept_as)


def _put_back(folder: int, displaced: Displaced) -> tuple[bool, Displaced]:
    """Give a note back the file that was displaced, unless the note has changed again since.

    Returns:
        Whether it was put back; and the file that is now set aside: its successor if so, else still itself.
    """
    path, name = displaced.path, _name(displaced.path)
    if not _is_successor(folder, name, displaced):
        return False, displaced
    inode, held = _inode(folder, displaced.temp), _digest_of(folder, displaced.temp)
    temp = _swap(folder, path, displaced.temp)
    if _is_successor(folder, temp, displaced):
        return True, Displaced(path, temp, displaced.successor, held or b"", inode or 0)
    # Saved again between the look and the swap: that save is the newest, so it gets its place again.
    return False, replace(displaced, temp=_swap(folder, path, temp))


def _keep_aside(folder: int, displaced: Displaced) -> str:
    """Give a displaced file a name that its owner will recognise, dated by its last change in UTC."""
    changed = file_calls().stat(displaced.temp, folder).st_mtime
    stamp = dt.datetime.fromtimestamp(min(max(changed, 0.0), _LAST_SECOND), dt.UTC).strftime("%Y%m%dT%H%M%SZ")
    parent, slash, name = displaced.path.rpartition("/")
    rescued = f"{short_name(name)}.vaultrel-rescued-{stamp}-{secrets.token_hex(2)}"
    file_calls().rename(displaced.temp, rescued, folder)
    return f"{parent}{slash}{rescued}"


def write_durable(folder: int, path: str, data: bytes, mode: int) -> bool:
    """Give a file of our own its content, all or nothing, so that it survives a power cut.

    Args:
        folder: its folder, open.
        path: the file; its last part is its name in `folder`.
        data: its new content.
        mode: its permissions.

    Returns:
        False when it held exactly that already.

    Raises:
        WriteRefusedError: something that is not a regular file stands there, or it may not be written.
        StorageFailedError: the operating system failed; the old file is whole.
    """
    name = _name(path)
    try:
        if read_regular(path, name, folder=folder)[0] == data:
            return False
    except ReadRefusedError as refused:
        if refused.code in {"symlink", "not-regular"}:
            raise WriteRefusedError(path, refused.code, refused.reason) from refused
        # Missing, too large or unreadable: whatever it was, it is ours to replace.
    with translated_errors(path, "write"):
        temp = made_temp_name(name)
        _unlink(folder, temp)  # of a run that was killed
        _write_temp(folder, temp, data, lambda handle: file_calls().set_mode(handle, mode))
        try:
            file_calls().rename(temp, name, folder)
        except BaseException:
            _unlink(folder, temp)
            raise
        file_calls().sync_folder(folder)
    return True


def sweep_folder(folder: int, temps: Iterable[str], same_note: Callable[[bytes, bytes], bool]) -> frozenset[str]:
    """Remove the left-overs of killed runs that hold nothing of the user's that their note does not hold as well.

    Args:
        folder: the open folder.
        temps: names in it for which `is_temp_name` is true.
        same_note: whether two files differ in nothing but what is ours.

    Returns:
        The names removed.
    """
    with file_calls().entries(folder) as entries:
        notes = {short_name(entry.name): entry.name for entry in entries if not is_temp_name(entry.name)}
    removed = set()
    for temp in temps:
        stem = temp_stem(temp) or ""
        if temp == made_temp_name(stem):
            _unlink(folder, temp)
            removed.add(temp)
            continue
        name = notes.get(stem)
        if name is None:
            continue
        try:
            left, note = (read_regular(file, file, folder=folder)[0] for file in (temp, name))
        except ReadRefusedError:
            continue
        if not left or left == note or same_note(left, note):
            _unlink(folder, temp)
            removed.add(temp)
    return frozenset(removed)


@contextlib.contextmanager
def translated_errors(path: str, doing: str) -> Iterator[None]:
    """Turn errors of the operating system into ours.

    Raises:
        WriteRefusedError: ``read-only``: it is not allowed here; ``in-use``: another program keeps it open (Windows).
        StorageFailedError: anything else.
    """
    try:
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
        if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
            raise WriteRefusedError(path, "read-only", f"writing is not allowed there ({reason})") from error
        if error.errno == errno.EBUSY:
            raise WriteRefusedError(path, "in-use", "another program, or the system, keeps hold of it") from error
        raise StorageFailedError(path, doing, reason) from error


def _check_target(folder: int, path: str, expected: bytes) -> os.stat_result:
    """The stat of a note that may be replaced and holds the expected bytes."""
    try:
        held, found = read_regular(path, _name(path), folder=folder)
    except ReadRefusedError as refused:
        if refused.code in {"missing", "changed-while-reading"}:
            raise NoteChangedError(path) from refused
        raise WriteRefusedError(path, refused.code, refused.reason) from refused
    if found.st_nlink > 1:
        raise WriteRefusedError(path, "hard-linked", "the file has a second name, which would keep the old text")
    if not found.st_mode & stat.S_IWUSR:
        raise WriteRefusedError(path, "read-only", "its owner may not write it")
    if held != expected:
        raise NoteChangedError(path)
    return found


def _check_unmoved(folder: int, path: str, planned: os.stat_result) -> None:
    try:
        found = file_calls().stat(_name(path), folder)
    except FileNotFoundError as error:
        raise NoteChangedError(path) from error
    if _identity(found) != _identity(planned):
        raise NoteChangedError(path)


def _write_temp(folder: int, temp: str, data: bytes, prepare: Callable[[int], None]) -> int:
    """Write a new file, let `prepare` set its attributes, see it on the disk; gives back its inode."""
    handle = file_calls().create(temp, folder)
    try:
        try:
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(handle, rest) :]
            prepare(handle)
            file_calls().sync(handle)
            inode = os.fstat(handle).st_ino
        finally:
            os.close(handle)
    except BaseException:
        _unlink(folder, temp)
        raise
    return inode


def _copy_attributes(folder: int, path: str, handle: int, planned: os.stat_result) -> None:
    """Give a new file the owner, mode and further attributes of the note it is to replace."""
    try:
        file_calls().copy_attributes(folder, _name(path), handle, planned)
    except AttributesNotKeptError as error:
        raise WriteRefusedError(path, "attributes-not-kept", error.reason) from error


def _swap(folder: int, path: str, temp: str) -> str:
    for swapper in swappers():
        with contextlib.suppress(SwapUnsupportedError):
            return swapper.swap(folder, temp, _name(path))
    raise WriteRefusedError(path, "no-safe-replace", "its file system can neither exchange two files nor link one")


def _is_successor(folder: int, name: str, displaced: Displaced) -> bool:
    """True while a file is the one that was put in the note's place, untouched."""
    return _inode(folder, name) == displaced.successor_inode and _digest_of(folder, name) == displaced.successor


def _identity(found: os.stat_result) -> tuple[int, ...]:
    return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


def _inode(folder: int, name: str) -> int | None:
    """None when there is no such file."""
    try:
        return file_calls().stat(name, folder).st_ino
    except FileNotFoundError:
        return None


def _digest_of(folder: int, name: str) -> bytes | None:
    """None when it is not a file that holds still for reading, so that it equals no digest."""
    try:
        return _digest(read_regular(name, name, folder=folder)[0])
    except ReadRefusedError:
        return None


def _digest(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def _unlink(folder: int, name: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        file_calls().unlink(name, folder)


def _name(path: str) -> str:
    return path.rpartition("/")[2]
