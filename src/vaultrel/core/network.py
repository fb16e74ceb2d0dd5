"""What the rest of the vault says that bears on a person: shared interests, new notes about them, who knows whom.

`Network` keeps what is needed of each note, `Survey` puts it beside the ties of one day. All that comes out is what
lines of notes say: an interest counts as shared, and a note as being about it, only where the words are the same.
"""

from __future__ import annotations

import datetime as dt  # noqa: TC003 - msgspec reads the annotations
import re
from collections import defaultdict
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple

from msgspec import Struct

from vaultrel.core.classify import plain_key
from vaultrel.core.order import SortedItems
from vaultrel.core.person_notes import note_stem
from vaultrel.core.text import fold_name
from vaultrel.model import Evidence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from vaultrel.model import Note, NoteEvidence, NotePath, Person, PersonState

NEW_NOTE_DAYS = 30
"""How old a note may be, by its own date, to be shared as something new."""
MOST_CANDIDATES = 50
"""How many ties with the same interest are looked at for somebody to introduce, the strongest first."""

_PROJECT_KEYS: Final = frozenset({"project", "projects", "currentproject", "workingon"})
_PREFERENCE_KEYS: Final = frozenset({"prefers", "preferredcontact", "preferredcontactmethod", "contactvia"})
_MEDIA: Final[Mapping[str, str]] = {
    **dict.fromkeys(("meeting", "meet", "in person", "coffee", "lunch", "walk", "visit", "treffen"), "meeting"),
    **dict.fromkeys(("call", "calls", "phone", "telephone", "video", "anruf", "telefon"), "call"),
    **dict.fromkeys(
        ("message", "messages", "email", "mail", "text", "sms", "chat", "letter", "signal", "whatsapp", "telegram"),
        "message",
    ),
}
"""What a note may say its person prefers, and the kind of contact meant."""

_WORD = re.compile(r"[^\W_]+")
_TITLE_WORDS: Final = 12
_INTEREST_WORDS: Final = 4
"""Words of a title in which an interest is looked for, and the most words of an interest found there."""


class SharedInterest(NamedTuple):
    """An interest of a person that the owner's note has too, with both lines."""

    interest: str
    shown: tuple[Evidence, ...]


class NoteToShare(NamedTuple):
    """A new note about one of a person's interests, with the lines that say so."""

    title: str
    interest: str
    shown: tuple[Evidence, ...]


class Preference(NamedTuple):
    """The kind of contact somebody likes best (``meeting``, ``call`` or ``message``), and the line that says so."""

    kind: str
    shown: Evidence


class Introduction(NamedTuple):
    """Somebody with the same interest whom no note names together with the person, with both lines."""

    other: str
    interest: str
    shown: tuple[Evidence, ...]


class Ground(NamedTuple):
    """What there is to say or do with a person besides what they did with you.

    Attributes:
        shared: interests in common with the owner, in the person's order.
        note: a new note to share; None when there is none.
        introduction: whom to introduce; None when nobody fits.
        project: the line of the person's note that says what they work on; None when it says nothing.
        prefers: how the person's note says they like to be in touch; None when it says nothing.
    """

    shared: tuple[SharedInterest, ...] = ()
    note: NoteToShare | None = None
    introduction: Introduction | None = None
    project: Evidence | None = None
    prefers: Preference | None = None


class DatedNote(Struct, frozen=True, gc=False):
    """A note that could be shared: its day and, for each topic, the line that names it."""

    day: dt.date
    topics: dict[str, int]


class Wish(Struct, frozen=True, gc=False):
    """What a person's own note says, as in `Ground`."""

    project: Evidence | None = None
    prefers: Preference | None = None


_NO_WISH: Final = Wish()


