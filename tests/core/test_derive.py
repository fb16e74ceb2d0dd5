from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest

from vaultrel.core.derive import Derivation, derive
from vaultrel.core.notes import parse_note
from vaultrel.core.strength import two_memories
from vaultrel.core.ties import assess_tie
from vaultrel.model import Note, NotePath
from vaultrel.settings import DEFAULT_SETTINGS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from vaultrel.model import ContactDay, Person, TieStrength

TODAY = dt.date(2026, 6, 15)
INES = parse_note(NotePath("People/Ines Vidal.md"), b"---\ntags: [person]\n---\n")


def met(age: int, above: str = "") -> Note:
    day = TODAY - dt.timedelta(age)
    return parse_note(NotePath(f"Daily/{day}.md"), f"{above}met:: [[Ines Vidal]]\n".encode())


def known(notes: Iterable[Note]) -> Derivation:
    derivation = Derivation(DEFAULT_SETTINGS)
    derivation.update({note.path: note for note in (INES, *notes)})
    derivation.snapshot(TODAY)
    return derivation


def tie(derivation: Derivation, as_of: dt.date = TODAY) -> TieStrength:
    (ines,) = derivation.snapshot(as_of).people
    return ines.tie


def tie_from_scratch(notes: Iterable[Note], as_of: dt.date = TODAY) -> TieStrength:
    (ines,) = derive((INES, *notes), DEFAULT_SETTINGS, as_of).people
    return ines.tie


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[dt.date]:
    """Every day that the default strength model takes in from now on."""
    taken: list[dt.date] = []
    remember = two_memories.remember

    def watch(days: Sequence[ContactDay], *memory: two_memories.Memory) -> two_memories.Memory:
        taken.extend(day.day for day in days)
        return remember(days, *memory)

    monkeypatch.setattr(two_memories, "remember", watch)
    return taken


def test_contact_later_than_all_before_is_one_step(steps: list[dt.date]) -> None:
    notes = [met(age) for age in range(10, 300, 7)]
    derivation = known(notes)
    steps.clear()
    derivation.update({met(3).path: met(3)})
    found = tie(derivation)
    # The other step is the contact that the follow-up proposes.
    assert [day for day in steps if day <= TODAY] == [TODAY - dt.timedelta(3)]
    assert len(steps) <= 2
    assert found == tie_from_scratch([*notes, met(3)])


def test_a_line_that_moves_and_a_day_that_passes_are_no_step(steps: list[dt.date]) -> None:
    derivation = known([met(age) for age in range(10, 300, 7)])
    steps.clear()
    derivation.update({met(10).path: met(10, "Rain.\n\n")})
    tie(derivation, TODAY + dt.timedelta(1))
    assert [day for day in steps if day <= TODAY] == []


def test_contact_before_the_last_is_told_again_in_order() -> None:
    notes = [met(age) for age in range(10, 300, 7)]
    derivation = known(notes)
    for age in (150, 400, 12):
        notes.append(met(age))
        derivation.update({notes[-1].path: notes[-1]})
        assert tie(derivation) == tie_from_scratch(notes)


def test_contact_taken_back_is_forgotten() -> None:
    notes = [met(age) for age in (200, 100, 50, 2)]
    derivation = known(notes)
    while notes:
        derivation.update({notes.pop().path: None})
        assert tie(derivation) == tie_from_scratch(notes)


def test_a_day_in_the_past_knows_nothing_of_what_came_after() -> None:
    notes = [met(age) for age in range(0, 300, 9)]
    derivation = known(notes)
    for age in (100, 400, 50, 0):
        as_of = TODAY - dt.timedelta(age)
        until_then = [met(other) for other in range(0, 300, 9) if other >= age]
        assert tie(derivation, as_of) == tie_from_scratch(until_then, as_of)


def test_contact_on_a_day_to_come_counts_from_that_day_on() -> None:
    past = [met(age) for age in range(10, 200, 14)]
    derivation = known([*past, met(-5)])
    assert tie(derivation) == tie_from_scratch(past)
    assert tie(derivation, TODAY + dt.timedelta(5)).last_contact == TODAY + dt.timedelta(5)


