"""Publishes ever-changing feeds until it is killed, as a process: `python -m torture.feed_writer VAULT SEED`.

For each line it reads it starts a copy of itself that writes days into the vault and scans, again and again, and prints
the copy's process id: a copy starts at once, a program would take a second. The copy before it has been killed by then.
"""

from __future__ import annotations

import contextlib
import os
import random
import sys
from pathlib import Path

from torture import rig
from vaultrel import clock
from vaultrel.app import Vault, open_vault
from vaultrel.errors import AnotherWriterError


def main() -> None:
    """Start writers until there are no more lines to read."""
    root, seed = Path(sys.argv[1]), int(sys.argv[2])
    _write_day(root, random.Random(seed))  # noqa: S311 - days to write, no secret
    with open_vault(root) as vault:  # everything that is loaded late is loaded by then
        vault.grace_seconds = 0
        vault.scan()
        for number, _ in enumerate(sys.stdin):
            child = rig.forked(lambda: _write_for_ever(vault, root, seed + number))  # noqa: B023 - used at once
            sys.stdout.write(f"{child}\n")
            sys.stdout.flush()
            os.waitpid(child, 0)


def _write_for_ever(vault: Vault, root: Path, seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311 - days to write, no secret
    while True:
        _write_day(root, dice)
        with contextlib.suppress(AnotherWriterError):
            vault.scan()


def _write_day(root: Path, dice: random.Random) -> None:
    """Write down contact with some people on one of the last days, so that their follow-ups move."""
    people = [file.stem for file in sorted((root / "People").glob("*.md"))]
    day = clock.today().replace(day=1 + dice.randrange(20))
    note = root / f"{day.isoformat()}.md"
    saving = root / "saving"
    met = "".join(f"- met:: [[{name}]], number {dice.random()}\n" for name in dice.sample(people, 3))
    saving.write_text(met, encoding="utf-8")
    saving.replace(note)


if __name__ == "__main__":
    main()
