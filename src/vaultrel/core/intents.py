"""What the user says of a follow-up: contact there was, a follow-up done, a follow-up put off.

Typed in a command or ticked in a generated note, it means the same, and is written where anybody can read it: contact
as a line in a daily note, a day to wait for as a property of the person's note.
"""

from __future__ import annotations

import datetime as dt
import re
from calendar import monthrange
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from msgspec import Struct

from vaultrel.core.classify import plain_key
from vaultrel.core.daily_line import compose_contact, spell_link
from vaultrel.core.interactions import recorded_contact
from vaultrel.core.kept_promises import compose_kept
from vaultrel.core.lookup import choose_person
from vaultrel.core.occasions import name_cycle
from vaultrel.core.text import fold_name
from vaultrel.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vaultrel.model import Direction, NotePath, PersonState, Promise, Snapshot
    from vaultrel.settings import Settings

Starter: TypeAlias = Literal["me", "them"]
"""Who started a contact, as the user says it."""

KINDS: Final = ("meeting", "call", "message", "contact")
"""The kinds of contact that an inline field can record."""

MOST_NAME_WORDS: Final = 6
LAST_DAY: Final = dt.date(2200, 12, 31)
"""The last day that is read as one."""

_PREFERRED: Final[tuple[Direction, ...]] = ("mutual", "unknown", "by_me", "by_them")
_TOUCH_CONTACT: Final[Mapping[str, tuple[str, Direction]]] = {
    "coffee": ("meeting", "mutual"),
    "lunch": ("meeting", "mutual"),
    "call": ("call", "by_me"),
    "message": ("message", "by_me"),
}
"""The contact that each touch comes to, once it is made; any other is contact that the user started."""


class NoSuchContactError(UsageError):
    """No inline field of the settings records the contact that was asked for."""

    def __init__(self, word: str, known: tuple[str, ...]) -> None:
        self.word = word
        self.known = known
        super().__init__(
            f"No inline field in your settings records {word}. Nothing was written.",
            next_step=f"Choose one of: {', '.join(known)}; or add a field for it to [contact] fields.",
        )


class NoFollowUpError(UsageError):
    """There is no follow-up with the person to be done."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(
            f"No follow-up with {name} is proposed. Nothing was written.",
            next_step=f'If you were in touch: vaultrel log "{name}"',
        )


class UnreadableDayError(UsageError):
    """A day to put a follow-up off to cannot be read, or is not to come."""

    def __init__(self, typed: str, reason: str) -> None:
        self.typed = typed
        super().__init__(
            f"{typed!r} {reason}. Nothing was written.",
            next_step="Write a time from today, as 3d, 2w or 1m, or a day to come, as 2026-12-03.",
        )


class Contact(Struct, frozen=True):
    """A contact as notes record it: the inline field, and the kind and direction that it stands for."""

    field: str
    kind: str
    direction: Direction


class LogWords(Struct, frozen=True):
    """What stands behind `log`: with whom, the word for the contact if there is one, and the user's own words."""

    people: tuple[PersonState, ...]
    kind: str | None
    text: str


def choose_contact(word: str | None, by: Starter | None, settings: Settings) -> Contact:
    """The contact meant by a word: an inline field's name, or one of `KINDS`; ``contact`` when there is none.

    Args:
        word: as typed.
        by: who started it; what two do together nobody starts.
        settings: the fields there are.

    Raises:
        NoSuchContactError: no field records it.
    """
    fields = _contact_fields(settings)
    wanted = plain_key(word or "contact")
    named = next((contact for contact in fields if plain_key(contact.field) == wanted), None)
    kind = named.kind if named else wanted
    direction: Direction | None = None if by is None else "by_me" if by == "me" else "by_them"
    if named is not None and direction in {None, named.direction}:
        return named
    order = _PREFERRED if direction is None else (direction,)
    for each in order:
        for contact in fields:
            if contact.kind == kind and contact.direction == each:
                return contact
    what = f"{word or 'contact'!r}" + (f" started by {by}" if by else "")
    raise NoSuchContactError(what, tuple(sorted({*settings.contact.fields})))


def contact_of_touch(touch: str, settings: Settings) -> Contact:
    """The contact that a proposed touch comes to: the field of its own name, else the first of its kind.

    Raises:
        NoSuchContactError: no field records contact of that kind.
    """
    kind, direction = _TOUCH_CONTACT.get(touch, ("contact", "by_me"))
    fields = [contact for contact in _contact_fields(settings) if contact.kind == kind]
    ranked = sorted(
        fields,
        key=lambda contact: (
            contact.direction != direction,
            plain_key(contact.field) != touch,
            _PREFERRED.index(contact.direction),
        ),
    )
    if not ranked:
        raise NoSuchContactError(f"a {kind}", tuple(sorted(settings.contact.fields)))
    return ranked[0]


def _contact_fields(settings: Settings) -> list[Contact]:
    recorded = ((name, recorded_contact(name, settings)) for name in settings.contact.fields)
    return [Contact(name, *found) for name, found in recorded if found is not None]


# ------------------------------------------------------------------------------------------------------- what was typed


