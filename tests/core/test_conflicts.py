"""Which file a sync program's copy is a second version of."""

from __future__ import annotations

import pytest

from vaultrel.core.conflicts import original_path


@pytest.mark.parametrize(
    ("copy", "original"),
    [
        ("People/Ada Stone.sync-conflict-20260104-101010-ABCDEFG.md", "People/Ada Stone.md"),
        ("Ada Stone (Kim's conflicted copy 2026-01-04).md", "Ada Stone.md"),
        ("Ada Stone (conflicted copy 2026-01-04 101010).md", "Ada Stone.md"),
        ("Ada Stone (Conflicted copy phone 202601041010).md", "Ada Stone.md"),
        ("Ada Stone (Case Conflict).md", "Ada Stone.md"),
        ("Ada Stone_conflict-20260104-101010.md", "Ada Stone.md"),
        ("People/Ada Stone.Conflict.md", "People/Ada Stone.md"),
        ("vaultrel/People.conflict.base", "vaultrel/People.base"),
        ("vaultrel/followups.sync-conflict-20260104-101010-ABCDEFG.ics", "vaultrel/followups.ics"),
        ("Conflict (1914).md", None),
        ("People/Ada Stone.md", None),
        ("A.sync-conflict-20260104/Ada Stone.md", None),
        ("On conflict-resolution.md", None),
        ("A.conflict.of opinions.md", None),
    ],
)
def test_the_name_of_a_copy_says_of_which_file(copy: str, original: str | None) -> None:
    assert original_path(copy) == original


def test_a_long_hostile_name_takes_time_in_proportion() -> None:
    assert original_path(" (conflicted copy" * 60_000 + ".md") is None
