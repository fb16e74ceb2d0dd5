"""What the tests with calendar programs share: options, feeds full of hostile text, and calendars that subscribe."""

from __future__ import annotations

import datetime as dt
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
import uuid
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

import msgspec
import pytest
from msgspec.structs import replace

from vaultrel import clock
from vaultrel.core.rhythm import collapse_days
from vaultrel.model import BANDS, Evidence, FollowUp, Interaction, NotePath, Person, PersonState, Snapshot, TieStrength
from vaultrel.outputs import RenderContext, get_output
from vaultrel.outputs.feed_events import DAYS_BACK, MAX_EVENTS, list_events
from vaultrel.server import FeedHolder, FeedServer, PublishedFeed, feed_route, make_app
from vaultrel.settings import DEFAULT_SETTINGS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from wsgiref.types import StartResponse, WSGIEnvironment

    from vaultrel.outputs.feed_events import FeedEvent

HERE = Path(__file__).parent
DATA = HERE.parent / "outputs/data"
AS_OF = dt.date(2026, 6, 30)
NOW = dt.datetime(2026, 6, 30, 8, tzinfo=dt.UTC)

HOSTILE = [
    *(case["text"] for case in json.loads((DATA / "hostile_text.json").read_text("utf-8"))),
    *"\\,;:\"'\r\n\t\x00\x0b\x0c\x1b\x1c\x85\u2028\u2029\ufeff\u202e\ud800\udfff\ufffe%^{}[]()<>|#=&?ÅßΩ日🦊e\u0301",
    "\\n", "\\N", "\\;", "\\\\", "\\,", "END:VEVENT", "\r\nEND:VCALENDAR\r\n", "\r\n ", "BEGIN:VALARM", "=0D=0A",
    "&amp;", "<b>", "null", "true", " ", "a", "word", "x" * 80,
]  # fmt: skip

UNFRAMED = [piece for piece in HOSTILE if "BEGIN:" not in piece and "END:" not in piece]
"""For ts-ics, which takes these words for the bounds of a component wherever in a line they stand."""

KINDS = ("first", "promise", "fact", "rhythm", "renetwork", "birthday", "promise and birthday", "done")
PRIVACY = ("full", "full", "full", "names", "initials")
ALARMS = ("morning", "morning", "day-before", "none")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--client-texts", type=int, default=1000, help="how many hostile events each program reads")
    parser.addoption("--client-seed", type=int, default=2026, help="which hostile texts these are")
    parser.addoption(
        "--desktop", action="store_true", help="start Thunderbird and Evolution-Data-Server as well, without a window"
    )


class FindProgram(Protocol):
    """Finds a program next to this Python, else on the path; without it the test is skipped by name."""

    def __call__(self, name: str) -> str: ...


@pytest.fixture(scope="session")
def find_program() -> FindProgram:
    def find(name: str) -> str:
        found = shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)
        if found is None:
            pytest.skip(f"{name} is not installed")
        return found

    return find


class HostileFeed(msgspec.Struct, frozen=True):
    """A feed as a file, and every event that was put there."""

    path: Path
    events: list[dict[str, Any]]


class MakeFeeds(Protocol):
    """Makes feeds of hostile texts, the same ones each time; without `framed` no text speaks of components."""

    def __call__(self, *, framed: bool = ...) -> list[HostileFeed]: ...


