from __future__ import annotations

import datetime as dt
import json
import posixpath
import re
import tomllib
import unicodedata
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

import frontmatter
import pytest
import yaml

from vaultrel.core.shift import STORY_DAY, demo_shift_days, shift_dates
from vaultrel.settings import parse_settings

SAMPLE = Path(__file__).parent.parent / "sample_vault"

# What a reader of the demonstration should meet: the shape, where it stands, and the bytes that make it.
SHAPES = [
    ("a person by folder", "People/Farid Nasser.md", b"cadence: quarterly"),
    ("a person by property", "Work/Omar Aziz.md", b"type: person"),
    ("a person by tag", "Family/Nell Reed.md", b"tags: [person, family]"),
    ("a person by a tag in the text", "Friends/Jon Eide.md", b"#person/running"),
    ("a person from an address book", "People/Imported/Elena Marchetti.md", b"FN: Elena Marchetti"),
    ("a company among the people", "People/Northwind.md", b"type: company"),
    ("members that are no meeting", "Notes/Climbing group.md", b"members:"),
    ("a shared alias", "People/Daniel Okafor.md", b'aliases: ["Dan"'),
    ("the same alias again", "People/Dan Brandt.md", b"aliases: [Dan]"),
    ("a link to the shared alias", "Daily/2026-06-14.md", b"[[Dan]]"),
    ("a link to an alias", "Daily/2026-06-14.md", b"[[Maya]]"),
    ("who introduced whom", "People/Grace Whelan.md", b'met_through: "[[Clara Weiss]]"'),
    ("a last contact kept by hand", "People/Farid Nasser.md", b"last_contact: 2026-02-14"),
    ("a birthday without a year", "People/Kenji Mori.md", b'birthday: "--03-24"'),
    ("comments and odd formatting", "People/Daniel Okafor.md", b"# met through Ali, ask about the kids"),
    ("attendees as links", "Meetings/2026-05-26 Climbing.md", b'participants: ["[[Maya Chen]]"'),
    ("attendees as text", "Meetings/2026-01-22 Pricing session.md", b"attendees: Daniel Okafor, Omar Aziz, Petra Holm"),
    ("attendees as addresses and names", "Meetings/2025-10-16 Regional data day.md", b"- theo@marshmaps.example"),
    ("attendees below a heading", "Meetings/2025-11-20 Supplier workshop.md", b"## Attendees\n- [[Omar Aziz]]"),
    ("attendees after a label", "Meetings/2025-04-10 Depot kickoff.md", b"**Attendees:** [[Omar Aziz]]"),
    ("attendees in the text only", "Meetings/2024-10-12 Gallery evening with Lena.md", b"with [[Lena Vogt]]"),
    ("a cancelled meeting", "Meetings/2026-06-10 Coffee with Kenji.md", b"status: cancelled"),
    ("a meeting to come", "Meetings/2026-07-09 Coffee with Kenji.md", b"date: 2026-07-09"),
    ("a calendar event", "Calendar/2026-06-09 Climbing.md", b"type: single"),
    ("a 1-1", "1-1s/2026-06-15 Omar.md", b"date: 2026-06-15T10:30"),
    ("contact both ways", "Daily/2024-12-07.md", b"with:: [[Lena Vogt]] and [[Ali Haddad]]"),
    ("contact they started", "Daily/2026-05-05.md", b"rang:: [[Nell Reed]]"),
    ("contact the owner started", "Daily/2026-06-21.md", b"called:: [[Nell Reed]]"),
    ("letters one way", "Daily/2026-06-27.md", b"heard from:: [[Beatriz Salgado]]"),
    ("messages without an answer", "Daily/2026-05-31.md", b"wrote:: [[Victor Lang]]"),
    ("a task done later", "Daily/2026-06-21.md", "- [x] Dinner with [[Tomás Varela]] ✅ 2026-06-25".encode()),
    ("a promise", "Meetings/2026-04-09 Lunch with Daniel.md", b"- [ ] send [[Daniel Okafor]] the pricing article"),
    ("a link in code", "Daily/2026-06-14.md", b"```\nReading list for the train\n[[Lena Vogt]]"),
    ("a link in a comment", "Daily/2026-06-14.md", b"<!-- seating plan for the boat party: [[Jon Eide]]"),
    ("a link in a code span", "Daily/2026-06-14.md", b"`[[Ingrid Solberg]]`"),
    ("an embed", "Daily/2026-06-14.md", b"![[Clara Weiss]]"),
    ("a link in a callout", "Daily/2026-04-24.md", "> [!note] Heard at the gallery\n> [[Tomás Varela]]".encode()),
    ("a Markdown link", "Daily/2026-05-05.md", b"[Maya](../People/Maya%20Chen.md)"),
    ("news with its day", "People/Maya Chen.md", b"Starts at [[Northwind]] as head of data on 2026-06-25."),
    ("a question to ask", "Family/Nell Reed.md", b"## Ask next time\n- Can she kneel yet?"),
    ("a first meeting", "Meetings/2026-06-29 Harbour data meetup.md", b'attendees: ["[[Ruth Adeyemi]]"]'),
    ("a new note on someone's interest", "Notes/Kiln firing for beginners.md", b"tags: [pottery]"),
    ("a template", "Templates/Person.md", b"<% tp.file.title %>"),
    ("another template", "Templates/Daily note.md", b"{{date}}"),
    ("an ignored folder", "Archive/2024-07-20 Leaving drinks.md", b"type: meeting"),
]

