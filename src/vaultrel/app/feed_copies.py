"""Copies of a feed outside the vault, in a folder that the user's own sync program or mount carries elsewhere."""

from __future__ import annotations

from pathlib import Path

from vaultrel.errors import WriteRefusedError
from vaultrel.outputs.feeds import is_own_feed
from vaultrel.storage.base import ReadRefusedError
from vaultrel.storage.filesystem import FileSystemStore, write_copy


def copy_target(destination: str, file_name: str) -> Path:
    """The file that a destination means: one that ends in ``.ics`` itself, any other as the folder it goes into.

    Raises:
        WriteRefusedError: ``not-absolute``: it begins neither with a slash nor with ``~``.
    """
    try:
        path = Path(destination).expanduser()
    except RuntimeError as error:  # ~somebody who has no home here
        raise WriteRefusedError(destination, "not-absolute", "there is no such home folder") from error
    if not path.is_absolute():
        raise WriteRefusedError(destination, "not-absolute", "a copy needs a whole path, from / or ~ on")
    return path if path.suffix.lower() == ".ics" else path / file_name


def write_feed_copy(target: Path, feed: bytes, mode: str) -> bool:
    """Put a copy of a feed there, all or nothing.

    Args:
        target: what `copy_target` gives.
        feed: its bytes.
        mode: permissions, in octal digits.

    Returns:
        False when it held exactly that already.

    Raises:
        WriteRefusedError: as `needs_copy`, or it may not be written.
        StorageFailedError: the operating system failed; the old file is whole.
    """
    return needs_copy(target, feed) and write_copy(target, feed, int(mode, 8))


def needs_copy(target: Path, feed: bytes) -> bool:
    """Whether a copy of the feed is to be put there.

    The folder is never made: where it is missing, something is not mounted, and what was written there would be lost.

    Returns:
        False when it holds exactly that already.

    Raises:
        WriteRefusedError: ``no-folder``: the folder is not there; ``not-ours``: the file there is none that vaultrel
            wrote; or it is no ordinary file, or cannot be read.
    """
    if not target.parent.is_dir():
        raise WriteRefusedError(str(target), "no-folder", f"{target.parent} is not there, or not mounted")
    try:
        held = FileSystemStore(target.parent).read_extra(target.name)
    except ReadRefusedError as refused:
        raise WriteRefusedError(str(target), refused.code, refused.reason) from refused
    if held and not is_own_feed(held):
        raise WriteRefusedError(str(target), "not-ours", "the file there is not a feed of vaultrel's")
    return held != feed
