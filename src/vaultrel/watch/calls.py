"""What the daemon and the process that reads notes for it tell each other."""

from __future__ import annotations

from typing import Final, TypeAlias

from msgspec import Struct

from vaultrel.settings import Settings  # noqa: TC001 - msgspec reads the annotations


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
