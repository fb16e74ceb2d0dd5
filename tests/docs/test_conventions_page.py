"""The page of conventions and the cases that hold them name each other."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "reference" / "conventions.md").read_text("utf-8")
CASES = [
    case["name"]
    for file in (ROOT / "tests" / "conventions" / "cases").glob("*.toml")
    for case in tomllib.loads(file.read_text("utf-8"))["case"]
]


ROWS = [line for line in PAGE.splitlines() if line.startswith("| ") and not line.startswith("| written |")]
NAMES = re.compile(r"\| (`[a-z0-9-]+`(?:, `[a-z0-9-]+`)*) \|$")


def test_every_case_stands_on_the_page_once_and_every_row_names_cases_that_exist() -> None:
    named = [NAMES.search(row) for row in ROWS]
    assert [row for row, names in zip(ROWS, named, strict=True) if names is None] == []
    on_page = [name for names in named if names is not None for name in names[1].replace("`", "").split(", ")]
    assert sorted(on_page) == sorted(CASES)
