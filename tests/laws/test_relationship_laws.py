"""Laws of the headline: what the number of relationships does not count."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vaultrel.core.derive import Derivation
from vaultrel.core.notes import parse_note
from vaultrel.model import NotePath

TODAY = dt.date(2026, 6, 15)
MET = "---\ntype: person\n---\n" + "".join(f"- {TODAY - dt.timedelta(age)}: tea\n" for age in (20, 60, 130))


def read_vault(texts: dict[str, str]) -> Derivation:
    derivation = Derivation()
    derivation.update({NotePath(path): parse_note(NotePath(path), text.encode()) for path, text in texts.items()})
    return derivation


def count_relationships(texts: dict[str, str]) -> int:
    return sum(state.tie.relationship for state in read_vault(texts).snapshot(TODAY).people)


def card(number: int) -> str:
    details = f"email: card{number}@example.org\nbirthday: 1980-01-{number % 28 + 1:02}\nphone: 555 01{number:03}\n"
    return f"---\ntags: [contact]\n{details}created: {TODAY - dt.timedelta(number)}\n---\n# Card {number}\n"


KNOWN = {f"People/Known {at}.md": MET for at in range(3)}
NEVER_COUNTED = {
    "1,000 empty person notes": {f"People/Empty {at}.md": "---\ntype: person\n---\n" for at in range(1000)},
    "an imported address book": {f"Contacts/Card {at}.md": card(at) for at in range(300)},
    "100 messages from somebody who never gets an answer": {"People/Letter.md": "---\ntype: person\n---\n"}
    | {f"Daily/{TODAY - dt.timedelta(age)}.md": "heard from:: [[Letter]]\n" for age in range(1, 301, 3)},
    "100 messages from somebody met once": {"People/Once.md": "---\ntype: person\n---\n"}
    | {f"Daily/{TODAY - dt.timedelta(200)}.md": "met:: [[Once]]\n"}
    | {f"Daily/{TODAY - dt.timedelta(age)}.md": "heard from:: [[Once]]\n" for age in range(1, 301, 3)},
    "100 messages to somebody who never answers": {"People/Silent.md": "---\ntype: person\n---\n"}
    | {f"Daily/{TODAY - dt.timedelta(age)}.md": "wrote:: [[Silent]]\n" for age in range(1, 301, 3)},
}


@pytest.mark.parametrize("added", NEVER_COUNTED)
def test_the_number_of_relationships_does_not_count(added: str) -> None:
    assert count_relationships(KNOWN) == len(KNOWN)
    assert count_relationships(KNOWN | NEVER_COUNTED[added]) == len(KNOWN)


PEOPLE = {f"People/{name}.md": "---\ntype: person\n---\n" for name in ("Ada", "Ben", "Cleo")}
LINES = st.builds(
    "{}:: [[{}]]\n".format,
    st.sampled_from(["met", "called", "wrote", "heard from"]),
    st.sampled_from(["Ada", "Ben", "Cleo"]),
) | st.sampled_from(["Ran into [[Ada]]\n", "Thought of [[Ben]] and [[Cleo]]\n"])
DAYS = st.dictionaries(st.integers(0, 365), st.lists(LINES, min_size=1, max_size=3).map("".join), max_size=14)


@settings(max_examples=150, deadline=None)
@given(said=DAYS, chosen=st.data())
def test_taking_a_day_out_of_the_notes_never_makes_a_relationship(said: dict[int, str], chosen: st.DataObject) -> None:
    """Within a year: beyond it, a tie with fewer days may have a longer usual gap, and so outlast a longer silence."""
    days = {f"Daily/{TODAY - dt.timedelta(age)}.md": text for age, text in said.items()}
    kept = chosen.draw(st.lists(st.sampled_from(sorted(days)), unique=True)) if days else []
    assert count_relationships(PEOPLE | {path: days[path] for path in kept}) <= count_relationships(PEOPLE | days)
