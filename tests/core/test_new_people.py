"""Which notes an address book is worth, what they are called, and that our own reader takes them for people."""

from __future__ import annotations

import pytest

from vaultrel.core.classify import classify
from vaultrel.core.contacts import Contact
from vaultrel.core.new_people import plan_new_people
from vaultrel.core.notes import parse_note
from vaultrel.core.person_notes import read_person
from vaultrel.model import NotePath, Person
from vaultrel.settings import DEFAULT_SETTINGS, PeopleSettings, Settings

ADA = Person(NotePath("Friends/Ada Moreau.md"), "Ada Moreau", ("Ada Moreau", "Ace"), emails=("ada@example.org",))


@pytest.mark.parametrize(
    "contact",
    [Contact("Somebody", emails=("ada@example.org",)), Contact("ADA  moreau"), Contact("Ace")],
    ids=["by an address", "by the name", "by an alias"],
)
def test_whoever_has_a_note_gets_no_second(contact: Contact) -> None:
    plan = plan_new_people([contact], [ADA], [ADA.path])
    assert (plan.notes, plan.known) == ((), ((contact, ADA.path),))


def test_notes_go_where_most_people_are() -> None:
    assert [note.path for note in plan_new_people([Contact("Ben Hale")], [ADA], []).notes] == ["Friends/Ben Hale.md"]
    assert [note.path for note in plan_new_people([Contact("Ben Hale")], [], []).notes] == ["People/Ben Hale.md"]
    assert [note.path for note in plan_new_people([Contact("Ben Hale")], [ADA], [], "").notes] == ["Ben Hale.md"]


def test_two_of_one_name_with_other_addresses_are_two_and_the_same_one_again_is_not() -> None:
    contacts = [
        Contact("Ben Hale", emails=("ben@one.example",)),
        Contact("Ben Hale", emails=("ben@two.example",), organization="Northwind"),
        Contact("Ben Hale", emails=("ben@three.example",)),
        Contact("Ben Hale", emails=("x@example.org", "ben@one.example")),
        Contact("Ben Hale"),
    ]
    plan = plan_new_people(contacts, [], [])
    assert [note.path for note in plan.notes] == [
        "People/Ben Hale.md",
        "People/Ben Hale (Northwind).md",
        "People/Ben Hale 2.md",
    ]
    assert plan.repeated == tuple(contacts[3:])


def test_no_file_is_written_over_whatever_its_case() -> None:
    plan = plan_new_people([Contact("Ben Hale")], [], ["people/ben hale.md", "People/Ben Hale 2.md"])
    assert [note.path for note in plan.notes] == ["People/Ben Hale 3.md"]


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("AC/DC: the *band*?", "AC DC the band"),
        ("../../etc/passwd", "etc passwd"),
        (".hidden", "hidden"),
        ("CON", "CON -"),
        ("Ada [[Moreau]]|x#y^z", "Ada Moreau x y z"),
        ("...", "Unnamed"),
        ("日" * 100, "日" * 60),
    ],
)
def test_every_name_becomes_a_file_name_that_every_system_takes(name: str, stem: str) -> None:
    (note,) = plan_new_people([Contact(name)], [], []).notes
    assert note.path == f"People/{stem}.md"


@pytest.mark.parametrize(
    "name", ["Ada Moreau", 'Ada "Ace" \\ Moreau', "- [x]: {y} # z", "AC/DC", "yes", "12", "日記 👋🏽"]
)
@pytest.mark.parametrize("birthday", ["1990-04-12", "--04-12", ""])
def test_our_own_reader_takes_the_note_for_that_person(name: str, birthday: str) -> None:
    contact = Contact(name, ("Ace: the #1",), ("ada@example.org",), birthday, "Northwind & Sons: [a]")
    (new,) = plan_new_people([contact], [], []).notes
    note = parse_note(new.path, new.data)
    assert (note.refusal, note.diagnostics) == (None, ())
    assert classify(note, DEFAULT_SETTINGS).kind == "person"
    person = read_person(note, DEFAULT_SETTINGS)
    assert name in person.names
    assert "Ace: the #1" in person.names
    assert person.emails == ("ada@example.org",)
    assert (person.birthday.strftime("%m-%d") if person.birthday else "") == birthday[-5:].lstrip("-")


def test_a_note_in_a_folder_of_its_own_name_says_nothing_of_where_others_go() -> None:
    people = [Person(NotePath(f"Team/{name}/{name}.md"), name, (name,)) for name in ("Ada Moreau", "Ben Hale")]
    assert [note.path for note in plan_new_people([Contact("Cleo Winter")], people, []).notes] == [
        "Team/Cleo Winter.md"
    ]


def test_a_nickname_that_is_somebody_s_name_already_is_left_out() -> None:
    (note,) = plan_new_people([Contact("Zoe Hart", ("ace", "Zo"))], [ADA], []).notes
    assert b'aliases: ["Zo"]\n' in note.data


def test_whoever_could_not_have_their_own_file_name_is_known_again() -> None:
    (first,) = plan_new_people([Contact("Ben Hale")], [], ["People/Ben Hale.md"]).notes
    again = read_person(parse_note(first.path, first.data), DEFAULT_SETTINGS)
    assert plan_new_people([Contact("Ben Hale")], [again], ["People/Ben Hale.md", first.path]).notes == ()


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        (PeopleSettings(), b'tags: ["person"]\n'),
        (PeopleSettings(tags=("mensch", "freund")), b'tags: ["mensch"]\n'),
        (PeopleSettings(tags=()), b'type: "person"\n'),
    ],
)
def test_a_note_is_marked_as_the_settings_know_people(settings: PeopleSettings, line: bytes) -> None:
    (note,) = plan_new_people([Contact("Ben Hale")], [], [], "Elsewhere", settings).notes
    assert note.data == b"---\n" + line + b"---\n"
    everything = Settings(people=settings)
    assert classify(parse_note(note.path, note.data, everything), everything).kind == "person"


def test_ten_thousand_of_one_name_get_a_number_each() -> None:
    contacts = [Contact("Ben Hale", emails=(f"b{number}@example.org",)) for number in range(10_000)]
    notes = plan_new_people(contacts, [], []).notes
    assert (len({note.path for note in notes}), notes[-1].path) == (10_000, "People/Ben Hale 10000.md")