class Network:
    """What is kept of the notes for the sake of other people's follow-ups; a function of the last word on each path."""

    def __init__(self) -> None:
        self._dated: dict[NotePath, DatedNote] = {}
        self._about: defaultdict[str, set[NotePath]] = defaultdict(set)
        """Topic to the dated notes about it."""
        self._wishes: dict[NotePath, Wish] = {}
        self._named_in: defaultdict[NotePath, set[NotePath]] = defaultdict(set)
        """Person to the notes that name them."""

    def set_note(self, path: NotePath, dated: DatedNote | None, wish: Wish | None) -> None:
        """Take what a note says for all that was known of it; None for both when it is gone."""
        old = self._dated.pop(path, None)
        for topic in old.topics if old is not None else ():
            self._about[topic].discard(path)
            if not self._about[topic]:
                del self._about[topic]
        self._wishes.pop(path, None)
        if wish is not None:
            self._wishes[path] = wish
        if dated is not None:
            self._dated[path] = dated
            for topic in dated.topics:
                self._about[topic].add(path)

    def swap_evidence(self, path: NotePath, old: NoteEvidence | None, new: NoteEvidence | None) -> None:
        """Take whom a note names for whom it named before; None where there was or is no such note."""
        before, now = _people_named(old), _people_named(new)
        for person in before - now:
            self._named_in[person].discard(path)
            if not self._named_in[person]:
                del self._named_in[person]
        for person in now - before:
            self._named_in[person].add(path)

    def are_named_together(self, one: NotePath, other: NotePath) -> bool:
        """A note names both, or the note of one names the other."""
        ones, others = self._named_in.get(one, set()), self._named_in.get(other, set())
        return one in others or other in ones or not ones.isdisjoint(others)

    def find_note(self, person: Person, after: dt.date | None, upto: dt.date, day: dt.date) -> NoteToShare | None:
        """The newest note about an interest of the person, dated in the 30 days up to `day`.

        It is dated later than `after`, the last contact, so that it is news to them, and no later than `upto`.
        """
        found = [
            (dated.day, path, interest, dated.topics[topic])
            for interest in person.interests
            for topic in (topic_key(interest),)
            for path in self._about.get(topic, ())
            for dated in (self._dated[path],)
            if (day - dated.day).days <= NEW_NOTE_DAYS and dated.day <= upto and (after is None or dated.day > after)
        ]
        if not found:
            return None
        noted, path, interest, line = min(found, key=lambda note: (-note[0].toordinal(), note[1], note[2]))
        title = note_stem(path)
        return NoteToShare(title, interest, (Evidence(path, line, title, noted), _show_interests(person)[interest]))

    def wish_of(self, person: NotePath) -> Wish:
        """What the person's own note says of a project and of the preferred kind of contact."""
        return self._wishes.get(person, _NO_WISH)


class Survey:
    """The network on one day, beside how ties stand: gives the ground for a follow-up with each person.

    Args:
        network: what the notes say.
        as_of: the day; later notes do not count.
    """

    def __init__(self, network: Network, as_of: dt.date) -> None:
        self._network = network
        self._as_of = as_of
        self._fond: defaultdict[str, SortedItems[PersonState]] = defaultdict(_strongest_first)
        """Topic to the ties that are interested in it."""
        self._known: set[NotePath] = set()

    def swap(self, gone: Iterable[PersonState], come: Iterable[PersonState]) -> None:
        """Take out some of those whom it is worth introducing to each other, these very objects, and put in others."""
        gone, come = tuple(gone), tuple(come)
        self._known.difference_update(state.person.path for state in gone)
        self._known.update(state.person.path for state in come)
        old, new = _by_topic(gone), _by_topic(come)
        for topic in old.keys() | new.keys():
            self._fond[topic].swap(old[topic], new[topic])
            if not self._fond[topic]:
                del self._fond[topic]

    def find_ground(self, state: PersonState, owners: Iterable[Person], day: dt.date) -> Ground:
        """The ground for a follow-up on `day` with the person; `owners` are the owner's own notes."""
        person = state.person
        wish = self._network.wish_of(person.path)
        return Ground(
            shared=find_shared_interests(person, owners),
            note=self._network.find_note(person, state.tie.last_contact, min(day, self._as_of), day),
            introduction=self._find_introduction(person),
            project=wish.project,
            prefers=wish.prefers,
        )

    def _find_introduction(self, person: Person) -> Introduction | None:
        """The strongest tie with whom the person shares an interest, and whom no note names together with them."""
        if person.path not in self._known:
            return None
        for interest in person.interests:
            topic = topic_key(interest)
            for other in islice(self._fond.get(topic, ()), MOST_CANDIDATES):
                path = other.person.path
                if path != person.path and not self._network.are_named_together(person.path, path):
                    same = next(each for each in other.person.interests if topic_key(each) == topic)
                    shown = (_show_interests(person)[interest], _show_interests(other.person)[same])
                    return Introduction(other.person.name, interest, shown)
        return None


