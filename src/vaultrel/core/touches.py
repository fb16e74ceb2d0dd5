"""The call to action of a follow-up: a low-cost form of contact that the notes give reason for."""

from __future__ import annotations

import re
from collections import Counter
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Final, NamedTuple

from vaultrel.core.expressions import lazily
from vaultrel.core.occasions import next_birthday, shift_day, show_fact, tell_occasion
from vaultrel.core.text import clean_text, fold_name
from vaultrel.core.wording import QUOTE_LIMIT, Sentence, quote_line, tell
from vaultrel.model import Evidence

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from vaultrel.core.network import Ground, NoteToShare
    from vaultrel.core.occasions import Occasion
    from vaultrel.model import Interaction, Person, PersonState, Promise

UNDATED_PROMISE_DAYS = 60
PROMISE_WAIT_DAYS = 7
PROMISE_AHEAD_DAYS = 30
"""A follow-up does not ask for what was promised for a day later than this after it."""

USUAL_KIND_DAYS = 6
"""The latest days of contact, among which the most frequent kind is the usual one."""
NEWS_DAYS = 180
"""After this what somebody told you is no news."""

KIND_ORDER = ("meeting", "call", "message", "contact", "task", "mention")
"""Kinds of interaction, the most telling first: the one that stands for a day with several."""
USUAL_KINDS = frozenset({"meeting", "call", "message"})
"""Kinds that say how two people are in touch; the others only say that they were."""

MINUTES: Mapping[str, int] = {
    "promise": 15, "congratulate": 5, "attend": 120, "thank": 5, "share": 5, "introduce": 15, "feedback": 30, "ask": 10,
    "coffee": 60, "lunch": 90, "call": 20, "message": 5,
}  # fmt: skip
"""What each touch takes, roughly, in minutes."""

_VERBS: Final = "helped|taught|lent|introduced|recommended|invited|advised|encouraged|supported|mentored|coached|hosted"
_KINDNESS = lazily(
    rf"(?:gave|{_VERBS})\x20me\b|(?:gave|introduced|lent|recommended)(?:\x20[^\s.;:!?]{{1,40}}){{1,6}}\x20to\x20me\b"
    r"|half\x20mir\b|hat\x20mir(?:\x20\S{1,40}){0,6}\x20(?:geholfen|geliehen|geschenkt|beigebracht|empfohlen)\b",
    re.IGNORECASE,
)
"""What somebody did for the owner: the verb, and that it was done to or for “me”."""

_LEADING_FIELD = lazily(r"\A\[\w{1,40}:: (?:[^\[\]]|\[\[[^\[\]]*+\]\])*+\]\s*+")
"""A field in brackets that begins a line, as `vaultrel log` writes it (Dataview documentation: inline fields)."""

_BEFORE = re.compile(r"(?:\A|[.:;,!–—-][ ]|(?<!\S)(?:he|she|they|er|sie)[ ])\Z", re.IGNORECASE)
_BEFORE_LENGTH: Final = 6
"""What stands before the verb of a line about the person: nothing, the end of a phrase, or a word for them."""


class Touch(NamedTuple):
    """One form of contact: its kind, the sentences that propose it, and the minutes it takes."""

    kind: str
    sentences: tuple[Sentence, ...]

    @property
    def minutes(self) -> int:
        """What it takes, roughly."""
        return MINUTES[self.kind]


def choose_touch(
    state: PersonState, ground: Ground, day: dt.date, promise: Promise | None = None, occasion: Occasion | None = None
) -> Touch:
    """The touch for a follow-up on `day`, from what the notes say of the person and their ground.

    What cannot wait comes first: the promise, the occasion, a birthday in the next 14 days; then to say thank you,
    where the last line tells of a kindness. Otherwise light touches (share, introduce, look at their project, write)
    and being in touch the usual way (coffee or lunch, a call, a question) take turns with every day of contact, so that
    no two follow-ups in a row ask for the same. Nothing is proposed that the notes give no ground for.

    Args:
        state: the person.
        ground: what the rest of the vault says that bears on the person.
        day: the day of the follow-up.
        promise: the open promise to keep.
        occasion: the day in their life for which contact on `day` is well timed.
    """
    if promise is not None:
        return _promise_touch(promise)
    if (occasion := occasion or next_birthday(state.person, day)) is not None:
        kind, sentence = tell_occasion(occasion, day)
        return Touch(kind, (sentence,))
    if (kindness := _latest_kindness(state)) is not None:
        return Touch("thank", (tell("do-thank", show_interaction(kindness), quote=quote_interaction(kindness)),))
    turn, light = divmod(len(state.days), 2)
    if light or not state.days:
        return _light_touch(state, ground, turn)
    return _usual_touch(state, ground, day, turn)


