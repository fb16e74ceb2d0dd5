from __future__ import annotations

import datetime as dt

from vaultrel.core.unknown_names import UnknownNames
from vaultrel.model import Attendee, Evidence, Meeting, Mention, NoteEvidence, NotePath, ResolvedMention, UnknownName

MAY = dt.date(2026, 5, 4)


def meeting(name: str, *attendees: str, day: dt.date = MAY, ambiguous: tuple[str, ...] = ()) -> NoteEvidence:
    path = NotePath(f"Meetings/{name}.md")
    listed = [Attendee(who, None, line, 3) for line, who in enumerate(attendees, start=5)]
    mentions = tuple(
        ResolvedMention(path, Mention("wikilink", who.name, who.name, who.line, who.column), "ambiguous")
        for who in listed
        if who.name in ambiguous
    )
    return NoteEvidence(path, mentions=mentions, meeting=Meeting(path, day, None, tuple(listed)))


def names(*told: NoteEvidence) -> UnknownNames:
    found = UnknownNames()
    found.swap((), told)
    return found


def test_names_are_listed_by_how_often_they_stand_in_attendee_lists_each_with_its_places() -> None:
    one, two = meeting("One", "Sam Reed", "Ann"), meeting("Two", "sam reed", day=dt.date(2026, 5, 1))
    assert names(one, two).all() == (
        UnknownName("Sam Reed", 2, (Evidence(two.path, 5, day=dt.date(2026, 5, 1)), Evidence(one.path, 5, day=MAY))),
        UnknownName("Ann", 1, (Evidence(one.path, 6, day=MAY),)),
    )


def test_a_name_that_could_be_several_people_is_not_unknown() -> None:
    assert [name.name for name in names(meeting("One", "Sam", "Ann", ambiguous=("Sam",))).all()] == ["Ann"]


def test_a_name_is_forgotten_with_its_last_place() -> None:
    one, two = meeting("One", "Sam Reed", "Ann"), meeting("Two", "sam reed")
    found = names(one, two)
    found.swap([one], [])
    assert [(name.name, name.count) for name in found.all()] == [("sam reed", 1)]
    found.swap([two], [])
    assert found.all() == ()


def test_what_names_nobody_unknown_leaves_the_list_the_very_same_object() -> None:
    one = meeting("One", "Sam Reed")
    found = names(one)
    before = found.all()
    found.swap([], [meeting("Two"), NoteEvidence(NotePath("Daily/2026-05-04.md"))])
    assert found.all() is before
