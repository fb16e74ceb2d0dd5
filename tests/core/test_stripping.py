"""Taking our properties out again: every one of ours, nothing else."""

from __future__ import annotations

import pytest

from vaultrel.core.frontmatter import patch_frontmatter
from vaultrel.core.notes import parse_note
from vaultrel.core.stripping import is_same_but_for_ours, plan_strip
from vaultrel.model import NotePath

ADA = NotePath("People/Ada Stone.md")
FIELDS: dict[str, int | str] = {"rel_strength": 61, "rel_band": "warm", "rel_contact_days": 4}
PLAIN = b"---\ntags: [person]\nrel_ignore: true\nrel_snooze_until: 2026-06-01\n---\nPaints.\n"


def written(data: bytes) -> bytes:
    made = patch_frontmatter(data, {**FIELDS})
    assert isinstance(made, bytes)
    return made


def test_only_our_fields_that_are_there_are_taken_out() -> None:
    (patch,), refused = plan_strip({ADA: parse_note(ADA, written(PLAIN))})
    assert refused == ()
    assert dict(patch.fields) == dict.fromkeys(FIELDS)
    assert patch_frontmatter(written(PLAIN), dict(patch.fields)) == PLAIN


def test_a_note_without_our_fields_is_left_alone() -> None:
    assert plan_strip({ADA: parse_note(ADA, PLAIN)}) == ((), ())


def test_a_note_that_is_no_longer_about_a_person_is_stripped_too() -> None:
    path = NotePath("Ideas/Pottery.md")
    (patch,), _ = plan_strip({path: parse_note(path, written(b"On glazes.\n"))})
    assert patch.path == path


def test_a_note_that_must_not_be_written_is_named_with_the_reason() -> None:
    board = b"---\nkanban-plugin: basic\nrel_strength: 3\n---\n"
    patches, (refused,) = plan_strip({ADA: parse_note(ADA, board)})
    assert patches == ()
    assert (refused.path, refused.code) == (ADA, "kanban")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (PLAIN, PLAIN, True),
        (PLAIN, written(PLAIN), True),
        (written(PLAIN), written(PLAIN).replace(b"61", b"20"), True),
        (b"Paints.\n", written(b"Paints.\n"), True),
        (PLAIN, PLAIN.replace(b"Paints", b"Draws"), False),
        (PLAIN, PLAIN.replace(b"06-01", b"07-01"), False),
        (PLAIN, PLAIN.replace(b"person]", b"person] # new"), False),
        (b"---\n[\n---\n1", b"---\n[\n---\n2", False),
    ],
)
def test_two_versions_are_the_same_when_only_our_lines_differ(one: bytes, other: bytes, *, same: bool) -> None:
    assert is_same_but_for_ours(one, other) is same
    assert is_same_but_for_ours(other, one) is same
