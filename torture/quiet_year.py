"""A year in which nothing happens, day by day on the sample vault on a disk: who is written to, and how often."""

from __future__ import annotations

import datetime as dt
import os
from collections import Counter
from typing import TYPE_CHECKING

from torture import rig
from vaultrel.app import open_vault
from vaultrel.core.shift import STORY_DAY

if TYPE_CHECKING:
    from pathlib import Path

MOST_WRITES_A_YEAR = 8


def torture(options: rig.Options, tally: rig.Tally, folder: Path) -> None:
    """Scan twice on each day; the second scan must leave every file as it is."""
    os.environ.update(rig.environment_at(folder / "home"))
    root = folder / "vault"
    rig.copy_sample(root)
    writes: Counter[str] = Counter()
    with open_vault(root) as vault:
        vault.grace_seconds = 0
        vault.scan(as_of=STORY_DAY)
        for days in range(1, 30 if options.short else 366):
            day = STORY_DAY + dt.timedelta(days=days)
            written = vault.scan(as_of=day).applied
            writes.update(edit.patch.path for edit in written)
            tally.runs += 1
            tally.remarks["days that wrote to notes"] += bool(written)
            before = _stamps(root)
            vault.scan(as_of=day)
            for path in before.items() ^ _stamps(root).items():
                tally.harm("torn", f"{path[0]} was written by the second scan of {day}")
    for name, count in writes.items():
        if count > MOST_WRITES_A_YEAR:
            tally.harm("torn", f"{name} was written {count} times")
    tally.remarks["writes in all"] = writes.total()
    tally.remarks["notes written"] = len(writes)
    tally.remarks["writes to the note written most"] = max(writes.values(), default=0)


def _stamps(root: Path) -> dict[str, tuple[int, int]]:
    files = (file for file in root.rglob("*") if file.is_file())
    return {str(file.relative_to(root)): (file.stat().st_ino, file.stat().st_mtime_ns) for file in files}


if __name__ == "__main__":
    rig.start("quiet_year", torture)
