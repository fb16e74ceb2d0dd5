"""The call to action of a follow-up: a low-cost form of contact that the notes give reason for."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vaultrel.core.text import clean_text, fold_name
from vaultrel.core.wording import QUOTE_LIMIT, quote_line, say, show_day
from vaultrel.model import Evidence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vaultrel.model import Interaction, Person, PersonState, Promise

BIRTHDAY_WINDOW_DAYS = 14
UNDATED_PROMISE_DAYS = 60
PROMISE_WAIT_DAYS = 7
PROMISE_AHEAD_DAYS = 30
"""A follow-up does not ask for what was promised for a day later than this after it."""

KIND_ORDER = ("meeting", "call", "message", "contact", "task", "mention")
"""Kinds of interaction, the most telling first: the one that stands for a day with several."""

MINUTES = {"promise": 15, "congratulate": 5, "share": 5, "coffee": 60, "lunch": 90, "call": 20, "message": 5}


@dataclass(frozen=True, slots=True)
class Touch:
    """One form of contact: `kind`, what to do in a sentence, the minutes it takes, and the lines it rests on."""

    kind: str
    action: str
    minutes: int
    evidence: tuple[Evidence, ...]


def choose_touch(state: PersonState, as_of: dt.date) -> Touch:
    """The touch for a follow-up on `as_of`, from all that `state` holds.

    An open promise comes first, then a birthday within 14 days. Otherwise light touches (share something of interest,
    write) and meeting again (coffee or lunch after a meeting, else a call) take turns with every day of contact, so
    that no two follow-ups in a row ask for the same. Nothing is proposed that the notes give no ground for.
    """
    if (promise := next_promise(state.promises, as_of, PROMISE_AHEAD_DAYS)) is not None:
        return keep_promise(promise, state.person)
    if (birthday := _next_birthday(state.person, as_of)) is not None:
        shown = Evidence(state.person.path, state.person.line_of("birthday"))
        return _touch("congratulate", say("do-congratulate", day=show_day(birthday)), shown)
    last = last_interaction(state)
    turn, light = divmod(len(state.days), 2)
    if last is None or light:
        return _light_touch(state, last, turn)
    if last.kind != "meeting":
        return _touch("call", say("do-call"), show_interaction(last))
    meal = "lunch" if turn % 2 else "coffee"
    return _touch(meal, say(f"do-{meal}"), show_interaction(last))


def keep_promise(promise: Promise, person: Person) -> Touch:
    """The touch an open promise asks for: its own words, or to ask about it where the other is to keep it."""
    quote = quote_line(promise.text)
    action = _begin_sentence(quote) if is_mine(promise, person) else say("do-ask", quote=quote)
    return _touch("promise", action, show_promise(promise))


def last_interaction(state: PersonState) -> Interaction | None:
    """The most telling interaction of the last day of contact: by kind, then one with a quote; None without contact."""
    last_day = max((found.day for found in state.interactions), default=None)
    return min(
        (found for found in state.interactions if found.day == last_day),
        key=lambda found: (_rank_kind(found.kind), not found.quote, found.path, found.line),
        default=None,
    )


def next_promise(promises: Sequence[Promise], as_of: dt.date, ahead_days: int) -> Promise | None:
    """The open promise to keep first on `as_of`: by the day `promise_day` gives it, those without one last.

    A promise for a day more than `ahead_days` ahead can wait. One without a due day counts for 60 days from the day
    it was noted; without either day it always counts.
    """

    def counts(promise: Promise) -> bool:
        if promise.due is not None:
            return (promise.due - as_of).days <= ahead_days
        return promise.noted is None or 0 <= (as_of - promise.noted).days <= UNDATED_PROMISE_DAYS

    return min(
        filter(counts, promises),
        key=lambda promise: (promise_day(promise) or dt.date.max, promise.path, promise.line),
        default=None,
    )


def promise_day(promise: Promise) -> dt.date | None:
    """The day a promise is to be kept: its due day, else a week after it was noted; None without either day."""
    if promise.due is not None or promise.noted is None:
        return promise.due
    return dt.date.fromordinal(min(promise.noted.toordinal() + PROMISE_WAIT_DAYS, dt.date.max.toordinal()))


def is_mine(promise: Promise, person: Person) -> bool:
    """The owner is to keep it: it does not begin with the person's name and a verb, as in “Sam sends me the plan”."""
    text = quote_line(promise.text)
    for name in person.names:
        rest = text[len(name) :]
        if fold_name(text[: len(name)]) == fold_name(name) and rest[:1] == " " and rest[1:2].islower():
            return False
    return True


def show_interaction(interaction: Interaction) -> Evidence:
    """The line that shows an interaction."""
    return Evidence(interaction.path, interaction.line, clean_text(interaction.quote, QUOTE_LIMIT), interaction.day)


def show_promise(promise: Promise) -> Evidence:
    """The line that holds a promise."""
    return Evidence(promise.path, promise.line, clean_text(promise.text, QUOTE_LIMIT), promise.due)


def _light_touch(state: PersonState, last: Interaction | None, turn: int) -> Touch:
    if interests := state.person.interests:
        chosen = interests[turn % len(interests)]
        interest = quote_line(chosen)
        shown = Evidence(state.person.path, state.person.line_of(chosen), interest)
        return _touch("share", say("do-share", interest=interest), shown)
    if last is None:
        return _touch("message", say("do-message"), Evidence(state.person.path, 1))
    first = len(state.days) == 1 and last.kind == "meeting"
    return _touch("message", say("do-first" if first else "do-message"), show_interaction(last))


def _touch(kind: str, action: str, shown: Evidence) -> Touch:
    return Touch(kind, action, MINUTES[kind], (shown,))


def _begin_sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


def _rank_kind(kind: str) -> int:
    return KIND_ORDER.index(kind) if kind in KIND_ORDER else len(KIND_ORDER)


def _next_birthday(person: Person, as_of: dt.date) -> dt.date | None:
    """The birthday in the 14 days from `as_of`; one on 29 February is kept on the 28th, so that no wish comes late."""
    if person.birthday is None:
        return None
    years = range(as_of.year, min(as_of.year + 1, dt.MAXYEAR) + 1)
    days = (_birthday_in(person.birthday, year) for year in years)
    return next((day for day in days if 0 <= (day - as_of).days <= BIRTHDAY_WINDOW_DAYS), None)


def _birthday_in(birthday: dt.date, year: int) -> dt.date:
    if (birthday.month, birthday.day) == (2, 29):
        return dt.date(year, 3, 1) - dt.timedelta(1)
    return birthday.replace(year=year)
