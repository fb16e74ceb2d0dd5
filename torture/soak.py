"""A note saved every 50 ms under a daemon, for minutes: it must see every save, write only with cause, and not grow.

Memory is sampled all the while, and the last tenth compared with the first after a warm-up. In the middle of the run
nothing is saved for a while: the daemon must not write then.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Self

from torture import rig
from vaultrel.app import open_vault
from vaultrel.watch import Watcher

if TYPE_CHECKING:
    import random

    from vaultrel.app import ScanReport, Vault

SECONDS, SHORT_SECONDS = 600.0, 8.0
WARM_UP = 0.1
"""Share of the run in which memory may grow: caches fill."""
EVERY_SECONDS = 0.05
GROWTH = 1.05
PEOPLE, DAYS = 40, 300
CONFIG = "[watch]\nquiet_seconds = 0\ndebounce_seconds = 0.05\nrescan_seconds = 2\n"


def torture(options: rig.Options, tally: rig.Tally, folder: Path) -> None:
    """Save, sample and judge."""
    if sys.platform != "linux":
        raise rig.SkippedError("memory is read from /proc, which is Linux's")
    os.environ.update(rig.environment_at(folder / "home"))
    root = folder / "vault"
    _make_vault(root)
    vault = open_vault(root)
    vault.grace_seconds = 0.0
    seconds = float(options.count or (SHORT_SECONDS if options.short else SECONDS))
    with Scans(vault) as scans:
        samples = _save_and_sample(root, seconds, options.dice(), scans, tally)
    _judge_memory(samples, tally, judged=not options.short)
    with open_vault(root) as fresh:
        report = fresh.scan(full=True, dry_run=True)
    if scans.latest is None or report.snapshot != scans.latest.snapshot or report.applied:
        tally.harm("lost", "saves: a scan of everything finds something else")
    tally.judge_tidiness(root, "the soak")
    tally.remarks["scans"] = scans.count


class Scans:
    """The daemon on a thread of its own, and what it did."""

    def __init__(self, vault: Vault) -> None:
        import threading  # noqa: PLC0415 - beside the thread it makes

        assert vault.root is not None
        self.count = self.writes = 0
        self.latest: ScanReport | None = None
        self._watcher = Watcher(vault, vault.root, self.note)
        self._thread = threading.Thread(target=self._watcher.run)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._watcher.stop()
        self._thread.join()

    def note(self, report: ScanReport) -> None:
        """Take a report."""
        self.count += 1
        self.writes += len(report.applied) + len(report.published)
        self.latest = report


def _make_vault(root: Path) -> None:
    (root / ".vaultrel").mkdir(parents=True)
    (root / ".vaultrel/config.toml").write_text(CONFIG)
    (root / "People").mkdir()
    (root / "Daily").mkdir()
    for number in range(PEOPLE):
        (root / f"People/Person {number}.md").write_text("---\ntags: [person]\n---\n")
    for number in range(DAYS):
        _day_note(root, number).write_text("Nothing.\n")


def _day_note(root: Path, number: int) -> Path:
    """One of a fixed number of daily notes: what there is to know does not grow."""
    return root / f"Daily/2026-{number % 10 + 1:02}-{number % 28 + 1:02} {number}.md"


def _save_and_sample(
    root: Path, seconds: float, dice: random.Random, scans: Scans, tally: rig.Tally
) -> list[tuple[float, int]]:
    """Save a note again and again; the bytes of memory held, with the share of the run that was over."""
    samples: list[tuple[float, int]] = []
    began = time.monotonic()
    rested = False
    while (now := time.monotonic() - began) < seconds:
        if not rested and now > seconds / 2:
            rested = True
            _rest(scans, tally)
            began += time.monotonic() - began - now
        number = dice.randrange(DAYS)
        text = f"met:: [[Person {dice.randrange(PEOPLE)}]] {tally.runs}\n"
        _day_note(root, number).write_text(text)
        tally.runs += 1
        if tally.runs % 10 == 0:
            samples.append((now / seconds, _memory()))
        time.sleep(EVERY_SECONDS)
    _rest(scans, tally)
    return samples


def _rest(scans: Scans, tally: rig.Tally) -> None:
    """Wait until all has been taken in; from then on, with nothing saved, nothing may be written."""
    time.sleep(3)
    writes, count = scans.writes, scans.count
    while scans.count < count + 2:  # by the time to look again alone
        time.sleep(0.1)
    if scans.writes != writes:
        tally.harm("lost", f"peace: {scans.writes - writes} writes without cause")


def _judge_memory(samples: list[tuple[float, int]], tally: rig.Tally, *, judged: bool) -> None:
    first = statistics.median(size for share, size in samples if WARM_UP <= share < 2 * WARM_UP)
    last = statistics.median(size for share, size in samples if share >= 1 - WARM_UP)
    tally.remarks["KB at first"] = round(first / 1024)
    tally.remarks["KB at last"] = round(last / 1024)
    if judged and last > first * GROWTH:
        tally.harm("crashed", f"memory grew from {first:,.0f} to {last:,.0f} bytes")


def _memory() -> int:
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    rig.start("soak", torture)
