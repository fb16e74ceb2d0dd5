"""Programs that take a feed over from a file: calcurse every event, todoman none, for it looks for tasks."""

from __future__ import annotations

import datetime as dt
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import icalendar
import pytest

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
IMPORTED = re.compile(
    r"(\d\d)/(\d\d)/(\d{4}) (?:\[1\] (?:\{1D -> [0-9/]+\} )?|@ (\d\d:\d\d) -> [0-9/]{10} @ \d\d:\d\d ?)"
    r"(?:>[0-9a-f]{40} ?)?[|!]?(.*)"
)
"""A line of calcurse's own file: an event of whole days, or one with its times."""


def find_program(name: str) -> str:
    """The program next to this Python, else on the path; without it the test is skipped by name."""
    found = shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def run(home: Path, *command: str) -> str:
    environment = {"HOME": str(home), "LANG": "C.UTF-8", "PATH": "/usr/bin:/bin", "TZ": "UTC"}
    done = subprocess.run(command, env=environment, cwd=home, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.mark.parametrize("feed", GOLDEN, ids=lambda feed: f"{feed.parts[-3]}-{feed.stem}")
def test_calcurse_imports_every_event_on_its_day_with_its_words(feed: Path, tmp_path: Path) -> None:
    calcurse = find_program("calcurse")
    (tmp_path / "data").mkdir()
    run(tmp_path, calcurse, "-q", "-D", str(tmp_path / "data"), "-C", str(tmp_path / "conf"), "-i", str(feed))
    lines = [IMPORTED.fullmatch(line) for line in (tmp_path / "data/apts").read_text("utf-8").splitlines()]
    imported = [(f"{line[3]}-{line[1]}-{line[2]} {line[4] or ''}", line[5]) for line in lines if line]
    events: list[Any] = icalendar.Calendar.from_ical(feed.read_bytes()).walk("VEVENT")
    assert sorted(imported) == sorted((show_start(event["DTSTART"].dt), str(event["SUMMARY"])) for event in events)
    notes = "".join(note.read_text("utf-8") for note in (tmp_path / "data/notes").iterdir())
    assert all(str(event.get("DESCRIPTION", "")) in notes for event in events)


def show_start(start: dt.date) -> str:
    return f"{start:%Y-%m-%d} {f'{start:%H:%M}' if isinstance(start, dt.datetime) else ''}"


@pytest.mark.parametrize("feed", GOLDEN, ids=lambda feed: f"{feed.parts[-3]}-{feed.stem}")
def test_todoman_takes_no_follow_up_for_a_task(feed: Path, tmp_path: Path) -> None:
    todoman = find_program("todo")
    folder = tmp_path / "lists/followups"
    folder.mkdir(parents=True)
    (folder / "feed.ics").write_bytes(feed.read_bytes())
    (folder / "task.ics").write_text(TASK)
    config = tmp_path / "config.py"
    config.write_text(f'path = "{tmp_path}/lists/*"\ncache_path = "{tmp_path}/cache.db"\n')
    (listed,) = run(tmp_path, todoman, "--config", str(config), "list").splitlines()
    assert "Post the parcel" in listed
