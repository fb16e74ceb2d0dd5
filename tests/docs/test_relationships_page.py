"""What the page about relationships shows is what the commands say, and its defaults are the settings'."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from vaultrel.cli import cli
from vaultrel.core.brief import SUBJECTS
from vaultrel.core.followups import ONCE_STRONG
from vaultrel.settings import RelationshipSettings

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/explanation/relationships.md").read_text("utf-8")
EXAMPLES = re.findall(r"^```console\n\$ vaultrel (.*?)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(("line", "shown"), EXAMPLES)
def test_every_command_shown_says_what_is_shown(
    line: str, shown: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("COLUMNS", "100")
    assert CliRunner().invoke(cli, shlex.split(line), prog_name="vaultrel").stdout == shown


def test_the_page_shows_the_history_and_a_brief() -> None:
    assert [shlex.split(line)[4] for line, _ in EXAMPLES] == ["stats", "brief"]


def test_the_headline_in_the_text_is_that_of_the_example() -> None:
    (headline,) = re.findall(r"`([0-9]+ relationships out of [0-9]+ contacts)`", PAGE)
    assert EXAMPLES[0][1].startswith(headline)


def test_the_defaults_named_are_those_of_the_settings() -> None:
    defaults = RelationshipSettings()
    told = dict(re.findall(r"^\| [a-z ]+ \| (.*?) \| `relationship\.([a-z_]+)`", PAGE, re.MULTILINE))
    assert {name: re.findall("[0-9]+", text) for text, name in told.items()} == {
        "contact_days": [str(defaults.contact_days)],
        "span_days": [str(defaults.span_days)],
        "quiet_days": [str(defaults.quiet_days)],
    }
    assert defaults.quiet_rhythms == 3
    assert "three times the usual gap" in PAGE


def test_the_subjects_and_the_strength_named_are_those_of_the_program() -> None:
    assert f"nothing was\nfound: {', '.join(SUBJECTS)}." in PAGE
    assert f"strength was once {ONCE_STRONG} or more" in PAGE
