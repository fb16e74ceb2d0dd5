"""Who people are and whom a mention names; what person notes say is in data/people."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vaultrel.core.notes import parse_note
from vaultrel.core.people import NameAnswer, PeopleRegistry, person_diagnostics, read_person
from vaultrel.core.person_notes import parse_cadence
from vaultrel.model import Mention, NotePath, Person
from vaultrel.settings import DEFAULT_SETTINGS, Settings

DATA = Path(__file__).parent / "data" / "people"
PERSONS = json.loads((DATA / "persons.json").read_text(encoding="utf-8"))
CADENCES = json.loads((DATA / "cadences.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", PERSONS, ids=[case["rule"] for case in PERSONS])
def test_a_person_note_says_what_its_properties_say(case: dict[str, Any]) -> None:
    chosen = msgspec.convert(case.get("settings", {}), Settings)
    text = f"---\n{case['note']}---\n" if case["note"] else ""
    note = parse_note(NotePath(case["path"]), text.encode(), chosen)
    person = json.loads(msgspec.json.encode(read_person(note, chosen)))
    assert {key: person[key] for key in case["expect"]} == case["expect"], person
    assert [problem.code for problem in person_diagnostics(note, chosen)] == case.get("codes", [])


def test_a_problem_says_where_it_is() -> None:
    note = parse_note(NotePath("n.md"), b"---\nrole: x\nbirthday: sometime\n---\n")
    (problem,) = person_diagnostics(note, DEFAULT_SETTINGS)
    assert (problem.path, problem.line, problem.column) == ("n.md", 3, 11)


@pytest.mark.parametrize(
    ("text", "ended"),
    [
        ("# Nadia Brook\n\n#deceased\n", "#deceased"),
        ("- sells the old boat #archived [[Boat]]\n", ""),
        ("The old boat is gone. #archived\n", ""),
    ],
)
def test_a_tag_in_the_text_ends_the_tie_unless_its_line_is_about_something_else(text: str, ended: str) -> None:
    assert read_person(parse_note(NotePath("People/Nadia Brook.md"), text.encode()), DEFAULT_SETTINGS).ended == ended


@pytest.mark.parametrize(("text", "days"), CADENCES.items())
def test_a_cadence_is_read_as_people_write_it(text: str, days: int | None) -> None:
    assert parse_cadence(text) == days


# ---------------------------------------------------------------------------------------------------------- resolving


def person(path: str, *names: str, emails: tuple[str, ...] = (), handles: tuple[str, ...] = ()) -> Person:
    stem = path.rpartition("/")[2].removesuffix(".md")
    return Person(NotePath(path), (names or (stem,))[0], (*names, stem), emails=emails, handles=handles)


def registry(*notes: str | Person, me: tuple[str, ...] = ("me",)) -> PeopleRegistry:
    made = PeopleRegistry(Settings(me=me))
    for note in notes:
        if isinstance(note, Person):
            made.update(note.path, note, exists=True)
        else:
            made.update(NotePath(note), None, exists=True)
    return made


def mention(target: str, syntax: str = "wikilink") -> Mention:
    return Mention(syntax, target, target, 1, 1)


def answer(people: PeopleRegistry, target: str, syntax: str = "wikilink", source: str = "Notes/Log.md") -> NameAnswer:
    return people.resolve(mention(target, syntax), NotePath(source))


NADIA = person("People/Nadia Brook.md", "Nadia Brook", "Nad", emails=("nadia@brook.example",), handles=("nbrook",))


@pytest.mark.parametrize(
    "target",
    [
        "Nadia Brook", "nadia brook", "Nadia\u00a0Brook", "Nadia  Brook ", "People/Nadia Brook", "/People/Nadia Brook",
        "people/NADIA brook", "./People/Nadia Brook", "Nad", "nadia@brook.example",
    ],
)  # fmt: skip
def test_a_link_finds_its_person(target: str) -> None:
    assert answer(registry(NADIA), target, source="Log.md").path == NADIA.path


@pytest.mark.parametrize(
    ("target", "source"),
    [
        ("./Nadia Brook", "People/Ola.md"),
        ("../People/Nadia Brook", "Notes/Log.md"),
        ("../Nadia Brook", "People/x/y.md"),
    ],
)
def test_a_relative_link_starts_at_its_own_note(target: str, source: str) -> None:
    assert answer(registry(NADIA), target, "markdown_link", source).path == NADIA.path


def test_the_end_of_a_path_is_enough() -> None:
    assert answer(registry(person("Work/People/Ola.md")), "People/Ola").path == "Work/People/Ola.md"


def test_a_wrong_path_leads_nowhere() -> None:
    assert answer(registry(NADIA), "Friends/Nadia Brook").kind == "unknown"


@pytest.mark.parametrize(
    ("written", "stem"), [("Jäkel", "Ja\u0308kel"), ("Ja\u0308kel", "Jäkel"), ("STRASSE", "Straße")]
)
def test_letters_compare_by_what_they_mean(written: str, stem: str) -> None:
    assert answer(registry(person(f"People/{stem}.md")), written).kind == "resolved"


@pytest.mark.parametrize(("one", "other"), [("Jon", "John"), ("Ana", "Anna"), ("Kim", "Kim (Acme)"), ("Zoe", "Zoë")])
def test_similar_names_are_different_people(one: str, other: str) -> None:
    assert answer(registry(person(f"People/{one}.md")), other).kind == "unknown"


def test_how_a_name_was_found_is_told() -> None:
    people = registry(NADIA)
    found = {
        how: answer(people, target, syntax)
        for how, target, syntax in [
            ("file", "Nadia Brook", "wikilink"),
            ("path", "People/Nadia Brook", "wikilink"),
            ("alias", "Nad", "wikilink"),
            ("name", "Nadia Brook", "name"),
            ("handle", "NBrook", "handle"),
            ("email", "Nadia@brook.example", "email"),
        ]
    }
    assert {how: seen.how for how, seen in found.items()} == {how: how for how in found}
    assert {seen.path for seen in found.values()} == {NADIA.path}


def test_a_file_name_wins_over_an_alias() -> None:
    people = registry(person("People/Nad.md"), NADIA)
    assert answer(people, "Nad") == NameAnswer("resolved", NotePath("People/Nad.md"), "file")
    assert answer(people, "Nad", "name").candidates == ("People/Nad.md", "People/Nadia Brook.md")


def test_a_shared_alias_is_ambiguous() -> None:
    people = registry(person("@ Ada.md", "Ada", "Grace"), person("@ Grace.md", "Grace"))
    assert answer(people, "Grace") == NameAnswer("ambiguous", candidates=(NotePath("@ Ada.md"), NotePath("@ Grace.md")))
    assert answer(people, "@ Grace").path == "@ Grace.md"


def test_of_two_notes_of_one_name_the_nearer_is_meant() -> None:
    people = registry(person("People/Work/Ola.md"), person("People/Ola.md"), person("A/Ola.md"))
    same = tuple(map(NotePath, ("A/Ola.md", "People/Ola.md", "People/Work/Ola.md")))
    assert answer(people, "Ola", source="Log.md") == NameAnswer("resolved", NotePath("A/Ola.md"), "file", same)
    assert answer(people, "Ola", source="People/Work/Log.md").path == "People/Work/Ola.md"
    assert answer(people, "Ola", source="People/Log.md").path == "People/Ola.md"
    assert answer(people, "People/Work/Ola", source="A/Log.md") == NameAnswer(
        "resolved", NotePath("People/Work/Ola.md"), "path"
    )
    people.update(NotePath("Ola.md"), None, exists=True)
    assert answer(people, "Ola", source="People/Log.md").kind == "other"


def test_a_note_that_is_no_person_is_no_unknown_name() -> None:
    people = registry("Literature/@brook2019.md", "Acme.md")
    assert answer(people, "@brook2019") == NameAnswer("other", NotePath("Literature/@brook2019.md"), "file")
    assert answer(people, "Acme").kind == "other"
    assert answer(people, "Brook", "name").kind == "unknown"


@pytest.mark.parametrize(
    "target", ["", "null", "2026-03-01", "Journal/2026-03-01", "photo.jpeg", "Meetings.base", "a/b.pdf"]
)
def test_placeholders_days_and_files_are_nobody(target: str) -> None:
    assert answer(registry(NADIA), target).kind == "nobody"


def test_a_dot_in_a_name_makes_no_file() -> None:
    assert answer(registry(), "Dr. Brook").kind == "unknown"


def test_a_bare_handle_is_a_known_handle_or_alias() -> None:
    people = registry(NADIA)
    assert [answer(people, word, "handle").kind for word in ("nbrook", "NAD", "media", "brook")] == [
        "resolved", "resolved", "unknown", "unknown",
    ]  # fmt: skip


@pytest.mark.parametrize("me", ["Sam Rivers", "[[Sam Rivers]]", "People/Sam Rivers.md", "people/sam rivers"])
def test_the_owner_is_never_a_contact(me: str) -> None:
    people = registry(person("People/Sam Rivers.md", "Sam Rivers", "Sam"), me=(me,))
    assert [answer(people, target).kind for target in ("Sam Rivers", "People/Sam Rivers", "Sam")] == ["owner"] * 3
    assert people.is_owner(NotePath("People/Sam Rivers.md"))


def test_the_owner_needs_no_note() -> None:
    assert answer(registry(), "me", "name").kind == "owner"
    assert answer(registry(me=("Sam Rivers",)), "Sam Rivers").kind == "owner"


def test_a_friend_with_the_owners_first_name_as_alias_is_not_the_owner() -> None:
    people = registry(person("People/Sam Okoye.md", "Sam Okoye", "Sam"), me=("Sam",))
    assert not people.is_owner(NotePath("People/Sam Okoye.md"))
    assert answer(people, "Sam Okoye").kind == "resolved"


def test_the_users_answer_settles_what_is_open_and_nothing_else() -> None:
    ada, grace = person("Ada.md", "Ada", "G"), person("Grace.md", "Grace", "G")
    people = registry(ada, grace)
    changed = people.settle({"g": grace.path, "Ada": grace.path, "Gracie": grace.path, "Somebody": None})
    assert changed == {"g", "ada", "gracie", "somebody"}
    found = {name: answer(people, name) for name in ("G", "Ada", "Gracie", "Somebody")}
    assert found["G"] == found["Gracie"] == NameAnswer("resolved", grace.path, "settled")
    assert found["Ada"].path == "Ada.md"
    assert found["Somebody"].kind == "nobody"
    assert people.update(grace.path, None, exists=False) >= {"g", "gracie"}
    assert answer(people, "Gracie").kind == "unknown"
    assert people.settle({}) == changed


# ------------------------------------------------------------------------------------------------------------ the laws

PATHS = [NotePath(path) for path in ("Ada.md", "People/Ada.md", "People/Bo.md", "Work/bo.md", "Notes/x.md", "me.md")]
NAMES = ["Ada", "Bo", "B", "me", "Sam", "a@b.example"]
MENTIONS = [
    mention(target, syntax)
    for syntax in ("wikilink", "markdown_link", "handle", "email", "name")
    for target in (*NAMES, "People/Ada", "../Ada", "./bo", "x", "nobody")
]
SOURCES = [NotePath("Log.md"), NotePath("People/Bo.md"), NotePath("Work/Log.md")]


@st.composite
def person_notes(draw: st.DrawFn, path: NotePath) -> Person:
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=3))
    emails = draw(st.sampled_from([(), ("a@b.example",)]))
    return Person(path, names[0], tuple(names), emails, draw(st.sampled_from([(), ("b",), ("sam",)])))


@st.composite
def updates(draw: st.DrawFn) -> tuple[NotePath, Person | None, bool]:
    path = draw(st.sampled_from(PATHS))
    what = draw(st.sampled_from(["person", "note", "gone"]))
    return path, draw(person_notes(path)) if what == "person" else None, what != "gone"


def answers(people: PeopleRegistry) -> dict[tuple[Mention, NotePath], NameAnswer]:
    return {(seen, source): people.resolve(seen, source) for seen in MENTIONS for source in SOURCES}


@settings(max_examples=60)
@given(st.lists(updates(), max_size=12))
def test_a_registry_is_a_function_of_its_last_updates_and_tells_what_changed(
    steps: list[tuple[NotePath, Person | None, bool]],
) -> None:
    chosen = Settings(me=("me", "Sam"))
    people = PeopleRegistry(chosen)
    people.settle({"B": PATHS[2], "nobody": None})
    last: dict[NotePath, Person | None] = {}
    before = answers(people)
    for path, who, exists in steps:
        keys = people.update(path, who, exists=exists)
        last.pop(path, None)
        if exists:
            last[path] = who
        after = answers(people)
        changed = {seen for (seen, source), found in after.items() if found != before[seen, source]}
        assert all(keys & people.keys(seen) for seen in changed)
        before = after
    fresh = PeopleRegistry(chosen)
    fresh.settle({"B": PATHS[2], "nobody": None})
    for path, who in sorted(last.items()):
        fresh.update(path, who, exists=True)
    assert answers(fresh) == before
    assert [fresh.is_owner(path) for path in PATHS] == [people.is_owner(path) for path in PATHS]


def test_an_update_that_changes_nothing_changes_no_key() -> None:
    people = registry(NADIA)
    assert people.update(NADIA.path, NADIA, exists=True) == frozenset()


def test_a_new_alias_touches_only_that_name() -> None:
    people = registry(NADIA)
    more = person(NADIA.path, *NADIA.names, "Nadja", emails=NADIA.emails, handles=NADIA.handles)
    assert people.update(NADIA.path, more, exists=True) == {"nadja"}
