"""What a note is: a person, a meeting, or neither, with the evidence for and against.

Evidence has a rank, and the highest decides. A type-like property (or the keys of a vCard) says what the note is; then
the note's name can say that it is an index or a day; then come tags among the properties; a folder, a prefix of the
file name and tags in the text are the weakest. At equal rank, being a person outweighs being something else
(``tags: [person, vc]`` is a person who is one), and a dated meeting outweighs being a person
(``tags: [meeting, friend]``).
"""

from __future__ import annotations

import re
from functools import lru_cache
from operator import itemgetter
from typing import TYPE_CHECKING, Final, NamedTuple

from vaultrel.core.dates import day_in_name
from vaultrel.core.scope import is_within, join_words, spellings
from vaultrel.core.text import fold_name
from vaultrel.model import Classification, Note, Reason

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from vaultrel.settings import PeopleSettings, Settings

_BY_TYPE: Final = 5
_BY_NAME: Final = 4
_BY_TAG: Final = 3
_BY_PLACE: Final = 2
_BY_FOLDER: Final = 1

Found = tuple[int, Reason]
"""A piece of evidence and its rank."""

_UNREADABLE: Final = frozenset({"kanban", "excalidraw"})
"""Refusals of notes whose text is a plugin's data."""

_INDEX_WORDS: Final = frozenset({"moc", "index", "dashboard"})
"""A whole word of an index note's name. (Whole words: Mochizuki is a surname.)"""

_INDEX_NAMES: Final = frozenset({"home", "readme", "start here", "overview"})
"""The whole name of a note about the vault."""

_LIST_WORDS: Final = frozenset(
    {"all", "my", "our", "the", "of", "and", "list", "directory", "overview", "table", "log"}
)
"""What may stand beside words such as people in the name of a list of them."""

_KINDS_OF_MEETING: Final = frozenset({"meeting", "call"})
"""What ends the name of a kind of meeting: ``team-meeting``, ``phone call``."""

_TAG_IN_TEXT: Final = frozenset({"person"})
"""The tag that says in a note's text what the note is; words such as family or people are topics there."""

_SERIES: Final = frozenset({"recurring", "rrule"})
_EVENT_TYPES: Final = _SERIES | {"single"}
"""What `type` says in a note of Full Calendar: how often, not what."""

LONGEST_WORD: Final = 100
"""Code points of the longest text that can be one of the words of the settings."""

_WORD = re.compile(r"[^\W_]+")
_LETTERS = re.compile(r"[^\W\d_]+")

_NUMBERED = re.compile(r"(?:person|contact|meeting|call)[ _#-]{0,3}(?!(?:19|20)[0-9]{2}\Z)[0-9]{1,9}\Z")
"""The name of one of many: a year, in ``Meeting 2026``, does not number one."""
_DAY = re.compile(r"(?<![0-9])(?:19|20)[0-9]{2}([-._])[0-9]{1,2}\1[0-9]{1,2}(?![0-9])")
"""A day in a name; not a stamp to sort by (``202206071051 Jane``)."""

_PREFIX = re.compile(r"([^\W\d_]{2,20}) [-–—] (?=\S)")
"""``Person - `` before a name."""


def classify(note: Note, settings: Settings) -> Classification:
    """What the note is, with every piece of evidence found.

    A person is marked by a folder, tag, type-like property, the keys of a vCard or the file name ``Person - X``; a
    meeting by the like, and it has a date. A leading ``@`` proves nothing; an attendee-like property or the word
    meeting in a title is not enough.
    """
    told = _read_marks(note, settings)
    if not (note.tags or told.words or told.prefix or told.place.kind or "fn" in told.keys or _are_of_event(told.keys)):
        return _OTHER
    person = list(_person_evidence(note, told, settings))
    meeting = list(_meeting_evidence(note, told, settings))
    if not person and not meeting:
        return _OTHER
    for_person, for_meeting = _rank(person), _rank(meeting)
    veto = _veto(note)
    if veto is not None:
        return Classification("other", _reasons(person + meeting), (veto,))
    no_meeting = list(_evidence_against_meeting(note, told, settings)) if meeting else []
    named_by_day = note.date is not None and note.date.source == "name" and for_person < _BY_TYPE
    if for_meeting > _rank(no_meeting) and (for_meeting >= for_person or named_by_day):
        return Classification("meeting", _reasons(meeting), _reasons(person))
    no_person = list(_evidence_against_person(note, told, settings)) if person else []
    # What says meeting and only lacks a day is no meeting; right among the people, it is taken for one of them.
    if note.date is None and len(no_meeting) == 1 and _lies_among_people(told.folder, settings):
        for_meeting = 0
    if person and for_person >= max(_rank(no_person), for_meeting):
        return Classification("person", _reasons(person), _reasons(no_person + meeting))
    return Classification("other", _reasons(person + meeting), _reasons(no_person + no_meeting))


