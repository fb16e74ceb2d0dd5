"""What one note says about people: who is mentioned, who was met and when, and what was promised.

Nothing here depends on today: evidence of a day to come is made like any other, and left out by whoever knows the day.
"""

from __future__ import annotations

import re
from functools import lru_cache
from operator import itemgetter
from typing import TYPE_CHECKING, Final

from msgspec import Struct
from msgspec.structs import replace

from vaultrel.core.attendees import Listed, is_list, is_unfinished, listed_in_line, listed_in_text, listed_in_value
from vaultrel.core.classify import (
    LONGEST_WORD,
    folded,
    has_word,
    is_calendar_event,
    marker_words,
    plain_key,
    plain_keys,
)
from vaultrel.core.dates import parse_day
from vaultrel.core.facts import read_facts
from vaultrel.core.lines import MOST_IN_TEXT, bare_text
from vaultrel.core.people import LINK_SYNTAXES, NONE_CHOSEN, NameAnswer, NoteNames, PeopleRegistry
from vaultrel.core.person_notes import LAST_CONTACT_KEYS
from vaultrel.core.promises import read_promises
from vaultrel.core.scope import skip_reason
from vaultrel.core.text import fold_name
from vaultrel.model import (
    Attendee,
    Classification,
    Diagnostic,
    Direction,
    Fact,
    Interaction,
    Meeting,
    Mention,
    Note,
    NoteDate,
    NoteEvidence,
    NotePath,
    Resolution,
    ResolvedMention,
    Severity,
    TextLine,
)

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator, Mapping

    from vaultrel.settings import Settings

_STRENGTH: Final = {"mention": 0, "task": 1, "contact": 2, "message": 3, "call": 4, "meeting": 5}
"""Kinds of interaction, the weakest evidence first: of several with one person on one day the strongest stands."""

_BOARDS: Final = frozenset({"kanban", "excalidraw"})
"""Refusals of notes whose lines are cards or drawings: nothing in them is evidence."""

_MEDIUM_KEYS: Final = frozenset({"interactiontype", "medium", "channel"})
_MEDIA: Final = {
    "call": frozenset({"call", "calls", "phone", "phone call"}),
    "message": frozenset({"message", "messages", "email", "e-mail", "chat", "text", "letter"}),
}
"""Kind of interaction to the words for it in the markers of a meeting note."""

_STATUS_KEYS: Final = frozenset({"status", "state", "meetingstatus"})

_REMINDERS: Final = ("due", "follow", "next", "remind")
"""How the names of inline fields begin that say when to do something, not when what the line tells of takes place."""

_DIRECTIONS: Final[dict[str, Direction]] = {"by_me": "by_me", "by_them": "by_them", "mutual": "mutual"}

_RESOLUTIONS: Final[dict[str, Resolution]] = {"resolved": "resolved", "ambiguous": "ambiguous", "unknown": "unknown"}

_LIFE_EVENT = re.compile(r"birthday|\b(?:born|birth|anniversary|died|wedding)\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+")
_LINK = re.compile(r"\[\[[^\[\]]*+\]\]")
_LIFE_WORDS: Final = 4
"""The most words, links aside, of a line that is about a life event and does not begin with it."""


class _Sighting(Struct, frozen=True, gc=False):
    """A mention as the note uses it; `kind` is empty where it is no contact.

    `present` is 0 for everybody mentioned in the note; `quote` is empty for a place that says no more than a name.
    """

    mention: Mention
    answer: NameAnswer
    kind: str = ""
    direction: Direction = "unknown"
    day: dt.date | None = None
    present: int = 0
    quote: str = ""


