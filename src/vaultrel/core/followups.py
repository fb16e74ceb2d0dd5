"""Who to get in touch with, why, and when: one follow-up a person, and a plan that fits the user's week.

A follow-up has three parts, each resting on lines of the notes: when you were last in touch, why now, and what to do.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from vaultrel.core.strength import get_model
from vaultrel.core.strength.two_memories import highest_score
from vaultrel.core.ties import CIRCLE_CADENCE, LONGEST_DUE_GAP_DAYS, TWO_WAY
from vaultrel.core.touches import (
    PROMISE_AHEAD_DAYS,
    choose_touch,
    is_mine,
    keep_promise,
    last_interaction,
    next_promise,
    promise_day,
    show_interaction,
    show_promise,
)
from vaultrel.core.wording import KINDS, quote_line, say, show_day
from vaultrel.model import ContactDay, Evidence, FollowUp

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from vaultrel.model import Interaction, PersonState, Promise
    from vaultrel.settings import PlanSettings, Settings

FIRST_WINDOW_DAYS = 30
"""A single contact older than this is no new acquaintance any more."""
BUDDING_WINDOW_DAYS = 180
"""A tie that never became a relationship is let go after this silence."""
ONCE_STRONG = 50
"""The highest score a dormant tie must have had to be worth reviving."""
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
OWN_DAY_WITHIN = 14
"""Days from the due day on in which a follow-up has a day of its own, if there is room."""
SPARE_EVERY_WEEKS = 6
"""How often a follow-up that finds no other day may take one that is free: rarely, so that few compete for it."""
KIND_RANK: Mapping[str, int] = {"first": 0, "promise": 1}
"""Kinds of follow-up that choose their day before all others."""
CIRCLE_WEIGHT: Mapping[int, float] = {30: 2.0, 90: 1.5, 180: 1.2, LONGEST_DUE_GAP_DAYS: 1.0}
"""How much more contact is worth by the gap the person's circle allows: who the user says is close comes first."""

NO_RELATIONSHIP_WEIGHT = 0.5
"""Keeping a relationship comes before making one."""


def propose_followup(state: PersonState, settings: Settings, as_of: dt.date) -> FollowUp | None:
    """The one follow-up with a person that falls in the plan's horizon, not yet placed; None if none is worth making.

    Quality over quantity. There is a follow-up
    - for an open promise: due within the horizon or overdue, or undated and noted in the last 60 days (``promise``);
    - after exactly one day of contact, in the last 30 days (``first``);
    - with a relationship, or with anyone for whom the user asked for a cadence or set a circle (``rhythm``);
    - with a new tie that goes both ways, of two days of contact or more, more than mentions, silent for no more than
      180 days (``rhythm``);
    - with a dormant tie whose strength was once 50 or more (``renetwork``).
    Everyone else is left in peace, as is everyone the user marked as ignored, as needed, or snoozed until then. A
    promise and another follow-up within 30 days of each other are one, on the earlier day, with the promise to do.

    Args:
        state: the person; its tie was assessed on `as_of`, and nothing in it is later.
        settings: the plan's horizon, the strength model.
        as_of: the day from which the plan looks ahead.
    """
    if state.person.ignored or state.person.as_needed:
        return None
    horizon_days = settings.plan.horizon_days
    due, cause = _due_contact(state, settings, as_of)
    promise = next_promise(state.promises, as_of, horizon_days)
    promised = promise_day(promise) if promise is not None else None
    if promised is not None:
        promised = max(promised, state.person.snooze_until or promised)
    kind = cause
    if promised is not None and (due is None or (promised - max(due, as_of)).days <= PROMISE_AHEAD_DAYS):
        kind = cause if cause == "first" else "promise"
        due = min(promised, due or promised)
    if due is None or (due - as_of).days > horizon_days:
        return None
    day = max(due, as_of)
    asked = promise if kind == "promise" else next_promise(state.promises, day, PROMISE_AHEAD_DAYS)
    touch = keep_promise(asked, state.person) if asked is not None else choose_touch(state, day)
    reasons = _explain(state, cause) + _explain_promise(state, asked)
    last = last_interaction(state)
    evidence = [shown for _, lines in reasons for shown in lines] + list(touch.evidence)
    if last is not None:
        evidence.insert(0, show_interaction(last))
    return FollowUp(
        person=state.person.path,
        name=state.person.name,
        due=due,
        planned=None,
        kind=kind,
        cycle=_name_cycle(state, kind, asked),
        last_time=_tell_last_time(last) if last else "",
        reason=" ".join(sentence for sentence, _ in reasons),
        action=touch.action,
        evidence=tuple(dict.fromkeys(evidence)),
        worth=_weigh(state, settings, due),
    )


