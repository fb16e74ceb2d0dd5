"""Parsers of calendar programs read in the feed what vaultrel put there, whatever the notes hold.

Each is skipped by name where it is not installed: `scripts/install_calendar_clients.sh` installs them all.
"""

from __future__ import annotations

import ctypes.util
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from vaultrel.outputs.feed_check import check_feed
from vaultrel.outputs.feed_rules import RULES

if TYPE_CHECKING:
    from tests.clients.conftest import MakeFeeds

pytestmark = pytest.mark.client

HERE = Path(__file__).parent
DATA = HERE.parent / "outputs/data"
GOLDEN = sorted(HERE.parent.glob("golden/*/expected/*.ics"))

PARSERS = ["ical", "icalendar", "libical", "vobject", "ical.js", "node-ical", "ts-ics"]
"""Home Assistant's; khal's and todoman's; GNOME's; Radicale's; Thunderbird's; two of web calendars."""

QUOTED = re.compile('".*"', re.DOTALL)


def command_for(parser: str) -> list[str]:
    """How to start the parser on files; without it the test is skipped by name."""
    missing = pytest.skip.Exception(f"{parser} is not installed")
    if parser in {"ical", "icalendar", "vobject"}:
        if importlib.util.find_spec(parser) is None:
            raise missing
        return [sys.executable, str(HERE / "read_feed.py"), parser]
    if parser == "libical":
        if ctypes.util.find_library("ical") is None:
            raise missing
        return [sys.executable, str(HERE / "read_feed.py"), parser]
    node = shutil.which("node")
    if node is None or not (HERE / "node_modules" / parser).is_dir():
        raise missing
    return [node, str(HERE / "read_feed.mjs"), parser]


def read_with(parser: str, *files: Path) -> list[dict[str, Any]]:
    """What the parser says of each file: its `events`, or why it is `refused`."""
    done = subprocess.run(
        [*command_for(parser), *map(str, files)],
        env={**os.environ, "TZ": "UTC", "PYTHONUTF8": "1"},
        capture_output=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr.decode()
    return [json.loads(line) for line in done.stdout.splitlines()]


def as_read_by(parser: str, event: dict[str, Any]) -> dict[str, Any]:
    """The event as this parser is known to read it."""
    if parser != "node-ical":
        return event
    # It takes the quotes off a text that begins and ends with one, as if it were a parameter.
    texts = {key: event[key] for key in ("summary", "description")}
    return event | {key: text[1:-1] if QUOTED.fullmatch(text) else text for key, text in texts.items()}


@pytest.mark.parametrize("parser", PARSERS)
def test_hostile_text_reads_as_it_was_meant(parser: str, hostile_feeds: MakeFeeds) -> None:
    command_for(parser)
    feeds = hostile_feeds(framed=parser != "ts-ics")
    answers = read_with(parser, *(feed.path for feed in feeds))
    for answer, feed in zip(answers, feeds, strict=True):
        assert "refused" not in answer
        by_uid = {event["uid"]: event for event in answer["events"]}
        assert len(answer["events"]) == len(by_uid) == len(feed.events)
        assert [event for event in feed.events if as_read_by(parser, event) != by_uid[event["uid"]]] == []


def test_ts_ics_alone_refuses_a_feed_in_which_a_text_speaks_of_components(tmp_path: Path) -> None:
    feed = (DATA / "good_feed.ics").read_text("utf-8").replace("\n", "\r\n")
    spoken = feed.replace("Propose lunch", "BEGIN:VALARM^")
    assert spoken != feed
    path = tmp_path / "feed.ics"
    path.write_bytes(spoken.encode())
    assert check_feed(path.read_bytes()) == ()
    assert ["refused" in read_with(parser, path)[0] for parser in ("icalendar", "ts-ics")] == [False, True]


@pytest.mark.parametrize("parser", PARSERS[1:])
@pytest.mark.parametrize("file", GOLDEN, ids=lambda file: f"{file.parts[-3]}-{file.stem}")
def test_every_parser_reads_the_golden_feeds_alike(parser: str, file: Path) -> None:
    (answer,), (reference,) = read_with(parser, file), read_with("icalendar", file)
    assert answer["events"] == reference["events"]
    assert len(answer["events"]) == file.read_bytes().count(b"BEGIN:VEVENT")


def test_home_assistant_refuses_each_feed_of_which_we_say_so(tmp_path: Path) -> None:
    said = {code for code, rule in RULES.items() if "Home Assistant's parser refuses the whole feed" in rule.effect}
    cases = [case for case in json.loads((DATA / "feed_faults.json").read_text("utf-8")) if case["codes"][0] in said]
    assert {case["codes"][0] for case in cases} == said
    files = []
    for number, case in enumerate(cases):
        good = (DATA / f"{case['feed']}.ics").read_text("utf-8").replace("\n", "\r\n")
        path = tmp_path / f"{number}.ics"
        path.write_bytes(good.replace(case["find"], case["replace"], 1).encode("utf-8", "surrogateescape"))
        assert check_feed(path.read_bytes())
        files.append(path)
    answers = read_with("ical", DATA / "good_feed.ics", DATA / "good_foreign_feed.ics", *files)
    assert ["refused" in answer for answer in answers[:2]] == [False, False]
    assert [
        case["title"]
        for case, answer in zip(cases, answers[2:], strict=True)
        if not answer.get("refused", "").startswith(("CalendarParseError", "ValueError: Unexpected"))
    ] == []
