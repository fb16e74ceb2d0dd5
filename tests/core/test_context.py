"""An ambiguous attendee is settled by the company only where there is no doubt; otherwise nothing is guessed."""

from __future__ import annotations

import datetime as dt
import itertools

import msgspec
import pytest

from vaultrel.core.derive import Derivation, derive
from vaultrel.core.notes import parse_note
from vaultrel.core.settled_names import SettledName
from vaultrel.model import NotePath, Snapshot
from vaultrel.settings import DEFAULT_SETTINGS, MeetingSettings, Settings

DAY = dt.date(2026, 6, 30)
REVIEW = "Rowing/Meetings/2026-06-01 Review.md"

PEOPLE = {
    "People/Dan Brandt.md": "---\naliases: [Dan, Danny]\n---\n",
    "People/Dan Weiss.md": "---\naliases: [Dan, Danny]\n---\n",
    "People/Ines Roth.md": "Rows.\n",
    "People/Olaf Lind.md": "Sings.\n",
}


def meeting(day: int, *attendees: str, folder: str = "Meetings", extra: str = "", text: str = "") -> dict[str, str]:
    listed = ", ".join(f'"[[{name}]]"' for name in attendees)
    note = f"---\ntype: meeting\ndate: 2026-05-{day:02}\n{extra}attendees: [{listed}]\n---\n{text}"
    return {f"{folder}/2026-05-{day:02} {' '.join(attendees)}.md": note}


def together(days: range, *attendees: str, folder: str = "Meetings") -> dict[str, str]:
    return {path: text for day in days for path, text in meeting(day, *attendees, folder=folder).items()}


def review(*attendees: str, text: str = "") -> dict[str, str]:
    """The meeting in question."""
    listed = ", ".join(f'"[[{name}]]"' for name in attendees)
    return {REVIEW: f"---\ntype: meeting\ndate: 2026-06-01\nattendees: [{listed}]\n---\n{text}"}


def read(
    files: dict[str, str], settings: Settings = DEFAULT_SETTINGS, answers: tuple[SettledName, ...] = ()
) -> Snapshot:
    notes = [parse_note(NotePath(path), text.encode(), settings) for path, text in {**PEOPLE, **files}.items()]
    return derive(notes, settings, DAY, answers)


def attendees_of(snapshot: Snapshot, path: str = REVIEW) -> list[str | None]:
    (found,) = [meeting for meeting in snapshot.meetings if meeting.path == path]
    return [
        attendee.path.removeprefix("People/").removesuffix(".md") if attendee.path else None
        for attendee in found.attendees
    ]


THREE = together(range(1, 4), "Dan Brandt", "Ines Roth")
"""Three meetings of Dan Brandt and Ines Roth."""

SETTLED = {
    "somebody here met one candidate three times and never the other": (review("Dan", "Ines Roth"), THREE),
    "one candidate came three times to meetings in this folder, the other never": (
        review("Dan", "Olaf Lind"),
        together(range(1, 4), "Dan Brandt", folder="Rowing/Meetings"),
    ),
    "company and folder together make three": (
        review("Dan", "Ines Roth"),
        together(range(1, 3), "Dan Brandt", "Ines Roth")
        | together(range(5, 6), "Dan Brandt", folder="Rowing/Meetings"),
    ),
    "the other candidate only met others, elsewhere": (
        review("Dan", "Ines Roth"),
        THREE | together(range(5, 20), "Dan Weiss", "Olaf Lind"),
    ),
    "later meetings tell as well": (
        review("Dan", "Ines Roth"),
        {path.replace("2026-05", "2026-06"): text.replace("2026-05", "2026-06") for path, text in THREE.items()},
    ),
}

OPEN = {
    "twice is not enough": (review("Dan", "Ines Roth"), together(range(1, 3), "Dan Brandt", "Ines Roth")),
    "the other candidate was once in this company": (
        review("Dan", "Ines Roth"),
        together(range(1, 12), "Dan Brandt", "Ines Roth") | together(range(20, 21), "Dan Weiss", "Ines Roth"),
    ),
    "the other candidate was once in this folder": (
        review("Dan", "Ines Roth"),
        THREE | together(range(20, 21), "Dan Weiss", folder="Rowing/Meetings"),
    ),
    "nobody else is there, and the folder is new": (review("Dan"), THREE),
    "the company is other people": (review("Dan", "Olaf Lind"), THREE),
    "meetings that were cancelled tell nothing": (
        review("Dan", "Ines Roth"),
        {p: t.replace("type: meeting", "type: meeting\nstatus: cancelled") for p, t in THREE.items()},
    ),
    "the note itself names one candidate apart": (review("Dan", "Dan Brandt", "Ines Roth"), THREE),
    "the note speaks of the other candidate": (review("Dan", "Ines Roth", text="[[Dan Weiss]] is ill.\n"), THREE),
    "two names in the list would be one person": (review("Dan", "Danny", "Ines Roth"), THREE),
    "meetings settled by context are no evidence": (
        review("Dan", "Olaf Lind"),
        # Dan is settled in each of these by Ines; that may not settle him for Olaf.
        THREE | together(range(10, 20), "Dan", "Ines Roth", "Olaf Lind"),
    ),
}


