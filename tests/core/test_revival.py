from __future__ import annotations

import datetime as dt

from msgspec.structs import replace

from vaultrel.core.revival import find_revivals
from vaultrel.core.rhythm import collapse_days
from vaultrel.core.ties import assess_tie, remember_tie
from vaultrel.model import FollowUp, Interaction, NotePath, Person, PersonState, Snapshot
from vaultrel.settings import DEFAULT_SETTINGS

TODAY = dt.date(2026, 6, 30)


def person(name: str, last: str, count: int, every: int = 7, **said: object) -> PersonState:
    """Somebody met `count` times, the last of them on the day `last`."""
    path = NotePath(f"People/{name}.md")
    end = dt.date.fromisoformat(last)
    days = [end - dt.timedelta(every * back) for back in reversed(range(count))]
    told = tuple(
        Interaction(path, NotePath(f"Daily/{day}.md"), 4, day, "meeting", "mutual", quote=f"Tea on {day}")
        for day in days
    )
    who = replace(Person(path, name, (name,)), **said)  # any fields of a person
    contact = collapse_days(told)
    memory = remember_tie(contact, DEFAULT_SETTINGS)
    tie = assess_tie(who, contact, memory, told, 30.0, DEFAULT_SETTINGS, TODAY)
    return PersonState(who, tie, contact, told)


def names(*people: PersonState) -> list[str]:
    found = find_revivals(Snapshot(TODAY, len(people), people), DEFAULT_SETTINGS)
    return [revival.state.person.name for revival in found]


def test_more_was_built_in_a_stronger_and_longer_tie_however_long_ago_it_fell_quiet() -> None:
    brief, built = person("Ana", "2024-12-01", 12), person("Ben", "2022-03-01", 40)
    assert names(brief, built) == ["Ben", "Ana"]
    assert names(person("Ana", "2022-03-01", 12), person("Ben", "2024-12-01", 40)) == ["Ben", "Ana"]


def test_what_was_built_is_the_highest_strength_times_the_days_of_contact() -> None:
    ana = person("Ana", "2024-12-01", 12)
    (revival,) = find_revivals(Snapshot(TODAY, 1, (ana,)), DEFAULT_SETTINGS)
    assert revival.built == ana.tie.peak * 12
    assert (revival.strongest.path, revival.strongest.line) == ("Daily/2024-12-01.md", 4)


def test_ties_that_are_alive_or_never_were_strong_are_left_out() -> None:
    assert names(person("Ana", "2026-06-20", 12), person("Ben", "2022-03-01", 4, every=90)) == []


def test_who_is_ignored_or_gone_is_left_in_peace() -> None:
    assert names(person("Ana", "2024-12-01", 12, ignored=True), person("Ben", "2024-12-01", 12, ended="deceased")) == []


def test_the_follow_up_of_the_plan_is_shown_as_it_stands() -> None:
    path = NotePath("People/Ana.md")
    planned = FollowUp(path, "Ana", TODAY, TODAY, "renetwork", "", "Tea", "You were close.", "Propose lunch.", ())
    ana = replace(person("Ana", "2024-12-01", 12), followup=planned)
    (revival,) = find_revivals(Snapshot(TODAY, 1, (ana,)), DEFAULT_SETTINGS)
    assert revival.followup == planned


def test_who_wants_no_reminders_is_still_found_when_asked_with_something_to_do() -> None:
    ana = person("Ana", "2024-12-01", 12, as_needed=True)
    (revival,) = find_revivals(Snapshot(TODAY, 1, (ana,)), DEFAULT_SETTINGS)
    assert revival.followup.planned is None
    assert "Tea on 2024-12-01" in revival.followup.last_time
    assert revival.followup.action
    assert ("Daily/2024-12-01.md", 4) in {(line.path, line.line) for line in revival.followup.evidence}
