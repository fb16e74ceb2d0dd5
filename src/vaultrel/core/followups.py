"""Who to get in touch with, when, and why: one follow-up a person, decided first and put in words later.

`propose_followup` decides from what concerns the person alone. `compose_followup` says what the plan then has a use
for: when you were last in touch, why now, and what to do, each resting on lines of the notes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from vaultrel.core.occasions import Occasion, name_cycle, near_anniversary, open_occasions
from vaultrel.core.strength import get_model
from vaultrel.core.ties import CIRCLE_CADENCE, LONGEST_DUE_GAP_DAYS, TWO_WAY
from vaultrel.core.touches import (
    PROMISE_AHEAD_DAYS,
    Touch,
    choose_touch,
    last_interaction,
    next_promise,
    promise_day,
    quote_interaction,
    show_interaction,
    show_promise,
)
from vaultrel.core.wording import PHRASES, Sentence, quote_line, say, tell
from vaultrel.model import Evidence, FollowUp

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator, Mapping

    from vaultrel.core.network import Ground
    from vaultrel.core.ties import TieMemory
    from vaultrel.model import Person, PersonState, Promise
    from vaultrel.settings import Settings

FIRST_WINDOW_DAYS = 30
"""A single contact older than this is no new acquaintance any more."""
BUDDING_WINDOW_DAYS = 180
"""A tie that never became a relationship is let go after this silence."""
ONCE_STRONG = 50
"""The highest score a dormant tie must have had to be worth reviving."""
CIRCLE_WEIGHT: Mapping[int, float] = {30: 2.0, 90: 1.5, 180: 1.2, LONGEST_DUE_GAP_DAYS: 1.0}
"""How much more contact is worth by the gap the person's circle allows: who the user says is close comes first."""

NO_RELATIONSHIP_WEIGHT = 0.5
"""Keeping a relationship comes before making one."""


PROMISE_NEAR_DAYS = 7
"""So near the day of a promise, a follow-up that was missed is put off to it."""
FACT_MERGE_DAYS = 14
"""So long what silence asks for waits for a day in their life."""
RARE_GAP_DAYS = 90
"""The gap at which half of what was built is at risk: people one sees more often, one sees anyway."""
BUILT_DAYS = 12
"""The days of contact that count half of what more and more of them would, in what was built with somebody."""


def propose_followup(state: PersonState, memory: TieMemory, settings: Settings, as_of: dt.date) -> FollowUp | None:
    """The one follow-up with a person that falls in the plan's horizon, not yet placed nor in words; None if none.

    Quality over quantity. There is a follow-up
    - for an open promise: due within the horizon or overdue, or undated and noted in the last 60 days (``promise``);
    - for a day in the life of somebody you have been in touch with, both ways: once, at its time (``fact``);
    - after exactly one day of contact, in the last 30 days (``first``);
    - with a relationship, or with anyone for whom the user asked for a cadence or set a circle (``rhythm``);
    - with a new tie that goes both ways, of two days of contact or more, more than mentions, silent for no more than
      180 days (``rhythm``);
    - with a dormant tie whose strength was once 50 or more (``renetwork``).
    Everyone else is left in peace, as is everyone the user marked as ignored, as needed or ended, or snoozed until
    then. One follow-up does for several reasons:
    - a promise of the user's, and what comes due up to 30 days before it: on the earlier day, to keep the promise;
    - a day in their life, and what silence asked for up to 14 days before it: on that day.
    What they promised is asked about when it is due, not before. A day in their life that comes before a promise goes
    first; a first meeting is followed up as such.

    Args:
        state: the person; its tie was assessed on `as_of`, and nothing in it is later.
        memory: what the days of contact in `state` come to.
        settings: the plan's horizon, the strength model.
        as_of: the day from which the plan looks ahead.
    """
    person, last_contact, horizon_days = state.person, state.tie.last_contact, settings.plan.horizon_days
    if person.ignored or person.as_needed or person.ended:
        return None
    due, kind = _due_contact(state, settings, as_of)
    cycle = f"contact:{last_contact.isoformat()}" if last_contact is not None else ""
    if (promised := _next_promised(state, due, kind, settings, as_of)) is not None:
        due, promise = promised
        if kind != "first":
            kind, cycle = "promise", _promise_cycle(promise)
    if (eventful := _next_eventful(state, due, kind, as_of)) is not None:
        day, occasion = eventful
        due, kind, cycle = day, "fact", occasion.cycle
    if due is None or (due - as_of).days > horizon_days:
        return None
    return FollowUp(
        person=person.path,
        name=person.name,
        due=due,
        planned=None,
        kind=kind,
        cycle=cycle,
        last_time="",
        reason="",
        action="",
        evidence=(),
        worth=_weigh(state, memory, settings, kind),
    )


