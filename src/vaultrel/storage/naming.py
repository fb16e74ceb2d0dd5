"""The names of our temporary files: hidden beside the file they belong to, and known again after a kill."""

from __future__ import annotations

import hashlib
import os
import re

_STEM_BYTES = 200
"""How much of a note's name its temporary and rescued names keep: with the rest they stay below 255 bytes."""
_LONGEST_CHARACTER = 4
"""Bytes; so much less than that may be kept, for none is cut in two."""
_HELD_BYTES = 8
_TEMP_NAME = re.compile(r"\.~(?P<stem>.{1,200})\.vaultrel-(?:gone-(?P<held>[0-9a-f]{16})-)?[0-9a-f]{8}\.tmp", re.DOTALL)


def temp_name(name: str) -> str:
    """A new temporary name beside a file: hidden from Obsidian and from sync programs."""
    return f".~{short_name(name)}.vaultrel-{os.urandom(4).hex()}.tmp"


def made_temp_name(name: str) -> str:
    """The temporary name for the next content of a file of our own; always the same, so that no kill leaves two."""
    stem = short_name(name)
    return f".~{stem}.vaultrel-{hashlib.sha256(os.fsencode(stem)).hexdigest()[:8]}.tmp"


def gone_temp_name(name: str, held: bytes) -> str:
    """A new temporary name for a note that is being taken away; it says what that held, by the start of its SHA-256."""
    return f".~{short_name(name)}.vaultrel-gone-{held[:_HELD_BYTES].hex()}-{os.urandom(4).hex()}.tmp"


def gone_temp_holds(name: str, held: bytes) -> bool | None:
    """Whether a file still holds what `gone_temp_name` says; None for any other name."""
    found = _TEMP_NAME.fullmatch(name)
    said = found["held"] if found else None
    return None if said is None else said == held[:_HELD_BYTES].hex()


def temp_stem(name: str) -> str | None:
    """The `short_name` of the file beside which one of the above gave this name; None for any other name."""
    found = _TEMP_NAME.fullmatch(name) if name.startswith(".~") else None
    return found["stem"] if found else None


def is_temp_name(name: str) -> bool:
    """True for the names that `temp_name`, `made_temp_name` and `gone_temp_name` give."""
    return temp_stem(name) is not None


def is_cut(stem: str) -> bool:
    """Whether a name that `short_name` gave may be that of a file with a longer one."""
    return len(os.fsencode(stem)) > _STEM_BYTES - _LONGEST_CHARACTER


def short_name(name: str) -> str:
    """A file name cut so that a few words can be added to it."""
    return os.fsencode(name)[:_STEM_BYTES].decode("utf-8", "ignore")
