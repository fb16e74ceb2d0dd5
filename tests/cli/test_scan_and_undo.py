from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from vaultrel.errors import StorageFailedError
from vaultrel.storage.filesystem import FileSystemStore

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import MakeVault, ReadNotes, Run

ADA = "People/Ada Moreau.md"


def test_a_scan_says_what_it_read_changed_left_alone_and_how_to_go_back(on_vault: Run) -> None:
    done = on_vault("scan")
    assert done.code == 0
    assert done.out.startswith(
        "Read 9 notes (9 new or changed). 5 people, 4 interactions, 2 names I could not place.\n"
    )
    assert "✓ Changed 2 person notes and wrote vaultrel/followups.ics, vaultrel/Relationships.md, " in done.out
    assert "vaultrel/People.base and vaultrel/Names.md:" in done.out
    assert ADA in done.out
    assert "\n+ rel_strength: " in done.out
    assert "People/Broken.md:" in done.out
    assert "1 relationship out of 5 contacts" in done.out
    assert "Undo: vaultrel undo" in done.out


def test_a_second_scan_changes_nothing(on_vault: Run, read_notes: ReadNotes) -> None:
    on_vault("scan")
    after = read_notes()
    again = on_vault("scan")
    assert "Nothing to change" in again.out
    assert read_notes() == after


@pytest.mark.parametrize("option", ["--dry-run", "-n", "--check"])
def test_looking_first_writes_nothing(on_vault: Run, vault: Path, option: str) -> None:
    before = {file: file.stat().st_mtime_ns for file in vault.rglob("*")}
    done = on_vault("scan", option)
    files = "vaultrel/followups.ics, vaultrel/Relationships.md, vaultrel/People.base and vaultrel/Names.md"
    assert f"Would change 2 person notes and write {files}:" in done.out
    assert {file: file.stat().st_mtime_ns for file in vault.rglob("*")} == before


def test_check_tells_by_its_exit_code_whether_something_would_change(on_vault: Run) -> None:
    assert on_vault("scan", "--check").code == 1
    on_vault("scan")
    assert on_vault("scan", "--check").code == 0


def test_the_diff_is_one_that_patch_applies(on_vault: Run, vault: Path, read_notes: ReadNotes, tmp_path: Path) -> None:
    if shutil.which("patch") is None:
        pytest.skip("patch is not installed")
    copy = shutil.copytree(vault, tmp_path / "copy")
    difference = on_vault("scan", "--diff").out
    subprocess.run(["patch", "-p1", "--no-backup-if-mismatch"], cwd=copy, input=difference.encode(), check=True)
    assert {file.relative_to(copy).as_posix(): file.read_bytes() for file in copy.rglob("*.md")} == read_notes()


def test_no_notes_publishes_the_feed_and_leaves_notes_alone(on_vault: Run, vault: Path, read_notes: ReadNotes) -> None:
    before = read_notes()
    on_vault("scan", "--no-notes")
    assert read_notes() == before
    assert (vault / "vaultrel/followups.ics").read_bytes().startswith(b"BEGIN:VCALENDAR\r\n")


def test_quiet_says_nothing_when_all_is_well(on_vault: Run) -> None:
    done = on_vault("-q", "scan")
    assert (done.code, done.out, done.err) == (0, "", "")


def test_scan_as_json_names_each_field_it_writes(on_vault: Run) -> None:
    answer = on_vault("scan", "--dry-run", "--json").json
    changed = {edit["path"]: edit["fields"] for edit in answer["changed"]}
    assert changed[ADA]["rel_last_contact"] == "2026-05-11"
    assert answer["dry_run"] is True
    assert {problem["path"] for problem in answer["diagnostics"]} >= {"People/Broken.md"}


def test_undo_gives_every_note_its_bytes_back(on_vault: Run, run: Run, vault: Path, read_notes: ReadNotes) -> None:
    before = read_notes()
    on_vault("scan")
    assert read_notes() != before
    done = run("--vault", vault, "undo")
    assert done.code == 0
    assert f"restored  {ADA}" in done.out
    assert read_notes() == before


def test_undo_keeps_a_note_edited_since_and_says_so(on_vault: Run, run: Run, vault: Path) -> None:
    on_vault("scan")
    edited = (vault / ADA).read_bytes() + b"A line of mine.\n"
    (vault / ADA).write_bytes(edited)
    done = run("--vault", vault, "undo")
    assert done.code == 1
    assert f"kept      {ADA}" in done.out
    assert (vault / ADA).read_bytes() == edited


def test_nothing_to_undo_is_said(run: Run, vault: Path) -> None:
    done = run("--vault", vault, "undo")
    assert done.code == 2
    assert "There is nothing to undo." in done.err


def test_a_read_only_note_is_left_and_named(on_vault: Run, vault: Path) -> None:
    (vault / ADA).chmod(0o444)
    before = (vault / ADA).read_bytes()
    done = on_vault("scan")
    assert (vault / ADA).read_bytes() == before
    assert f"! {ADA}" in done.out
    assert "(read-only)" in done.out


def test_notes_gone_all_at_once_stop_the_scan_until_confirmed(on_vault: Run, vault: Path) -> None:
    for day in range(10, 20):
        (vault / f"Daily/2026-06-{day}.md").write_text("Rain.\n")
    on_vault("scan")
    feed = (vault / "vaultrel/followups.ics").read_bytes()
    shutil.rmtree(vault / "People")
    shutil.rmtree(vault / "Meetings")
    done = on_vault("scan")
    assert done.code == 4
    assert "are gone at once" in done.err
    assert (vault / "vaultrel/followups.ics").read_bytes() == feed
    assert on_vault("scan", "--accept-missing").code == 0


def test_a_feed_that_cannot_be_written_needs_you_and_stops_nothing_else(
    on_vault: Run, vault: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_store: FileSystemStore, path: str, _data: bytes) -> bool:
        raise StorageFailedError(path, "write", "No space left on device")

    monkeypatch.setattr(FileSystemStore, "write_generated", fail)
    done = on_vault("scan")
    assert done.code == 1
    assert "(feed-not-written)" in done.out
    assert b"rel_strength" in (vault / ADA).read_bytes()


def test_where_only_the_folder_may_be_written_notes_are_left_alone(
    on_vault: Run, vault: Path, read_notes: ReadNotes
) -> None:
    (vault / ".vaultrel").mkdir()
    (vault / ".vaultrel/config.toml").write_text('write = "folder"\n')
    before = read_notes()
    done = on_vault("scan")
    assert "Person notes are left alone, as you asked." in done.out
    assert read_notes() == before


def test_a_scan_that_could_write_nothing_does_not_say_all_is_well(run: Run, make_vault: MakeVault) -> None:
    vault = make_vault({"People/Ann Bell.md": "---\ntags: [person]\n---\n- 2026-01-01: coffee\n"})
    (vault / "People/Ann Bell.md").chmod(0o444)
    run("--vault", vault, "scan", "--no-notes")
    done = run("--vault", vault, "scan")
    assert "Nothing to change, but for 1 note that could not be written; see below." in done.out + done.err
    assert "People/Ann Bell.md" in done.out + done.err
    assert "(read-only)" in done.out + done.err
    assert "everything is current" not in done.out + done.err
