"""What a vault seems to hold, for somebody who sets vaultrel up: which notes are people and meetings, and who asks."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, Literal

from msgspec import Struct

from vaultrel.core.classify import classify, folded, has_word, marker_words, plain_key, plain_keys
from vaultrel.core.person_notes import note_stem, read_person
from vaultrel.core.text import clean_text, fold_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from vaultrel.model import Note, NotePath
    from vaultrel.settings import Settings

_LEAST_NOTES: Final = 2
"""One note in a folder is no habit."""

_NAME_LIMIT: Final = 80

_LEAST_MEETINGS: Final = 3
"""With fewer, that somebody came to most of them says nothing."""


class Mark(Struct, frozen=True):
    """What marks notes as people, or as meetings.

    Attributes:
        name: a folder without its parents, a tag without ``#``, or the value of a property such as `type`.
        notes: how many notes have it.
        known: the settings count them already; otherwise it is proposed for what the notes in that folder are used as.
    """

    kind: Literal["folder", "tag", "property"]
    name: str
    notes: int
    known: bool = True

    @property
    def shown(self) -> str:
        """As a user writes it: ``People/``, ``#person``, ``type: person``."""
        name = clean_text(self.name, _NAME_LIMIT)
        return {"folder": f"{name}/", "tag": f"#{name}", "property": f"type: {name}"}[self.kind]


class FirstLook(Struct, frozen=True):
    """What was found in a vault.

    Attributes:
        people, meetings: marks of either, the most frequent first; last, those that only the use of a folder shows.
        person_count, meeting_count: notes that any of these marks.
        daily_count: notes named by their day.
        owner: whose vault it seems to be; empty when nobody stands out.
    """

    note_count: int
    people: tuple[Mark, ...] = ()
    person_count: int = 0
    meetings: tuple[Mark, ...] = ()
    meeting_count: int = 0
    daily_count: int = 0
    owner: str = ""


def take_first_look(notes: Iterable[Note], settings: Settings, user_names: Sequence[str] = ()) -> FirstLook:
    """What the notes seem to be, by the settings and by how they are used.

    A folder that no setting names is proposed for people when at least half of its notes are named as attendees, and
    for meetings when at least half of its notes have a date and list attendees.

    Args:
        notes: the whole vault.
        settings: what already counts.
        user_names: names the computer knows its user by.
    """
    everything = tuple(note for note in notes if not note.template)
    kinds = {note.path: classify(note, settings).kind for note in everything}
    people = [note for note in everything if kinds[note.path] == "person"]
    meetings = [note for note in everything if kinds[note.path] == "meeting"]
    others = [note for note in everything if kinds[note.path] == "other" and not note.daily]
    listed = {note.path: frozenset(_attendees(note, settings)) for note in everything}
    named = frozenset().union(*listed.values())
    more_people = _folders_of(others, everything, lambda note: not _names(note, settings).isdisjoint(named))
    more_meetings = _folders_of(others, everything, lambda note: note.date is not None and bool(listed[note.path]))
    return FirstLook(
        note_count=len(everything),
        people=(*_person_marks(people, settings), *more_people),
        person_count=len(people) + sum(mark.notes for mark in more_people),
        meetings=(*_meeting_marks(meetings, settings), *more_meetings),
        meeting_count=len(meetings) + sum(mark.notes for mark in more_meetings),
        daily_count=sum(note.daily for note in everything),
        owner=_guess_owner(people, [listed[note.path] for note in meetings], settings, user_names),
    )


def _attendees(note: Note, settings: Settings) -> Iterator[str]:
    """The folded names of whom the note lists as attendees; of a link, the name of the note it leads to."""
    keys = plain_keys(settings.meetings.attendee_keys)
    for entry in note.properties:
        if plain_key(entry.key) in keys:
            for leaf in entry.leaves:
                names = [mention.target for mention in leaf.mentions] or leaf.text.split(",")
                yield from (fold_name(note_stem(name)) for name in names)
    for line in note.lines:
        if line.attendees:
            yield from (fold_name(note_stem(mention.target)) for mention in line.mentions)


def _names(note: Note, settings: Settings) -> frozenset[str]:
    return frozenset(fold_name(name) for name in (*read_person(note, settings).names, note_stem(note.path)))


def _folder(path: NotePath) -> str:
    """The name of the folder a note lies in; empty at the top."""
    return path.rpartition("/")[0].rpartition("/")[2]


def _folders_of(
    candidates: Iterable[Note], everything: Iterable[Note], fits: Callable[[Note], bool]
) -> tuple[Mark, ...]:
    """The folders of which at least half of the notes fit, and are among the candidates."""
    sizes = Counter(_folder(note.path) for note in everything)
    fitting = Counter(folder for note in candidates if (folder := _folder(note.path)) and fits(note))
    return tuple(
        Mark("folder", folder, notes, known=False)
        for folder, notes in sorted(fitting.items(), key=lambda item: (-item[1], item[0]))
        if notes >= _LEAST_NOTES and 2 * notes >= sizes[folder]
    )


def _person_marks(people: Iterable[Note], settings: Settings) -> list[Mark]:
    known = settings.people
    return _marks(people, settings, folders=known.folders, tags=known.tags, types=known.types)


def _meeting_marks(meetings: Iterable[Note], settings: Settings) -> list[Mark]:
    known = settings.meetings
    return _marks(meetings, settings, folders=known.folders, tags=known.tags, types=known.types)


def _marks(
    notes: Iterable[Note],
    settings: Settings,
    *,
    folders: tuple[str, ...],
    tags: tuple[str, ...],
    types: tuple[str, ...],
) -> list[Mark]:
    """What among the words of the settings marks the notes; spellings that the settings take for one are one mark."""
    found: dict[Literal["folder", "tag", "property"], Counter[str]] = {
        "folder": Counter(),
        "tag": Counter(),
        "property": Counter(),
    }
    for note in notes:
        segments = [segment for segment in reversed(note.path.split("/")[:-1]) if has_word(segment, folded(folders))]
        found["folder"].update(segments[:1])
        found["tag"].update({part for tag in note.tags for part in tag.name.split("/") if has_word(part, folded(tags))})
        words = {word for word, _ in marker_words(note, settings) if has_word(word, folded(types))}
        found["property"].update(words)
    marks = [Mark(kind, name, count) for kind, counted in found.items() for name, count in counted.items()]
    return sorted(marks, key=lambda mark: (-mark.notes, list(found).index(mark.kind), mark.name))


def _guess_owner(
    people: Iterable[Note], attendance: Sequence[frozenset[str]], settings: Settings, user_names: Sequence[str]
) -> str:
    """The person named like the computer's user; otherwise the one who is listed in more than half of the meetings."""
    names = {note.path: (read_person(note, settings).name, _names(note, settings)) for note in people}
    users = {fold_name(name) for name in user_names} - {""}
    for shown, keys in names.values():
        if keys & users:
            return clean_text(shown, _NAME_LIMIT)
    came = {path: sum(not keys.isdisjoint(attendees) for attendees in attendance) for path, (_, keys) in names.items()}
    most = max(came, key=lambda path: came[path], default=None)
    meetings = sum(bool(attendees) for attendees in attendance)
    if most is None or meetings < _LEAST_MEETINGS or 2 * came[most] <= meetings:
        return ""
    return clean_text(names[most][0], _NAME_LIMIT)
