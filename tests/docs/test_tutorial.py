"""The first five minutes are a transcript: what the page shows is what the commands print."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.skipif(importlib.util.find_spec("pty") is None, reason="there is no terminal to imitate here")
def test_the_tutorial_shows_what_its_commands_print() -> None:
    spec = importlib.util.spec_from_file_location("tutorial", ROOT / "scripts" / "write_tutorial.py")
    assert spec is not None
    assert spec.loader is not None
    tutorial = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tutorial)
    page = (ROOT / "docs/tutorial/first-five-minutes.md").read_text("utf-8")
    assert page == tutorial.compose_page(page), "look at what changed, then run scripts/write_tutorial.py"