def compose_followup(
    followup: FollowUp, state: PersonState, ground: Ground, settings: Settings, as_of: dt.date
) -> FollowUp:
    """The follow-up in words: the last time, why, and what to do on the day it is planned for, with the lines for each.

    Args:
        followup: what `propose_followup` gives for `state` on `as_of`, planned or not.
        state: the person.
        ground: what the rest of the vault says that bears on them.
        settings: the user's own phrases.
        as_of: the day from which the plan looks ahead.
    """
    day = followup.planned or max(followup.due, as_of)
    promise = _find_promise(followup, state, day)
    occasion = _find_occasion(followup, state, day, as_of)
    touch = choose_touch(state, ground, day, None if followup.kind == "fact" else promise, occasion)
    _, cause = _due_contact(state, settings, as_of)
    last = tuple(_tell_last_time(state, settings))
    why = (
        *_explain(state, ground, cause),
        *((_explain_occasion(occasion, touch),) if occasion is not None else ()),
        *((_explain_promise(promise),) if promise is not None else ()),
        *_tell_anniversary(state, day),
    )
    return replace(
        followup,
        last_time=_say_all(last, settings),
        reason=_say_all(why, settings),
        action=_say_all(touch.sentences, settings),
        evidence=_show_once(line for told in (*last, *why, *touch.sentences) for line in told.evidence),
        touch=touch.kind,
        minutes=touch.minutes,
    )


def counts_as_tie(state: PersonState) -> bool:
    """A relationship, or a new tie on the way to one: of two days of contact or more, both ways, more than mentions.

    Neither when the note says to ignore the person, or that the tie has ended.
    """
    is_over = state.person.ignored or state.person.ended
    return not is_over and (state.tie.relationship or (state.tie.band == "new" and _is_budding(state)))


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
        once_strong = tie.peak >= ONCE_STRONG
        return (tie.due, "renetwork") if once_strong else (None, "")
    if tie.band == "new" and quiet_days <= BUDDING_WINDOW_DAYS and _is_budding(state):
        return tie.due, "rhythm"
    return None, ""


def _next_promised(
    state: PersonState, due: dt.date | None, kind: str, settings: Settings, as_of: dt.date
) -> tuple[dt.date, Promise] | None:
    """The promise that the next follow-up is to be about, with its day; None where another goes first on `due`.

    What silence asked for and was missed waits for the day of a promise that is near.
    """
    missed = due is not None and due < as_of and kind != "first"
    found = []
    for by, wait_days, near_days in (("me", PROMISE_AHEAD_DAYS, PROMISE_NEAR_DAYS), ("them", 0, 0)):
        made = [promise for promise in state.promises if promise.by == by]
        promise = next_promise(made, as_of, settings.plan.horizon_days)
        if promise is None or (promised := promise_day(promise)) is None:
            continue
        day = _after_snooze(promised, state.person)
        if due is None or (missed and (day - as_of).days <= near_days):
            found.append((day, promise))
        elif (day - due).days <= wait_days:
            found.append((min(day, due), promise))
    return min(found, key=lambda each: each[0], default=None)


def _next_eventful(
    state: PersonState, due: dt.date | None, kind: str, as_of: dt.date
) -> tuple[dt.date, Occasion] | None:
    """The occasion that the next follow-up is to be about, with its day; None where something else goes first."""
    if kind == "first" or not _may_ask(state):
        return None
    occasions = [(_after_snooze(each.begins, state.person), each) for each in open_occasions(state, as_of)]
    for day, occasion in occasions:
        if day <= occasion.ends:
            if kind == "promise":
                goes_first = due is not None and as_of <= day < due
            else:
                goes_first = due is None or (max(day, as_of) - max(due, as_of)).days <= FACT_MERGE_DAYS
            return (day, occasion) if goes_first else None
    return None


def _after_snooze(day: dt.date, person: Person) -> dt.date:
    return max(day, person.snooze_until or day)


def _is_budding(state: PersonState) -> bool:
    """There was contact more than once; it goes both ways and is more than being mentioned."""
    return len(state.days) > 1 and dict(state.tie.gate)[TWO_WAY] and any(day.kinds - {"mention"} for day in state.days)


def _may_ask(state: PersonState) -> bool:
    """The two of you have been in touch, and not one way only: asking how it went is welcome."""
    return bool(state.days) and dict(state.tie.gate)[TWO_WAY]


def _promise_cycle(promise: Promise) -> str:
    return name_cycle("promise", promise.path, promise.text)


def _weigh(state: PersonState, memory: TieMemory, settings: Settings, kind: str) -> float:
    """What is at risk: the more was built, and the more rarely contact comes about by itself.

    It rests on nothing that changes as days pass. For an old tie to revive, on what was built alone.
    """
    circle = CIRCLE_CADENCE.get(state.person.circle, LONGEST_DUE_GAP_DAYS)
    built, _ = get_model(settings.strength_model).peak(memory.strength)
    weight = CIRCLE_WEIGHT[circle] * (1.0 if state.tie.relationship else NO_RELATIONSHIP_WEIGHT) * built / 100
    if kind == "renetwork":
        return weight * len(state.days) / (len(state.days) + BUILT_DAYS)
    gap_days = state.tie.due_gap_days or 0.0
    return weight * gap_days / (gap_days + RARE_GAP_DAYS)


