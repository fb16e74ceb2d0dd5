"""A run goes on from what the run before knew, reads no more than changed, and knows what a first run knows."""

from __future__ import annotations

import datetime as dt
import sqlite3
from typing import TYPE_CHECKING

import pytest

from vaultrel.app import Vault, reading, scanning
from vaultrel.core.interactions import note_evidence
from vaultrel.index import NoteIndex
from vaultrel.index.note_records import RecordReader, encode_record
from vaultrel.locations import Locations
from vaultrel.model import NoteEvidence, NotePath
from vaultrel.settings import DEFAULT_SETTINGS, Settings
from vaultrel.storage.memory import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from vaultrel.core.gist import NoteRecord
    from vaultrel.model import Note, Snapshot

TODAY = dt.date(2026, 6, 1)
PERSON = "---\ntags: [person]\n---\n"
FILES = {
    "People/Ada Lind.md": PERSON,
    "People/Bo Marsh.md": PERSON,
    "Meetings/2026-05-04 Choir.md": "---\ntype: meeting\ndate: 2026-05-04\nattendees: [Ada Lind, Bo Marsh]\n---\n",
    "Daily/2026-05-05.md": "met:: [[Bo Marsh]]\n",
    "Daily/2026-05-06.md": "met:: [[Ada Lind]]\n",
    "Daily/2026-05-07.md": "met:: [[Bo]]\n",
}


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vaultrel.clock.today", lambda: TODAY)


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore(dict(FILES))


