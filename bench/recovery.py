"""How soon the daemon knows what it was not told, or was told too much of at once: ``recovery.py [--notes N]``.

Each disturbance is a real one, met by a daemon that is a child of this program: Git switches a branch, the system's
queue of changes overflows (the daemon is stopped meanwhile), the system watches no more folders (in a user namespace
with a limit of its own), the thread that hears of changes ends, the vault's folder is swapped for another. Afterwards a
vault that remembers nothing reads every note: what it finds must be what the daemon found, and must leave nothing to
write. `doctor` must name what happened.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from daemon import Daemon, watched
from generate_vault import generate
from measuring import BENCH, Figure, Place, print_figures

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

CHECKOUT, CHECKOUT_SECONDS = 5000, 3.0
OVERFLOW = 7000
"""New notes; each is more than two changes to the system's queue, which holds 16,384."""
RESCAN_SECONDS, SLACK_SECONDS = 60.0, 5.0
"""Where the system does not tell of changes the daemon looks every minute: that, and five seconds, is allowed."""
LATEST_SECONDS = 150.0
FOLDERS = ("Articles", "Daily", "Meetings", "People")
"""Those with notes of the generated vault."""
CONFIG = "[watch]\nquiet_seconds = 0\ndebounce_seconds = 0.05\nrescan_seconds = 86400\n"


