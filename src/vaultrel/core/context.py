"""Who an ambiguous attendee is, where the other meetings in the vault leave no doubt.

A name that several people answer to is settled in one meeting only when exactly one of them has ever met this company,
and often. Everything else stays ambiguous: nothing is guessed.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Final, NamedTuple

from vaultrel.model import Diagnostic
from vaultrel.settings import DEFAULT_SETTINGS, Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vaultrel.core.people import PeopleRegistry
    from vaultrel.model import Meeting, Mention, NoteEvidence, NotePath

OVERWHELMING: Final = 3
"""Meetings that one candidate must have had with this company, when no other candidate ever had one."""


class ContextChoice(NamedTuple):
    """An ambiguous attendee of one meeting, settled.

    Attributes:
        key: comparison key of the name.
        mention: where it stands first among the attendees.
        person: who is meant.
        candidates: everybody who answers to the name.
        meetings: the meetings that show it, by path.
    """

    key: str
    mention: Mention
    person: NotePath
    candidates: tuple[NotePath, ...]
    meetings: tuple[NotePath, ...]

    def diagnostic(self, path: NotePath) -> Diagnostic:
        """Says in the meeting at `path` who was taken to be meant, and why."""
        others = " or ".join(other for other in self.candidates if other != self.person)
        message = (
            f"{self.mention.target!r} is taken to be {self.person}, not {others}: only {self.person} was ever in a "
            f"meeting with somebody of this one or in its folder, {len(self.meetings)} times "
            f"({', '.join(self.meetings[:OVERWHELMING])})."
        )
        return Diagnostic(path, "settled-by-context", message, self.mention.line, self.mention.column, "info")


class _OpenName(NamedTuple):
    key: str
    mention: Mention
    candidates: tuple[NotePath, ...]


class _Meeting(NamedTuple):
    """What counts of one meeting, as it is read without any context: so no choice rests on another choice."""

    folder: str
    attendees: frozenset[NotePath]
    held: bool
    open_names: tuple[_OpenName, ...]


class MeetingHistory:
    """Who was in which meeting, as far as names speak for themselves.

    Holds nothing but a function of its last `update` for each path: neither order nor day matters.
    """

    def __init__(self, settings: Settings = DEFAULT_SETTINGS) -> None:
        self._used = settings.meetings.context
        self._meetings: dict[NotePath, _Meeting] = {}
        self._attended: defaultdict[NotePath, set[NotePath]] = defaultdict(set)
        """Person to the meetings held with them."""
        self._in_folder: defaultdict[str, set[NotePath]] = defaultdict(set)
        self._asking: defaultdict[NotePath, set[NotePath]] = defaultdict(set)
        """Person to the meetings in which an ambiguous name could mean them."""

    def update(self, path: NotePath, evidence: NoteEvidence | None, registry: PeopleRegistry) -> frozenset[NotePath]:
        """Take in what the note at `path` says now.

        Args:
            path: of a note that was added, changed or removed.
            evidence: what it says, read without context; None when it is gone.
            registry: the names it was read with.

        Returns:
            The meetings whose ambiguous attendees may now be somebody else.
        """
        old = self._meetings.get(path)
        new = _read_meeting(evidence, registry) if evidence is not None and self._used else None
        if old == new:
            return frozenset()
        if old is not None:
            self._remove(path, old)
        if new is not None:
            self._add(path, new)
        # Only a meeting that a candidate was in says anything about that candidate.
        moved = {person for meeting in (old, new) if meeting and meeting.held for person in meeting.attendees}
        affected = {asking for person in moved if person in self._asking for asking in self._asking[person]}
        return frozenset(affected | {path})

    def choices(self, path: NotePath) -> tuple[ContextChoice, ...]:
        """The ambiguous attendees of the meeting at `path` of whom there is no doubt, by line and column.

        A meeting that two of its names would settle to one person is left as it is: two names in a list are two people.
        """
        meeting = self._meetings.get(path)
        if meeting is None or not meeting.open_names:
            return ()
        candidates = {person for name in meeting.open_names for person in name.candidates}
        known = {person for person in candidates if self._knows(meeting, person)}
        meant = [(name, known.intersection(name.candidates)) for name in meeting.open_names]
        alone = [(name, person) for name, people in meant if len(people) == 1 for person in people]
        names_of = Counter(person for _, person in alone)
        found = (self._choice(path, meeting, name, person) for name, person in alone if names_of[person] == 1)
        return tuple(choice for choice in found if choice is not None)

    def _choice(self, path: NotePath, meeting: _Meeting, name: _OpenName, person: NotePath) -> ContextChoice | None:
        """The name settled as the one candidate who knows the company; None where they have not met it often."""
        together = {other for other in self._attended[person] if self._shares(meeting, other)} - {path}
        if len(together) < OVERWHELMING:
            return None
        return ContextChoice(name.key, name.mention, person, name.candidates, tuple(sorted(together)))

    def _knows(self, meeting: _Meeting, person: NotePath) -> bool:
        """Whether `person` ever was in a meeting with somebody of this one, or in its folder."""
        theirs = self._attended.get(person, set())
        within = self._in_folder.get(meeting.folder, set())
        return not theirs.isdisjoint(within) or any(self._shares(meeting, other) for other in theirs)

    def _shares(self, meeting: _Meeting, other: NotePath) -> bool:
        """Whether somebody of this meeting was in the other one, or it was in the same folder."""
        held = self._meetings[other]
        return held.folder == meeting.folder or not held.attendees.isdisjoint(meeting.attendees)

    def _add(self, path: NotePath, meeting: _Meeting) -> None:
        self._meetings[path] = meeting
        for place in self._places(meeting):
            place.add(path)

    def _remove(self, path: NotePath, meeting: _Meeting) -> None:
        del self._meetings[path]
        for place in self._places(meeting):
            place.discard(path)

    def _places(self, meeting: _Meeting) -> Iterator[set[NotePath]]:
        """Every set in which this meeting is held."""
        if meeting.held:
            yield self._in_folder[meeting.folder]
            yield from (self._attended[person] for person in meeting.attendees)
        yield from (self._asking[person] for name in meeting.open_names for person in name.candidates)


def _read_meeting(evidence: NoteEvidence, registry: PeopleRegistry) -> _Meeting | None:
    meeting = evidence.meeting
    if meeting is None:
        return None
    return _Meeting(
        folder=meeting.path.rpartition("/")[0],
        attendees=frozenset(attendee.path for attendee in meeting.attendees if attendee.path is not None),
        held=meeting.held,
        open_names=tuple(_open_names(evidence, meeting, registry)),
    )


def _open_names(evidence: NoteEvidence, meeting: Meeting, registry: PeopleRegistry) -> Iterator[_OpenName]:
    """The ambiguous attendees that context could settle, each name once.

    A note that itself speaks of one candidate by a plain name tells them apart, so the other name may be another
    person. The user is in every meeting, and never counted: of them the meetings say nothing.
    """
    listed = {(attendee.line, attendee.column) for attendee in meeting.attendees if attendee.path is None}
    spoken_of = {found.person for found in evidence.mentions if found.person is not None}
    seen: set[str] = set()
    for found in evidence.mentions:
        mention = found.mention
        if found.resolution != "ambiguous" or (mention.line, mention.column) not in listed:
            continue
        (key,) = registry.keys(mention)
        apart = not spoken_of.isdisjoint(found.candidates) or any(map(registry.is_owner, found.candidates))
        if key not in seen and not apart:
            yield _OpenName(key, mention, found.candidates)
        seen.add(key)
