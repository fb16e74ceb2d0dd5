"""Disks that take no more: full at every stage of a scan, remounted read-only, a note nobody may change."""

from __future__ import annotations

import functools
import os
import shutil
from typing import TYPE_CHECKING

from torture import rig
from vaultrel.app import open_vault
from vaultrel.core.shift import STORY_DAY
from vaultrel.errors import VaultrelError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DISK_KIB = 2048
STEP_KIB = 4
"""Space is given out in pages, so these are all the ways to be full."""
MOST_FREE_KIB = 480


def torture(options: rig.Options, tally: rig.Tally, folder: Path) -> None:
    """Fill the disk of the vault, then that of vaultrel's own files; then take away the right to write."""
    levels = range(0, MOST_FREE_KIB, 40 * STEP_KIB if options.short else STEP_KIB)
    with rig.memory_mounted(folder, DISK_KIB) as disk:
        for root, home in ((disk / "vault", folder / "home"), (folder / "vault", disk / "home")):
            os.environ.update(rig.environment_at(home))
            finished = _finished(root)
            for free_kib in levels:
                _scan_full(root, disk, free_kib, finished, tally)
            shutil.rmtree(root)
    os.environ.update(rig.environment_at(folder / "home"))
    with rig.loop_mounted(folder, "ext4", 64) as disk:
        root = disk / "vault"
        finished = _finished(root)
        _scan_hindered(
            root,
            finished,
            functools.partial(rig.run, "mount", "-o", "remount,ro", disk),
            functools.partial(rig.run, "mount", "-o", "remount,rw", disk),
            tally,
        )
        unwritten = _fresh(root)
        written = [path for path in finished if finished[path] != unwritten[path]]
        for note in written[: 1 if options.short else None]:
            _scan_hindered(
                root,
                finished,
                functools.partial(rig.run, "chattr", "+i", root / note),
                functools.partial(rig.run, "chattr", "-i", root / note),
                tally,
            )


def _fresh(root: Path) -> dict[str, bytes]:
    rig.copy_sample(root)
    return {file.relative_to(root).as_posix(): file.read_bytes() for file in root.rglob("*.md")}


def _finished(root: Path) -> dict[str, bytes]:
    """Scan a fresh copy where nothing stands in the way; gives the notes."""
    notes = _fresh(root)
    _scan(root)
    return {path: (root / path).read_bytes() for path in notes}


def _scan(root: Path) -> frozenset[str]:
    """Scan; gives the codes of what was said about it."""
    with open_vault(root) as vault:
        vault.grace_seconds = 0
        return frozenset(told.code for told in vault.scan(as_of=STORY_DAY).diagnostics)


def _scan_full(root: Path, disk: Path, free_kib: int, finished: dict[str, bytes], tally: rig.Tally) -> None:
    ballast = disk / "ballast"

    def fill() -> None:
        found = os.statvfs(disk)
        ballast.write_bytes(bytes(max(0, found.f_bavail * found.f_frsize - free_kib * 1024)))

    _scan_hindered(root, finished, fill, ballast.unlink, tally)


def _scan_hindered(
    root: Path,
    finished: dict[str, bytes],
    hinder: Callable[[], object],
    free: Callable[[], object],
    tally: rig.Tally,
) -> None:
    """Scan a fresh vault while something is in the way, and again when it is not any more."""
    before = _fresh(root)
    what = f"run {tally.runs}"
    tally.runs += 1
    hinder()
    try:
        tally.remarks["said so"] += bool(_scan(root) & {"write-failed", "feed-not-written", "read-only"})
    except VaultrelError:
        tally.remarks["ended with a message"] += 1
    except OSError as error:
        tally.harm("crashed", f"{what}: {error!r}")
    finally:
        free()
    for path, data in before.items():
        tally.judge(root / path, (data, finished[path]), what)
    _scan(root)
    for path, data in finished.items():
        tally.judge(root / path, (data,), f"the run after {what}")
    tally.judge_tidiness(root, f"the run after {what}")


if __name__ == "__main__":
    rig.start("disks", torture)
