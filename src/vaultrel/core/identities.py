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
    from collections.abc import Callable, Collection, Hashable, Iterable, Mapping

    from vaultrel.model import Note, PersonState

MISSED_DAYS: Final = 30
"""How long somebody whose note is gone is looked for at other paths: a sync program may bring it days later."""

_ID_KEYS: Final = frozenset({"id", "uid", "uuid"})
_LONGEST_ID: Final = 200
_CACHED_LINES: Final = 1 << 14
_ID: Final = "id:"
"""What the key of a person with an id begins with."""


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
    names: frozenset[str]


class Everybody:
    """Everybody as the vault has them now, to be found by what they may be known again by.

    It is a function of the people and notes it was given last, not of the order or number of updates.
    """

    def __init__(self) -> None:
        self._seen: dict[NotePath, _Seen] = {}
        self._by_id: dict[str, tuple[NotePath, ...]] = {}
        self._by_mark: dict[str, tuple[NotePath, ...]] = {}
        self._by_name: dict[str, tuple[NotePath, ...]] = {}
        self._sole_ids: dict[NotePath, str] = {}
        """Path to key of everybody with an id that nobody else has."""

    def __contains__(self, path: object) -> bool:
        return path in self._seen

    def update(self, gone: Iterable[PersonState], come: Iterable[PersonState], notes: Mapping[NotePath, Note]) -> None:
        """Know some people no more, and others as they are now; `notes` are at least theirs."""
        for state in (*gone, *come):
            if (before := self._seen.pop(state.person.path, None)) is not None:
                self._file(before, _without)
        for state in come:
            now = self._seen[state.person.path] = _see(state, notes)
            self._file(now, _with)

    def _file(self, person: _Seen, change: Callable[[tuple[NotePath, ...], NotePath], tuple[NotePath, ...]]) -> None:
        path, mark = person.trace.path, person.trace.mark
        for index, keys in ((self._by_id, {person.own_id}), (self._by_mark, {mark}), (self._by_name, person.names)):
            for key in keys - {""}:
                index[key] = change(index.get(key, ()), path)
                if not index[key]:
                    del index[key]
        if person.own_id:
            holders = self._by_id.get(person.own_id, ())
            for holder in (path, *holders):
                self._sole_ids.pop(holder, None)
            if len(holders) == 1:
                self._sole_ids[holders[0]] = f"{_ID}{person.own_id}"

    def trace(self, path: NotePath) -> Trace:
        """What the person at a path is known by from now on."""
        return self._seen[path].trace

    @property
    def sole_ids(self) -> Mapping[NotePath, str]:
        """Path to key of everybody with an id that nobody else has."""
        return self._sole_ids

    def with_id(self, key: str) -> tuple[NotePath, ...]:
        """Everybody with the id that is a key."""
        return self._by_id.get(key.removeprefix(_ID), ()) if key.startswith(_ID) else ()

    def with_mark(self, mark: str) -> tuple[NotePath, ...]:
        """Everybody whose note has that content."""
        return self._by_mark.get(mark, ())

    def with_name(self, name: str) -> tuple[NotePath, ...]:
        """Everybody with that name, as names are compared."""
        return self._by_name.get(name, ())

    def at(self, paths: Collection[str]) -> set[NotePath]:
        """The people at some paths, where there are any."""
        return self._seen.keys() & paths


def _with(paths: tuple[NotePath, ...], path: NotePath) -> tuple[NotePath, ...]:
    return (*paths, path)


def _without(paths: tuple[NotePath, ...], path: NotePath) -> tuple[NotePath, ...]:
    return tuple(other for other in paths if other != path)


def follow_people(
    known: Mapping[str, Trace], everybody: Everybody, with_events: Collection[NotePath], as_of: dt.date
) -> Identities:
    """Who everybody in the vault is, by what was known of them the last time.

    Args:
        known: key to trace, as the last time left it.
        everybody: as they are now.
        with_events: the people with events now: only what calendars know by a key has to keep it.
        as_of: the day.
    """
    matching = _Matching(known, everybody)
    matching.match_ids()
    for describe in (_content_and_name, _content):
        matching.match_moved(describe)
    matching.match_names()
    matching.match_rest()
    traces = {matching.keys.get(path, path): everybody.trace(path) for path in everybody.at(with_events)}
    for key, trace in matching.open.items():
        gone = trace.gone or as_of
        if trace.path not in everybody and abs((as_of - gone).days) <= MISSED_DAYS:
            traces.setdefault(key, trace._replace(gone=gone))
    return Identities({path: key for path, key in matching.keys.items() if key != path}, traces)


def read_traces(data: bytes | None) -> Mapping[str, Trace]:
    """The traces in a file that `write_traces` made; a line that is none is left out."""
    found: dict[str, Trace] = {}
    for line in (data or b"").splitlines():
        if (read := _read_trace(line)) is not None:
            found.setdefault(*read)
    return found


@functools.lru_cache(maxsize=_CACHED_LINES)
def _read_trace(line: bytes) -> tuple[str, Trace] | None:
    with suppress(ValueError, TypeError, RecursionError):
        key, path, mark, *days = json.loads(line)
        first, gone = (dt.date.fromisoformat(day) if day else None for day in days)
        if key and path and all(isinstance(text, str) for text in (key, path, mark)):
            return key, Trace(NotePath(path), mark, first, gone)
    return None


