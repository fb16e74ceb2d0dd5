"""Every phrase stands in the reference, word for word, and its example is valid."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from vaultrel.core.wording import PHRASES, check_phrases

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "phrases.md").read_text("utf-8")


def test_the_page_lists_every_phrase_and_no_other() -> None:
    assert dict(re.findall(r"^\| `([a-z-]+)` \| (.*) \|$", PAGE, re.MULTILINE)) == dict(PHRASES)


def test_the_example_fits() -> None:
    (example,) = re.findall(r"^```toml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    assert check_phrases(tomllib.loads(example)["phrases"]) == ()