SHIFTS = [0, 7, 98, 364, 700, -7, -364]

_LINK = re.compile(rb"\[\[([^\]\n]+)\]\]|\]\(([^)\n]+\.md)\)")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def read_sample() -> dict[str, bytes]:
    return {
        unicodedata.normalize("NFC", path.relative_to(SAMPLE).as_posix()): path.read_bytes()
        for path in SAMPLE.rglob("*")
        if path.is_file()
    }


FILES = read_sample()
NOTES = {path: data for path, data in FILES.items() if path.endswith(".md")}


def shift_all(files: dict[str, bytes], days: int) -> dict[str, bytes]:
    return dict(shift_dates(path, data, days) for path, data in files.items())


def links_of(path: str, data: bytes, notes: dict[str, bytes]) -> list[tuple[str, str | None]]:
    """Each link of a note with the note it leads to: by path, by file name, or by an alias one person alone has."""
    found: list[tuple[str, str | None]] = []
    for wikilink, relative in _LINK.findall(data):
        if relative:
            target = posixpath.normpath(posixpath.join(posixpath.dirname(path), unquote(relative.decode())))
            found.append((target, target if target in notes else None))
            continue
        name = wikilink.decode().partition("|")[0].partition("#")[0]
        here = [note for note in notes if note == f"{name}.md" or note.endswith(f"/{name}.md")]
        here = here or [note for note, text in notes.items() if name in aliases_of(text)]
        found.append((name, here[0] if len(here) == 1 else None))
    return found


def aliases_of(data: bytes) -> list[str]:
    try:
        aliases = frontmatter.loads(data.decode("utf-8-sig")).metadata.get("aliases")
    except yaml.YAMLError:
        return []
    return [str(alias) for alias in aliases] if isinstance(aliases, list) else []


def test_the_vault_is_small_enough_to_read_and_large_enough_to_show_something() -> None:
    assert 58 <= len(NOTES) <= 66
    assert sum(len(data.splitlines()) for data in NOTES.values()) < 1000


def test_it_holds_nothing_that_vaultrel_writes() -> None:
    assert not [path for path, data in FILES.items() if b"rel_" in data]
    assert not [path for path in FILES if path.startswith("vaultrel/")]


@pytest.mark.parametrize(("shape", "path", "text"), SHAPES, ids=[shape for shape, _, _ in SHAPES])
def test_every_way_of_writing_is_shown(shape: str, path: str, text: bytes) -> None:
    assert text in NOTES[path]


def test_bytes_that_editors_leave_are_kept() -> None:
    assert NOTES["People/Yusuf Elmas.md"] == b""
    assert NOTES["Work/Clara Weiss.md"].startswith(b"\xef\xbb\xbf---\n")
    for path in ("People/Kenji Mori.md", "Daily/2025-07-19.md"):
        assert NOTES[path].count(b"\r\n") == NOTES[path].count(b"\n") > 0
    assert not NOTES["People/Hanna Lehto.md"].startswith(b"---")


def test_one_note_alone_has_frontmatter_that_cannot_be_parsed() -> None:
    def broken(data: bytes) -> bool:
        try:
            frontmatter.loads(data.decode("utf-8-sig"))
        except yaml.YAMLError:
            return True
        return False

    notes = {path: data for path, data in NOTES.items() if not path.startswith("Templates/")}
    assert [path for path, data in notes.items() if broken(data)] == ["People/Iris Kovac.md"]