def write_traces(traces: Mapping[str, Trace]) -> bytes:
    """One line of JSON for each trace, sorted: key, path, mark, first day of contact, day the note was missed."""
    return b"".join(_write_trace(key, trace) for key, trace in sorted(traces.items(), key=itemgetter(0)))


@functools.lru_cache(maxsize=_CACHED_LINES)
def _write_trace(key: str, trace: Trace) -> bytes:
    first, gone = (day.isoformat() if day else "" for day in (trace.first, trace.gone))
    return json.dumps([key, trace.path, trace.mark, first, gone]).encode("ascii") + b"\n"


class _Matching:
    """Keys given to people, one after another; each key and each person once.

    It takes time for what was known and for who can be meant by it, however many people there are.
    """

    def __init__(self, known: Mapping[str, Trace], everybody: Everybody) -> None:
        self.keys: dict[NotePath, str] = {}
        """Path to key; who has none in the end is known by the path."""
        self.open = dict(known)
        """Key to trace of those who have not been found yet."""
        self._everybody = everybody

    def match_ids(self) -> None:
        """Who has an id has it as key, unless known by another; of several with one id, who had it before."""
        self.keys.update(self._everybody.sole_ids)
        for path in {trace.path for trace in self.open.values()} & self.keys.keys():
            if self.keys[path] not in self.open:
                del self.keys[path]
        for key, before in [*self.open.items()]:
            holders = self._everybody.with_id(key)
            if len(holders) == 1:
                self._give(holders[0], key)
            elif before.path in holders:
                self._give(before.path, key)

    def match_moved(self, describe: Callable[[Trace], Hashable]) -> None:
        """Who left their path and is found at another, where nobody else is described alike."""
        lost = {key: trace for key, trace in self.open.items() if not self._is_at(trace)}
        stayed = {trace.path for key, trace in self.open.items() if key not in lost}
        found = [
            (path, describe(self._everybody.trace(path)))
            for mark in {trace.mark for trace in lost.values()}
            for path in self._everybody.with_mark(mark)
            if path not in self.keys and path not in stayed
        ]
        pairs = _pair(((key, describe(trace)) for key, trace in lost.items() if trace.mark), found)
        # Whose note is still there has moved only if somebody else moved in: else it was copied, then edited.
        while True:
            entered = set(pairs.values())
            left = [
                key
                for key in pairs
                if (path := lost[key].path) in self._everybody and path not in entered and path not in self.keys
            ]
            if not left:
                break
            for key in left:
                del pairs[key]
        for key, path in pairs.items():
            self._give(path, key)

    def match_names(self) -> None:
        """Whose note is gone and who is found at a new path under the same name, alone of all."""
        lost = [
            (key, (trace.first, _stem(trace.path)))
            for key, trace in self.open.items()
            if trace.path not in self._everybody
        ]
        taken = {trace.path for trace in self.open.values()}
        found = [
            (path, (self._everybody.trace(path).first, name))
            for name in {name for _, (_, name) in lost}
            for path in self._everybody.with_name(name)
            if path not in self.keys and path not in taken
        ]
        for key, path in _pair(lost, found).items():
            self._give(path, key)

    def match_rest(self) -> None:
        """Who is where they were keeps the key; who is new at a path that is somebody's key gets one like it."""
        for key, trace in [*self.open.items()]:
            if trace.path in self._everybody and trace.path not in self.keys:
                self._give(trace.path, key)
        used = {*self.keys.values(), *self.open}
        for path in sorted(self._everybody.at(used) - self.keys.keys()):
            count = 2
            while f"{path}#{count}" in used:
                count += 1
            self._give(path, f"{path}#{count}")

    def _give(self, path: NotePath, key: str) -> None:
        self.keys[path] = key
        self.open.pop(key, None)

    def _is_at(self, trace: Trace) -> bool:
        path = trace.path
        is_there = path in self._everybody and path not in self.keys
        return is_there and self._everybody.trace(path).mark == trace.mark


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
    mark, own_id = _read_marks(note) if note is not None else ("", "")
    names = frozenset(map(fold_name, state.person.names))
    return _Seen(Trace(state.person.path, mark, state.tie.first_contact), own_id, names)


def _read_marks(note: Note) -> tuple[str, str]:
    """What a note's content is known by, and the person's own id; empty where there is none."""
    own = [entry for entry in note.properties if not entry.key.startswith("rel_")]
    texts = [[entry.key, *(leaf.text for leaf in entry.leaves)] for entry in own]
    content = [texts, [line.text for line in note.lines], note.lead.text if note.lead is not None else ""]
    ids = (leaf.text.strip() for entry in own if entry.key.casefold() in _ID_KEYS for leaf in entry.leaves)
    own_id = next((text for text in ids if 0 < len(text) <= _LONGEST_ID), "")
    if not any(content):
        return "", own_id
    return hashlib.sha256(json.dumps(content).encode("ascii")).hexdigest()[:16], own_id