def note_evidence(
    note: Note,
    classification: Classification,
    registry: PeopleRegistry,
    settings: Settings,
    chosen: Mapping[str, NameAnswer] = NONE_CHOSEN,
) -> NoteEvidence:
    """What the note says about people, as far as names can be resolved.

    A meeting note gives contact with its attendees; without any list of attendees, with the people named in its text.
    Any other dated note gives a mention of each person in it, and contact where an inline field or a finished task
    says so. A person's own note gives contact on the days of its dated entries, never with others. Open tasks are
    promises; what is said of one person's life is a fact. Templates say nothing; boards and drawings only mention.
    `chosen` is what some names mean in this note, as `NoteNames` takes it.
    """
    if note.template:
        return NoteEvidence(note.path)
    names = NoteNames(registry, note.path, chosen)
    if settings.people.plain_names:
        note = _spell_out(note, names)
    is_own = classification.kind == "person" and not registry.is_owner(note.path)
    is_board = note.refusal is not None and note.refusal.code in _BOARDS
    facts = () if is_board else tuple(read_facts(note, note.path if is_own else None, names, settings.date_order))
    own: list[Interaction] = []
    meeting: Meeting | None = None
    if classification.kind == "meeting" and note.date is not None:
        sightings, meeting = _read_meeting(note, note.date, names, settings)
    elif classification.kind == "person":
        sightings = list(_read_text(note, note.lines, None, names, settings))
        if is_own:
            own = list(_own_contact(note, facts, settings))
    else:
        day = note.date.day if note.date is not None else None
        sightings = list(_read_text(note, note.lines, day, names, settings))
    sightings += _read_properties(note, names, settings, skip_attendees=meeting is not None)
    interactions = _strongest([*_interactions(note, sightings), *own])
    if meeting is not None:
        interactions = _quote_lead(note, interactions)
    return NoteEvidence(
        path=note.path,
        mentions=_resolved_mentions(note, sightings),
        interactions=interactions,
        promises=() if is_board else tuple(read_promises(note, names, settings, is_own=is_own)),
        facts=facts,
        meeting=meeting,
        keys=frozenset(names.keys),
        diagnostics=_diagnostics(note.path, sightings),
    )


def _spell_out(note: Note, names: NoteNames) -> Note:
    """The note with the full names in its sentences for mentions: those of a dated note count like links."""
    lines = tuple(names.spell_out(line, dated=note.date is not None) for line in note.lines)
    return replace(note, lines=lines, lead=note.lead and names.spell_out(note.lead, dated=note.date is not None))


# ------------------------------------------------------------------------------------------------------------ meetings


def _read_meeting(note: Note, date: NoteDate, names: NoteNames, settings: Settings) -> tuple[list[_Sighting], Meeting]:
    """Every mention in the text and attendee lists of a meeting note, and who was there."""
    held = _is_held(note, settings)
    listed = list(_listed_in_properties(note, names, settings))
    prose: list[TextLine] = []
    for line in note.lines:
        if is_list(line):
            listed += listed_in_line(line, names)
        else:
            prose.append(line)
    text = list(_read_text(note, prose, date.day, names, settings))
    if not any(entry.present for entry in listed):
        named = [found for found in text if found.kind and found.kind != "task"]
        if is_calendar_event(note):
            named += _read_properties(note, names, settings, skip_attendees=False)
        listed += [Listed(found.mention, found.answer) for found in named if found.answer.kind == "resolved"]
    # Who is noted as absent in one list may still stand among the invited in another.
    if absent := {entry.answer.path for entry in listed if not entry.present} - {None}:
        listed = [replace(entry, present=entry.present and entry.answer.path not in absent) for entry in listed]
    attendees = _attendees(listed)
    there = {attendee.path for attendee in attendees if attendee.path is not None}
    kind, present = _meeting_kind(note, settings) if held else "", max(len(attendees), 1)
    sightings = [
        _Sighting(entry.mention, entry.answer, kind if entry.present else "", "mutual", date.day, present)
        for entry in listed
        if _is_shown(entry.answer, entry.mention)
    ]
    for found in text:
        if found.kind == "mention":
            # Others that the text speaks of were not there.
            here = kind if found.answer.path in there else ""
            sightings.append(replace(found, kind=here, direction="mutual", day=date.day, present=present))
        else:
            sightings.append(found if held or found.kind == "task" else replace(found, kind=""))
    return sightings, Meeting(note.path, date.day, date.time, attendees, held)


def _listed_in_properties(note: Note, names: NoteNames, settings: Settings) -> Iterator[Listed]:
    keys = plain_keys(settings.meetings.attendee_keys)
    for entry in note.properties:
        if plain_key(entry.key) in keys:
            for leaf in entry.leaves:
                yield from listed_in_value(leaf, names)