@pytest.fixture
def locations(tmp_path: Path) -> Locations:
    return Locations(tmp_path / "state", tmp_path / "cache")


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The notes whose evidence is made, in order."""
    paths: list[str] = []

    def watched(note: Note, *rest: object) -> NoteEvidence:
        paths.append(note.path)
        return note_evidence(note, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr("vaultrel.core.derive.note_evidence", watched)
    return paths


def run(store: MemoryStore, locations: Locations | None, settings: Settings = DEFAULT_SETTINGS) -> Snapshot:
    with Vault(store, settings, locations) as vault:
        return vault.snapshot()


def assert_as_from_nothing(found: Snapshot, store: MemoryStore, settings: Settings = DEFAULT_SETTINGS) -> None:
    assert found == run(store, None, settings)


def change_index(locations: Locations, statement: str, *values: object) -> None:
    with sqlite3.connect(locations.index) as database:
        database.execute(statement, values)
    database.close()


def test_a_run_after_one_change_reads_the_changed_note_alone(
    store: MemoryStore, locations: Locations, read: list[str]
) -> None:
    run(store, locations)
    store.save("Daily/2026-05-08.md", "met:: [[Ada Lind]]\n")
    store.delete("Daily/2026-05-06.md")
    read.clear()
    found = run(store, locations)
    assert read == ["Daily/2026-05-08.md"]
    assert_as_from_nothing(found, store)


def test_a_run_on_another_day_reads_nothing(
    store: MemoryStore, locations: Locations, read: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run(store, locations)
    read.clear()
    monkeypatch.setattr("vaultrel.clock.today", lambda: TODAY + dt.timedelta(90))
    found = run(store, locations)
    assert read == []
    assert_as_from_nothing(found, store)


def test_notes_whose_names_now_mean_somebody_else_are_read_out_of_the_index(
    store: MemoryStore, locations: Locations, read: list[str]
) -> None:
    run(store, locations)
    store.save("People/Bo Marsh.md", "---\ntags: [person]\naliases: [Bo]\n---\n")
    read.clear()
    found = run(store, locations)
    assert set(read) == {"People/Bo Marsh.md", "Daily/2026-05-07.md"}
    assert_as_from_nothing(found, store)


def test_a_note_that_the_index_has_lost_is_read_from_its_file(store: MemoryStore, locations: Locations) -> None:
    with Vault(store, DEFAULT_SETTINGS, locations) as vault:
        vault.snapshot()
        vault.keep_snapshot()
        change_index(locations, "DELETE FROM notes")
        store.save("People/Bo Marsh.md", "---\ntags: [person]\naliases: [Bo]\n---\n")
        assert_as_from_nothing(vault.snapshot(), store)


def test_where_a_note_is_lost_everything_is_read_again(store: MemoryStore, locations: Locations) -> None:
    """Its file has changed since, the index holds the change, and this run has not been told yet."""
    with Vault(store, DEFAULT_SETTINGS, locations) as vault:
        vault.snapshot()
        vault.keep_snapshot()
        store.save("Daily/2026-05-07.md", "called:: [[Bo]]\n")
        run(store, locations)
        store.save("People/Bo Marsh.md", "---\ntags: [person]\naliases: [Bo]\n---\n")
        vault.scan(among=["People/Bo Marsh.md"])
        assert_as_from_nothing(vault.snapshot(), store)


def test_a_scan_lets_go_of_many_notes_but_those_that_the_index_has_not_yet(
    store: MemoryStore, locations: Locations, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Vault(store, DEFAULT_SETTINGS, locations) as vault:
        edits = vault.scan().applied
        assert vault._reader.derivation.held_count > len(edits) > 0
        monkeypatch.setattr(reading, "MOST_HELD", 1)
        vault.scan()
        assert vault._reader.derivation._notes.keys() == {edit.patch.path for edit in edits}
        vault.keep_snapshot()
        assert not vault._reader.derivation.held_count
        assert vault.classification("People/Ada Lind.md")[0].tags


def test_the_index_is_told_of_notes_once_they_are_many(
    store: MemoryStore, locations: Locations, monkeypatch: pytest.MonkeyPatch
) -> None:
    def is_told_of(path: str) -> bool:
        with NoteIndex(locations.index, reading._index_version(DEFAULT_SETTINGS)) as index:
            return NotePath(path) in index.known()

    monkeypatch.setattr(scanning, "MOST_UNKEPT", 3)
    with Vault(store, DEFAULT_SETTINGS, locations) as vault:
        vault.scan()
        vault.keep_snapshot()
        store.save("Daily/2026-06-01.md", "Words.\n")
        vault.scan(among=["Daily/2026-06-01.md"])
        assert not is_told_of("Daily/2026-06-01.md")
        store.save("Daily/2026-06-02.md", "Words.\n")
        store.delete("Daily/2026-05-06.md")
        vault.scan(among=["Daily/2026-06-02.md", "Daily/2026-05-06.md"])
        assert is_told_of("Daily/2026-06-01.md")
        assert not is_told_of("Daily/2026-05-06.md")


def test_notes_that_are_kept_nowhere_are_held(store: MemoryStore, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("no folder")
    for locations in (None, Locations(tmp_path / "state", tmp_path / "cache")):
        with Vault(store, DEFAULT_SETTINGS, locations) as vault:
            vault.scan()
            assert vault._reader.derivation.held_count


def test_other_settings_begin_from_the_notes(store: MemoryStore, locations: Locations, read: list[str]) -> None:
    run(store, locations)
    read.clear()
    settings = Settings(phrases={"do-coffee": "Tea?"})
    assert_as_from_nothing(run(store, locations, settings), store, settings)
    assert len(read) == 2 * len(FILES)


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE records SET record = x'c1' WHERE path LIKE 'Daily/%5.md'",
        "UPDATE records SET record = substr(record, 1, 40)",
        "DELETE FROM records WHERE path LIKE 'People/Bo%'",
        "UPDATE records SET path = 'Other.md' WHERE path LIKE 'People/Bo%'",
        "UPDATE records SET record = 7",
        "UPDATE records_of SET settled = x'c1'",
        "UPDATE records_of SET settled = 'text'",
        "UPDATE records_of SET made_of = 'elsewhere'",
        "DELETE FROM records_of",
        "DROP TABLE records",
        "DROP TABLE records_of",
    ],
)
def test_records_that_are_not_whole_are_not_used(store: MemoryStore, locations: Locations, damage: str) -> None:
    run(store, locations)
    change_index(locations, damage)
    for day in ("08", "09"):
        store.save(f"Daily/2026-05-{day}.md", "met:: [[Ada Lind]]\n")
        assert_as_from_nothing(run(store, locations), store)


def test_damage_is_mended_by_the_next_run_that_reads_something(
    store: MemoryStore, locations: Locations, read: list[str]
) -> None:
    run(store, locations)
    change_index(locations, "DELETE FROM records WHERE path LIKE 'People/Bo%'")
    for day in ("08", "09"):
        store.save(f"Daily/2026-05-{day}.md", "met:: [[Ada Lind]]\n")
        read.clear()
        run(store, locations)
    assert read == ["Daily/2026-05-09.md"]


def rewrite_record(locations: Locations, path: str, change: Callable[[NoteRecord], NoteRecord]) -> None:
    with sqlite3.connect(locations.index) as database:
        ((blob,),) = database.execute("SELECT record FROM records WHERE path = ?", (path,))
    record = change(RecordReader().decode(NotePath(path), blob))
    change_index(locations, "UPDATE records SET record = ? WHERE path = ?", encode_record(record), path)


def test_a_full_scan_trusts_no_record(store: MemoryStore, locations: Locations) -> None:
    """It mends even what no check can find: a record that is whole, and wrong."""
    run(store, locations)
    path = "Daily/2026-05-06.md"
    rewrite_record(locations, path, lambda record: type(record)(record.gist, NoteEvidence(NotePath(path))))
    with Vault(store, DEFAULT_SETTINGS, locations) as vault:
        vault.refresh(full=True)
        assert_as_from_nothing(vault.snapshot(), store)
    store.save("Daily/2026-05-09.md", "met:: [[Ada Lind]]\n")
    assert_as_from_nothing(run(store, locations), store)


def test_of_two_runs_that_keep_at_once_the_next_mixes_nothing(store: MemoryStore, locations: Locations) -> None:
    run(store, locations)
    one, other = (Vault(store, DEFAULT_SETTINGS, locations) for _ in range(2))
    store.save("People/Bo Marsh.md", "---\ntags: [person]\naliases: [Bo]\n---\n")
    one.snapshot()
    store.save("People/Bo Marsh.md", PERSON)
    store.save("People/Ada Lind.md", "---\ntags: [person]\naliases: [Bo]\n---\n")
    other.snapshot()
    one.close()
    other.close()
    store.save("Daily/2026-05-09.md", "met:: [[Bo]]\n")
    assert_as_from_nothing(run(store, locations), store)


def test_a_vault_with_a_lone_surrogate_is_derived_again_each_time(
    store: MemoryStore, locations: Locations, read: list[str]
) -> None:
    store.save(
        "Daily/2026-05-08.md",
        '---\ntitle: "\\ud800"\n---\nmet:: [[Ada Lind]] \ud800\n'.encode("utf-8", "surrogatepass"),
    )
    for day in ("09", "10"):
        store.save(f"Daily/2026-05-{day}.md", "met:: [[Ada Lind]]\n")
        assert_as_from_nothing(run(store, locations), store)
