from __future__ import annotations

import datetime as dt
import gc
import sqlite3
import stat
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from vaultrel.errors import StorageFailedError
from vaultrel.index import NoteIndex, note_index, paused_collection
from vaultrel.model import (
    Diagnostic,
    Fingerprint,
    InlineField,
    Mention,
    Note,
    NoteDate,
    NotePath,
    Property,
    Refusal,
    ResolvedMention,
    Scalar,
    Snapshot,
    Tag,
    Task,
    TextLine,
)

if TYPE_CHECKING:
    from pathlib import Path

READ_AT = 1_700_000_000 * 10**9
OLD = Fingerprint(READ_AT - 10**12, READ_AT - 10**12, 10, 7)
ANN = NotePath("People/Ann Åström.md")
MENTION = Mention("wikilink", "Bob", "[[Bob|B]]", 3, 5)
FULL = Note(
    path=ANN,
    digest="0" * 64,
    properties=(Property("aliases", 2, "list", (Scalar("Ann", 2, 3, plain=False, mentions=(MENTION,)),)),),
    tags=(Tag("person", 4),),
    lines=(
        TextLine(
            line=9,
            text="met [[Bob|B]] 👋🏽",
            heading="Log",
            is_item=True,
            date=dt.date(2026, 5, 4),
            own_date=True,
            task=Task("x", due=dt.date(1, 1, 1), done=dt.date(9999, 12, 31)),
            fields=(InlineField("met", "[[Bob]]", 6, 13),),
            mentions=(MENTION,),
        ),
    ),
    lead=TextLine(line=5, text="A friend."),
    title="Ann",
    date=NoteDate(dt.date(2026, 5, 4), dt.time(9, 30), "property", 2),
    daily=True,
    template=True,
    refusal=Refusal("bad-yaml", "no", 3),
    diagnostics=(Diagnostic(ANN, "bad-date", "what?", 2, 1, "error"),),
)

SNAPSHOT = Snapshot(
    dt.date(2026, 5, 4),
    1,
    mentions=(ResolvedMention(ANN, MENTION, "resolved", person=ANN, day=dt.date(2026, 5, 4)),),
    diagnostics=FULL.diagnostics,
)


def empty(path: str) -> Note:
    return Note(path=NotePath(path), digest="f" * 64)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "vault" / "index.sqlite"


def open_index(path: Path, version: str = "1") -> NoteIndex:
    return NoteIndex(path, version)


def test_a_note_comes_back_as_it_was(path: Path) -> None:
    with open_index(path) as index:
        index.store({ANN: (OLD, FULL)}, read_at_ns=READ_AT)
        assert (index.known(), index.load()) == ({ANN: (OLD, FULL.digest)}, {ANN: FULL})
    with open_index(path) as index:
        assert index.rebuilt_reason is None
        assert (index.known(), index.load()) == ({ANN: (OLD, FULL.digest)}, {ANN: FULL})


def test_storing_adds_replaces_and_forgets(path: Path) -> None:
    with open_index(path) as index:
        index.store({NotePath(name): (OLD, empty(name)) for name in ("a.md", "b.md", "c.md")}, read_at_ns=READ_AT)
        changed = Note(path=NotePath("b.md"), digest="1" * 64)
        index.store({changed.path: (OLD, changed)}, [NotePath("c.md"), NotePath("never.md")], read_at_ns=READ_AT)
        assert index.load() == {"a.md": empty("a.md"), "b.md": changed}
        assert index.known() == {"a.md": (OLD, "f" * 64), "b.md": (OLD, "1" * 64)}


@pytest.mark.parametrize(
    "fingerprint",
    [
        Fingerprint(2**66, 0, 2**40, 2**64 - 1),
        Fingerprint(-1, -(2**40), 0, 0),
    ],
    ids=["far future and a 64-bit inode", "before 1970"],
)
def test_every_fingerprint_a_file_system_gives_comes_back(path: Path, fingerprint: Fingerprint) -> None:
    with open_index(path) as index:
        index.store({ANN: (fingerprint, FULL)}, read_at_ns=READ_AT)
        assert index.known()[ANN].fingerprint == fingerprint


def test_a_note_read_right_after_it_was_saved_is_found_changed_next_time(path: Path) -> None:
    fresh = Fingerprint(READ_AT, READ_AT, 10, 7)
    with open_index(path) as index:
        index.store({ANN: (fresh, FULL)}, read_at_ns=READ_AT)
        assert index.load() == {ANN: FULL}
        assert index.known()[ANN].fingerprint != fresh


