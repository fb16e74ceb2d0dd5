"""Names in attendee lists that no person note answers to, counted while notes come and go."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from vaultrel.core.order import SortedItems, SortedTable
from vaultrel.core.text import fold_name
from vaultrel.model import Evidence, UnknownName

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from vaultrel.model import Items, NoteEvidence, NotePath


class _Place(NamedTuple):
    """One use of a name, by its comparison key."""

    key: str
    name: str
    shown: Evidence


class UnknownNames:
    """The unknown names of a vault; a function of the evidence that is in."""

    def __init__(self) -> None:
        self._in_note: dict[NotePath, tuple[_Place, ...]] = {}
        """Notes to the places in them, where there are any."""
        self._places: defaultdict[str, SortedItems[_Place]] = defaultdict(lambda: SortedItems(_order_of_place))
        self._names: SortedTable[str, UnknownName] = SortedTable(lambda name: (-name.count, name.name))

    def swap(self, gone: Iterable[NoteEvidence], come: Iterable[NoteEvidence]) -> None:
        """Forget what some notes said, and take in what notes say now."""
        old, new = defaultdict[str, list[_Place]](list), defaultdict[str, list[_Place]](list)
        for evidence in gone:
            for place in self._in_note.pop(evidence.path, ()):
                old[place.key].append(place)
        for evidence in come:
            if places := tuple(_find_unknown(evidence)):
                self._in_note[evidence.path] = places
                for place in places:
                    new[place.key].append(place)
        for key in old.keys() | new.keys():
            self._places[key].swap(old[key], new[key])
        self._names.put({key: self._count(key) for key in old.keys() | new.keys()})

    def all(self) -> Items[UnknownName]:
        """The names, the most frequent first: the same object as long as no use of one comes or goes."""
        return self._names.all()

    def _count(self, key: str) -> UnknownName | None:
        places = self._places[key].all()
        if not places:
            del self._places[key]
            return None
        return UnknownName(min(place.name for place in places), len(places), tuple(place.shown for place in places))


def _order_of_place(place: _Place) -> tuple[dt.date, str, int]:
    return place.shown.day or dt.date.min, place.shown.path, place.shown.line


def _find_unknown(evidence: NoteEvidence) -> Iterator[_Place]:
    meeting = evidence.meeting
    if meeting is None or all(attendee.path is not None for attendee in meeting.attendees):
        return
    ambiguous = {(m.mention.line, m.mention.column) for m in evidence.mentions if m.resolution == "ambiguous"}
    for attendee in meeting.attendees:
        if attendee.path is None and (attendee.line, attendee.column) not in ambiguous:
            shown = Evidence(meeting.path, attendee.line, day=meeting.day)
            yield _Place(fold_name(attendee.name), attendee.name, shown)
