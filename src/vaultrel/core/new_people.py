"""Which person notes an address book is worth: new ones only, each under a name that no file has."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from itertools import count
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from vaultrel.core.text import fold_name
from vaultrel.model import NotePath
from vaultrel.settings import DEFAULT_SETTINGS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from vaultrel.core.contacts import Contact
    from vaultrel.model import Person
    from vaultrel.settings import PeopleSettings

DEFAULT_FOLDER: Final = "People"

_NOT_IN_NAMES = re.compile(r'[\\/:*?"<>|#^\[\]]+')
"""What some system takes no file name with, and what would end a wikilink (Obsidian: Internal links)."""
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?\Z", re.IGNORECASE)
_MOST_NAME_BYTES: Final = 180
_NO_ADDRESS: Final = ""
"""In place of the addresses of a contact that has none."""


class NewPerson(Struct, frozen=True):
    """A person note to make."""

    path: NotePath
    contact: Contact
    data: bytes


class NewPeople(Struct, frozen=True):
    """What to make of an address book.

    Attributes:
        notes: one for each contact without a note, in the book's order.
        known: contacts that have a note, with its path.
        repeated: entries that say the same as an earlier one.
    """

    notes: tuple[NewPerson, ...]
    known: tuple[tuple[Contact, NotePath], ...]
    repeated: tuple[Contact, ...]


def plan_new_people(
    contacts: Iterable[Contact],
    people: Iterable[Person],
    paths: Iterable[str],
    folder: str | None = None,
    settings: PeopleSettings = DEFAULT_SETTINGS.people,
) -> NewPeople:
    """The notes to make; nobody who has one already, by an address or a name, gets a second.

    Args:
        contacts: of an address book, in its order.
        people: everyone with a note, the owner too.
        paths: every note there is; none of them is ever written to.
        folder: where the notes go; None: where most person notes are.
        settings: what a person note is known by.
    """
    people = tuple(people)
    addresses = {email: person.path for person in people for email in person.emails}
    names = {fold_name(name): person.path for person in people for name in person.names}
    places = _Places(folder if folder is not None else usual_folder(people), paths)
    notes: list[NewPerson] = []
    known: list[tuple[Contact, NotePath]] = []
    repeated: list[Contact] = []
    earlier: dict[str, set[str]] = {}
    for contact in contacts:
        name = fold_name(contact.name)
        called = (name, fold_name(_file_stem(contact.name)))
        found = next(filter(None, (*map(addresses.get, contact.emails), *map(names.get, called))), None)
        own = set(contact.emails) or {_NO_ADDRESS}
        if found is not None:
            known.append((contact, found))
        elif name in earlier and (_NO_ADDRESS in own or _NO_ADDRESS in earlier[name] or own & earlier[name]):
            repeated.append(contact)
        else:
            # Of two of one name, the first answers to it; the second is known again by an address.
            aliases = [] if name in earlier else [contact.name]
            aliases += [nick for nick in contact.nicknames if fold_name(nick) not in names]
            earlier.setdefault(name, set()).update(own)
            path = places.take(contact)
            notes.append(NewPerson(path, contact, _render(path, contact, aliases, settings)))
    return NewPeople(tuple(notes), tuple(known), tuple(repeated))


def usual_folder(people: Iterable[Person]) -> str:
    """The folder in which most person notes are, the first of several; `DEFAULT_FOLDER` where there is none."""
    folders = Counter(map(_folder_above, people))
    return min(folders, key=lambda folder: (-folders[folder], folder), default=DEFAULT_FOLDER)


def _folder_above(person: Person) -> str:
    """The folder of a person note; of one in a folder of its own name, the folder above that."""
    folder, _, name = person.path.rpartition("/")
    above, _, own = folder.rpartition("/")
    return above if own == name.removesuffix(".md") else folder


class _Places:
    """Where new notes go, each in a place of its own; ten thousand of one name take no longer than of ten thousand."""

    def __init__(self, folder: str, paths: Iterable[str]) -> None:
        self._above = f"{folder}/" if folder else ""
        self._taken = {fold_name(path) for path in paths}
        self._numbers: defaultdict[str, Iterator[int]] = defaultdict(lambda: count(2))

    def take(self, contact: Contact) -> NotePath:
        """The best place for a contact's note that is free; it is taken from then on."""
        path = next(path for path in self._choices(contact) if fold_name(path) not in self._taken)
        self._taken.add(fold_name(path))
        return path

    def _choices(self, contact: Contact) -> Iterator[NotePath]:
        stem = _file_stem(contact.name)
        yield NotePath(f"{self._above}{stem}.md")
        if contact.organization:
            yield NotePath(f"{self._above}{stem} ({_file_stem(contact.organization)}).md")
        for number in self._numbers[fold_name(stem)]:
            yield NotePath(f"{self._above}{stem} {number}.md")


def _file_stem(name: str) -> str:
    """The name as a file name that every system takes, and that a link can hold."""
    stem = " ".join(_NOT_IN_NAMES.sub(" ", name).split()).strip(". ")
    stem = stem.encode()[:_MOST_NAME_BYTES].decode("utf-8", "ignore").strip(". ")
    return f"{stem} -" if _RESERVED.match(stem) else stem or "Unnamed"


def _render(path: NotePath, contact: Contact, aliases: list[str], settings: PeopleSettings) -> bytes:
    """A note that says what the book says; values are quoted as JSON, which is YAML 1.2 (section 1.2 there)."""
    properties = {
        **_mark(settings),
        "aliases": [alias for alias in aliases if alias != path.rpartition("/")[2].removesuffix(".md")],
        "email": list(contact.emails),
        "birthday": contact.birthday,
        "company": contact.organization,
    }
    lines = [f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in properties.items() if value]
    return "\n".join(["---", *lines, "---", ""]).encode("utf-8", "replace")


def _mark(settings: PeopleSettings) -> dict[str, object]:
    """The property by which the note is known as a person's, ``tags: [person]`` where the settings leave it at that."""
    if settings.tags:
        return {"tags": ["person" if "person" in settings.tags else settings.tags[0]]}
    return {settings.type_keys[0]: settings.types[0]} if settings.type_keys and settings.types else {}
