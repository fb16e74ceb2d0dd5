"""Days in a person's life on which contact is welcome: what the notes say will happen, birthdays, the day you met."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import TYPE_CHECKING, NamedTuple

from vaultrel.core.text import clean_text
from vaultrel.core.wording import QUOTE_LIMIT, Sentence, quote_line, tell
from vaultrel.model import Evidence

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from vaultrel.model import Fact, Person, PersonState

ATTEND_AHEAD_DAYS = 7
"""How long before a show of theirs it is worth planning to go."""
FACT_OPEN_DAYS = 21
"""After this it is late to ask how it went."""
BIRTHDAY_OPEN_DAYS = 7
"""After this it is late to wish a happy birthday."""
BIRTHDAY_WINDOW_DAYS = 14
ANNIVERSARY_WINDOW_DAYS = 7
NO_BIRTH_YEAR = 1604
"""The year of a birthday whose year is not known."""

TOUCH_AFTER_DAYS: Mapping[str, int] = {"celebration": 0, "start": 3, "move": 3, "trip": 3}
"""How many days after the day of a fact to be in touch, where that is not the day after."""
KEPT_ON_THE_DAY = frozenset({"show", "celebration", "birthday"})
"""Kinds of occasion to which contact on the day itself is the answer."""


class Occasion(NamedTuple):
    """A day in somebody's life that asks for one touch, from the day `begins` to the day `ends`.

    Attributes:
        cycle: the same for the same occasion, whatever moves.
        day: the day itself.
        shown: the line that tells of it, and `text` what it says, for quoting; empty for a birthday.
        kind: of the fact; ``birthday`` for a birthday.
        age: on a birthday, where the year of birth is known.
    """

    cycle: str
    begins: dt.date
    ends: dt.date
    day: dt.date
    shown: Evidence
    text: str
    kind: str
    age: int | None = None


class Anniversary(NamedTuple):
    """The day on which the two of you will have known each other for whole years, and the line that says since when."""

    day: dt.date
    first: dt.date
    years: int
    shown: Evidence


def open_occasions(state: PersonState, as_of: dt.date) -> list[Occasion]:
    """The occasions still open on `as_of`, those that begin first before the others.

    They are the dated facts of the notes and, where the two of you are a relationship, the next birthday. One stays
    open until contact after its day answers it (on its day, for a show, a celebration and a birthday), or until it is
    too late: 21 days after a fact, 7 after a birthday.
    """
    last = state.tie.last_contact
    found = [
        _show_occasion(fact, fact.day, last)
        for fact in state.facts
        if fact.day is not None
        and (as_of - fact.day).days <= FACT_OPEN_DAYS
        and fact.kind != "question"
        and (fact.noted is None or fact.noted <= as_of)
    ]
    if state.tie.relationship:
        found += _birthdays(state.person, shift_day(as_of, -BIRTHDAY_OPEN_DAYS))
    still_open = [each for each in found if each.ends >= as_of and (last is None or last < _answer_from(each))]
    return sorted(still_open, key=lambda each: (each.begins, each.shown.path, each.shown.line, each.cycle))


def next_birthday(person: Person, day: dt.date) -> Occasion | None:
    """The birthday in the 14 days from `day`; None when there is none."""
    birthday = next(_birthdays(person, day), None)
    return birthday if birthday is not None and (birthday.day - day).days <= BIRTHDAY_WINDOW_DAYS else None


def tell_occasion(occasion: Occasion, day: dt.date) -> tuple[str, Sentence]:
    """The touch that an occasion asks for on `day`, and the sentence that proposes it."""
    quote, shown = quote_line(occasion.text), occasion.shown
    if occasion.kind == "birthday" and occasion.age is None:
        return "congratulate", tell("do-birthday", shown, day=occasion.day)
    if occasion.kind == "birthday":
        return "congratulate", tell("do-birthday-age", shown, day=occasion.day, age=occasion.age)
    if occasion.kind == "celebration":
        return "congratulate", tell("do-congratulate", shown, quote=quote)
    if occasion.kind == "show" and day <= occasion.day:
        return "attend", tell("do-attend", shown, quote=quote)
    return "ask", tell("do-ask-start" if occasion.kind == "start" else "do-ask-result", shown, quote=quote)


def show_fact(fact: Fact) -> Evidence:
    """The line that holds a fact."""
    return Evidence(fact.path, fact.line, clean_text(fact.text, QUOTE_LIMIT), fact.day)


def near_anniversary(state: PersonState, day: dt.date) -> Anniversary | None:
    """The day within 7 days of `day` that is whole years after the day you met, as the person's note has it.

    None for others than relationships. The first contact in the notes is no such day: notes begin at some point.
    """
    met = state.person.met
    if met is None or met.day is None or not state.tie.relationship:
        return None
    for year in range(max(day.year - 1, dt.MINYEAR), min(day.year + 1, dt.MAXYEAR) + 1):
        on = in_year(met.day, year)
        if abs((on - day).days) <= ANNIVERSARY_WINDOW_DAYS and year > met.day.year:
            return Anniversary(on, met.day, year - met.day.year, met)
    return None


def shift_day(day: dt.date, days: int) -> dt.date:
    """The day so many days later, earlier if negative; at the ends of the calendar the last or first day there is."""
    return dt.date.fromordinal(min(max(day.toordinal() + days, 1), dt.date.max.toordinal()))


def name_cycle(kind: str, path: str, text: str) -> str:
    """The name of what a line gives reason for: it stays when the line moves or its day does."""
    return f"{kind}:{path}#{hashlib.sha256(text.encode(errors='surrogatepass')).hexdigest()[:12]}"


def _show_occasion(fact: Fact, day: dt.date, last_contact: dt.date | None) -> Occasion:
    """The occasion that a dated fact is.

    It begins a week before a show of theirs, or on its very day where you have been in touch within that week; on the
    day of a celebration; one to three days after anything else, to ask how it went.
    """
    begins = shift_day(day, TOUCH_AFTER_DAYS.get(fact.kind, 1))
    if fact.kind == "show":
        ahead = shift_day(day, -ATTEND_AHEAD_DAYS)
        begins = ahead if last_contact is None or last_contact < ahead else day
    cycle = name_cycle("fact", fact.path, fact.text)
    return Occasion(cycle, begins, shift_day(day, FACT_OPEN_DAYS), day, show_fact(fact), fact.text, fact.kind)


def _birthdays(person: Person, day: dt.date) -> Iterator[Occasion]:
    """The next birthday from `day` on; one on 29 February is kept on the 28th, so that no wish comes late."""
    if (born := person.birthday) is None:
        return
    years = range(day.year, min(day.year + 1, dt.MAXYEAR) + 1)
    if (birthday := next((on for year in years if (on := in_year(born, year)) >= day), None)) is not None:
        shown = Evidence(person.path, person.line_of("birthday"))
        age = birthday.year - born.year if NO_BIRTH_YEAR < born.year < birthday.year else None
        ends = shift_day(birthday, BIRTHDAY_OPEN_DAYS)
        yield Occasion(f"birthday:{birthday.isoformat()}", birthday, ends, birthday, shown, "", "birthday", age)


def _answer_from(occasion: Occasion) -> dt.date:
    """The first day on which contact answers an occasion."""
    return occasion.day if occasion.kind in KEPT_ON_THE_DAY else shift_day(occasion.day, 1)


def in_year(day: dt.date, year: int) -> dt.date:
    """The same day of another year; 29 February becomes the last day of that year's February."""
    if (day.month, day.day) == (2, 29):
        return dt.date(year, 3, 1) - dt.timedelta(1)
    return day.replace(year=year)
