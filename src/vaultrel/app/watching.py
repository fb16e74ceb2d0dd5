"""How the daemon watches, told by it to the other commands."""

from __future__ import annotations

import datetime as dt  # noqa: TC003 - msgspec reads the annotations
import os
from typing import Literal

import msgspec


class Watching(msgspec.Struct, frozen=True):
    """One daemon that runs.

    Attributes:
        process: its number.
        since: when it began to watch.
        mode: the system reports changes, or the files are looked at again and again.
        poll_seconds: how often at least all files are looked at.
        folders: the folders with notes.
        unwatched: how many of them the system does not report on.
        trouble: what last made it look at everything or watch anew; empty if nothing has.
        trouble_at: when that was.
    """

    process: int
    since: dt.datetime
    mode: Literal["events", "polling"]
    poll_seconds: float
    folders: int = 0
    unwatched: int = 0
    trouble: str = ""
    trouble_at: dt.datetime | None = None


def encode_watching(watching: Watching | None) -> bytes:
    """The file that tells of it; of None, that nobody watches."""
    return msgspec.json.encode(watching) if watching is not None else b""


def decode_watching(data: bytes | None) -> Watching | None:
    """What the file tells; None when it tells nothing, or of a process that is no more."""
    try:
        told = msgspec.json.decode(data or b"", type=Watching)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return told if _runs(told.process) else None


def _runs(process: int) -> bool:
    """Whether a process of that number runs; where asking would end it, it is taken to."""
    if os.name == "nt":
        return True
    try:
        os.kill(process, 0)
    except PermissionError:
        return True
    except (ProcessLookupError, OverflowError):
        return False
    return process > 0