def prepare_checkout(place: Place) -> int:
    """Make a branch on which many notes are other ones, and go back; how many those are."""
    notes = sorted((place.root / "Articles").rglob("*.md")) + sorted((place.root / "Daily").rglob("*.md"))
    notes += sorted((place.root / "Meetings").rglob("*.md"))
    changed = notes[: min(CHECKOUT, len(notes) * 2 // 3)]
    run(place.git("init", "-q"))
    (place.root / ".git/info/exclude").write_text(".vaultrel/\nvaultrel/\n")
    run(place.git("add", "-A"))
    run(place.git("commit", "-q", "-m", "one"))
    run(place.git("branch", "one"))
    run(place.git("checkout", "-q", "-b", "other"))
    for number, note in enumerate(changed):
        if number % 10 == 0:
            note.unlink()
        elif number % 10 == 1:
            note.rename(note.with_name(f"Renamed {note.name}"))
        else:
            note.write_bytes(note.read_bytes() + b"\nA line more.\n")
    run(place.git("add", "-A"))
    run(place.git("commit", "-q", "-m", "other"))
    run(place.git("checkout", "-q", "one"))
    return len(changed)


def run(command: list[str]) -> None:
    """Run a command that has to succeed."""
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - words of our own


def checkout(place: Place, _daemon: Daemon) -> float:
    """Switch the branch, as somebody does who works with Git."""
    run(place.git("checkout", "-q", "other"))
    return time.monotonic()


def overflow(place: Place, daemon: Daemon) -> float:
    """Make more changes than the system keeps for a daemon that is not listening."""
    folder = place.root / "Articles/00"
    daemon.process.send_signal(19)
    try:
        for number in range(OVERFLOW):
            (folder / f"New {number}.md").write_text("Words.\n")
    finally:
        daemon.process.send_signal(18)
    return time.monotonic()


def save_unwatched(place: Place, daemon: Daemon) -> float:
    """Save a note in a folder that the system does not watch."""
    daemon.ask("tell")
    folder = next(name for name in daemon.wait_for("told")["unwatched"] if name.startswith(FOLDERS))
    (place.root / folder / "Unseen.md").write_text("Words.\n")
    return time.monotonic()


def end_thread(place: Place, daemon: Daemon) -> float:
    """End the thread that hears of changes, then save a note."""
    daemon.ask("kill")
    daemon.wait_for("killed")
    (place.root / "Daily/Unheard.md").write_text("Words.\n")
    return time.monotonic()


def swap_root(place: Place, _daemon: Daemon) -> float:
    """Put another folder of that name in the place of the vault's, with a note more."""
    copy = place.root.with_name("copy")
    shutil.copytree(place.root, copy, symlinks=True)
    (copy / "Daily/Only here.md").write_text("Words.\n")
    place.root.rename(place.root.with_name("away"))
    copy.rename(place.root)
    return time.monotonic()


def with_few_watches(place: Place) -> list[str]:
    """The words of a command that lets what follows watch half of the folders, and no more; empty where none can."""
    folders = sum(1 for path in place.root.rglob("*") if path.is_dir() and ".git" not in path.parts)
    limit = f"echo {folders // 2} > /proc/sys/user/max_inotify_watches"
    words = ["unshare", "--user", "--map-root-user", "sh", "-c", f'{limit} && exec "$@"', "sh"]
    try:
        return words if subprocess.run([*words, "true"], check=False, capture_output=True).returncode == 0 else []  # noqa: S603
    except OSError:
        return []


def measure(place: Place, disturb: Callable[[Place, Daemon], float], before: Sequence[str]) -> tuple[float, str, str]:
    """Disturb a daemon, and wait until it knows.

    Returns:
        The seconds that it took, why it is not right (empty if it is), and what `doctor` says of the watching.
    """
    own = Place(place.root, place.own.with_name(f"own {disturb.__name__}"))
    own.forget()
    with watched(own, before) as daemon:
        happened = disturb(own, daemon)
        ended = None
        while ended is None:
            # At rest first: what it is compared with reads every note, which would slow it down.
            while daemon.rest() is None:
                if time.monotonic() - happened > LATEST_SECONDS:
                    return LATEST_SECONDS, "never equal to a fresh scan", ""
            ended = find_equal(place, daemon)
        said = subprocess.run(  # noqa: S603 - words of our own
            own.vaultrel("doctor", "--json"), env=own.environment, check=False, capture_output=True
        )
        watching = json.loads(said.stdout)["watching"] or {}
        trouble = watching.get("trouble", "")
        if watching.get("unwatched"):
            trouble = f"{watching['unwatched']} of {watching['folders']} folders are not watched"
        return max(0.0, ended - happened), "", trouble


def find_equal(place: Place, daemon: Daemon) -> float | None:
    """When the daemon's last scan ended; None unless a vault that remembers nothing finds the same, and no edit."""
    daemon.ask("tell")
    nowhere = Place(place.root, place.own.with_name("nowhere"))
    nowhere.forget()
    words = [sys.executable, str(BENCH / "watched.py"), "--fresh", str(place.root)]
    done = subprocess.run(words, env=nowhere.environment, check=True, capture_output=True)  # noqa: S603 - our own
    fresh, told = json.loads(done.stdout), daemon.wait_for("told")
    return told["ended"] if (told["digest"], 0) == (fresh["digest"], fresh["edits"]) else None


def recovery_figures(place: Place) -> list[Figure]:
    """Every disturbance, one after the other; the vault is another one afterwards."""
    config = place.root / ".vaultrel/config.toml"
    config.parent.mkdir(exist_ok=True)
    config.write_text(CONFIG)
    place.own.mkdir(exist_ok=True)
    # What the first scan writes belongs to both branches.
    run_quietly(place)
    changed = prepare_checkout(place)
    allowed = RESCAN_SECONDS + SLACK_SECONDS
    disturbances: list[tuple[str, Callable[[Place, Daemon], float], float, bool]] = [
        (f"git checkout of {changed:,} notes", checkout, CHECKOUT_SECONDS, False),
        ("overflow of the system's queue", overflow, allowed, True),
        ("limit of watches reached", save_unwatched, allowed, True),
        ("thread that hears of changes dead", end_thread, allowed, True),
        ("the vault's folder swapped", swap_root, allowed, True),
    ]
    figures = []
    for name, disturb, within, is_told in disturbances:
        goal = f"{within:g} s, nothing lost{', doctor says so' if is_told else ''}"
        before = with_few_watches(place) if disturb is save_unwatched else []
        if disturb is save_unwatched and not before:
            figures.append(Figure(name, "this computer allows no limit for one process", goal))
            continue
        try:
            seconds, wrong, trouble = measure(place, disturb, before)
        except (TimeoutError, subprocess.CalledProcessError, OSError, ValueError) as error:
            figures.append(Figure(name, f"failed: {error}"[:200], goal, met=False))
            continue
        text = wrong or f"equal after {seconds:.1f} s"
        if is_told:
            text += f"; doctor: “{trouble}”" if trouble else "; doctor says nothing"
        figures.append(Figure(name, text, goal, seconds <= within and not wrong and bool(trouble or not is_told)))
        print(f"  {name}: {text}", file=sys.stderr, flush=True)
    return figures


def run_quietly(place: Place) -> None:
    """Let vaultrel write its fields."""
    subprocess.run(place.vaultrel("-q", "scan"), env=place.environment, check=True, capture_output=True)  # noqa: S603


def main() -> int:
    """Make a vault, disturb, print; 1 when something was lost."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--notes", type=int, default=10_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = Place(Path(folder).resolve() / "Notes", Path(folder).resolve() / "own")
        generate(given.notes, place.root)
        figures = recovery_figures(place)
    print_figures(f"{given.notes:,} notes", figures)
    return int(any("never equal" in figure.text for figure in figures))


if __name__ == "__main__":
    sys.exit(main())
