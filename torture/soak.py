"""A note saved every 50 ms under a daemon, for minutes: it must see every save, write only with cause, and not grow.

Memory is sampled all the while, together with what there is to fill: the bounded caches of vaultrel. The first tenth
after these are full is compared with the last, and they must be full before half the run is over. In the middle of the
run nothing is saved for a while: the daemon must not write then. A save a minute is much for a day's work, so 1,200 of
them in a minute are twenty hours of it.
"""

from __future__ import annotations

import functools
import os
import statistics
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Self

from torture import rig
from vaultrel.app import open_vault
from vaultrel.watch import Watcher

if TYPE_CHECKING:
    import random

    from vaultrel.app import ScanReport, Vault

SECONDS, SHORT_SECONDS = 600.0, 8.0
SPAN = 0.1
"""Share of the run whose memory is compared."""
FULL = 0.9
"""The caches count as full from when they hold this share of all that they ever will."""
LONGEST_FILLING = 0.5
"""Share of the run in which they must come to be full: what goes on growing is no cache."""
SAVES_AN_HOUR = 60
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
    tally.remarks["hours of a save a minute"] = tally.runs // SAVES_AN_HOUR
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


class Sample(NamedTuple):
    """The bytes of memory held, and how many answers the caches hold, at some share of the run."""

    share: float
    memory: int
    cached: int


def _save_and_sample(root: Path, seconds: float, dice: random.Random, scans: Scans, tally: rig.Tally) -> list[Sample]:
    """Save a note again and again, and take samples."""
    samples: list[Sample] = []
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
            samples.append(Sample(now / seconds, _memory(), _cached()))
        time.sleep(EVERY_SECONDS)
    _rest(scans, tally)
    return samples


def _rest(scans: Scans, tally: rig.Tally) -> None:
    """Wait until all has been taken in; from then on, with nothing saved, nothing may be written."""
    quiet = 0
    while quiet < 2:  # a scan that began before the last save says nothing, and a note read too soon is read again
        count = scans.count
        while scans.count == count:
            time.sleep(0.05)
        quiet = quiet + 1 if scans.latest is not None and not scans.latest.notes_read else 0
    writes, count = scans.writes, scans.count
    while scans.count < count + 2:  # by the time to look again alone
        time.sleep(0.1)
    if scans.writes != writes:
        tally.harm("lost", f"peace: {scans.writes - writes} writes without cause")


def _judge_memory(samples: list[Sample], tally: rig.Tally, *, judged: bool) -> None:
    full = next(sample.share for sample in samples if sample.cached >= FULL * max(each.cached for each in samples))
    first = statistics.median(sample.memory for sample in samples if full <= sample.share < full + SPAN)
    last = statistics.median(sample.memory for sample in samples if sample.share >= 1 - SPAN)
    tally.remarks["KB at first"] = round(samples[0].memory / 1024)
    tally.remarks["KB with caches full"] = round(first / 1024)
    tally.remarks["KB at last"] = round(last / 1024)
    tally.remarks["% of the run until caches were full"] = round(full * 100)
    if judged and full > LONGEST_FILLING:
        tally.harm("crashed", f"caches were full only after {full:.0%} of the run")
    if judged and last > first * GROWTH:
        tally.harm("crashed", f"memory grew from {first:,.0f} to {last:,.0f} bytes")


def _memory() -> int:
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _cached() -> int:
    """How many answers the caches of vaultrel's modules hold."""
    modules = [module for name, module in list(sys.modules.items()) if name.startswith("vaultrel.")]
    found = (value for module in modules for value in list(vars(module).values()))
    return sum(value.cache_info().currsize for value in found if isinstance(value, functools._lru_cache_wrapper))  # noqa: SLF001 - their type has no other name


if __name__ == "__main__":
    rig.start("soak", torture)
