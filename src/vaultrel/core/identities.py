"""Who is who after notes were renamed: the key of each person, by which a calendar knows their events.

The key is the id in a person's note if it has one, else the path at which the note was first seen. It is carried over
when the note is found again under another path: with the same content (but for our own fields) or a name in common,
and in both cases the same first day of contact, or none. Where that leaves a doubt, who is at a new path is somebody
new.
"""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
import json
from collections import Counter, defaultdict
from contextlib import suppress
from operator import itemgetter
from typing import TYPE_CHECKING, Final, NamedTuple

from msgspec import Struct

from vaultrel.core.text import fold_name
from vaultrel.model import NotePath

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping

    from vaultrel.model import Note, PersonState

MISSED_DAYS: Final = 30
"""How long somebody whose note is gone is looked for at other paths: a sync program may bring it days later."""

_ID_KEYS: Final = frozenset({"id", "uid", "uuid"})
_LONGEST_ID: Final = 200


class Trace(NamedTuple):
    """What was known of a person when their events were last published.

    Attributes:
        path: of their note.
        mark: of the note's content without our own fields; empty when it has none to tell it by.
        first: the first day of contact.
        gone: the day on which the note was found missing.
    """

    path: NotePath
    mark: str
    first: dt.date | None
    gone: dt.date | None = None


class Identities(Struct, frozen=True):
    """Who is who.

    Attributes:
        keys: path to key of everybody whose key is not the path of their note.
        traces: key to trace of everybody with events, to be kept until the next time.
    """

    keys: Mapping[NotePath, str]
    traces: Mapping[str, Trace]


class _Seen(NamedTuple):
    """A person as the vault has them now."""

    trace: Trace
    own_id: str
    names: tuple[str, ...]


def follow_people(
    known: Mapping[str, Trace],
    people: Iterable[PersonState],
    notes: Mapping[NotePath, Note],
    with_events: Collection[NotePath],
    as_of: dt.date,
) -> Identities:
    """Who everybody in the vault is, by what was known of them the last time.

    Args:
        known: key to trace, as the last time left it.
        people: everybody.
        notes: at least theirs.
        with_events: the people with events now: only what calendars know by a key has to keep it.
        as_of: the day.
    """
    seen = {state.person.path: _see(state, notes) for state in people}
    matching = _Matching(known, seen)
    matching.match_ids()
    for describe in (_content_and_name, _content):
        matching.match_moved(describe)
    matching.match_names()
    matching.match_rest()
    traces = {key: seen[path].trace for path, key in matching.keys.items() if path in with_events}
    for key, trace in matching.open.items():
        gone = trace.gone or as_of
        if trace.path not in seen and abs((as_of - gone).days) <= MISSED_DAYS:
            traces.setdefault(key, trace._replace(gone=gone))
    return Identities({path: key for path, key in matching.keys.items() if key != path}, traces)


@functools.lru_cache(maxsize=2)
def read_traces(data: bytes | None) -> Mapping[str, Trace]:
    """The traces in a file that `write_traces` made; a line that is none is left out."""
    found: dict[str, Trace] = {}
    for line in (data or b"").splitlines():
        with suppress(ValueError, TypeError, RecursionError):
            key, path, mark, *days = json.loads(line)
            first, gone = (dt.date.fromisoformat(day) if day else None for day in days)
            if key and path and all(isinstance(text, str) for text in (key, path, mark)):
                found.setdefault(key, Trace(NotePath(path), mark, first, gone))
    return found


def write_traces(traces: Mapping[str, Trace]) -> bytes:
    """One line of JSON for each trace, sorted: key, path, mark, first day of contact, day the note was missed."""
    return b"".join(_write_trace(key, trace) for key, trace in sorted(traces.items(), key=itemgetter(0)))


@functools.lru_cache(maxsize=4096)
def _write_trace(key: str, trace: Trace) -> bytes:
    first, gone = (day.isoformat() if day else "" for day in (trace.first, trace.gone))
    return json.dumps([key, trace.path, trace.mark, first, gone]).encode("ascii") + b"\n"


