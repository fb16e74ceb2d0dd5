"""Storms of changes over a vault while a daemon watches it; afterwards all must be as a scan of everything finds it.

A storm is what Git, a sync program, a file manager or an editor does to many notes at once. When the daemon has come
to rest, a fresh vault that remembers nothing reads every note: its fields in notes, its calendar and its snapshot must
be those the daemon arrived at by itself, and the daemon must not have looked because the time to look again had come.
"""

from __future__ import annotations

import os
import shutil
import statistics
import threading
import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from torture import rig
from vaultrel.app import open_vault
from vaultrel.locations import Locations
from vaultrel.watch import Watcher

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Collection
    from pathlib import Path

    from vaultrel.app import ScanReport, Vault
    from vaultrel.model import Snapshot

FEED = "vaultrel/followups.ics"
COUNT, SHORT_COUNT = 50, 5
PEOPLE, MEETINGS = 60, 1200
BURST, SHORT_BURST = 5000, 500
REST_SECONDS = 2.5
"""The daemon is at rest when it has not been scanning for this long, which is more than twice its longest wait."""
PATIENCE_SECONDS = 60.0

CONFIG = "[watch]\nquiet_seconds = 0\ndebounce_seconds = 0.1\nrescan_seconds = 86400\n"


@dataclass(slots=True)
class Sky:
    """One vault under storms.

    Attributes:
        burst: how many saves make a burst.
    """

    root: Path
    dice: random.Random
    burst: int

    def notes(self) -> list[Path]:
        """Every meeting there is."""
        return sorted((self.root / "Meetings").rglob("*.md"))

    def folders(self) -> list[Path]:
        """Every folder of meetings."""
        return sorted(path for path in (self.root / "Meetings").rglob("*") if path.is_dir())

    def meeting(self) -> str:
        """The text of a meeting."""
        day = f"2026-{self.dice.randint(1, 10):02}-{self.dice.randint(1, 28):02}"
        people = "".join(f'  - "[[Person {self.dice.randrange(PEOPLE)}]]"\n' for _ in range(self.dice.randint(1, 3)))
        return f"---\ntags: [meeting]\ndate: {day}\nattendees:\n{people}---\nTalked, {self.dice.random()}\n"


