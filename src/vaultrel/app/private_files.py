"""The small files kept for a vault outside it, which only their owner may read."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from vaultrel.storage.filesystem import read_private_file, write_private_file

if TYPE_CHECKING:
    from vaultrel.locations import Locations, PrivateFile


class PrivateFiles:
    """This computer's own files for one vault; for a vault in memory, they are in memory too.

    Args:
        locations: where they are; None for a vault in memory.
    """

    def __init__(self, locations: Locations | None) -> None:
        self._locations = locations
        self._memory: dict[str, bytes] = {}

    def get(self, name: PrivateFile) -> bytes | None:
        """The file's bytes; None when there is none."""
        if self._locations is None:
            return self._memory.get(name)
        return read_private_file(self._locations.private(name))

    def keep(self, name: PrivateFile, data: bytes) -> None:
        """Give the file new bytes.

        Raises:
            WriteRefusedError, StorageFailedError: it holds what it held before.
        """
        if self._locations is None:
            self._memory[name] = data
        else:
            write_private_file(self._locations.private(name), data)

    def feed_token(self) -> str:
        """The secret part of the subscription's address: 32 random bytes, URL-safe, made at first use."""
        kept = self.get("feed-token")
        if kept is None:
            kept = secrets.token_urlsafe(32).encode("ascii")
            self.keep("feed-token", kept)
        return kept.decode("ascii").strip()
