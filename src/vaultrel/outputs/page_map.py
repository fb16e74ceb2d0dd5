"""Who is on the map of the network, in which group, and who turns up in the same notes."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import combinations
from typing import TYPE_CHECKING

from vaultrel.core.text import clean_text, fold_name
from vaultrel.outputs.page_network import NetworkMap, Node, draw_network

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vaultrel.model import PersonState, Snapshot
    from vaultrel.outputs.page_words import Writer
    from vaultrel.settings import Settings

MOST_DRAWN = 60
MOST_DRAWN_NARROW = 28
"""On a phone; the list of everybody holds the others."""
LABEL_LIMIT = 18
FONT = 11.5
WIDE = (540.0, 470.0)
NARROW = (330.0, 360.0)


def choose_drawn(snapshot: Snapshot, most: int) -> tuple[PersonState, ...]:
    """Those to draw: relationships before others, in each the strongest ties; nobody without contact."""
    known = [state for state in snapshot.people if state.days and not state.person.ignored]
    known.sort(key=lambda state: (not state.tie.relationship, -state.tie.score, state.person.path))
    return tuple(known[:most])


def draw_maps(
    snapshot: Snapshot, drawn: Sequence[PersonState], settings: Settings, writer: Writer
) -> tuple[NetworkMap, NetworkMap]:
    """The map of those `drawn`, for a wide screen, and the first of them for a phone."""
    due = {followup.person for followup in snapshot.followups[: settings.plan.per_week]}
    by_need = sorted(drawn, key=lambda state: state.person.path not in due)
    nodes = [_make_node(state, settings, writer) for state in by_need]
    near = {state.person.path for state in drawn[:MOST_DRAWN_NARROW]}
    links = count_shared_notes(snapshot, {state.person.path for state in drawn})
    return (
        draw_network(nodes, links, *WIDE, FONT),
        draw_network([node for node in nodes if node.key in near], links, *NARROW, FONT),
    )


def count_shared_notes(snapshot: Snapshot, among: set[str]) -> dict[tuple[str, str], int]:
    """How many notes tell, of one day, of contact with both of two people, by their paths in order."""
    present: defaultdict[tuple[str, int], set[str]] = defaultdict(set)
    for found in snapshot.interactions:
        if found.person in among and found.path != found.person:
            present[found.path, found.day.toordinal()].add(found.person)
    return dict(Counter(pair for people in present.values() for pair in combinations(sorted(people), 2)))


def _make_node(state: PersonState, settings: Settings, writer: Writer) -> Node:
    shown = writer.name(state.person.name)
    labels = tuple(clean_text(text, LABEL_LIMIT) for text in (shown.text, shown.short) if text)
    return Node(state.person.path, labels, state.tie.strength, writer.words(_group(state, settings), LABEL_LIMIT))


def _group(state: PersonState, settings: Settings) -> str:
    """The user's circle, else the folder of the note where that says more than that it holds people."""
    if state.person.circle:
        return state.person.circle
    folder = state.person.path.rpartition("/")[0].rpartition("/")[2]
    return "" if fold_name(folder) in settings.people.folders else folder
