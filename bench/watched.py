"""The daemon with its server, as ``vaultrel watch --serve`` runs it, telling a parent process when it did what.

``python bench/watched.py ROOT`` prints a line of JSON for each thing that happens, with the time on the monotonic
clock, which all processes of a computer share. A line on standard input asks for something: ``tell`` prints a digest of
the last snapshot and the folders not watched, ``kill`` ends the thread that hears of changes. At the end of the input
it stops.

``python bench/watched.py --fresh ROOT`` reads the vault from scratch instead, prints the same digest, and ends.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import msgspec

from vaultrel.app import open_vault
from vaultrel.server import FeedHolder, FeedServer, PublishedFeed, feed_route, make_app
from vaultrel.watch import Watcher

if TYPE_CHECKING:
    from vaultrel.app import ScanReport, Vault
    from vaultrel.model import Snapshot

PLANNED = 40
"""People with a follow-up who are named after a scan: to be in touch with one changes fields and calendar."""

_lines = threading.Lock()


def tell(what: str, **facts: object) -> None:
    """Print that something happened, and when."""
    with _lines:
        print(json.dumps({"what": what, "at": time.monotonic(), **facts}), flush=True)


def digest(snapshot: Snapshot | None) -> str:
    """Equal for equal snapshots."""
    return hashlib.sha256(msgspec.msgpack.encode(snapshot, order="deterministic", enc_hook=repr)).hexdigest()


class Told:
    """A vault whose scans and writes are told of as they happen.

    Attributes:
        latest: the snapshot of the last scan.
        ended: when that scan did.
    """

    def __init__(self, vault: Vault) -> None:
        self.latest: Snapshot | None = None
        self.ended = 0.0
        self._scan, self._replace, self._generate = vault.scan, vault.store.replace, vault.store.write_generated
        vault.scan = self.scan  # type: ignore[method-assign]
        vault.store.replace = self.replace  # type: ignore[method-assign]
        vault.store.write_generated = self.write_generated  # type: ignore[method-assign]

    def scan(self, **options: Any) -> ScanReport:
        """Scan as the daemon asks for it: as soon as the debounce has ended."""
        tell("begin", cpu=time.thread_time())
        report = self._scan(**options)
        self.latest, self.ended = report.snapshot, time.monotonic()
        tell(
            "end",
            cpu=time.thread_time(),
            read=report.notes_read,
            notes=report.snapshot.note_count,
            planned=[one.person for one in report.snapshot.followups[:PLANNED]],
        )
        return report

    def replace(self, path: str, expected: bytes, new: bytes) -> None:
        """Tell of a note that holds its new fields, synced to the disk."""
        self._replace(path, expected, new)
        tell("fields")

    def write_generated(self, path: str, data: bytes) -> bool:
        """Tell of a calendar that is on disk."""
        written = self._generate(path, data)
        if written and path.endswith(".ics"):
            tell("feed", size=len(data))
        return written


def main(words: list[str]) -> int:
    """Watch until the input ends."""
    if words[0] == "--fresh":
        with open_vault(words[1]) as fresh:
            report = fresh.scan(dry_run=True)
            tell("told", digest=digest(report.snapshot), notes=report.snapshot.note_count, edits=len(report.applied))
        return 0
    vault = open_vault(words[0])
    vault.grace_seconds = 0.0  # a wait that comes when all is written
    told = Told(vault)
    holder = FeedHolder(PublishedFeed(b"", dt.datetime.fromtimestamp(0, dt.UTC)))

    def serve() -> None:
        feed = vault.served_feed()
        if feed is not None:
            holder.publish(feed, dt.datetime.now(dt.UTC))  # noqa: TID251 - as the command does
            tell("served")

    vault.when_published(serve)
    server = FeedServer(make_app(lambda: [feed_route(holder, "token")], frozenset()), port=0)
    server.start()
    assert vault.root is not None
    tell("listening", url=f"http://127.0.0.1:{server.port}/feed/token/followups.ics")
    watcher = Watcher(vault, vault.root, lambda _report: None)
    threading.Thread(target=_obey, args=(watcher, told), daemon=True).start()
    try:
        watcher.run()
    finally:
        server.close()
        vault.close()
    return 0


def _obey(watcher: Watcher, told: Told) -> None:
    """Do what the lines of the input ask for, and stop at its end."""
    for line in sys.stdin:
        if line.strip() == "kill":
            reader = watcher._events._observer._inotify_fd  # type: ignore[union-attr] # noqa: SLF001 - what may die
            reader.stop()
            reader.join()
            tell("killed")
        elif line.strip() == "tell":
            unwatched = sorted(watcher._unwatched)  # noqa: SLF001 - where to save what it is not told of
            tell("told", digest=digest(told.latest), ended=told.ended, unwatched=unwatched)
    watcher.stop()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