def last_interaction(state: PersonState) -> Interaction | None:
    """The most telling interaction of the last day of contact: by kind, then one with a quote; None without contact."""
    day = state.days[-1].day if state.days else None
    return min((found for found in state.interactions if found.day == day), key=_rank_telling, default=None)


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
        key=lambda promise: (
            promise_day(promise) is None,
            promise_day(promise) or as_of,
            promise.by,
            promise.path,
            promise.line,
        ),
        default=None,
    )


def promise_day(promise: Promise) -> dt.date | None:
    """The day a promise is to be kept: its due day, else a week after it was noted; None without either day."""
    if promise.due is not None or promise.noted is None:
        return promise.due
    return shift_day(promise.noted, PROMISE_WAIT_DAYS)


def quote_interaction(interaction: Interaction, limit: int = QUOTE_LIMIT) -> str:
    """The words of the line that shows an interaction, at most `limit` code points.

    Without what is told apart: the day that an entry begins with, and the field by which `vaultrel log` says with whom
    and how. So nothing is left of a line that says no more.
    """
    entry = interaction.quote.removeprefix(interaction.day.isoformat()).lstrip(" :–—-")
    return quote_line(_LEADING_FIELD().sub("", entry, count=1), limit)


def show_interaction(interaction: Interaction) -> Evidence:
    """The line that shows an interaction."""
    return Evidence(interaction.path, interaction.line, clean_text(interaction.quote, QUOTE_LIMIT), interaction.day)


def show_promise(promise: Promise) -> Evidence:
    """The line that holds a promise."""
    return Evidence(promise.path, promise.line, clean_text(promise.text, QUOTE_LIMIT), promise.due)


def _promise_touch(promise: Promise) -> Touch:
    """Keep the user's own promise, in its words; ask about theirs."""
    quote = quote_line(promise.text)
    phrase, words = ("do-own-words", _begin_sentence(quote)) if promise.by == "me" else ("do-chase", quote)
    return Touch("promise", (tell(phrase, show_promise(promise), quote=words),))


