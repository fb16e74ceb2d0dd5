"""What a change to an event means, and what is known of the events that were written."""

from __future__ import annotations

import datetime as dt

import pytest

from vaultrel.core.vdir import (
    Item,
    Memory,
    Written,
    decode_memory,
    encode_memory,
    is_emptied,
    may_stay,
    read_change,
)
from vaultrel.model import NotePath

TODAY = dt.date(2026, 6, 30)
DAY = dt.date(2026, 7, 6)
LATER = dt.date(2026, 7, 13)
TITLE = "Ada Moreau: Propose coffee"
WRITTEN = Written(NotePath("People/Ada Moreau.md"), "5b1f9a02", DAY, TITLE, "content", ("new", "old"))
MEMORY = Memory("/calendars/mine", {"a": WRITTEN, "b": WRITTEN})


@pytest.mark.parametrize(
    ("item", "done", "done_on", "moved_to"),
    [
        (Item(LATER, TITLE), False, None, LATER),
        (Item(TODAY, TITLE), False, None, TODAY),
        (Item(DAY, f"✓ {TITLE}"), True, None, None),
        (Item(DAY, TITLE, "COMPLETED"), True, None, None),
        (Item(TODAY, f"✓ {TITLE}"), True, TODAY, None),
        (Item(DAY, TITLE, "CANCELLED"), False, None, DAY + dt.timedelta(28)),
        (None, False, None, DAY + dt.timedelta(28)),
        (Item(dt.date.max, TITLE), False, None, dt.date(2200, 12, 31)),
    ],
    ids=["later", "earlier", "marked", "completed", "marked-and-moved", "cancelled", "deleted", "end-of-time"],
)
def test_what_was_done_to_an_event_is_said_as_in_the_note_of_follow_ups(
    item: Item | None, *, done: bool, done_on: dt.date | None, moved_to: dt.date | None
) -> None:
    tick = read_change(WRITTEN, item, "theirs", TODAY)
    assert tick is not None
    assert (tick.target, tick.key, tick.written) == ("People/Ada Moreau", "5b1f9a02", DAY)
    assert (tick.done, tick.done_on, tick.moved_to) == (done, done_on, moved_to)


@pytest.mark.parametrize(
    "item", [Item(DAY, TITLE), Item(DAY, "Ada, at last"), Item(DAY, ""), Item(DAY, TITLE, "TENTATIVE")]
)
def test_any_other_change_says_nothing(item: Item) -> None:
    assert read_change(WRITTEN, item, "theirs", TODAY) is None


def test_a_title_that_had_its_mark_from_the_notes_is_not_done() -> None:
    marked = Written(WRITTEN.person, "k", DAY, "✓ Club: Write", "content", ("new",))
    assert read_change(marked, Item(DAY, "✓ Club: Write, soon"), "theirs", TODAY) is None


@pytest.mark.parametrize("digest", ["new", "old"])
def test_a_file_that_vaultrel_wrote_says_nothing_even_where_a_run_was_killed(digest: str) -> None:
    assert read_change(WRITTEN, Item(LATER, TITLE), digest, TODAY) is None


def test_a_follow_up_deleted_after_its_day_is_put_off_from_today() -> None:
    tick = read_change(WRITTEN, None, "", LATER)
    assert tick is not None
    assert tick.moved_to == LATER + dt.timedelta(28)


def test_a_follow_up_deleted_at_the_end_of_time_stays_within_it() -> None:
    tick = read_change(WRITTEN, None, "", dt.date.max)
    assert tick is not None
    assert tick.moved_to == dt.date(2200, 12, 31)


@pytest.mark.parametrize(
    ("item", "digest", "content", "stays"),
    [
        (Item(DAY, TITLE), "new", "content", True),
        (Item(DAY, TITLE), "old", "content", False),
        (Item(DAY, TITLE), "theirs", "content", True),
        (Item(DAY, "Ada, at last"), "theirs", "content", True),
        (Item(DAY, TITLE), "new", "news", False),
        (Item(LATER, TITLE), "theirs", "content", False),
        (Item(DAY, f"✓ {TITLE}"), "theirs", "content", False),
    ],
    ids=["as-written", "half-done", "as-a-server-writes", "renamed", "news", "moved", "marked"],
)
def test_an_event_stays_as_it_is_unless_there_is_news_or_something_that_counts_was_done(
    item: Item, digest: str, content: str, *, stays: bool
) -> None:
    assert may_stay(WRITTEN, item, digest, content) is stays


@pytest.mark.parametrize(
    ("memory", "present", "names", "emptied"),
    [
        (MEMORY, [], [], True),
        (MEMORY, [], ["dentist.ics"], True),
        (MEMORY, ["a"], ["a.ics"], False),
        (Memory("/x"), [], [], False),
        (Memory("/x", {"a": WRITTEN}), [], [], True),
        (Memory("/x", {"a": WRITTEN}), [], ["displayname"], True),
        (Memory("/x", {"a": WRITTEN}), [], ["dentist.ics"], False),
    ],
)
def test_a_folder_is_emptied_when_all_events_are_gone_at_once_or_it_holds_none_at_all(
    memory: Memory, present: list[str], names: list[str], *, emptied: bool
) -> None:
    assert is_emptied(memory, present, names) is emptied


def test_what_was_written_is_known_again() -> None:
    assert decode_memory(encode_memory(MEMORY), MEMORY.folder) == MEMORY


def test_what_was_written_into_another_folder_is_not_known() -> None:
    assert decode_memory(encode_memory(MEMORY), "/calendars/yours") == Memory("/calendars/yours")


@pytest.mark.parametrize(
    "data",
    [
        None,
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b'{"folder": "/x"}',
        b'{"folder": "/x", "events": []}',
        b'{"folder": "/x", "events": {"a": [1]}}',
        b'{"folder": "/x", "events": {"a": ["p", "k", "soon", "t", "c", []]}}',
        b'{"folder": "/x", "events": {"a": ["p", "k", 7, "t", "c", []]}}',
        b"[" * 100_000,
    ],
)
def test_bytes_that_are_no_memory_are_none(data: bytes | None) -> None:
    assert decode_memory(data, "/x") == Memory("/x")
