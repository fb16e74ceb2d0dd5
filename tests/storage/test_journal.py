from __future__ import annotations

import errno
import json
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaultrel.errors import StorageFailedError
from vaultrel.storage.journal import RUNS_KEPT, Journal, UnknownRunError, _edit, _restore
from vaultrel.storage.memory import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Mapping

ANN = b"---\r\ntype: person\r\n---\r\nAnn\r\n"
ANN_61 = ANN.replace(b"person\r\n", b"person\r\nrel_strength: 61\r\n")
ANN_64 = ANN_61.replace(b"61", b"64")
BOB = b"Bob has no frontmatter"
BOB_12 = b"---\nrel_strength: 12\n---\n" + BOB


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "state" / "journal")


@pytest.fixture
def vault() -> MemoryStore:
    return MemoryStore({"People/Ann.md": ANN, "Bob.md": BOB})


def write(journal: Journal, vault: MemoryStore, run_id: str, edits: Mapping[str, bytes]) -> None:
    """One run as the program makes it: written down first, then done."""
    with journal.begin(run_id) as run:
        for path, after in edits.items():
            before = vault.read(path)
            run.record(path, before, after)
            vault.replace(path, before, after)


@pytest.fixture
def written(journal: Journal, vault: MemoryStore) -> MemoryStore:
    write(journal, vault, "20260504T101010Z", {"People/Ann.md": ANN_61, "Bob.md": BOB_12})
    return vault


def test_undo_gives_back_every_byte_and_redo_takes_it_again(journal: Journal, written: MemoryStore) -> None:
    report = journal.undo(None, written)
    assert (report.run_id, report.restored, report.kept) == ("20260504T101010Z", ("Bob.md", "People/Ann.md"), ())
    assert written.files == {"People/Ann.md": ANN, "Bob.md": BOB}
    report = journal.redo(None, written)
    assert (report.restored, report.kept) == (("People/Ann.md", "Bob.md"), ())
    assert written.files == {"People/Ann.md": ANN_61, "Bob.md": BOB_12}


@pytest.fixture
def made(journal: Journal, vault: MemoryStore) -> MemoryStore:
    """A vault in which a run has made a note."""
    with journal.begin("20260504T101010Z") as run:
        run.record("New.md", None, BOB)
        vault.create("New.md", BOB)
    return vault


def test_undo_takes_a_note_away_that_the_run_made_and_redo_makes_it_again(journal: Journal, made: MemoryStore) -> None:
    assert journal.undo(None, made).restored == ("New.md",)
    assert made.files.keys() == {"People/Ann.md", "Bob.md"}
    assert journal.redo(None, made).restored == ("New.md",)
    assert made.files["New.md"] == BOB


def test_a_note_that_a_run_made_and_somebody_wrote_in_stays(journal: Journal, made: MemoryStore) -> None:
    made.save("New.md", BOB + b" and a line")
    assert journal.undo(None, made).kept == ("New.md",)
    assert made.files["New.md"] == BOB + b" and a line"


def test_an_undo_that_was_killed_once_it_had_taken_a_note_away_is_finished_by_the_next(
    journal: Journal, made: MemoryStore
) -> None:
    made.delete("New.md")
    assert journal.undo(None, made).kept == ()
    assert [run.undone for run in journal.runs()] == [True]


