"""Address books of many programs, whole and broken: what a person note has a place for, and never an error."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaultrel.core.contacts import AddressBook, Contact, read_table, read_vcards
from vaultrel.outputs.csv_table import COLUMNS


def only(book: AddressBook) -> Contact:
    (contact,) = book.contacts
    return contact


V4 = b"""BEGIN:VCARD\r
VERSION:4.0\r
FN:Ada Moreau\r
N:Moreau;Ada;;;\r
NICKNAME:Ace,Ad\r
EMAIL;TYPE=work:Ada@Example.org\r
item1.EMAIL:ada@home.example\r
ORG:Northwind;Design\r
BDAY:19900412\r
PHOTO:data:image/png;base64,AAAA\r
 BBBB\r
END:VCARD\r
"""


def test_a_card_gives_what_a_person_note_has_a_place_for() -> None:
    assert only(read_vcards(V4)) == Contact(
        "Ada Moreau", ("Ace", "Ad"), ("ada@example.org", "ada@home.example"), "1990-04-12", "Northwind", 1
    )


@pytest.mark.parametrize(
    ("line", "birthday"),
    [
        (b"BDAY:1990-04-12", "1990-04-12"),
        (b"BDAY;VALUE=date:1990-04-12", "1990-04-12"),
        (b"BDAY:19900412T000000Z", "1990-04-12"),
        (b"BDAY:--0412", "--04-12"),
        (b"BDAY;X-APPLE-OMIT-YEAR=1604:1604-04-12", "--04-12"),
        (b"BDAY:1990", ""),
        (b"BDAY:19901399", ""),
        (b"BDAY:1990-02-30", ""),
        (b"BDAY:--0229", "--02-29"),
        (b"BDAY:0000-01-01", ""),
        ("BDAY:\uff11\uff19\uff19\uff10-04-12".encode(), ""),
        (b"BDAY:circa 1800", ""),
    ],
)
def test_birthdays_as_programs_write_them(line: bytes, birthday: str) -> None:
    assert only(read_vcards(b"BEGIN:VCARD\nFN:Ada\n" + line + b"\nEND:VCARD\n")).birthday == birthday


@pytest.mark.parametrize(
    ("card", "name"),
    [
        (b"N:Moreau;Ada;Lou;Dr.;", "Ada Lou Moreau"),
        (b"FN:\nORG:Northwind", "Northwind"),
        (b"FN:Moreau\\, Ada\\; Dr.", "Moreau, Ada; Dr."),
        (b"FN:Ada\\nMoreau", "Ada Moreau"),
        (b"FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=C3=81da =\nMoreau", "Áda Moreau"),
        (b"FN:Ada\n  Moreau", "Ada Moreau"),
        ("FN:Ådne Müller".encode("cp1252"), "Ådne Müller"),
        (b'FN;X="a:b":Ada', "Ada"),
        (b'FN;X="a:Ada', "Ada"),
        (b"N:Mor\\;eau;Ada\\\\;;;", "Ada\\ Mor;eau"),
        ("FN:\u202eAda\u2028Moreau\x07".encode(), "Ada Moreau"),
    ],
)
def test_names_as_programs_write_them(card: bytes, name: str) -> None:
    assert only(read_vcards(b"BEGIN:VCARD\n" + card + b"\nEND:VCARD\n")).name == name


def test_utf_16_is_read() -> None:
    assert only(read_vcards(V4.decode().encode("utf-16"))).name == "Ada Moreau"


def test_cards_without_any_name_are_counted_and_a_card_cut_short_is_none() -> None:
    book = read_vcards(b"BEGIN:VCARD\nEMAIL:x@example.org\nEND:VCARD\nBEGIN:VCARD\nFN:Ben\n")
    assert book == AddressBook((), nameless=1)


def test_the_line_is_the_one_a_card_begins_on() -> None:
    assert [contact.line for contact in read_vcards(V4 + V4).contacts] == [1, 13]


def test_a_picture_of_megabytes_and_ten_thousand_cards_are_no_trouble() -> None:
    picture = b"BEGIN:VCARD\nFN:Ada\nPHOTO;ENCODING=b:" + b"A" * 3_000_000 + b"\nEND:VCARD\n"
    cards = b"".join(b"BEGIN:VCARD\nFN:P%d\nEND:VCARD\n" % number for number in range(10_000))
    assert len(read_vcards(picture + cards).contacts) == 10_001


@pytest.mark.parametrize(
    "table",
    [
        (
            b"First Name,Middle Name,Last Name,Nickname,E-mail 1 - Value,Organization Name,Birthday\r\n"
            b"Ada,,Moreau,Ace,ada@example.org ::: lou@example.org,Northwind,1990-04-12\r\n"
        ),
        (
            b"\xef\xbb\xbfName;Nickname;E-mail Address;Company;Birthday\n"
            b"Ada Moreau;Ace;ada@example.org;Northwind;1990-04-12\n"
        ),
        (
            b'"Display Name"\t"Nickname"\t"Primary Email"\t"Organization"\t"Birthday"\n'
            b'"Ada Moreau"\t"Ace"\t"ada@example.org"\t"Northwind"\t"1990-04-12"\n'
        ),
        b"Name,Nickname,Emails,Company,Birthday\rAda Moreau,Ace,ada@example.org,Northwind,1990-04-12\r",
    ],
    ids=["google", "semicolons with a mark", "tabs", "lines that end in CR"],
)
def test_tables_as_programs_write_them(table: bytes) -> None:
    contact = only(read_table(table))
    assert (contact.name, contact.nicknames, contact.organization) == ("Ada Moreau", ("Ace",), "Northwind")
    assert contact.emails[0] == "ada@example.org"
    assert contact.birthday == "1990-04-12"


def test_a_cell_over_several_lines_is_one_cell() -> None:
    book = read_table(b'Name,Notes\r\n"Ada\r\nMoreau","a, b"\r\nBen Hale,\r\n')
    assert [contact.name for contact in book.contacts] == ["Ada Moreau", "Ben Hale"]


def test_cells_are_taken_as_they_stand_and_the_line_is_the_one_a_row_begins_on() -> None:
    book = read_table(b'Name,Company\n"Ada\nMoreau",Stone; Sons\nAC\\DC,x\n')
    assert book.contacts == (
        Contact("Ada Moreau", organization="Stone; Sons", line=2),
        Contact("AC\\DC", organization="x", line=4),
    )


def test_our_own_table_is_read_again() -> None:
    head = ",".join(COLUMNS)
    row = "Ada Moreau,People/Ada Moreau.md,warm,52,yes,4,2026-05-04,,,30,,04-12,a@example.org; b@example.org,"
    contact = only(read_table(f"\ufeff{head}\r\n{row}\r\n".encode()))
    assert contact == Contact("Ada Moreau", (), ("a@example.org", "b@example.org"), "--04-12", "", 2)


def test_what_is_no_address_is_left_out() -> None:
    card = b"BEGIN:VCARD\nFN:Ada\nEMAIL:none\nEMAIL:a@b@c\nEMAIL:" + b"x" * 300 + b"@example.org\nEND:VCARD\n"
    assert only(read_vcards(card)).emails == ()


def test_a_row_with_a_cell_too_long_for_a_contact_is_counted() -> None:
    book = read_table(b"Name,Notes\nAda," + b"x" * 200_000 + b"\nBen,\n")
    assert (len(book.contacts), book.nameless) == (1, 1)


@given(st.binary(max_size=400) | st.text(max_size=400).map(lambda text: text.encode("utf-8", "replace")))
def test_whatever_a_file_holds_it_gives_contacts_with_names(data: bytes) -> None:
    wrapped = b"BEGIN:VCARD\nFN:" + data + b"\nEND:VCARD\n"
    for book in (read_vcards(data), read_vcards(wrapped), read_table(data), read_table(b"Name,Email\n" + data)):
        assert all(contact.name and "\n" not in contact.name for contact in book.contacts)