def test_the_settings_of_obsidian_and_vaultrel_are_valid() -> None:
    assert json.loads(FILES[".obsidian/daily-notes.json"])["folder"] == "Daily"
    assert json.loads(FILES[".obsidian/templates.json"]) == {"folder": "Templates"}
    assert json.loads(FILES[".obsidian/app.json"]) == {"userIgnoreFilters": ["Archive/"]}
    config = tomllib.loads(FILES[".vaultrel/config.toml"].decode())
    assert parse_settings(config, "config.toml").me == ("Sam Reed", "me")


def test_addresses_and_numbers_belong_to_nobody() -> None:
    text = b"\n".join(NOTES.values()).decode("utf-8-sig")
    assert set(re.findall(r"@[a-z]+\.([a-z]+)", text)) == {"example"}
    assert all(number.startswith("07700 900") for number in re.findall(r"\b0[0-9]{4} [0-9]{6}", text))


def test_no_date_or_season_is_written_in_words_because_words_would_not_move() -> None:
    words = re.compile(
        r"\b(?:January|February|March|April|May|June|July|August|September|October|November|December"
        r"|[Ss]pring|[Ss]ummer|[Aa]utumn|[Ww]inter|Christmas|Easter)\b"
    )
    assert not [path for path, data in NOTES.items() if words.search(data.decode("utf-8-sig"))]


@pytest.mark.parametrize("days", SHIFTS)
def test_a_shift_keeps_every_length_and_can_be_taken_back(days: int) -> None:
    shifted = shift_all(FILES, days)
    assert [(len(path), len(data)) for path, data in shifted.items()] == [
        (len(path), len(data)) for path, data in FILES.items()
    ]
    assert (shifted == FILES) == (days == 0)
    assert shift_all(shifted, -days) == FILES


@pytest.mark.parametrize("days", SHIFTS)
def test_links_lead_to_the_same_notes_after_a_shift(days: int) -> None:
    shifted = shift_all(NOTES, days)
    for path, data in NOTES.items():
        there, content = shift_dates(path, data, days)
        expected = [shift_dates(target, b"", days)[0] if target else None for _, target in links_of(path, data, NOTES)]
        assert [target for _, target in links_of(there, content, shifted)] == expected


def test_every_link_leads_somewhere_but_the_shared_alias_and_days_without_a_note() -> None:
    lost = {name for path, data in NOTES.items() for name, target in links_of(path, data, NOTES) if target is None}
    assert {name for name in lost if not _DAY.fullmatch(name)} == {"Dan"}


def test_the_day_of_an_operation_is_a_link_that_moves_with_its_daily_note() -> None:
    shifted = shift_all(NOTES, 14)
    assert b"Knee surgery on [[2026-05-19]]" in shifted["Family/Nell Reed.md"]
    assert "Daily/2026-05-19.md" in shifted
    assert "Daily/2026-05-05.md" not in shifted


@pytest.mark.parametrize("today", [STORY_DAY, dt.date(2026, 11, 22), dt.date(2027, 2, 28), dt.date(2031, 8, 1)])
def test_daily_notes_name_their_weekday_on_any_day_of_demonstration(today: dt.date) -> None:
    shifted = shift_all(NOTES, demo_shift_days(today))
    daily = {path: data for path, data in shifted.items() if path.startswith("Daily/")}
    assert len(daily) >= 12
    for path, data in daily.items():
        weekday = f"{dt.date.fromisoformat(PurePosixPath(path).stem):%A}"
        assert data.decode().splitlines()[0] == f"# {weekday}"


@pytest.mark.parametrize("today", [STORY_DAY, STORY_DAY + dt.timedelta(days=6), dt.date(2026, 11, 22)])
def test_the_story_is_current_on_any_day_of_demonstration(today: dt.date) -> None:
    shifted = shift_all(NOTES, demo_shift_days(today))

    def day_of(name: str) -> dt.date:
        (path,) = [path for path in shifted if path.endswith(name)]
        found = _DAY.search(path)
        assert found
        return dt.date.fromisoformat(found[0])

    assert dt.timedelta(days=1) <= today - day_of("Harbour data meetup.md") <= dt.timedelta(days=7)
    (cancelled, ahead) = sorted(path for path in shifted if path.endswith("Coffee with Kenji.md"))
    assert b"status: cancelled" in shifted[cancelled]
    assert ahead[len("Meetings/") :][:10] > today.isoformat()


def test_birthdays_do_not_move() -> None:
    def birthdays(notes: dict[str, bytes]) -> list[bytes]:
        return sorted(line for data in notes.values() for line in data.splitlines() if line.startswith(b"birthday:"))

    assert len(birthdays(NOTES)) >= 12
    assert birthdays(shift_all(NOTES, 364)) == birthdays(NOTES)
