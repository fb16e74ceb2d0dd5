"""What a vault seems to hold, before anything was set."""

from __future__ import annotations

import pytest

from vaultrel.core.first_look import FirstLook, Mark, take_first_look
from vaultrel.core.notes import parse_note
from vaultrel.model import NotePath
from vaultrel.settings import DEFAULT_SETTINGS, Settings

MEETING = '---\ntype: meeting\ndate: 2026-0{}-01\nattendees: ["[[Ada Moreau]]", "[[Sam Reed]]"]\n---\n'


def look(notes: dict[str, str], *user_names: str, settings: Settings = DEFAULT_SETTINGS) -> FirstLook:
    parsed = [parse_note(NotePath(path), text.encode(), settings) for path, text in notes.items()]
    return take_first_look(parsed, settings, user_names)


def test_people_are_counted_by_what_marks_them_the_most_frequent_first() -> None:
    found = look(
        {
            "People/Ada Moreau.md": "x",
            "CRM/People/Ben Okoro.md": "---\ntags: [person, friend/old]\n---\n",
            "Kit.md": "---\ntype: person\n---\n",
            "Ideas.md": "Plant beans.",
        }
    )
    assert [(mark.shown, mark.notes) for mark in found.people] == [
        ("People/", 2),
        ("#friend", 1),
        ("#person", 1),
        ("type: person", 1),
    ]
    assert all(mark.known for mark in found.people)
    assert (found.note_count, found.person_count) == (4, 3)


def test_meetings_and_daily_notes_are_counted() -> None:
    found = look({f"Meetings/{day}.md": MEETING.format(day) for day in (1, 2)} | {"2026-05-04.md": "x"})
    assert [(mark.shown, mark.notes) for mark in found.meetings] == [("Meetings/", 2), ("type: meeting", 2)]
    assert (found.meeting_count, found.daily_count) == (2, 1)


def test_a_folder_whose_notes_come_to_meetings_is_proposed_for_people() -> None:
    notes = {f"Meetings/{day}.md": MEETING.format(day) for day in (1, 2)}
    found = look({**notes, "Kontakte/Ada Moreau.md": "x", "Kontakte/Sam Reed.md": "x", "Kontakte/List.md": "x"})
    assert found.people == (Mark("folder", "Kontakte", 2, known=False),)
    assert found.person_count == 2


def test_a_folder_where_few_notes_come_to_meetings_is_not() -> None:
    notes = {f"Meetings/{day}.md": MEETING.format(day) for day in (1, 2)}
    notes |= {"Notes/Ada Moreau.md": "x", "Notes/Sam Reed.md": "x"} | {f"Notes/{n}.md": "x" for n in range(3)}
    assert look(notes).people == ()
    assert look({"Ada Moreau.md": "x", "Sam Reed.md": "x", **notes}).people == ()


def test_a_folder_of_dated_notes_with_attendees_is_proposed_for_meetings() -> None:
    notes = {f"Treffen/2026-0{month}-03 Lunch.md": '---\nattendees: ["[[Ada Moreau]]"]\n---\n' for month in (1, 2, 3)}
    assert look(notes).meetings == (Mark("folder", "Treffen", 3, known=False),)


def test_templates_are_not_counted() -> None:
    assert look({"Templates/Person.md": "---\ntype: person\nname: <% tp.file.title %>\n---\n"}).person_count == 0


PEOPLE = {"People/Ada Moreau.md": "x", "People/Sam Reed.md": "---\naliases: [Sammy]\n---\n", "People/Kit.md": "x"}


@pytest.mark.parametrize("user", ["Sam Reed", "sam reed", "sammy"])
def test_the_owner_is_the_person_named_like_the_computer_s_user(user: str) -> None:
    assert look(PEOPLE, "root", user).owner == "Sam Reed"


def test_otherwise_the_owner_is_who_came_to_more_than_half_of_the_meetings() -> None:
    notes = {**PEOPLE, **{f"Meetings/{day}.md": MEETING.format(day) for day in (1, 2, 3)}}
    notes["People/Ada Moreau.md"] = "---\nname: Ada\n---\n"
    notes["Meetings/4.md"] = '---\ntype: meeting\ndate: 2026-04-01\nattendees: ["[[Sam Reed]]", "[[Kit]]"]\n---\n'
    assert look(notes).owner == "Sam Reed"


def test_nobody_is_taken_for_the_owner_on_little_evidence() -> None:
    assert look(PEOPLE).owner == ""
    assert look({**PEOPLE, "Meetings/1.md": MEETING.format(1), "Meetings/2.md": MEETING.format(2)}).owner == ""
    assert look({}).owner == ""


def test_what_a_note_holds_can_steer_no_terminal() -> None:
    notes = {f"Meetings/{day}.md": MEETING.replace("Ada Moreau", "x\x1b[2J").format(day) for day in (1, 2, 3)}
    notes |= {"K\x1b]0;t\x07/x\x1b[2J.md": "x", "K\x1b]0;t\x07/Sam Reed.md": "x"}
    found = look(notes)
    assert all(mark.shown.isprintable() for mark in found.people)
    assert look({"People/E\x1b[2J.md": "x"}, "e\x1b[2J").owner.isprintable()
