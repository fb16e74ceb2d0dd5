"""What the daemon and the process that reads notes for it tell each other, and how it goes through a pipe."""

from __future__ import annotations

import struct
from typing import IO, Final, TypeAlias

import msgspec
from msgspec import Struct

from vaultrel.settings import Settings  # noqa: TC001 - msgspec reads the annotations

_LENGTH: Final = struct.Struct(">Q")


class Begin(Struct, frozen=True):
    """The vault to work on, the first thing that is told; paths are as the file system has them."""

    root: bytes
    state: bytes
    cache: bytes
    grace_seconds: float
    settings: Settings


class Scan(Struct, frozen=True, tag=True):
    """Scan, as `Vault.scan` does; `among` are paths as the file system has them."""

    quiet_seconds: float
    among: tuple[bytes, ...] | None


class Keep(Struct, frozen=True, tag=True):
    """Keep what was found for other commands."""


class Ask(Struct, frozen=True, tag=True):
    """Answer a request for the page.

    Attributes:
        what: ``show``, ``done`` or ``snooze``.
        address: path of the page.
        feed: address of the calendar subscription.
        form_token: what forms of the page carry, so that they can be told from others'.
    """

    what: str
    address: str
    feed: str
    form_token: str
    method: str
    headers: dict[str, str]
    body: bytes


Call: TypeAlias = Scan | Keep | Ask


class Scanned(Struct, frozen=True, tag=True):
    """What a scan did, as `ScanReport` has it, and the folders it found, as `FileSystemStore.folders` has them."""

    notes_read: int
    applied: tuple[str, ...]
    waiting: tuple[str, ...]
    retry_seconds: float
    published: tuple[str, ...]
    folders: dict[str, tuple[int, int]]


class Kept(Struct, frozen=True, tag=True):
    """The answer to `Keep`."""


class Answered(Struct, frozen=True, tag=True):
    """The answer to `Ask`: what `vaultrel.server.Response` holds."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


class Failed(Struct, frozen=True, tag=True):
    """The answer to a call that could not be carried out: what a `VaultrelError` says."""

    message: str
    next_step: str


class Published(Struct, frozen=True, tag=True):
    """Told unasked: the feeds are on disk, these with other bytes than before, by name."""

    feeds: dict[str, bytes]


class Logged(Struct, frozen=True, tag=True):
    """Told unasked: something for the log."""

    logger: str
    level: int
    message: str


Told: TypeAlias = Scanned | Kept | Answered | Failed | Published | Logged

UNASKED: Final = 0
"""The number of what is told without a call; calls are numbered from 1, and their answers have their number."""


class Pipe:
    """Writes values of one sort and reads those of another, each whole; one thread may read while another writes.

    Args:
        reading: where the other process writes.
        writing: where it reads.
    """

    def __init__(self, reading: IO[bytes], writing: IO[bytes]) -> None:
        self._reading = reading
        self._writing = writing

    def write(self, value: object) -> None:
        """Send a value.

        Raises:
            OSError, ValueError: the other process has ended, or the pipe is closed.
        """
        data = msgspec.msgpack.encode(value)
        self._writing.write(_LENGTH.pack(len(data)) + data)
        self._writing.flush()

    def read(self) -> bytes | None:
        """The next value, encoded; None when there will be none."""
        head = self._reading.read(_LENGTH.size)
        if len(head) < _LENGTH.size:
            return None
        length: int = _LENGTH.unpack(head)[0]
        data = self._reading.read(length)
        return data if len(data) == length else None

    def close(self) -> None:
        """Let the other process know that nothing will be told any more."""
        self._writing.close()
