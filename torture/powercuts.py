"""The power goes while notes are being replaced: what is on the disk afterwards is what was made to stay there.

On ext4 and xfs, each in a file mounted by a loop device. `xfs_io -c shutdown` stops the file system at once, with what
it had not written yet (and, every other time, after it flushed its log: then names are new, and contents that nobody
synchronised are not there). Mounting it again replays the log, as after a power cut.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Literal

from torture import rig
from vaultrel.storage.filesystem import FileSystemStore

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
    root = disk / "vault"
    root.mkdir(exist_ok=True)
    texts = {f"Person {number}.md": rig.note_of(f"Person {number} at {cut}") for number in range(NOTES)}
    for name, text in texts.items():
        (root / name).write_bytes(text)
    os.sync()
    seen, told = os.pipe()
    os.write(told, b"\n")  # so that there is something to read at once
    writer = rig.forked(lambda: _replace_for_ever(root, texts, told, careless=options.careless))
    os.close(told)
    time.sleep(dice.uniform(0, LONGEST_SECONDS))
    # What is told while the power goes may not count: xfs was seen to call a folder synchronised that was already lost.
    certain = os.read(seen, 1 << 20).count(b"\n") - 1
    rig.run("xfs_io", "-x", "-c", "shutdown -f" if cut % 2 else "shutdown", disk)
    os.waitpid(writer, 0)  # it ends by itself at the first call that fails
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


def _version(text: bytes, number: int) -> bytes:
    """What a note holds after so many replacements."""
    return rig.edited(text, number) if number else text


def _replace_for_ever(root: Path, texts: dict[str, bytes], told: int, *, careless: bool) -> None:
    """Replace note after note, and say so after each; ends with an error when the disk is gone."""
    store = FileSystemStore(root)
    number = 0
    while True:
        number += 1
        for name, text in texts.items():
            if careless:
                rig.replace_carelessly(root / name, _version(text, number))
            else:
                store.replace(name, _version(text, number - 1), _version(text, number))
            os.write(told, b"\n")
        store.settle()


if __name__ == "__main__":
    rig.start("powercuts", torture)