def _attendees(listed: list[Listed]) -> tuple[Attendee, ...]:
    """Those who were there, in the order in which they are listed, the owner left out; each person and name once."""
    attendees: dict[str, Attendee] = {}
    for entry in listed:
        mention, answer = entry.mention, entry.answer
        if entry.present and _is_shown(answer, mention):
            path = answer.path if answer.kind == "resolved" else None
            name = mention.target.rpartition("/")[2] if mention.syntax in LINK_SYNTAXES else mention.target
            attendees.setdefault(path or fold_name(name), Attendee(name, path, mention.line, mention.column))
    return tuple(attendees.values())


def _is_held(note: Note, settings: Settings) -> bool:
    """False when a status, tag or property says that the meeting was cancelled, or is only planned."""
    words = folded(settings.meetings.not_held)
    for entry in note.properties:
        if plain_key(entry.key) in _STATUS_KEYS and any(has_word(leaf.text, words) for leaf in entry.leaves):
            return False
        if has_word(entry.key, words) and any(leaf.text.lower() in {"true", "yes"} for leaf in entry.leaves):
            return False
    return not any(has_word(tag.name.rpartition("/")[2], words) for tag in note.tags)


def _meeting_kind(note: Note, settings: Settings) -> str:
    """``call`` or ``message`` where the note's markers say so, else ``meeting``."""
    words = [word for word, _ in marker_words(note, settings)]
    words += (leaf.text for entry in note.properties if plain_key(entry.key) in _MEDIUM_KEYS for leaf in entry.leaves)
    words += (part for tag in note.tags for part in tag.name.split("/"))
    words += note.path.split("/")[:-1]
    said = {_medium(word) for word in words if len(word) <= LONGEST_WORD}
    return next((kind for kind in _MEDIA if kind in said), "meeting")


@lru_cache(maxsize=4096)  # the folders, tags and types of a vault are few, and each of its meetings has some
def _medium(word: str) -> str:
    """The kind of interaction that the word is for; empty for any other word."""
    return next((kind for kind, media in _MEDIA.items() if has_word(word, media)), "")


# ---------------------------------------------------------------------------------------------------------------- text


def _read_text(
    note: Note, lines: Iterable[TextLine], day: dt.date | None, names: NoteNames, settings: Settings
) -> Iterator[_Sighting]:
    """The mentions in lines of a note.

    Args:
        note: the note they are from.
        lines: some or all of its lines.
        day: the day that mentions without a date of their own are evidence of; None when they are no evidence.
        names: who is who.
        settings: which inline fields record contact.
    """
    is_board = note.refusal is not None and note.refusal.code in _BOARDS
    for line in lines:
        if not (line.mentions or line.fields):
            continue
        kind, on = ("", day) if is_board else _contact_of_line(line, day, is_daily=note.daily)
        quote = _quote(line) if kind else ""
        in_fields = {}
        if kind and line.fields:
            in_fields = {found.mention.column: found for found in _contact_fields(line, on, quote, names, settings)}
        for mention in line.mentions:
            answer = names.resolve(mention)
            if _is_shown(answer, mention) and (answer.kind != "unknown" or _may_be_new(mention, settings)):
                plain = _Sighting(mention, answer, "" if mention.embed else kind, day=on, quote=quote)
                yield in_fields.pop(mention.column, plain)
        yield from in_fields.values()


def _is_shown(answer: NameAnswer, mention: Mention) -> bool:
    """True for a mention worth keeping: of a person, or of somebody who might be one."""
    if answer.kind == "unknown":
        # A word after an ``@`` is proof of nothing, and what cannot be shown is no person.
        return mention.syntax != "handle" and not mention.embed
    return answer.kind in {"resolved", "ambiguous"}


def _may_be_new(mention: Mention, settings: Settings) -> bool:
    """True for a link to nobody known that could lead to a person: not to a template or another note left out."""
    return mention.syntax in LINK_SYNTAXES and skip_reason(f"{mention.target}.md", settings) is None


def _contact_of_line(line: TextLine, day: dt.date | None, *, is_daily: bool) -> tuple[str, dt.date | None]:
    """The kind of contact that a mention on the line is evidence of, empty for none, and its day."""
    if line.task is not None and line.task.is_done and line.task.done is not None:
        return "task", line.task.done
    if day is None or is_unfinished(line) or _looks_ahead(line, day, is_daily=is_daily):
        return "", day
    return "mention", line.date or day


