"""The small files kept for a vault outside it, which only their owner may read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from vaultrel.storage.filesystem import read_private_file, write_private_file

if TYPE_CHECKING:
    from pathlib import Path

    from vaultrel.locations import Locations, PrivateFile

_PASSING: frozenset[PrivateFile] = frozenset({"last-scan", "names", "rendered", "watching"})
"""Told anew by the next scan, and of no use when only half of it is there: a power cut may take it."""

_TOKEN = rb"[A-Za-z0-9_-]{43}"


class PrivateFiles:
    """This computer's own files for one vault; for a vault in memory, they are in memory too.

    Args:
        locations: where they are; None for a vault in memory.
    """

    def __init__(self, locations: Locations | None) -> None:
        self._locations = locations
        self._memory: dict[tuple[str, str], bytes] = {}

    def path(self, name: PrivateFile, feed: str = "") -> Path | None:
        """Where the file is; None for a vault in memory. `feed` names the feed it is of, but for the first."""
        return self._locations.private(name, feed) if self._locations is not None else None

    def get(self, name: PrivateFile, feed: str = "") -> bytes | None:
        """The file's bytes; None when there is none."""
        if self._locations is None:
            return self._memory.get((name, feed))
        return read_private_file(self._locations.private(name, feed))

    def keep(self, name: PrivateFile, data: bytes, feed: str = "") -> None:
        """Give the file new bytes.

        Raises:
            WriteRefusedError, StorageFailedError: it holds what it held before.
        """
        if self._locations is None:
            self._memory[name, feed] = data
        else:
            write_private_file(self._locations.private(name, feed), data, synced=name not in _PASSING)

    def page_token(self) -> str:
        """The secret part of the web page's address: 32 random bytes, URL-safe, made at first use."""
        import secrets

        kept = (self.get("page-token") or b"").strip()
        # Less is what a full disk or a power cut left of one.
        if re.fullmatch(_TOKEN, kept) is None:
            kept = secrets.token_urlsafe(32).encode("ascii")
            self.keep("page-token", kept)
        return kept.decode("ascii")
