"""`Network.canvas` against the rules of JSON Canvas 1.0, and its layout."""

from __future__ import annotations

import datetime as dt
import json
from itertools import combinations
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from vaultrel.model import BANDS, Attendee, Interaction, Meeting, NotePath
from vaultrel.outputs.network_canvas import COLUMNS, MOST_AT_MEETING, MOST_LINES, NetworkCanvas

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.outputs.conftest import MakeSnapshot, MakeState

    from vaultrel.model import Band, PersonState, Snapshot
    from vaultrel.outputs.base import RenderContext

TEXT = {"type": "string"}
COLOR = {"anyOf": [{"enum": ["1", "2", "3", "4", "5", "6"]}, {"type": "string", "pattern": "^#[0-9a-fA-F]{6}$"}]}
SIDE = {"enum": ["top", "right", "bottom", "left"]}
END = {"enum": ["none", "arrow"]}
PLACED = {
    "id": TEXT,
    "x": {"type": "integer"},
    "y": {"type": "integer"},
    "width": {"type": "integer"},
    "height": {"type": "integer"},
    "color": COLOR,
}
KINDS: dict[str, tuple[dict[str, object], dict[str, object]]] = {
    "text": ({"text": TEXT}, {}),
    "file": ({"file": TEXT}, {"subpath": {"type": "string", "pattern": "^#"}}),
    "link": ({"url": TEXT}, {}),
    "group": ({}, {"label": TEXT, "background": TEXT, "backgroundStyle": {"enum": ["cover", "ratio", "repeat"]}}),
}
"""The kinds of node: what each must say besides its place, and what it may."""
CANVAS = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "nodes": {
            "type": "array",
            "items": {
                "oneOf": [
                    {
                        "type": "object",
                        "required": ["id", "type", "x", "y", "width", "height", *must],
                        "additionalProperties": False,
                        "properties": {**PLACED, **must, **may, "type": {"const": kind}},
                    }
                    for kind, (must, may) in KINDS.items()
                ],
            },
        },
        "edges": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["id", "fromNode", "toNode"],
                "additionalProperties": False,
                "properties": {
                    **dict.fromkeys(("id", "fromNode", "toNode", "label"), TEXT),
                    **dict.fromkeys(("fromSide", "toSide"), SIDE),
                    **dict.fromkeys(("fromEnd", "toEnd"), END),
                    "color": COLOR,
                },
            },
        },
    },
}
"""The specification, clause by clause: every attribute there is, and no other."""

DAY = dt.date(2026, 5, 12)


def known(state: PersonState) -> PersonState:
    from msgspec.structs import replace

    path = state.person.path
    return replace(state, interactions=(Interaction(path, path, 1, DAY, "contact", "unknown"),))


def meeting(*people: str, held: bool = True) -> Meeting:
    attendees = tuple(Attendee(name, NotePath(f"People/{name}.md"), 1, 1) for name in people)
    return Meeting(NotePath("Meetings/x.md"), DAY, None, attendees, held)


def draw(snapshot: Snapshot, context: RenderContext) -> dict[str, list[dict[str, Any]]]:
    canvas = json.loads(NetworkCanvas().render(snapshot, context))
    jsonschema.validate(canvas, CANVAS)
    assert isinstance(canvas, dict)
    return canvas


