"""The page of feed faults is the one that the rules give."""

from __future__ import annotations

import importlib.util
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_page_of_feed_faults_is_the_one_the_rules_give() -> None:
    spec = importlib.util.spec_from_file_location("page", ROOT / "scripts" / "write_feed_faults_page.py")
    assert spec is not None
    assert spec.loader is not None
    page = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(page)
    assert (ROOT / "docs" / "reference" / "feed-faults.md").read_text("utf-8") == page.compose_page(), (
        "run scripts/write_feed_faults_page.py"
    )
