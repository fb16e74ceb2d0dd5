"""The power goes while notes are being replaced: what is on the disk afterwards is what was made to stay there.

On ext4 and xfs, each in a file mounted by a loop device. `xfs_io -c shutdown` stops the file system at once, with what
it had not written yet (and, every other time, after it flushed its log: then names are new, and contents that nobody
synchronised are not there). Mounting it again replays the log, as after a power cut.

The journal lies on the same disk: it must be there for every note that holds something new.
"""

from __future__ import annotations

import functools
import itertools
import os
import signal
import time
from typing import TYPE_CHECKING, Literal

from torture import rig
from vaultrel.storage.filesystem import FileSystemStore
from vaultrel.storage.journal import Journal

if TYPE_CHECKING:
    import random
    from pathlib import Path

CUTS = 60
"""On each file system."""
NOTES = 6
LONGEST_SECONDS = 0.6
SIZES: dict[Literal["ext4", "xfs"], int] = {"ext4": 64, "xfs": 320}
"""MiB; the smallest that each can be made in."""


def torture(options: rig.Options, tally: rig.Tally, folder: Path) -> None:
    """Cut the power again and again."""
    rig.need_root()
    rig.tool("xfs_io")
    for kind, mib in SIZES.items():
        with rig.loop_mounted(folder, kind, mib) as disk:
            dice = options.dice()
            for cut in range(3 if options.short else CUTS):
                _cut_once(disk, folder / f"{kind}.image", cut, dice, options, tally)
                tally.runs += 1


def _cut_once(disk: Path, image: Path, cut: int, dice: random.Random, options: rig.Options, tally: rig.Tally) -> None:
    root, journal = disk / "vault", Journal(disk / f"journal {cut}")
    root.mkdir(exist_ok=True)
    texts = {f"Person {number}.md": rig.note_of(f"Person {number} at {cut}") for number in range(NOTES)}
    for name, text in texts.items():
        (root / name).write_bytes(text)
    os.sync()
    seen, told = os.pipe()
    os.write(told, b"\n")  # so that there is something to read at once
    write = _write_carelessly if options.careless else functools.partial(_replace_for_ever, journal)
    writer = rig.forked(lambda: write(root, texts, told))
    os.close(told)
    if options.careless:
        certain = _told_of_all(seen)
    else:
        time.sleep(dice.uniform(0, LONGEST_SECONDS))
        # What is told while the power goes may not count: xfs was seen to call a folder synchronised that was already
        # lost.
        certain = os.read(seen, 1 << 20).count(b"\n") - 1
    rig.run("xfs_io", "-x", "-c", "shutdown -f" if cut % 2 or options.careless else "shutdown", disk)
    if options.careless:
        os.kill(writer, signal.SIGKILL)
    os.waitpid(writer, 0)  # one that takes care ends by itself, at the first call that fails
    with os.fdopen(seen, "rb") as pipe:
        begun = certain + pipe.read().count(b"\n") + 1
    rig.run("umount", disk)
    rig.mount(image, disk, "loop")
    tally.remarks["replacements acknowledged"] += certain
    what = f"cut {cut} on {disk.name}"
    for number, (name, text) in enumerate(texts.items()):
        oldest, newest = ((count - number + NOTES - 1) // NOTES for count in (certain, begun))
        versions = [_version(text, version) for version in range(newest + 1)]
        tally.judge(root / name, versions, what)
        if (root / name).read_bytes() in versions[:oldest]:
            tally.harm("lost", f"{name} is older than what was acknowledged before {what}")
    rig.sweep(root)
    tally.judge_tidiness(root, f"the run after {what}")
    if not options.careless:
        _judge_journal(journal, root, texts, tally, what)


def _judge_journal(journal: Journal, root: Path, texts: dict[str, bytes], tally: rig.Tally, what: str) -> None:
    """Whatever a note holds now, its bytes from before the first edit are kept, and undo gives them back."""
    for name, text in texts.items():
        if (root / name).read_bytes() != text and journal.original(name) != text:
            tally.harm("lost", f"the copy of {name} from before its first edit, by {what}")
    if journal.runs():
        tally.remarks["undone after the cut"] += len(journal.undo(None, FileSystemStore(root)).restored)
        rig.sweep(root)
    for name, text in texts.items():
        tally.judge(root / name, (text,), f"undo after {what}")


def _told_of_all(seen: int) -> int:
    """Wait until every note was written; gives how often that was told."""
    told = 0
    while told < NOTES + 1:
        told += os.read(seen, NOTES + 1).count(b"\n")
    return told - 1


def _version(text: bytes, number: int) -> bytes:
    """What a note holds after so many replacements."""
    return rig.edited(text, number) if number else text


def _replace_for_ever(journal: Journal, root: Path, texts: dict[str, bytes], told: int) -> None:
    """Record and replace note after note, and say so after each; ends with an error when the disk is gone."""
    store = FileSystemStore(root)
    with journal.begin("run") as run:
        for number in itertools.count(1):
            for name, text in texts.items():
                before, after = _version(text, number - 1), _version(text, number)
                run.record(name, before, after)
                store.replace(name, before, after)
                os.write(told, b"\n")
            store.settle()


def _write_carelessly(root: Path, texts: dict[str, bytes], told: int) -> None:
    """Write every note as most programs do, and stay between the last write and the close until killed.

    By then each file was emptied, and nothing has asked the disk for the new bytes. File systems hurry to write them
    when such a file is closed: whether they are in time would be left to chance.
    """
    notes = []
    for name, text in texts.items():
        notes.append((root / name).open("wb", buffering=0))
        notes[-1].write(_version(text, 1))
        os.write(told, b"\n")
    signal.pause()


if __name__ == "__main__":
    rig.start("powercuts", torture)
