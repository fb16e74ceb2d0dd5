"""`vaultrel scan` and `vaultrel watch` on the sample vault, killed at moments left to chance."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from torture import rig
from vaultrel import clock
from vaultrel.app import CONFIG_FILE, open_vault
from vaultrel.core.shift import STORY_DAY
from vaultrel.errors import VaultrelError
from vaultrel.locations import locations_for
from vaultrel.storage.journal import Journal
from vaultrel.storage.naming import is_temp_name

if TYPE_CHECKING:
    import datetime as dt
    import random
    import subprocess
    from pathlib import Path

KILLS = 160
"""Of each command, not counting those that came when it had ended."""
LONGEST_SECONDS = 4.0
"""Half the kills come at any moment up to here; a scan that is at rest when it comes is one that was done."""
WRITING_SECONDS = 0.1
"""The other half come within this time after the first temporary file is seen."""
PATIENCE = b"\n[watch]\nquiet_seconds = 0\ndebounce_seconds = 0.05\nrescan_seconds = 0.2\n"


@dataclass(frozen=True, slots=True)
class Victim:
    """A command to kill.

    Attributes:
        words: the command.
        day: for which it computes.
        restores: give it something to do again while it runs.
    """

    words: tuple[str, ...]
    day: dt.date
    restores: bool


def torture(options: rig.Options, tally: rig.Tally, folder: Path) -> None:
    """Kill each command again and again."""
    os.environ.update(rig.environment_at(folder / "home"))
    dice, root = options.dice(), folder / "vault"
    for victim in (
        Victim(("scan", "--as-of", str(STORY_DAY)), STORY_DAY, restores=False),
        Victim(("watch",), clock.today(), restores=True),
    ):
        originals, finished = _fresh(root), _finished(root, victim.day)
        killed = number = 0
        while killed < (2 if options.short else KILLS):
            number += 1
            _fresh(root)
            what = f"kill {number} of vaultrel {victim.words[0]}"
            killed += _kill_once(victim, root, originals, dice, tally)
            tally.runs += 1
            for path, data in originals.items():
                tally.judge(root / path, (data, finished[path]), what)
            _judge_next_run(root, victim.day, finished, tally, what)


def _fresh(root: Path) -> dict[str, bytes]:
    """The vault before any scan; gives its notes."""
    rig.copy_sample(root)
    with (root / CONFIG_FILE).open("ab") as config:
        config.write(PATIENCE)
    return {file.relative_to(root).as_posix(): file.read_bytes() for file in root.rglob("*.md")}


def _finished(root: Path, day: dt.date) -> dict[str, bytes]:
    """Scan to the end, without the wait for other writers; gives the notes."""
    with open_vault(root) as vault:
        vault.grace_seconds = 0
        vault.scan(as_of=day)
    return {file.relative_to(root).as_posix(): file.read_bytes() for file in root.rglob("*.md")}


def _kill_once(victim: Victim, root: Path, originals: dict[str, bytes], dice: random.Random, tally: rig.Tally) -> bool:
    """Start the command and kill it; whether it was still running by then."""
    process = rig.spawn(("vaultrel", *victim.words, "--vault", root))
    if dice.random() < 0.5:
        time.sleep(dice.uniform(0, LONGEST_SECONDS))
    else:
        if victim.restores and dice.random() < 0.5:
            _give_work(process, root, originals, dice)
        _wait_for_writing(process, root)
        time.sleep(dice.uniform(0, WRITING_SECONDS))
    running = process.poll() is None
    tally.remarks["killed"] += running
    tally.remarks["killed while writing"] += running and _is_writing(root)
    rig.kill(process)
    _, said = process.communicate()
    if "Traceback" in said:
        tally.harm("crashed", said[-600:])
    return running


def _give_work(process: subprocess.Popen[str], root: Path, originals: dict[str, bytes], dice: random.Random) -> None:
    """Once the daemon is at rest, save a note as it was before vaultrel."""
    _wait_for_writing(process, root)
    while _is_writing(root) and process.poll() is None:
        time.sleep(0.05)
    changed = [path for path in sorted(originals) if (root / path).read_bytes() != originals[path]]
    for path in dice.sample(changed, min(3, len(changed))):
        saving = root.parent / "saving"
        saving.write_bytes(originals[path])
        saving.replace(root / path)  # in one step: a scan must not see it empty, or its people would rightly differ


def _wait_for_writing(process: subprocess.Popen[str], root: Path) -> None:
    while process.poll() is None and not _is_writing(root):
        time.sleep(0.002)


def _is_writing(root: Path) -> bool:
    return any(is_temp_name(name) for _, _, names in os.walk(root) for name in names)


def _judge_next_run(root: Path, day: dt.date, finished: dict[str, bytes], tally: rig.Tally, what: str) -> None:
    try:
        Journal(locations_for(root).journal).runs()
        notes = _finished(root, day)
    except VaultrelError as error:
        tally.harm("crashed", f"the run after {what}: {error}")
        return
    for path, data in finished.items():
        if notes.get(path, data) != data:
            tally.harm("torn", f"{path} after the run after {what}")
    tally.judge_tidiness(root, f"the run after {what}")


if __name__ == "__main__":
    rig.start("kills", torture)