PEOPLE = [f"Person {number}" for number in range(4)]


def company(days_of: dict[str, list[dt.date]]) -> list[Note]:
    """People, each with the days of contact that their own note tells of."""
    return [
        parse_note(
            NotePath(f"People/{name}.md"),
            f"---\ntags: [person]\n---\n{''.join(f'- {day}: coffee{chr(10)}' for day in days)}".encode(),
        )
        for name, days in days_of.items()
    ]


def since(*ages: int) -> list[dt.date]:
    return [TODAY - dt.timedelta(age) for age in ages]


@pytest.fixture
def assessed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The name of everybody whose tie is assessed from now on."""
    names: list[str] = []

    def watch(person: Person, *rest: Any) -> TieStrength:
        names.append(person.name)
        return assess_tie(person, *rest)

    monkeypatch.setattr("vaultrel.core.derive.assess_tie", watch)
    return names


def test_contact_today_assesses_one_person_and_nobody_else(assessed: list[str]) -> None:
    notes = company({name: since(300, 200, 100, 40) for name in PEOPLE})
    derivation = Derivation()
    derivation.update({note.path: note for note in notes})
    before = derivation.snapshot(TODAY).people
    assessed.clear()
    (changed,) = company({PEOPLE[1]: since(300, 200, 100, 40, 0)})
    derivation.update({changed.path: changed})
    after = derivation.snapshot(TODAY).people
    assert set(assessed) == {PEOPLE[1]}
    assert [old.tie is new.tie for old, new in zip(before, after, strict=True)] == [True, False, True, True]


def test_a_gap_of_long_ago_moves_those_who_have_been_met_since_and_nobody_else(assessed: list[str]) -> None:
    days = {PEOPLE[0]: since(700, 650), PEOPLE[1]: since(600, 500), PEOPLE[2]: since(90, 40), PEOPLE[3]: since(400)}
    derivation = Derivation()
    derivation.update({note.path: note for note in company(days)})
    derivation.snapshot(TODAY)
    assessed.clear()
    days[PEOPLE[1]] = since(600, 590, 500)
    notes = company(days)
    derivation.update({note.path: note for note in notes})
    found = derivation.snapshot(TODAY)
    assert set(assessed) == set(PEOPLE[1:])
    assert found == derive(notes, DEFAULT_SETTINGS, TODAY)


def test_a_note_that_says_the_same_in_other_bytes_changes_nothing_but_the_person() -> None:
    notes = [met(age) for age in range(10, 100, 7)]
    diary = parse_note(NotePath("Diary.md"), b"Saw [[Ines Vidal]].\n")
    derivation = known([*notes, diary])
    ines = parse_note(INES.path, b"---\ntags: [person]\n---\n- 2026-06-10: [[Ines Vidal]] and tea\n")
    derivation.update({ines.path: ines})
    before = derivation.snapshot(TODAY)
    written = parse_note(INES.path, b"---\ntags: [person]\n---\n- 2026-06-10: [[Ines Vidal]] and tea\n\n\n")
    derivation.update({written.path: written})
    after = derivation.snapshot(TODAY)
    assert before.people[0] is not after.people[0]
    assert (before.mentions is after.mentions, before.interactions is after.interactions) == (True, True)


def test_a_snapshot_shares_with_the_one_before_what_nobody_changed() -> None:
    derivation = known([met(age) for age in range(10, 100, 7)])
    before = derivation.snapshot(TODAY)
    other = parse_note(NotePath("Garden.md"), b"Nothing about anybody.\n")
    derivation.update({other.path: other})
    after = derivation.snapshot(TODAY)
    for field in ("people", "meetings", "mentions", "ambiguous", "interactions", "unknown_names", "diagnostics"):
        assert getattr(before, field) is getattr(after, field)
    assert after.note_count == before.note_count + 1