def _strongest_first() -> SortedItems[PersonState]:
    return SortedItems(lambda state: (-state.tie.strength, state.person.path))


def _by_topic(states: Iterable[PersonState]) -> defaultdict[str, list[PersonState]]:
    found: defaultdict[str, list[PersonState]] = defaultdict(list)
    for state in states:
        for topic in dict.fromkeys(map(topic_key, state.person.interests)):
            found[topic].append(state)
    return found


@lru_cache(maxsize=4096)  # what people share, they share with many
def topic_key(words: str) -> str:
    """The key by which interests, tags and titles are compared: the words, without case, hyphens and other signs."""
    key = fold_name(words)
    return " ".join(_WORD.findall(key)) or key


def find_shared_interests(person: Person, owners: Iterable[Person]) -> tuple[SharedInterest, ...]:
    """The interests that a person has in common with the owner, in the person's order.

    Args:
        person: anybody but the owner.
        owners: the owner, by their own notes.
    """
    mine: dict[str, Evidence] = {}
    for owner in owners:
        for interest, shown in _show_interests(owner).items():
            mine.setdefault(topic_key(interest), shown)
    return tuple(
        SharedInterest(interest, (shown, mine[key]))
        for interest, shown in (_show_interests(person) if mine else {}).items()
        if (key := topic_key(interest)) in mine
    )


def _show_interests(person: Person) -> dict[str, Evidence]:
    """Each interest of the person with its line."""
    lines = dict(person.lines)
    return {interest: Evidence(person.path, lines.get(interest, 1), interest) for interest in person.interests}


def _people_named(evidence: NoteEvidence | None) -> set[NotePath]:
    if evidence is None:
        return set()
    named = {mention.person for mention in evidence.mentions} | {found.person for found in evidence.interactions}
    if evidence.meeting is not None:
        named |= {attendee.path for attendee in evidence.meeting.attendees}
    return {person for person in named if person is not None}


def read_dated(note: Note) -> DatedNote | None:
    """What could be shared of a note that is about no person and no meeting.

    Only a note with a day of its own that is about something, and is no day's diary.
    """
    if note.date is None or note.date.source == "line" or note.daily or note.template:
        return None
    topics = dict.fromkeys(_title_topics(note_stem(note.path)), 1)
    for tag in note.tags:
        topics.update({topic_key(part): tag.line for part in tag.name.split("/")})
    topics.pop("", None)
    return DatedNote(note.date.day, topics) if topics else None


def _title_topics(title: str) -> Iterator[str]:
    """Every run of up to four words of a title."""
    words = _WORD.findall(fold_name(title))[:_TITLE_WORDS]
    for start in range(len(words)):
        for end in range(start + 1, min(start + _INTEREST_WORDS, len(words)) + 1):
            yield " ".join(words[start:end])


def read_wish(note: Note) -> Wish | None:
    """What a person's own note says of a project and of the preferred kind of contact; None when it says nothing."""
    said = [
        (plain_key(entry.key), leaf.text, leaf.line)
        for entry in note.properties
        if plain_key(entry.key) in _PROJECT_KEYS | _PREFERENCE_KEYS
        for leaf in entry.leaves
    ]
    said += [(plain_key(field.key), field.value, line.line) for line in note.lines for field in line.fields]
    preferred = ((_MEDIA.get(fold_name(text), ""), text, at) for key, text, at in said if key in _PREFERENCE_KEYS)
    wish = Wish(
        next((Evidence(note.path, at, text) for key, text, at in said if key in _PROJECT_KEYS and text), None),
        next((Preference(kind, Evidence(note.path, at, text)) for kind, text, at in preferred if kind), None),
    )
    return wish if wish != _NO_WISH else None