def test_an_index_of_another_version_starts_empty_and_says_why(path: Path) -> None:
    with open_index(path) as index:
        assert index.rebuilt_reason == "there was none yet"
        index.store({ANN: (OLD, FULL)}, read_at_ns=READ_AT)
        index.keep_snapshot("today", SNAPSHOT)
    with open_index(path, "2") as index:
        assert "another version" in (index.rebuilt_reason or "")
        assert (index.known(), index.load()) == ({}, {})
        assert index.load_snapshot("today") is None
    with open_index(path, "2") as index:
        assert index.rebuilt_reason is None


@pytest.mark.parametrize("length", [0, 10, 100, 4096])
def test_a_file_that_is_no_database_is_made_anew(path: Path, length: int) -> None:
    path.parent.mkdir(parents=True)
    path.write_bytes(b"not a database, " * (length // 16 + 1) if length else b"")
    with open_index(path) as index:
        assert index.rebuilt_reason
        assert index.load() == {}
        index.store({ANN: (OLD, FULL)}, read_at_ns=READ_AT)
    with open_index(path) as index:
        assert (index.known(), index.load()) == ({ANN: (OLD, FULL.digest)}, {ANN: FULL})


def many(count: int) -> dict[NotePath, tuple[Fingerprint, Note]]:
    return {NotePath(f"{number}.md"): (OLD, empty(f"{number}.md")) for number in range(count)}


def notes(count: int) -> dict[NotePath, Note]:
    return {path: note for path, (_, note) in many(count).items()}


def test_notes_can_be_asked_for_by_path(path: Path) -> None:
    with open_index(path) as index:
        index.store(many(3), read_at_ns=READ_AT)
        assert index.load([NotePath("1.md"), NotePath("never.md")]) == {"1.md": empty("1.md")}
        assert index.load([]) == {}


def test_a_database_with_damaged_pages_is_made_anew(path: Path) -> None:
    with open_index(path) as index:
        index.store(many(2000), read_at_ns=READ_AT)
    data = bytearray(path.read_bytes())
    for start in range(4096, len(data), 4096):
        data[start : start + 64] = b"\xff" * 64
    path.write_bytes(data)
    with open_index(path) as index:
        assert index.load() == {}
        assert "damaged" in (index.rebuilt_reason or "")
        index.store(many(3), read_at_ns=READ_AT)
        assert index.load() == notes(3)


@pytest.mark.parametrize("blob", [b"", b"\xc1", b"\x80", b"\x81\xa4path\x01"])
def test_a_row_that_is_no_note_makes_it_anew(path: Path, blob: bytes) -> None:
    with open_index(path) as index:
        index.store(many(3), read_at_ns=READ_AT)
    with sqlite3.connect(path) as database:
        database.execute("UPDATE notes SET note = ? WHERE path = '1.md'", (blob,))
    database.close()
    with open_index(path) as index:
        assert index.load() == {}
        assert "damaged" in (index.rebuilt_reason or "")
    with open_index(path) as index:
        assert index.load() == {}


def test_a_failed_store_changes_nothing(path: Path) -> None:
    with open_index(path) as index:
        index.store(many(3), read_at_ns=READ_AT)
        index._database.execute("CREATE TEMP TRIGGER full BEFORE INSERT ON notes BEGIN SELECT RAISE(FAIL, 'full'); END")
        with pytest.raises(StorageFailedError, match="full"):
            index.store({ANN: (OLD, FULL)}, [NotePath("1.md")], read_at_ns=READ_AT)
        assert index.load() == notes(3)
        index._database.execute("DROP TRIGGER full")
        index.store({}, [NotePath("1.md")], read_at_ns=READ_AT)
        assert index.load().keys() == {"0.md", "2.md"}


def test_a_note_that_cannot_be_stored_is_forgotten_and_the_others_are_kept(path: Path) -> None:
    odd = Note(path=ANN, digest="2" * 64, title="\ud800")
    with open_index(path) as index:
        index.store({ANN: (OLD, FULL)}, read_at_ns=READ_AT)
        index.store({ANN: (OLD, odd), **many(2)}, read_at_ns=READ_AT)
        assert index.load() == notes(2)


def test_a_cache_that_cannot_be_written_is_replaced_by_memory(tmp_path: Path) -> None:
    (tmp_path / "cache").write_bytes(b"a file where the folder should be")
    with open_index(tmp_path / "cache" / "index.sqlite") as index:
        assert "cannot be used" in (index.rebuilt_reason or "")
        index.store({ANN: (OLD, FULL)}, read_at_ns=READ_AT)
        index.keep_snapshot("today", SNAPSHOT)
        assert (index.known(), index.load()) == ({ANN: (OLD, FULL.digest)}, {ANN: FULL})
        assert index.load_snapshot("today") == SNAPSHOT


def test_an_index_in_the_place_of_a_folder_is_kept_in_memory(path: Path) -> None:
    path.mkdir(parents=True)
    with open_index(path) as index:
        assert "cannot be used" in (index.rebuilt_reason or "")
        assert index.load() == {}


def test_the_last_snapshot_is_kept_for_exactly_what_it_was_made_of(path: Path) -> None:
    with open_index(path) as index:
        assert not index.keeps_snapshot("today")
        index.keep_snapshot("yesterday", Snapshot(dt.date(2026, 5, 3), 0))
        index.keep_snapshot("today", SNAPSHOT)
    with open_index(path) as index:
        assert index.rebuilt_reason is None
        assert index.keeps_snapshot("today")
        assert index.load_snapshot("today") == SNAPSHOT
        assert index.load_snapshot("yesterday") is None


def test_only_where_much_was_made_it_is_not_looked_through_for_cycles_again() -> None:
    before = gc.get_freeze_count()
    with paused_collection():
        few: list[list[int]] = [[] for _ in range(1000)]
    assert gc.get_freeze_count() == before
    with paused_collection():
        many: list[list[int]] = [[] for _ in range(150_000)]
    try:
        assert gc.get_freeze_count() >= before + len(few) + len(many)
    finally:
        gc.unfreeze()


def test_a_snapshot_that_is_none_makes_the_index_anew(path: Path) -> None:
    with open_index(path) as index:
        index.keep_snapshot("today", SNAPSHOT)
    with sqlite3.connect(path) as database:
        database.execute("UPDATE snapshot SET part = x'c1'")
    database.close()
    with open_index(path) as index:
        assert index.load_snapshot("today") is None
        assert "damaged" in (index.rebuilt_reason or "")


def test_a_snapshot_of_which_a_part_is_missing_is_none(path: Path) -> None:
    with open_index(path) as index:
        index.keep_snapshot("today", SNAPSHOT)
    with sqlite3.connect(path) as database:
        database.execute("DELETE FROM snapshot WHERE field = 'mentions'")
    database.close()
    with open_index(path) as index:
        assert index.load_snapshot("today") is None


def test_a_snapshot_comes_back_however_many_parts_it_is_in(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(note_index, "_PART", 2)
    found = tuple(Diagnostic(ANN, f"odd-{number}", "what?") for number in range(5))
    snapshot = Snapshot(dt.date(2026, 5, 4), 1, mentions=SNAPSHOT.mentions, diagnostics=found)
    with open_index(path) as index:
        index.keep_snapshot("today", snapshot)
        assert index.load_snapshot("today") == snapshot


def test_a_snapshot_that_cannot_be_stored_leaves_the_last_one(path: Path) -> None:
    with open_index(path) as index:
        index.keep_snapshot("today", SNAPSHOT)
        odd = Diagnostic(ANN, "odd", "\ud800")
        index.keep_snapshot("tomorrow", Snapshot(dt.date(2026, 5, 5), 1, diagnostics=(odd,)))
        assert index.load_snapshot("tomorrow") is None
        assert index.load_snapshot("today") == SNAPSHOT


def test_the_index_holds_text_of_notes_and_is_for_its_owner_alone(path: Path) -> None:
    with open_index(path) as index:
        index.store({ANN: (OLD, FULL)}, read_at_ns=READ_AT)
        files = list(path.parent.iterdir())
        assert len(files) >= 2
        assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


WRITER = """
import sys, pathlib
from vaultrel.index import NoteIndex
from vaultrel.model import Fingerprint, Note, NotePath
mine = sys.argv[2]
with NoteIndex(pathlib.Path(sys.argv[1]), "1") as index:
    for number in range(60):
        path = NotePath(f"{mine}{number}.md")
        index.store({path: (Fingerprint(1, 1, 1, 1), Note(path=path, digest=mine))}, [], read_at_ns=10**18)
        index.load()
"""


def test_two_processes_at_once_both_have_their_notes_remembered(path: Path) -> None:
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, path, name]) for name in "ab"]
    assert [writer.wait() for writer in writers] == [0, 0]
    with open_index(path) as index:
        assert len(index.load()) == 120


def test_an_index_that_another_process_is_opening_is_waited_for(path: Path) -> None:
    open_index(path).close()
    path.unlink()
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    release = threading.Timer(0.3, lambda: other.execute("COMMIT"))
    release.start()
    with open_index(path) as index:
        assert index.rebuilt_reason == "there was none yet"
    release.join()
    other.close()


def test_a_version_change_under_an_open_index_harms_neither(path: Path) -> None:
    with open_index(path, "1") as old:
        old.store(many(3), read_at_ns=READ_AT)
        with open_index(path, "2") as new:
            assert new.load() == {}
            assert old.load() == {}
            new.store(many(2), read_at_ns=READ_AT)
            assert new.load() == notes(2)
