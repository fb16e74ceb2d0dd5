"""vaultrel writes into notes at the very moment at which another program saves them, in each of four ways.

Each round, one process saves a numbered edit in every note while vaultrel replaces them all and settles what it
displaced, as a scan does, without waiting for the other to be done. Then the next run sweeps, and every edit
acknowledged must be found: in its note, in a file kept beside it, or in a left-over that this run tells of.

And a file that vaultrel makes for the first time must not take the place of one that a sync program brings just then.
"""

from __future__ import annotations

import functools
import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from torture import rig
from torture.editors import LONGEST_LOOK_SECONDS, STYLES
from vaultrel.app.editing import Editor
from vaultrel.errors import NoteChangedError, StorageFailedError
from vaultrel.storage.base import GRACE_SECONDS, ReadRefusedError
from vaultrel.storage.filesystem import FileSystemStore
from vaultrel.storage.naming import made_temp_name, temp_stem
from vaultrel.storage.system import file_calls

if TYPE_CHECKING:
    import random
    import subprocess
    from pathlib import Path

SECONDS = 60
"""For each way of saving."""
NOTES = 24
ARRIVALS = 400
"""Files that a sync program brings."""


@dataclass(slots=True)
class Arena:
    """A folder in which an editor and vaultrel meet.

    Attributes:
        sees_writers: the system knows who has a file open for writing, however long.
    """

    root: Path
    editor: subprocess.Popen[str]
    style: str
    sees_writers: bool


def torture(options: rig.Options, tally: rig.Tally, folder: Path) -> None:
    """Race against each way of saving."""
    for style in STYLES:
        root = folder / style
        root.mkdir()
        race(root, style, 0 if options.short else SECONDS, options, tally)
    _meet_arrivals(folder, options, tally)


def race(root: Path, style: str, seconds: float, options: rig.Options, tally: rig.Tally) -> None:
    """Race against one way of saving for so long, and one round at least, in an empty folder."""
    for number in range(8 if options.short else NOTES):
        (root / f"Note {number:02}.md").write_bytes(rig.note_of(f"Person {number}"))
    sees_writers = _sees_writers(root)
    arena = Arena(root, rig.spawn(("torture.editors", style, root, str(options.seed))), style, sees_writers)
    assert arena.editor.stdout is not None
    arena.editor.stdout.readline()
    dice = options.dice()
    until = time.monotonic() + seconds
    strength = 0
    while not strength or time.monotonic() < until:
        strength += 1
        _race_once(arena, strength, dice, options, tally)
    arena.editor.communicate()
    tally.judge_tidiness(root, style)


def _meet_arrivals(root: Path, options: rig.Options, tally: rig.Tally) -> None:
    """Make files of our own for the first time while a sync program brings files of those names."""
    store, dice = FileSystemStore(root), options.dice()
    for number in range(20 if options.short else ARRIVALS):
        file = root / f"Names {number}.md"
        brought = f"number {number}, from another computer\n".encode()
        child = rig.forked(functools.partial(_bring, file, brought, dice.uniform(0, 0.002)))
        try:
            store.write_generated(file.name, b"made here\n")
        except StorageFailedError:
            tally.remarks["left to the file that came"] += 1
        os.waitpid(child, 0)
        tally.runs += 1
        if file.read_bytes() != brought:
            tally.harm("lost", f"what a sync program brought as {file.name}")


def _bring(file: Path, brought: bytes, pause: float) -> None:
    other = file.with_suffix(".bringing")
    other.write_bytes(brought)
    until = time.monotonic() + LONGEST_LOOK_SECONDS
    while time.monotonic() < until and not (file.exists() or (file.parent / made_temp_name(file.name)).exists()):
        pass
    time.sleep(pause)
    other.replace(file)


def _race_once(arena: Arena, strength: int, dice: random.Random, options: rig.Options, tally: rig.Tally) -> None:
    assert arena.editor.stdin is not None
    store = FileSystemStore(arena.root)
    arena.editor.stdin.write("save\n")
    arena.editor.stdin.flush()
    for note in sorted(arena.root.glob("*.md")):
        try:
            held = store.read(note.name)
            time.sleep(dice.uniform(0, 0.02))  # to decide and to record the edit takes as long
            if rig.stripped(held) is None:
                continue
            if options.careless:
                rig.replace_carelessly(note, rig.edited(held, strength))
            else:
                store.replace(note.name, held, rig.edited(held, strength))
            tally.remarks["replaced"] += 1
        except (NoteChangedError, ReadRefusedError):
            tally.remarks["left for later"] += 1
    for told in Editor(store, None, arena.root).settle(time.monotonic()):
        tally.remarks[told.code] += 1
    saved = _acknowledged(arena)
    told_of = _run_next(arena, tally)
    tally.runs += len(saved)
    for name, number, held_seconds in saved:
        _judge(arena, name, number, held_seconds, told_of, tally)
    for file in (*arena.root.glob("*.vaultrel-rescued-*"), *told_of):
        file.unlink()


def _run_next(arena: Arena, tally: rig.Tally) -> list[Path]:
    """Sweep and settle as the next run does, now that nobody is saving; gives the left-overs that it tells of."""
    store = FileSystemStore(arena.root)
    store.fingerprints(lambda _path: None)
    kept = [arena.root / path for path in store.sweep().kept]
    for told in Editor(store, None, arena.root).settle(time.monotonic()):
        tally.remarks[told.code] += 1
        if told.code in {"held-open", "left-over"}:
            tally.harm("left over", f"{told.path}: {told.message}")
    return kept


def _sees_writers(root: Path) -> bool:
    """Whether the system knows, in this folder, who has a file open for writing."""
    note = next(root.glob("*.md"))
    with note.open("rb") as file:
        return file_calls().is_open_for_writing(file.fileno()) is not None


def _acknowledged(arena: Arena) -> list[tuple[str, int, float]]:
    """What the editor saved in this round: the note, the number of the edit, the seconds it held the file open."""
    assert arena.editor.stdout is not None
    saved = []
    while line := arena.editor.stdout.readline().rstrip("\n"):
        name, number, seconds = line.split("\t")
        saved.append((name, int(number), float(seconds)))
    return saved


def _judge(arena: Arena, name: str, number: int, held_seconds: float, told_of: list[Path], tally: rig.Tally) -> None:
    """Look for this edit.

    Earlier edits were found in their own rounds. An editor that saves all it has in memory brings them along; one that
    appends does not, so that they must still be in the note.
    """
    edit = f"- edit {number} of {arena.style}\n".encode()
    note = arena.root / name
    copies = [note, *arena.root.glob(f"{name}.vaultrel-rescued-*")]
    texts = [copy.read_bytes() for copy in copies if copy.exists()]
    if not note.exists():
        tally.harm("missing", f"{name} in round {number} of {arena.style}")
    if any(edit in text for text in texts):
        return
    if any(edit in file.read_bytes() for file in told_of if temp_stem(file.name) == name):
        tally.remarks["in a left-over that was told of"] += 1
    elif held_seconds >= GRACE_SECONDS and not arena.sees_writers:
        tally.remarks["lost after holding the file longer than the grace"] += 1
    else:
        tally.harm("lost", f"edit {number} in {name} by {arena.style}, which held it for {held_seconds} s")


if __name__ == "__main__":
    rig.start("races", torture)
