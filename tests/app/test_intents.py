"""A word of the user moves what it is about, whatever that is: on a whole vault."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from vaultrel.app import open_vault
from vaultrel.storage.memory import MemoryStore

if TYPE_CHECKING:
    from vaultrel.model import FollowUp

SAMPLE = Path(__file__).resolve().parents[2] / "sample_vault"
FILES = {path.relative_to(SAMPLE).as_posix(): path.read_bytes() for path in SAMPLE.rglob("*") if path.is_file()}
TODAY = dt.date(2026, 6, 30)
PLANNED = open_vault(MemoryStore(FILES)).followups(TODAY)


def test_the_sample_vault_has_follow_ups_of_many_kinds() -> None:
    assert {found.kind for found in PLANNED} >= {"promise", "fact", "rhythm", "renetwork"}


@pytest.mark.parametrize("planned", PLANNED, ids=lambda found: f"{found.kind}-{found.name}")
def test_a_follow_up_done_on_its_day_leaves_that_day(planned: FollowUp) -> None:
    assert planned.planned is not None
    vault = open_vault(MemoryStore(FILES))
    said = vault.complete(planned.person, as_of=planned.planned)
    after = vault.person(planned.person, planned.planned)
    assert after.tie.last_contact == planned.planned
    assert after.followup is None or (after.followup.planned or after.followup.due) > planned.planned
    assert said.moved[0].now == (after.followup and (after.followup.planned or after.followup.due))


@pytest.mark.parametrize("planned", PLANNED, ids=lambda found: f"{found.kind}-{found.name}")
def test_a_follow_up_snoozed_comes_back_no_sooner(planned: FollowUp) -> None:
    assert planned.planned is not None
    until = planned.planned + dt.timedelta(20)
    vault = open_vault(MemoryStore(FILES))
    vault.snooze(planned.person, until, as_of=TODAY)
    after = vault.person(planned.person, TODAY).followup
    assert after is None or (after.planned or after.due) >= until
