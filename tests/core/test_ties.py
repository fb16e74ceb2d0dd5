from __future__ import annotations

import datetime as dt
import math
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from vaultrel.core.rhythm import collapse_days
from vaultrel.core.ties import CIRCLE_CADENCE, assess_tie, contact_trend
from vaultrel.model import Direction, Interaction, NotePath, Person, TieStrength
from vaultrel.settings import DEFAULT_SETTINGS, PlanSettings, RelationshipSettings, Settings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

HISTORIES: list[dict[str, Any]] = tomllib.loads(
    (Path(__file__).parent / "data/ties/histories.toml").read_text(encoding="utf-8")
)["history"]
HISTORY_NAMES = [history["name"] for history in HISTORIES]

SAM = Person(path=NotePath("People/Sam Whitlock.md"), name="Sam Whitlock", names=("Sam Whitlock",))
TODAY = dt.date(2026, 6, 15)
QUIETER = ("close", "warm", "fading", "dormant")


def contacts(
    days: Sequence[dt.date], kind: str = "meeting", direction: Direction = "mutual", present: int = 1
) -> tuple[Interaction, ...]:
    return tuple(
        Interaction(SAM.path, NotePath(f"Daily/{day}.md"), 3, day, kind, direction, present, "Tea") for day in days
    )


def every(gap_days: int, count: int, last: dt.date = TODAY) -> list[dt.date]:
    return [last - dt.timedelta(gap_days * back) for back in reversed(range(count))]


def assess(
    interactions: Sequence[Interaction],
    as_of: dt.date = TODAY,
    person: Person = SAM,
    settings: Settings = DEFAULT_SETTINGS,
    typical_gap: float = 30.0,
) -> TieStrength:
    return assess_tie(person, collapse_days(interactions), interactions, typical_gap, settings, as_of)


def played(history: Mapping[str, Any]) -> tuple[Interaction, ...]:
    days = history.get("days") or [
        history["first"] + dt.timedelta(at)
        for at in range(0, (history["last"] - history["first"]).days + 1, history["every_days"])
    ]
    return contacts(days, history["kind"], cast("Direction", history["direction"]), history["present"])


def formulas(history: Mapping[str, Any]) -> dict[str, float]:
    """The measures as the model's documentation writes them, term by term, one contact a day."""
    as_of = history["as_of"]
    ages = sorted((as_of - found.day).days for found in played(history))
    weight = history["present"] ** -0.25
    short, long = sum(2 ** (-age / 30) for age in ages), sum(2 ** (-age / 365) for age in ages)
    total = weight * (0.8 * short + 0.2 * long)
    alone = 0.8 * short + 0.2 * long
    numbers = {
        "score": 100 * total / (total + 2),
        "probability": 1 / (1 + (2 / (alone + 0.1)) ** 1.5),
    }
    if len(ages) >= 3 and ages[-1] >= 60:
        lately = weight * short * math.log(2) / 30
        lastingly = weight * long * math.log(2) / (365 * (1 - 2 ** (-ages[-1] / 365)))
        numbers["trend"] = (lately - lastingly) / (lately + lastingly)
    if len(ages) >= 2:
        learned = (30 + ages[-1] - ages[0]) * (5 ** (1 / len(ages)) - 1)
        numbers["due_gap_days"] = min(max(learned, 7), 365)
    return numbers


@pytest.mark.parametrize("history", HISTORIES, ids=HISTORY_NAMES)
def test_the_numbers_of_a_history_are_those_written_down(history: dict[str, Any]) -> None:
    tie = assess(played(history), history["as_of"])
    for measure, expected in history["expect"].items():
        found = getattr(tie, measure)
        assert found == (pytest.approx(expected, abs=1e-9) if isinstance(expected, float) else expected), measure
    assert sum(term.points for term in tie.terms) == tie.strength


@pytest.mark.parametrize("history", HISTORIES, ids=HISTORY_NAMES)
def test_the_numbers_written_down_are_those_of_the_formulas(history: dict[str, Any]) -> None:
    for measure, number in formulas(history).items():
        assert history["expect"][measure] == pytest.approx(number, abs=1e-9), measure


