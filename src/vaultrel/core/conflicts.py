"""The second versions of files that sync programs leave when two computers changed one at the same time."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from vaultrel.model import NotePath

_MARKER = re.compile(
    r"\.sync-conflict-[0-9]{8}[0-9A-Za-z-]{0,40}"
    r"| ?\([^()]{0,80}(?:conflicted copy|case conflict)[^()]{0,80}\)"
    r"|[ ._(-]conflict-(?:19|20)[0-9]{2}-?[0-9]{2}[^.]{0,40}"
    r"|\.conflict(?=\.[^.]{1,10}\Z)",
    re.IGNORECASE,
)
"""Syncthing; Dropbox, Nextcloud, Obsidian Sync; ownCloud and others; Resilio."""


class ConflictCopy(Struct, frozen=True):
    """A second version of a file.

    Attributes:
        path: the copy.
        original: the file it is a version of, which need not exist any more.
        ours_only: the two differ in nothing but what vaultrel writes: two computers wrote, not two people.
    """

    path: NotePath
    original: NotePath
    ours_only: bool


def original_path(path: str) -> str | None:
    """The path of the file that a sync program's copy is a version of; None when the name is none of a copy."""
    folder, slash, name = path.rpartition("/")
    original = _MARKER.sub("", name, count=1)
    return f"{folder}{slash}{original}" if original not in {name, ""} else None
