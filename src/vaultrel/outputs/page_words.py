"""How the web page writes days, lengths of time, names and links to notes."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from msgspec import Struct

from vaultrel.core.text import clean_text
from vaultrel.core.wording import PHRASES, quote_line, show_day
from vaultrel.outputs.feed_events import make_initials
from vaultrel.outputs.note_link import note_link

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from vaultrel.model import Evidence, FollowUp, NotePath

NAME_LIMIT = 60
WORDS_LIMIT = 500
"""Code points of a name, and of any sentence, that the page shows at most."""

_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_WEEK_DAYS = 7
_MONTH_DAYS = 30.44


class ShownName(Struct, frozen=True):
    """A person's name on the page; `short` stands in for it when names are hidden.

    Attributes:
        text: empty when names are hidden for good: the page then does not hold it.
        link: opens the person's note; empty for none.
    """

    text: str
    short: str
    link: str = ""


class ShownDay(Struct, frozen=True):
    """A day as the page writes it, and as `time` elements want it."""

    iso: str
    weekday: str
    day: str
    month: str
    text: str


class Writer(Struct, frozen=True):
    """Writes what the page says; with `hide` nothing that could tell who somebody is.

    Attributes:
        vault_name: the vault's name as Obsidian knows it, for links.
        phrases: the user's own wording, which holds the names of months.
        hide: initials instead of names, no words from notes, no links.
    """

    vault_name: str
    phrases: Mapping[str, str]
    hide: bool = False

    def name(self, name: str, path: NotePath | None = None) -> ShownName:
        """The name, with a link to the note at `path`."""
        text = clean_text(name, NAME_LIMIT) or "?"
        if self.hide:
            return ShownName("", make_initials(text))
        return ShownName(text, make_initials(text), self.link(path) if path else "")

    def words(self, text: str, limit: int = WORDS_LIMIT) -> str:
        """Words that may come from notes; none when names are hidden."""
        return "" if self.hide else clean_text(text, limit)

    def quote(self, text: str) -> str:
        """A line of a note as a reader sees it."""
        return "" if self.hide else quote_line(text)

    def link(self, path: NotePath) -> str:
        """The address that opens a note in Obsidian."""
        return "" if self.hide else note_link(self.vault_name, path)

    def source(self, evidence: Evidence) -> ShownName:
        """The note that holds a line, under its own name."""
        stem = evidence.path.rpartition("/")[2].removesuffix(".md")
        return ShownName(self.words(stem, NAME_LIMIT), "", self.link(evidence.path))

    def day(self, day: dt.date) -> ShownDay:
        """The day, in the user's words."""
        months = self.phrases.get("months", PHRASES["months"]).split()
        return ShownDay(
            iso=day.isoformat(),
            weekday=_WEEKDAYS[day.weekday()],
            day=str(day.day),
            month=clean_text(months[day.month - 1], 20),
            text=clean_text(show_day(day, self.phrases), 60),
        )


def show_count(number: int, one: str, many: str = "") -> str:
    """The number with its noun: "1 day", "2,481 days"."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def show_span(days: int) -> str:
    """A length of time in its fitting unit: "9 days", "11 weeks", "16 months"."""
    if days < 3 * _WEEK_DAYS:
        return show_count(days, "day")
    if days < 17 * _WEEK_DAYS:
        return show_count(round(days / _WEEK_DAYS), "week")
    return show_count(round(days / _MONTH_DAYS), "month")


def followup_key(followup: FollowUp) -> str:
    """What stands for a follow-up in the page's forms: once it is answered, nothing has this key any more.

    It tells nobody who is meant, and survives any file name.
    """
    what = f"{followup.person}\0{followup.kind}\0{followup.cycle}"
    return hashlib.sha256(what.encode("utf-8", "surrogatepass")).hexdigest()[:16]