class _Matching:
    """Keys given to people, one after another; each key and each person once."""

    def __init__(self, known: Mapping[str, Trace], seen: Mapping[NotePath, _Seen]) -> None:
        self.keys: dict[NotePath, str] = {}
        self.open = dict(known)
        """Key to trace of those who have not been found yet."""
        self._seen = seen

    def match_ids(self) -> None:
        """Who has an id has it as key, unless known by another; of several with one id, who had it before."""
        holders: defaultdict[str, list[NotePath]] = defaultdict(list)
        for path, person in self._seen.items():
            if person.own_id:
                holders[f"id:{person.own_id}"].append(path)
        known_paths = {trace.path for trace in self.open.values()}
        for key, paths in holders.items():
            before = self.open.get(key)
            if len(paths) == 1 and (before is not None or paths[0] not in known_paths):
                self._give(paths[0], key)
            elif before is not None and before.path in paths:
                self._give(before.path, key)

    def match_moved(self, describe: Callable[[Trace], Hashable]) -> None:
        """Who left their path and is found at another, where nobody else is described alike."""
        lost = {key: trace for key, trace in self.open.items() if not self._is_at(trace)}
        if not lost:
            return
        stayed = {trace.path for key, trace in self.open.items() if key not in lost}
        found = [
            (person.trace.path, describe(person.trace)) for person in self._unknown() if person.trace.path not in stayed
        ]
        pairs = _pair(((key, describe(trace)) for key, trace in lost.items() if trace.mark), found)
        # Whose note is still there has moved only if somebody else moved in: else it was copied, then edited.
        while True:
            entered = {*pairs.values(), *self.keys}
            left = [key for key in pairs if lost[key].path in self._seen and lost[key].path not in entered]
            if not left:
                break
            for key in left:
                del pairs[key]
        for key, path in pairs.items():
            self._give(path, key)

    def match_names(self) -> None:
        """Whose note is gone and who is found at a new path under the same name, alone of all."""
        lost = [
            (key, (trace.first, _stem(trace.path))) for key, trace in self.open.items() if trace.path not in self._seen
        ]
        if not lost:
            return
        known_paths = {trace.path for trace in self.open.values()}
        found = [
            (person.trace.path, (person.trace.first, name))
            for person in self._unknown()
            if person.trace.path not in known_paths
            for name in {*map(fold_name, person.names)} - {""}
        ]
        for key, path in _pair(lost, found).items():
            self._give(path, key)

    def match_rest(self) -> None:
        """Who is where they were keeps the key; everybody else is new, and has their path as key."""
        for key, trace in [*self.open.items()]:
            if trace.path in self._seen and trace.path not in self.keys:
                self._give(trace.path, key)
        used = {*self.keys.values(), *self.open}
        for path in sorted(self._seen.keys() - self.keys.keys()):
            key, count = str(path), 1
            while key in used:
                count += 1
                key = f"{path}#{count}"
            used.add(key)
            self.keys[path] = key

    def _give(self, path: NotePath, key: str) -> None:
        self.keys[path] = key
        self.open.pop(key, None)

    def _is_at(self, trace: Trace) -> bool:
        now = self._seen.get(trace.path)
        return now is not None and now.trace.mark == trace.mark and trace.path not in self.keys

    def _unknown(self) -> Iterator[_Seen]:
        return (person for path, person in self._seen.items() if path not in self.keys)


def _pair(lost: Iterable[tuple[str, Hashable]], found: Iterable[tuple[NotePath, Hashable]]) -> dict[str, NotePath]:
    """Key to path where one of the lost and one of the found, and no other, are described alike."""
    keys: defaultdict[Hashable, set[str]] = defaultdict(set)
    paths: defaultdict[Hashable, set[NotePath]] = defaultdict(set)
    for key, described in lost:
        keys[described].add(key)
    for path, described in found:
        paths[described].add(path)
    pairs = {
        next(iter(some)): next(iter(paths[described]))
        for described, some in keys.items()
        if len(some) == 1 and len(paths[described]) == 1
    }
    once = Counter(pairs.values())
    return {key: path for key, path in pairs.items() if once[path] == 1}


def _content(trace: Trace) -> Hashable:
    return trace.first, trace.mark


def _content_and_name(trace: Trace) -> Hashable:
    return trace.first, trace.mark, _stem(trace.path)


def _stem(path: str) -> str:
    return fold_name(path.rpartition("/")[2].removesuffix(".md"))


def _see(state: PersonState, notes: Mapping[NotePath, Note]) -> _Seen:
    note = notes.get(state.person.path)
    mark, own_id = _read_marks(_ByDigest(note)) if note is not None else ("", "")
    return _Seen(Trace(state.person.path, mark, state.tie.first_contact), own_id, state.person.names)


class _ByDigest:
    """A note that is compared by its digest alone, which says all of its content; once read, it is let go."""

    __slots__ = ("digest", "note")

    def __init__(self, note: Note) -> None:
        self.digest = note.digest
        self.note: Note | None = note

    def __hash__(self) -> int:
        return hash(self.digest)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ByDigest) and self.digest == other.digest


@functools.lru_cache(maxsize=4096)
def _read_marks(held: _ByDigest) -> tuple[str, str]:
    """What a note's content is known by, and the person's own id; empty where there is none."""
    note, held.note = held.note, None
    assert note is not None, "it is read once"
    own = [entry for entry in note.properties if not entry.key.startswith("rel_")]
    texts = [[entry.key, *(leaf.text for leaf in entry.leaves)] for entry in own]
    content = [texts, [line.text for line in note.lines], note.lead.text if note.lead is not None else ""]
    ids = (leaf.text.strip() for entry in own if entry.key.casefold() in _ID_KEYS for leaf in entry.leaves)
    own_id = next((text for text in ids if 0 < len(text) <= _LONGEST_ID), "")
    if not any(content):
        return "", own_id
    return hashlib.sha256(json.dumps(content).encode("ascii")).hexdigest()[:16], own_id
