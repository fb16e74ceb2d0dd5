"""What the user's calendar program did to the follow-ups that stand in a folder as files, one event each.

An event is compared with what vaultrel wrote last, which is remembered on this computer. What was done to it means what
it means in the note of follow-ups, and is carried out as that is: another day puts the follow-up off, a mark before the
title is contact, and one deleted is put off by four weeks. No property says "not before we have met again", so a
dismissal that lasts longer could not be told to another computer.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Final, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from vaultrel.core.intents import LAST_DAY
from vaultrel.core.ticks import Tick
from vaultrel.model import NotePath

if TYPE_CHECKING:
    from collections.abc import Iterable

DISMISSED: Final = dt.timedelta(weeks=4)
"""How long after its day, or after today if that is later, a follow-up that was deleted may come again."""

_DONE_MARKS: Final = ("✓", "✔", "☑", "✅", "[x]", "[X]")


class Item(Struct, frozen=True):
    """An event as it stands in the folder: its day, its title as spelled there, its STATUS in capitals."""

    day: dt.date
    title: str
    status: str = ""


class Written(Struct, frozen=True):
    """An event as vaultrel wrote it last.

    Attributes:
        person: whose follow-up it is.
        key: of the follow-up; see `vaultrel.core.ticks.followup_key`.
        day: where it was put.
        title: as spelled.
        content: digest of everything in it but its stamps.
        files: SHA-256 of the file; while it is being replaced, of the new one and of the old.
    """

    person: NotePath
    key: str
    day: dt.date
    title: str
    content: str
    files: tuple[str, ...]

    def while_replacing(self, old: str) -> Written:
        """The same while the file may be either: an interrupted run must not look like the user's doing."""
        return replace(self, files=(self.files[0], old))


Events: TypeAlias = Mapping[str, Written]
"""Events by their UID."""


class Memory(Struct, frozen=True):
    """What vaultrel wrote into which folder."""

    folder: str = ""
    events: Events = {}


def encode_memory(memory: Memory) -> bytes:
    """The memory as bytes; equal memories give equal bytes."""
    events = {
        uid: [each.person, each.key, each.day.isoformat(), each.title, each.content, list(each.files)]
        for uid, each in sorted(memory.events.items())
    }
    return json.dumps({"folder": memory.folder, "events": events}).encode("ascii")


def decode_memory(data: bytes | None, folder: str) -> Memory:
    """What was written into that folder; nothing for another folder, or where the bytes are not whole."""
    try:
        known = json.loads(data or b"{}")
        events = {
            str(uid): Written(NotePath(person), str(key), dt.date.fromisoformat(day), title, content, tuple(files))
            for uid, (person, key, day, title, content, files) in known["events"].items()
        }
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return Memory(folder)
    return Memory(folder, events) if known.get("folder") == folder else Memory(folder)


def is_emptied(memory: Memory, present: Collection[str], names: Iterable[str]) -> bool:
    """Whether the folder lost all of vaultrel's events at once, as one does that is not mounted.

    A single event that is gone from among others was deleted.

    Args:
        memory: what was written there.
        present: the UIDs of those that are there.
        names: of all files in the folder.
    """
    if not memory.events or any(uid in present for uid in memory.events):
        return False
    return len(memory.events) > 1 or not any(name.endswith(".ics") for name in names)


def read_change(written: Written, item: Item | None, digest: str, as_of: dt.date) -> Tick | None:
    """What the user said by what they did to an event; None for nothing that counts.

    Args:
        written: the event as vaultrel wrote it.
        item: the event as it stands; None when it was deleted.
        digest: SHA-256 of its file.
        as_of: today.
    """
    if item is not None and digest in written.files:
        return None
    tick = Tick(written.person.removesuffix(".md"), written.key, written.day, 0, done=False)
    if item is None or item.status == "CANCELLED":
        return replace(tick, moved_to=_four_weeks_after(max(written.day, as_of)))
    moved = item.day != written.day
    if _says_done(written, item):
        # A day that was chosen is the day of contact; a planned one says only when it should have been.
        return replace(tick, done=True, done_on=item.day if moved else None)
    return replace(tick, moved_to=min(item.day, LAST_DAY)) if moved else None


def _says_done(written: Written, item: Item) -> bool:
    marked = item.title.startswith(_DONE_MARKS) and not written.title.startswith(_DONE_MARKS)
    return marked or item.status == "COMPLETED"


def _four_weeks_after(day: dt.date) -> dt.date:
    return min(day, LAST_DAY - DISMISSED) + DISMISSED


def may_stay(written: Written, item: Item, digest: str, content: str) -> bool:
    """Whether an event can stay as it is: it has no news, and nothing that the user did to it counts.

    Servers write events in their own way; to write them back each time would never come to rest.
    """
    if written.content != content:
        return False
    if digest in written.files:
        return digest == written.files[0]
    return read_change(written, item, digest, written.day) is None
