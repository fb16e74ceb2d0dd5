"""Taking back, putting back, and taking everything of ours out again."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from vaultrel.storage.filesystem import FileSystemStore
from vaultrel.storage.lock import VaultLock

if TYPE_CHECKING:
    from tests.cli.conftest import Ran, ReadNotes, Run

ADA = "People/Ada Moreau.md"
COMMAND_LINE = [
    sys.executable,
    "-c",
    "import vaultrel.clock as c; c.sleep = lambda _: None; from vaultrel.cli import main; main()",
]
"""The command line in a process of its own; nobody else writes to its vault, so there is no late writer to wait for."""


def test_redo_takes_back_the_undo(on_vault: Run, run: Run, vault: Path, read_notes: ReadNotes) -> None:
    on_vault("scan")
    scanned = read_notes()
    assert "vaultrel redo puts it back" in run("--vault", vault, "undo").err
    done = run("--vault", vault, "redo")
    assert done.code == 0
    assert f"redone    {ADA}" in done.out
    assert read_notes() == scanned
    again = run("--vault", vault, "redo")
    assert (again.code, "There is nothing to redo." in again.err) == (2, True)


def test_redo_keeps_a_note_edited_since_the_undo_and_says_so(on_vault: Run, run: Run, vault: Path) -> None:
    on_vault("scan")
    run("--vault", vault, "undo")
    (vault / ADA).write_bytes(b"Mine.\n")
    done = run("--vault", vault, "redo")
    assert done.code == 1
    assert f"kept      {ADA}" in done.out
    assert (vault / ADA).read_bytes() == b"Mine.\n"


def test_strip_leaves_no_line_of_ours_and_undo_brings_them_back(
    on_vault: Run, run: Run, vault: Path, read_notes: ReadNotes
) -> None:
    before = read_notes()
    on_vault("scan")
    scanned = read_notes()
    looked = run("--vault", vault, "strip", "--dry-run")
    assert "Would take vaultrel's properties out of 2 notes:" in looked.out
    assert read_notes() == scanned
    done = run("--vault", vault, "strip")
    assert done.code == 0
    assert "✓ Took vaultrel's properties out of 2 notes:" in done.out
    assert "- rel_strength: " in done.out
    assert "vaultrel/followups.ics" in done.err
    assert read_notes() == {**scanned, **before}
    assert "No note holds a property" in run("--vault", vault, "strip").out
    run("--vault", vault, "undo")
    assert read_notes() == scanned


def test_strip_has_exit_code_1_while_a_note_still_holds_some(on_vault: Run, run: Run, vault: Path) -> None:
    on_vault("scan")
    (vault / ADA).chmod(0o444)
    done = run("--vault", vault, "strip")
    assert done.code == 1
    assert f"! {ADA}" in done.out
    assert "(read-only)" in done.out


def test_the_first_bytes_come_back_after_any_number_of_runs_and_can_be_undone(
    on_vault: Run, run: Run, vault: Path
) -> None:
    first = (vault / ADA).read_bytes()
    on_vault("scan")
    (vault / "Daily/2026-06-30.md").write_text("met:: [[Ada Moreau]]\n")
    on_vault("scan")
    for command in ("strip", "undo", "undo", "redo"):
        assert run("--vault", vault, command).code == 0
    written = (vault / ADA).read_bytes()
    assert written != first
    done = run("--vault", vault, "undo", "--first", ADA)
    assert (done.code, done.out) == (0, f"restored  {ADA}\n")
    assert (vault / ADA).read_bytes() == first
    assert "already" in run("--vault", vault, "undo", "--first", ADA).err
    run("--vault", vault, "undo")
    assert (vault / ADA).read_bytes() == written


def test_a_note_edited_since_the_first_edit_keeps_the_edit_and_its_copy_is_named(
    on_vault: Run, run: Run, vault: Path
) -> None:
    first = (vault / ADA).read_bytes()
    on_vault("scan")
    edited = (vault / ADA).read_bytes() + b"Mine.\n"
    (vault / ADA).write_bytes(edited)
    done = run("--vault", vault, "undo", "--first", ADA)
    assert done.code == 4
    assert (vault / ADA).read_bytes() == edited
    copy = done.err.partition("before are in ")[2].partition("\n")[0]
    assert Path(copy).read_bytes() == first


@pytest.mark.parametrize("typed", ["absolute", "from the working folder"])
def test_a_path_may_be_typed_as_a_shell_completes_it(
    on_vault: Run, run: Run, vault: Path, monkeypatch: pytest.MonkeyPatch, typed: str
) -> None:
    on_vault("scan")
    monkeypatch.chdir(vault / "People")
    path = str(vault / ADA) if typed == "absolute" else "Ada Moreau.md"
    assert run("--vault", vault, "undo", "--first", path).out == f"restored  {ADA}\n"


def test_a_note_that_was_never_written_has_no_first_copy(on_vault: Run, run: Run, vault: Path) -> None:
    on_vault("scan")
    done = run("--vault", vault, "undo", "--first", "People/Dan Hale.md")
    assert done.code == 2
    assert "has never written to a note at People/Dan Hale.md" in done.err


def on_a_terminal(vault: Path, typed: bytes, *words: str) -> tuple[int, str]:
    """Run a command on a terminal, type something, and give back its exit code and all that appeared."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND_LINE, "--vault", str(vault), *words],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**os.environ, "NO_COLOR": "1"},
    )
    os.close(theirs)
    os.write(ours, typed)
    shown = bytearray()

    def read() -> None:
        try:
            while piece := os.read(ours, 4096):
                shown.extend(piece)
        except OSError:  # Linux says so when the other side has ended
            return

    reader = threading.Thread(target=read)
    reader.start()
    code = process.wait()
    reader.join()
    os.close(ours)
    return code, shown.decode()


