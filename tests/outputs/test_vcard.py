"""The cards: read back by a reader of this kind of file that is not ours."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest
from icalendar import Component
from msgspec.structs import replace

from vaultrel.outputs.vcard import VCards

if TYPE_CHECKING:
    from tests.outputs.conftest import MakeSnapshot, MakeState

    from vaultrel.model import Person
    from vaultrel.outputs import RenderContext


@pytest.fixture
def person(state: MakeState) -> Person:
    return state("Ada Lind").person


def told(card: Component, name: str) -> list[Any]:
    """The values of a property that a card has more than once."""
    values: Any = card[name]
    return list(values)


def card_of(person: Person, snapshot: MakeSnapshot, state: MakeState, context: RenderContext) -> Component:
    people = (replace(state("Ada Lind"), person=person),)
    data = VCards().render(snapshot(people=people), context)
    assert all(len(line) <= 75 for line in data.split(b"\r\n"))
    (card,) = Component.from_ical(data.decode(), multiple=True)
    assert card.name == "VCARD"
    return card


def test_a_card_says_who_they_are(
    person: Person, snapshot: MakeSnapshot, state: MakeState, context: RenderContext
) -> None:
    person = replace(
        person,
        names=(person.name, "Ace"),
        emails=("ada@example.org", "lind@example.org"),
        birthday=dt.date(1990, 4, 12),
        circle="friends",
    )
    card = card_of(person, snapshot, state, context)
    assert (card["VERSION"], card["FN"], card["NICKNAME"]) == ("4.0", "Ada Lind", "Ace")
    assert [str(email) for email in told(card, "EMAIL")] == ["ada@example.org", "lind@example.org"]
    assert card["BDAY"] == "19900412"


def test_a_birthday_without_a_year_is_a_truncated_date(
    person: Person, snapshot: MakeSnapshot, state: MakeState, context: RenderContext
) -> None:
    card = card_of(replace(person, birthday=dt.date(1604, 4, 12)), snapshot, state, context)
    assert card["BDAY"] == "--0412"


def test_it_tells_nothing_of_how_you_stand(snapshot: MakeSnapshot, state: MakeState, context: RenderContext) -> None:
    data = VCards().render(snapshot(people=(state("Ada Lind"),)), context).decode()
    assert not [word for word in ("strength", "STRENGTH", "warm", "close", "fading", "rel_") if word in data]


@pytest.mark.parametrize(
    "name", ["Lind; Ada, Dr.", "back\\slash\\n", "END:VCARD", "Ada\r\nEND:VCARD\r\nBEGIN:VCARD", "日" * 200, "\u2028x"]
)
def test_no_name_ends_a_card_or_a_line(
    name: str, person: Person, snapshot: MakeSnapshot, state: MakeState, context: RenderContext
) -> None:
    card = card_of(replace(person, name=name), snapshot, state, context)
    assert str(card["FN"]).split()[0][:3] == name.strip("\u2028").split()[0][:3]


def test_a_card_keeps_its_uid_while_its_note_stays(
    person: Person, snapshot: MakeSnapshot, state: MakeState, context: RenderContext
) -> None:
    before = card_of(person, snapshot, state, context)["UID"]
    assert card_of(replace(person, name="Ada Lind-Hale"), snapshot, state, context)["UID"] == before


def test_nobody_is_an_empty_file(snapshot: MakeSnapshot, context: RenderContext) -> None:
    assert VCards().render(snapshot(), context) == b""
