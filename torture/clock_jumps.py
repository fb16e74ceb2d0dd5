"""The clock jumps: between two scans, and under a daemon while notes are saved.

vaultrel gets its time from the rig (see `wrong_clock.py`). The times of files stay those of the system, so that to
vaultrel they lie a day ahead, or a year back.
"""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING

from torture import rig
from vaultrel import clock
from vaultrel.app import CONFIG_FILE, open_vault
from vaultrel.core.shift import STORY_DAY
from vaultrel.storage.journal import UnknownRunError

if TYPE_CHECKING:
    import random
    from pathlib import Path

JUMPS = (0, -1, 365, 0, -1, 0, 365, 366, -365, 0)
"""Days that each scan lies away from the first."""
WATCH_SECONDS = 60
SHORT_SECONDS = 6
LONGEST_SECONDS = 1.0
"""Between two jumps under a daemon."""
PATIENCE = b"\n[watch]\nquiet_seconds = 0\ndebounce_seconds = 0.05\nrescan_seconds = 0.3\n"


class Clock:
    """The clock of the processes started with its `words`."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "days"
        self._story = (STORY_DAY - clock.today()).days
        self.words = ("torture.wrong_clock", self._file)
        self.jump(0)

    def jump(self, days: int) -> None:
        """Move to so many days after the day of the sample vault's story."""
        made = self._file.with_suffix(".new")
        made.write_text(f"{self._story + days}\n", encoding="ascii")
        made.replace(self._file)


def torture(options: rig.Options, tally: rig.Tally, folder: Path) -> None:
    """Let the clock jump, in both ways."""
    os.environ.update(rig.environment_at(folder / "home"))
    hand = Clock(folder)
    _jump_between_scans(hand, JUMPS[:3] if options.short else JUMPS, folder / "scanned", tally)
    seconds = SHORT_SECONDS if options.short else WATCH_SECONDS
    _jump_under_a_daemon(hand, seconds, options.dice(), folder / "watched", tally)


def _jump_between_scans(hand: Clock, jumps: tuple[int, ...], root: Path, tally: rig.Tally) -> None:
    rig.copy_sample(root)
    originals = _notes(root)
    for days in jumps:
        what = f"a scan {days} days after the first"
        hand.jump(days)
        before = _stamps(root)
        _scan(hand, root, what, tally)
        after = _stamps(root)
        tally.remarks["files written"] += len(after.items() - before.items())
        _scan(hand, root, what, tally)
        for path, _ in after.items() ^ _stamps(root).items():
            tally.harm("torn", f"{path} was written by the second of two scans, {what}")
        _judge(root, originals, tally, what)
        tally.judge_tidiness(root, what)
        tally.runs += 1
    tally.remarks["given back by undo"] += _undo_all(root)
    for path, data in originals.items():
        tally.judge(root / path, (data,), "undo of all")


def _jump_under_a_daemon(hand: Clock, seconds: float, dice: random.Random, root: Path, tally: rig.Tally) -> None:
    rig.copy_sample(root)
    with (root / CONFIG_FILE).open("ab") as config:
        config.write(PATIENCE)
    saved = _notes(root)
    people = [path for path in sorted(saved) if path.startswith("People/") and rig.stripped(saved[path]) is not None]
    hand.jump(0)
    daemon = rig.spawn((*hand.words, "watch", "--vault", root))
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        hand.jump(dice.choice(JUMPS))
        tally.runs += 1
        path = dice.choice(people)
        saved[path] += f"- 2026-06-0{dice.randint(1, 9)}: tea, number {tally.runs}\n".encode()
        saving = root.parent / "saving"
        saving.write_bytes(saved[path])
        saving.replace(root / path)
        time.sleep(dice.uniform(0, LONGEST_SECONDS))
    hand.jump(0)
    running = daemon.poll() is None
    daemon.send_signal(signal.SIGTERM)
    _, said = daemon.communicate()
    if not running or "Traceback" in said:
        tally.harm("crashed", f"watch, while the clock jumped: {said[-600:]}")
    _scan(hand, root, "the scan after the daemon", tally)
    _judge(root, saved, tally, "jumps under a daemon")
    tally.judge_tidiness(root, "jumps under a daemon")
    tally.remarks["given back by undo"] += _undo_all(root)
    _judge(root, saved, tally, "undo after jumps under a daemon")


def _notes(root: Path) -> dict[str, bytes]:
    return {file.relative_to(root).as_posix(): file.read_bytes() for file in root.rglob("*.md")}


def _stamps(root: Path) -> dict[str, tuple[int, int]]:
    files = (file for file in root.rglob("*") if file.is_file())
    return {file.relative_to(root).as_posix(): (file.stat().st_ino, file.stat().st_mtime_ns) for file in files}


def _scan(hand: Clock, root: Path, what: str, tally: rig.Tally) -> None:
    process = rig.spawn((*hand.words, "scan", "--vault", root))
    _, said = process.communicate()
    if process.returncode or "Traceback" in said:
        tally.harm("crashed", f"{what}: {said[-600:]}")


def _judge(root: Path, originals: dict[str, bytes], tally: rig.Tally, what: str) -> None:
    """Every note must be what its owner saved, apart from our own lines."""
    for path, data in originals.items():
        note = root / path
        bare = rig.stripped(note.read_bytes()) if note.exists() else None
        tally.judge(note, {data} if bare is None or bare != rig.stripped(data) else {note.read_bytes()}, what)


def _undo_all(root: Path) -> int:
    """Undo run after run until there is nothing more to give back; how many notes were."""
    restored = 0
    with open_vault(root) as vault:
        vault.grace_seconds = 0
        while True:
            try:
                done = vault.undo()
            except UnknownRunError:
                return restored
            if done is None or not done[0].restored:
                return restored
            restored += len(done[0].restored)


if __name__ == "__main__":
    rig.start("clock_jumps", torture)