def _light_touch(state: PersonState, ground: Ground, turn: int) -> Touch:
    """Something that takes no appointment; what the notes give ground for takes turns."""
    if ground.note is not None:
        return Touch("share", (_tell_note(ground.note),))
    touches = []
    if found := ground.introduction:
        names = {"name": clean_text(state.person.name, QUOTE_LIMIT), "other": clean_text(found.other, QUOTE_LIMIT)}
        sentence = tell("do-introduce", *found.shown, interest=quote_line(found.interest), **names)
        touches.append(Touch("introduce", (sentence,)))
    if (project := ground.project) is not None and (quote := quote_line(project.quote)):
        touches.append(Touch("feedback", (tell("do-feedback", project, quote=quote),)))
    if state.person.interests:
        touches.insert(0, _share_interest(state, ground, turn // (len(touches) + 1)))
    if touches:
        return touches[turn % len(touches)]
    if (last := last_interaction(state)) is None:
        return Touch("message", (tell("do-message", Evidence(state.person.path, 1)),))
    is_first = len(state.days) == 1 and last.kind == "meeting"
    return Touch("message", (tell("do-first" if is_first else "do-message", show_interaction(last)),))


def _share_interest(state: PersonState, ground: Ground, turn: int) -> Touch:
    """Share something of interest; interests in common before the others."""
    in_common = {shared.interest: shared.shown for shared in ground.shared}
    interests = [*in_common, *(interest for interest in state.person.interests if interest not in in_common)]
    chosen = interests[turn % len(interests)]
    interest = quote_line(chosen)
    shown = in_common.get(chosen) or (Evidence(state.person.path, state.person.line_of(chosen), interest),)
    return Touch("share", (tell("do-share", *shown, interest=interest),))


def _usual_touch(state: PersonState, ground: Ground, day: dt.date, turn: int) -> Touch:
    """Be in touch the way the person prefers, or the two of you usually are, with something to bring or to ask."""
    kind, shown = _usual_kind(state, ground)
    question = _next_question(state, day, turn)
    note = (_tell_note(ground.note),) if ground.note is not None else ()
    if kind in {"meeting", "call"}:
        kind = "call" if kind == "call" else ("coffee", "lunch")[turn % 2]
        return Touch(kind, (tell(f"do-{kind}", *shown), *(note or ((question,) if question is not None else ()))))
    if question is None and ground.shared:
        common = ground.shared[turn % len(ground.shared)]
        question = tell("do-ask-interest", *common.shown, interest=quote_line(common.interest))
    return Touch("ask", (question or tell("do-ask", *shown), *note))


def _tell_note(note: NoteToShare) -> Sentence:
    return tell("do-share-note", *note.shown, title=note.title, interest=quote_line(note.interest))


def _usual_kind(state: PersonState, ground: Ground) -> tuple[str, tuple[Evidence, ...]]:
    """The kind of contact the person prefers, else the most frequent of late that says how; with what shows it.

    Empty, with the last contact, where no note says how you are in touch.
    """
    if ground.prefers is not None:
        return ground.prefers.kind, (ground.prefers.shown,)
    latest = state.days[-USUAL_KIND_DAYS:]
    known = Counter(min(day.kinds & USUAL_KINDS, key=KIND_ORDER.index) for day in latest if day.kinds & USUAL_KINDS)
    kind = min(known, key=lambda kind: (-known[kind], KIND_ORDER.index(kind)), default="")
    told = [found for found in state.interactions if not kind or found.kind == kind]
    return kind, tuple(map(show_interaction, told[-1:]))


def _next_question(state: PersonState, day: dt.date, turn: int) -> Sentence | None:
    """A question the user wants to ask, else something to ask about: what the person told of late."""
    facts = [fact for fact in state.facts if fact.noted is None or 0 <= (day - fact.noted).days <= NEWS_DAYS]
    asked = [fact for fact in facts if fact.kind == "question"] or [fact for fact in facts if fact.kind == "news"]
    if not asked:
        return None
    fact = asked[turn % len(asked)]
    quote = quote_line(fact.text)
    if fact.kind == "news":
        return tell("do-ask-news", show_fact(fact), quote=quote)
    if fold_name(quote).startswith("ask"):
        return tell("do-own-words", show_fact(fact), quote=_begin_sentence(quote))
    return tell("do-question", show_fact(fact), quote=quote)


def _latest_kindness(state: PersonState) -> Interaction | None:
    """What the last line tells the person did for the owner; None after another day of which the same is true.

    Of several such days in a row every second one is answered with thanks, for nobody is to be thanked twice running.
    """
    kindness, count = None, 0
    for _, same_day in groupby(reversed(state.interactions), key=attrgetter("day")):
        told = min(same_day, key=_rank_telling)
        if not _tells_kindness(told, state.person):
            break
        kindness, count = kindness or told, count + 1
    return kindness if count % 2 else None


def _tells_kindness(interaction: Interaction, person: Person) -> bool:
    """The line says in so many words that this person, and nobody else present, did something for the owner."""
    quote = quote_interaction(interaction)
    for done in _KINDNESS().finditer(quote):
        before = f" {fold_name(quote[: done.start()])}"
        if any(before.endswith((f" {name}", f" {name.partition(' ')[0]}")) for name in map(fold_name, person.names)):
            return True
        if interaction.present == 1 and _BEFORE.search(quote[: done.start()][-_BEFORE_LENGTH:]):
            return True
    return False


def _rank_telling(found: Interaction) -> tuple[int, bool, str, int]:
    rank = KIND_ORDER.index(found.kind) if found.kind in KIND_ORDER else len(KIND_ORDER)
    return rank, not found.quote, found.path, found.line


def _begin_sentence(words: str) -> str:
    return words[:1].upper() + words[1:]