def _due_contact(state: PersonState, settings: Settings, as_of: dt.date) -> tuple[dt.date | None, str]:
    """The day and kind of the follow-up that silence asks for; (None, "") when there is none worth making."""
    tie, person = state.tie, state.person
    if tie.due is None or tie.last_contact is None:
        return None, ""
    quiet_from = max(tie.last_contact, person.snooze_until or tie.last_contact)
    quiet_days = (as_of - quiet_from).days
    asked = person.cadence_days is not None or person.circle in CIRCLE_CADENCE
    if tie.contact_days == 1 and person.cadence_days is None and quiet_days <= FIRST_WINDOW_DAYS:
        return tie.due, "first"
    if asked or (tie.relationship and tie.band != "dormant"):
        return tie.due, "rhythm"
    if tie.band == "dormant" and settings.plan.renetwork_per_week:
        once_strong = highest_score(state.days, as_of) >= ONCE_STRONG
        return (tie.due, "renetwork") if once_strong else (None, "")
    if tie.band == "new" and tie.contact_days > 1 and quiet_days <= BUDDING_WINDOW_DAYS and _is_budding(state):
        return tie.due, "rhythm"
    return None, ""


def _is_budding(state: PersonState) -> bool:
    """The contact so far goes both ways and is more than being mentioned."""
    return dict(state.tie.gate)[TWO_WAY] and any(day.kinds - {"mention"} for day in state.days)


_Told = list[tuple[str, tuple[Evidence, ...]]]
"""Sentences, each with the lines behind it."""


def _explain(state: PersonState, cause: str) -> _Told:
    """Why silence asks for a follow-up; nothing where only a promise does."""
    if cause == "first":
        return _explain_first(state)
    if cause == "renetwork":
        sentence = say("renetwork", count=len(state.days), day=show_day(state.days[-1].day))
        return [(sentence, _show_history(state))]
    return [_explain_rhythm(state)] if cause == "rhythm" else []


def _explain_promise(state: PersonState, promise: Promise | None) -> _Told:
    if promise is None:
        return []
    phrase = "promise" if is_mine(promise, state.person) else "open"
    quote = quote_line(promise.text)
    if promise.due is None:
        return [(say(phrase, quote=quote), (show_promise(promise),))]
    return [(say(f"{phrase}-due", day=show_day(promise.due), quote=quote), (show_promise(promise),))]


def _explain_first(state: PersonState) -> _Told:
    day = state.days[0]
    phrase = "first-meeting" if "meeting" in day.kinds else "first-contact"
    told = [(say(phrase, day=show_day(day.day)), _show_history(state))]
    if (met := state.person.met) is not None and (quote := quote_line(met.quote)):
        told.append((say("how-met", quote=quote), (met,)))
    return told


def _explain_rhythm(state: PersonState) -> tuple[str, tuple[Evidence, ...]]:
    if (cadence := state.person.cadence_days) is not None:
        note = (Evidence(state.person.path, state.person.line_of("cadence")),)
        return say("cadence-daily" if cadence <= 1 else "cadence", days=cadence), note
    if (rhythm := state.tie.rhythm_days) is not None:
        return say("rhythm-daily" if rhythm <= 1 else "rhythm", days=rhythm), _show_history(state)
    day = show_day(state.days[0].day)
    phrase = "budding" if len(state.days) > 1 else "first-contact"
    return say(phrase, count=len(state.days), day=day), _show_history(state)


def _show_history(state: PersonState) -> tuple[Evidence, ...]:
    """The lines of the first and the last two days of contact: what a sentence about the whole of it rests on."""
    days = {state.days[0].day, *(day.day for day in state.days[-2:])}
    by_day = {found.day: found for found in reversed(state.interactions) if found.day in days}
    return tuple(show_interaction(by_day[day]) for day in sorted(by_day, reverse=True))


def _tell_last_time(last: Interaction) -> str:
    kind = KINDS.get(last.kind, quote_line(last.kind))
    # An entry that begins with its own day would say the day twice.
    quote = quote_line(last.quote.removeprefix(last.day.isoformat()).lstrip(" :–—-"))
    return say("last-time-quoted" if quote else "last-time", day=show_day(last.day), kind=kind, quote=quote)


