"""An address book read: vCard 2.1, 3.0 and 4.0 (RFC 2426, RFC 6350), and the tables that mail programs export.

Reads what a person note has a place for, and nothing else. Whatever a file holds, it gives contacts and never raises.
"""

from __future__ import annotations

import csv
import datetime as dt
import quopri
import re
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from vaultrel.core.text import clean_text, fold_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_LONGEST: Final = 200
_LEAP_YEAR: Final = 2000
_EMAIL = re.compile(r"[^\s@]{1,64}@[^\s@…]{1,253}")
_MOST_FIELD_CHARACTERS: Final = 1_000_000
"""A single value longer than this is a picture or a mistake; it is left out."""

_BIRTHDAY = re.compile(
    r"(?:(?P<year>[0-9]{4}|--)-?(?P<month>[0-9]{2})-?(?P<day>[0-9]{2})(?:T.{0,40})?"
    r"|(?P<our_month>[0-9]{2})-(?P<our_day>[0-9]{2}))\Z"
)
"""RFC 6350 section 4.3.1, and a birthday without a year as our own table has it."""

_LINE_END = re.compile(r"\r\n|\n|\r")
_HEAD = re.compile(r'(?:[^":]++|"[^"]*+")*+:')
"""A property's name and parameters; a colon between quotes ends neither (RFC 6350 section 3.3)."""

_PART = {sign: re.compile(rf"(?:[^\\{sign}]|\\.|\\\Z)*+", re.DOTALL) for sign in ";,"}
"""One part of a value with several; a sign after a backslash belongs to the part (RFC 6350 section 3.4)."""

_CSV_COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "name": ("name", "full name", "display name", "fn"),
    "first": ("first name", "given name"),
    "middle": ("middle name", "additional name"),
    "last": ("last name", "family name", "surname"),
    "nickname": ("nickname", "nick name"),
    "organization": ("organization name", "organization 1 - name", "organization", "organisation", "company"),
    "birthday": ("birthday",),
}
"""What columns are called in the exports of Google, Outlook, Apple, Thunderbird, Nextcloud, and in ours."""
_CSV_EMAIL = re.compile(r"e-?mails?(?: \d)?(?: address)?(?: - value| \d - value)?\Z|primary email|secondary email")


class Contact(Struct, frozen=True):
    """One entry of an address book.

    Attributes:
        name: to show; never empty.
        nicknames: other names, as written.
        emails: in lower case, each once.
        birthday: ``YYYY-MM-DD``, or ``--MM-DD`` without a year; empty when there is none.
        organization: where they work; empty when it is not said.
        line: where the entry begins in the file, 1-based.
    """

    name: str
    nicknames: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    birthday: str = ""
    organization: str = ""
    line: int = 1


class AddressBook(Struct, frozen=True):
    """What a file holds: its contacts, in its order, and how many entries have no name to go by."""

    contacts: tuple[Contact, ...]
    nameless: int = 0


def read_vcards(data: bytes) -> AddressBook:
    """The cards of a file, which may be cut short anywhere."""
    contacts: list[Contact] = []
    nameless = 0
    card: list[tuple[str, str]] | None = None
    began = 1
    for number, line in _unfold(data):
        name, value = _split_property(line)
        if name == "BEGIN" and value.strip().upper() == "VCARD":
            card, began = [], number
        elif name == "END" and card is not None:
            contact = _contact_of(card, began)
            nameless += contact is None
            contacts += [contact] if contact is not None else []
            card = None
        elif card is not None:
            card.append((name, value))
    return AddressBook(tuple(contacts), nameless)


def read_table(data: bytes) -> AddressBook:
    """The rows of a table whose first line names its columns."""
    lines = _LINE_END.split(_decode(data))
    # The sign that the first line has most of separates the cells.
    separator = max(",;\t", key=lines[0].count)
    contacts: list[Contact] = []
    nameless = 0
    reader = csv.reader((f"{line}\n" for line in lines), delimiter=separator)
    columns: dict[str, list[int]] = {}
    while True:
        began = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            break
        except csv.Error:  # a cell too long for any contact
            nameless += 1
            continue
        if not columns:
            columns = _columns(row)
        elif any(cell.strip() for cell in row):
            contact = _contact_of_row(row, columns, began)
            nameless += contact is None
            contacts += [contact] if contact is not None else []
    return AddressBook(tuple(contacts), nameless)


