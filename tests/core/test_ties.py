from __future__ import annotations

import datetime as dt
import math
import statistics
import tomllib
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from msgspec.structs import replace

from vaultrel.core.rhythm import collapse_days
from vaultrel.core.strength import two_memories
from vaultrel.core.ties import TieMemory, assess_tie, contact_trend, remember_tie
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
    days = collapse_days(interactions)
    return assess_tie(person, days, remember_tie(days, settings), interactions, typical_gap, settings, as_of)


def trend(days: Sequence[dt.date], as_of: dt.date = TODAY) -> float:
    return contact_trend(two_memories.remember(collapse_days(contacts(days))), as_of)


def played(history: Mapping[str, Any]) -> tuple[Interaction, ...]:
    days = history.get("days") or [
        history["first"] + dt.timedelta(at)
        for at in range(0, (history["last"] - history["first"]).days + 1, history["every_days"])
    ]
    return contacts(days, history["kind"], cast("Direction", history["direction"]), history["present"])


def total(ages: Sequence[int], weight: float) -> float:
    return weight * sum(0.8 * 2 ** (-age / 30) + 0.2 * 2 ** (-age / 365) for age in ages)


def formulas(history: Mapping[str, Any]) -> dict[str, Any]:
    """The measures as the model's documentation writes them, term by term, one contact a day."""
    as_of = history["as_of"]
    days = sorted(found.day for found in played(history))
    ages = [(as_of - day).days for day in days]
    weight = history["present"] ** -0.25
    scores = {}
    for day in (*days, as_of):
        contact = total([(day - earlier).days for earlier in days if earlier <= day], weight)
        scores[day] = 100 * contact / (contact + 2)
    numbers: dict[str, Any] = {
        "score": scores[as_of],
        "strength": math.floor(scores[as_of] + 0.5),
        "peak": math.floor(max(scores.values()) + 0.5),
        "peak_day": max(scores, key=scores.__getitem__),
        "probability": 1 / (1 + (2 / (total(ages, 1) + 0.1)) ** 1.5),
        "contact_days": len(days),
    }
    if len(ages) >= 3 and ages[0] >= 60:
        lately = sum(2 ** (-age / 30) for age in ages) * math.log(2) / 30
        lastingly = sum(2 ** (-age / 365) for age in ages) * math.log(2) / (365 * (1 - 2 ** (-ages[0] / 365)))
        numbers["trend"] = (lately - lastingly) / (lately + lastingly)
    if len(ages) >= 3:
        gaps = [(later - earlier).days for earlier, later in pairwise(days)]
        numbers["rhythm_days"] = math.floor(statistics.median(gaps[-12:]) + 0.5)
    if len(ages) >= 2:
        learned = (30 + ages[0] - ages[-1]) * (5 ** (1 / len(ages)) - 1)
        numbers["due_gap_days"] = min(max(learned, 7), 365)
        numbers["due"] = days[-1] + dt.timedelta(math.floor(numbers["due_gap_days"] + 0.5))
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
        expected = history["expect"][measure]
        assert expected == (pytest.approx(number, abs=1e-9) if isinstance(number, float) else number), measure


def test_ten_histories_cover_every_band() -> None:
    assert len(HISTORIES) >= 10
    assert {history["expect"]["band"] for history in HISTORIES} == {"close", "warm", "fading", "dormant", "new"}


def test_nothing_is_known_of_a_person_never_met() -> None:
    tie = assess(())
    assert (tie.strength, tie.score, tie.probability, tie.terms) == (0, 0.0, 0.0, ())
    assert (tie.due, tie.due_gap_days, tie.band, tie.relationship) == (None, None, "new", False)
    assert (tie.peak, tie.peak_day, tie.rhythm_days, tie.contact_days) == (0, None, None, 0)
    assert (tie.first_contact, tie.last_contact, tie.trend, tie.balance) == (None, None, 0.0, None)
    assert failing(tie) == [
        "at least 3 days of contact",
        "spread over at least 60 days",
        "the last within 365 days",
    ]


# --- the memory of a tie


@pytest.mark.parametrize("model", ["two-memories", "recency", "frequency"])
def test_a_tie_told_day_by_day_is_the_tie_told_at_once(model: str) -> None:
    settings = Settings(strength_model=model)
    days = collapse_days((*contacts(every(9, 30)), *contacts(every(31, 4), present=7)))
    memory: TieMemory | None = None
    for day in days:
        memory = remember_tie([day], settings, memory)
    assert memory == remember_tie(days, settings)


