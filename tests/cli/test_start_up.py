"""What a command line loads before it answers: help, completion and `today` must feel instant."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from vaultrel.cli import SECTIONS, cli

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Run

COMMANDS = [name for section in SECTIONS.values() for name in section]

HEAVY = frozenset(
    {"icalendar", "watchdog", "jinja2", "rich", "yaml", "waitress", "frontmatter", "tomlkit", "msgspec", "sqlite3"}
)
SLOW_FOR_A_SHORT_RUN = frozenset({"pathlib", "platformdirs", "tempfile", "tomllib", "difflib", "sqlite3", "ctypes"})
"""Parts of Python, and what finds the user's folders: each takes as long as a short run's own work."""

PROGRAM = """
import sys
from vaultrel.cli import main
try:
    main()
except SystemExit:
    pass
print(*sorted({name.partition(".")[0] for name in sys.modules} | {n for n in sys.modules if n.startswith("vaultrel")}),
      file=sys.stderr)
"""


def loaded(*arguments: str, **variables: str) -> set[str]:
    """The top-level modules, and those of vaultrel, that a run has loaded at its end."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, **variables},
    )
    return set(done.stderr.splitlines()[-1].split())


def ours(modules: set[str]) -> set[str]:
    """Those of vaultrel."""
    return {name for name in modules if name.startswith("vaultrel.")}


def test_help_loads_nothing_but_the_command_line() -> None:
    modules = loaded("--help")
    assert modules & HEAVY == set()
    assert ours(modules) == {
        "vaultrel.cli",
        "vaultrel.cli.screen",
        "vaultrel.cli.session",
    }


def test_completing_a_command_loads_no_command() -> None:
    modules = loaded(_VAULTREL_COMPLETE="bash_complete", COMP_WORDS="vaultrel\nsc", COMP_CWORD="1")
    assert modules & HEAVY == set()
    assert not any(name.startswith("vaultrel.core") or name == "vaultrel.cli.scan" for name in modules)


def test_completing_a_person_loads_only_that_command(vault: Path) -> None:
    words = f"vaultrel\n--vault\n{vault}\nshow\nAd"
    modules = loaded(_VAULTREL_COMPLETE="bash_complete", COMP_WORDS=words, COMP_CWORD="4")
    assert modules & (HEAVY | SLOW_FOR_A_SHORT_RUN) == set()
    assert ours(modules) == {
        "vaultrel.cli",
        "vaultrel.cli.completion",
        "vaultrel.cli.screen",
        "vaultrel.cli.session",
        "vaultrel.cli.show",
        "vaultrel.cli.typed_names",
        "vaultrel.core",
        "vaultrel.core.expressions",
        "vaultrel.core.text",
        "vaultrel.errors",
        "vaultrel.locations",
    }


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("options", [(), ("--json",), ("--color=always",)])
@pytest.mark.parametrize("command", ["today", "scan"])
def test_what_was_answered_before_loads_what_prints_it(
    run: Run, vault: Path, monkeypatch: pytest.MonkeyPatch, command: str, options: tuple[str, ...]
) -> None:
    # The notes were saved just now, which alone would be a reason to read them again.
    monkeypatch.setattr("vaultrel.core.changes.COARSE_CLOCK_NS", 0)
    for _ in range(3):  # until a scan leaves nothing to do
        run("--vault", vault, command)
    modules = loaded("--vault", str(vault), *options, command)
    assert modules & (HEAVY | SLOW_FOR_A_SHORT_RUN) == set()
    assert ours(modules) <= {
        "vaultrel.app",
        "vaultrel.app.kept_answer",
        "vaultrel.app.last_scan",
        "vaultrel.cli",
        "vaultrel.cli.phrases",
        "vaultrel.cli.scan",
        "vaultrel.cli.screen",
        "vaultrel.cli.session",
        "vaultrel.cli.today",
        "vaultrel.clock",
        "vaultrel.core",
        "vaultrel.core.expressions",
        "vaultrel.core.obsidian_files",
        "vaultrel.core.text",
        "vaultrel.errors",
        "vaultrel.locations",
        "vaultrel.storage",
        "vaultrel.storage.kept_listing",
        "vaultrel.storage.naming",
        "vaultrel.storage.system",
        "vaultrel.storage.system.base",
        "vaultrel.storage.system.posix",
    }


@pytest.mark.usefixtures("home")
def test_an_answer_from_what_was_remembered_loads_neither_parsers_nor_servers(
    run: Run, vault: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vaultrel.core.changes.COARSE_CLOCK_NS", 0)
    run("--vault", vault, "people")
    modules = loaded("--vault", str(vault), "people")
    assert modules & (HEAVY - {"msgspec", "sqlite3"}) == set()
    assert (
        modules & {"vaultrel.core.notes", "vaultrel.core.derive", "vaultrel.outputs", "vaultrel.app.editing"} == set()
    )


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_says_of_a_command_what_the_command_says_of_itself(name: str) -> None:
    import click

    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    (said,) = (section[name] for section in SECTIONS.values() if name in section)
    assert command.get_short_help_str(limit=200) == said
