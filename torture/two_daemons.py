"""Two daemons watch one vault while its owner writes; then one more vaultrel comes while the lock is held.

First both belong to one user of one computer, and share the lock; then to two computers that share a network folder,
and know nothing of each other.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from typing import TYPE_CHECKING

from torture import rig
from vaultrel.app import CONFIG_FILE
from vaultrel.locations import locations_for
from vaultrel.storage.lock import VaultLock

if TYPE_CHECKING:
    import random
    import subprocess
    from pathlib import Path

SECONDS = 40
SHORT_SECONDS = 6
PATIENCE = b"\n[watch]\nquiet_seconds = 0\ndebounce_seconds = 0.05\nrescan_seconds = 0.5\n"
ENDING_SECONDS = 40


def torture(options: rig.Options, tally: rig.Tally, folder: Path) -> None:
    """Let two daemons meet, with one lock and with two."""
    for homes in (("one", "one"), ("one", "two")):
        root = folder / f"vault of {' and '.join(sorted(set(homes)))}"
        rig.copy_sample(root)
        with (root / CONFIG_FILE).open("ab") as config:
            config.write(PATIENCE)
        daemons = [
            rig.spawn(("vaultrel", "watch", "--poll", "0.3", "--vault", root), home=folder / home) for home in homes
        ]
        said: list[str] = []
        listeners = [threading.Thread(target=_listen, args=(daemon, said)) for daemon in daemons]
        for listener in listeners:
            listener.start()
        saved = _write_days(root, SHORT_SECONDS if options.short else SECONDS, options.dice(), tally)
        for daemon in daemons:
            daemon.send_signal(signal.SIGTERM)
        for daemon, listener in zip(daemons, listeners, strict=True):
            daemon.wait(ENDING_SECONDS)
            listener.join()
        for line in said:
            if "Traceback" in line:
                tally.harm("crashed", f"{said[said.index(line) :]} with homes {homes}")
        tally.remarks["scans told of"] += len(said)
        for path, lines in saved.items():
            _judge(root / path, lines, tally)
        process = rig.spawn(("vaultrel", "scan", "--vault", root), home=folder / homes[0])
        process.communicate()
        tally.judge_tidiness(root, "the last scan")
    _come_second(folder, tally)


def _listen(daemon: subprocess.Popen[str], said: list[str]) -> None:
    assert daemon.stderr is not None
    said.extend(daemon.stderr)


def _write_days(root: Path, seconds: float, dice: random.Random, tally: rig.Tally) -> dict[str, list[bytes]]:
    """Save edits in person notes, each over what the note holds; gives the lines saved, by note."""
    people = [file for file in sorted((root / "People").glob("*.md")) if rig.stripped(file.read_bytes()) is not None]
    saved: dict[str, list[bytes]] = {}
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        note = dice.choice(people)
        line = f"- 2026-11-0{dice.randint(1, 9)}: tea, number {tally.runs}\n".encode()
        with note.open("ab") as file:
            file.write(line)
        saved.setdefault(note.relative_to(root).as_posix(), []).append(line)
        tally.runs += 1
        time.sleep(dice.uniform(0, 0.2))
    return saved


def _judge(note: Path, lines: list[bytes], tally: rig.Tally) -> None:
    rescued = [file.read_bytes() for file in note.parent.glob(f"{note.name}.vaultrel-rescued-*")]
    tally.remarks["rescued"] += len(rescued)
    if not note.exists():
        tally.harm("missing", note.name)
        return
    texts = [note.read_bytes(), *rescued]
    for line in lines:
        if not any(line in text for text in texts):
            tally.harm("lost", f"{line!r} in {note.name}")


def _come_second(folder: Path, tally: rig.Tally) -> None:
    """A scan that cannot get the lock must say whose it is, and write nothing."""
    root = folder / "vault of one"
    os.environ.update(rig.environment_at(folder / "one"))
    with VaultLock(locations_for(root).lock, root):
        process = rig.spawn(("vaultrel", "scan", "--vault", root))
        _, said = process.communicate()
    tally.runs += 1
    if not process.returncode or "Traceback" in said or str(os.getpid()) not in said:
        tally.harm("crashed", f"a second writer ended with {process.returncode} and said: {said[-400:]}")


if __name__ == "__main__":
    rig.start("two_daemons", torture)
