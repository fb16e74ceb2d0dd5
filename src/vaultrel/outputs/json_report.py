"""Everything vaultrel derived from the vault, as one JSON document for other programs.

The form is a promise: `vaultrel.outputs.export_schema` describes it, and what would break a reader gets a
new name in its ``schema`` key. Lines and columns are 1-based and count code points.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from vaultrel.outputs.export_schema import EXPORT_SCHEMA, SCHEMA_NAME

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from vaultrel.model import FollowUp, Interaction, Meeting, NotePath, PersonState, ResolvedMention, Snapshot
    from vaultrel.outputs.base import RenderContext


class JsonReport:
    """People, meetings, mentions, interactions and follow-ups, each in the snapshot's order."""

    name = "json"
    suffix = ".json"
    media_type = "application/json"

    def render(self, snapshot: Snapshot, context: RenderContext) -> bytes:  # noqa: ARG002 - the Output protocol has it
        """The document: UTF-8, two-space indent, one line feed at the end."""
        return _encode_json(describe_snapshot(snapshot))


def export_schema() -> bytes:
    """The JSON Schema (draft 2020-12) that every report satisfies, as a document."""
    return _encode_json(EXPORT_SCHEMA)


def describe_snapshot(snapshot: Snapshot) -> dict[str, object]:
    """The report as plain values, keys in the order in which they are written."""
    names = {state.person.path: state.person.name for state in snapshot.people}
    return {
        "schema": SCHEMA_NAME,
        "as_of": snapshot.as_of.isoformat(),
        "people": [_describe_person(state) for state in snapshot.people],
        "meetings": [_describe_meeting(meeting, names) for meeting in snapshot.meetings],
        "mentions": [_describe_mention(mention) for mention in snapshot.mentions],
        "interactions": [_describe_interaction(interaction) for interaction in snapshot.interactions],
        "followups": [_describe_followup(followup) for followup in (*snapshot.followups, *snapshot.waiting)],
    }


def _describe_person(state: PersonState) -> dict[str, object]:
    return {
        "path": state.person.path,
        "name": state.person.name,
        "names": list(state.person.names),
        "band": state.tie.band,
        "strength": state.tie.strength,
        "rhythm_days": state.tie.rhythm_days,
        "last_contact": _iso_day(state.tie.last_contact),
        "contact_days": state.tie.contact_days,
        "next_followup": _iso_day(state.tie.due),
        "relationship": state.tie.relationship,
    }


def _describe_meeting(meeting: Meeting, names: Mapping[NotePath, str]) -> dict[str, object]:
    """The meeting; an attendee with a note goes by that person's name, any other by the name as written."""
    return {
        "path": meeting.path,
        "date": meeting.day.isoformat(),
        "time": meeting.time.strftime("%H:%M") if meeting.time is not None else None,
        "attendees": [
            {"name": names.get(attendee.path, attendee.name) if attendee.path else attendee.name, "path": attendee.path}
            for attendee in meeting.attendees
        ],
    }


def _describe_mention(resolved: ResolvedMention) -> dict[str, object]:
    return {
        "path": resolved.path,
        "line": resolved.mention.line,
        "column": resolved.mention.column,
        "surface": resolved.mention.surface,
        "syntax": resolved.mention.syntax,
        "person": resolved.person,
        "resolution": resolved.resolution,
        "contact": resolved.contact,
        "date": _iso_day(resolved.day),
    }


def _describe_interaction(interaction: Interaction) -> dict[str, object]:
    return {
        "person": interaction.person,
        "path": interaction.path,
        "line": interaction.line,
        "date": interaction.day.isoformat(),
        "kind": interaction.kind,
        "direction": interaction.direction,
        "present": interaction.present,
    }


def _describe_followup(followup: FollowUp) -> dict[str, object]:
    return {
        "person": followup.person,
        "due": followup.due.isoformat(),
        "planned": _iso_day(followup.planned),
        "kind": followup.kind,
        "reason": followup.reason,
        "action": followup.action,
        "touch": followup.touch,
        "minutes": followup.minutes,
        "evidence": [{"path": evidence.path, "line": evidence.line} for evidence in followup.evidence],
    }


def _iso_day(day: dt.date | None) -> str | None:
    return day.isoformat() if day is not None else None


def _encode_json(document: object) -> bytes:
    # A lone surrogate, which only broken text holds, has no UTF-8 form; JSON's own escape for it stays readable.
    text = json.dumps(document, ensure_ascii=False, indent=2)
    return (text + "\n").encode("utf-8", errors="backslashreplace")