def read_log_words(words: Sequence[str], snapshot: Snapshot, settings: Settings) -> LogWords:
    """Tell people, kind and text apart in the words behind `log`.

    Names come first, each as one word or several: the first may be shortened as anywhere, the others must be whole.
    What follows them may be a word for the contact; the rest is text.

    Raises:
        UnknownPersonError: the first words are nobody's name.
        AmbiguousPersonError: a whole name is that of several people.
    """
    fields = {plain_key(name) for name in settings.contact.fields} | set(KINDS)
    people: dict[NotePath, PersonState] = {}
    at, end = 0, 0
    while at < len(words):
        if people and (end := _match_words(words, at, fields)):
            break
        state, after = _match_name(words, at, snapshot)
        if state is None and people:
            break
        state = state or choose_person(snapshot, words[at])
        people[state.person.path] = state
        at = max(after, at + 1)
    kind = " ".join(words[at:end]) if end else None
    return LogWords(tuple(people.values()), kind, " ".join(words[max(at, end) :]))


def _match_words(words: Sequence[str], at: int, fields: set[str]) -> int:
    """Where the longest word for a contact ends that begins at `at`; 0 when none does."""
    ends = range(min(at + 3, len(words)), at, -1)
    return next((end for end in ends if plain_key(" ".join(words[at:end])) in fields), 0)


def _match_name(words: Sequence[str], at: int, snapshot: Snapshot) -> tuple[PersonState | None, int]:
    """The person with the longest whole name that begins at `at`, and where it ends."""
    for end in range(min(at + MOST_NAME_WORDS, len(words)), at, -1):
        name = " ".join(words[at:end]).rstrip(",")
        wanted = fold_name(name)
        whole = [
            state
            for state in snapshot.people
            if wanted in {fold_name(state.person.path), fold_name(state.person.path.removesuffix(".md"))}
            or wanted in map(fold_name, state.person.names)
        ]
        if whole:
            return choose_person(snapshot, name), end
    return None, at


_SPAN = re.compile(r"([0-9]{1,4})\s?(d|days?|w|weeks?|m|months?|y|years?)", re.IGNORECASE)


def read_until(typed: str, today: dt.date) -> dt.date:
    """The day that ``3d``, ``1w``, ``2m``, ``1y`` from today, or a day as such, mean.

    Raises:
        UnreadableDayError: it is none of these, or not to come.
    """
    span = _SPAN.fullmatch(typed.strip())
    try:
        until = _days_later(today, int(span[1]), span[2][0].lower()) if span else dt.date.fromisoformat(typed.strip())
    except (ValueError, OverflowError) as error:
        raise UnreadableDayError(typed, "is no day that can be read") from error
    if not today < until <= LAST_DAY:
        raise UnreadableDayError(typed, "is not a day to come" if until <= today else "is too far ahead")
    return until


def _days_later(day: dt.date, count: int, unit: str) -> dt.date:
    """So many days, weeks, months or years after a day; in a shorter month, its last day."""
    if unit in "dw":
        return day + dt.timedelta(count * (7 if unit == "w" else 1))
    months = day.year * 12 + day.month - 1 + count * (12 if unit == "y" else 1)
    year, month = months // 12, months % 12 + 1
    return dt.date(year, month, min(day.day, monthrange(year, month)[1])) if year <= LAST_DAY.year else dt.date.max


# ---------------------------------------------------------------------------------------------------------------- lines


class Entry(Struct, frozen=True):
    """A line to add to a daily note: with whom contact is recorded, on which day, and spellings of the line.

    Attributes:
        spellings: the line with links by name, then by whole path; the first that is read back as meant is written.
    """

    people: tuple[NotePath, ...]
    day: dt.date
    spellings: tuple[str, ...]


def log_entry(people: Sequence[PersonState], contact: Contact, text: str, day: dt.date) -> Entry:
    """The entry for contact with these people."""
    paths = tuple(state.person.path for state in people)
    lines = (
        compose_contact(contact.field, [spell_link(path, whole=whole) for path in paths], text)
        for whole in (False, True)
    )
    return Entry(paths, day, tuple(dict.fromkeys(lines)))


def done_entry(state: PersonState, text: str, day: dt.date, settings: Settings) -> Entry:
    """The entry for a person's follow-up that was done: the promise as kept, else contact as the touch was.

    Raises:
        NoFollowUpError: none is proposed.
        NoSuchContactError: the settings have no field for it.
    """
    if state.followup is None:
        raise NoFollowUpError(state.person.name)
    promise = promise_of(state)
    if promise is None:
        return log_entry([state], contact_of_touch(state.followup.touch, settings), text, day)
    path = state.person.path
    lines = (compose_kept(promise, spell_link(path, whole=whole), day, text) for whole in (False, True))
    return Entry((path,), day, tuple(dict.fromkeys(lines)))


def promise_of(state: PersonState) -> Promise | None:
    """The promise that the person's follow-up is about; None where it is about something else."""
    followup = state.followup
    if followup is None or followup.kind != "promise":
        return None
    cycles = ((name_cycle("promise", promise.path, promise.text), promise) for promise in state.promises)
    return next((promise for cycle, promise in cycles if cycle == followup.cycle), None)