def _name_cycle(state: PersonState, kind: str, promise: Promise | None) -> str:
    """What the follow-up answers: it keeps this name when it moves, and the next follow-up gets another."""
    if kind == "promise" and promise is not None:
        text = hashlib.sha256(promise.text.encode(errors="surrogatepass")).hexdigest()[:12]
        return f"promise:{promise.path}#{text}"
    return f"contact:{state.days[-1].day.isoformat()}"


def _weigh(state: PersonState, settings: Settings, due: dt.date) -> float:
    model = get_model(settings.strength_model)
    contact = ContactDay(due, 1, frozenset({"unknown"}), frozenset({"contact"}))
    gain = model.probability((*state.days, contact), due, 90) - model.probability(state.days, due, 90)
    circle = CIRCLE_CADENCE.get(state.person.circle, LONGEST_DUE_GAP_DAYS)
    importance = CIRCLE_WEIGHT[circle] * highest_score(state.days, due) / 100
    return gain * importance * (1.0 if state.tie.relationship else NO_RELATIONSHIP_WEIGHT)


def plan_followups(
    proposals: Sequence[FollowUp], settings: PlanSettings, as_of: dt.date
) -> tuple[tuple[FollowUp, ...], tuple[FollowUp, ...]]:
    """Place follow-ups on days, within the capacity of each day and ISO week, and never before `as_of`.

    Which days a follow-up is offered does not depend on today, so a day that passes moves only what it leaves undone:

    - On its own day, the first with room in the two weeks from its due day. First meetings choose before promises,
      promises before the others, these by worth. A part of each week is kept free of such days, save for first
      meetings and promises.
    - In every week in which that leaves room, the foremost of all that are due by then are offered once more, each on
      the weekday of its own day or the next with room.

    So what matters most is never out of view for more than a week. The others get what room is left, each in one week
    of six, and give it up again when what came before them stays undone. Whatever finds no room up to the horizon
    waits. Old ties to revive have a share of the week to themselves and take turns in it.

    Args:
        proposals: at most one a person, in any order.
        settings: capacity, quiet weekdays, horizon.
        as_of: the first day of the plan.

    Returns:
        What is planned, by day, and what waits, by the day it was due.
    """
    first = as_of.toordinal()
    last = min(first + settings.horizon_days, dt.date.max.toordinal())
    due = sorted((proposal for proposal in proposals if proposal.due.toordinal() <= last), key=_rank)
    limits = _share_week(due, settings)
    own = _choose_own_days(due, settings, limits, last)
    planned = {at: day for at, day in own.items() if day >= first}
    # The horizon's own week is left out: what comes into view there tomorrow must not push out what is there today.
    weeks = range(_week(first), max(_week(last), _week(first) + 1))
    offered = [_offer_again(due, own, settings, limits, week) for week in weeks]
    for days in offered:
        for at, day in days.items():
            if first <= day <= last and day < planned.get(at, last + 1):
                planned[at] = day
    room = _Room(settings, limits)
    # What was offered in the days of this week that have passed has taken room of it as well.
    this_week = {at: day for at, day in {**own, **offered[0]}.items() if _week(day) == weeks[0]}
    for at, day in {**this_week, **planned}.items():
        room.take([day], _shares(due[at]))
    for at in [at for at in range(len(due)) if at not in planned and due[at].kind != "renetwork"]:
        found = _find_spare_day(due[at], own.get(at), room, weeks, first)
        if found is not None and found <= last:
            planned[at] = found
    placed = [replace(due[at], planned=dt.date.fromordinal(day)) for at, day in planned.items()]
    waiting = [followup for at, followup in enumerate(due) if at not in planned]
    return (
        tuple(sorted(placed, key=lambda followup: (followup.planned or followup.due, _rank(followup)))),
        tuple(sorted(waiting, key=lambda followup: (followup.due, _rank(followup)))),
    )


class _Room:
    """The room left on days and in ISO weeks. Days are ordinals; a week has a limit for each share of it."""

    def __init__(self, settings: PlanSettings, limits: Mapping[str, int]) -> None:
        self._per_day = settings.per_day
        self._open = tuple(name not in settings.quiet_days for name in WEEKDAYS)
        self._limits = limits
        self._on_day: Counter[int] = Counter()
        self._in_week: Counter[tuple[int, str]] = Counter()

    def is_full(self, week: int, shares: tuple[str, ...]) -> bool:
        """One of the shares has no room left in that week."""
        return any(self._in_week[week, share] >= self._limits[share] for share in shares)

    def take(self, days: Iterable[int], shares: tuple[str, ...]) -> int | None:
        """Take room on the first of `days` that has some, from each of `shares`; None when none has."""
        for day in days:
            week = _week(day)
            if self._open[_weekday(day)] and self._on_day[day] < self._per_day and not self.is_full(week, shares):
                self._on_day[day] += 1
                self._in_week.update((week, share) for share in shares)
                return day
        return None


