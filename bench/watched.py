"""The daemon, telling a parent process when it scans and what it knows.

``python bench/watched.py ROOT`` prints a line of JSON for each scan that begins or ends, with the time on the monotonic
clock, which all processes of a computer share. A line on standard input asks for something: ``tell`` prints a digest of
the last snapshot and the folders not watched, ``kill`` ends the thread that hears of changes. At the end of the input
it stops.

``python bench/watched.py --fresh ROOT`` reads the vault from scratch instead, prints the same digest, and ends.
"""

from __future__ import annotations

import hashlib
import json
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import msgspec

from vaultrel.app import open_vault
from vaultrel.watch import Watcher

if TYPE_CHECKING:
    from vaultrel.app import ScanReport, Vault
    from vaultrel.model import Snapshot

_lines = threading.Lock()


def tell(what: str, **facts: object) -> None:
    """Print that something happened, and when."""
    with _lines:
        print(json.dumps({"what": what, "at": time.monotonic(), **facts}), flush=True)


def digest(snapshot: Snapshot | None) -> str:
    """Equal for equal snapshots."""
    return hashlib.sha256(msgspec.msgpack.encode(snapshot, order="deterministic", enc_hook=tuple)).hexdigest()


class Told:
    """A vault whose scans are told of as they happen.

    Attributes:
        latest: the snapshot of the last scan.
        ended: when that scan did.
    """

    def __init__(self, vault: Vault) -> None:
        self.latest: Snapshot | None = None
        self.ended = 0.0
        self._scan = vault.scan
        vault.scan = self.scan  # type: ignore[method-assign]

    def scan(self, **options: Any) -> ScanReport:
        """Scan as the daemon asks for it."""
        tell("begin")
        report = self._scan(**options)
        self.latest, self.ended = report.snapshot, time.monotonic()
        tell("end")
        return report


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
    assert vault.root is not None
    watcher = Watcher(vault, vault.root, lambda _report: None)
    threading.Thread(target=_obey, args=(watcher, told), daemon=True).start()
    try:
        watcher.run()
    finally:
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
