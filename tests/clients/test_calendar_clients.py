"""Real calendar programs subscribe to the feed as it is served, and end every change in the right state."""

from __future__ import annotations

import datetime as dt
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from vaultrel.app import open_vault
from vaultrel.outputs.feed_events import MAX_EVENTS
from vaultrel.settings import parse_settings
from vaultrel.storage.memory import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.clients.conftest import Calendar, MakeFeeds, ReadFeed, Serve, Subscribe

pytestmark = [pytest.mark.client, pytest.mark.timeout(3600)]

ROOT = Path(__file__).parents[2]
GOLDEN = sorted(ROOT.glob("tests/golden/*/expected/*.ics"))
AS_OF = dt.date(2026, 6, 30)

ADA, BO, CLEO = "People/Ada Lind.md", "People/Bo Dahl.md", "People/Cleo Ray.md"
ANNA = "People/Anna Lind.md"
NOTES = {
    ADA: "---\ntags: [person]\n---\n",
    BO: "---\ntags: [person]\n---\n",
    CLEO: "---\ntags: [person]\nrel_circle: club\nbirthday: 1980-07-09\n---\n",
    **{f"Daily/2026-0{month}-12.md": "- met:: [[Ada Lind]]\n" for month in (2, 3, 4)},
    "Daily/2026-06-28.md": "- [ ] Call [[Bo Dahl]] “Zoë, 日本; \\ ” 📅 2026-07-03 14:30\n",
}


def test_every_calendar_holds_the_golden_feeds_as_they_were_meant(
    serve: Serve, subscribe: Subscribe, read_feed: ReadFeed
) -> None:
    bodies = [file.read_bytes() for file in GOLDEN]
    feeds = [read_feed(body) for body in bodies]
    assert [len(events) for events in feeds] == [body.count(b"BEGIN:VEVENT") for body in bodies]
    calendar = subscribe(serve(*bodies).urls)
    calendar.refresh()
    assert calendar.wait_for(*feeds) == [calendar.comparable(events) for events in feeds]


def test_every_calendar_holds_hostile_text_as_it_was_meant(
    serve: Serve, subscribe: Subscribe, hostile_feeds: MakeFeeds
) -> None:
    feeds = hostile_feeds()
    calendar = subscribe(serve(*(feed.path.read_bytes() for feed in feeds)).urls)
    calendar.refresh()
    held = calendar.wait_for(*(feed.events for feed in feeds), seconds=900)
    for events, feed in zip(held, feeds, strict=True):
        meant = calendar.comparable(feed.events)
        assert [pair for pair in zip(events, meant, strict=False) if pair[0] != pair[1]] == []
        assert len(events) == len(meant)


class Subscribed:
    """A vault in memory, the feed that it publishes, and a calendar that subscribes to it."""

    def __init__(self, notes: dict[str, Any], serve: Serve, subscribe: Subscribe, read_feed: ReadFeed) -> None:
        self.store = MemoryStore(notes)
        self._read_feed = read_feed
        self.served = serve(self.scan())
        self.calendar = subscribe(self.served.urls)

    def scan(self, as_of: dt.date = AS_OF, **feed: object) -> bytes:
        """The feed after a scan."""
        settings = parse_settings({"feed": {"timezone": "Europe/Berlin", **feed}}, "test")
        vault = open_vault(self.store, settings=settings)
        vault.scan(as_of=as_of)
        body = vault.published_feed()
        assert body is not None
        return body

    def follow(self, as_of: dt.date = AS_OF, **feed: object) -> dict[str, dict[str, Any]]:
        """The events by the first letter of their titles, once the calendar holds just those of the feed."""
        body = self.scan(as_of, **feed)
        self.served.publish(body)
        events = self._read_feed(body)
        self.calendar.refresh()
        assert self.calendar.wait_for(events) == [self.calendar.comparable(events)]
        by_letter = {event["summary"][0]: event for event in events}
        assert len({event["uid"] for event in events}) == len(events)
        return by_letter if len(by_letter) == len(events) else {event["uid"]: event for event in events}

    def edit(self, path: str, old: str, new: str) -> None:
        self.store.save(path, self.store.files[path].decode().replace(old, new))


def without(events: dict[str, dict[str, Any]], letter: str) -> dict[str, dict[str, Any]]:
    return {key: event for key, event in events.items() if key != letter}


def test_every_calendar_ends_each_change_without_a_double_or_a_ghost(
    serve: Serve, subscribe: Subscribe, read_feed: ReadFeed
) -> None:
    here = Subscribed(NOTES, serve, subscribe, read_feed)
    first = here.follow()
    assert sorted(first) == ["A", "B", "C"]
    assert first["B"]["start"] == "2026-07-03T12:30:00Z"

    # A note is renamed, and its links with it, as Obsidian does.
    here.store.rename(ADA, ANNA)
    for path in [path for path in here.store.files if path.startswith("Daily/")]:
        here.edit(path, "[[Ada Lind]]", "[[Anna Lind]]")
    renamed = here.follow()
    assert without(renamed, "A") == without(first, "A")
    assert renamed["A"]["uid"] == first["A"]["uid"]
    assert renamed["A"]["summary"].startswith("Anna Lind")

    # Put off.
    here.edit(BO, "tags: [person]\n", "tags: [person]\nrel_snooze_until: 2026-07-20\n")
    moved = here.follow()
    assert without(moved, "B") == without(renamed, "B")
    assert moved["B"]["uid"] == first["B"]["uid"]
    assert moved["B"]["start"] >= "2026-07-20"

    # Contact ends a follow-up; the next one is another event.
    here.store.save("Daily/2026-06-29.md", "- called:: [[Anna Lind]]\n")
    answered = here.follow()
    assert without(answered, "A") == without(moved, "A")
    assert answered["A"]["uid"] != first["A"]["uid"]

    # Other words for every event, and none moved.
    veiled = here.follow(privacy="initials")
    assert {event["uid"] for event in veiled.values()} == {event["uid"] for event in answered.values()}
    assert {event["summary"][-4:] for event in veiled.values()} == {"A.L.", "B.D.", "C.R."}

    # Nothing left, and everything back.
    for path in (ANNA, BO, CLEO):
        here.edit(path, "tags: [person]\n", "tags: [person]\nrel_ignore: true\n")
    (nothing,) = here.follow().values()
    assert (nothing["summary"], nothing["start"]) == ("No follow-ups", "2000-01-01")
    for path in (ANNA, BO, CLEO):
        here.edit(path, "rel_ignore: true\n", "")
    # Whoever was ignored is known by the path of the note from then on, and Anna by another one than before.
    back = here.follow()
    assert without(back, "A") == without(answered, "A")
    assert back["A"] == {**answered["A"], "uid": back["A"]["uid"]}


