"""The system does not report all changes: a daemon must notice, be right soon, and `doctor` must say what it was.

Each fault is a real one: a queue of the kernel that overflows while the daemon is stopped, the vault's folder swapped
for a copy, a limit of watches in a user namespace of its own. Afterwards everything must be as a vault that remembers
nothing finds it, within the time to look again and five seconds. A thread of the daemon that ends cannot be had from
outside: see `tests/watch/test_supervision.py`.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from torture import rig
from vaultrel.app import CONFIG_FILE, open_vault
from vaultrel.locations import Locations

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Sequence

    from vaultrel.app.watching import Watching

RESCAN_SECONDS = 10
"""Looked at again this often where the system reports nothing; as often as the daemon looks for trouble."""
GRACE_SECONDS = 5.0
FOLDERS, SHORT_FOLDERS = 40, 8
NOTES = 20
"""In each folder."""
QUEUE = Path("/proc/sys/fs/inotify/max_queued_events")
LIMITED = 'echo "$1" > "/proc/sys/user/$0" && shift && exec "$@"'
"""Sets a limit of its own user namespace, then runs a command."""
STARTING_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Deafness:
    """One way not to hear.

    Attributes:
        deafen: changes notes so that the daemon is not told of all.
        told: what `doctor` must say in the end.
        limit: of the user namespace that the daemon runs in, and to what it is set, if to anything.
        options: of the daemon.
        rescan_seconds: how soon it looks again by itself; a day where it must notice.
    """

    deafen: Callable[[Path, subprocess.Popen[str]], None]
    told: str
    limit: tuple[str, str] | None = None
    options: tuple[str, ...] = ()
    rescan_seconds: int = 86_400


def overflow(root: Path, daemon: subprocess.Popen[str]) -> None:
    """Change notes until the kernel's queue is full, and then some more."""
    daemon.send_signal(signal.SIGSTOP)
    try:
        notes = sorted((root / "Meetings").rglob("*.md"))
        # Twice what the queue holds: the daemon may have taken some of it before it stood still.
        for number in range(2 * int(QUEUE.read_text("ascii"))):
            # Every other note: the kernel takes events that follow each other for one.
            notes[number % len(notes)].touch()
        change(root, daemon)
    finally:
        daemon.send_signal(signal.SIGCONT)


def swap_root(root: Path, _daemon: subprocess.Popen[str]) -> None:
    """Put a copy, with a change, in the place of the vault."""
    copy = root.with_name("copy")
    shutil.copytree(root, copy)
    change(copy, _daemon)
    root.rename(root.with_name("away"))
    copy.rename(root)


def change(root: Path, _daemon: subprocess.Popen[str]) -> None:
    """Change a note in the last folder."""
    folder = max((root / "Meetings").iterdir())
    (folder / "new.md").write_text(_meeting(1))


DEAFNESSES = (
    Deafness(overflow, "lost reports"),
    Deafness(swap_root, "another one than before"),
    Deafness(change, "the system watches ", ("max_inotify_watches", "6"), rescan_seconds=RESCAN_SECONDS),
    Deafness(change, "does not watch the vault", ("max_inotify_instances", "0"), rescan_seconds=RESCAN_SECONDS),
    Deafness(change, "polling", options=("--poll", str(RESCAN_SECONDS))),
)


def torture(options: rig.Options, tally: rig.Tally, folder: Path) -> None:
    """Deafen a daemon in every way."""
    if not QUEUE.exists():
        raise rig.SkippedError("inotify is Linux's")
    rig.tool("unshare")
    for number, way in enumerate(DEAFNESSES):
        place = folder / str(number)
        os.environ.update(rig.environment_at(place / "home"))
        root = place / "vault"
        _make_vault(root, way, SHORT_FOLDERS if options.short else FOLDERS)
        name = f"{way.deafen.__name__} {way.told!r}"
        daemon = rig.spawn(_command(way, root), program=_before(way))
        try:
            _until(lambda root=root: _is_current(root), STARTING_SECONDS)
            took = _deafen(way, root, daemon)
            if took is None:
                tally.harm("lost", f"changes after {name}")
            else:
                tally.remarks[f"ms until right after {name}"] = round(took * 1000)
            _judge_doctor(way, root, tally, name)
        finally:
            daemon.send_signal(signal.SIGTERM)
            _, said = daemon.communicate()
        if "Traceback" in said:
            tally.harm("crashed", f"{name}: {said[-600:]}")
        tally.runs += 1


def _deafen(way: Deafness, root: Path, daemon: subprocess.Popen[str]) -> float | None:
    """Seconds until everything was right; None if it never was in time."""
    way.deafen(root, daemon)
    began = time.monotonic()
    return time.monotonic() - began if _until(lambda: _is_current(root), RESCAN_SECONDS + GRACE_SECONDS) else None


def _until(wanted: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not wanted():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def _is_current(root: Path) -> bool:
    """Whether a vault that remembers nothing finds nothing to write."""
    nowhere = root.parent / "nowhere"
    with open_vault(root, locations=Locations(nowhere / "state", nowhere / "cache")) as fresh:
        report = fresh.scan(dry_run=True)
    shutil.rmtree(nowhere, ignore_errors=True)
    return not report.applied and not report.published


def _judge_doctor(way: Deafness, root: Path, tally: rig.Tally, name: str) -> None:
    # All may be right by chance, before the daemon has looked for trouble.
    _until(lambda: way.told in _say(open_vault(root).watching()), RESCAN_SECONDS + GRACE_SECONDS)
    asked = rig.spawn(("vaultrel", "doctor", "--json", "--vault", root))
    answer, said = asked.communicate()
    watching = json.loads(answer)["watching"] if answer else None
    if watching is None or way.told not in f"{watching['mode']}: {watching['trouble']}":
        tally.harm("lost", f"what doctor should say of {name}: it says {watching or said[-300:]}")


def _say(watching: Watching | None) -> str:
    return f"{watching.mode}: {watching.trouble}" if watching is not None else ""


def _command(way: Deafness, root: Path) -> Sequence[str | Path]:
    return ("vaultrel", "-q", "watch", *way.options, "--vault", root)


def _before(way: Deafness) -> tuple[str, ...]:
    """What runs the daemon: a shell that first sets a limit, where there is one to set."""
    if way.limit is None:
        return ()
    return ("unshare", "--user", "--map-root-user", "sh", "-c", LIMITED, *way.limit)


def _make_vault(root: Path, way: Deafness, folders: int) -> None:
    (root / ".vaultrel").mkdir(parents=True)
    patience = f"[watch]\nquiet_seconds = 0\ndebounce_seconds = 0.1\nrescan_seconds = {way.rescan_seconds}\n"
    (root / CONFIG_FILE).write_text(patience)
    (root / "People").mkdir()
    (root / "People/Ada Stone.md").write_text("---\ntags: [person]\n---\n")
    for folder in range(folders):
        (root / f"Meetings/{folder:03}").mkdir(parents=True)
        for number in range(NOTES):
            (root / f"Meetings/{folder:03}/{number}.md").write_text(_meeting(folder * NOTES + number + 2))


def _meeting(number: int) -> str:
    day = f"20{10 + number % 16}-{1 + number % 12:02}-{1 + number % 28:02}"
    return f'---\ntags: [meeting]\ndate: {day}\nattendees: ["[[Ada Stone]]"]\n---\n'


if __name__ == "__main__":
    rig.start("deaf", torture)
