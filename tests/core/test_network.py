from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from vaultrel.core.derive import Derivation, derive
from vaultrel.core.notes import parse_note
from vaultrel.model import NotePath
from vaultrel.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vaultrel.model import FollowUp, Note

TODAY = dt.date(2026, 6, 15)
SETTINGS = Settings(me=("Me",))


def person(*properties: str, contact: tuple[str, ...] = ("2026-01-10", "2026-03-02", "2026-05-20")) -> str:
    lines = ["---", "tags: [person]", *properties, "cadence: 30", "---", *(f"- {day}: tea" for day in contact)]
    return "\n".join(lines) + "\n"


def new_note(day: str = "2026-06-10", *properties: str) -> str:
    return "\n".join(["---", f"date: {day}", *properties, "---", "Slow cooling, few cracks.", ""])


def parse(notes: Mapping[str, str]) -> dict[NotePath, Note]:
    return {NotePath(path): parse_note(NotePath(path), text.encode(), SETTINGS) for path, text in notes.items()}


def advise(notes: Mapping[str, str], name: str = "Ana Reis") -> FollowUp:
    snapshot = derive(parse(notes).values(), SETTINGS, TODAY)
    (found,) = (each for each in (*snapshot.followups, *snapshot.waiting) if each.name == name)
    return found


def places(followup: FollowUp) -> set[tuple[str, int]]:
    return {(shown.path, shown.line) for shown in followup.evidence}


ANA = {"People/Ana Reis.md": person("interests: [pottery]")}
BEN = {"People/Ben Ito.md": person("interests: [bread, Pottery]")}

NEWS = [
    # path, note, whether it is proposed to share it
    ("Clips/Slow cooling.md", new_note("2026-06-10", "tags: [pottery]"), True),
    ("Clips/Slow cooling.md", new_note("2026-06-10", "tags: [craft/Pottery]"), True),
    ("Clips/Pottery for the patient.md", new_note(), True),
    ("2026-06-10 Pottery for the patient.md", "Slow cooling.\n", True),
    ("Clips/Potteryware.md", new_note(), False),
    ("Clips/Slow cooling.md", new_note("2026-06-10", "tags: [kilns]"), False),
    ("Clips/Slow cooling.md", new_note("2026-05-15", "tags: [pottery]"), False),
    ("Clips/Slow cooling.md", new_note("2026-06-16", "tags: [pottery]"), False),
    ("Clips/Slow cooling.md", "---\ntags: [pottery]\n---\nSlow cooling.\n", False),
    ("Daily/2026-06-10.md", "Slow cooling. #pottery\n", False),
    ("Meetings/Slow cooling.md", new_note("2026-06-10", "tags: [pottery]", "type: meeting"), False),
]


@pytest.mark.parametrize(("path", "text", "shared"), NEWS)
def test_a_new_note_about_an_interest_of_theirs_is_to_be_shared(path: str, text: str, shared: bool) -> None:  # noqa: FBT001 - case data
    found = advise({**ANA, path: text})
    title = path.rpartition("/")[2].removesuffix(".md")
    assert (found.action == f"Share your note “{title}”: it is about pottery.") is shared
    assert any(shown == path for shown, _ in places(found)) is shared


def test_a_note_older_than_the_last_contact_is_no_news_to_them() -> None:
    contact = ("2026-01-10", "2026-03-02", "2026-06-11")
    ana = {"People/Ana Reis.md": person("interests: [pottery]", contact=contact)}
    assert (
        "Slow cooling" not in advise({**ana, "Clips/Slow cooling.md": new_note("2026-06-10", "tags: [pottery]")}).action
    )


INTRODUCED = "Introduce Ana Reis and Ben Ito: both care about pottery."


def test_two_people_with_an_interest_and_no_note_in_common_are_to_be_introduced() -> None:
    found = advise({**ANA, **BEN})
    assert (found.action, found.touch, found.minutes) == (INTRODUCED, "introduce", 15)
    assert {("People/Ana Reis.md", 3), ("People/Ben Ito.md", 3)} <= places(found)


TWO_DAYS = ("2026-03-02", "2026-05-20")
KNOWN = [
    # a note that names both, or stands in for one of theirs; the days of contact in Ana's note
    (
        "Meetings/Fair.md",
        "---\ntype: meeting\ndate: 2026-01-10\nattendees: ['[[Ana Reis]]', '[[Ben Ito]]']\n---\n",
        TWO_DAYS,
    ),
    ("Daily/2026-01-10.md", "Supper with [[Ana Reis]] and [[Ben Ito]].\n", TWO_DAYS),
    ("Old list.md", "[[Ana Reis]], [[Ben Ito]]\n", ("2026-01-10", *TWO_DAYS)),
    ("People/Ben Ito.md", person("interests: [pottery]", "met_through: '[[Ana Reis]]'"), ("2026-01-10", *TWO_DAYS)),
]


