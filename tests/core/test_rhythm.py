from __future__ import annotations

import datetime as dt
import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from vaultrel.core.rhythm import TypicalGap, collapse_days, due_gap_days, usual_gap_days
from vaultrel.model import ContactDay, Direction, Interaction, NotePath

MAY_1 = dt.date(2026, 5, 1)


def interaction(day: dt.date, kind: str = "meeting", direction: Direction = "mutual", present: int = 1) -> Interaction:
    return Interaction(NotePath("People/Ana Reis.md"), NotePath("Note.md"), 1, day, kind, direction, present)


def after_gaps(*gaps: int, first: dt.date = MAY_1) -> tuple[ContactDay, ...]:
    days = [first]
    for gap in gaps:
        days.append(days[-1] + dt.timedelta(gap))
    return collapse_days(interaction(day) for day in days)


# --- days of contact


def test_a_day_counts_once_in_its_smallest_company_with_all_that_was_seen() -> None:
    found = collapse_days(
        [
            interaction(MAY_1, "meeting", "mutual", 6),
            interaction(MAY_1, "message", "by_me", 2),
            interaction(MAY_1 - dt.timedelta(1), "call", "by_them"),
        ]
    )
    assert found == (
        ContactDay(MAY_1 - dt.timedelta(1), 1, frozenset({"by_them"}), frozenset({"call"})),
        ContactDay(MAY_1, 2, frozenset({"mutual", "by_me"}), frozenset({"meeting", "message"})),
    )


# --- rhythm


@pytest.mark.parametrize(
    ("gaps", "rhythm"),
    [
        ((), None),
        ((30,), None),
        ((7, 9), 8),
        ((7, 8), 8),  # half a day counts up
        ((7, 8, 100), 8),
        ((20, 1, 9), 9),
        ((1, 2, 3, 4), 3),
        ((200, 200, 200, *[10] * 12), 10),  # only the last twelve gaps count
        ((*[10] * 6, *[30] * 6), 20),
        ((100, *[10] * 6, *[30] * 6), 20),  # the thirteenth from the end does not
    ],
)
def test_the_rhythm_is_the_median_of_the_last_twelve_gaps(gaps: tuple[int, ...], rhythm: int | None) -> None:
    assert usual_gap_days(after_gaps(*gaps)) == rhythm


def test_contact_is_due_when_four_in_five_gaps_are_shorter() -> None:
    days = after_gaps(20, 40)
    assert due_gap_days(days, 30.0) == pytest.approx((30 + 60) * (5 ** (1 / 3) - 1), abs=1e-12)
    assert due_gap_days(days, 10.0) == pytest.approx((10 + 60) * (5 ** (1 / 3) - 1), abs=1e-12)


def test_two_days_of_contact_are_enough_to_expect_the_next() -> None:
    assert due_gap_days(after_gaps(20), 30.0) == pytest.approx((30 + 20) * (5 ** (1 / 2) - 1), abs=1e-12)


def test_one_day_of_contact_says_nothing_about_when_the_next_is_due() -> None:
    assert due_gap_days(after_gaps(), 30.0) is None


# --- the owner's typical gap


def typical_gap_by_hand(ties: dict[str, tuple[ContactDay, ...]], day: dt.date) -> float:
    means = []
    for days in ties.values():
        past = [contact.day for contact in days if contact.day < day.replace(day=1)]
        gaps = [(later - earlier).days for earlier, later in pairwise(past)]
        if gaps:
            means.append(sum(math.log(gap) for gap in gaps) / len(gaps))
    return math.exp((sum(means) + 5 * math.log(30)) / (len(means) + 5))


def test_a_vault_without_contact_is_taken_to_have_gaps_of_thirty_days() -> None:
    assert TypicalGap().before(MAY_1) == pytest.approx(30.0, rel=1e-12)


def test_contact_counts_from_the_month_after_it() -> None:
    gap = TypicalGap()
    assert gap.set_tie("ana", after_gaps(3, first=dt.date(2026, 4, 28))) == dt.date(2026, 6, 1)
    assert gap.before(dt.date(2026, 5, 31)) == pytest.approx(30.0)
    assert gap.before(dt.date(2026, 6, 1)) == pytest.approx(math.exp((math.log(3) + 5 * math.log(30)) / 6))