_OTHER: Final = Classification("other")


_JOINTS: Final = str.maketrans("", "", " -_")


@lru_cache(maxsize=32_768)  # more than one note can have, for each of its names is asked for many times
def plain_key(key: str) -> str:
    """A property's name as vaultrel compares it: without case, spaces, hyphens and underscores."""
    return fold_name(key).translate(_JOINTS)


class _Marks(NamedTuple):
    """What a note could say what it is by.

    Attributes:
        keys: its properties' names as `plain_key` gives them, each with the line of the last one.
        words: what `marker_words` finds.
        folder: where the note lies.
        stem: its file name without ``.md``.
        prefix: the word before a name in that, ``Person`` in ``Person - Ada``; empty without one.
        place: what its folders say.
    """

    keys: dict[str, int]
    words: tuple[tuple[str, int], ...]
    folder: str
    stem: str
    prefix: str
    place: _Place


def _read_marks(note: Note, settings: Settings) -> _Marks:
    folder, stem = _split_path(note.path)
    prefix = _PREFIX.match(stem)
    return _Marks(
        keys={plain_key(entry.key): entry.line for entry in note.properties},
        words=marker_words(note, settings),
        folder=folder,
        stem=stem,
        prefix=prefix[1] if prefix else "",
        place=_place(folder, settings.people, settings.meetings.folders),
    )


def is_calendar_event(note: Note) -> bool:
    """True for an event note of Full Calendar, whose `type` does not say what the note is."""
    return _are_of_event({plain_key(entry.key) for entry in note.properties})


def _are_of_event(keys: Collection[str]) -> bool:
    return "title" in keys and ("allday" in keys or ("starttime" in keys and "endtime" in keys))


def marker_words(note: Note, settings: Settings) -> tuple[tuple[str, int], ...]:
    """What type-like properties say the note is, with the line of each; of a link, the name of the note it leads to."""
    keys = plain_keys(settings.people.type_keys)
    written = [
        (name.rpartition("/")[2].removesuffix(".base").strip(), leaf.line)
        for entry in note.properties
        if plain_key(entry.key) in keys
        for leaf in entry.leaves
        for name in [mention.target for mention in leaf.mentions] or leaf.text.split(",")
    ]
    if any(word in _EVENT_TYPES for word, _ in written) and is_calendar_event(note):
        written = [said for said in written if said[0] not in _EVENT_TYPES]
    return tuple(said for said in written if said[0])


def has_word(text: str, words: frozenset[str]) -> bool:
    """True when the text, or a form of it without number, signs and emoji, is one of the folded words."""
    return len(text) <= LONGEST_WORD and not words.isdisjoint(spellings(text))


@lru_cache(maxsize=256)
def folded(words: tuple[str, ...]) -> frozenset[str]:
    """The words of a setting as `has_word` compares them."""
    plain = frozenset(map(fold_name, words))
    return plain | frozenset(map(join_words, plain))


@lru_cache(maxsize=256)
def plain_keys(keys: tuple[str, ...]) -> frozenset[str]:
    """Property names of a setting as `plain_key` gives them."""
    return frozenset(map(plain_key, keys))


def _rank(found: list[Found]) -> int:
    return max(found, key=itemgetter(0))[0] if found else 0


