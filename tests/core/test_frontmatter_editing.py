"""What an edit and its undoing make of a note, byte by byte; the cases are in data/frontmatter."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from vaultrel.core.frontmatter import REFUSALS, patch_frontmatter, says, splice, strip_frontmatter
from vaultrel.core.frontmatter.outline import WRITABLE
from vaultrel.model import OWNED_FIELDS, OwnedValue, Refusal, Scalar

DATA = Path(__file__).parent / "data" / "frontmatter"
FIELDS: dict[str, OwnedValue | None] = {
    "rel_last_contact": dt.date(2026, 5, 1),
    "rel_strength": 43,
    "rel_band": "warm",
}


def cases(name: str) -> list[Any]:
    return [pytest.param(case, id=case["rule"]) for case in json.loads((DATA / name).read_text(encoding="utf-8"))]


def outcome(answer: bytes | Refusal) -> str | tuple[str, int]:
    return (answer.code, answer.line) if isinstance(answer, Refusal) else answer.decode()


@pytest.mark.parametrize("case", cases("editing.json"))
def test_an_edit_changes_our_lines_or_nothing(case: dict[str, Any]) -> None:
    expected = case.get("patched") or (case["refusal"], case["line"])
    assert outcome(patch_frontmatter(case["note"].encode(), FIELDS)) == expected


@pytest.mark.parametrize("case", cases("stripping.json"))
def test_strip_takes_out_our_lines_or_nothing(case: dict[str, Any]) -> None:
    expected = case.get("stripped") or (case["refusal"], case["line"])
    assert outcome(strip_frontmatter(case["note"].encode())) == expected


@pytest.mark.parametrize(
    "case",
    [case for case in cases("editing.json") if "patched" in case.values[0] and "rel_" not in case.values[0]["note"]],
)
def test_strip_gives_back_the_original_bytes(case: dict[str, Any]) -> None:
    assert strip_frontmatter(case["patched"].encode()) == case["note"].encode()


def test_none_removes_a_key_and_its_absence_is_no_change() -> None:
    data = b"---\na: b\nrel_rhythm_days: 30\nrel_band: warm\n---\n"
    removed = patch_frontmatter(data, {"rel_rhythm_days": None, "rel_next_followup": None, "rel_band": "new"})
    assert removed == b"---\na: b\nrel_band: new\n---\n"
    assert patch_frontmatter(removed, {"rel_rhythm_days": None}) is removed
    assert patch_frontmatter(b"body", {"rel_rhythm_days": None}) == b"body"


def test_removing_the_last_key_of_a_block_we_made_removes_the_block() -> None:
    assert patch_frontmatter(b"---\nrel_strength: 4\n---\nbody", {"rel_strength": None}) == b"body"


def test_keys_are_added_in_one_order_with_the_snooze_last() -> None:
    values: dict[str, OwnedValue | None] = {"rel_snooze_until": dt.date(2026, 9, 1)}
    values |= dict.fromkeys(reversed(OWNED_FIELDS), 1)
    patched = patch_frontmatter(b"---\na: b\n---\n", values)
    assert isinstance(patched, bytes)
    assert [line.partition(b":")[0].decode() for line in patched.splitlines()[2:-1]] == list(WRITABLE)


@pytest.mark.parametrize(
    "fields",
    [
        {"title": 3},
        {"rel_ignore": "yes"},
        {"rel_band": "two words"},
        {"rel_band": "no"},
        {"rel_band": "x: y"},
        {"rel_band": ""},
        {"rel_strength": True},
        {"rel_last_contact": dt.datetime(2026, 5, 1, tzinfo=dt.UTC)},
    ],
)
def test_what_vaultrel_never_writes_is_a_mistake_of_the_caller(fields: dict[str, OwnedValue | None]) -> None:
    with pytest.raises(ValueError, match=r"rel_|title"):
        patch_frontmatter(b"", fields)


@pytest.mark.parametrize(
    ("leaf", "wanted"),
    [
        (Scalar("43", 1, 1), 43),
        (Scalar("0", 1, 1), 0),
        (Scalar("warm", 1, 1), "warm"),
        (Scalar("warm", 1, 1, plain=False), "warm"),
        (Scalar("2026-05-01", 1, 1), dt.date(2026, 5, 1)),
    ],
)
def test_values_are_equal_when_both_yaml_versions_say_so(leaf: Scalar, wanted: OwnedValue) -> None:
    assert says(leaf, wanted)


@pytest.mark.parametrize(
    ("leaf", "wanted"),
    [
        (Scalar("43", 1, 1, plain=False), 43),
        (Scalar("+43", 1, 1), 43),
        (Scalar("043", 1, 1), 43),
        (Scalar("43.0", 1, 1), 43),
        (Scalar("4_3", 1, 1), 43),
        (Scalar("9" * 5000, 1, 1), 9),
        (Scalar("Warm", 1, 1), "warm"),
        (Scalar("2026-5-1", 1, 1), dt.date(2026, 5, 1)),
        (Scalar("2026-05-01", 1, 1, plain=False), dt.date(2026, 5, 1)),
    ],
)
def test_values_differ_when_one_yaml_version_says_so(leaf: Scalar, wanted: OwnedValue) -> None:
    assert not says(leaf, wanted)


@pytest.mark.parametrize(
    "wrong",
    [
        b"---\na: c\nrel_strength: 43\n---\nbody",
        b"---\na: b\nrel_strength: 43\n---\nBody",
        b"---\na: b\nrel_strength: 44\n---\nbody",
        b"---\na: b # new\nrel_strength: 43\n---\nbody",
        b"---\nrel_strength: 43\n---\nbody",
        b"---\na: b\nrel_strength: 43\nrel_strength: 43\n---\nbody",
        b"--- \na: b\nrel_strength: 43\n---\nbody",
        b"---\na: b\n\nrel_strength: 43\n---\nbody",
        b"---\na: 'b'\nrel_strength: 43\n---\nbody",
        b"---\na: b\nrel_strength: 43\nrel_band: warm\n---\nbody",
        b"a: b\nrel_strength: 43\nbody",
    ],
)
def test_a_wrong_splice_is_never_let_out(wrong: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(splice, "_assemble", lambda *_: wrong)
    answer = patch_frontmatter(b"---\na: b\n---\nbody", {"rel_strength": 43})
    assert answer == Refusal("unproven-edit", REFUSALS["unproven-edit"])
