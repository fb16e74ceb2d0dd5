"""`vaultrel names`: the user says once whom a name means; only the note about names is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from vaultrel.cli import cli
from vaultrel.storage.lock import VaultLock

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import MakeVault, ReadNotes, Run

NAMES = "vaultrel/Names.md"
HALE, WEISS = "People/Dan Hale.md", "People/Dan Weiss.md"


def settled(run: Run) -> list[tuple[str, str | None, str | None]]:
    return [(found["name"], found["person"], found["note"]) for found in run("names", "--json").json["settled"]]


def test_the_list_gives_candidates_and_places(on_vault: Run) -> None:
    done = on_vault("names")
    assert done.code == 0
    assert '"Dan" could be People/Dan Hale or People/Dan Weiss\n  Daily/2026-06-29.md:3\n' in done.out
    assert "Priya Nolan  1 time\n  Meetings/2026-05-11 Lunch.md:4\n" in done.out


def test_listing_writes_nothing(on_vault: Run, vault: Path, read_notes: ReadNotes) -> None:
    before = read_notes()
    on_vault("names")
    on_vault("names", "--list")
    on_vault("names", "--json")
    assert read_notes() == before
    assert not (vault / "vaultrel").exists()


def test_the_json_shape(on_vault: Run) -> None:
    assert on_vault("names", "--json").json == {
        "schema": "vaultrel.names/1",
        "ambiguous": [
            {
                "name": "Dan",
                "candidates": [HALE, WEISS],
                "places": [{"path": "Daily/2026-06-29.md", "line": 3}],
            }
        ],
        "unknown": [
            {"name": "Priya Nolan", "count": 1, "places": [{"path": "Meetings/2026-05-11 Lunch.md", "line": 4}]}
        ],
        "settled": [],
        "changed": [],
    }


def test_settling_a_name_says_what_it_changes_and_writes_only_the_note_about_names(
    on_vault: Run, vault: Path, read_notes: ReadNotes
) -> None:
    before = read_notes()
    done = on_vault("names", "dan", "Dan Weiss")
    assert done.code == 0
    assert done.out == '✓ 1 mention of "Dan" now counts for Dan Weiss, 1 of them as contact.\n'
    assert read_notes() == before
    assert [file.name for file in (vault / "vaultrel").iterdir()] == ["Names.md"]
    assert b"- [x] Dan is [[People/Dan Weiss]]\n" in (vault / NAMES).read_bytes()
    assert settled(on_vault) == [("Dan", WEISS, None)]


def test_a_settled_name_counts_at_the_next_scan(on_vault: Run) -> None:
    on_vault("names", "Dan", HALE)
    on_vault("scan")
    assert on_vault("show", "Dan Hale", "--json").json["person"]["last_contact"] == "2026-06-29"


def test_a_tick_in_the_note_settles_the_name(on_vault: Run, vault: Path) -> None:
    on_vault("scan")
    note = vault / NAMES
    note.write_text(note.read_text("utf-8").replace("- [ ] Dan is [[People/Dan Hale]]", "- [x] Dan is [[Dan Hale]]"))
    on_vault("scan")
    assert on_vault("show", "Dan Hale", "--json").json["person"]["contact_days"] == 1
    assert "### Dan" not in note.read_text("utf-8")


def test_another_answer_replaces_the_first(on_vault: Run) -> None:
    on_vault("names", "Dan", "Dan Weiss")
    on_vault("names", "Dan", "Dan Hale")
    assert settled(on_vault) == [("Dan", HALE, None)]


def test_nobody_is_an_answer(on_vault: Run) -> None:
    done = on_vault("names", "--nobody", "priya nolan")
    assert done.code == 0
    assert settled(on_vault) == [("Priya Nolan", None, None)]
    assert on_vault("names", "--json").json["unknown"] == []


def test_forgetting_asks_again(on_vault: Run) -> None:
    on_vault("names", "Dan", "Dan Weiss")
    done = on_vault("names", "--forget", "DAN")
    assert done.code == 0
    assert settled(on_vault) == []
    assert [name["name"] for name in on_vault("names", "--json").json["ambiguous"]] == ["Dan"]


def test_undo_takes_an_answer_back_byte_for_byte_and_redo_gives_it_again(on_vault: Run, run: Run, vault: Path) -> None:
    on_vault("scan")
    waiting = (vault / NAMES).read_bytes()
    on_vault("names", "Dan", "Dan Weiss")
    answered = (vault / NAMES).read_bytes()
    assert f"restored  {NAMES}" in run("--vault", vault, "undo").out
    assert (vault / NAMES).read_bytes() == waiting
    run("--vault", vault, "redo")
    assert (vault / NAMES).read_bytes() == answered


def test_undo_takes_back_the_first_answer_too(on_vault: Run, run: Run, vault: Path) -> None:
    on_vault("names", "Dan", "Dan Weiss")
    assert run("--vault", vault, "undo").code == 0
    assert settled(on_vault) == []


def test_undo_and_redo_leave_alone_what_was_typed_into_the_note_since(on_vault: Run, run: Run, vault: Path) -> None:
    on_vault("scan")
    on_vault("names", "Dan", "Dan Weiss")
    typed = (vault / NAMES).read_bytes() + b"Ask Ada about the rest.\n"
    (vault / NAMES).write_bytes(typed)
    done = run("--vault", vault, "undo")
    assert (done.code, f"kept      {NAMES}" in done.out) == (1, True)
    assert (vault / NAMES).read_bytes() == typed


def test_a_scan_that_writes_notes_and_names_is_one_run(
    on_vault: Run, run: Run, vault: Path, read_notes: ReadNotes
) -> None:
    before = read_notes()
    on_vault("scan")
    assert (vault / NAMES).read_bytes()
    assert run("--vault", vault, "undo").code == 0
    assert read_notes() == before
    assert not (vault / NAMES).exists()
    assert run("--vault", vault, "redo").code == 0
    assert (vault / NAMES).read_bytes()
    assert run("--vault", vault, "undo").code == 0
    assert "There is nothing to undo." in run("--vault", vault, "undo").err


def test_a_name_can_be_settled_for_one_note(on_vault: Run) -> None:
    done = on_vault("names", "Dan", "Dan Weiss", "--in", "Daily/2026-06-29")
    assert done.code == 0
    assert settled(on_vault) == [("Dan", WEISS, "Daily/2026-06-29.md")]
    assert on_vault("names", "--json").json["ambiguous"] == []


def test_the_json_answer_counts_what_changed(on_vault: Run) -> None:
    changed = on_vault("names", "Dan", "Dan Weiss", "--json").json["changed"]
    assert changed == [{"name": "Dan", "person": WEISS, "mentions": 1}]


REFUSED = {
    "a name nobody asks about": ("Zoe", "Dan Hale"),
    "nobody of that name": ("Dan", "Zoe"),
    "a person who could be two": ("Dan", "Dan"),
    "a note that is not there": ("Dan", "Dan Hale", "--in", "Daily/None.md"),
    "an answer that was never given": ("--forget", "Dan"),
    "no person": ("Dan",),
    "two wishes at once": ("Dan", "Dan Hale", "--forget", "Dan"),
    "a note and no name": ("--in", "Daily/2026-06-29.md"),
}


@pytest.mark.parametrize("arguments", REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_settled_is_refused_and_nothing_is_written(
    on_vault: Run, vault: Path, arguments: tuple[str, ...]
) -> None:
    done = on_vault("names", *arguments)
    assert done.code == 2
    assert done.out == ""
    assert not (vault / "vaultrel").exists()


def test_a_misspelled_name_is_met_with_the_nearest(on_vault: Run) -> None:
    assert "Did you mean Priya Nolan?" in on_vault("names", "--nobody", "Pria Nolan").err


def test_a_vault_that_is_only_read_takes_no_answers(run: Run, make_vault: MakeVault) -> None:
    vault = make_vault(
        {
            HALE: "---\naliases: [Dan]\n---\n",
            WEISS: "---\naliases: [Dan]\n---\n",
            "2026-06-01.md": "[[Dan]]\n",
            ".vaultrel/config.toml": 'write = "nothing"\n',
        }
    )
    done = run("--vault", vault, "names", "Dan", "Dan Hale")
    assert done.code == 2
    assert 'write = "nothing"' in done.err
    assert not (vault / "vaultrel").exists()


def test_a_note_about_names_with_merge_markers_is_left_as_it_is(on_vault: Run, vault: Path) -> None:
    torn = b"<<<<<<< HEAD\n- [x] Dan is [[People/Dan Hale]]\n=======\n>>>>>>> other\n"
    (vault / "vaultrel").mkdir()
    (vault / NAMES).write_bytes(torn)
    done = on_vault("names", "--nobody", "Priya Nolan")
    assert done.code == 4
    assert "merge markers" in done.err
    scanned = on_vault("scan", "--json").json
    assert "names-not-understood" in {problem["code"] for problem in scanned["diagnostics"]}
    assert (vault / NAMES).read_bytes() == torn


def test_another_writer_is_waited_for_and_then_told(
    on_vault: Run, vault: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from vaultrel.app import editing
    from vaultrel.locations import locations_for

    monkeypatch.setattr(editing, "VaultLock", lambda path, root, timeout: VaultLock(path, root, timeout=0 * timeout))
    with VaultLock(locations_for(vault).lock, vault):
        assert on_vault("names", "Dan", "Dan Hale").code == 4
    assert not (vault / NAMES).exists()


def ask(vault: Path, typed: str, monkeypatch: pytest.MonkeyPatch) -> tuple[int, str, str]:
    with monkeypatch.context() as terminal:
        terminal.setattr("vaultrel.cli.session.Session.may_ask", lambda _session: True)
        result = CliRunner().invoke(cli, ["--vault", str(vault), "--as-of", "2026-06-30", "names"], input=typed)
    return result.exit_code, result.stdout, result.stderr


def test_on_a_terminal_each_name_is_asked_about(on_vault: Run, vault: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code, out, err = ask(vault, "9\nZoe\n2\n", monkeypatch)
    assert code == 0
    assert "  1  People/Dan Hale\n  2  People/Dan Weiss\n  3  nobody I keep a note for\n" in err
    assert "There is no such number." in err
    assert "No person called 'Zoe'" in err
    assert out == '✓ 1 mention of "Dan" now counts for Dan Weiss, 1 of them as contact.\n'
    assert settled(on_vault) == [("Dan", WEISS, None)]


@pytest.mark.parametrize(("typed", "answers"), [("\n", []), ("q\n", []), ("3\n", [("Dan", None, None)])])
def test_enter_skips_q_stops_and_the_last_number_is_nobody(
    on_vault: Run,
    vault: Path,
    monkeypatch: pytest.MonkeyPatch,
    typed: str,
    answers: list[tuple[str, str | None, str | None]],
) -> None:
    assert ask(vault, typed, monkeypatch)[0] == 0
    assert settled(on_vault) == answers


def test_without_a_terminal_nothing_is_asked(on_vault: Run) -> None:
    assert "Enter skips" not in on_vault("names").err


def test_the_doctor_says_how_many_names_wait(on_vault: Run) -> None:
    assert "1 name waits for your word: vaultrel names" in on_vault("doctor").out
    on_vault("names", "Dan", "Dan Hale")
    assert "vaultrel names" not in on_vault("doctor").out


def test_the_doctor_says_whom_the_company_settled(run: Run, make_vault: MakeVault) -> None:
    def meeting(day: int, who: str) -> dict[str, str | bytes]:
        listed = f'---\ntype: meeting\ndate: 2026-06-0{day}\nattendees: ["[[{who}]]", "[[Ada Moreau]]"]\n---\n'
        return {f"Meetings/{day}.md": listed}

    vault = make_vault(
        {
            HALE: "---\naliases: [Dan]\n---\n",
            WEISS: "---\naliases: [Dan]\n---\n",
            "People/Ada Moreau.md": "Paints.\n",
            **meeting(1, "Dan Hale"),
            **meeting(2, "Dan Hale"),
            **meeting(3, "Dan Hale"),
            **meeting(4, "Dan"),
        }
    )
    done = run("--vault", vault, "--as-of", "2026-06-30", "doctor")
    assert done.code == 0
    assert "Settled by the company, not by you:\n· Meetings/4.md:4\n" in done.out
    other = run("--vault", vault, "--as-of", "2026-06-30", "names", "Dan", "Dan Weiss", "--in", "Meetings/4.md")
    assert other.code == 0
    assert '1 mention of "Dan" now counts for Dan Weiss' in other.out


# ------------------------------------------------------------------------------------------------ the note, and a scan


def test_a_scan_writes_the_note_and_a_second_one_does_not(on_vault: Run, vault: Path) -> None:
    assert NAMES in on_vault("scan", "--json").json["published"]
    written = (vault / NAMES).read_bytes()
    assert on_vault("scan", "--json").json["published"] == []
    assert (vault / NAMES).read_bytes() == written


def test_a_dry_run_says_that_the_note_would_be_written(on_vault: Run, vault: Path) -> None:
    assert NAMES in on_vault("scan", "--dry-run", "--json").json["published"]
    assert not (vault / NAMES).exists()


def test_the_note_is_not_read_as_a_note(on_vault: Run) -> None:
    before = on_vault("scan", "--json").json["notes"]
    assert on_vault("scan", "--json").json["notes"] == before


def test_the_daemon_leaves_the_note_to_whoever_is_writing_in_it(run: Run, vault: Path) -> None:
    run("--vault", vault, "scan")
    note = vault / NAMES
    typed = note.read_bytes() + b"I am just typing th"
    note.write_bytes(typed)
    run("--vault", vault, "watch", "--once")
    assert note.read_bytes() == typed
