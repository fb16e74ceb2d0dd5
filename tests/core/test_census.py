from __future__ import annotations

import datetime as dt
from typing import Literal

from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from msgspec.structs import replace

from vaultrel.core.census import Balance, Census, MonthCount, TimeShare, take_census
from vaultrel.core.rhythm import collapse_days
from vaultrel.core.ties import assess_tie, relationship_spells, remember_tie
from vaultrel.model import Direction, Evidence, Interaction, Month, NotePath, Person, PersonState, Promise, Snapshot
from vaultrel.settings import DEFAULT_SETTINGS, RelationshipSettings, Settings

TODAY = dt.date(2026, 6, 30)
SMALL = RelationshipSettings(contact_days=3, span_days=10, quiet_days=20, quiet_rhythms=3)


def contact(
    name: str, day: str | dt.date, kind: str = "meeting", direction: Direction = "mutual", line: int = 3
) -> Interaction:
    on = dt.date.fromisoformat(day) if isinstance(day, str) else day
    return Interaction(
        NotePath(f"People/{name}.md"), NotePath(f"Daily/{on}.md"), line, on, kind, direction, quote="Tea"
    )


def person(name: str, *interactions: Interaction, as_of: dt.date = TODAY, met: str | None = None) -> PersonState:
    path = NotePath(f"People/{name}.md")
    told = Evidence(path, 2, "At the mill", dt.date.fromisoformat(met)) if met else None
    who = Person(path, name, (name,), met=told)
    days = collapse_days(interactions)
    tie = assess_tie(who, days, remember_tie(days, DEFAULT_SETTINGS), interactions, 30.0, DEFAULT_SETTINGS, as_of)
    return PersonState(who, tie, days, interactions)


def census(*people: PersonState, as_of: dt.date = TODAY) -> Census:
    return take_census(Snapshot(as_of, len(people), people), DEFAULT_SETTINGS.relationship)


def months(*people: PersonState, as_of: dt.date = TODAY) -> tuple[Month, ...]:
    count = MonthCount(DEFAULT_SETTINGS.relationship, as_of)
    count.swap((), people)
    return count.all()


def meetings(name: str, *days: str) -> PersonState:
    return person(name, *(contact(name, day) for day in days))


def changes(found: Census) -> list[tuple[str, str, str, str]]:
    return [
        (str(each.day), each.name, each.kind, f"{each.evidence.path}:{each.evidence.line}") for each in found.changes
    ]


def test_a_tie_becomes_a_relationship_on_the_day_whose_contact_makes_it_one() -> None:
    found = census(meetings("Ada", "2026-01-10", "2026-02-10", "2026-04-10", "2026-05-10"))
    assert changes(found) == [("2026-04-10", "Ada", "became", "Daily/2026-04-10.md:3")]


def test_a_tie_lapses_the_day_after_the_longest_silence_and_shows_the_last_contact() -> None:
    found = census(meetings("Ada", "2024-01-10", "2024-02-10", "2024-04-10"))
    assert changes(found)[1:] == [("2025-04-11", "Ada", "lapsed", "Daily/2024-04-10.md:3")]
    assert found.changes[1].evidence.day == dt.date(2024, 4, 10)


def test_a_slow_rhythm_outlasts_a_year_of_silence() -> None:
    slow = meetings("Ada", "2021-01-01", "2022-01-01", "2023-01-01", "2025-06-01")
    assert [kind for _, _, kind, _ in changes(census(slow))] == ["became"]


def test_contact_on_the_day_after_the_longest_silence_comes_in_time() -> None:
    found = census(meetings("Ada", "2024-01-10", "2024-02-10", "2024-04-10", "2025-04-11", "2026-04-12"))
    assert [day for day, *_ in changes(found)] == ["2024-04-10"]


def test_contact_makes_a_lapsed_tie_a_relationship_again() -> None:
    found = census(meetings("Ada", "2023-01-10", "2023-02-10", "2023-04-10", "2026-05-10"))
    assert changes(found)[1:] == [
        ("2024-04-10", "Ada", "lapsed", "Daily/2023-04-10.md:3"),
        ("2026-05-10", "Ada", "revived", "Daily/2026-05-10.md:3"),
    ]


def test_what_somebody_sends_makes_no_relationship_before_they_are_answered() -> None:
    sent = [contact("Ada", day, "message", "by_them") for day in ("2026-01-10", "2026-02-10", "2026-04-10")]
    answered = contact("Ada", "2026-05-20", "message", "by_me")
    assert census(person("Ada", *sent)).changes == ()
    assert changes(census(person("Ada", *sent, answered))) == [("2026-05-20", "Ada", "became", "Daily/2026-05-20.md:3")]


def test_the_most_telling_line_of_a_day_stands_for_the_change() -> None:
    days = [contact("Ada", day) for day in ("2026-01-10", "2026-02-10")]
    found = census(
        person("Ada", *days, contact("Ada", "2026-04-10", "mention", line=1), contact("Ada", "2026-04-10", line=9))
    )
    assert found.changes[0].evidence.line == 9


def test_months_tell_relationships_and_people_met_on_their_first_day() -> None:
    ada = meetings("Ada", "2026-02-10", "2026-03-10", "2026-05-01")
    assert months(ada, meetings("Ben", "2026-04-02"), meetings("Cleo")) == (
        Month(dt.date(2026, 3, 1), 0, 1),
        Month(dt.date(2026, 4, 1), 0, 1),
        Month(dt.date(2026, 5, 1), 1, 2),
        Month(dt.date(2026, 6, 1), 1, 2),
    )