def overlap(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return all(
        one[at] < other[at] + other[size] and other[at] < one[at] + one[size]
        for at, size in (("x", "width"), ("y", "height"))
    )


def lies_in(card: dict[str, Any], frame: dict[str, Any]) -> bool:
    return all(
        frame[at] <= card[at] and card[at] + card[size] <= frame[at] + frame[size]
        for at, size in (("x", "width"), ("y", "height"))
    )


@hypothesis_settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(bands=st.lists(st.sampled_from(BANDS), max_size=3 * COLUMNS))
def test_no_card_or_frame_covers_another_and_each_card_lies_in_its_frame(
    bands: list[Band], snapshot: MakeSnapshot, state: MakeState, context: RenderContext
) -> None:
    people = tuple(known(state(f"Person {number}", band)) for number, band in enumerate(bands))
    nodes = draw(snapshot(people=people), context)["nodes"]
    cards = [node for node in nodes if node["type"] == "file"]
    frames = [node for node in nodes if node["type"] == "group"]
    assert len(cards) == len(bands)
    assert not any(overlap(*pair) for pair in (*combinations(cards, 2), *combinations(frames, 2)))
    assert all(sum(lies_in(card, frame) for frame in frames) == 1 for card in cards)


def test_people_without_contact_are_left_out(snapshot: MakeSnapshot, state: MakeState, context: RenderContext) -> None:
    assert draw(snapshot(people=(state("Ada Lind"),)), context) == {"nodes": [], "edges": []}


@pytest.fixture
def three(state: MakeState) -> tuple[PersonState, ...]:
    return tuple(known(state(name)) for name in ("Ada", "Bo", "Cy"))


def test_who_met_twice_is_joined_and_once_is_chance(
    snapshot: MakeSnapshot, context: RenderContext, three: tuple[PersonState, ...]
) -> None:
    canvas = draw(snapshot(people=three, meetings=(meeting("Ada", "Bo"), meeting("Ada", "Bo", "Cy"))), context)
    (line,) = canvas["edges"]
    files = {node["id"]: node.get("file") for node in canvas["nodes"]}
    assert {files[line["fromNode"]], files[line["toNode"]]} == {"People/Ada.md", "People/Bo.md"}
    assert line["label"] == "2 meetings"


def test_meetings_that_were_not_held_or_very_large_join_nobody(
    snapshot: MakeSnapshot, state: MakeState, context: RenderContext, three: tuple[PersonState, ...]
) -> None:
    crowd = [f"Person {number}" for number in range(MOST_AT_MEETING + 1)]
    people = (*three, *(known(state(name)) for name in crowd))
    meetings = (meeting("Ada", "Bo", held=False), meeting("Ada", "Bo", held=False), meeting(*crowd), meeting(*crowd))
    assert draw(snapshot(people=people, meetings=meetings), context)["edges"] == []


def test_lines_lead_only_to_cards_that_are_there_and_ids_are_unique(
    snapshot: MakeSnapshot, state: MakeState, context: RenderContext
) -> None:
    names = [f"Person {number}" for number in range(MOST_AT_MEETING)]
    people = tuple(known(state(name)) for name in names)
    canvas = draw(snapshot(people=people[1:], meetings=(meeting(*names),) * 2), context)
    ids = [item["id"] for item in (*canvas["nodes"], *canvas["edges"])]
    assert len(set(ids)) == len(ids)
    assert {line[end] for line in canvas["edges"] for end in ("fromNode", "toNode")} <= set(ids)
    assert len(canvas["edges"]) <= MOST_LINES * len(names)


def test_hostile_paths_are_one_string_each(snapshot: MakeSnapshot, state: MakeState, context: RenderContext) -> None:
    canvas = draw(snapshot(people=(known(state('"},{ <b>\u2028\udce4')),)), context)
    assert [node["type"] for node in canvas["nodes"]] == ["group", "file"]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda canvas: canvas["nodes"][0].update(x=0.5),
        lambda canvas: canvas["nodes"][0].update(color="7"),
        lambda canvas: canvas["nodes"][0].update(title="Close"),
        lambda canvas: canvas["nodes"][-1].pop("file"),
        lambda canvas: canvas["nodes"][-1].update(type="note"),
        lambda canvas: canvas["edges"][0].pop("toNode"),
        lambda canvas: canvas["edges"][0].update(toEnd="circle"),
        lambda canvas: canvas.update(version="1.0"),
    ],
)
def test_a_canvas_that_breaks_the_specification_is_noticed(
    snapshot: MakeSnapshot,
    context: RenderContext,
    three: tuple[PersonState, ...],
    spoil: Callable[[dict[str, Any]], object],
) -> None:
    canvas = draw(snapshot(people=three, meetings=(meeting("Ada", "Bo"),) * 2), context)
    spoil(canvas)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(canvas, CANVAS)
