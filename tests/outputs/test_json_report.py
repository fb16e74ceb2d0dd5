"""The JSON report keeps its promise to other programs."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from msgspec.structs import replace

from vaultrel.model import (
    Attendee,
    Interaction,
    Meeting,
    Mention,
    NotePath,
    ResolvedMention,
    Snapshot,
)
from vaultrel.outputs import get_output
from vaultrel.outputs.json_report import export_schema

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.outputs.conftest import MakeFollowUp, MakeSnapshot, MakeState

    from vaultrel.outputs.base import RenderContext

SCHEMA = json.loads(export_schema())

MEETING = Meeting(
    path=NotePath("Meetings/Plan.md"),
    day=dt.date(2026, 5, 12),
    time=dt.time(9, 5),
    attendees=(Attendee("Ada Lind", NotePath("People/Ada Lind.md"), 4, 3), Attendee("Somebody", None, 5, 3)),
    held=False,
)
MENTION = ResolvedMention(
    path=NotePath("Daily/2026-05-12.md"),
    mention=Mention("wikilink", "Ada Lind", "[[Ada Lind|Ada]]", 7, 12),
    resolution="resolved",
    person=NotePath("People/Ada Lind.md"),
    contact=True,
    day=dt.date(2026, 5, 12),
)
INTERACTION = Interaction(
    person=NotePath("People/Ada Lind.md"),
    path=NotePath("Daily/2026-05-12.md"),
    line=7,
    day=dt.date(2026, 5, 12),
    kind="call",
    direction="by_me",
    present=2,
)


@pytest.fixture
def full_snapshot(snapshot: MakeSnapshot, followup: MakeFollowUp, state: MakeState) -> Snapshot:
    return snapshot(
        followup(),
        waiting=(followup("Bo Dahl", in_days=None),),
        people=(state("Ada Lind"),),
        meetings=(MEETING,),
        mentions=(MENTION,),
        interactions=(INTERACTION,),
    )


@pytest.fixture
def report(full_snapshot: Snapshot, context: RenderContext) -> Any:
    return json.loads(get_output("json").render(full_snapshot, context))


def objects(schema: Any) -> Iterator[dict[str, Any]]:
    """Every part of the schema that describes an object, itself included."""
    if isinstance(schema, dict):
        if schema.get("type") == "object":
            yield schema
        for part in schema.values():
            yield from objects(part)


def test_the_schema_is_a_valid_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_a_full_report_satisfies_the_schema(report: Any) -> None:
    validator = jsonschema.Draft202012Validator(SCHEMA, format_checker=jsonschema.FormatChecker())
    assert [error.message for error in validator.iter_errors(report)] == []


def test_an_empty_vault_satisfies_the_schema(snapshot: MakeSnapshot, context: RenderContext) -> None:
    report = json.loads(get_output("json").render(snapshot(), context))
    jsonschema.Draft202012Validator(SCHEMA).validate(report)


def test_the_schema_allows_no_property_it_does_not_describe() -> None:
    found = list(objects(SCHEMA))
    assert len(found) == 8
    for part in found:
        assert part["additionalProperties"] is False
        assert part["required"] == list(part["properties"])
        assert all(described.get("description") for described in part["properties"].values())


@pytest.mark.parametrize(
    ("place", "wrong"),
    [
        (("people", 0, "strength"), 101),
        (("people", 0, "band"), "cold"),
        (("meetings", 0, "time"), "9:05"),
        (("mentions", 0, "resolution"), "guessed"),
        (("mentions", 0, "line"), 0),
        (("followups", 0, "due"), "2026-13-01"),
        (("interactions", 0, "direction"), "sideways"),
    ],
)
def test_the_schema_refuses_wrong_values(report: Any, place: tuple[Any, ...], wrong: object) -> None:
    part = report
    for step in place[:-1]:
        part = part[step]
    part[place[-1]] = wrong
    validator = jsonschema.Draft202012Validator(SCHEMA, format_checker=jsonschema.FormatChecker())
    assert not validator.is_valid(report)


def test_the_report_says_exactly_this(report: Any) -> None:
    path = "People/Ada Lind.md"
    followup = {
        "person": path,
        "due": "2026-06-30",
        "planned": "2026-07-02",
        "kind": "rhythm",
        "reason": "You are usually in touch about every 35 days.",
        "action": "Propose coffee or lunch.",
        "touch": "coffee",
        "minutes": 60,
        "evidence": [{"path": "Daily/2026-05-12.md", "line": 7}],
    }
    expected = {
        "schema": "vaultrel.export/1",
        "as_of": "2026-06-30",
        "people": [
            {
                "path": path,
                "name": "Ada Lind",
                "names": ["Ada Lind", "Ada"],
                "band": "warm",
                "strength": 54,
                "rhythm_days": 35,
                "last_contact": "2026-05-12",
                "contact_days": 9,
                "next_followup": "2026-06-30",
                "relationship": True,
            }
        ],
        "meetings": [
            {
                "path": "Meetings/Plan.md",
                "date": "2026-05-12",
                "time": "09:05",
                "attendees": [{"name": "Ada Lind", "path": path}, {"name": "Somebody", "path": None}],
            }
        ],
        "mentions": [
            {
                "path": "Daily/2026-05-12.md",
                "line": 7,
                "column": 12,
                "surface": "[[Ada Lind|Ada]]",
                "syntax": "wikilink",
                "person": path,
                "resolution": "resolved",
                "contact": True,
                "date": "2026-05-12",
            }
        ],
        "interactions": [
            {
                "person": path,
                "path": "Daily/2026-05-12.md",
                "line": 7,
                "date": "2026-05-12",
                "kind": "call",
                "direction": "by_me",
                "present": 2,
            }
        ],
        "followups": [followup, {**followup, "person": "People/Bo Dahl.md", "planned": None}],
    }
    assert json.dumps(report) == json.dumps(expected)


def test_the_report_is_utf8_indented_and_ends_in_one_line_feed(
    snapshot: MakeSnapshot, state: MakeState, context: RenderContext
) -> None:
    data = get_output("json").render(snapshot(people=(state("Zoë 日本"),)), context)
    text = data.decode("utf-8")
    assert '      "name": "Zoë 日本",\n' in text
    assert text.endswith("}\n")
    assert not text.endswith("\n\n")


def test_broken_text_in_a_note_still_gives_a_readable_report(
    snapshot: MakeSnapshot, state: MakeState, context: RenderContext
) -> None:
    data = get_output("json").render(snapshot(people=(state("A\ud800 \u2028 \x00"),)), context)
    assert json.loads(data.decode("utf-8"))["people"][0]["name"] == "A\ud800 \u2028 \x00"


def test_the_report_does_not_depend_on_the_clock(full_snapshot: Snapshot, context: RenderContext) -> None:
    later = replace(context, now=context.now + dt.timedelta(days=1), previous=b"x")
    assert get_output("json").render(full_snapshot, context) == get_output("json").render(full_snapshot, later)
