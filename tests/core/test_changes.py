from __future__ import annotations

import pytest

from vaultrel.core.changes import Changes, diff_fingerprints, looks_vanished, settle_fingerprint
from vaultrel.model import Fingerprint, NotePath

SECOND = 10**9
READ_AT = 1_700_000_000 * SECOND


def listing(**files: Fingerprint) -> dict[NotePath, Fingerprint]:
    return {NotePath(f"{name}.md"): fingerprint for name, fingerprint in files.items()}


def saved_at(moment_ns: int, *, size: int = 1, inode: int = 1, ctime_ns: int | None = None) -> Fingerprint:
    return Fingerprint(moment_ns, moment_ns if ctime_ns is None else ctime_ns, size, inode)


OLD = saved_at(READ_AT - 100 * SECOND)


def test_equal_listings_differ_in_nothing() -> None:
    assert diff_fingerprints(listing(a=OLD), listing(a=OLD)) == Changes()
    assert not Changes()


def test_each_way_of_differing_is_told_apart_and_sorted() -> None:
    changes = diff_fingerprints(
        listing(kept=OLD, z_gone=OLD, gone=OLD, edited=OLD),
        listing(kept=OLD, z_new=OLD, new=OLD, edited=saved_at(READ_AT)),
    )
    assert changes == Changes(
        added=(NotePath("new.md"), NotePath("z_new.md")),
        changed=(NotePath("edited.md"),),
        removed=(NotePath("gone.md"), NotePath("z_gone.md")),
    )
    assert changes


@pytest.mark.parametrize("part", ["mtime_ns", "ctime_ns", "size", "inode"])
def test_any_part_of_a_fingerprint_shows_a_change(part: str) -> None:
    values = {"mtime_ns": 1, "ctime_ns": 1, "size": 1, "inode": 1}
    changes = diff_fingerprints(listing(a=Fingerprint(**values)), listing(a=Fingerprint(**{**values, part: 2})))
    assert changes.changed == (NotePath("a.md"),)


@pytest.mark.parametrize(
    ("rule", "fingerprint", "trusted"),
    [
        ("saved long before", saved_at(READ_AT - 3 * SECOND), True),
        ("saved within one tick of a coarse clock", saved_at(READ_AT - 2 * SECOND), False),
        ("saved while reading", saved_at(READ_AT + SECOND), False),
        ("old mtime restored on a file just written", saved_at(READ_AT - 99 * SECOND, ctime_ns=READ_AT), False),
        ("mtime set to the far future by its user", saved_at(READ_AT * 2, ctime_ns=READ_AT - 9 * SECOND), True),
        ("a server whose clock is ahead", saved_at(READ_AT + 3600 * SECOND), False),
    ],
)
def test_a_fingerprint_taken_right_after_a_save_is_not_trusted(
    rule: str, fingerprint: Fingerprint, *, trusted: bool
) -> None:
    settled = settle_fingerprint(fingerprint, READ_AT)
    assert (settled == fingerprint) is trusted, rule
    seen = listing(a=fingerprint)
    assert bool(diff_fingerprints({NotePath("a.md"): settled}, seen)) is not trusted, rule


@pytest.mark.parametrize(
    ("known", "removed", "seen", "vanished"),
    [
        (0, 0, 0, False),
        (0, 0, 50, False),
        (1, 1, 0, True),
        (9, 8, 1, False),
        (10, 2, 8, True),
        (10, 1, 9, False),
        (100, 19, 81, False),
        (100, 20, 80, True),
        (100, 100, 0, True),
        (100, 100, 100, False),
        (100, 50, 90, False),
    ],
)
def test_a_fifth_of_the_notes_gone_at_once_looks_like_an_unmounted_disk(
    known: int, removed: int, seen: int, *, vanished: bool
) -> None:
    assert looks_vanished(known, removed, seen) is vanished