def _looks_ahead(line: TextLine, day: dt.date, *, is_daily: bool) -> bool:
    """True when a line in a note about `day` tells of another, later day, or of a day in somebody's life."""
    if line.date is not None and line.date != day:
        if line.own_date and _is_life_event(line.text):
            return True
        if line.date > day and (line.own_date or is_daily):
            return True
    return any(
        not plain_key(entry.key).startswith(_REMINDERS) and (parse_day(entry.value) or day) > day
        for entry in line.fields
    )


def _is_life_event(text: str) -> bool:
    """True for a dated line or its heading that is a day in somebody's life, and not only speaks of one.

    "Birthday", "Ada was born"; but buying a birthday present together is contact.
    """
    words = _WORD.findall(_LINK.sub(" ", text))
    if not words or not _LIFE_EVENT.search(text):
        return False
    return len(words) <= _LIFE_WORDS or _LIFE_EVENT.match(words[0]) is not None


def _contact_fields(
    line: TextLine, day: dt.date | None, quote: str, names: NoteNames, settings: Settings
) -> Iterator[_Sighting]:
    """The people in the line's inline fields that record contact: links, or known names."""
    end = 0
    for entry in line.fields:
        recorded = recorded_contact(entry.key, settings)
        # A field within a field is part of it.
        if recorded is None or entry.start < end:
            continue
        end = entry.end
        listed = [
            found
            for found in listed_in_text(entry.value, line.line, entry.start, names)
            if found.present and found.answer.kind in {"resolved", "ambiguous"}
        ]
        kind, direction = recorded
        present = len({found.answer.path or fold_name(found.mention.target) for found in listed})
        for found in listed:
            yield _Sighting(found.mention, found.answer, kind, direction, day, present, quote)


def recorded_contact(key: str, settings: Settings) -> tuple[str, Direction] | None:
    """Kind and direction of the contact that an inline field such as ``coffee`` records; None for any other field."""
    fields = settings.contact.fields
    return _contacts(tuple(fields), tuple(fields.values())).get(plain_key(key))


@lru_cache(maxsize=16)
def _contacts(names: tuple[str, ...], recorded_by: tuple[str, ...]) -> dict[str, tuple[str, Direction]]:
    """The names of inline fields, as they are compared, to the contact they record; of equal names the first counts."""
    contacts: dict[str, tuple[str, Direction]] = {}
    for name, contact in zip(names, recorded_by, strict=True):
        kind, _, direction = contact.partition(":")
        recorded = kind if kind in _STRENGTH else "contact", _DIRECTIONS.get(direction, "unknown")
        contacts.setdefault(plain_key(name), recorded)
    return contacts


def _read_properties(note: Note, names: NoteNames, settings: Settings, *, skip_attendees: bool) -> list[_Sighting]:
    """The links in properties: never contact by themselves."""
    skipped = plain_keys(settings.meetings.attendee_keys) if skip_attendees else frozenset()
    found = [
        _Sighting(mention, names.resolve(mention), day=note.date.day if note.date else None)
        for entry in note.properties
        if plain_key(entry.key) not in skipped
        for leaf in entry.leaves
        for mention in leaf.mentions
    ]
    return [seen for seen in found if _is_shown(seen.answer, seen.mention)]


# ---------------------------------------------------------------------------------------------- a person's own entries


def _own_contact(note: Note, facts: Iterable[Fact], settings: Settings) -> Iterator[Interaction]:
    """Contact with the person of the note: its dated entries, and what the user wrote down as the last one.

    An entry whose own day is that of a fact tells what takes place in their life, not when it was heard of.
    """
    happenings = {(fact.line, fact.day) for fact in facts}

    def contact(day: dt.date, line: int, quote: str = "", kind: str = "contact") -> Interaction:
        return Interaction(note.path, note.path, line, day, kind, "unknown", 1, quote)

    for entry in note.properties:
        if plain_key(entry.key) in LAST_CONTACT_KEYS:
            days = ((parse_day(leaf.text, settings.date_order), leaf.line) for leaf in entry.leaves)
            yield from (contact(day, line) for day, line in days if day is not None)
    for line in note.lines:
        for entry_field in line.fields:
            day = parse_day(entry_field.value, settings.date_order)
            recorded = recorded_contact(entry_field.key, settings)
            if day is not None and recorded is not None:
                yield replace(contact(day, line.line, _quote(line), recorded[0]), direction=recorded[1])
            elif day is not None and plain_key(entry_field.key) in LAST_CONTACT_KEYS:
                yield contact(day, line.line)
        if line.date is None or is_unfinished(line) or (line.line, line.date) in happenings:
            continue
        if not (_is_life_event(line.text) or _is_life_event(line.heading)):
            # A heading that dates entries quotes none of them.
            yield contact(line.date, line.line, "" if line.is_heading else _quote(line))


