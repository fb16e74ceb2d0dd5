"""The JSON answers have exactly the keys that the reference of the commands lists for them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Run

PAGE = (Path(__file__).resolve().parents[2] / "docs/reference/commands.md").read_text("utf-8")


def keys_in(text: str) -> list[str]:
    """The keys a sentence lists, without those in its brackets."""
    return re.findall(r"`([a-z_]+)`", re.sub(r"\([^)]*\)", "", text))


def documented(schema: str) -> list[str]:
    found = re.search(rf"^### {re.escape(schema)}\n(.*?)^###", PAGE, re.MULTILINE | re.DOTALL)
    assert found is not None
    return ["schema", *(key for key in keys_in(found[1]))]


def documented_part(name: str) -> list[str]:
    found = re.search(rf"^- {name}: (.*?)\.$", PAGE, re.MULTILINE | re.DOTALL)
    assert found is not None
    return keys_in(found[1])


@pytest.mark.parametrize(
    ("words", "schema"),
    [
        (["today"], "vaultrel.today/1"),
        (["show", "Ada"], "vaultrel.show/1"),
        (["why", "Ada"], "vaultrel.why/1"),
        (["why", "--note", "People/Broken.md"], "vaultrel.why-note/1"),
        (["brief", "Ada"], "vaultrel.brief/1"),
        (["people"], "vaultrel.people/1"),
        (["stats"], "vaultrel.stats/1"),
        (["renetwork"], "vaultrel.renetwork/1"),
        (["scan", "-n"], "vaultrel.scan/1"),
        (["doctor"], "vaultrel.doctor/1"),
    ],
)
def test_an_answer_has_the_keys_documented_in_that_order(on_vault: Run, words: list[str], schema: str) -> None:
    answer = on_vault(*words, "--json").json
    assert answer["schema"] == schema
    assert list(answer) == documented(schema)


def test_the_parts_have_the_keys_documented(on_vault: Run) -> None:
    shown = on_vault("show", "Ben", "--json").json
    problem: dict[str, Any] = on_vault("scan", "-n", "--json").json["diagnostics"][0]
    assert list(shown["person"]) == documented_part("A person")
    assert list(shown["followup"]) == documented_part("A follow-up")
    assert list(shown["interactions"][0]) == documented_part("An interaction")
    assert list(problem) == documented_part("A diagnostic")
