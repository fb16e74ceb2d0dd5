"""What a derivation knows of a note comes back as it was."""

from __future__ import annotations

import datetime as dt
import tomllib
from pathlib import Path

import msgspec
import pytest

from vaultrel.core.derive import Derivation
from vaultrel.core.gist import Gist, NoteRecord
from vaultrel.core.network import DatedNote, Preference, Wish
from vaultrel.core.notes import parse_note
from vaultrel.core.settled_names import SettledName
from vaultrel.index.note_records import RecordReader, decode_settled, encode_record, encode_settled
from vaultrel.model import (
    Attendee,
    Diagnostic,
    Evidence,
    Fact,
    Interaction,
    Meeting,
    Mention,
    NoteEvidence,
    NotePath,
    Person,
    Promise,
    ResolvedMention,
    Task,
    TextLine,
)
from vaultrel.settings import DEFAULT_SETTINGS

CASES = Path(__file__).parents[1] / "conventions" / "cases"

ADA, BEN, ROWING = NotePath("People/Ada Lind.md"), NotePath("People/Ben.md"), NotePath("Rowing/1.md")
DAY = dt.date(2026, 5, 4)
PLAIN = Mention("wikilink", "Ada Lind", "[[Ada Lind]]", 3, 5)
SHOWN = Mention("markdown_link", "People/Ben", "[B](People/Ben.md)", 4, 1, embed=True)
EVIDENCE = NoteEvidence(
    path=ROWING,
    mentions=(
        ResolvedMention(ROWING, PLAIN, "resolved", ADA, contact=True, day=DAY),
        ResolvedMention(ROWING, SHOWN, "ambiguous", candidates=(ADA, BEN)),
    ),
    interactions=(Interaction(ADA, ROWING, 3, DAY, "meeting", "mutual", 2, "Out on the lake"),),
    promises=(Promise(ADA, ROWING, 5, "bring oars", DAY, None, "them"),),
    facts=(Fact(ADA, ROWING, 6, "exam", "Exam on Friday", DAY, DAY),),
    meeting=Meeting(ROWING, DAY, dt.time(9, 30), (Attendee("Ada", ADA, 3, 5), Attendee("Cy", None, 4, 1)), held=False),
    keys=frozenset({"ada lind", "ben"}),
    diagnostics=(Diagnostic(ROWING, "ambiguous-name", "Who?", 4, 1),),
)
FULL = NoteRecord(
    Gist(
        path=ROWING,
        digest="0123456789abcdef" * 4,
        person=Person(
            ADA, "Ada Lind", ("Ada Lind", "Ada"), birthday=dt.date(1604, 2, 29), met=Evidence(ADA, 2, "at sea")
        ),
        dated=DatedNote(DAY, {"rowing": 1, "slow cooling": 4}),
        wish=Wish(Evidence(ADA, 3, "Harbour map"), Preference("call", Evidence(ADA, 4, "phone"))),
        about_promises=(TextLine(7, "sent it (promised in [[x]])", task=Task("x", done=DAY), mentions=(PLAIN,)),),
        daily=DAY,
        diagnostics=(Diagnostic(ROWING, "bad-date", "what?", 2, 1, "error"),),
    ),
    EVIDENCE,
    NoteEvidence(ROWING, keys=frozenset({"ada"})),
)


def test_all_that_a_record_says_comes_back() -> None:
    for fields in (FULL.gist.__struct_fields__, EVIDENCE.__struct_fields__):
        held = FULL.gist if fields == FULL.gist.__struct_fields__ else EVIDENCE
        assert all(getattr(held, name) for name in fields), "a case without a field says nothing about it"
    assert RecordReader().decode(ROWING, encode_record(FULL)) == FULL


@pytest.mark.parametrize("file", sorted(CASES.glob("*.toml")), ids=lambda file: file.stem)
def test_a_derivation_goes_on_from_the_records_of_another_in_every_convention(file: Path) -> None:
    for case in tomllib.loads(file.read_text(encoding="utf-8"))["case"]:
        files = {**{f"People/{name}.md": "" for name in case.get("knows", [])}, **case["vault"]}
        notes = [parse_note(NotePath(path), text.encode()) for path, text in files.items()]
        derivation = Derivation(DEFAULT_SETTINGS)
        derivation.update({note.path: note for note in notes})
        records, reader = list(derivation.records()), RecordReader()
        kept = [reader.decode(record.gist.path, encode_record(record)) for record in records]
        assert kept == records
        restored = Derivation(DEFAULT_SETTINGS)
        restored.restore(kept, ())
        assert restored.snapshot(DAY) == derivation.snapshot(DAY)
        assert restored.made_of == derivation.made_of


def test_what_records_say_in_the_same_words_is_one_object() -> None:
    known = NotePath("".join(ADA))
    reader = RecordReader([known, FULL.gist.digest])
    read = [reader.decode(ROWING, encode_record(FULL)) for _ in range(2)]
    assert all(record.evidence.interactions[0].person is known for record in read)
    assert all(record.gist.digest is FULL.gist.digest for record in read)
    assert read[0].evidence.mentions[0].mention.surface is read[1].evidence.mentions[0].mention.surface
    assert read[0].evidence.interactions[0].quote is read[1].evidence.interactions[0].quote


def test_a_lone_surrogate_cannot_be_kept() -> None:
    odd = NoteEvidence(ROWING, diagnostics=(Diagnostic(ROWING, "odd", "\ud800"),))
    with pytest.raises(UnicodeEncodeError):
        encode_record(NoteRecord(FULL.gist, odd))


@pytest.mark.parametrize("blob", [b"", b"\xc1", b"\x90", encode_record(FULL)[:-1]])
def test_what_is_no_record_is_refused(blob: bytes) -> None:
    with pytest.raises(msgspec.MsgspecError):
        RecordReader().decode(ROWING, blob)


def test_answers_come_back() -> None:
    answers = (SettledName("Ada", ADA, ROWING, 3), SettledName("Nobody", None))
    assert decode_settled(encode_settled(answers)) == answers
    with pytest.raises(msgspec.MsgspecError, match="malformed"):
        decode_settled(b"\xc1")