@pytest.mark.parametrize(("path", "text", "contact"), KNOWN)
def test_two_people_whom_a_note_names_together_are_not(path: str, text: str, contact: tuple[str, ...]) -> None:
    ana = {"People/Ana Reis.md": person("interests: [pottery]", contact=contact)}
    assert advise({**ana, **BEN, path: text}).action == "Share something about pottery."


@pytest.mark.parametrize(
    "ben",
    [
        person("interests: [bread]"),
        person("interests: [pottery]", contact=("2026-05-20",)),
        person("interests: [pottery]", contact=("2020-01-10", "2020-03-02", "2020-05-20")),
        person("interests: [pottery]", "status: deceased"),
        person("interests: [pottery]", "rel_ignore: true"),
        person("interests: [🏺]"),
    ],
    ids=["another interest", "hardly known", "a tie that lapsed", "ended", "ignored", "a sign without words"],
)
def test_nobody_else_is_introduced(ben: str) -> None:
    assert advise({**ANA, "People/Ben Ito.md": ben}).action == "Share something about pottery."


def test_of_several_the_strongest_tie_is_introduced() -> None:
    often = tuple(f"2026-0{month}-{day:02}" for month in (3, 4, 5) for day in (3, 10, 17, 24))
    cara = {"People/Cara Lund.md": person("interests: [pottery]", contact=often)}
    assert "and Cara Lund:" in advise({**ANA, **BEN, **cara}).action


def test_interests_of_the_owner_are_common_ground() -> None:
    me = {"Me.md": "---\ntags: [person]\ninterests: [old-bicycles]\n---\n"}
    ana = {"People/Ana Reis.md": person("interests: [pottery, Old bicycles]", contact=("2026-06-14",))}
    found = advise({**me, **ana})
    assert "You both care about Old bicycles." in found.reason
    assert found.action == "Share something about Old bicycles."
    assert ("Me.md", 3) in places(found)


PREFERENCES = [
    ("prefers: call", "Call."),
    ("preferred_contact: Phone", "Call."),
    ("contact_via: email", "Ask what is new."),
    ("prefers: in person", "Propose coffee."),
    ("prefers: carrier pigeon", "Ask what is new."),
]


@pytest.mark.parametrize(("line", "action"), PREFERENCES)
def test_what_a_person_prefers_comes_before_what_is_usual(line: str, action: str) -> None:
    contact = ("2026-01-10", "2026-03-02", "2026-04-02", "2026-05-20")
    assert advise({"People/Ana Reis.md": person(line, contact=contact)}).action == action


@pytest.mark.parametrize("line", ['project: "[[Harbour map]]"', "working on: Harbour map"])
def test_a_project_of_theirs_is_worth_a_look(line: str) -> None:
    found = advise({"People/Ana Reis.md": person(line)})
    assert found.action == "Offer to look at the project: “Harbour map”."
    assert ("People/Ana Reis.md", 3) in places(found)


def test_step_by_step_the_words_are_the_same_as_from_scratch() -> None:
    steps: list[dict[str, str | None]] = [
        {**ANA, **BEN},
        {"Clips/Slow cooling.md": new_note("2026-06-10", "tags: [pottery]")},
        {"Clips/Slow cooling.md": new_note("2026-06-10", "tags: [bread]")},
        {"Old list.md": "[[Ana Reis]], [[Ben Ito]]\n"},
        {"Clips/Slow cooling.md": None, "Old list.md": "[[Ana Reis]]\n"},
        {"People/Ben Ito.md": person("interests: [bread]")},
        {"Me.md": "---\ntags: [person]\ninterests: [pottery]\n---\n", "Old list.md": None},
        {"People/Ben Ito.md": None, "People/Ana Reis.md": person("interests: [pottery]", "prefers: call")},
    ]
    held: dict[str, str] = {}
    derivation = Derivation(SETTINGS)
    said = set()
    for step in steps:
        held = {path: text for path, text in {**held, **step}.items() if text is not None}
        parsed: dict[NotePath, Note | None] = {NotePath(path): None for path, text in step.items() if text is None}
        derivation.update({**parsed, **parse({path: text for path, text in step.items() if text is not None})})
        snapshot = derivation.snapshot(TODAY)
        assert snapshot == derive(parse(held).values(), SETTINGS, TODAY)
        said.add(tuple(each.action for each in (*snapshot.followups, *snapshot.waiting)))
    assert len(said) > 4, "the steps must change what is said, or they test nothing"
