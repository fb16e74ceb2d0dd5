"""File systems that fail or lie, made with FUSE: a vault on each is scanned, and on some raced for.

Whatever a file system claims, every note is old or new afterwards; and once it tells the truth again, the next run
finishes and leaves nothing over.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from typing import TYPE_CHECKING

from torture import rig
from torture.editors import STYLES
from torture.races import race
from vaultrel.app import open_vault
from vaultrel.core.shift import STORY_DAY
from vaultrel.errors import VaultrelError
from vaultrel.storage.base import ReadRefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ROUNDS = 4
"""Of each lie; those that are told now and then meet other calls in each."""
RACED = ("no exchange", "unstable inodes", "coarse times")
"""Those that an editor does not notice itself."""
RACE_SECONDS = 20
"""For each way of saving."""
HIDING = frozenset({"closing fails", "early ends"})
"""Those that keep notes from being read: then fewer days of contact are known, and other values rightly written."""
PEOPLE = {
    "People/Zoë Ångström.md": "---\ntags: [person]\n---\n",
    "Daily/2026-05-28.md": "- met:: [[zoë ångström]]\n",
    "Daily/2026-06-03.md": "- called [[Zoe\u0308 A\u030angstro\u0308m]]\n",
}
"""Names with two normal forms, written in other ways elsewhere."""


def torture(options: rig.Options, tally: rig.Tally, folder: Path) -> None:
    """Scan through each lie, and race through some."""
    rig.need_root()
    lies = _known_lies()
    os.environ.update(rig.environment_at(folder / "home"))
    truth = folder / "truth" / "vault"
    with mounted_liar(folder, []) as point:
        finished = _finished(truth, point / "vault")
    for lie in lies[::2] if options.short else lies:
        for number in range(1 if options.short else ROUNDS):
            _scan_through(lie, number, truth, folder, finished, tally)
    for lie in RACED[:1] if options.short else RACED:
        for style in list(STYLES)[-1:] if options.short else STYLES:
            if style == "renaming" and lie == "no exchange":
                continue  # what that may lose is told in README.md
            with mounted_liar(folder, [lie]) as point:
                root = point / f"{lie}, {style}"
                root.mkdir()
                race(root, style, 0 if options.short else RACE_SECONDS, options, tally)


def _known_lies() -> tuple[str, ...]:
    try:
        from torture.liar import LIES  # noqa: PLC0415 - needs what may not be installed
    except (ImportError, OSError, AttributeError) as error:
        message = f"{error}; scripts/install_torture_tools.sh and `pip install --group torture` bring what it needs"
        raise rig.SkippedError(message) from error
    return tuple(LIES)


@contextlib.contextmanager
def mounted_liar(folder: Path, lies: list[str]) -> Iterator[Path]:
    """What is in ``truth`` of a folder, seen through lies; skip where that cannot be mounted."""
    truth, point = folder / "truth", folder / "seen"
    truth.mkdir(exist_ok=True)
    point.mkdir(exist_ok=True)
    if not os.path.exists("/dev/fuse"):  # noqa: PTH110 - a Path says no less
        raise rig.SkippedError("there is no /dev/fuse")
    liar = rig.spawn(("torture.liar", truth, point, *lies))
    while not point.is_mount():
        if liar.poll() is not None:
            message = f"FUSE cannot be mounted: {liar.communicate()[1].strip().rpartition(chr(10))[2]}"
            raise rig.SkippedError(message)
        time.sleep(0.01)
    try:
        yield point
    finally:
        rig.run("umount", "-l", point)
        _, said = liar.communicate()
        sys.stderr.write(said)


def _fresh(truth: Path) -> dict[str, bytes]:
    rig.copy_sample(truth)
    for path, text in PEOPLE.items():
        (truth / path).write_text(text, encoding="utf-8")
    return _notes(truth)


def _notes(truth: Path) -> dict[str, bytes]:
    return {file.relative_to(truth).as_posix(): file.read_bytes() for file in truth.rglob("*.md")}


def _scan(root: Path) -> None:
    with open_vault(root) as vault:
        vault.grace_seconds = 0
        vault.scan(as_of=STORY_DAY, full=True)


def _finished(truth: Path, root: Path) -> dict[str, bytes]:
    _fresh(truth)
    _scan(root)
    return _notes(truth)


def _scan_through(
    lie: str, number: int, truth: Path, folder: Path, finished: dict[str, bytes], tally: rig.Tally
) -> None:
    before = _fresh(truth)
    what = f"a scan through {lie!r}, round {number}"
    tally.runs += 1
    with mounted_liar(folder, [lie]) as point:
        root = point / "vault"
        for note in sorted(before)[:number]:
            with contextlib.suppress(OSError):
                (root / note).read_bytes()  # so that a lie told now and then meets other calls of the scan
        try:
            _scan(root)
        except (VaultrelError, ReadRefusedError):
            tally.remarks["ended with a message"] += 1
        except OSError as error:
            tally.harm("crashed", f"{what}: {error!r}")
    _judge(truth, {path: {data, finished[path]} for path, data in before.items()}, lie, tally, what)
    written = sum((truth / path).read_bytes() != data for path, data in before.items())
    tally.remarks["notes written through lies"] += written
    rig.say(f"  {lie}: {written} notes written")
    with mounted_liar(folder, []) as point:
        _scan(point / "vault")
    _judge(truth, {path: {data} for path, data in finished.items()}, lie, tally, f"the run after {what}")
    tally.judge_tidiness(truth, f"the run after {what}")


def _judge(truth: Path, allowed: dict[str, set[bytes]], lie: str, tally: rig.Tally, what: str) -> None:
    for path, holds in allowed.items():
        note = truth / path
        bare = rig.stripped(note.read_bytes()) if lie in HIDING and note.exists() else None
        if bare is not None and bare in map(rig.stripped, holds):
            continue
        tally.judge(note, holds, what)


if __name__ == "__main__":
    rig.start("lies", torture)