def switch_branch(sky: Sky) -> None:
    """Write, delete and change notes one after the other without a pause, as Git does."""
    for note in sky.notes():
        fate = sky.dice.random()
        if fate < 0.2:
            note.unlink()
        elif fate < 0.6:
            note.unlink()
            note.write_text(sky.meeting())
    for number in range(sky.burst // 10):
        note = sky.root / "Meetings" / f"branch {sky.dice.randint(0, 9)}" / f"{number} {sky.dice.random()}.md"
        note.parent.mkdir(exist_ok=True)
        note.write_text(sky.meeting())


def move_folders(sky: Sky) -> None:
    """Rename folders, into one another too, and save notes in them at once."""
    for number in range(8):
        folders = sky.folders()
        one, other = sky.dice.choice(folders), sky.dice.choice([sky.root / "Meetings", *folders])
        if other == one or other.is_relative_to(one):
            continue
        target = other / f"moved {number} {sky.dice.random()}"
        one.rename(target)
        (target / f"after {sky.dice.random()}.md").write_text(sky.meeting())


def move_out_and_in(sky: Sky) -> None:
    """Move folders out of the vault, change their notes there, and move some back."""
    outside = sky.root.parent / "outside"
    outside.mkdir(exist_ok=True)
    for folder in sky.dice.sample(sky.folders(), k=3):
        if folder.exists():
            folder.rename(outside / f"{sky.dice.random()}")
    for folder in sorted(outside.iterdir()):
        for note in sorted(folder.rglob("*.md"))[:20]:
            note.write_text(sky.meeting())
        if sky.dice.random() < 0.8:
            folder.rename(sky.root / "Meetings" / f"back {sky.dice.random()}")
            time.sleep(sky.dice.uniform(0, 0.05))


def delete_and_make_again(sky: Sky) -> None:
    """Delete whole folders and make them again with other notes, as a sync program does."""
    for folder in sky.dice.sample(sky.folders(), k=3):
        if not folder.exists():
            continue
        count = len(list(folder.rglob("*.md")))
        shutil.rmtree(folder)
        folder.mkdir()
        for number in range(count):
            (folder / f"again {number} {sky.dice.random()}.md").write_text(sky.meeting())


def rename_by_case(sky: Sky) -> None:
    """Rename notes by case alone, people's too."""
    people = sorted((sky.root / "People").glob("*.md"))
    for note in [*sky.dice.sample(sky.notes(), k=30), *sky.dice.sample(people, k=10)]:
        note.rename(note.with_name(note.name.swapcase().replace(".MD", ".md")))


def replace_by_renaming(sky: Sky) -> None:
    """Save notes as careful editors do: another file, renamed over them; with the old times now and then."""
    for note in sky.dice.sample(sky.notes(), k=200):
        before = note.stat()
        new = note.with_name(f".{note.name}.tmp")
        new.write_text(sky.meeting())
        if sky.dice.random() < 0.3:
            os.utime(new, ns=(before.st_atime_ns, before.st_mtime_ns))
        new.replace(note)


def burst(sky: Sky) -> None:
    """Thousands of saves, in place, of notes old and new."""
    notes = sky.notes()
    for number in range(sky.burst):
        if number % 3:
            sky.dice.choice(notes).write_text(sky.meeting())
        else:
            (sky.root / "Meetings" / f"burst {number % 900}.md").write_text(sky.meeting())


def edit_people(sky: Sky) -> None:
    """Write into the notes of people while the daemon does so too, and take some away."""
    for note in sky.dice.sample(sorted((sky.root / "People").glob("*.md")), k=20):
        with note.open("ab") as file:
            file.write(b"- likes tea\n")
        time.sleep(sky.dice.uniform(0, 0.02))
        if sky.dice.random() < 0.1:
            note.unlink(missing_ok=True)
            note.write_text("---\ntags: [person]\n---\nNew.\n")


STORMS: tuple[Callable[[Sky], None], ...] = (
    switch_branch,
    move_folders,
    move_out_and_in,
    delete_and_make_again,
    rename_by_case,
    replace_by_renaming,
    burst,
    edit_people,
)


def make_vault(sky: Sky) -> None:
    """Write a vault of people and meetings in folders."""
    (sky.root / ".vaultrel").mkdir(parents=True)
    (sky.root / ".vaultrel/config.toml").write_text(CONFIG)
    (sky.root / "People").mkdir()
    for number in range(PEOPLE):
        (sky.root / "People" / f"Person {number}.md").write_text("---\ntags: [person]\n---\n")
    for number in range(MEETINGS):
        note = sky.root / "Meetings" / f"{number % 12:02}" / f"{number % 3}" / f"{number}.md"
        note.parent.mkdir(parents=True, exist_ok=True)
        note.write_text(sky.meeting())


class Rest:
    """When the daemon was last scanning, and what it found."""

    def __init__(self, vault: Vault) -> None:
        self.at = time.monotonic()
        self.scans = 0
        self.snapshot: Snapshot | None = None
        self._is_scanning = False
        self._scan = vault.scan
        vault.scan = self.scan  # type: ignore[method-assign]

    def scan(self, *, quiet_seconds: float, among: Collection[str] | None = None) -> ScanReport:
        """Scan as the daemon asks for it, and note when."""
        self._is_scanning = True
        try:
            report = self._scan(quiet_seconds=quiet_seconds, among=among)
            self.snapshot, self.scans = report.snapshot, self.scans + 1
            return report
        finally:
            self.at, self._is_scanning = time.monotonic(), False

    def wait(self) -> float:
        """Wait until the daemon is at rest; how long after the call its last scan ended."""
        began = time.monotonic()
        while self._is_scanning or time.monotonic() - max(self.at, began) < REST_SECONDS:
            if time.monotonic() - began > PATIENCE_SECONDS:
                break
            time.sleep(0.02)
        return max(0.0, self.at - began)


def torture(options: rig.Options, tally: rig.Tally, folder: Path) -> None:
    """Let storms go over one vault, and compare after each."""
    os.environ.update(rig.environment_at(folder / "daemon"))
    sky = Sky(folder / "vault", options.dice(), SHORT_BURST if options.short else BURST)
    make_vault(sky)
    vault = open_vault(sky.root)
    vault.grace_seconds = 0.0
    rest = Rest(vault)
    watcher = Watcher(vault, sky.root, lambda _report: None)
    if options.careless:
        watcher._is_of_interest = lambda _path: False  # type: ignore[method-assign]  # noqa: SLF001
    thread = threading.Thread(target=watcher.run)
    thread.start()
    waits, costs = [], []
    try:
        rest.wait()
        for number in range(options.count or (SHORT_COUNT if options.short else COUNT)):
            storm = STORMS[number % len(STORMS)] if number < len(STORMS) else sky.dice.choice(STORMS)
            storm(sky)
            began = time.process_time()
            waits.append(rest.wait())
            costs.append(time.process_time() - began)
            _judge(sky, rest, f"{storm.__name__} (storm {number})", tally)
            tally.runs += 1
    finally:
        watcher.stop()
        thread.join()
    tally.judge_tidiness(sky.root, "the storms")
    tally.remarks["scans"] = rest.scans
    tally.remarks["ms until equal, median"] = round(statistics.median(waits) * 1000)
    tally.remarks["ms until equal, most"] = round(max(waits) * 1000)
    tally.remarks["ms of processor time for that, median"] = round(statistics.median(costs) * 1000)
    tally.remarks["ms of processor time for that, most"] = round(max(costs) * 1000)
    trouble = Counter(told.trouble for told in [vault.watching()] if told is not None and told.trouble)
    tally.remarks.update({f"times {what}": times for what, times in trouble.items()})


def _judge(sky: Sky, rest: Rest, what: str, tally: rig.Tally) -> None:
    """Compare with what a vault that knows nothing reads; it must find nothing to write."""
    nowhere = sky.root.parent / f"fresh {tally.runs}"
    with open_vault(sky.root, locations=Locations(nowhere / "state", nowhere / "cache")) as fresh:
        report = fresh.scan(dry_run=True)
    shutil.rmtree(nowhere, ignore_errors=True)
    if report.snapshot != rest.snapshot:
        known = rest.snapshot.note_count if rest.snapshot is not None else 0
        tally.harm("lost", f"changes after {what}: {known} notes known, {report.snapshot.note_count} there")
    if report.applied or FEED in report.published:
        tally.harm("lost", f"{len(report.applied)} edits and {report.published} after {what}")


if __name__ == "__main__":
    rig.start("storms", torture)
