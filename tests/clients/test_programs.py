"""Programs that take events from files: calcurse every one, todoman none, for it looks for tasks."""

from __future__ import annotations

import datetime as dt
import json
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from vaultrel.app import open_vault
from vaultrel.settings import parse_settings
from vaultrel.storage.memory import MemoryStore

if TYPE_CHECKING:
    from tests.clients.conftest import FindProgram, MakeFeeds, ReadFeed

pytestmark = pytest.mark.client

GOLDEN = sorted(Path(__file__).parents[1].glob("golden/*/expected/*.ics"))
TASK = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Harbour Club//Tasks//EN
BEGIN:VTODO
UID:task-1
DTSTAMP:20260601T090000Z
SUMMARY:Post the parcel
END:VTODO
END:VCALENDAR
"""
NOTE = "(?:>[0-9a-f]{40} ?)?"
IMPORTED = re.compile(
    r"(?P<month>\d\d)/(?P<day>\d\d)/(?P<year>\d{4}) "
    rf"(?:\[1\] (?:\{{1D -> [0-9/]+\}} )?{NOTE}"
    rf"|@ (?P<time>\d\d:\d\d) -> [0-9/]{{10}} @ \d\d:\d\d ?{NOTE}[|!])(?P<title>.*)"
)
"""A line of calcurse's own file: an event of whole days, or one with its times."""


def run(home: Path, *command: str) -> str:
    environment = {"HOME": str(home), "LANG": "C.UTF-8", "PATH": "/usr/bin:/bin", "TZ": "UTC"}
    done = subprocess.run(command, env=environment, cwd=home, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def import_into_calcurse(home: Path, calcurse: str, feed: Path) -> tuple[list[tuple[str, str]], str]:
    """The start and title of each event that calcurse then has, and all its notes."""
    home.mkdir()
    run(home, calcurse, "-q", "-D", str(home / "data"), "-C", str(home / "conf"), "-i", str(feed))
    lines = (home / "data/apts").read_text("utf-8").split("\n")[:-1]
    matches = [IMPORTED.fullmatch(line) for line in lines]
    notes = "".join(note.read_text("utf-8") for note in (home / "data/notes").iterdir())
    shown = [match.groupdict("") for match in matches if match]
    return sorted(("{year}-{month}-{day} {time}".format(**event), event["title"]) for event in shown), notes


def as_calcurse_has_it(event: dict[str, Any]) -> tuple[str, str]:
    day, _, time = event["start"].partition("T")
    return f"{day} {time[:5]}", event["summary"]


@pytest.mark.parametrize("feed", GOLDEN, ids=lambda feed: f"{feed.parts[-3]}-{feed.stem}")
def test_calcurse_imports_every_event_on_its_day_with_its_words(
    feed: Path, tmp_path: Path, find_program: FindProgram, read_feed: ReadFeed
) -> None:
    imported, notes = import_into_calcurse(tmp_path / "home", find_program("calcurse"), feed)
    events = read_feed(feed.read_bytes())
    assert imported == sorted(map(as_calcurse_has_it, events))
    assert all(event["description"] in notes for event in events)


def test_calcurse_imports_hostile_text_as_it_was_meant(
    tmp_path: Path, find_program: FindProgram, hostile_feeds: MakeFeeds
) -> None:
    calcurse = find_program("calcurse")
    for number, feed in enumerate(hostile_feeds()):
        imported, notes = import_into_calcurse(tmp_path / str(number), calcurse, feed.path)
        assert imported == sorted(map(as_calcurse_has_it, feed.events))
        assert [event for event in feed.events if event["description"] not in notes] == []


class Todoman:
    """todoman with one list, in which there is one task beside whatever a test puts there."""

    def __init__(self, program: str, home: Path) -> None:
        self.program, self.home, self.folder = program, home, home / "lists/followups"
        self.folder.mkdir(parents=True)
        (self.folder / "task.ics").write_text(TASK)
        (home / "config.py").write_text(f'path = "{home}/lists/*"\ncache_path = "{home}/cache.db"\n')

    def lists_the_task_alone(self) -> bool:
        """Whether it lists the task and nothing else, and leaves every file as it is."""
        before = {path: path.read_bytes() for path in self.folder.iterdir()}
        config = str(self.home / "config.py")
        listed = run(self.home, self.program, "--config", config, "--porcelain", "list", "--status", "ANY")
        assert {path: path.read_bytes() for path in self.folder.iterdir()} == before
        return [task["summary"] for task in json.loads(listed)] == ["Post the parcel"]


@pytest.fixture
def todoman(find_program: FindProgram, tmp_path: Path) -> Todoman:
    return Todoman(find_program("todo"), tmp_path)


@pytest.mark.parametrize("feed", GOLDEN, ids=lambda feed: f"{feed.parts[-3]}-{feed.stem}")
def test_todoman_takes_no_follow_up_for_a_task(feed: Path, todoman: Todoman) -> None:
    (todoman.folder / "feed.ics").write_bytes(feed.read_bytes())
    assert todoman.lists_the_task_alone()


def test_todoman_takes_no_hostile_text_for_a_task(todoman: Todoman, hostile_feeds: MakeFeeds) -> None:
    for number, feed in enumerate(hostile_feeds()):
        (todoman.folder / f"{number}.ics").write_bytes(feed.path.read_bytes())
    assert todoman.lists_the_task_alone()


def test_todoman_reads_the_folder_of_the_two_way_calendar_and_takes_no_follow_up_for_a_task(
    todoman: Todoman, home: Path
) -> None:
    notes = {
        "People/Ada Moreau.md": "",
        "People/Ben Okoro.md": "",
        "Daily/2026-06-29.md": "- met:: [[Ben Okoro]]\n- [ ] send [[Ada Moreau]] the glaze recipe 📅 2026-07-02\n",
    }
    vault = open_vault(MemoryStore(notes), settings=parse_settings({"feed": {"vdir": str(todoman.folder)}}, "test"))
    vault.scan(as_of=dt.date(2026, 6, 30))
    assert len(list(todoman.folder.glob("*.ics"))) == 3
    assert todoman.lists_the_task_alone()
