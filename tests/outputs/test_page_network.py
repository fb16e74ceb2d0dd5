"""The map of the network: where people stand, and that no two things on it touch."""

from __future__ import annotations

import math
from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vaultrel.outputs.page_network import Box, NetworkMap, Node, draw_network

NAMES = st.text("aeiMWl .-éßÅ日本𝕏👍🏽\u0301", min_size=1, max_size=18)
GROUPS = st.sampled_from(["", "Friends", "Work", "The climbing people", "家族"])
NODES = st.lists(st.tuples(NAMES, st.integers(0, 100), GROUPS), max_size=60).map(
    lambda rows: [
        Node(f"People/{at:03}.md", (name, name[:1]), strength, group) for at, (name, strength, group) in enumerate(rows)
    ]
)
PAPERS = st.sampled_from([(540.0, 470.0), (330.0, 360.0)])


def draw(*nodes: Node, **links: int) -> NetworkMap:
    """The map; links are given as `ada_bo=3`."""
    shared = {(one, other): count for pair, count in links.items() for one, other in [pair.split("_")]}
    return draw_network(nodes, shared, 540, 470, 11.5)


def node(key: str, strength: int = 50, group: str = "") -> Node:
    return Node(key, (key.title(),), strength, group)


def angles(found: NetworkMap) -> dict[str, float]:
    """From the top, clockwise."""
    middle = (found.width / 2, found.height / 2)
    return {dot.node.key: math.atan2(dot.x - middle[0], middle[1] - dot.y) % math.tau for dot in found.dots}


def around(found: NetworkMap) -> list[str]:
    at = angles(found)
    return sorted(at, key=at.__getitem__)


@settings(max_examples=60, deadline=None)
@given(NODES, PAPERS)
def test_no_two_dots_touch(nodes: list[Node], paper: tuple[float, float]) -> None:
    found = draw_network(nodes, {}, *paper, 11.5)
    assert [dot.node for dot in found.dots] == nodes
    for one, other in combinations(found.dots, 2):
        assert math.dist((one.x, one.y), (other.x, other.y)) >= one.radius + other.radius - 0.2


@settings(max_examples=60, deadline=None)
@given(NODES, PAPERS)
def test_no_label_touches_a_label_or_a_dot_or_leaves_the_paper(nodes: list[Node], paper: tuple[float, float]) -> None:
    found = draw_network(nodes, {}, *paper, 11.5)
    labels = [*found.labels, *found.groups, *found.marks]
    for one, other in combinations(labels, 2):
        assert not one.box.meets(other.box), f"{one.texts} and {other.texts}"
    for label in labels:
        assert label.box.is_within(Box(0, 0, *paper))
        assert not any(label.box.meets_dot(dot.x, dot.y, dot.radius) for dot in found.dots)


@settings(max_examples=30, deadline=None)
@given(NODES, PAPERS)
def test_nobody_stands_in_the_middle_or_off_the_paper(nodes: list[Node], paper: tuple[float, float]) -> None:
    found = draw_network(nodes, {}, *paper, 11.5)
    for dot in found.dots:
        away = math.dist((dot.x, dot.y), (found.width / 2, found.height / 2))
        assert found.centre + dot.radius < away <= found.reach + 0.2


def test_the_same_people_stand_in_the_same_places_each_time() -> None:
    people = [node(key, strength) for key, strength in (("ada", 80), ("bo", 20), ("cy", 55), ("di", 5))]
    links = {("ada", "di"): 3, ("bo", "cy"): 2}
    one = draw_network(people, links, 540, 470, 11.5)
    turned = draw_network(people, dict(reversed(links.items())), 540, 470, 11.5)
    assert one == turned
    other = draw_network(people[::-1], links, 540, 470, 11.5)
    assert {dot.node.key: (dot.x, dot.y) for dot in one.dots} == {dot.node.key: (dot.x, dot.y) for dot in other.dots}


def test_the_stronger_a_tie_the_nearer_it_stands() -> None:
    found = draw(*(node(f"p{strength:03}", strength) for strength in range(0, 101, 10)))
    away = {dot.node.strength: math.dist((dot.x, dot.y), (270, 235)) for dot in found.dots}
    ordered = [away[strength] for strength in sorted(away)]
    assert all(later < earlier for earlier, later in pairwise(ordered))


def test_a_ring_stands_where_a_tie_of_its_strength_does() -> None:
    found = draw(node("ada", 70), node("bo", 40))
    away = {dot.node.strength: math.dist((dot.x, dot.y), (270, 235)) for dot in found.dots}
    assert {strength: pytest.approx(radius, abs=0.2) for strength, radius in found.rings} == away


def test_who_shares_notes_stands_side_by_side() -> None:
    people = [node(key) for key in ("ada", "bo", "cy", "di", "ed", "flo")]
    found = draw(*people, ada_ed=4, cy_ed=2, bo_flo=1)
    order = around(found)
    assert order[:3] == ["ada", "ed", "cy"]
    assert abs(order.index("bo") - order.index("flo")) == 1


def test_a_group_shares_a_sector_that_bears_its_name() -> None:
    people = [node(f"{group}{at}", 40, group) for at in range(3) for group in ("Work", "Choir", "")]
    found = draw(*people)
    assert [key[:4] for key in around(found)] == ["Choi"] * 3 + ["Work"] * 3 + ["0", "1", "2"]
    assert [label.texts for label in found.groups] == [("Choir",), ("Work",)]


def test_a_group_of_one_is_none() -> None:
    found = draw(node("ada", group="Choir"), node("bo", group="Work"), node("cy", group="Work"))
    assert [label.texts for label in found.groups] == [("Work",)]


def test_the_first_names_find_a_place_before_others() -> None:
    crowd = [Node(f"{at:02}", ("A rather long name",), 30 + at % 3) for at in range(60)]
    found = draw_network(crowd, {}, 330, 360, 11.5)
    named = {label.key for label in found.labels}
    assert crowd[0].key in named
    assert 0 < len(named) < 60


def test_lines_join_those_who_share_most_notes_and_no_more_than_the_eye_can_follow() -> None:
    people = [node(key) for key in "abcdefgh"]
    links = {(one.key, other.key): 1 for one, other in combinations(people, 2)} | {("a", "h"): 9}
    found = draw_network(people, links, 540, 470, 11.5)
    at = {(dot.x, dot.y): dot.node.key for dot in found.dots}
    drawn = [(at[x1, y1], at[x2, y2]) for x1, y1, x2, y2 in found.links]
    assert drawn[0] == ("a", "h")
    assert max(sum(key in pair for pair in drawn) for key in "abcdefgh") <= 3


def test_an_empty_network_has_a_map_with_you_alone() -> None:
    found = draw()
    assert (found.dots, found.labels, found.groups, found.links) == ((), (), (), ())
