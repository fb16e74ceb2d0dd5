"""Parsers of calendar programs read in the feed what vaultrel put there, whatever the notes hold.

Each is skipped by name where it is not installed: `scripts/install_calendar_clients.sh` installs them all.
"""

from __future__ import annotations

import ctypes.util
import datetime as dt
import importlib.util
import json
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import uuid
from contextlib import closing, contextmanager, suppress
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pytest
from msgspec.structs import replace

from vaultrel.model import Evidence, FollowUp, NotePath, Snapshot
from vaultrel.outputs import RenderContext, get_output
from vaultrel.outputs.feed_check import check_feed
from vaultrel.outputs.feed_events import list_events
from vaultrel.outputs.feed_rules import RULES
from vaultrel.server import FeedHolder, FeedServer, PublishedFeed, feed_route, make_app
from vaultrel.settings import DEFAULT_SETTINGS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vaultrel.outputs.feed_events import FeedEvent

pytestmark = pytest.mark.client

HERE = Path(__file__).parent
DATA = HERE.parent / "outputs/data"
GOLDEN = sorted(HERE.parent.glob("golden/*/expected/*.ics"))
AS_OF = dt.date(2026, 6, 30)
EVENTS_IN_A_FEED = 500

PARSERS = ["ical", "icalendar", "libical", "ical.js", "node-ical", "ts-ics"]
"""Home Assistant's; khal's and todoman's; GNOME's; Thunderbird's; two of web calendars."""

HOSTILE = [
    *(case["text"] for case in json.loads((DATA / "hostile_text.json").read_text("utf-8"))),
    *"\\,;:\"'\r\n\t\x00\x0b\x0c\x1b\x1c\x85\u2028\u2029\ufeff\u202e\ud800\udfff\ufffe%^{}[]()<>|#=&?ÅßΩ日🦊e\u0301",
    "\\n", "\\N", "\\;", "\\\\", "\\,", "END:VEVENT", "\r\nEND:VCALENDAR\r\n", "\r\n ", "BEGIN:VALARM", "=0D=0A",
    "&amp;", "<b>", "null", "true", " ", "a", "word", "x" * 80,
]  # fmt: skip

UNFRAMED = [piece for piece in HOSTILE if "BEGIN:" not in piece and "END:" not in piece]
"""For ts-ics, which takes these words for the bounds of a component wherever in a line they stand."""

QUOTED = re.compile('".*"', re.DOTALL)


def command_for(parser: str) -> list[str]:
    """How to start the parser on files; without it the test is skipped by name."""
    missing = pytest.skip.Exception(f"{parser} is not installed")
    if parser in {"ical", "icalendar"}:
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


def make_context() -> RenderContext:
    now = dt.datetime(2026, 6, 30, 8, tzinfo=dt.UTC)
    return RenderContext(
        "Tide & Söhne", DEFAULT_SETTINGS, now, uuid.UUID(int=7), zone=dt.timezone(dt.timedelta(hours=5))
    )


def hostile_snapshot(chance: random.Random, pieces: list[str]) -> Snapshot:
    def text() -> str:
        return "".join(chance.choices(pieces, k=chance.randrange(1, 12)))

    def followup(number: int) -> FollowUp:
        planned, note, timed = AS_OF + dt.timedelta(days=number % 120), NotePath("Log.md"), number % 5 == 0
        return FollowUp(
            person=NotePath(f"People/{number}, #{chance.choice('日?&;% é')}.md"),
            name=f"{text()}x",
            due=AS_OF,
            planned=planned,
            kind="promise" if timed else "rhythm",
            cycle=f"promise:{note}#0123456789ab" if timed else "contact:2026-05-12",
            last_time=text(),
            reason=text(),
            action=text(),
            evidence=(Evidence(note, 1, f"Call at {number % 24}:{number % 60:02}", planned),),
        )

    return Snapshot(AS_OF, 9, followups=tuple(followup(number) for number in range(EVENTS_IN_A_FEED)))


def when(moment: dt.date) -> str:
    """A day, or a moment in UTC."""
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}" if isinstance(moment, dt.datetime) else moment.isoformat()


def expected(event: FeedEvent) -> dict[str, Any]:
    return {
        "uid": event.uid,
        "start": when(event.start),
        "end": when(event.end),
        "summary": event.summary,
        "description": event.description,
        "url": event.url,
        "categories": list(event.categories),
        "alarms": [event.alarm.total_seconds()] if event.alarm else [],
    }


class MakeFeeds(Protocol):
    def __call__(self, pieces: list[str]) -> list[tuple[Path, list[dict[str, Any]]]]: ...