def test_on_a_terminal_undo_says_what_it_would_do_and_asks(on_vault: Run, vault: Path, read_notes: ReadNotes) -> None:
    before = read_notes()
    on_vault("scan")
    (vault / ADA).write_bytes((vault / ADA).read_bytes() + b"Mine.\n")
    scanned = read_notes()
    code, shown = on_a_terminal(vault, b"\n", "undo")
    assert "changed 3 notes. 2 can be given back;" in shown
    assert f"1 changed since and will be kept: {ADA}" in shown
    assert "Restore 2 notes? [y/N]: " in shown
    assert "Nothing was changed." in shown
    assert (code, read_notes()) == (0, scanned)
    code, _ = on_a_terminal(vault, b"y\n", "undo")
    assert (code, read_notes()) == (1, {**scanned, "People/Ben Okoro.md": before["People/Ben Okoro.md"]})
    code, shown = on_a_terminal(vault, b"", "redo", "--yes")
    assert "[y/N]" not in shown
    assert (code, read_notes()) == (1, scanned)


# -- who writes, as the doctor tells it ----------------------------------------------------------------------


def doctor_on(on_vault: Run) -> Ran:
    return on_vault("doctor")


def test_the_doctor_tells_of_the_one_writer_and_its_last_scan(on_vault: Run) -> None:
    assert "· not scanned on this computer yet" in doctor_on(on_vault).out
    on_vault("scan")
    assert "✓ one writer: this computer, last scan " in doctor_on(on_vault).out
    assert on_vault("doctor", "--json").json["writers"]["writing_now"] is None


def test_the_doctor_tells_who_is_writing_at_this_moment(on_vault: Run, vault: Path) -> None:
    from vaultrel.locations import locations_for

    on_vault("scan")
    with VaultLock(locations_for(vault).lock, "Notes"):
        told = on_vault("doctor").out
    assert f"· writing at this moment: process {os.getpid()}, started " in told


def test_the_doctor_tells_of_another_computer_and_of_copies_that_need_a_look(on_vault: Run, vault: Path) -> None:
    on_vault("scan")
    feed = (vault / "vaultrel/followups.ics").read_bytes()
    (vault / "vaultrel/followups.sync-conflict-20260630-101010-ABCDEFG.ics").write_bytes(feed + b"\r\n")
    (vault / "People/Ben Okoro (conflicted copy 2026-06-30).md").write_text("Plays the flute.\n")
    copies = {copy["original"]: copy["ours_only"] for copy in on_vault("doctor", "--json").json["writers"]["copies"]}
    assert copies == {"vaultrel/followups.ics": True, "People/Ben Okoro.md": False}
    told = " ".join(on_vault("doctor").out.split())
    assert "✓ this computer writes, last scan" in told
    assert "followups.ics differ only in what vaultrel writes (second-writer) fix: Another computer writes" in told
    assert "Ben Okoro.md are two versions of one file (conflict-copy) fix: Compare the two" in told


@pytest.mark.parametrize(
    ("name", "ours_only"),
    [("Relationships.md", False), ("People.base", False), ("Names.md", False), ("followups.ics", True)],
)
def test_the_doctor_names_the_copies_of_each_file_that_vaultrel_makes(
    on_vault: Run, vault: Path, name: str, *, ours_only: bool
) -> None:
    (vault / "vaultrel").mkdir()
    (vault / "vaultrel/Names.md").write_text("- [x] Benny: [[Ben Okoro]]\n")
    on_vault("scan")
    file = vault / "vaultrel" / name
    copy = file.with_name(f"{file.stem}.sync-conflict-20260630-101010-ABCDEFG{file.suffix}")
    copy.write_bytes(file.read_bytes() + b"Ring the florist.\n")
    (found,) = on_vault("doctor", "--json").json["writers"]["copies"]
    assert found == {"path": f"vaultrel/{copy.name}", "original": f"vaultrel/{name}", "ours_only": ours_only}
    told = " ".join(doctor_on(on_vault).out.split())
    assert f"vaultrel/{copy.name} and vaultrel/{name}" in told
    assert "then delete the copy" in told


def test_two_days_of_our_own_note_are_no_ones_but_ours(on_vault: Run, vault: Path) -> None:
    on_vault("scan", "--as-of", "2026-07-07")
    note = vault / "vaultrel/Relationships.md"
    other = note.read_bytes()
    on_vault("scan")
    assert note.read_bytes() != other
    note.with_name("Relationships (conflicted copy 2026-06-30).md").write_bytes(other)
    (found,) = on_vault("doctor", "--json").json["writers"]["copies"]
    assert found["ours_only"]


def test_the_doctor_writes_nothing_even_where_copies_are(
    on_vault: Run, vault: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError

    on_vault("scan")
    (vault / "People/Ada Moreau (conflicted copy).md").write_bytes((vault / ADA).read_bytes() + b"more")
    for name in ("replace", "write_generated", "sweep"):
        monkeypatch.setattr(FileSystemStore, name, refuse)
    assert doctor_on(on_vault).code == 1