@pytest.mark.parametrize(("asked", "others"), SETTLED.values(), ids=SETTLED)
def test_the_company_settles_an_attendee_when(asked: dict[str, str], others: dict[str, str]) -> None:
    snapshot = read({**asked, **others})
    assert attendees_of(snapshot)[0] == "Dan Brandt"
    assert ("People/Dan Brandt.md", REVIEW) in {(found.person, found.path) for found in snapshot.interactions}


@pytest.mark.parametrize(("asked", "others"), OPEN.values(), ids=OPEN)
def test_an_attendee_stays_ambiguous_when(asked: dict[str, str], others: dict[str, str]) -> None:
    snapshot = read({**asked, **others})
    assert attendees_of(snapshot)[0] is None
    assert "ambiguous-name" in {found.code for found in snapshot.diagnostics if found.path == REVIEW}


def test_each_of_many_names_in_one_list_is_settled_as_whom_the_company_knows() -> None:
    pairs = [(f"Ada {number} Lund", f"Ada {number} Moe", f"Ada{number}") for number in range(200)]
    people = {f"People/{name}.md": f"---\naliases: [{short}]\n---\n" for *both, short in pairs for name in both}
    known = [name for pair in pairs for name in (pair[0], "Ines Roth")]
    held = {
        f"Meetings/2026-05-0{day}.md": f"---\ntype: meeting\nattendees: {[f'[[{name}]]' for name in known]}\n---\n"
        for day in range(1, 4)
    }
    snapshot = read({**people, **held, **review(*(short for *_, short in pairs), "Ines Roth")})
    assert attendees_of(snapshot) == [*(name for name, *_ in pairs), "Ines Roth"]


def test_what_the_company_settled_is_told_with_its_reason() -> None:
    snapshot = read({**review("Dan", "Ines Roth"), **THREE})
    (told,) = [found for found in snapshot.diagnostics if found.path == REVIEW]
    assert (told.code, told.severity, told.line) == ("settled-by-context", "info", 4)
    for said in ("'Dan'", "People/Dan Brandt.md", "not People/Dan Weiss.md", "3 times", *THREE):
        assert said in told.message


def test_only_attendees_of_meetings_are_settled_by_their_company() -> None:
    daily = {"2026-06-02.md": "Saw [[Dan]] and [[Ines Roth]].\n"}
    snapshot = read({**daily, **THREE})
    assert [f.resolution for f in snapshot.mentions if f.mention.target == "Dan"] == ["ambiguous"]


def test_the_users_own_answer_wins_over_the_company() -> None:
    files = {**review("Dan", "Ines Roth"), **THREE}
    weiss = NotePath("People/Dan Weiss.md")
    for answer in (SettledName("Dan", weiss), SettledName("Dan", weiss, NotePath(REVIEW))):
        assert attendees_of(read(files, answers=(answer,)))[0] == "Dan Weiss"
    nobody = read(files, answers=(SettledName("Dan", None),))
    assert attendees_of(nobody) == ["Ines Roth"]


def test_meetings_settled_by_the_user_are_evidence() -> None:
    others = together(range(1, 4), "Danny", "Ines Roth")
    answer = SettledName("Danny", NotePath("People/Dan Brandt.md"))
    assert attendees_of(read({**review("Dan", "Ines Roth"), **others}))[0] is None
    assert attendees_of(read({**review("Dan", "Ines Roth"), **others}, answers=(answer,)))[0] == "Dan Brandt"


def test_the_user_is_no_candidate_that_the_company_could_rule_out() -> None:
    me = msgspec.structs.replace(DEFAULT_SETTINGS, me=("Dan Weiss",))
    assert attendees_of(read({**review("Dan", "Ines Roth"), **THREE}, me))[0] is None


def test_it_can_be_switched_off() -> None:
    off = msgspec.structs.replace(DEFAULT_SETTINGS, meetings=MeetingSettings(context=False))
    assert attendees_of(read({**review("Dan", "Ines Roth"), **THREE}, off))[0] is None


@pytest.mark.parametrize("order", list(itertools.permutations(range(4)))[::5], ids=str)
def test_the_order_in_which_meetings_become_known_does_not_show(order: tuple[int, ...]) -> None:
    files = [*THREE.items(), *review("Dan", "Ines Roth").items()]
    derivation = Derivation(DEFAULT_SETTINGS)
    derivation.update({NotePath(p): parse_note(NotePath(p), t.encode()) for p, t in PEOPLE.items()})
    for index in order:
        path, text = files[index]
        derivation.update({NotePath(path): parse_note(NotePath(path), text.encode())})
    assert derivation.snapshot(DAY) == read(dict(files))


def test_a_meeting_that_goes_away_takes_its_evidence_along() -> None:
    files = {**review("Dan", "Ines Roth"), **THREE}
    derivation = Derivation(DEFAULT_SETTINGS)
    derivation.update({NotePath(p): parse_note(NotePath(p), t.encode()) for p, t in {**PEOPLE, **files}.items()})
    gone = next(iter(THREE))
    derivation.update({NotePath(gone): None})
    assert attendees_of(derivation.snapshot(DAY))[0] is None
