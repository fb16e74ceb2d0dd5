from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from vaultrel.core.derive import Derivation
from vaultrel.core.feasibility import Feasibility, Relaxation, assess_feasibility, tell_feasibility
from vaultrel.core.notes import parse_note
from vaultrel.model import NotePath
from vaultrel.settings import PlanSettings, Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vaultrel.model import PersonState

TODAY = dt.date(2026, 6, 15)


def people(*groups: tuple[int, str, int]) -> tuple[PersonState, ...]:
    """So many people of each group, with these properties, met every so many days for two years."""
    derivation = Derivation()
    for group, (count, properties, every) in enumerate(groups):
        log = "".join(f"- {TODAY - dt.timedelta(age)}: tea\n" for age in range(every // 2, 730, every))
        for at in range(count):
            path = NotePath(f"People/Group {group} number {at}.md")
            derivation.update({path: parse_note(path, f"---\ntype: person\n{properties}---\n{log}".encode())})
    return tuple(derivation.snapshot(TODAY).people)


def assess(states: Sequence[PersonState], per_week: int = 5) -> Feasibility:
    return assess_feasibility(states, Settings(plan=PlanSettings(per_week=per_week, per_day=7)))


def test_each_person_takes_a_place_a_gap() -> None:
    found = assess(people((10, "cadence: 14\n", 14), (7, "cadence: 49\n", 49)))
    assert found.wanted == pytest.approx(10 / 2 + 7 / 7)
    assert (found.capacity, found.total) == (5, 17)


def test_the_strongest_ties_are_kept_up_first() -> None:
    states = people((8, "cadence: 7\n", 7), (8, "cadence: 70\n", 70))
    assert assess(states, per_week=5).kept == 5
    assert assess(states, per_week=8).kept == 8
    assert assess(states, per_week=9).kept == 16


LEFT_OUT = [
    ("met once, long ago", "", 900),
    ("ignored", "rel_ignore: true\ncadence: 7\n", 7),
    ("as needed", "cadence: as needed\n", 7),
    ("ended", "status: ended\n", 7),
    ("dormant", "", 725),
]


@pytest.mark.parametrize(("properties", "every"), [case[1:] for case in LEFT_OUT], ids=[case[0] for case in LEFT_OUT])
def test_who_takes_no_place(properties: str, every: int) -> None:
    assert assess(people((3, properties, every))).total == 0


def test_a_wish_to_be_in_touch_takes_a_place_though_it_is_no_relationship_yet() -> None:
    assert assess(people((1, "cadence: 30\n", 725))).total == 1


def test_quiet_days_and_few_a_day_limit_the_week() -> None:
    plan = PlanSettings(per_week=9, per_day=1, quiet_days=("sat", "sun"))
    assert assess_feasibility(people((1, "", 30)), Settings(plan=plan)).capacity == 5


def test_old_ties_to_revive_have_their_places() -> None:
    states = people((1, "cadence: 30\n", 30))
    followup = states[0].followup
    assert followup is not None
    revived = replace(states[0], followup=replace(followup, kind="renetwork"))
    assert [assess(each).capacity for each in (states, [revived])] == [5, 4]


def test_what_is_relaxed_is_what_makes_most_room() -> None:
    states = people((5, "cadence: 7\n", 7), (40, "cadence: 30\n", 30), (4, "cadence: 90\n", 90))
    found = assess(states, per_week=10)
    assert found.relax == Relaxation(circle="", days=30, longer=90, room_for=found.total - found.kept)


def test_a_circle_is_relaxed_no_further_than_the_rhythm_learned() -> None:
    rare, brisk = (assess(people((20, "rel_circle: friends\n", every)), per_week=1) for every in (170, 70))
    assert rare.relax is not None
    assert (rare.relax.circle, rare.relax.days, rare.relax.longer) == ("friends", 90, 180)
    assert rare.kept + rare.relax.room_for <= 20
    assert brisk.relax is None or brisk.relax.room_for < rare.relax.room_for


def test_no_relaxation_is_named_where_nothing_is_asked() -> None:
    found = assess(people((30, "", 21)), per_week=2)
    assert found.kept < found.total
    assert found.relax is None


SENTENCES = [
    (Feasibility(5, 0.0, 0, 0, None), ()),
    (Feasibility(5, 4.2, 38, 38, None), ("Everyone you stay in touch with fits into 5 a week.",)),
    (
        Feasibility(5, 6.1, 38, 31, None),
        ("5 a week keeps up 31 of 38 people to stay in touch with; all take 7.",),
    ),
    (
        Feasibility(5, 6.1, 38, 31, Relaxation("wider", 180, 365, 4)),
        (
            "5 a week keeps up 31 of 38 people to stay in touch with; all take 7.",
            "The circle “wider” every 365 days instead of 180 would make room for 4 more.",
        ),
    ),
    (
        Feasibility(5, 6.1, 38, 31, Relaxation("", 30, 90, 4)),
        (
            "5 a week keeps up 31 of 38 people to stay in touch with; all take 7.",
            "Every 90 days where you ask for 30 would make room for 4 more.",
        ),
    ),
]


@pytest.mark.parametrize(("feasibility", "sentences"), SENTENCES)
def test_it_is_said_calmly(feasibility: Feasibility, sentences: tuple[str, ...]) -> None:
    assert tell_feasibility(feasibility, {}) == sentences


def test_the_user_may_word_it() -> None:
    own = {"capacity-fits": "{capacity} pro Woche reichen für alle."}
    assert tell_feasibility(SENTENCES[1][0], own) == ("5 pro Woche reichen für alle.",)
