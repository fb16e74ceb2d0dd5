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
import stat
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from vaultrel.errors import NoteChangedError, StorageFailedError, WriteRefusedError
from vaultrel.storage.base import ReadRefusedError
from vaultrel.storage.naming import (
    gone_temp_holds,
    gone_temp_name,
    is_cut,
    is_temp_name,
    made_temp_name,
    short_name,
    temp_name,
    temp_stem,
)
from vaultrel.storage.opening import read_regular
from vaultrel.storage.swapping import SwapUnsupportedError, place_new, swappers
from vaultrel.storage.system import AttributesNotKeptError, file_calls

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_LAST_SECOND = dt.datetime.max.replace(tzinfo=dt.UTC, microsecond=0).timestamp()
"""A file may claim to be from a year that Python's calendar does not reach."""


class Displaced(Struct, frozen=True):
    """A file that was replaced or taken away, set aside as `temp` in the note's folder until it is settled.

    Attributes:
        path: the note, relative to the vault.
        held: SHA-256 of what it held when it was displaced.
        successor: SHA-256 of what was put in its place; None for a note that was taken away.
    """

    path: str
    temp: str
    held: bytes
    successor: bytes | None


class HeldOpenError(Exception):
    """A displaced file has not changed, but another program still has it open for writing."""


class Rescue(Struct, frozen=True):
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
    _write_temp(folder, temp, new, lambda handle: _copy_attributes(folder, path, handle, planned))
    try:
        _check_unmoved(folder, path, planned)
        displaced = _swap(folder, path, temp)
    except BaseException:
        # An interrupt may come after the exchange, and a file system may call one failed that it made: then this name
        # holds the user's file.
        if _digest_of(folder, temp) == _digest(new):
            _unlink(folder, temp)
        raise
    aside.append(Displaced(path, displaced, _digest(expected), _digest(new)))
    intact = _digest_of(folder, displaced) == aside[-1].held
    if not intact:
        _, aside[-1] = _put_back(folder, aside[-1])
    file_calls().sync_folder(folder)
    if not intact:
        raise NoteChangedError(path)


def remove_note(folder: int, path: str, expected: bytes, aside: list[Displaced]) -> None:
    """Take a note away if it holds the expected bytes, in one step that leaves it whole under another name.

    Args:
        folder: the note's folder, open.
        path: the note, relative to the vault; its last part is its name in `folder`.
        expected: the bytes it must hold.
        aside: gets what must be settled, also when an error is raised.

    Raises:
        NoteChangedError: it holds other bytes or is gone.
        WriteRefusedError: see `replace_note`.
        OSError: the system failed; the note is there, or was taken away.
    """
    name = _name(path)
    _check_target(folder, path, expected)
    displaced = Displaced(path, gone_temp_name(name, _digest(expected)), _digest(expected), None)
    place_new(name, displaced.temp, folder)
    intact = _digest_of(folder, displaced.temp) == displaced.held
    if intact or not _give_back(folder, displaced):  # else saved between the look and the renaming
        aside.append(displaced)
    file_calls().sync_folder(folder)
    if not intact:
        raise NoteChangedError(path)


def may_be_written(folder: int, displaced: Displaced) -> bool:
    """Whether a program may have a displaced file open for writing; also true where that cannot be told.

    Nobody can open it any more by the name it had, so that it stays as it is once nobody has.
    """
    return _is_open_for_writing(folder, displaced.temp) is not False


def settle_note(folder: int, displaced: Displaced) -> Rescue | None:
    """Clear a displaced file away, unless somebody has gone on writing to it.

    Returns:
        None when it had not changed, or was cleared away already; else what was done about it.

    Raises:
        HeldOpenError: somebody may yet go on; it stays under its temporary name.
        OSError: the system failed; it stays under its temporary name.
    """
    held_open = _is_open_for_writing(folder, displaced.temp)  # asked first: what is read then is the last there was
    held = _digest_of(folder, displaced.temp)
    if held == displaced.held:
        if held_open:
            raise HeldOpenError
        _unlink(folder, displaced.temp)
        return None
    if held is None and not _exists(folder, displaced.temp):
        return None
    kept_as = None
    if displaced.successor is None:
        if held is None:  # a disk that fails now says nothing about what is in it
            raise OSError(errno.EIO, os.strerror(errno.EIO), displaced.temp)
        if not _give_back(folder, displaced):
            kept_as = _keep_aside(folder, displaced)
    else:
        put_back, left = _put_back(folder, displaced)
        if put_back:
            _unlink(folder, left.temp)
        else:
            kept_as = _keep_aside(folder, left)
    file_calls().sync_folder(folder)
    return Rescue(displaced.path, kept_as)


