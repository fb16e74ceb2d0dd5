"""The parts of `--json` answers that more than one command gives. Their shape is stable; see the command reference."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from vaultrel.core.feasibility import Feasibility
    from vaultrel.model import Diagnostic, FollowUp, Interaction, PersonState, Promise


def person_document(state: PersonState) -> dict[str, object]:
    """A person and how the tie stands."""
    person, tie = state.person, state.tie
    return {
        "path": person.path,
        "name": person.name,
        "names": list(person.names),
        "strength": tie.strength,
        "peak": tie.peak,
        "peak_day": tie.peak_day,
        "band": tie.band,
        "relationship": tie.relationship,
        "contact_days": tie.contact_days,
        "first_contact": tie.first_contact,
        "last_contact": tie.last_contact,
        "rhythm_days": tie.rhythm_days,
        "due": tie.due,
        "balance": tie.balance,
    }


class FollowUpDocument(TypedDict):
    """See `vaultrel.model.FollowUp`; days are text."""

    person: str
    name: str
    due: str
    planned: str | None
    kind: str
    last_time: str
    reason: str
    action: str
    touch: str
    minutes: int
    evidence: list[dict[str, object]]


def followup_document(followup: FollowUp) -> FollowUpDocument:
    """A follow-up; `planned` is null while it waits for room in the plan."""
    return {
        "person": followup.person,
        "name": followup.name,
        "due": followup.due.isoformat(),
        "planned": followup.planned.isoformat() if followup.planned else None,
        "kind": followup.kind,
        "last_time": followup.last_time,
        "reason": followup.reason,
        "action": followup.action,
        "touch": followup.touch,
        "minutes": followup.minutes,
        "evidence": [{"path": line.path, "line": line.line} for line in followup.evidence],
    }


def feasibility_document(feasibility: Feasibility) -> dict[str, object]:
    """What the week keeps up; `relax` is null where all fits or asking less helps nobody."""
    relax = feasibility.relax
    return {
        "capacity": feasibility.capacity,
        "wanted": feasibility.wanted,
        "total": feasibility.total,
        "kept": feasibility.kept,
        "relax": relax
        and {"circle": relax.circle, "days": relax.days, "longer": relax.longer, "room_for": relax.room_for},
    }


def interaction_document(interaction: Interaction) -> dict[str, object]:
    """One contact and the line that tells of it."""
    return {
        "date": interaction.day,
        "kind": interaction.kind,
        "direction": interaction.direction,
        "present": interaction.present,
        "path": interaction.path,
        "line": interaction.line,
        "quote": interaction.quote,
    }


def promise_document(promise: Promise) -> dict[str, object]:
    """One open promise and its line."""
    return {
        "text": promise.text,
        "by": promise.by,
        "due": promise.due,
        "path": promise.path,
        "line": promise.line,
    }


class DiagnosticDocument(TypedDict):
    """One thing in a note that needs the user's eye; line 0 means the whole note."""

    path: str
    line: int
    column: int
    code: str
    severity: str
    message: str


def diagnostic_document(diagnostic: Diagnostic) -> DiagnosticDocument:
    """The same of a diagnostic."""
    return {
        "path": diagnostic.path,
        "line": diagnostic.line,
        "column": diagnostic.column,
        "code": diagnostic.code,
        "severity": diagnostic.severity,
        "message": diagnostic.message,
    }
