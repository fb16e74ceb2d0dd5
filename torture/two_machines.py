"""Two machines share a vault through a sync program: other time zones, languages, hash seeds; the same bytes.

Whoever scans first, the other finds nothing left to write, and both orders give the same notes and the same feed.
"""

from __future__ import annotations

import datetime as dt
import re
import shutil
from typing import TYPE_CHECKING

from torture import rig
from vaultrel.core.shift import STORY_DAY

if TYPE_CHECKING:
    from pathlib import Path

MACHINES = {
    "east": {"TZ": "Asia/Tokyo", "LC_ALL": "C", "LANG": "C", "PYTHONHASHSEED": "1"},
    "west": {"TZ": "America/Los_Angeles", "LC_ALL": "C.UTF-8", "LANG": "tr_TR.UTF-8", "PYTHONHASHSEED": "4711"},
}
STAMP = re.compile(rb"(?m)^(DTSTAMP|LAST-MODIFIED|SEQUENCE):[0-9TZ]+")
"""When an event was published and last changed: that depends on who scanned first, and when."""
NAMESPACE = ".vaultrel/feed-namespace"
DAYS = 40


def torture(options: rig.Options, tally: rig.Tally, folder: Path) -> None:
    """Scan on both machines, day after day, in both orders."""
    orders = [("east", "west"), ("west", "east")]
    roots = [folder / f"{first}-first" / "vault" for first, _ in orders]
    for root in roots:
        rig.copy_sample(root)
        (root / NAMESPACE).write_bytes(b"6a1f7bd2-5c7e-4b53-9a0e-0d5d6f7b1c11\n")
    for days in range(0, DAYS, 20 if options.short else 4):
        day = STORY_DAY + dt.timedelta(days=days)
        results = []
        for root, order in zip(roots, orders, strict=True):
            after = [_scan_at(machine, root, folder, day, tally) for machine in order]
            tally.runs += 1
            for path in {path for path, _ in after[0].items() ^ after[1].items()}:
                tally.harm("torn", f"{path} was written again by {order[1]} after {order[0]} on {day}")
            results.append({path: STAMP.sub(b"", data) for path, data in after[1].items()})
        for path in {path for path, _ in results[0].items() ^ results[1].items()}:
            tally.harm("torn", f"{path} depends on who scans first on {day}")


def _scan_at(machine: str, root: Path, folder: Path, day: dt.date, tally: rig.Tally) -> dict[str, bytes]:
    """Bring the vault to a machine, scan there, and bring it back; gives all its files."""
    local = folder / machine / root.parent.name / "vault"
    if local.exists():
        shutil.rmtree(local)
    shutil.copytree(root, local)
    process = rig.spawn(
        ("vaultrel", "scan", "--vault", local, "--as-of", str(day)), home=folder / machine, more=MACHINES[machine]
    )
    said = "".join(process.communicate())
    if process.returncode:
        tally.harm("crashed", f"scan on {machine}: {said[-600:]}")
    shutil.rmtree(root)
    shutil.copytree(local, root)
    return {file.relative_to(root).as_posix(): file.read_bytes() for file in root.rglob("*") if file.is_file()}


if __name__ == "__main__":
    rig.start("two_machines", torture)