def _reasons(found: list[Found]) -> tuple[Reason, ...]:
    """The reasons, strongest first, each once."""
    if len(found) < 2:
        return tuple(reason for _, reason in found)
    return tuple(dict.fromkeys(reason for _, reason in sorted(found, key=lambda item: -item[0])))


def _veto(note: Note) -> Reason | None:
    """Why the note can be neither person nor meeting, whatever it says."""
    if note.template:
        return Reason("it is a template")
    if note.refusal is not None and note.refusal.code in _UNREADABLE:
        return Reason(f"its text is data of a plugin ({note.refusal.code})", note.refusal.line or 1)
    return None


def _person_evidence(note: Note, told: _Marks, settings: Settings) -> Iterator[Found]:
    people = settings.people
    yield from _typed(told, folded(people.types))
    if "fn" in told.keys and ("uid" in told.keys or any(key.startswith("n.") for key in told.keys)):
        yield _BY_TYPE, Reason("the properties of a vCard (FN)", told.keys["fn"])
    yield from _tagged(note, folded(people.tags), _TAG_IN_TEXT & folded(people.tags))
    if told.place.kind == "person":
        yield _BY_FOLDER, Reason(f"the folder {told.place.segment}")
    if told.prefix and has_word(told.prefix, folded(people.types)):
        yield _BY_FOLDER, Reason(f"the file name begins with {told.prefix}")


def _meeting_evidence(note: Note, told: _Marks, settings: Settings) -> Iterator[Found]:
    meetings = settings.meetings
    types = folded(meetings.types)
    yield from _typed(told, types)
    for word, line in told.words:
        if _last_word(word[:LONGEST_WORD]) in _KINDS_OF_MEETING & types:
            yield _BY_TYPE, Reason(f"a property says {word}", line)
    if _are_of_event(told.keys):
        yield _BY_TYPE, Reason("the properties of a calendar event")
    # A tag in the text of a daily note is about a line, not about the note.
    tags = folded(meetings.tags)
    yield from _tagged(note, tags, frozenset() if note.daily else tags)
    if told.place.kind == "meeting":
        yield _BY_FOLDER, Reason(f"the folder {told.place.segment}")
    if told.prefix and has_word(told.prefix, types) and day_in_name(told.stem, settings.date_order):
        yield _BY_FOLDER, Reason(f"the file name begins with {told.prefix} and a day")


@lru_cache(maxsize=1024)
def _last_word(text: str) -> str:
    return join_words(fold_name(text)).rpartition(" ")[2]


def _typed(told: _Marks, words: frozenset[str]) -> Iterator[Found]:
    for word, line in told.words:
        if has_word(word, words):
            yield _BY_TYPE, Reason(f"a property says {word}", line)


def _tagged(note: Note, in_properties: frozenset[str], in_text: frozenset[str]) -> Iterator[Found]:
    """Tags with one of the words as a nested part: one set of words for each place where a tag can stand."""
    if not note.tags:
        return
    lines = _property_tag_lines(note)
    for tag in note.tags:
        listed = tag.line in lines
        if any(has_word(part, in_properties if listed else in_text) for part in tag.name.split("/")):
            yield _BY_TAG if listed else _BY_FOLDER, Reason(f"the tag {tag.name}", tag.line)


def _property_tag_lines(note: Note) -> set[int]:
    return {leaf.line for entry in note.properties if plain_key(entry.key) in _TAG_KEYS for leaf in entry.leaves}


_TAG_KEYS: Final = frozenset({"tag", "tags"})


