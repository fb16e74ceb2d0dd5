"""`vaultrel init`: at most four questions, one file, nothing else."""

from __future__ import annotations

import os
import re
import select
import subprocess
import sys
import tomllib
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from vaultrel.cli import cli
from vaultrel.settings import DEFAULT_SETTINGS, parse_settings

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result
    from tests.cli.conftest import MakeVault, Run

MEETING = '---\ntype: meeting\ndate: 2026-0{}-01\nattendees: ["[[Ada Moreau]]", "[[Sam Reed]]"]\n---\n'

NOTES: dict[str, str | bytes] = {
    **{f"Meetings/{day}.md": MEETING.format(day) for day in (1, 2, 3)},
    "Meetings/4.md": '---\ntype: meeting\ndate: 2026-04-01\nattendees: ["[[Sam Reed]]"]\n---\n',
    "People/Ada Moreau.md": "x\n",
    "People/Sam Reed.md": "x\n",
    "Kit Low.md": "---\ntags: [person]\n---\n",
    "2026-05-04.md": "met:: [[Kit Low]]\n",
}


@pytest.fixture
def notes(make_vault: MakeVault, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A vault without settings, on a computer that does not know its user by name."""
    monkeypatch.setattr("vaultrel.cli.init.user_names", lambda: ())
    return make_vault(NOTES)


def everything(vault: Path) -> dict[str, bytes]:
    return {file.relative_to(vault).as_posix(): file.read_bytes() for file in vault.rglob("*") if file.is_file()}


def written(vault: Path) -> dict[str, Any]:
    text = (vault / ".vaultrel/config.toml").read_text("utf-8")
    parse_settings(tomllib.loads(text), "config.toml")
    return tomllib.loads(text)


def answer(vault: Path, monkeypatch: pytest.MonkeyPatch, typed: str) -> Result:
    """Type these answers at a terminal."""
    monkeypatch.setattr("vaultrel.cli.session.Session.may_ask", lambda _session: True)
    return CliRunner().invoke(cli, ["init", str(vault)], input=typed)


def test_one_file_is_written_and_nothing_else(run: Run, notes: Path) -> None:
    before = everything(notes)
    done = run("init", notes, "--yes")
    assert done.code == 0, done.err
    assert done.out == f"✓ Wrote {notes}/.vaultrel/config.toml. Nothing else was changed.\n"
    after = everything(notes)
    assert set(after) - set(before) == {".vaultrel/config.toml"}
    assert {path: after[path] for path in before} == before


def test_it_says_what_it_found(run: Run, notes: Path) -> None:
    assert f"Found an Obsidian vault: {notes} (8 notes)" in run("init", notes, "--yes").err


def test_enter_accepts_each_of_the_four_proposals(run: Run, notes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = answer(notes, monkeypatch, "\n" * 4)
    assert done.exit_code == 0, done.stderr
    assert re.findall(r"^([1-9]/[1-9]) ", done.stderr, re.MULTILINE) == ["1/4", "2/4", "3/4", "4/4"]
    assert "Use People/, #person (3 people)? [Y/n]" in done.stderr
    assert "1 daily note" in done.stderr
    assert "Use Meetings/, type: meeting (4 meetings)? [Y/n]" in done.stderr
    assert "[Sam Reed]" in done.stderr
    assert written(notes) == {"me": ["Sam Reed", "me"], "write": "fields"}


def test_enter_and_yes_give_the_same_file(run: Run, notes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer(notes, monkeypatch, "\n" * 4)
    file = notes / ".vaultrel/config.toml"
    asked = file.read_bytes()
    file.unlink()
    run("init", notes, "--yes")
    assert file.read_bytes() == asked


@pytest.mark.parametrize(("choice", "write"), [("1", "fields"), ("2", "folder"), ("3", "nothing"), ("9\n2", "folder")])
def test_what_may_be_written_is_chosen(notes: Path, monkeypatch: pytest.MonkeyPatch, choice: str, write: str) -> None:
    answer(notes, monkeypatch, f"\n\n\n{choice}\n")
    assert written(notes)["write"] == write


def test_other_marks_take_the_place_of_those_proposed(notes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer(notes, monkeypatch, "n\nWork/Kontakte/, #mensch, Family\nn\n#treffen\nKit Low\n\n")
    assert written(notes) == {
        "me": ["Kit Low", "me"],
        "write": "fields",
        "people": {"folders": ["Kontakte", "Family"], "tags": ["mensch"]},
        "meetings": {"folders": [], "tags": ["treffen"]},
    }


def test_a_folder_found_by_its_use_counts_beside_the_usual_ones(
    run: Run, make_vault: MakeVault, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved = {path.replace("People/", "Kontakte/"): text for path, text in NOTES.items()}
    vault = make_vault(moved)
    run("init", vault, "--yes")
    assert written(vault)["people"] == {"folders": ["Kontakte", *DEFAULT_SETTINGS.people.folders]}
    names = {person["name"] for person in run("--vault", vault, "people", "--json").json["people"]}
    assert {"Ada Moreau", "Kit Low"} <= names


def test_the_settings_written_are_those_the_next_command_uses(run: Run, notes: Path) -> None:
    run("init", notes, "--yes")
    names = {person["name"] for person in run("--vault", notes, "people", "--json").json["people"]}
    assert names == {"Ada Moreau", "Kit Low"}


def test_the_vault_that_was_set_up_is_found_from_anywhere(
    run: Run, notes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    assert run("people").code == 3
    run("init", notes, "--yes")
    assert run("people").code == 0


def test_settings_that_are_there_are_never_overwritten(run: Run, notes: Path) -> None:
    file = notes / ".vaultrel/config.toml"
    file.parent.mkdir()
    file.write_text("# mine\n")
    done = run("init", notes, "--yes")
    assert done.code == 2
    assert "is there already" in done.err
    assert file.read_text() == "# mine\n"


def test_settings_for_one_run_do_not_go_with_it(run: Run, notes: Path) -> None:
    done = run("--config", notes / "other.toml", "init", notes, "--yes")
    assert done.code == 2
    assert not (notes / ".vaultrel").exists()


def test_without_a_terminal_nothing_is_asked_and_nothing_written(run: Run, notes: Path) -> None:
    before = everything(notes)
    done = run("init", notes)
    assert done.code == 2
    assert done.err.splitlines()[-1].endswith("vaultrel init DIR --yes")
    assert everything(notes) == before


def test_stopping_half_way_writes_nothing(notes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = everything(notes)
    done = answer(notes, monkeypatch, "\n\n")
    assert done.exit_code == 130
    assert everything(notes) == before


def test_a_folder_that_leads_out_of_the_vault_is_not_written_to(run: Run, notes: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (notes / ".vaultrel").symlink_to(outside)
    assert run("init", notes, "--yes").code == 4
    assert list(outside.iterdir()) == []


def test_a_vault_in_which_nothing_is_marked_yet_is_told_how(
    make_vault: MakeVault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vaultrel.cli.init.user_names", lambda: ())
    vault = make_vault({"Ideas.md": "Plant beans.\n"})
    done = answer(vault, monkeypatch, "\n\n")
    assert done.exit_code == 0, done.stderr
    assert "none found; People/ and #person will count" in done.stderr
    assert written(vault) == {"me": ["me"], "write": "fields"}


def test_what_notes_hold_cannot_steer_the_terminal(make_vault: MakeVault, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vaultrel.cli.init.user_names", lambda: ("eve\x1b[31m",))
    vault = make_vault({"People\x1b]0;t\x07/Eve\x1b[31m.md": '---\ntype: person\nname: "Eve\\e[31m"\n---\n'})
    done = answer(vault, monkeypatch, "\n" * 4)
    assert "\x1b" not in done.stderr + done.stdout
    assert "\x07" not in done.stderr + done.stdout


def test_it_works_at_a_real_terminal(notes: Path) -> None:
    pty = pytest.importorskip("pty")
    controller, terminal = pty.openpty()
    command = [sys.executable, "-m", "vaultrel", "init", str(notes)]
    env = {**os.environ, "TERM": "xterm", "NO_COLOR": "1"}
    shown = b""
    with subprocess.Popen(command, stdin=terminal, stdout=terminal, stderr=terminal, env=env) as process:
        os.close(terminal)
        os.write(controller, b"\n" * 4)
        while select.select([controller], [], [], 60)[0]:
            try:
                piece = os.read(controller, 4096)
            except OSError:  # Linux: the other end is closed
                break
            if not piece:
                break
            shown += piece
    os.close(controller)
    assert process.returncode == 0, shown.decode()
    assert b"Wrote " in shown
    assert written(notes)["write"] == "fields"