@pytest.fixture(scope="session")
def make_feeds(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> MakeFeeds:
    """Makes feeds whose texts are put together from `pieces`, each with the events it holds; once for all parsers."""
    made: dict[int, list[tuple[Path, list[dict[str, Any]]]]] = {}

    def make(pieces: list[str]) -> list[tuple[Path, list[dict[str, Any]]]]:
        if len(pieces) not in made:
            chance = random.Random(request.config.getoption("--client-seed", default=2026))
            folder = tmp_path_factory.mktemp("feeds")
            made[len(pieces)] = feeds = []
            for number in range(request.config.getoption("--client-texts", default=1000) // EVENTS_IN_A_FEED):
                snapshot = hostile_snapshot(chance, pieces)
                path = folder / f"{number}.ics"
                path.write_bytes(get_output("ics").render(snapshot, make_context()))
                feeds.append((path, [expected(event) for event in list_events(snapshot, make_context())]))
        return made[len(pieces)]

    return make


def as_read_by(parser: str, event: dict[str, Any]) -> dict[str, Any]:
    """The event as this parser is known to read it."""
    if parser != "node-ical":
        return event
    # It takes the quotes off a text that begins and ends with one, as if it were a parameter.
    texts = {key: event[key] for key in ("summary", "description")}
    return event | {key: text[1:-1] if QUOTED.fullmatch(text) else text for key, text in texts.items()}


@pytest.mark.parametrize("parser", PARSERS)
def test_hostile_text_reads_as_it_was_meant(parser: str, make_feeds: MakeFeeds) -> None:
    command_for(parser)
    feeds = make_feeds(UNFRAMED if parser == "ts-ics" else HOSTILE)
    answers = read_with(parser, *(path for path, _ in feeds))
    for answer, (_, events) in zip(answers, feeds, strict=True):
        assert "refused" not in answer
        by_uid = {event["uid"]: event for event in answer["events"]}
        assert len(answer["events"]) == len(by_uid) == len(events)
        assert [event for event in events if as_read_by(parser, event) != by_uid[event["uid"]]] == []


def test_ts_ics_alone_refuses_a_feed_in_which_a_text_speaks_of_components(tmp_path: Path) -> None:
    (first, *_) = hostile_snapshot(random.Random(1), ["Ada"]).followups
    followup = replace(first, action="BEGIN:VALARM^")
    path = tmp_path / "feed.ics"
    path.write_bytes(get_output("ics").render(Snapshot(AS_OF, 1, followups=(followup,)), make_context()))
    assert ["refused" in answer for answer in read_with("ts-ics", path)] == [True]


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


THUNDERBIRD_PREFERENCES = {
    "calendar.registry.feed.type": "ics",
    "calendar.registry.feed.name": "Feed",
    "calendar.registry.feed.cache.enabled": True,
    "calendar.timezone.local": "UTC",
    "app.update.enabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "mail.provider.suppress_dialog_on_startup": True,
    "mailnews.start_page.enabled": False,
    "network.proxy.type": 0,
}


@contextmanager
def thunderbird_subscribed(program: str, home: Path, url: str) -> Iterator[Path]:
    """Thunderbird, with nothing but this calendar and without a window; gives the file where it keeps events."""
    profile = home / "profile"
    profile.mkdir()
    preferences = THUNDERBIRD_PREFERENCES | {"calendar.registry.feed.uri": url}
    lines = [f"user_pref({json.dumps(key)}, {json.dumps(value)});" for key, value in preferences.items()]
    (profile / "user.js").write_text("\n".join(lines))
    process = subprocess.Popen(
        [program, "--headless", "--no-remote", "--profile", str(profile)],
        env={"HOME": str(home), "PATH": os.environ["PATH"], "TZ": "UTC", "LANG": "C.UTF-8"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield profile / "calendar-data/cache.sqlite"
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)


def stored_when(moment: int, other: int) -> str:
    """A moment in microseconds; a day, where the other end of the event is whole days away."""
    read = dt.datetime.fromtimestamp(moment / 1e6, dt.UTC)
    return when(read if (other - moment) % 86_400_000_000 else read.date())


def stored_events(database: Path, copies: Path) -> list[dict[str, Any]]:
    """The events in Thunderbird's file, read from a copy: it keeps the file locked."""
    for file in database.parent.glob("cache.sqlite*"):
        shutil.copy(file, copies)
    with closing(sqlite3.connect(copies / database.name)) as connection:
        values: dict[tuple[str, str], str] = {
            (uid, key): value.decode() if isinstance(value, bytes) else value
            for uid, key, value in connection.execute("SELECT item_id, key, value FROM cal_properties")
        }
        alarmed = {uid for (uid,) in connection.execute("SELECT item_id FROM cal_alarms")}
        return [
            {
                "uid": uid,
                "start": stored_when(start, end),
                "end": stored_when(end, start),
                "summary": title,
                "description": values.get((uid, "DESCRIPTION"), ""),
                "url": values.get((uid, "URL"), ""),
                "categories": [word for word in values.get((uid, "CATEGORIES"), "").split(",") if word],
                "alarms": [9 * 3600.0 if (end - start) % 86_400_000_000 == 0 else -1800.0] if uid in alarmed else [],
            }
            for uid, start, end, title in connection.execute("SELECT id, event_start, event_end, title FROM cal_events")
        ]


def test_thunderbird_keeps_every_event_as_it_was_meant(
    request: pytest.FixtureRequest, make_feeds: MakeFeeds, tmp_path: Path
) -> None:
    program = shutil.which("thunderbird")
    if program is None or not request.config.getoption("--thunderbird", default=False):
        pytest.skip("thunderbird is not installed, or --thunderbird was not given")
    path, events = make_feeds(HOSTILE)[0]
    holder = FeedHolder(PublishedFeed(path.read_bytes(), make_context().now))
    server = FeedServer(make_app(lambda: [feed_route(holder, "s3cret")]))
    server.start()
    (tmp_path / "copies").mkdir()
    stored: list[dict[str, Any]] = []
    try:
        url = f"http://127.0.0.1:{server.port}/feed/s3cret/followups.ics"
        with thunderbird_subscribed(program, tmp_path, url) as database:
            patience = time.monotonic() + 120
            while len(stored) < len(events) and time.monotonic() < patience:
                time.sleep(1)
                with suppress(sqlite3.DatabaseError):
                    stored = stored_events(database, tmp_path / "copies")
    finally:
        server.close()
    assert sorted(stored, key=itemgetter("uid")) == sorted(events, key=itemgetter("uid"))