def test_ten_histories_cover_every_band() -> None:
    assert len(HISTORIES) >= 10
    assert {history["expect"]["band"] for history in HISTORIES} == {"close", "warm", "fading", "dormant", "new"}


def test_nothing_is_known_of_a_person_never_met() -> None:
    tie = assess(())
    assert (tie.strength, tie.score, tie.probability, tie.terms) == (0, 0.0, 0.0, ())
    assert (tie.due, tie.due_gap_days, tie.band, tie.relationship) == (None, None, "new", False)


def test_a_day_to_come_does_not_count() -> None:
    past = contacts(every(14, 8))
    ahead = contacts([TODAY + dt.timedelta(1), TODAY + dt.timedelta(40)], "message", "by_them")
    assert assess((*past, *ahead)) == assess(past)


# --- the day contact is due


@given(
    cadence=st.none() | st.integers(1, 400),
    count=st.integers(1, 12),
    gap=st.integers(1, 120),
    ahead=st.integers(0, 900),
)
@hypothesis_settings(max_examples=60)
def test_the_due_day_does_not_move_as_time_passes(cadence: int | None, count: int, gap: int, ahead: int) -> None:
    person = replace(SAM, cadence_days=cadence)
    history = contacts(every(gap, count))
    later = assess(history, TODAY + dt.timedelta(ahead), person)
    assert later.due == assess(history, TODAY, person).due


def test_the_gap_the_user_asks_for_wins() -> None:
    person = replace(SAM, cadence_days=45, circle="inner")
    assert assess(contacts(every(7, 20)), person=person).due == TODAY + dt.timedelta(45)
    assert assess(contacts([TODAY]), person=person).due == TODAY + dt.timedelta(45)


def test_a_first_meeting_is_followed_up_by_policy() -> None:
    settings = Settings(plan=PlanSettings(first_followup_days=3))
    assert assess(contacts([TODAY]), settings=settings).due == TODAY + dt.timedelta(3)


@pytest.mark.parametrize(("circle", "longest"), [*CIRCLE_CADENCE.items(), ("", 365), ("book club", 365)])
def test_a_circle_caps_the_wait(circle: str, longest: int) -> None:
    assert assess(contacts(every(300, 6)), person=replace(SAM, circle=circle)).due == TODAY + dt.timedelta(longest)


def test_nobody_is_due_within_a_week() -> None:
    assert assess(contacts(every(1, 200))).due == TODAY + dt.timedelta(7)


def test_a_snooze_moves_the_due_day_later_and_never_earlier() -> None:
    history = contacts(every(7, 20))
    due = assess(history).due
    assert due is not None
    for days in (-30, -1, 1, 30):
        snoozed = replace(SAM, snooze_until=due + dt.timedelta(days))
        assert assess(history, person=snoozed).due == max(due, due + dt.timedelta(days))


@pytest.mark.parametrize(
    "person", [replace(SAM, as_needed=True), replace(SAM, ignored=True)], ids=["as needed", "ignored"]
)
def test_nothing_is_due_with_someone_the_user_wants_no_reminder_for(person: Person) -> None:
    tie = assess(contacts(every(7, 20)), person=person)
    assert tie.due is None
    assert tie.relationship


def test_an_absurd_cadence_is_no_error() -> None:
    assert assess(contacts([TODAY]), person=replace(SAM, cadence_days=10**9)).due == dt.date.max


# --- bands


def with_band(band: str) -> Person:
    return replace(SAM, written=(("rel_band", band),))


def test_a_close_tie_stays_close_until_65() -> None:
    day = TODAY
    history = contacts(every(30, 90))
    assert assess(history).band == "close"
    while assess(history, day).strength >= 70:
        day += dt.timedelta(1)
    assert 65 <= assess(history, day).strength < 70
    assert assess(history, day, with_band("close")).band == "close"
    assert assess(history, day, with_band("warm")).band == "warm"
    while assess(history, day).strength >= 65:
        day += dt.timedelta(1)
    assert assess(history, day, with_band("close")).band == "warm"


