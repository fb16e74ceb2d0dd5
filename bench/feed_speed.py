"""How soon a saved note is in the calendar: a real vault on disk, the daemon and the server in this process.

``python bench/feed_speed.py [ROUNDS]`` (30 by default) makes a vault of 520 people in a temporary folder, with room in
the plan for 500 follow-ups, saves one note after another that tells of a contact, and prints medians, in milliseconds
from the end of the debounce:

- *on disk*: until the new feed has replaced the old one in the vault, synced to the disk, and the CPU time of it;
- *served*: until the new bytes have been fetched over HTTP.

Beside them stand two synced atomic writes of files as large, which is what the feed and a person's note cost at least,
and what the feed's own part takes in CPU time: 1,000 events of which one changed, against all through icalendar.
It ends with 1 when the feed takes longer than 50 ms to be on disk and served, or its own part more than a 200th of what
icalendar takes for all.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import random
import statistics
import sys
import tempfile
import threading
import time
import urllib.request
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from vaultrel.app import open_vault
from vaultrel.outputs import icalendar_bytes
from vaultrel.outputs.feed_events import FeedEvent
from vaultrel.server import FeedHolder, FeedServer, PublishedFeed, feed_route, make_app
from vaultrel.watch import Watcher

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vaultrel.app import Vault
    from vaultrel.app.reports import ScanReport

PEOPLE, MEETINGS = 520, 1200
ROUNDS = 30
WARM_UP = 3
DEBOUNCE_SECONDS = 0.05
MOST_MS, LEAST_RATIO = 50.0, 200.0
EVENTS = 1000

SETTINGS = f"""
write = "{{write}}"
[plan]
per_week = 60
per_day = 12
[watch]
debounce_seconds = {DEBOUNCE_SECONDS}
"""


def make_vault(root: Path, write: str) -> None:
    """Write the vault: people met now and then over the last year, the last time long enough ago to be due."""
    chance = random.Random(11)  # noqa: S311 - not for secrets
    today = dt.date.today()  # noqa: DTZ011, TID251 - the daemon goes by the computer's day as well
    files = {".vaultrel/config.toml": SETTINGS.format(write=write)}
    for number in range(PEOPLE):
        files[f"People/Person {number}.md"] = "---\ntags: [person]\nrel_circle: friends\n---\nKeeps bees.\n"
    for number in range(MEETINGS):
        day = today - dt.timedelta(chance.randrange(20, 380))
        some = ", ".join(f"[[Person {n}]]" for n in chance.sample(range(PEOPLE), 3))
        files[f"Meetings/{day} no. {number}.md"] = f"---\ntags: [meeting]\ndate: {day}\n---\n\n## Attendees\n\n{some}\n"
    a_while_ago = time.time() - 86_400  # noqa: TID251 - file times are set by it
    for path, text in files.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
        os.utime(file, (a_while_ago, a_while_ago))


class Timed:
    """A vault whose scans and feeds on disk note the time."""

    def __init__(self, vault: Vault) -> None:
        self.began = self.on_disk = self.cpu = self._cpu_began = 0.0
        self._scan, self._write = vault.scan, vault.store.write_generated
        vault.scan = self.scan  # type: ignore[method-assign]
        vault.store.write_generated = self.write_generated  # type: ignore[method-assign]

    def scan(self, **options: object) -> ScanReport:
        """The daemon scans as soon as the debounce has ended."""
        self.began, self._cpu_began = time.perf_counter(), time.thread_time()
        return self._scan(**options)  # type: ignore[arg-type] # handed on as they are

    def write_generated(self, path: str, data: bytes) -> bool:
        """Note when a new feed is on disk."""
        written = self._write(path, data)
        if written and path.endswith(".ics"):
            self.on_disk, self.cpu = time.perf_counter(), time.thread_time() - self._cpu_began
        return written


@contextlib.contextmanager
def watching(vault: Vault, root: Path) -> Iterator[None]:
    """The daemon, on a thread of its own."""
    watcher = Watcher(vault, root, lambda _: None)
    thread = threading.Thread(target=watcher.run)
    thread.start()
    try:
        yield
    finally:
        watcher.stop()
        thread.join()


def time_changes(root: Path, rounds: int) -> Iterator[tuple[float, float, float]]:
    """Milliseconds until the feed is on disk, of CPU for that, and until it is served, for each saved note."""
    vault = open_vault(root)
    vault.grace_seconds = 0.0  # a wait that comes when the feed is out
    timed, reported = Timed(vault), threading.Semaphore(0)
    holder = FeedHolder(PublishedFeed(b"", dt.datetime.fromtimestamp(0, dt.UTC)))

    latest = b""

    def serve() -> None:
        nonlocal latest
        feed = vault.served_feed()
        if feed is not None and feed != latest:
            latest = feed
            holder.publish(feed, dt.datetime.now(dt.UTC))  # noqa: TID251 - as the command does
            reported.release()

    vault.when_published(serve)

    server = FeedServer(make_app(lambda: [feed_route(holder, "token")], frozenset()), port=0)
    server.start()
    url = f"http://127.0.0.1:{server.port}/feed/token/followups.ics"
    try:
        with watching(vault, root):
            reported.acquire()
            for number in range(rounds + WARM_UP):
                note = root / f"Daily/{dt.date.today()} {number}.md"  # noqa: DTZ011, TID251 - see make_vault
                note.parent.mkdir(exist_ok=True)
                note.write_text(f"- called:: [[Person {number * 7}]] about the bees\n", "utf-8")
                reported.acquire()
                with urllib.request.urlopen(url) as answer:
                    served = answer.read()
                fetched = time.perf_counter()
                assert served == (root / "vaultrel/followups.ics").read_bytes()
                if number >= WARM_UP:
                    yield (timed.on_disk - timed.began) * 1000, timed.cpu * 1000, (fetched - timed.began) * 1000
    finally:
        server.close()
        vault.close()


def time_writes(root: Path, rounds: int) -> float:
    """Milliseconds that two synced atomic writes take, of a file as large as the feed and one as large as a note."""
    store, size = open_vault(root).store, (root / "vaultrel/followups.ics").stat().st_size
    times = []
    for number in range(rounds):
        began = time.perf_counter()
        store.write_generated("vaultrel/a.ics", bytes([48 + number % 10]) * size)
        store.write_generated("vaultrel/b.ics", bytes([48 + number % 10]) * 200)
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times)


def make_event(number: int, summary: str) -> FeedEvent:
    """An event of ordinary size."""
    day, url = dt.date(2026, 6, 30) + dt.timedelta(number % 120), f"obsidian://open?vault=Notes&file=People%2F{number}"
    text = f"Last time: 12 May 2026, meeting: “walked along the canal”.\nDo: {summary}\n{url}"
    uid = str(uuid.uuid5(uuid.NAMESPACE_URL, url))
    return FeedEvent(uid, day, day + dt.timedelta(1), summary, text, url, ("warm", "rhythm"), dt.timedelta(hours=9))


def time_rendering(rounds: int) -> tuple[float, float]:
    """Milliseconds of CPU for a feed of which one event changed, and for the same through icalendar."""
    now = dt.datetime(2026, 6, 30, 8, tzinfo=dt.UTC)
    events = [make_event(number, f"Person {number}: Propose coffee") for number in range(EVENTS)]
    began = time.process_time()
    feed = icalendar_bytes.render_calendar("Follow-ups", events, now, None)
    whole, times = time.process_time() - began, []
    for number in range(rounds):
        events[number] = make_event(number, f"Person {number}: Call")
        began = time.process_time()
        feed = icalendar_bytes.render_calendar("Follow-ups", events, now, feed)
        times.append(time.process_time() - began)
    return statistics.median(times) * 1000, whole * 1000


def main(rounds: int) -> int:
    """Measure, print, and say whether it is fast enough."""
    render, whole = time_rendering(rounds)
    print(f"{EVENTS:,} events, one changed: {render:.1f} ms of CPU; all through icalendar {whole:,.0f} ms, ", end="")
    print(f"{whole / render:.0f} times as much (at least {LEAST_RATIO:.0f})")
    is_slow = whole < LEAST_RATIO * render
    for write in ("folder", "fields"):
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder).resolve() / "Notes"
            os.environ["XDG_STATE_HOME"] = os.environ["XDG_CACHE_HOME"] = f"{folder}/own"
            make_vault(root, write)
            times = list(time_changes(root, rounds))
            events = (root / "vaultrel/followups.ics").read_bytes().count(b"BEGIN:VEVENT")
            on_disk, cpu, served = (statistics.median(column) for column in zip(*times, strict=True))
            writes = time_writes(root, rounds)
            print(f'write = "{write}": {events} events, {len(times)} saved notes; medians from the end of the debounce')
            print(f"  on disk {on_disk:.1f} ms, {cpu:.1f} of them CPU; served {served:.1f} ms (at most {MOST_MS:.0f})")
            print(f"  two synced atomic writes {writes:.1f} ms; on disk / writes {on_disk / writes:.1f}")
            is_slow = is_slow or served > MOST_MS
    return int(is_slow)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if sys.argv[1:] else ROUNDS))