@pytest.fixture(scope="session")
def hostile_feeds(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> MakeFeeds:
    made: dict[bool, list[HostileFeed]] = {}

    def make(*, framed: bool = True) -> list[HostileFeed]:
        if framed not in made:
            chance, pieces = random.Random(request.config.getoption("--client-seed")), HOSTILE if framed else UNFRAMED
            count = request.config.getoption("--client-texts") // MAX_EVENTS
            folder = tmp_path_factory.mktemp("feeds")
            made[framed] = [
                write_hostile_feed(folder / f"{number}.ics", number, chance, pieces) for number in range(count)
            ]
        return made[framed]

    return make


def write_hostile_feed(path: Path, number: int, chance: random.Random, pieces: list[str]) -> HostileFeed:
    """A feed with an event of every kind in every band, in the degree of privacy whose turn it is."""
    snapshot = hostile_snapshot(chance, pieces)
    feed = msgspec.structs.replace(
        DEFAULT_SETTINGS.feed,
        name=hostile_text(chance, pieces),
        privacy=PRIVACY[number % len(PRIVACY)],
        alarm=ALARMS[number % len(ALARMS)],
        keep_done_days=DAYS_BACK,
    )
    context = RenderContext(
        f"Tide & Söhne {hostile_text(chance, pieces)}",
        msgspec.structs.replace(DEFAULT_SETTINGS, feed=feed),
        NOW,
        uuid.UUID(int=number),
        zone=dt.timezone(dt.timedelta(hours=5)),
    )
    path.write_bytes(get_output("ics").render(snapshot, context))
    return HostileFeed(path, [tell_event(event) for event in list_events(snapshot, context)])


def hostile_text(chance: random.Random, pieces: list[str]) -> str:
    return "".join(chance.choices(pieces, k=chance.randrange(1, 12)))


def hostile_snapshot(chance: random.Random, pieces: list[str]) -> Snapshot:
    """As many people as a feed has room for, each with one event, and some who wait."""

    def text() -> str:
        return hostile_text(chance, pieces)

    people, followups = [], []
    for number in range(MAX_EVENTS):
        kind, person = KINDS[number % len(KINDS)], _make_person(number, text)
        state = PersonState(person, _make_tie(number), days=(), interactions=())
        planned = AS_OF + dt.timedelta(days=number % 120)
        if kind == "done":
            state = _with_answer(state, AS_OF - dt.timedelta(days=number % (DAYS_BACK - 1)), text)
        if "birthday" in kind:
            year = 1604 if number % 3 else 1980
            state = replace(state, person=replace(person, birthday=planned.replace(year=year)))
        if kind not in {"done", "birthday"}:
            followups.append(_make_followup(state.person, kind.partition(" ")[0], planned, text))
        people.append(state)
    waiting = tuple(_make_followup(_make_person(500 + number, text), "rhythm", None, text) for number in range(30))
    return Snapshot(AS_OF, 9, people=tuple(people), followups=tuple(followups), waiting=waiting)


def _make_person(number: int, text: Callable[[], str]) -> Person:
    # What no file system takes in a name, or no note can have there.
    name = "".join(char for char in text() if char not in "/\0" and not "\ud800" <= char <= "\udfff")
    shown = f"{text()}x"
    return Person(NotePath(f"People/{number}, #{name}.md"), shown, (shown,), circle="club")


def _make_tie(number: int) -> TieStrength:
    return TieStrength(
        strength=54,
        score=54.2,
        terms=(),
        probability=0.8,
        trend=0.0,
        rhythm_days=35,
        due_gap_days=49.0,
        due=AS_OF,
        band=BANDS[number // len(KINDS) % len(BANDS)],
        balance=None,
        contact_days=3,
        first_contact=dt.date(2025, 1, 4),
        last_contact=dt.date(2026, 5, 12),
        relationship=True,
        gate=(),
    )


def _make_followup(person: Person, kind: str, planned: dt.date | None, text: Callable[[], str]) -> FollowUp:
    note, of_a_line = NotePath("Log.md"), kind in {"promise", "fact"}
    time = f"{len(person.path) % 24}:{len(person.name) % 60:02}"
    return FollowUp(
        person=person.path,
        name=person.name,
        due=AS_OF,
        planned=planned,
        kind=kind,
        cycle=f"{kind}:{note}#0123456789ab" if of_a_line else "contact:2026-05-12",
        last_time=text(),
        reason=text(),
        action=text(),
        evidence=(Evidence(note, 1, f"Call at {time}" if len(person.path) % 2 else text(), planned),),
        minutes=len(person.path) % 3 * 10,
    )


def _with_answer(state: PersonState, day: dt.date, text: Callable[[], str]) -> PersonState:
    """The person, met 40 days apart, the last time on that day."""
    path = state.person.path
    told = tuple(
        Interaction(path, NotePath("Log.md"), 3, day - dt.timedelta(days=back), "meeting", "mutual", quote=text())
        for back in (80, 40, 0)
    )
    person = replace(state.person, cadence_days=30)
    return replace(state, person=person, days=collapse_days(told), interactions=told)


def tell_event(event: FeedEvent) -> dict[str, Any]:
    """The event as `read_feed.py` tells what a parser has read."""
    return {
        "uid": event.uid,
        "start": tell_moment(event.start),
        "end": tell_moment(event.end),
        "summary": event.summary,
        "description": event.description,
        "url": event.url,
        "categories": list(event.categories),
        "alarms": [event.alarm.total_seconds()] if event.alarm else [],
    }


def tell_moment(moment: dt.date) -> str:
    """A day, or a moment in UTC."""
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}" if isinstance(moment, dt.datetime) else moment.isoformat()


class FeedsServed:
    """Feeds being served as `vaultrel serve` does it, with the status of every answer."""

    def __init__(self, *bodies: bytes) -> None:
        self.answers: list[str] = []
        self._holders = [FeedHolder(PublishedFeed(body, NOW), patience_seconds=0) for body in bodies]
        self._routes = [feed_route(holder, f"s3cret{number}") for number, holder in enumerate(self._holders)]
        self._server = self._start(0)
        self._port = self._server.port
        self.urls = [f"http://127.0.0.1:{self._port}{route.path}" for route in self._routes]

    def publish(self, body: bytes) -> None:
        """Serve other bytes as the first feed from now on."""
        self._holders[0].publish(body, clock.utc_now())

    def stop(self) -> None:
        """Serve nothing; nobody listens any more."""
        self._server.close()

    def start_again(self) -> None:
        """Serve the same feeds at the same addresses."""
        self._server = self._start(self._port)

    def _start(self, port: int) -> FeedServer:
        app = make_app(lambda: self._routes)

        def note_answers(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
                self.answers.append(status)
                return start_response(status, headers, *rest)

            return app(environ, cast("StartResponse", start))

        server = FeedServer(note_answers, port=port)
        server.start()
        return server


class Serve(Protocol):
    """Serves feeds until the test ends."""

    def __call__(self, *bodies: bytes) -> FeedsServed: ...


@pytest.fixture
def serve() -> Iterator[Serve]:
    with ExitStack() as stack:

        def start(*bodies: bytes) -> FeedsServed:
            served = FeedsServed(*bodies)
            stack.callback(served.stop)
            return served

        yield start


class Calendar:
    """A calendar program that runs and has subscribed to feeds.

    It is driven by a process of its own, `live_*.py`, which is told what to do line by line: ``refresh`` asks for every
    feed again, as the user may; ``list`` tells what the program now holds of each, as a line of JSON.

    Attributes:
        home: all that the program keeps.
        keeps_uids: whether its events have the UIDs of the feed. vdirsyncer gives each a UID made of its content.
        needs_restart: whether it asks for a feed no more, once nobody answered, until it is started anew.
    """

    def __init__(self, name: str, command: list[str], home: Path, urls: list[str]) -> None:
        self.home = home
        self.keeps_uids = name != "khal"
        self.needs_restart = name == "thunderbird"
        self._said = (home / "said").open("wb")
        self._process = subprocess.Popen(
            [*command, str(home), *urls],
            env=calendar_environment(home),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            text=True,
            start_new_session=True,
        )

    def refresh(self) -> None:
        """Ask for every feed again."""
        self._ask("refresh")

    def restart(self) -> None:
        """End the program and start it again, with all that it kept."""
        self._ask("restart")

    def events(self) -> list[list[dict[str, Any]]]:
        """The events that the program holds of each feed, in the order of `comparable`."""
        return [self.comparable(events) for events in self._ask("list")]

    def wait_for(self, *feeds: list[dict[str, Any]], seconds: float = 120) -> list[list[dict[str, Any]]]:
        """What the program holds of each feed: just these events, or what it has when patience is over."""
        wanted, patience = [self.comparable(events) for events in feeds], time.monotonic() + seconds
        while (held := self.events()) != wanted and time.monotonic() < patience:
            time.sleep(0.5)
        return held

    def comparable(self, events: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The events in one order, without what this program does not keep."""
        kept = [{key: value for key, value in event.items() if self.keeps_uids or key != "uid"} for event in events]
        return sorted(kept, key=lambda event: json.dumps(event, sort_keys=True))

    def close(self) -> None:
        """End the program and whatever it has started."""
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(60)
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGTERM)
        self._process.wait(10)
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._said.close()

    def _ask(self, word: str) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with suppress(BrokenPipeError):
            self._process.stdin.write(f"{word}\n")
            self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, (self.home / "said").read_text("utf-8", "replace")
        return json.loads(answer)


def calendar_environment(home: Path) -> dict[str, str]:
    """Nothing of the home, the session or the time zone of whoever runs the tests."""
    runtime = home / "runtime"
    runtime.mkdir(mode=0o700)
    return {
        "HOME": str(home),
        "XDG_RUNTIME_DIR": str(runtime),
        "GSETTINGS_BACKEND": "memory",
        "PATH": os.environ.get("PATH", ""),
        "LANG": "C.UTF-8",
        "TZ": "UTC",
    }


@pytest.fixture(params=["khal", "thunderbird", "evolution"])
def calendar_command(request: pytest.FixtureRequest, find_program: FindProgram) -> list[str]:
    """How each calendar is started; without it the test is skipped by name."""
    script = str(HERE / f"live_{request.param}.py")
    if request.param == "khal":
        find_program("vdirsyncer")
        find_program("khal")
        return [sys.executable, script]
    if not request.config.getoption("--desktop"):
        pytest.skip(f"{request.param} is started with --desktop only")
    if request.param == "thunderbird":
        find_program("thunderbird")
        return [sys.executable, script]
    python = "/usr/bin/python3"
    bindings = "import gi; gi.require_version('ECal', '2.0'); from gi.repository import ECal"
    if (
        not Path(python).exists()
        or subprocess.run([python, "-c", bindings], check=False, capture_output=True).returncode
    ):
        pytest.skip("evolution-data-server is not installed, or not its bindings for Python")
    return [find_program("dbus-run-session"), "--", python, script]


class Subscribe(Protocol):
    """Lets a calendar subscribe to feeds, until the test ends."""

    def __call__(self, urls: list[str]) -> Calendar: ...


@pytest.fixture
def subscribe(request: pytest.FixtureRequest, calendar_command: list[str], tmp_path: Path) -> Iterator[Subscribe]:
    with ExitStack() as stack:

        def start(urls: list[str]) -> Calendar:
            home = tmp_path / "calendar"
            home.mkdir()
            name = request.node.callspec.params["calendar_command"]
            calendar = Calendar(name, calendar_command, home, urls)
            stack.callback(calendar.close)
            return calendar

        yield start


class ReadFeed(Protocol):
    """The events of a feed, as icalendar reads them."""

    def __call__(self, body: bytes) -> list[dict[str, Any]]: ...


@pytest.fixture(scope="session")
def read_feed(tmp_path_factory: pytest.TempPathFactory) -> ReadFeed:
    file = tmp_path_factory.mktemp("read") / "feed.ics"

    def read(body: bytes) -> list[dict[str, Any]]:
        file.write_bytes(body)
        command = [sys.executable, str(HERE / "read_feed.py"), "icalendar", str(file)]
        told = subprocess.run(command, capture_output=True, check=True, timeout=120)
        events: list[dict[str, Any]] = json.loads(told.stdout)["events"]
        return events

    return read