def test_a_calendar_that_asks_again_is_told_that_nothing_changed_and_outlasts_a_server_that_is_away(
    serve: Serve, subscribe: Subscribe, read_feed: ReadFeed
) -> None:
    here = Subscribed(NOTES, serve, subscribe, read_feed)
    before = here.follow()
    kept = [here.calendar.comparable(list(before.values()))]

    answered = len(here.served.answers)
    here.calendar.refresh()
    wait_until(lambda: len(here.served.answers) > answered)
    if here.calendar.keeps_uids:  # vdirsyncer never asks on a condition
        assert set(here.served.answers[answered:]) == {"304 Not Modified"}
    assert here.calendar.wait_for(*kept) == kept

    here.served.stop()
    here.calendar.refresh()
    time.sleep(3)
    assert here.calendar.events() == kept

    here.served.start_again()
    if here.calendar.needs_restart:
        here.calendar.restart()
        assert here.calendar.wait_for(*kept) == kept
    here.store.save("Daily/2026-06-29.md", "- called:: [[Ada Lind]]\n")
    assert without(here.follow(), "A") == without(before, "A")


def test_every_calendar_follows_a_full_feed_into_the_next_month(
    serve: Serve, subscribe: Subscribe, read_feed: ReadFeed
) -> None:
    born = "---\ntags: [person]\nrel_circle: club\nbirthday: 1980-{:02}-{:02}\n---\n"
    notes = {f"People/P {n}.md": born.format(7 + n // 28 % 4, n % 28 + 1) for n in range(MAX_EVENTS + 200)}
    here = Subscribed(notes, serve, subscribe, read_feed)
    first = here.follow()
    assert len(first) == MAX_EVENTS
    for number in range(0, 200, 2):
        here.store.rename(f"People/P {number}.md", f"People/Q {number}.md")
    later = here.follow(AS_OF + dt.timedelta(days=31))
    assert len(later) == MAX_EVENTS
    assert MAX_EVENTS / 2 < len(set(first) & set(later)) < MAX_EVENTS


def wait_until(happened: Any, seconds: float = 120) -> None:
    patience = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < patience, "it never happened"
        time.sleep(0.2)


def run_vaultrel(vault: Path, *words: str) -> str:
    command = [sys.executable, "-m", "vaultrel", "--vault", str(vault), *words]
    return subprocess.run(command, capture_output=True, check=True, text=True, timeout=120).stdout


@contextmanager
def vaultrel_serving(vault: Path) -> Iterator[str]:
    """`vaultrel serve` as a user starts it; gives the address of the feed."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    (vault / ".vaultrel").mkdir(exist_ok=True)
    (vault / ".vaultrel/config.toml").write_text(f"[feed]\nport = {port}\n")
    url = run_vaultrel(vault, "feed", "--url").split()[0]
    process = subprocess.Popen(
        [sys.executable, "-m", "vaultrel", "--vault", str(vault), "serve"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield url
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0


def ask(url: str) -> bytes:
    with suppress(OSError), urllib.request.urlopen(url, timeout=30) as answer:
        body: bytes = answer.read()
        return body
    return b""


def test_every_calendar_follows_what_vaultrel_serve_serves(
    request: pytest.FixtureRequest, home: Path, subscribe: Subscribe, read_feed: ReadFeed
) -> None:
    if not request.config.getoption("--desktop"):
        pytest.skip("vaultrel serve looks at the vault once a minute: with --desktop only")
    vault = home / "vault"
    shutil.copytree(ROOT / "sample_vault", vault)
    with vaultrel_serving(vault) as url:
        wait_until(lambda: b"BEGIN:VEVENT" in ask(url))
        body = ask(url)
        events = read_feed(body)
        calendar: Calendar = subscribe([url])
        calendar.refresh()
        assert calendar.wait_for(events) == [calendar.comparable(events)]

        planned = next(event for event in events if "rhythm" in event["categories"])
        name = planned["summary"].partition(":")[0]
        day = dt.date.fromisoformat(planned["start"][:10]) + dt.timedelta(days=20)
        run_vaultrel(vault, "snooze", name, day.isoformat())
        wait_until(lambda: ask(url) != body)
        changed = read_feed(ask(url))
        (moved,) = [event for event in changed if event["uid"] == planned["uid"]]
        assert moved["start"] >= day.isoformat()
        calendar.refresh()
        assert calendar.wait_for(changed) == [calendar.comparable(changed)]
