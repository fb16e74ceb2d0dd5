"""`Network.canvas`: people as cards, by band, joined where they were at the same meetings (JSON Canvas 1.0).

Cards stand in a grid, the strongest ties first: none covers another, and the same vault looks the same each time.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from itertools import combinations
from typing import TYPE_CHECKING, Final

from vaultrel.model import BANDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from vaultrel.model import Band, NotePath, PersonState, Snapshot
    from vaultrel.outputs.base import RenderContext

COLUMNS: Final = 6
CARD_WIDTH, CARD_HEIGHT = 260, 80
GAP: Final = 60
MARGIN: Final = 40
"""Pixels; a band's frame keeps a margin around its cards."""

SHARED_MEETINGS: Final = 2
"""Meetings that two people must both have been at to be joined: once is chance."""
MOST_AT_MEETING: Final = 12
"""A meeting of more people joins nobody: it says little of any two of them."""
MOST_LINES: Final = 3
"""Lines from one card at most, to whom they met most often; more would hide the picture."""

_COLORS: Final[Mapping[Band, str]] = {"close": "4", "warm": "5", "fading": "3", "dormant": "1", "new": "6"}
"""Preset colours of the specification: green, cyan, yellow, red, purple."""


class NetworkCanvas:
    """Everybody with whom there was contact."""

    name = "canvas"
    suffix = ".canvas"
    media_type = "application/json"

    def render(self, snapshot: Snapshot, context: RenderContext) -> bytes:  # noqa: ARG002 - the Output protocol has it
        """The file: UTF-8 JSON, indented by tabs as Obsidian does, ended by a line feed."""
        people = [state for state in snapshot.people if state.interactions]
        canvas = {"nodes": list(_place_cards(people)), "edges": list(_join_cards(people, snapshot))}
        text = json.dumps(canvas, ensure_ascii=False, indent="\t")
        return f"{text}\n".encode("utf-8", "backslashreplace")


def _place_cards(people: Sequence[PersonState]) -> Iterator[dict[str, object]]:
    """A frame for each band that has somebody in it, below the one before, and a card for each person in it."""
    top = 0
    for band in BANDS:
        members = sorted(
            (state for state in people if state.tie.band == band),
            key=lambda state: (-state.tie.strength, state.person.path),
        )
        if not members:
            continue
        columns, rows = min(COLUMNS, len(members)), -(-len(members) // COLUMNS)
        height = rows * (CARD_HEIGHT + GAP) - GAP + 2 * MARGIN
        yield {
            "id": _identify("band", band),
            "type": "group",
            "x": 0,
            "y": top,
            "width": columns * (CARD_WIDTH + GAP) - GAP + 2 * MARGIN,
            "height": height,
            "color": _COLORS[band],
            "label": f"{band} ({len(members):,})",
        }
        for at, state in enumerate(members):
            yield {
                "id": _identify("person", state.person.path),
                "type": "file",
                "file": state.person.path,
                "x": MARGIN + at % COLUMNS * (CARD_WIDTH + GAP),
                "y": top + MARGIN + at // COLUMNS * (CARD_HEIGHT + GAP),
                "width": CARD_WIDTH,
                "height": CARD_HEIGHT,
                "color": _COLORS[band],
            }
        top += height + 2 * GAP


def _join_cards(people: Sequence[PersonState], snapshot: Snapshot) -> Iterator[dict[str, object]]:
    """A line between two people who met often enough, unless both have enough lines to others whom they met more."""
    shown = {state.person.path for state in people}
    together: Counter[tuple[NotePath, NotePath]] = Counter()
    for meeting in snapshot.meetings:
        there = {attendee.path for attendee in meeting.attendees if attendee.path is not None} & shown
        if meeting.held and len(there) <= MOST_AT_MEETING:
            together.update((one, other) for one, other in combinations(sorted(there), 2))
    lines: Counter[NotePath] = Counter()
    for (one, other), count in sorted(together.items(), key=lambda pair: (-pair[1], pair[0])):
        if count < SHARED_MEETINGS or min(lines[one], lines[other]) >= MOST_LINES:
            continue
        lines.update((one, other))
        yield {
            "id": _identify("line", f"{one}\0{other}"),
            "fromNode": _identify("person", one),
            "toNode": _identify("person", other),
            "toEnd": "none",
            "label": f"{count:,} meetings",
        }


def _identify(kind: str, what: str) -> str:
    """An id of 16 hexadecimal digits, the form Obsidian gives them."""
    return hashlib.sha256(f"{kind}\0{what}".encode(errors="surrogatepass")).hexdigest()[:16]