def _columns(row: list[str]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {"": []}
    for at, title in enumerate(row):
        key = fold_name(title)
        for field, titles in _CSV_COLUMNS.items():
            if key in titles:
                found.setdefault(field, []).append(at)
        if _CSV_EMAIL.match(key):
            found.setdefault("email", []).append(at)
    return found


def _contact_of_row(row: list[str], columns: Mapping[str, list[int]], line: int) -> Contact | None:
    def cells(field: str) -> list[str]:
        return [row[at] for at in columns.get(field, ()) if at < len(row) and row[at].strip()]

    parts = " ".join(cell for field in ("first", "middle", "last") for cell in cells(field)[:1])
    return _make_contact(
        line,
        names=(*cells("name"), parts),
        nicknames=(nick for cell in cells("nickname") for nick in cell.split(",")),
        # Google puts several addresses into one cell.
        emails=(email for cell in cells("email") for email in cell.replace(":::", ";").split(";")),
        organizations=cells("organization"),
        birthdays=cells("birthday"),
    )


def _contact_of(card: Iterable[tuple[str, str]], line: int) -> Contact | None:
    """The contact that a card's properties describe; None for one without any name."""
    values: dict[str, list[str]] = {}
    for name, value in card:
        values.setdefault(name, []).append(value)
    family, given, middle = ([*_split(values.get("N", [""])[0], ";"), "", "", ""])[:3]
    return _make_contact(
        line,
        names=(*map(_unescape, values.get("FN", ())), f"{given} {middle} {family}"),
        nicknames=(nick for value in values.get("NICKNAME", ()) for nick in _split(value, ",")),
        emails=map(_unescape, values.get("EMAIL", ())),
        organizations=(_split(value, ";")[0] for value in values.get("ORG", ())),
        birthdays=values.get("BDAY", ()),
    )


def _make_contact(
    line: int,
    names: Iterable[str],
    nicknames: Iterable[str],
    emails: Iterable[str],
    organizations: Iterable[str],
    birthdays: Iterable[str],
) -> Contact | None:
    """The contact of these words, as written; the first that is not empty counts. None without any name."""
    organization = _first(organizations)
    name = _first(names) or organization
    if not name:
        return None
    addresses = (_clean(email).lower().removeprefix("mailto:") for email in emails)
    return Contact(
        name=name,
        nicknames=tuple(dict.fromkeys(nick for nick in map(_clean, nicknames) if nick and nick != name)),
        emails=tuple(dict.fromkeys(address for address in addresses if _EMAIL.fullmatch(address))),
        birthday=_first(map(_read_birthday, birthdays)),
        organization=organization if organization != name else "",
        line=line,
    )


def _read_birthday(text: str) -> str:
    """The day as Obsidian writes days, ``--04-12`` without a year (Apple says 1604 then); empty for anything else."""
    found = _BIRTHDAY.match(text.strip())
    if found is None:
        return ""
    month, day = found["month"] or found["our_month"], found["day"] or found["our_day"]
    year = "" if found["year"] in {None, "--", "1604"} else found["year"]
    try:
        born = dt.date(int(year or _LEAP_YEAR), int(month), int(day))
    except ValueError:
        return ""
    return born.isoformat() if year else f"--{month}-{day}"


def _unfold(data: bytes) -> Iterator[tuple[int, str]]:
    """The lines of a file of cards, those that go on in the next joined, each with its number.

    A line goes on where the next begins with a space (RFC 6350 section 3.2), or where vCard 2.1 says so with a final
    ``=`` in quoted-printable text.
    """
    held: list[str] = []
    began = 1
    quoted = False
    for number, line in enumerate(_LINE_END.split(_decode(data)), start=1):
        if held and quoted and held[-1].endswith("="):
            held.append(line)
            continue
        if held and line[:1] in {" ", "\t"}:
            held.append(line[1:])
            continue
        if held:
            yield began, _join(held, quoted=quoted)
        held, began = [line], number
        quoted = "QUOTED-PRINTABLE" in line.partition(":")[0].upper()
    if held:
        yield began, _join(held, quoted=quoted)


def _join(parts: list[str], *, quoted: bool) -> str:
    if not quoted:
        return "".join(parts)
    head, _, first = parts[0].partition(":")
    value = "".join(part.removesuffix("=") for part in (first, *parts[1:]))
    raw = quopri.decodestring(value.encode("utf-8", "replace"))
    return f"{head}:{_decode(raw)}"


def _split_property(line: str) -> tuple[str, str]:
    """The property's name, without group and parameters, and its value."""
    quoted = _HEAD.match(line)
    head, _, value = (line[: quoted.end() - 1], ":", line[quoted.end() :]) if quoted else line.partition(":")
    name = head.partition(";")[0].rpartition(".")[2].strip().upper()
    return name, value if len(value) <= _MOST_FIELD_CHARACTERS else ""


def _decode(data: bytes) -> str:
    """The text: UTF-8 with or without its mark, UTF-16 with its mark, else what old Windows programs write."""
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _split(value: str, sign: str) -> list[str]:
    """The parts of a value with several, unescaped; empty ones too, for in a name the place says which it is."""
    parts: list[str] = []
    at = 0
    while at <= len(value):
        found = _PART[sign].match(value, at)
        assert found is not None  # a part may be empty
        end = found.end()
        parts.append(_unescape(value[at:end]))
        at = end + 1
    return parts


def _unescape(value: str) -> str:
    return re.sub(r"\\(.)", lambda found: " " if found[1] in "nN" else found[1], value)


def _clean(text: str) -> str:
    return clean_text(text, _LONGEST)


def _first(texts: Iterable[str]) -> str:
    return next(filter(None, map(_clean, texts)), "")