def test_a_tie_is_close_from_70() -> None:
    history, person = contacts(every(30, 90)), replace(SAM, cadence_days=60)
    ties = [assess(history, TODAY + dt.timedelta(silence), person) for silence in range(30)]
    assert {69, 70} <= {tie.strength for tie in ties}
    assert all((tie.band == "close") == (tie.strength >= 70) for tie in ties)


@pytest.mark.parametrize(("silence", "band"), [(25, "close"), (26, "fading"), (50, "fading"), (51, "dormant")])
def test_silence_is_measured_against_the_gap_after_which_contact_is_due(silence: int, band: str) -> None:
    person = replace(SAM, cadence_days=10)
    assert assess(contacts(every(3, 300)), TODAY + dt.timedelta(silence), person).band == band


def test_a_tie_too_weak_to_tell_is_dormant_below_5() -> None:
    history, person = contacts(every(200, 3), present=20), replace(SAM, cadence_days=300)
    ties = [assess(history, TODAY + dt.timedelta(silence), person) for silence in range(250, 550, 5)]
    assert {4, 5} <= {tie.strength for tie in ties}
    assert all((tie.band == "dormant") == (tie.strength < 5) for tie in ties)


HISTORY = st.tuples(st.integers(1, 60), st.integers(1, 150), st.integers(1, 5)).map(
    lambda drawn: contacts(every(drawn[1], drawn[0]), present=drawn[2])
)


@given(HISTORY, st.integers(0, 700), st.sampled_from(["", "new", *QUIETER, "nonsense"]))
@hypothesis_settings(max_examples=60)
def test_a_band_written_to_the_note_is_the_band_found_again(
    history: tuple[Interaction, ...], silence: int, before: str
) -> None:
    as_of = TODAY + dt.timedelta(silence)
    tie = assess(history, as_of, with_band(before))
    assert assess(history, as_of, with_band(tie.band)) == tie


@given(HISTORY)
@hypothesis_settings(max_examples=25)
def test_time_alone_moves_a_band_only_toward_quieter(history: tuple[Interaction, ...]) -> None:
    band = assess(history).band
    for silence in range(0, 600, 6):
        tie = assess(history, TODAY + dt.timedelta(silence), with_band(band))
        if band == "new":
            assert tie.band == "new"
        else:
            assert QUIETER.index(tie.band) >= QUIETER.index(band)
        band = tie.band


@given(HISTORY, st.integers(0, 700))
@hypothesis_settings(max_examples=60)
def test_close_warm_and_fading_ties_are_relationships_and_new_ones_are_none(
    history: tuple[Interaction, ...], silence: int
) -> None:
    tie = assess(history, TODAY + dt.timedelta(silence))
    if tie.band != "dormant":
        assert tie.relationship == (tie.band != "new")


def test_a_monthly_tie_that_thins_out_fades_before_the_silence_is_long() -> None:
    history = contacts(every(30, 24))
    tie = assess(history, TODAY + dt.timedelta(95))
    assert tie.due_gap_days is not None
    assert 2.5 * tie.due_gap_days > 95
    assert tie.trend < -0.6
    assert tie.band == "fading"


def test_a_tie_does_not_fade_before_the_contact_asked_for_is_due() -> None:
    tie = assess(contacts(every(30, 24)), TODAY + dt.timedelta(95), replace(SAM, cadence_days=96))
    assert tie.trend < -0.6
    assert tie.band == "warm"


def test_a_slow_rhythm_is_not_fading_while_it_is_kept() -> None:
    tie = assess(contacts(every(182, 8)), TODAY + dt.timedelta(180))
    assert tie.trend < -0.6
    assert tie.band == "warm"


def test_silence_is_counted_from_a_week_even_where_daily_contact_is_asked_for() -> None:
    tie = assess(contacts(every(1, 200)), TODAY + dt.timedelta(10), replace(SAM, cadence_days=1))
    assert tie.band == "close"


# --- trend


