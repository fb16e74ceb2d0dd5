"""PERSON on the command line: a name, an alias, a unique beginning or a path; several are a choice, or an error."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from vaultrel.cli import cli
from vaultrel.cli.session import MOST_CHOICES

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import MakeVault, Run

COMMANDS = [("show",), ("why",), ("brief",)]


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody sits at a terminal."""
    monkeypatch.setattr("vaultrel.cli.session.Session.may_ask", lambda _session: True)


@pytest.mark.parametrize(
    "typed", ["Ada Moreau", "ada moreau", "ADA", "mor", "People/Ada Moreau.md", "People/Ada Moreau"]
)
def test_a_person_is_found_by_name_alias_beginning_or_path(on_vault: Run, typed: str) -> None:
    assert on_vault("show", typed).out.startswith("Ada Moreau ")


@pytest.mark.parametrize("command", COMMANDS)
def test_without_a_terminal_several_people_are_an_error_that_names_them(on_vault: Run, command: tuple[str]) -> None:
    done = on_vault(*command, "dan")
    assert (done.code, done.out) == (2, "")
    assert "'dan' could be Dan Hale (People/Dan Hale.md) or Dan Weiss (People/Dan Weiss.md)." in done.err


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.usefixtures("terminal", "home")
def test_at_a_terminal_a_number_chooses(vault: Path, command: tuple[str]) -> None:
    done = CliRunner().invoke(cli, ["--vault", str(vault), *command, "dan"], input="7\nx\n2\n")
    assert done.exit_code == 0
    assert done.stdout.startswith("Dan Weiss ")
    assert "1  Dan Hale (People/Dan Hale.md)" in done.stderr
    assert "Which one" not in done.stdout


@pytest.mark.usefixtures("terminal", "home")
def test_no_choice_ends_as_if_interrupted(vault: Path) -> None:
    done = CliRunner().invoke(cli, ["--vault", str(vault), "show", "dan"], input="")
    assert (done.exit_code, done.stdout) == (130, "")


@pytest.mark.usefixtures("terminal")
def test_more_people_than_can_be_chosen_from_are_an_error_of_one_line(run: Run, make_vault: MakeVault) -> None:
    vault = make_vault({f"People/Ann {number}.md": "x\n" for number in range(MOST_CHOICES + 1)})
    done = run("--vault", vault, "show", "ann")
    assert done.code == 2
    assert f"or {MOST_CHOICES + 1 - 8} others." in done.err


@pytest.mark.parametrize("option", ["--json", "-q"])
def test_nothing_is_asked_of_a_program(vault: Path, run: Run, monkeypatch: pytest.MonkeyPatch, option: str) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    assert run("--vault", vault, option, "show", "dan").code == 2


def test_a_mistyped_name_is_met_with_the_nearest(on_vault: Run) -> None:
    done = on_vault("show", "Ada Moraeu")
    assert done.code == 2
    assert "Did you mean Ada Moreau?" in done.err
