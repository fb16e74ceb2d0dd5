"""The generated note of follow-ups as the user leaves it: what they ticked and put off, and what else they wrote.

Each follow-up is a task that Obsidian and its Tasks plugin understand, with a block id that names the follow-up and
the day it was written for, so that a tick or another day is known to be the user's::

    - [ ] [[People/Ada Moreau|Ada Moreau]]: Propose coffee. 📅 2026-12-03 ^followup-2026-12-03-5b1f9a0277c1

Below all that vaultrel writes stands a comment with digests of its lines. A line that has none is the user's own and
is kept, and so is everything below that comment.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from vaultrel.core.daily_line import spell_link
from vaultrel.core.text import clean_text
from vaultrel.model import NotePath

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from vaultrel.model import FollowUp
    from vaultrel.settings import Settings

NOTE_NAME: Final = "Relationships.md"
MAX_TASK: Final = 200
"""Code points of a task's words."""

_DIGEST_DIGITS: Final = 6
_MARK_START: Final = "%%vaultrel writes what stands above;"
_MARK = f"{_MARK_START} your own words go below "

_BOX = re.compile(r"[-*+] \[(.)\] ")
_LINK = re.compile(r"\[\[([^\[\]|#^]{1,400})")
_DUE = re.compile("📅\ufe0f?[ ]?([0-9]{4}-[0-9]{2}-[0-9]{2})(?![0-9])")
_DONE = re.compile(
    "[ ]?(?:✅\ufe0f?[ ]?([0-9]{4}-[0-9]{2}-[0-9]{2})(?![0-9])"
    r"|[\[(]completion::[ ]?([0-9]{4}-[0-9]{2}-[0-9]{2})[\])])"
)
_ID = re.compile(r" \^followup-([0-9]{4}-[0-9]{2}-[0-9]{2})-([0-9a-f]{8})[0-9a-f]{4}\Z")
_SPECIAL = re.compile(r"([\\`*_\[\]<>#|~$%=^])")


def ticks_path(settings: Settings) -> NotePath:
    """Where in the vault the note stands."""
    return NotePath(f"{settings.folder}/{NOTE_NAME}")


class Tick(Struct, frozen=True):
    """What the user did to a follow-up in the note.

    Attributes:
        target: the person's note as the link says it.
        key: of the follow-up; see `followup_key`.
        written: the day vaultrel wrote it for.
        line: where it stands, 1-based.
        done: it is ticked.
        done_on: the day a plugin put beside the tick, if one did.
        moved_to: the day it bears now; None while it is still `written`.
    """

    target: str
    key: str
    written: dt.date
    line: int
    done: bool
    done_on: dt.date | None = None
    moved_to: dt.date | None = None


def followup_key(followup: FollowUp) -> str:
    """What tells one follow-up of a person from the next: equal while it answers the same contact, promise or fact."""
    return _hash(f"{followup.kind}\0{followup.cycle}")[:8]


def compose_task(followup: FollowUp, day: dt.date) -> str:
    """The task for a follow-up on that day."""
    said = escape(clean_text(followup.action, MAX_TASK))
    link = spell_link(followup.person, whole=True)
    # The person makes the block id the only one of its kind in the note; what is read back is the link.
    return f"- [ ] {link}: {said} 📅 {day} ^followup-{day}-{followup_key(followup)}{_hash(followup.person)[:4]}"


def escape(text: str) -> str:
    """Words from notes so that Markdown shows them as they are, and no sign of a task's is read in them."""
    return _SPECIAL.sub(r"\\\1", _DUE.sub("", _DONE.sub("", text)))


class _Task(Struct, frozen=True):
    """A task of ours as it stands, and as it was written."""

    tick: Tick
    original: str


def _read_task(line: str, number: int = 0) -> _Task | None:
    """The follow-up in a line; None for any other line, or one whose day cannot be read."""
    text = line.strip()
    box = _BOX.match(text)
    if box is None or " ^followup-" not in text or box[1] not in " xX":
        return None
    done = next((found[1] or found[2] for found in _DONE.finditer(text)), None)
    bare = _DONE.sub("", text).rstrip()
    block, dues, link = _ID.search(bare), list(_DUE.finditer(bare)), _LINK.search(bare, box.end())
    if block is None or not dues or link is None:
        return None
    try:
        written, now = dt.date.fromisoformat(block[1]), dt.date.fromisoformat(dues[-1][1])
        done_on = dt.date.fromisoformat(done) if done else None
    except ValueError:
        return None
    original = f"- [ ] {bare[box.end() : dues[-1].start(1)]}{written}{bare[dues[-1].end(1) :]}"
    ticked = box[1] != " "
    tick = Tick(link[1].strip(), block[2], written, number, ticked, done_on, None if now == written else now)
    return _Task(tick, original)