def _evidence_against_person(note: Note, told: _Marks, settings: Settings) -> Iterator[Found]:
    people = settings.people
    if any(is_within(note.path, entry) for entry in people.exclude):
        yield _ALWAYS, Reason("your settings say it is no person (people.exclude)")
    yield from _typed(told, folded(people.not_types))
    lines = _property_tag_lines(note) if note.tags else set()
    for tag in note.tags:
        *above, last = tag.name.split("/")
        if has_word(last, folded(people.not_types)) and (tag.line in lines or above):
            yield _BY_TAG if tag.line in lines else _BY_PLACE, Reason(f"the tag {tag.name}", tag.line)
    if _is_index_name(told.stem, people.folders):
        yield _BY_NAME, Reason("the file name is that of an index")
    if note.daily:
        yield _BY_NAME, Reason("the file name is a day")
    elif _DAY.search(told.stem):
        yield _BY_PLACE, Reason("the file name holds a day")
    if fold_name(told.folder.rpartition("/")[2]) == fold_name(told.stem):
        yield _BY_PLACE, Reason("the note is named like its folder")
    if told.place.other:
        yield _BY_PLACE, Reason(f"the folder {told.place.other}")


def _lies_among_people(folder: str, settings: Settings) -> bool:
    """True for the folder of a note that is a people folder itself, not a folder below it."""
    return has_word(folder.rpartition("/")[2], folded(settings.people.folders))


def _evidence_against_meeting(note: Note, told: _Marks, settings: Settings) -> Iterator[Found]:
    if note.date is None:
        yield _ALWAYS, Reason("a meeting needs a date, and none was found")
    for entry in note.properties if _are_of_event(told.keys) else ():
        if plain_key(entry.key) == "type":
            for leaf in entry.leaves:
                if leaf.text in _SERIES:
                    yield _ALWAYS, Reason("it describes a series of events, not one", leaf.line)
    yield from _typed(told, _INDEX_WORDS)
    dated_by_name = note.date is not None and note.date.source == "name"
    if not dated_by_name and _is_index_name(told.stem, settings.meetings.folders):
        yield _BY_NAME, Reason("the file name is that of an index")


_ALWAYS: Final = _BY_TYPE + 1


def _split_path(path: str) -> tuple[str, str]:
    folder, _, name = path.rpartition("/")
    return folder, name[:-3] if name[-3:].lower() == ".md" else name


class _Place(NamedTuple):
    """What a note's folders say: the nearest one that marks people or meetings, and one of other things below it."""

    kind: str = ""
    segment: str = ""
    other: str = ""


@lru_cache(maxsize=4096)
def _place(folder: str, people: PeopleSettings, meeting_folders: tuple[str, ...]) -> _Place:
    other = ""
    for segment in reversed(folder.split("/")):
        if has_word(segment, folded(people.folders)):
            return _Place("person", segment, other)
        if has_word(segment, folded(meeting_folders)):
            return _Place("meeting", segment)
        if has_word(segment, _plurals(people.not_types)):
            other = segment
    return _Place()


@lru_cache(maxsize=256)
def _plurals(words: tuple[str, ...]) -> frozenset[str]:
    """What a folder that holds such things is called in English (``company``, ``companies``)."""
    return frozenset(f"{word[:-1]}ies" if word.endswith("y") else f"{word}s" for word in folded(words))


def _is_index_name(stem: str, folders: tuple[str, ...]) -> bool:
    """True for ``People``, ``All my contacts``, ``Meetings MOC``, ``Home``: notes that list or lead to other notes.

    ``Person 12`` and ``Meeting 3`` are one of many, ``Meetings 2026`` is a list.
    """
    name = fold_name(stem)
    words = frozenset(_WORD.findall(name))
    if not words.isdisjoint(_INDEX_WORDS):
        return True
    listed = folded(folders)
    runs = _LETTERS.findall(name)
    # That a name has none of the words is seen sooner than that no form of it is one of the names.
    if name.isascii() and runs and _letters_of_lists(listed).isdisjoint(runs):
        return False
    if _NUMBERED.search(name):
        return False
    return has_word(stem, _INDEX_NAMES | listed) or (not words.isdisjoint(listed) and words <= listed | _LIST_WORDS)


@lru_cache(maxsize=256)
def _letters_of_lists(listed: frozenset[str]) -> frozenset[str]:
    """Every run of letters in the names of lists and in the words of such names."""
    return frozenset(run for name in _INDEX_NAMES | listed | _LIST_WORDS for run in _LETTERS.findall(name))
