"""A small vault's snapshot, to be changed by each test as it needs."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any, Protocol

import pytest

from vaultrel.model import (
    Band,
    Evidence,
    FollowUp,
    NotePath,
    Person,
    PersonState,
    Snapshot,
    TieStrength,
)
from vaultrel.outputs.base import RenderContext
from vaultrel.settings import DEFAULT_SETTINGS

AS_OF = dt.date(2026, 6, 30)


class MakeFollowUp(Protocol):
    def __call__(self, name: str = ..., *, in_days: int | None = ..., **changes: Any) -> FollowUp: ...


class MakeState(Protocol):
    def __call__(self, name: str, band: Band = ...) -> PersonState: ...


class MakeSnapshot(Protocol):
    def __call__(self, *followups: FollowUp, **changes: Any) -> Snapshot: ...


@pytest.fixture
def as_of() -> dt.date:
    return AS_OF


@pytest.fixture
def context() -> RenderContext:
    return RenderContext(
        vault_name="Sample vault",
        settings=DEFAULT_SETTINGS,
        now=dt.datetime(2026, 6, 30, 12, 0, 5, tzinfo=dt.UTC),
        namespace=uuid.UUID("5b0c0b4e-2f43-4b4e-9a43-0d6f0f3c7f10"),
    )


@pytest.fixture
def followup() -> MakeFollowUp:
    """Makes a follow-up for a person, planned so many days from the snapshot's day; None: it waits."""

    def make(name: str = "Ada Lind", *, in_days: int | None = 2, **changes: Any) -> FollowUp:
        facts: dict[str, Any] = {
            "person": NotePath(f"People/{name}.md"),
            "name": name,
            "due": AS_OF,
            "planned": None if in_days is None else AS_OF + dt.timedelta(days=in_days),
            "kind": "rhythm",
            "cycle": "contact:2026-05-12",
            "last_time": "Last time: 12 May 2026, meeting: “walked along the canal”.",
            "reason": "You are usually in touch about every 35 days.",
            "action": "Propose coffee or lunch.",
            "evidence": (Evidence(NotePath("Daily/2026-05-12.md"), 7),),
            "touch": "coffee",
            "minutes": 60,
        }
        return FollowUp(**{**facts, **changes})

    return make


@pytest.fixture
def state() -> MakeState:
    """Makes a person with a tie in that band."""

    def make(name: str, band: Band = "warm") -> PersonState:
        tie = TieStrength(
            strength=54,
            score=54.2,
            terms=(),
            probability=0.8,
            trend=0.0,
            rhythm_days=35,
            due_gap_days=49.0,
            due=AS_OF,
            band=band,
            balance=None,
            contact_days=9,
            first_contact=dt.date(2025, 1, 4),
            last_contact=dt.date(2026, 5, 12),
            relationship=True,
            gate=(),
        )
        person = Person(NotePath(f"People/{name}.md"), name, (name, name.split(maxsplit=1)[0]))
        return PersonState(person, tie, days=(), interactions=())

    return make


@pytest.fixture
def snapshot() -> MakeSnapshot:
    """Makes a snapshot of the given follow-ups; its interactions are those of its people."""

    def make(*followups: FollowUp, **changes: Any) -> Snapshot:
        told = (interaction for state in changes.get("people", ()) for interaction in state.interactions)
        facts: dict[str, Any] = {"as_of": AS_OF, "note_count": 12, "followups": followups}
        facts["interactions"] = tuple(sorted(told, key=lambda i: (i.day, i.person, i.path, i.line)))
        return Snapshot(**{**facts, **changes})

    return make