def test_the_trend_tells_more_from_less_and_steady() -> None:
    steady = every(7, 100)
    more = [*every(30, 20), *(day for day in every(3, 10) if day != TODAY)]
    less = [*every(3, 60, TODAY - dt.timedelta(120)), TODAY - dt.timedelta(50)]
    assert abs(contact_trend(collapse_days(contacts(steady)), TODAY)) < 0.3
    assert contact_trend(collapse_days(contacts(more)), TODAY) > 0.3
    assert contact_trend(collapse_days(contacts(less)), TODAY) < -0.6


@pytest.mark.parametrize("days", [every(40, 2), every(7, 8)], ids=["two days of contact", "under sixty days"])
def test_a_tie_too_young_has_no_trend(days: list[dt.date]) -> None:
    assert contact_trend(collapse_days(contacts(days)), TODAY) == 0.0


# --- balance


def test_balance_is_the_share_of_contact_the_user_started() -> None:
    mine = contacts(every(10, 3), "message", "by_me")
    theirs = contacts([TODAY - dt.timedelta(5)], "message", "by_them")
    met = contacts(every(30, 9, TODAY - dt.timedelta(3)))
    assert assess((*mine, *theirs, *met)).balance == 0.75


def test_balance_is_unknown_below_three_days_with_a_known_start() -> None:
    mine = contacts(every(10, 2), "message", "by_me")
    assert assess((*mine, *contacts(every(30, 9, TODAY - dt.timedelta(3))))).balance is None


# --- the gate


def failing(tie: TieStrength) -> list[str]:
    return [condition for condition, holds in tie.gate if not holds]


GATE = [
    # what, interactions, the one condition that fails
    ("two days of contact", contacts(every(80, 2)), "at least 3 days of contact"),
    ("all within 59 days", contacts([*every(29, 2), TODAY - dt.timedelta(59)]), "spread over at least 60 days"),
    ("the last over a year ago", contacts(every(60, 5, TODAY - dt.timedelta(366))), "the last within 365 days"),
    ("only they write", contacts(every(30, 6), "message", "by_them"), "not one-way only"),
    ("only I write", contacts(every(30, 6), "message", "by_me"), "not one-way only"),
]


@pytest.mark.parametrize(("interactions", "condition"), [case[1:] for case in GATE], ids=[case[0] for case in GATE])
def test_each_condition_alone_keeps_a_contact_from_being_a_relationship(
    interactions: tuple[Interaction, ...], condition: str
) -> None:
    tie = assess(interactions)
    assert failing(tie) == [condition]
    assert not tie.relationship


RELATIONSHIPS = [
    ("three days over sixty days", contacts([*every(29, 2), TODAY - dt.timedelta(60)])),
    ("the last a year ago", contacts(every(60, 5, TODAY - dt.timedelta(365)))),
    ("calls count as two-way whoever rang", contacts(every(30, 6), "call", "by_me")),
    ("one answer is enough", (*contacts(every(30, 6), "message", "by_me"), *contacts([TODAY], "message", "by_them"))),
    ("one meeting is enough", (*contacts(every(30, 6), "message", "by_me"), *contacts([TODAY]))),
    (
        "of most contact the start is unknown",
        (*contacts(every(9, 9), "mention", "unknown"), *contacts(every(5, 3), "message", "by_me")),
    ),
    ("slow, but within three of its own gaps", contacts(every(400, 5, TODAY - dt.timedelta(1100)))),
]


@pytest.mark.parametrize("interactions", [case[1] for case in RELATIONSHIPS], ids=[case[0] for case in RELATIONSHIPS])
def test_what_meets_every_condition_is_a_relationship(interactions: tuple[Interaction, ...]) -> None:
    assert failing(assess(interactions)) == []


def test_the_user_may_set_what_a_relationship_takes() -> None:
    settings = Settings(relationship=RelationshipSettings(contact_days=5, span_days=10, quiet_days=20))
    tie = assess(contacts(every(7, 4, TODAY - dt.timedelta(30))), settings=settings)
    assert failing(tie) == ["at least 5 days of contact", "the last within 21 days"]