def _give_back(folder: int, displaced: Displaced) -> bool:
    """Give a note that was taken away its name again, unless there is a new file of that name."""
    try:
        place_new(displaced.temp, _name(displaced.path), folder)
    except FileExistsError:
        return False
    return True


def _put_back(folder: int, displaced: Displaced) -> tuple[bool, Displaced]:
    """Give a note back the file that was displaced, unless the note has changed again since.

    Returns:
        Whether it was put back; and the file that is now set aside: its successor if so, else still itself.
    """
    path, name = displaced.path, _name(displaced.path)
    if displaced.successor is None or _digest_of(folder, name) != displaced.successor:
        return False, displaced
    held = _digest_of(folder, displaced.temp)
    temp = _swap(folder, path, displaced.temp)
    if _digest_of(folder, temp) == displaced.successor:
        return True, Displaced(path, temp, displaced.successor, held or b"")
    # Saved again between the look and the swap: that save is the newest, so it gets its place again.
    return False, replace(displaced, temp=_swap(folder, path, temp))


def _keep_aside(folder: int, displaced: Displaced) -> str:
    """Give a displaced file a name that its owner will recognise, dated by its last change in UTC."""
    changed = file_calls().stat(displaced.temp, folder).st_mtime
    stamp = dt.datetime.fromtimestamp(min(max(changed, 0.0), _LAST_SECOND), dt.UTC).strftime("%Y%m%dT%H%M%SZ")
    parent, slash, name = displaced.path.rpartition("/")
    rescued = f"{short_name(name)}.vaultrel-rescued-{stamp}-{os.urandom(2).hex()}"
    file_calls().rename(displaced.temp, rescued, folder)
    return f"{parent}{slash}{rescued}"


def write_durable(folder: int, path: str, data: bytes, mode: int | None, *, synced: bool = True) -> bool:
    """Give a file of our own its content, all or nothing, so that it survives a power cut.

    Args:
        folder: its folder, open.
        path: the file; its last part is its name in `folder`.
        data: its new content.
        mode: its permissions; None for those of a new file, which only its owner may read where the disk knows such.
        synced: false for what need not survive a power cut: it may then be as before, empty, or damaged. A kill leaves
            it whole all the same.

    Returns:
        False when it held exactly that already.

    Raises:
        WriteRefusedError: something that is not a regular file stands there, or it may not be written.
        StorageFailedError: the operating system failed, and the old file is whole; or there was none, and somebody
            else made one meanwhile.
    """
    name = _name(path)
    place: Callable[[str, str, int], None] = file_calls().rename
    try:
        if read_regular(path, name, folder=folder)[0] == data:
            return False
    except ReadRefusedError as refused:
        if refused.code in {"symlink", "not-regular"}:
            raise WriteRefusedError(path, refused.code, refused.reason) from refused
        # Too large or unreadable: whatever it is, it is ours to replace. But what a sync program brings is not.
        if refused.code == "missing":
            place = place_new
    with translated_errors(path, "write"):
        temp = made_temp_name(name)
        _unlink(folder, temp)  # of a run that was killed
        _write_temp(
            folder,
            temp,
            data,
            lambda handle: None if mode is None else file_calls().set_mode(handle, mode),
            synced=synced,
        )
        try:
            place(temp, name, folder)
        except BaseException:
            _unlink(folder, temp)
            raise
        if synced:
            file_calls().sync_folder(folder)
    return True