# ------------------------------------------------------------------------------------------------------------- results


def _interactions(note: Note, sightings: list[_Sighting]) -> Iterator[Interaction]:
    mentioned = {found.answer.path for found in sightings if found.kind == "mention"} - {None}
    for found in sightings:
        person = found.answer.path
        if found.kind and found.answer.kind == "resolved" and person is not None and found.day is not None:
            present = found.present or len(mentioned) or 1
            yield Interaction(
                person, note.path, found.mention.line, found.day, found.kind, found.direction, present, found.quote
            )


def _quote_lead(note: Note, interactions: tuple[Interaction, ...]) -> tuple[Interaction, ...]:
    """A meeting told by its first line of prose, where the evidence is only a name in a list."""
    if note.lead is None or all(i.quote for i in interactions):
        return interactions
    lead, quote = note.lead.line, "" if is_list(note.lead) else _quote(note.lead)
    if not quote:
        return interactions
    return tuple(
        i if i.quote else Interaction(i.person, i.path, lead, i.day, i.kind, i.direction, i.present, quote)
        for i in interactions
    )


def _strongest(found: list[Interaction]) -> tuple[Interaction, ...]:
    """One interaction for each person and day: of the strongest kind, with a quote if there is one, the first."""
    if len(found) < 2:
        return tuple(found)
    best: dict[tuple[NotePath, dt.date], Interaction] = {}
    for interaction in sorted(found, key=lambda i: (-_STRENGTH[i.kind], not i.quote, i.line)):
        best.setdefault((interaction.person, interaction.day), interaction)
    return tuple(sorted(best.values(), key=lambda i: (i.day, i.person, i.line)))


def _resolved_mentions(note: Note, sightings: list[_Sighting]) -> tuple[ResolvedMention, ...]:
    """One for each place, by line and column."""
    if not sightings:
        return ()
    places: dict[tuple[int, int, str], _Sighting] = {}
    for found in sightings:
        place = (found.mention.line, found.mention.column, found.mention.target)
        if place not in places or (_is_contact(found) and not _is_contact(places[place])):
            places[place] = found
    return tuple(
        ResolvedMention(
            note.path,
            found.mention,
            _RESOLUTIONS[found.answer.kind],
            found.answer.path,
            found.answer.candidates if found.answer.kind == "ambiguous" else (),
            _is_contact(found),
            found.day,
        )
        for _, found in sorted(places.items(), key=itemgetter(0))
    )


def _is_contact(found: _Sighting) -> bool:
    return bool(found.kind) and found.answer.kind == "resolved"


def _diagnostics(path: NotePath, sightings: list[_Sighting]) -> tuple[Diagnostic, ...]:
    """Names that could be several people, and file names that several notes have: each once, where it is first."""
    doubtful = [found for found in sightings if found.answer.candidates]
    if not doubtful:
        return ()
    problems: dict[tuple[str, str], Diagnostic] = {}
    for found in sorted(doubtful, key=lambda seen: (seen.mention.line, seen.mention.column)):
        mention, answer = found.mention, found.answer
        severity: Severity
        if answer.kind == "ambiguous":
            code, severity = "ambiguous-name", "warning"
            message = f"{mention.target!r} could be {' or '.join(answer.candidates)}; it is not counted."
        else:
            code, severity = "duplicate-name", "info"
            message = (
                f"Several notes are called {mention.target!r}: {', '.join(answer.candidates)}; {answer.path} is meant."
            )
        problems.setdefault(
            (code, fold_name(mention.target)), Diagnostic(path, code, message, mention.line, mention.column, severity)
        )
    return tuple(problems.values())


def _quote(line: TextLine) -> str:
    """What a line says, for quoting: its text without its marker, empty when that is no more than a name."""
    text = bare_text(line)
    rest = text
    for mention in line.mentions[:MOST_IN_TEXT]:
        rest = rest.replace(mention.surface, "", 1)
    return text if any(map(str.isalnum, rest)) else ""