# --------------------------------------------------------------------------------------------------------------- words


def _find_promise(followup: FollowUp, state: PersonState, day: dt.date) -> Promise | None:
    """The promise the follow-up is for, else one of the user's that is near, else one of theirs that is due."""
    for promise in state.promises if followup.kind == "promise" else ():
        if _promise_cycle(promise) == followup.cycle:
            return promise
    mine = [promise for promise in state.promises if promise.by == "me"]
    theirs = [promise for promise in state.promises if promise.by == "them"]
    return next_promise(mine, day, PROMISE_AHEAD_DAYS) or next_promise(theirs, day, 0)


def _find_occasion(followup: FollowUp, state: PersonState, day: dt.date, as_of: dt.date) -> Occasion | None:
    """The occasion the follow-up is for, else the first for which its day is well timed."""
    if followup.kind == "fact":
        return next(each for each in open_occasions(state, as_of) if each.cycle == followup.cycle)
    return next((each for each in open_occasions(state, day) if each.begins <= day and _may_ask(state)), None)


def _say_all(sentences: tuple[Sentence, ...], settings: Settings) -> str:
    return " ".join(say(told.phrase, settings.phrases, **told.facts) for told in sentences)


def _show_once(lines: Iterable[Evidence]) -> tuple[Evidence, ...]:
    """Each line once, in the place and with the quote it has first."""
    shown: dict[tuple[str, int], Evidence] = {}
    for line in lines:
        shown.setdefault((line.path, line.line), line)
    return tuple(shown.values())


def _tell_last_time(state: PersonState, settings: Settings) -> Iterator[Sentence]:
    if (last := last_interaction(state)) is not None:
        name = f"kind-{last.kind}"
        kind = say(name, settings.phrases) if name in PHRASES else quote_line(last.kind)
        quote = quote_interaction(last)
        phrase = "last-time-quoted" if quote else "last-time"
        yield tell(phrase, show_interaction(last), day=last.day, kind=kind, quote=quote)


def _explain(state: PersonState, ground: Ground, cause: str) -> Iterator[Sentence]:
    """Why silence asks for a follow-up; nothing where it does not."""
    person, days, history = state.person, state.days, _show_history(state)
    if cause == "first":
        phrase = "first-meeting" if "meeting" in days[0].kinds else "first-contact"
        yield tell(phrase, *history, day=days[0].day)
    elif cause == "renetwork":
        yield tell("renetwork", *history, count=len(days), day=days[-1].day)
    elif cause == "rhythm" and (cadence := person.cadence_days) is not None:
        note = Evidence(person.path, person.line_of("cadence"))
        yield tell("cadence-daily" if cadence <= 1 else "cadence", note, days=cadence)
    elif cause == "rhythm" and state.tie.band != "new" and (rhythm := state.tie.rhythm_days) is not None:
        yield tell("rhythm-daily" if rhythm <= 1 else "rhythm", *history, days=rhythm)
    elif cause == "rhythm":
        yield tell("budding" if len(days) > 1 else "first-contact", *history, count=len(days), day=days[0].day)
    if cause in {"first", "renetwork"} or (cause and state.tie.band == "new"):
        yield from _explain_ground(state, ground)


def _explain_ground(state: PersonState, ground: Ground) -> Iterator[Sentence]:
    """What you have in common and how you met: worth saying while a tie is new, and when it is to be revived."""
    if ground.shared:
        yield tell("shared", *ground.shared[0].shown, interest=quote_line(ground.shared[0].interest))
    if (met := state.person.met) is not None and (quote := quote_line(met.quote)):
        yield tell("how-met", met, quote=quote)


def _explain_occasion(occasion: Occasion, touch: Touch) -> Sentence:
    """The day in their life; with the line, where the call to action is about something else."""
    quote = quote_line(occasion.text) if touch.kind == "promise" else ""
    return tell("fact-quoted" if quote else "fact", occasion.shown, day=occasion.day, quote=quote)


def _explain_promise(promise: Promise) -> Sentence:
    phrase = "promise" if promise.by == "me" else "open"
    if promise.due is not None:
        return tell(f"{phrase}-due", show_promise(promise), quote=quote_line(promise.text), day=promise.due)
    return tell(phrase, show_promise(promise), quote=quote_line(promise.text))


def _tell_anniversary(state: PersonState, day: dt.date) -> Iterator[Sentence]:
    if (found := near_anniversary(state, day)) is not None:
        phrase = "anniversary-one" if found.years == 1 else "anniversary"
        yield tell(phrase, found.shown, first=found.first, day=found.day, years=found.years)


def _show_history(state: PersonState) -> tuple[Evidence, ...]:
    """The lines of the first and the last two days of contact: what a sentence about the whole of it rests on."""
    days = {day.day for day in (*state.days[:1], *state.days[-2:])}
    by_day = {found.day: found for found in reversed(state.interactions) if found.day in days}
    return tuple(show_interaction(by_day[day]) for day in sorted(by_day, reverse=True))