def read_ticks(data: bytes) -> tuple[Tick, ...]:
    """Every follow-up that stands in vaultrel's part of the note, in the order of lines.

    Args:
        data: the note's bytes; anything may stand in them.
    """
    page = Page.of(data)
    found = (_read_task(line, page.first_line + at) for at, line in enumerate(page.above))
    return tuple(task.tick for task in found if task is not None)


class Page(Struct, frozen=True):
    """The note taken apart.

    Attributes:
        top: byte order mark and frontmatter, which must stay where they are.
        above: the lines of vaultrel's part, line ends left out but for a carriage return.
        known: the digests of those that vaultrel wrote.
        below: everything after that part, as it stands.
        carriage: what stands before a line feed in lines that vaultrel writes.
        first_line: the number of the first line of `above`.
    """

    top: str
    above: tuple[str, ...]
    known: frozenset[str]
    below: str
    carriage: str
    first_line: int

    @classmethod
    def of(cls, data: bytes) -> Page:
        """Take the note's bytes apart; a note without vaultrel's closing comment has no part below."""
        lines = data.decode("utf-8", "replace").split("\n")
        carriage = "\r" if lines[0].endswith("\r") else ""
        start = 0
        if lines[0].removeprefix("\ufeff").rstrip() == "---":
            start = next((at for at, line in enumerate(lines[1:], start=2) if line.rstrip() == "---"), 0)
        bom = "\ufeff" if not start and lines[0].startswith("\ufeff") else ""
        top = "".join(f"{line}\n" for line in lines[:start]) + bom
        lines[0] = lines[0].removeprefix(bom)
        marks = (at for at in range(len(lines) - 1, start - 1, -1) if lines[at].startswith(_MARK_START))
        end = next(marks, len(lines))
        known = frozenset(lines[end].rstrip().removesuffix("%%").split(" ")) if end < len(lines) else frozenset()
        return cls(top, tuple(lines[start:end]), known, "\n".join(lines[end + 1 :]), carriage, start + 1)

    def rewrite(self, lines: Sequence[str]) -> bytes:
        """The note with `lines` for vaultrel's part; the user's own lines in it go below, behind those there."""
        written = self.known | {_digest(line) for line in lines}
        own = [_without_id(line) for line in self.above if line.strip() and _digest(_as_written(line)) not in written]
        mark = f"{_MARK}{' '.join(dict.fromkeys(_digest(line) for line in lines if line))}%%"
        ours = "".join(f"{line}{self.carriage}\n" for line in (*lines, mark))
        return (self.top + ours + self._below_with(own)).encode("utf-8", "surrogatepass")

    def _below_with(self, own: Iterable[str]) -> str:
        """What stands below, with the user's lines from above added as they were typed."""
        added = "".join(f"{line.removesuffix(chr(13))}{self.carriage}\n" for line in own)
        if not added:
            return self.below
        gap = "" if not self.below or self.below.endswith("\n") else f"{self.carriage}\n"
        return f"{self.below}{gap}{added}" if self.below else f"{self.carriage}\n{added}"


def is_untouched(data: bytes) -> bool:
    """Whether the bytes are a note of vaultrel's own in which nobody has written, ticked or moved anything."""
    page = Page.of(data)
    ours = all(_digest(line) in page.known for line in page.above if line.strip())
    return bool(page.known) and ours and not page.below.strip()


def _as_written(line: str) -> str:
    """The line as vaultrel wrote it, before a tick or another day."""
    task = _read_task(line)
    return task.original if task is not None else line


def _without_id(line: str) -> str:
    """A line of the user's own: a task that was rewritten is no follow-up of vaultrel's any more."""
    return re.sub(r" \^followup-[0-9a-f-]{1,23}", "", line)


def _digest(line: str) -> str:
    return _hash(line.strip())[:_DIGEST_DIGITS]


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
