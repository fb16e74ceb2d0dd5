"""A small vault with a story, and the command line run on it as a user would."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import pytest
from click.testing import CliRunner

from vaultrel.cli import cli

if TYPE_CHECKING:
    from pathlib import Path

AS_OF = "2026-06-30"

NOTES: dict[str, str | bytes] = {
    "People/Ada Moreau.md": "---\naliases: [Ada]\ninterests: [pottery]\n# met at the kiln\n---\n# Ada\n",
    "People/Ben Okoro.md": "Plays the oboe.\n",
    "People/Dan Hale.md": "---\naliases: [Dan]\n---\n",
    "People/Dan Weiss.md": "---\naliases: [Dan]\n---\n",
    "People/Broken.md": "---\ntags: [unclosed\n---\nMet on Sunday.\n",
    "Meetings/2026-03-02 Lunch.md": '---\ntype: meeting\ndate: 2026-03-02\nattendees: ["[[Ada Moreau]]"]\n---\n',
    "Meetings/2026-04-06 Lunch.md": '---\ntype: meeting\ndate: 2026-04-06\nattendees: ["[[Ada Moreau]]"]\n---\n',
    "Meetings/2026-05-11 Lunch.md": (
        '---\ntype: meeting\ndate: 2026-05-11\nattendees: ["[[Ada Moreau]]", "Priya Nolan"]\n---\nOn glazes.\n'
    ),
    "Daily/2026-06-29.md": "- met:: [[Ben Okoro]]\n- [ ] send [[Ada Moreau]] the glaze recipe\n- saw [[Dan]] there\n",
}
"""A relationship (Ada), somebody met once (Ben), an ambiguous name (Dan), a broken note, a name without one (Priya)."""


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command line left behind: exit code, standard output, standard error."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """The JSON object that was printed."""
        parsed = json.loads(self.out)
        assert isinstance(parsed, dict)
        return parsed


class Run(Protocol):
    """Runs a command line."""

    def __call__(self, *arguments: str | Path) -> Ran: ...


class MakeVault(Protocol):
    """Makes a vault of the given notes, and gives its folder."""

    def __call__(self, notes: dict[str, str | bytes]) -> Path: ...


class ReadNotes(Protocol):
    """Reads every note of a vault."""

    def __call__(self) -> dict[str, bytes]: ...


@pytest.fixture
def make_vault(tmp_path: Path, home: Path) -> MakeVault:
    """Make a vault of the given notes, in an otherwise empty home."""

    def make(notes: dict[str, str | bytes]) -> Path:
        root = tmp_path / "Notes"
        (root / ".obsidian").mkdir(parents=True)
        for path, content in notes.items():
            file = root / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return root

    return make


@pytest.fixture
def vault(make_vault: MakeVault) -> Path:
    """The small vault."""
    return make_vault(NOTES)


@pytest.fixture
def read_notes(vault: Path) -> ReadNotes:
    """Every note of the small vault with its bytes, as they are when called; the generated folder holds none."""
    return lambda: {
        path: file.read_bytes()
        for file in sorted(vault.rglob("*.md"))
        if not (path := file.relative_to(vault).as_posix()).startswith("vaultrel/")
    }


@pytest.fixture
def run(home: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command line; output and errors are kept apart."""
    monkeypatch.setenv("COLUMNS", "100")
    # Nobody else writes to these vaults: there is no late writer to wait for.
    monkeypatch.setattr("vaultrel.clock.sleep", lambda _seconds: None)

    def run_command(*arguments: str | Path) -> Ran:
        result = CliRunner().invoke(cli, [str(argument) for argument in arguments], prog_name="vaultrel")
        return Ran(result.exit_code, result.stdout, result.stderr)

    return run_command


@pytest.fixture
def on_vault(run: Run, vault: Path) -> Run:
    """Run a command line on the small vault, as on the day its story ends."""
    return lambda *arguments: run("--vault", vault, "--as-of", AS_OF, *arguments)
