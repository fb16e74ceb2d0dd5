"""Law 6's measure: a vault in which nothing happens for a year is hardly written to."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from pathlib import Path

import pytest

from vaultrel.app import Vault, open_vault
from vaultrel.core.shift import STORY_DAY
from vaultrel.storage.memory import MemoryStore

SAMPLE = Path(__file__).parents[2] / "sample_vault"
MOST_WRITES_A_YEAR = 8


@pytest.fixture
def vault() -> Vault:
    files = {file.relative_to(SAMPLE).as_posix(): file.read_bytes() for file in SAMPLE.rglob("*") if file.is_file()}
    return open_vault(MemoryStore(files))


def test_a_year_without_contact_writes_each_person_note_at_most_8_times_and_no_day_twice(vault: Vault) -> None:
    vault.scan(as_of=STORY_DAY)
    writes: Counter[str] = Counter()
    for days in range(1, 366):
        day = STORY_DAY + dt.timedelta(days=days)
        written = vault.scan(as_of=day).applied
        writes.update(edit.patch.path for edit in written)
        if written:
            again = vault.scan(as_of=day)
            assert (again.applied, again.published) == ((), ()), day
    assert {path: count for path, count in writes.items() if count > MOST_WRITES_A_YEAR} == {}
    assert writes, "strength falls in a year, so something must have been written"


def test_in_thirty_days_without_contact_every_write_is_a_new_band_or_a_move_of_five_points(vault: Vault) -> None:
    vault.scan(as_of=STORY_DAY)
    moves: list[tuple[bool, int]] = []
    for days in range(1, 31):
        for edit in vault.scan(as_of=STORY_DAY + dt.timedelta(days=days)).applied:
            before, after = dict(edit.patch.before), dict(edit.patch.fields)
            strength = after.get("rel_strength", before["rel_strength"])
            moves.append(("rel_band" in after, abs(int(str(strength)) - int(before["rel_strength"]))))
    assert moves, "strength falls in a month, so something must have been written"
    assert [move for move in moves if not move[0] and move[1] < 5] == []
