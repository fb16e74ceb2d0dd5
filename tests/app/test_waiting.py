"""How long a run waits for programs that may still be writing to what it replaced."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from vaultrel.app.editing import OPENING_SECONDS, Editor
from vaultrel.storage.base import GRACE_SECONDS
from vaultrel.storage.memory import MemoryStore

if TYPE_CHECKING:
    from pathlib import Path

    from vaultrel.model import Diagnostic


class HeldStore(MemoryStore):
    """What was displaced may be written for so many looks; `settled` says when it was cleared away."""

    def __init__(self, looks: int, now: list[float]) -> None:
        super().__init__({})
        self.looks = looks
        self.settled = 0.0
        self._now = now

    def may_be_written(self) -> bool:
        self.looks -= 1
        return self.looks >= 0

    def settle(self) -> tuple[Diagnostic, ...]:
        self.settled = self._now[0]
        return ()


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock that only sleeping moves."""
    time = [0.0]

    def sleep(seconds: float) -> None:
        time[0] += max(seconds, 0.0)

    monkeypatch.setattr("vaultrel.clock.sleep", sleep)
    monkeypatch.setattr("vaultrel.clock.monotonic", lambda: time[0])
    return time


@pytest.mark.parametrize(
    ("looks", "seconds"),
    [(0, OPENING_SECONDS), (3, 4 * OPENING_SECONDS), (10_000, GRACE_SECONDS)],
    ids=["nobody can: as long as opening takes", "until the last one closes it", "and no longer than the grace"],
)
def test_the_wait_lasts_while_somebody_may_be_writing(
    tmp_path: Path, now: list[float], looks: int, seconds: float
) -> None:
    store = HeldStore(looks, now)
    Editor(store, None, tmp_path).settle(edited_at=0.0)
    assert store.settled == pytest.approx(seconds, abs=OPENING_SECONDS)
    assert store.settled >= seconds - 1e-6


def test_what_has_passed_since_the_last_edit_counts(tmp_path: Path, now: list[float]) -> None:
    now[0] = 50.0
    store = HeldStore(0, now)
    Editor(store, None, tmp_path).settle(edited_at=50.0 - GRACE_SECONDS)
    assert store.settled == 50.0


def test_a_vault_in_memory_waits_for_nobody(now: list[float]) -> None:
    store = HeldStore(10_000, now)
    Editor(store, None, None).settle(edited_at=0.0)
    assert store.settled == 0.0