def test_an_undo_that_cannot_be_recorded_says_so_and_can_be_repeated(
    journal: Journal, made: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_handle: int, _data: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as full_disk:
        full_disk.setattr("os.write", fail)
        with pytest.raises(StorageFailedError, match="No space left on device"):
            journal.undo(None, made)
    assert "New.md" not in made.files
    assert journal.undo(None, made).kept == ()


def test_undo_keeps_a_note_that_the_run_made_and_somebody_emptied(journal: Journal, made: MemoryStore) -> None:
    made.save("New.md", b"")
    assert journal.undo(None, made).kept == ("New.md",)
    assert made.files["New.md"] == b""


def test_redo_does_not_make_a_note_over_one_that_came_since(journal: Journal, made: MemoryStore) -> None:
    journal.undo(None, made)
    made.save("New.md", b"")
    assert journal.redo(None, made).kept == ("New.md",)
    assert made.files["New.md"] == b""


def test_a_rehearsal_takes_no_note_away(journal: Journal, made: MemoryStore) -> None:
    assert journal.rehearse("undo", None, made).restored == ("New.md",)
    assert made.files["New.md"] == BOB


def test_a_note_that_a_run_made_has_no_copy_from_before(journal: Journal, made: MemoryStore) -> None:
    assert journal.original("New.md") is None
    write(journal, made, "20260504T111111Z", {"New.md": BOB_12})
    assert journal.original("New.md") == BOB


def test_a_note_edited_since_is_kept_and_the_others_are_undone(journal: Journal, written: MemoryStore) -> None:
    written.save("Bob.md", BOB_12 + b" yet")
    report = journal.undo(None, written)
    assert (report.restored, report.kept) == (("People/Ann.md",), ("Bob.md",))
    assert written.files == {"People/Ann.md": ANN, "Bob.md": BOB_12 + b" yet"}


@pytest.mark.parametrize("harm", ["delete", "protect"])
def test_a_note_that_cannot_be_written_is_kept(journal: Journal, written: MemoryStore, harm: str) -> None:
    getattr(written, harm)("Bob.md")
    report = journal.undo(None, written)
    assert (report.restored, report.kept) == (("People/Ann.md",), ("Bob.md",))


def test_a_run_of_which_nothing_could_be_undone_still_can_be(journal: Journal, written: MemoryStore) -> None:
    for path in written.files:
        written.save(path, b"edited")
    assert journal.undo(None, written).restored == ()
    written.save("Bob.md", BOB_12)
    assert journal.undo(None, written).restored == ("Bob.md",)


def test_undo_steps_back_run_by_run_and_redo_forward(journal: Journal, written: MemoryStore) -> None:
    write(journal, written, "20260505T101010Z", {"People/Ann.md": ANN_64})
    assert journal.undo(None, written).run_id == "20260505T101010Z"
    assert written.read("People/Ann.md") == ANN_61
    assert journal.undo(None, written).run_id == "20260504T101010Z"
    assert written.read("People/Ann.md") == ANN
    with pytest.raises(UnknownRunError):
        journal.undo(None, written)
    assert journal.redo(None, written).run_id == "20260504T101010Z"
    assert journal.redo(None, written).run_id == "20260505T101010Z"
    assert written.files == {"People/Ann.md": ANN_64, "Bob.md": BOB_12}
    with pytest.raises(UnknownRunError):
        journal.redo(None, written)


def test_what_was_written_after_an_undo_ends_the_redo(journal: Journal, written: MemoryStore) -> None:
    journal.undo(None, written)
    write(journal, written, "20260505T101010Z", {"Bob.md": BOB_12})
    with pytest.raises(UnknownRunError):
        journal.redo(None, written)
    assert journal.undo(None, written).run_id == "20260505T101010Z"
    assert journal.redo(None, written).run_id == "20260505T101010Z"
    assert written.files == {"People/Ann.md": ANN, "Bob.md": BOB_12}


@pytest.mark.parametrize("edited", [(), ("Bob.md",)])
def test_a_rehearsal_says_what_would_be_done_and_does_nothing(
    journal: Journal, written: MemoryStore, edited: tuple[str, ...]
) -> None:
    for path in edited:
        written.save(path, b"edited")
    before = written.files
    planned = journal.rehearse("undo", None, written)
    assert written.files == before
    assert journal.rehearse("undo", None, written) == planned == journal.undo(None, written)
    assert journal.rehearse("redo", None, written) == journal.redo(None, written)


def test_no_undo_or_redo_changes_the_copy_from_before_the_first_edit(journal: Journal, written: MemoryStore) -> None:
    write(journal, written, "20260505T101010Z", {"People/Ann.md": ANN_64})
    for _ in range(2):
        journal.undo(None, written)
    for _ in range(2):
        journal.redo(None, written)
    assert (journal.original("People/Ann.md"), journal.original("Bob.md")) == (ANN, BOB)
    assert journal.original_file("Bob.md").read_bytes() == BOB


def test_an_older_run_can_be_named_and_touches_only_what_no_later_run_wrote(
    journal: Journal, written: MemoryStore
) -> None:
    write(journal, written, "20260505T101010Z", {"People/Ann.md": ANN_64})
    report = journal.undo("20260504T101010Z", written)
    assert (report.restored, report.kept) == (("Bob.md",), ("People/Ann.md",))


def test_a_run_that_is_not_known_is_an_error_with_a_next_step(journal: Journal, written: MemoryStore) -> None:
    with pytest.raises(UnknownRunError, match="20200101T000000Z") as unknown:
        journal.undo("20200101T000000Z", written)
    assert str(RUNS_KEPT) in unknown.value.next_step
    assert unknown.value.exit_code == 2


def test_a_run_without_edits_leaves_no_trace(journal: Journal, tmp_path: Path) -> None:
    with journal.begin("20260504T101010Z"):
        pass
    assert journal.runs() == ()
    assert list(tmp_path.iterdir()) == []


def test_the_edit_is_on_the_disk_before_record_returns(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[str] = []
    real_fsync = os.fsync

    def fsync(handle: int) -> None:
        synced.append(Path(f"/proc/self/fd/{handle}").readlink().name)
        real_fsync(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    run = journal.begin("20260504T101010Z")
    run.record("Bob.md", BOB, BOB_12)
    assert synced[-2:] == ["000001-20260504T101010Z.jsonl", "runs"]
    run.record("Bob.md", BOB_12, BOB)
    assert synced[-2:] == ["runs", "000001-20260504T101010Z.jsonl"]
    assert [summary.paths for summary in journal.runs()] == [("Bob.md",)]
    run.finish()


def test_a_page_whose_name_could_not_be_synchronised_is_synchronised_before_the_next_edit(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []

    def fail_for_folders(handle: int) -> None:
        synced.append(name := Path(f"/proc/self/fd/{handle}").readlink().name)
        if name == "runs":
            raise OSError(errno.EIO, "failing")

    with journal.begin("20260504T101010Z") as run:
        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", fail_for_folders)
            for _ in range(2):
                with pytest.raises(StorageFailedError):
                    run.record("Bob.md", BOB, BOB_12)
        assert synced.count("runs") >= 2
        assert journal.runs() == ()
        run.record("Bob.md", BOB, BOB_12)
    assert [summary.paths for summary in journal.runs()] == [("Bob.md",)]


def test_a_killed_run_is_told_as_unfinished_and_can_be_undone(journal: Journal, vault: MemoryStore) -> None:
    run = journal.begin("20260504T101010Z")
    run.record("Bob.md", BOB, BOB_12)
    vault.replace("Bob.md", BOB, BOB_12)
    run.record("People/Ann.md", ANN, ANN_61)  # killed before it was written
    run._open.close()
    (summary,) = journal.runs()
    assert (summary.finished, summary.undone) == (False, False)
    report = journal.undo(None, vault)
    assert (report.restored, report.kept) == (("Bob.md",), ())
    assert vault.files == {"People/Ann.md": ANN, "Bob.md": BOB}
    assert journal.runs()[0].undone


def test_a_line_torn_by_a_power_cut_hides_no_other(journal: Journal, written: MemoryStore, tmp_path: Path) -> None:
    (page,) = (tmp_path / "state" / "journal" / "runs").iterdir()
    page.write_bytes(page.read_bytes() + b'\n{"line":"edit","path":"Half')
    journal.undo(None, written)
    assert written.files == {"People/Ann.md": ANN, "Bob.md": BOB}
    assert [(run.paths, run.undone) for run in journal.runs()] == [(("People/Ann.md", "Bob.md"), True)]


def test_a_page_that_was_tampered_with_never_harms_a_note(
    journal: Journal, written: MemoryStore, tmp_path: Path
) -> None:
    (page,) = (tmp_path / "state" / "journal" / "runs").iterdir()
    lines = [json.loads(line) for line in page.read_text().splitlines() if line]
    for line in lines:
        if "start" in line:
            line["start"] += 1
    page.write_text("\n".join(map(json.dumps, lines)))
    report = journal.undo(None, written)
    assert (report.restored, set(report.kept)) == ((), {"People/Ann.md", "Bob.md"})
    assert written.files == {"People/Ann.md": ANN_61, "Bob.md": BOB_12}


def test_only_the_last_runs_are_kept_but_the_copy_from_before_the_first_edit_for_good(
    journal: Journal, vault: MemoryStore
) -> None:
    held = ANN
    for number in range(RUNS_KEPT + 5):
        after = ANN_61.replace(b"61", b"%d" % number)
        write(journal, vault, f"run-{number}", {"People/Ann.md": after})
        held = after
    assert [run.run_id for run in journal.runs()] == [f"run-{number}" for number in range(5, RUNS_KEPT + 5)]
    assert journal.original("People/Ann.md") == ANN
    assert journal.original("Bob.md") is None
    assert vault.read("People/Ann.md") == held


def test_two_notes_of_one_name_keep_a_copy_each(journal: Journal, vault: MemoryStore) -> None:
    vault.save("Old/Ann.md", b"another Ann")
    write(journal, vault, "1", {"People/Ann.md": ANN_61, "Old/Ann.md": b"changed"})
    assert journal.original("People/Ann.md") == ANN
    assert journal.original("Old/Ann.md") == b"another Ann"


def test_runs_stay_in_order_when_the_clock_steps_back(journal: Journal, vault: MemoryStore) -> None:
    for run_id, after in (("20270101T000000Z", ANN_61), ("20260101T000000Z", ANN_64), ("20260101T000000Z", ANN)):
        write(journal, vault, run_id, {"People/Ann.md": after})
    assert [run.run_id for run in journal.runs()] == ["20270101T000000Z", "20260101T000000Z", "20260101T000000Z"]
    journal.undo(None, vault)
    assert vault.read("People/Ann.md") == ANN_64


def test_the_journal_is_for_its_owner_alone(journal: Journal, written: MemoryStore, tmp_path: Path) -> None:
    folder = tmp_path / "state" / "journal"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for file in folder.rglob("*"):
        if file.is_file():
            assert stat.S_IMODE(file.stat().st_mode) == 0o600, file


@pytest.mark.parametrize("run_id", ["", "../x", "a/b", "a b", "é"])
def test_a_run_cannot_be_named_so_that_its_page_lands_elsewhere(journal: Journal, run_id: str) -> None:
    with pytest.raises(ValueError, match="cannot be called"):
        journal.begin(run_id)


@pytest.mark.parametrize("call", ["write", "fsync", "open", "mkdir"])
def test_what_cannot_be_written_down_is_an_error_before_the_note_is_touched(
    journal: Journal, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    def full(*_args: object, **_more: object) -> None:
        raise OSError(errno.ENOSPC, "no space")

    monkeypatch.setattr(os, call, full)
    with journal.begin("20260504T101010Z") as run, pytest.raises(StorageFailedError):
        run.record("Bob.md", BOB, BOB_12)
    monkeypatch.undo()
    assert journal.runs() == ()
    with pytest.raises(UnknownRunError):
        journal.undo(None, MemoryStore())


@given(before=st.binary(max_size=40), after=st.binary(max_size=40))
def test_an_edit_leads_from_any_bytes_to_any_other(before: bytes, after: bytes) -> None:
    vault = MemoryStore({"a.md": before})
    report = _restore(vault, "run", [_edit("a.md", before, after)])
    assert vault.read("a.md") == after
    assert report.kept == ()


def test_an_edit_keeps_only_what_differs() -> None:
    edit = _edit("Ann.md", ANN, ANN_61)
    assert (edit.old, edit.new) == (b"", b"rel_strength: 61\r\n")