def _share_week(due: Sequence[FollowUp], settings: PlanSettings) -> dict[str, int]:
    """How many follow-ups of a week are old ties to revive, how many others, and how many of those on their own day."""
    revive = any(followup.kind == "renetwork" for followup in due)
    renetwork = min(settings.renetwork_per_week, settings.per_week - 1) if revive else 0
    main = settings.per_week - renetwork
    return {"renetwork": renetwork, "main": main, "own": max(1, main - max(1, main // 3))}


def _shares(followup: FollowUp, *, own: bool = False) -> tuple[str, ...]:
    if followup.kind == "renetwork":
        return ("renetwork",)
    return ("main", "own") if own and followup.kind not in KIND_RANK else ("main",)


def _choose_own_days(
    due: Sequence[FollowUp], settings: PlanSettings, limits: Mapping[str, int], last: int
) -> dict[int, int]:
    """Each follow-up's own day, by its position in `due`, where it finds one no later than `last`."""
    room = _Room(settings, limits)
    days: dict[int, int] = {}
    for at, followup in enumerate(due):
        start = followup.due.toordinal()
        day = room.take(range(start, min(start + OWN_DAY_WITHIN, last + 1)), _shares(followup, own=True))
        if day is not None:
            days[at] = day
    return days


def _offer_again(
    due: Sequence[FollowUp], own: Mapping[int, int], settings: PlanSettings, limits: Mapping[str, int], week: int
) -> dict[int, int]:
    """The days in that week of the foremost that are due with their own day elsewhere, as if all were still open."""
    room = _Room(settings, limits)
    resting = {at for at, day in own.items() if _week(day) == week}
    for at in sorted(resting):
        room.take([own[at]], _shares(due[at], own=True))
    queue = [at for at, followup in enumerate(due) if at not in resting and _week(followup.due.toordinal()) <= week]
    others = [at for at in queue if due[at].kind != "renetwork"]
    revived = sorted((at for at in queue if due[at].kind == "renetwork"), key=lambda at: _turn(due[at], week))
    days: dict[int, int] = {}
    for line in (others, revived):
        for at in line:
            if room.is_full(week, _shares(due[at])):
                break
            start = due[at].due.toordinal()
            day = room.take(_days_of_week(week, _weekday(own.get(at, start)), start), _shares(due[at]))
            if day is not None:
                days[at] = day
    return days


def _find_spare_day(followup: FollowUp, own: int | None, room: _Room, weeks: range, first: int) -> int | None:
    """Take a day that the plan has left free, in one of the follow-up's own weeks: one in six, always the same."""
    due = followup.due.toordinal()
    phase = _turn(followup, 0)[0]
    for week in weeks:
        if (week + phase) % SPARE_EVERY_WEEKS == 0:
            day = room.take(_days_of_week(week, _weekday(own or due), due), ("main", "own"))
            if day is not None and day >= first:
                return day
    return None


def _days_of_week(week: int, weekday: int, due: int) -> Iterator[int]:
    """The days of the week from `weekday` on, then those before it, without those before the day `due`."""
    days = (week * 7 + 1 + (weekday + later) % 7 for later in range(7))
    return (day for day in days if day >= due)


def _rank(followup: FollowUp) -> tuple[int, float, dt.date, str, str]:
    return (
        KIND_RANK.get(followup.kind, len(KIND_RANK)),
        -followup.worth,
        followup.due,
        followup.person,
        followup.cycle,
    )


def _turn(followup: FollowUp, week: int) -> bytes:
    """Where a follow-up stands in the queue of that week: each in front in its turn, whoever else is in the queue."""
    return hashlib.sha256(f"{week}\0{followup.person}".encode(errors="surrogatepass")).digest()


def _week(day: int) -> int:
    """The number of the ISO week of a day given as ordinal; 1 January of year 1, ordinal 1, was a Monday."""
    return (day - 1) // 7


def _weekday(day: int) -> int:
    return (day - 1) % 7
