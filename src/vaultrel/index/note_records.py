"""What a derivation knows of one note, as bytes: small, and quick to take up again.

Of what many notes say in the same words, as the names of people, there is one object in memory, however often it was
kept.
"""

from __future__ import annotations

import datetime as dt  # noqa: TC003 - msgspec reads the annotations
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from vaultrel.core.gist import Gist, NoteRecord
from vaultrel.core.network import DatedNote, Wish  # noqa: TC001 - msgspec reads the annotations
from vaultrel.core.settled_names import SettledName
from vaultrel.model import (
    Attendee,
    Diagnostic,
    Direction,
    Fact,
    Interaction,
    Meeting,
    Mention,
    NoteEvidence,
    NotePath,
    Person,
    Promise,
    Resolution,
    ResolvedMention,
    TextLine,
)

if TYPE_CHECKING:
    from collections.abc import Iterable


class _Mention(Struct, frozen=True, gc=False, array_like=True):
    """A `ResolvedMention`; no surface stands for that of a plain wikilink."""

    syntax: str
    target: str
    surface: str | None
    line: int
    column: int
    embed: bool
    resolution: Resolution
    person: NotePath | None
    candidates: tuple[NotePath, ...]
    contact: bool
    day: dt.date | None


class _Interaction(Struct, frozen=True, gc=False, array_like=True):
    person: NotePath
    line: int
    day: dt.date
    kind: str
    direction: Direction
    present: int
    quote: str


class _Meeting(Struct, frozen=True, gc=False, array_like=True):
    day: dt.date
    time: dt.time | None
    attendees: tuple[tuple[str, NotePath | None, int, int], ...]
    held: bool


class _Evidence(Struct, frozen=True, gc=False, array_like=True):
    keys: tuple[str, ...]
    mentions: tuple[_Mention, ...] = ()
    interactions: tuple[_Interaction, ...] = ()
    meeting: _Meeting | None = None
    promises: tuple[Promise, ...] = ()
    facts: tuple[Fact, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()


class _Record(Struct, frozen=True, gc=False, array_like=True):
    digest: bytes
    evidence: _Evidence
    without_context: _Evidence | None = None
    person: Person | None = None
    dated: DatedNote | None = None
    wish: Wish | None = None
    about_promises: tuple[TextLine, ...] = ()
    daily: dt.date | None = None
    diagnostics: tuple[Diagnostic, ...] = ()


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(_Record)


def encode_record(record: NoteRecord) -> bytes:
    """The record without its path.

    Raises:
        UnicodeEncodeError: it holds a lone surrogate, which cannot be kept.
    """
    gist = record.gist
    return _ENCODER.encode(
        _Record(
            bytes.fromhex(gist.digest),
            _pack(record.evidence),
            None if record.without_context is None else _pack(record.without_context),
            gist.person,
            gist.dated,
            gist.wish,
            gist.about_promises,
            gist.daily,
            gist.diagnostics,
        )
    )


def encode_settled(settled: tuple[SettledName, ...]) -> bytes:
    """The user's answers to names."""
    return _ENCODER.encode(settled)


def decode_settled(blob: bytes) -> tuple[SettledName, ...]:
    """The answers that `encode_settled` was given.

    Raises:
        msgspec.MsgspecError: it is none.
    """
    return msgspec.msgpack.decode(blob, type=tuple[SettledName, ...])


def _pack(evidence: NoteEvidence) -> _Evidence:
    meeting = evidence.meeting
    return _Evidence(
        tuple(evidence.keys),
        tuple(map(_pack_mention, evidence.mentions)),
        tuple(
            _Interaction(each.person, each.line, each.day, each.kind, each.direction, each.present, each.quote)
            for each in evidence.interactions
        ),
        None
        if meeting is None
        else _Meeting(
            meeting.day,
            meeting.time,
            tuple((each.name, each.path, each.line, each.column) for each in meeting.attendees),
            meeting.held,
        ),
        evidence.promises,
        evidence.facts,
        evidence.diagnostics,
    )


def _pack_mention(found: ResolvedMention) -> _Mention:
    mention = found.mention
    return _Mention(
        mention.syntax,
        mention.target,
        mention.surface if mention.surface != f"[[{mention.target}]]" else None,
        mention.line,
        mention.column,
        mention.embed,
        found.resolution,
        found.person,
        found.candidates,
        found.contact,
        found.day,
    )


class RecordReader:
    """Decodes records of one vault.

    Args:
        texts: what need not be made a second time where a record says the same.
    """

    def __init__(self, texts: Iterable[str] = ()) -> None:
        known: dict[Any, Any] = {text: text for text in texts}
        self._share = known.setdefault
        """Called with a value twice, gives that of all equal ones which came first."""

    def decode(self, path: NotePath, blob: bytes) -> NoteRecord:
        """The record that `encode_record` was given.

        Raises:
            msgspec.MsgspecError: it is none.
        """
        kept = _DECODER.decode(blob)
        path = self._share(path, path)
        digest = kept.digest.hex()
        gist = Gist(
            path,
            self._share(digest, digest),
            kept.person,
            kept.dated,
            kept.wish,
            kept.about_promises,
            kept.daily,
            kept.diagnostics,
        )
        without = kept.without_context
        return NoteRecord(
            gist, self._unpack(path, kept.evidence), None if without is None else self._unpack(path, without)
        )

    def _unpack(self, path: NotePath, kept: _Evidence) -> NoteEvidence:
        share, held = self._share, kept.meeting
        mentions: tuple[ResolvedMention, ...] = ()
        interactions: tuple[Interaction, ...] = ()
        meeting: Meeting | None = None
        if kept.mentions:
            mentions = tuple([self._unpack_mention(path, each) for each in kept.mentions])
        if kept.interactions:
            interactions = tuple([self._unpack_interaction(path, each) for each in kept.interactions])
        if held is not None:
            attendees = [
                Attendee(share(name, name), share(person, person), line, column)
                for name, person, line, column in held.attendees
            ]
            meeting = Meeting(path, held.day, held.time, tuple(attendees), held.held)
        keys = frozenset(kept.keys)
        return NoteEvidence(
            path, mentions, interactions, kept.promises, kept.facts, meeting, share(keys, keys), kept.diagnostics
        )

    def _unpack_mention(self, path: NotePath, kept: _Mention) -> ResolvedMention:
        share, syntax, target, person = self._share, kept.syntax, kept.target, kept.person
        surface = f"[[{target}]]" if kept.surface is None else kept.surface
        return ResolvedMention(
            path,
            Mention(
                share(syntax, syntax),
                share(target, target),
                share(surface, surface),
                kept.line,
                kept.column,
                kept.embed,
            ),
            kept.resolution,
            share(person, person),
            kept.candidates,
            kept.contact,
            kept.day,
        )

    def _unpack_interaction(self, path: NotePath, kept: _Interaction) -> Interaction:
        share, person, kind, quote = self._share, kept.person, kept.kind, kept.quote
        return Interaction(
            share(person, person),
            path,
            kept.line,
            kept.day,
            share(kind, kind),
            kept.direction,
            kept.present,
            share(quote, quote),
        )
