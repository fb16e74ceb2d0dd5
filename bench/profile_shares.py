"""Where vaultrel's own time goes: ``python bench/profile_shares.py [--notes N] [--results FOLDER]``.

A first scan, a rescan of which nothing changed, and saved notes, each sampled every millisecond of processor time by a
signal, which slows small functions no more than large ones. A sample counts for the module of vaultrel that was at
work, and for the function in it, with whatever that called elsewhere. Notes are parsed in this process, whatever their
number: of other processes nothing would be seen.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import tempfile
import time
from collections import Counter
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from generate_vault import generate
from measuring import Place

from vaultrel import clock
from vaultrel.app import open_vault, parsing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

    from vaultrel.app import Vault

EVERY_SECONDS = 0.001
RESCANS, SAVES = 5, 20
SHOWN = 14
PACKAGE = f"{os.sep}vaultrel{os.sep}"


class Shares:
    """Samples by module, and by function."""

    def __init__(self) -> None:
        self.modules: Counter[str] = Counter()
        self.functions: Counter[str] = Counter()
        self.cpu = 0.0
        self.runs = 0

    @contextmanager
    def sampling(self) -> Iterator[None]:
        """Sample what runs meanwhile."""
        signal.signal(signal.SIGPROF, self._take)
        began = time.process_time()
        signal.setitimer(signal.ITIMER_PROF, EVERY_SECONDS, EVERY_SECONDS)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
            self.cpu += time.process_time() - began
            self.runs += 1

    def _take(self, _signal: int, frame: FrameType | None) -> None:
        while frame is not None:
            _, found, module = frame.f_code.co_filename.rpartition(PACKAGE)
            if found:
                name = module.removesuffix(".py").removesuffix("/__init__")
                self.modules[name] += 1
                self.functions[f"{name} {frame.f_code.co_name}"] += 1
                return
            frame = frame.f_back
        self.modules["outside"] += 1
        self.functions["outside"] += 1


def sample(place: Place) -> dict[str, Shares]:
    """The shares of each kind of run."""
    os.environ.update(place.environment)
    parsing.FEWEST_FOR_WORKERS = sys.maxsize  # type: ignore[misc]  # a constant to everybody else
    first, rescan, saved = Shares(), Shares(), Shares()
    place.forget()
    with first.sampling(), _open(place) as vault:
        vault.scan(dry_run=True)
    with _open(place) as vault:
        vault.scan()
    time.sleep(2.5)  # a note younger than two seconds when it is read is read again
    with _open(place) as vault:
        vault.scan()
    for _ in range(RESCANS):
        with rescan.sampling(), _open(place) as vault:
            vault.scan()
    with _open(place) as vault:
        people = [one.person for one in vault.scan().snapshot.followups]
        for number, person in enumerate(people[:SAVES]):
            note = place.root / f"Daily/{clock.today()} saved {number}.md"
            note.write_text(f"called:: [[{person[:-3]}]]\n", "utf-8")
            with saved.sampling():
                vault.scan()
            vault.scan()
    return {"first scan": first, "rescan, nothing changed": rescan, "saved note": saved}


def _open(place: Place) -> Vault:
    vault = open_vault(place.root)
    vault.grace_seconds = 0.0
    return vault


def tables(shares: dict[str, Shares], count: int) -> str:
    """Two Markdown tables: the modules and the functions that take the most, and what each kind of run takes in all."""
    each = (f"{one.cpu / max(1, one.runs) * 1000:,.0f} ms" for one in shares.values())
    whole = f"| processor time of one | {' | '.join(each)} |"
    modules = _table([one.modules for one in shares.values()], f"| {count:,} notes | {' | '.join(shares)} |")
    functions = _table([one.functions for one in shares.values()], f"| by function | {' | '.join(shares)} |")
    return "\n".join([*modules, whole, "", *functions])


def _table(samples: list[Counter[str]], head: str) -> list[str]:
    names = sorted({name for one in samples for name in one})
    names.sort(key=lambda name: -max(_share(one, name) for one in samples))
    lines = [head, "|---|" + "---:|" * len(samples)]
    for shown, some in [*((f"`{name}`", [name]) for name in names[:SHOWN]), ("the rest", names[SHOWN:])]:
        lines.append(f"| {shown} | {' | '.join(f'{_share(one, *some):.0%}' for one in samples)} |")
    return lines


def _share(samples: Counter[str], *names: str) -> float:
    return sum(samples[name] for name in names) / max(1, samples.total())


def main() -> int:
    """Sample and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--notes", type=int, default=10_000)
    parser.add_argument("--results", type=Path, help="keep the table in this folder")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = Place(Path(folder).resolve() / "Notes", Path(folder).resolve() / "own")
        generate(given.notes, place.root)
        made = tables(sample(place), given.notes)
    print(made)
    if given.results:
        given.results.mkdir(parents=True, exist_ok=True)
        (given.results / "shares.json").write_text(json.dumps({"notes": given.notes, "table": made}), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