def test_a_tie_of_daily_contact_counts_like_any_other() -> None:
    gap = TypicalGap()
    gap.set_tie("ana", after_gaps(1, 1, first=dt.date(2026, 4, 28)))
    assert gap.before(dt.date(2026, 6, 1)) == pytest.approx(30 ** (5 / 6), rel=1e-9)


def test_contact_on_one_more_day_changes_only_later_months() -> None:
    gap = TypicalGap()
    known = after_gaps(10, 12, 40, 7)
    gap.set_tie("ana", known)
    longer = (*known, *after_gaps(first=known[-1].day + dt.timedelta(5)))
    before = {month: gap.before(dt.date(2026, month, 3)) for month in range(1, 8)}
    assert gap.set_tie("ana", longer) == dt.date(2026, 8, 1)
    assert before == {month: gap.before(dt.date(2026, month, 3)) for month in range(1, 8)}


def test_telling_the_same_again_changes_nothing() -> None:
    gap = TypicalGap()
    gap.set_tie("ana", after_gaps(10, 12))
    assert gap.set_tie("ana", after_gaps(10, 12)) is None
    assert gap.set_tie("ben", after_gaps()) is None
    assert gap.set_tie("nobody", ()) is None


def test_the_last_month_of_the_calendar_is_no_error() -> None:
    gap = TypicalGap()
    gap.set_tie("ana", after_gaps(5, first=dt.date(9999, 12, 20)))
    assert gap.before(dt.date.max) == pytest.approx(30.0)
    gap.set_tie("ben", after_gaps(3, first=dt.date(9999, 11, 20)))
    assert gap.before(dt.date.max) == pytest.approx((30**5 * 3) ** (1 / 6))


DAYS = st.lists(st.dates(dt.date(2024, 1, 1), dt.date(2026, 12, 31)), unique=True, max_size=8).map(
    lambda days: collapse_days(interaction(day) for day in days)
)
UPDATES = st.lists(st.tuples(st.sampled_from(["ana", "ben", "cleo"]), DAYS), max_size=12)
MONTHS = [dt.date(year, month, 15) for year in (2024, 2025, 2026) for month in range(1, 13)]


@given(UPDATES)
@hypothesis_settings(max_examples=60)
def test_any_order_of_updates_gives_the_same_as_the_last_state_alone(
    updates: list[tuple[str, tuple[ContactDay, ...]]],
) -> None:
    gap, fresh = TypicalGap(), TypicalGap()
    for key, days in updates:
        gap.set_tie(key, days)
    state = dict(updates)
    for key in sorted(state, reverse=True):
        fresh.set_tie(key, state[key])
    answers = [gap.before(month) for month in MONTHS]
    assert answers == [fresh.before(month) for month in MONTHS]
    assert answers == pytest.approx([typical_gap_by_hand(state, month) for month in MONTHS], abs=1e-6)


@given(UPDATES, st.sampled_from(["ana", "ben", "cleo"]), DAYS)
@hypothesis_settings(max_examples=60)
def test_no_answer_before_the_day_returned_has_changed(
    updates: list[tuple[str, tuple[ContactDay, ...]]], key: str, days: tuple[ContactDay, ...]
) -> None:
    gap = TypicalGap()
    for known, contact in updates:
        gap.set_tie(known, contact)
    before = {month: gap.before(month) for month in MONTHS}
    changed_from = gap.set_tie(key, days)
    for month in MONTHS:
        if changed_from is None or month < changed_from:
            assert gap.before(month) == before[month]


def test_removing_every_tie_leaves_nothing_behind() -> None:
    gap = TypicalGap()
    gap.set_tie("ana", after_gaps(10, 12))
    gap.set_tie("ben", after_gaps(90))
    gap.set_tie("ana", ())
    gap.set_tie("ben", ())
    assert {gap.before(month) for month in MONTHS} == {TypicalGap().before(MAY_1)}