def test_the_strength_is_that_of_the_model_in_the_settings_and_the_trend_is_not() -> None:
    history = contacts(every(10, 10, TODAY - dt.timedelta(90)))
    usual, recency = assess(history), assess(history, settings=Settings(strength_model="recency"))
    assert (recency.strength, recency.score) == (50, 50.0)
    assert recency.probability == pytest.approx(90 / 181)
    assert (recency.peak, recency.peak_day) == (100, TODAY - dt.timedelta(90))
    assert [term.label for term in recency.terms] == ["Last contact"]
    assert recency.trend == usual.trend < -0.6


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


CIRCLES = {
    30: ("inner", "close", "1"),
    90: ("friends", "good", "middle", "2"),
    180: ("wider", "casual", "network", "3"),
    365: ("outer", "acquaintances", "distant", "4", "", "book club"),
}
"""The longest wait in days that a circle allows, by the circle's names; the last two are no circle."""


@pytest.mark.parametrize(
    ("circle", "longest"), [(circle, longest) for longest, circles in CIRCLES.items() for circle in circles]
)
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


@pytest.mark.parametrize(("cadence", "band"), [(96, "warm"), (95, "warm"), (94, "fading")])
def test_a_tie_does_not_fade_before_the_day_after_the_contact_asked_for_is_due(cadence: int, band: str) -> None:
    tie = assess(contacts(every(30, 24)), TODAY + dt.timedelta(95), replace(SAM, cadence_days=cadence))
    assert tie.trend < -0.6
    assert tie.band == band


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
    assert abs(trend(steady)) < 0.3
    assert trend(more) > 0.3
    assert trend(less) < -0.6


@pytest.mark.parametrize("days", [every(40, 2), every(7, 8)], ids=["two days of contact", "under sixty days"])
def test_a_tie_too_young_has_no_trend(days: list[dt.date]) -> None:
    assert trend(days) == 0.0


def test_contact_too_long_ago_to_remember_has_become_as_rare_as_can_be() -> None:
    ancient = [dt.date.min + dt.timedelta(30 * month) for month in range(3)]
    assert trend(ancient, dt.date.max) == -1.0


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
    (
        "an exchange of messages goes both ways",
        (*contacts(every(30, 6), "message", "by_me"), *contacts([TODAY], "message", "mutual")),
    ),
    (
        "of most contact the start is unknown",
        (*contacts(every(9, 9), "mention", "unknown"), *contacts(every(5, 3), "message", "by_me")),
    ),
    ("slow, but within three of its own gaps", contacts(every(400, 5, TODAY - dt.timedelta(1100)))),
]


@pytest.mark.parametrize("interactions", [case[1] for case in RELATIONSHIPS], ids=[case[0] for case in RELATIONSHIPS])
def test_what_meets_every_condition_is_a_relationship(interactions: tuple[Interaction, ...]) -> None:
    assert failing(assess(interactions)) == []


@pytest.mark.parametrize("direction", ["by_me", "by_them"])
@pytest.mark.parametrize("meetings", [0, 1, 2])
def test_messages_that_go_one_way_add_nothing_to_what_makes_a_relationship(direction: Direction, meetings: int) -> None:
    met = contacts(every(40, meetings, TODAY - dt.timedelta(3)))
    tie = assess((*met, *contacts(every(5, 100), "message", direction)))
    assert not tie.relationship
    assert "at least 3 days of contact, one-way contact apart" in failing(tie)
    assert ("not one-way only" in failing(tie)) == (meetings == 0)


def test_one_answer_makes_all_the_messages_before_it_count() -> None:
    written = contacts(every(30, 6, TODAY - dt.timedelta(1)), "message", "by_me")
    assert not assess(written).relationship
    assert assess((*written, *contacts([TODAY], "message", "by_them"))).relationship


def test_newsletters_keep_no_relationship_alive() -> None:
    met = contacts(every(60, 5, TODAY - dt.timedelta(366)))
    assert failing(assess((*met, *contacts(every(7, 100), "message", "by_them")))) == ["the last within 365 days"]


def test_the_user_may_set_what_a_relationship_takes() -> None:
    settings = Settings(relationship=RelationshipSettings(contact_days=5, span_days=10, quiet_days=20))
    tie = assess(contacts(every(7, 4, TODAY - dt.timedelta(30))), settings=settings)
    assert failing(tie) == ["at least 5 days of contact", "the last within 21 days"]


def test_the_least_that_the_user_may_ask_of_a_relationship_is_still_asked() -> None:
    settings = Settings(relationship=RelationshipSettings(contact_days=1, span_days=1, quiet_days=2))
    assert failing(assess((), settings=settings)) == [
        "at least 1 days of contact",
        "spread over at least 1 days",
        "the last within 2 days",
    ]
    twice = contacts([TODAY - dt.timedelta(9), TODAY - dt.timedelta(3)])
    assert failing(assess(twice, settings=settings)) == ["the last within 2 days"]
