"""The command line as a whole: help, options before and behind a command, errors, exit codes, start-up."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from vaultrel.cli import SECTIONS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import MakeVault, ReadNotes, Run


def test_help_lists_every_command_in_its_section(run: Run) -> None:
    help_text = run("--help").out
    places = [
        help_text.index(f"\n{title}:")
        for title in ("Every day", "Your network", "Keep current", "Share, view", "Set up")
    ]
    assert places == sorted(places)
    for name in (name for section in SECTIONS.values() for name in section):
        assert f"\n  {name} " in help_text


def test_a_mistyped_command_is_met_with_the_nearest(run: Run) -> None:
    done = run("scna")
    assert done.code == 2
    assert "There is no command 'scna'. Did you mean scan?" in done.err
    assert done.out == ""


def test_without_a_command_it_is_today(on_vault: Run) -> None:
    assert on_vault() == on_vault("today")


@pytest.mark.parametrize("command", ["today", "show", "why", "people", "scan", "doctor"])
def test_options_count_the_same_before_and_behind_the_command(run: Run, vault: Path, command: str) -> None:
    words = [command, "Ada Moreau"] if command in {"show", "why"} else [command]
    words += ["--dry-run"] if command == "scan" else []
    options = ["--vault", str(vault), "--as-of", "2026-06-30", "--json"]
    before = run(*options, *words)
    assert before.json["schema"] == f"vaultrel.{command}/1"
    assert run(*words, *options).out == before.out


def test_options_come_from_the_environment_too(run: Run, vault: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAULTREL_VAULT", str(vault))
    monkeypatch.setenv("VAULTREL_AS_OF", "2026-06-30")
    monkeypatch.setenv("VAULTREL_JSON", "1")
    assert run("people").json["as_of"] == "2026-06-30"


def test_the_option_behind_the_command_wins_over_the_one_before(run: Run, vault: Path) -> None:
    answer = run("--as-of", "2020-01-01", "people", "--vault", vault, "--as-of", "2026-06-30", "--json").json
    assert answer["as_of"] == "2026-06-30"


@pytest.mark.parametrize("option", [("--as-of", "2026-06-30"), ("--json",)])
def test_an_option_a_command_has_no_use_for_is_not_swallowed(run: Run, vault: Path, option: tuple[str, ...]) -> None:
    done = run("--vault", vault, *option, "feed")
    assert done.code == 2
    assert f"{option[0]} does not go with `feed`." in done.err


@pytest.mark.parametrize("day", ["30.06.2026", "2026-02-30", "1066-10-14", "9999-12-31", "soon"])
def test_a_day_that_is_none_is_a_usage_error(run: Run, vault: Path, day: str) -> None:
    done = run("--vault", vault, "--as-of", day)
    assert done.code == 2
    assert repr(day) in done.err


def test_the_version_is_said(run: Run) -> None:
    done = run("--version")
    assert done.code == 0
    assert done.out.startswith("vaultrel ")


def test_no_vault_says_how_to_name_one(run: Run, tmp_path: Path) -> None:
    done = run("--vault", tmp_path / "nowhere")
    assert done.code == 3
    assert done.out == ""
    assert "there is no folder with that name" in done.err
    assert done.err.splitlines()[-2:] == [
        "Name the folder that holds your notes: vaultrel --vault DIR, or once for all: vaultrel init DIR",
        "To look first, on invented notes: vaultrel demo",
    ]


def test_an_empty_vault_is_told_from_a_vault_without_people(run: Run, make_vault: MakeVault) -> None:
    empty = run("--vault", make_vault({}), "scan")
    assert empty.code == 3
    assert "holds no Markdown notes" in empty.err


def test_a_vault_without_people_says_how_a_note_becomes_one(run: Run, make_vault: MakeVault) -> None:
    done = run("--vault", make_vault({"Ideas.md": "Plant beans.\n"}), "today")
    assert done.code == 0
    assert "0 relationships out of 0 contacts" in done.out
    assert "#person" in done.err


def test_a_settings_file_that_cannot_be_used_is_named_with_its_mistake(run: Run, make_vault: MakeVault) -> None:
    vault = make_vault({"A.md": "x\n", ".vaultrel/config.toml": "wirte = 'fields'\n"})
    done = run("--vault", vault, "today")
    assert done.code == 2
    assert "unknown key `wirte`; did you mean `write`?" in done.err


def test_a_bug_is_called_a_bug_and_shows_its_place_only_when_asked(
    run: Run, vault: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("a\nb")

    monkeypatch.setattr("vaultrel.app.open_vault", fail)
    brief = run("--vault", vault, "today")
    assert brief.code == 5
    assert "This is a bug in vaultrel, not a mistake of yours (RuntimeError: a b)." in brief.err
    assert "Traceback" not in brief.err
    long = run("-v", "--vault", vault, "today")
    assert long.code == 5
    assert "Traceback" in long.err


def test_ctrl_c_ends_quietly(run: Run, vault: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("vaultrel.app.open_vault", interrupt)
    done = run("--vault", vault, "today")
    assert (done.code, done.out, done.err) == (130, "", "")


def test_a_reader_that_goes_away_is_no_error(vault: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        command = [sys.executable, "-m", "vaultrel", "--vault", str(vault), "export", "json"]
        done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, text=True, check=False)
    finally:
        os.close(writing)
    assert done.returncode == 141
    assert done.stderr == ""


def test_reading_commands_change_no_note(on_vault: Run, read_notes: ReadNotes) -> None:
    before = read_notes()
    for words in (["today"], ["people"], ["show", "Ada"], ["why", "Ada"], ["doctor"], ["export", "json"]):
        assert on_vault(*words).code in ({1} if words == ["doctor"] else {0})
    assert read_notes() == before


def test_a_note_cannot_steer_the_terminal(run: Run, make_vault: MakeVault) -> None:
    vault = make_vault(
        {
            "People/Eve.md": '---\ntype: person\nname: "Eve\\e[31m\\u202eevil\\a"\n---\n',
            "Daily/2026-06-29.md": "met:: [[Eve]] \x1b]0;title\x07 \x9b2J\n",
        }
    )
    for words in (
        ["today"],
        ["people"],
        ["show", "Eve"],
        ["why", "Eve"],
        ["scan", "-n"],
        ["doctor"],
        ["people", "--json"],
    ):
        done = run("--vault", vault, "--as-of", "2026-06-30", *words)
        assert done.code in {0, 1}
        shown = (done.out + done.err).replace("\n", "")
        assert not any(ord(char) < 0x20 or 0x7F <= ord(char) < 0xA0 or char == "\u202e" for char in shown), words


def test_colour_comes_only_when_asked_for(on_vault: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = on_vault("people")
    assert "\x1b" not in plain.out
    colored = on_vault("--color", "always", "people")
    assert "\x1b[1m" in colored.out
    assert "Ada Moreau" in colored.out
