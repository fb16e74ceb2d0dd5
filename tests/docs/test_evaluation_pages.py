"""What the pages about evaluation show is what the programs say, and every model has its place on them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from vaultrel.cli import cli
from vaultrel.cli.event_log import read_event_log
from vaultrel.core.strength import MODELS

ROOT = Path(__file__).parents[2]
HOW_TO = (ROOT / "docs/how-to/evaluate-on-your-own-log.md").read_text("utf-8")
EXPLANATION = (ROOT / "docs/explanation/strength.md").read_text("utf-8")


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("text", blocks(HOW_TO, "csv"))
def test_every_log_shown_can_be_read(text: str, tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text(text)
    assert read_event_log(path)


@pytest.mark.parametrize("text", blocks(HOW_TO, "console"))
def test_every_command_shown_says_what_is_shown(text: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    command, _, shown = text.partition("\n")
    words = command.removeprefix("$ vaultrel ").split()
    assert CliRunner().invoke(cli, words, prog_name="vaultrel").stdout.strip() == shown.strip()


def test_the_pages_show_logs_and_commands() -> None:
    assert len(blocks(HOW_TO, "csv")) == 2
    assert len(blocks(HOW_TO, "console")) == 1


@pytest.mark.parametrize("model", [model.name for model in MODELS])
def test_every_strength_model_is_explained_and_stands_in_the_table(model: str) -> None:
    assert re.search(rf"^### `{model}`", EXPLANATION, re.MULTILINE)
    assert re.search(rf"^\| {model} \|", EXPLANATION, re.MULTILINE)