def test_a_lapse_is_out_of_the_month_it_falls_on() -> None:
    found = months(meetings("Ada", "2024-01-10", "2024-02-10", "2024-03-31"))
    counted = {month.day: month.relationships for month in found}
    assert counted[dt.date(2025, 4, 1)] == 0
    assert counted[dt.date(2025, 3, 1)] == 1


def test_contact_on_the_first_of_a_month_counts_in_that_month_but_is_not_listed_before_the_next() -> None:
    assert months(meetings("Ada", "2026-05-01")) == (Month(dt.date(2026, 6, 1), 0, 1),)


def test_who_is_counted_no_more_leaves_no_trace() -> None:
    ada, ben = meetings("Ada", "2024-01-10", "2024-02-10", "2024-04-10"), meetings("Ben", "2026-04-02")
    count = MonthCount(DEFAULT_SETTINGS.relationship, TODAY)
    count.swap((), (ada, ben))
    assert count.all() == months(ada, ben)
    count.swap((ada,), ())
    assert count.all() == months(ben)
    count.swap((ben,), (ada,))
    assert count.all() == months(ada)


def test_a_thousand_people_without_contact_change_nothing() -> None:
    ada = meetings("Ada", "2024-01-10", "2024-02-10", "2024-04-10", "2026-05-10")
    nobody = [meetings(f"Nobody {at}") for at in range(1000)]
    assert census(ada, *nobody) == census(ada)
    assert months(ada, *nobody) == months(ada)


def test_a_vault_without_contact_has_no_history() -> None:
    assert census(meetings("Ada")) == Census((), None, Balance(0, 0, 0, 0))
    assert months(meetings("Ada")) == ()


def test_time_is_shared_between_people_first_met_within_the_year_and_older_ties() -> None:
    old = meetings("Ada", "2024-01-10", "2025-06-30", "2025-07-01", "2026-05-10")
    assert census(old, meetings("Ben", "2026-04-02")).time == TimeShare(new=1, old=2)


def test_who_was_met_before_the_notes_tell_of_contact_is_an_older_tie() -> None:
    old = meetings("Ada", "2024-01-10")
    assert census(old, person("Ben", contact("Ben", "2026-04-02"), met="2019-05-01")).time == TimeShare(new=0, old=1)


def test_time_is_not_shared_out_while_the_notes_go_back_less_than_a_year() -> None:
    assert census(meetings("Ada", "2025-07-01", "2026-05-10")).time is None


def test_who_started_is_counted_for_relationships_in_the_last_year_only() -> None:
    told: list[tuple[str, Direction]] = [
        ("2025-01-10", "by_me"), ("2026-01-10", "by_me"), ("2026-02-10", "by_them"), ("2026-04-10", "by_me"),
    ]  # fmt: skip
    ada = person("Ada", *(contact("Ada", day, "call", direction) for day, direction in told))
    ben = person("Ben", contact("Ben", "2026-04-02", "call", "by_me"))
    balance = census(ada, ben).balance
    assert (balance.started_by_me, balance.started_by_them) == (2, 1)


def test_open_promises_are_counted_by_who_is_to_keep_them() -> None:
    keepers: list[Literal["me", "them"]] = ["me", "them", "me"]
    ada = meetings("Ada", "2026-01-10")
    promises = tuple(
        Promise(ada.person.path, ada.person.path, 4, "send the plan", None, None, keeper) for keeper in keepers
    )
    balance = census(replace(ada, promises=promises)).balance
    assert (balance.promised_by_me, balance.promised_by_them) == (2, 1)


gaps = st.lists(
    st.tuples(
        st.integers(1, 45),
        st.sampled_from(["meeting", "message", "mention"]),
        st.sampled_from(["by_me", "by_them", "unknown", "mutual"]),
    ),
    max_size=9,
)


@given(gaps)
@hypothesis_settings(max_examples=60, deadline=None)
def test_on_every_day_a_spell_holds_what_the_tie_assessed_on_it_says(
    steps: list[tuple[int, str, Direction]],
) -> None:
    settings = Settings(relationship=SMALL)
    told, day = [], dt.date(2026, 1, 1)
    for gap, kind, direction in steps:
        told.append(contact("Ada", day, kind, direction))
        day += dt.timedelta(gap)
    end = day + dt.timedelta(150)
    every = collapse_days(told)
    final = relationship_spells(every, SMALL, end)
    for on in (dt.date(2026, 1, 1) + dt.timedelta(at) for at in range((end - dt.date(2026, 1, 1)).days)):
        days = tuple(contact_day for contact_day in every if contact_day.day <= on)
        known = [found for found in told if found.day <= on]
        tie = assess_tie(
            Person(NotePath("People/Ada.md"), "Ada", ("Ada",)),
            days,
            remember_tie(days, settings),
            known,
            30.0,
            settings,
            on,
        )
        assert tie.relationship == any(
            spell.since <= on and (spell.until is None or on < spell.until) for spell in final
        )
        assert tie.relationship == any(spell.until is None for spell in relationship_spells(days, SMALL, on))


def test_a_silence_that_never_ends_a_relationship_may_be_set() -> None:
    days = collapse_days(contact("Ada", day) for day in ("2000-01-10", "2000-02-10", "2000-04-10"))
    (spell,) = relationship_spells(days, RelationshipSettings(quiet_days=10**9), TODAY)
    assert spell.until is None