def create_note(folder: int, path: str, data: bytes, mode: int) -> None:
    """Make a note where there is none, all or nothing, so that it survives a power cut.

    Raises:
        NoteChangedError: there is a file of that name.
        OSError: the system failed; there is no such file.
    """
    name = _name(path)
    if _exists(folder, name):
        raise NoteChangedError(path)
    temp = made_temp_name(name)
    _unlink(folder, temp)  # of a run that was killed
    _write_temp(folder, temp, data, lambda handle: file_calls().set_mode(handle, mode))
    try:
        place_new(temp, name, folder)
    except FileExistsError as error:
        _unlink(folder, temp)
        raise NoteChangedError(path) from error
    except BaseException:
        _unlink(folder, temp)
        raise
    file_calls().sync_folder(folder)


def sweep_folder(
    folder: int, parent: str, temps: Iterable[str], same_note: Callable[[bytes, bytes], bool], aside: list[Displaced]
) -> frozenset[str]:
    """Clear away the left-overs of killed runs that hold nothing of the user's that their note does not hold as well.

    One that may be a displaced note is only set aside: a program that opened it before the kill may still be writing.

    Args:
        folder: the open folder.
        parent: its path in the vault, with its final ``/``; empty for the vault itself.
        temps: names in it for which `is_temp_name` is true.
        same_note: whether two files differ in nothing but what is ours.
        aside: gets what must be settled.

    Returns:
        The names removed or set aside.
    """
    with file_calls().entries(folder) as entries:
        notes = {short_name(entry.name): entry.name for entry in entries if not is_temp_name(entry.name)}
    cleared = set()
    for temp in temps:
        stem = temp_stem(temp) or ""
        if temp == made_temp_name(stem):
            _unlink(folder, temp)
            cleared.add(temp)
            continue
        if (gone := _gone_note(folder, parent, temp, stem)) is not None:
            aside.append(gone)
            cleared.add(temp)
            continue
        name = notes.get(stem)
        if name is None:
            continue
        try:
            (left, found), (note, noted) = (read_regular(file, file, folder=folder) for file in (temp, name))
        except ReadRefusedError:
            continue
        if left and left != note and not same_note(left, note):
            continue
        if os.path.samestat(found, noted):  # a guard: as long as it stands, the note counts as hard-linked
            _unlink(folder, temp)
        else:
            aside.append(Displaced(f"{parent}{name}", temp, _digest(left), _digest(note)))
        cleared.add(temp)
    return frozenset(cleared)


def _gone_note(folder: int, parent: str, temp: str, stem: str) -> Displaced | None:
    """The note that a killed run was taking away; None for any other file, and where it is not known what to do.

    One that still holds what it held then is taken away for good; one that does not gets its name back.
    """
    held = _digest_of(folder, temp)
    intact = gone_temp_holds(temp, held or b"")
    if intact is None or held is None or not (intact or not is_cut(stem)):
        return None
    return Displaced(f"{parent}{stem}", temp, held if intact else b"", None)


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


def _write_temp(folder: int, temp: str, data: bytes, prepare: Callable[[int], None], *, synced: bool = True) -> None:
    """Write a new file, let `prepare` set its attributes, see it on the disk if it is to be synced."""
    handle = file_calls().create(temp, folder)
    try:
        try:
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(handle, rest) :]
            prepare(handle)
            if synced:
                file_calls().sync(handle)
        finally:
            os.close(handle)
    except BaseException:
        _unlink(folder, temp)
        raise


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


def _identity(found: os.stat_result) -> tuple[int, ...]:
    """What changes with every save; the inode is left out, for some network folders number a file anew at each look."""
    return (found.st_dev, found.st_mode, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


def _exists(folder: int, name: str) -> bool:
    try:
        file_calls().stat(name, folder)
    except FileNotFoundError:
        return False
    return True


def _is_open_for_writing(folder: int, name: str) -> bool | None:
    """None where the system cannot tell, or there is no such file to ask about."""
    try:
        handle = file_calls().open_to_read(name, folder)
    except OSError:
        return None
    try:
        return file_calls().is_open_for_writing(handle)
    except OSError:
        return None
    finally:
        os.close(handle)


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
