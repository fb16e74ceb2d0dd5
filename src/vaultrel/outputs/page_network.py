"""Where the people of a network stand on its map: geometry only, in pixels, the same for the same people.

You are in the middle; the stronger a tie, the nearer. People of one group share a sector, and in it those who turn up
in the same notes stand next to each other. Dots never touch; a label stands where it touches nothing, or is left out.
"""

from __future__ import annotations

import math
import unicodedata
from collections import Counter, defaultdict
from itertools import islice
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Anchor: TypeAlias = Literal["start", "middle", "end"]

RING_STRENGTHS = (70, 40)
"""The strengths at which a ring is drawn: from the first on a tie can be close."""
DOT_RADIUS = 6.5
CENTRE_RADIUS = 16.0
INNERMOST = 46.0
"""How far from the middle the strongest tie there can be stands."""
MARGIN = 24.0
"""Room around the outermost people, for the names of groups."""
SECTOR_GAP = 0.16
"""Between two groups, in radians."""
DOT_GAP = 3.0
LABEL_GAP = 4.0
LINE_HEIGHT = 1.25
MOST_LINKS_EACH = 3

_NARROW = frozenset("iIjltfr.,:;'|!()[] ")
_WIDE = frozenset("mwMW@%&")


class Node(Struct, frozen=True):
    """Somebody to be drawn.

    Attributes:
        key: what tells this person from all others, and where in the row of a sector they may begin.
        labels: names to show, each in the same place: whole, and short.
        strength: 0–100.
        group: empty for none.
    """

    key: str
    labels: tuple[str, ...]
    strength: int
    group: str = ""


class Dot(Struct, frozen=True):
    """Where a node stands."""

    node: Node
    x: float
    y: float
    radius: float


class Box(NamedTuple):
    """A rectangle: left, top, right, bottom."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: Box) -> bool:
        """Whether the two overlap."""
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )

    def meets_dot(self, x: float, y: float, radius: float) -> bool:
        """Whether a dot reaches into it."""
        across = max(self.left - x, 0.0, x - self.right)
        along = max(self.top - y, 0.0, y - self.bottom)
        return math.hypot(across, along) < radius

    def is_within(self, other: Box) -> bool:
        """Whether it lies inside another."""
        return (
            other.left <= self.left
            and other.top <= self.top
            and self.right <= other.right
            and self.bottom <= other.bottom
        )


class Label(Struct, frozen=True):
    """Words beside a dot, for a group, or on a ring; `box` is the room that they are given."""

    key: str
    texts: tuple[str, ...]
    x: float
    y: float
    anchor: Anchor
    box: Box


class NetworkMap(Struct, frozen=True):
    """A drawing of `width` × `height`, the middle of which is you.

    Attributes:
        reach: how far from the middle the weakest tie stands.
        centre: radius of the dot that is you.
        rings: strength and radius of each ring.
        links: lines between people, as x, y, x, y.
        dots: everybody, in the order given.
        labels: the names that found a place.
        groups, marks: names of groups, and what the rings stand for.
    """

    width: float
    height: float
    font: float
    reach: float
    centre: float
    rings: tuple[tuple[int, float], ...]
    links: tuple[tuple[float, float, float, float], ...]
    dots: tuple[Dot, ...]
    labels: tuple[Label, ...]
    groups: tuple[Label, ...]
    marks: tuple[Label, ...]


class _Sector(Struct, frozen=True):
    group: str
    middle: float
    """Its angle, in radians, from the right clockwise."""


def draw_network(
    nodes: Sequence[Node], links: Mapping[tuple[str, str], int], width: float, height: float, font: float
) -> NetworkMap:
    """The map of `nodes`.

    Args:
        nodes: everybody to draw, those whose names matter most first; keys are distinct.
        links: how many notes two people turn up in together, by their keys in order.
        width: of the whole drawing, in pixels.
        height: of the whole drawing, in pixels.
        font: size of the letters, in pixels.
    """
    reach = min(width, height) / 2 - MARGIN
    middle = (width / 2, height / 2)
    dots, sectors = _place_dots(nodes, links, reach, middle)
    rings = tuple((strength, round(_distance(strength, reach), 1)) for strength in RING_STRENGTHS)
    placer = _Placer(Box(2, 2, width - 2, height - 2), dots, font)
    groups = placer.place_groups(sectors, reach, middle)
    marks = placer.place_marks(rings, middle)
    labels = placer.place_names(middle)
    return NetworkMap(
        width, height, font, reach, CENTRE_RADIUS, rings, _draw_links(dots, links), dots, labels, groups, marks
    )


def measure_text(text: str, font: float) -> float:
    """The width of a text in pixels: never less than common fonts without serifs take."""
    return font * 1.06 * sum(map(_measure_char, text))


def _measure_char(char: str) -> float:
    if unicodedata.combining(char) or unicodedata.category(char) == "Cf":
        return 0.0
    if char in _NARROW:
        return 0.4
    if char in _WIDE or unicodedata.category(char) == "So":
        return 1.0
    if unicodedata.east_asian_width(char) in "WF":
        return 1.05
    if not char.isascii():
        return 0.8
    return 0.72 if char.isupper() else 0.62


def _distance(strength: float, reach: float) -> float:
    """How far from the middle a tie of that strength stands."""
    return INNERMOST + (reach - INNERMOST) * (1 - min(max(strength, 0), 100) / 100)


def _place_dots(
    nodes: Sequence[Node], links: Mapping[tuple[str, str], int], reach: float, middle: tuple[float, float]
) -> tuple[tuple[Dot, ...], tuple[_Sector, ...]]:
    """Everybody at the distance their strength gives, around the middle with the same room for each.

    An angle that gives a dot of one size room is the wider the nearer to the middle: the turn is shared accordingly.
    """
    rows = _seat_groups(nodes, links)
    if not rows:
        return (), ()
    gap = SECTOR_GAP if len(rows) > 1 else 0.0
    shares = {node.key: 1 / _distance(node.strength, reach) for row in rows.values() for node in row}
    room = (math.tau - gap * len(rows)) / math.fsum(shares.values())
    radius = min(DOT_RADIUS, (room - DOT_GAP) / 2 if room > 2 * DOT_GAP else room / 4)
    placed: dict[str, Dot] = {}
    sectors: list[_Sector] = []
    angle = -math.pi / 2 + gap / 2
    for group, row in rows.items():
        begins = angle
        for node in row:
            half = shares[node.key] * room / 2
            away = _distance(node.strength, reach)
            x, y = middle[0] + away * math.cos(angle + half), middle[1] + away * math.sin(angle + half)
            placed[node.key] = Dot(node, round(x, 1), round(y, 1), round(radius, 2))
            angle += 2 * half
        sectors.append(_Sector(group, (begins + angle) / 2))
        angle += gap
    return tuple(placed[node.key] for node in nodes), tuple(sectors)


def _seat_groups(nodes: Sequence[Node], links: Mapping[tuple[str, str], int]) -> dict[str, list[Node]]:
    """The people of each group in a row; groups of one, and people without a group, come last together."""
    sizes = Counter(node.group for node in nodes)
    groups: defaultdict[str, list[Node]] = defaultdict(list)
    for node in nodes:
        groups[node.group if sizes[node.group] > 1 else ""].append(node)
    order = sorted(groups, key=lambda group: (not group, group))
    return {group: _seat(groups[group], links) for group in order}


def _seat(row: Sequence[Node], links: Mapping[tuple[str, str], int]) -> list[Node]:
    """The row in which everybody sits beside the one, of those left, with whom they share most notes."""
    left = {node.key: node for node in sorted(row, key=lambda node: node.key)}
    seated = [left.pop(next(iter(left)))]
    while left:
        last = seated[-1].key
        shared = {key: links.get((min(last, key), max(last, key)), 0) for key in left}
        seated.append(left.pop(min(left, key=lambda key: (-shared[key], key))))
    return seated


def _draw_links(
    dots: Sequence[Dot], links: Mapping[tuple[str, str], int]
) -> tuple[tuple[float, float, float, float], ...]:
    """Lines between people who share most notes, few enough for each to be followed by eye."""
    at = {dot.node.key: dot for dot in dots}
    drawn: Counter[str] = Counter()
    lines = []
    for (one, other), _ in sorted(links.items(), key=lambda link: (-link[1], link[0])):
        if one in at and other in at and max(drawn[one], drawn[other]) < MOST_LINKS_EACH:
            drawn.update((one, other))
            lines.append((at[one].x, at[one].y, at[other].x, at[other].y))
    return tuple(lines)


class _Placer:
    """Puts words where there is room, and remembers the room taken."""

    def __init__(self, paper: Box, dots: Sequence[Dot], font: float) -> None:
        self._paper = paper
        self._dots = dots
        self._font = font
        self._taken: list[Box] = []

    def place_groups(self, sectors: Sequence[_Sector], reach: float, middle: tuple[float, float]) -> tuple[Label, ...]:
        """The name of each group outside of its sector."""
        away = reach + self._font * 0.9
        found = []
        for sector in sectors:
            across, along = math.cos(sector.middle), math.sin(sector.middle)
            anchor: Anchor = "middle" if abs(across) < 0.5 else "start" if across > 0 else "end"
            texts = (sector.group,)
            at = self._fit_in(texts, middle[0] + away * across, anchor)
            label = sector.group and self._try(sector.group, texts, at, middle[1] + away * along, anchor)
            if label:
                found.append(label)
        return tuple(found)

    def place_marks(self, rings: Sequence[tuple[int, float]], middle: tuple[float, float]) -> tuple[Label, ...]:
        """The strength that each ring stands for, on the ring where there is room."""
        found: list[Label] = []
        for strength, radius in rings:
            places = (
                (middle[0] + radius * math.cos(turn), middle[1] + radius * math.sin(turn))
                for turn in (-math.pi / 2, math.pi / 2, 0.0, math.pi)
            )
            tried = (self._try(str(strength), (str(strength),), x, y, "middle") for x, y in places)
            # One place only: to try another one as well would take its room.
            found += islice(filter(None, tried), 1)
        return tuple(found)

    def place_names(self, middle: tuple[float, float]) -> tuple[Label, ...]:
        """The names of as many people as there is room for, the first before the others."""
        self._taken.append(_square(*middle, CENTRE_RADIUS))
        found: list[Label] = []
        for dot in self._dots:
            tried = (
                self._try(dot.node.key, dot.node.labels, x, y, anchor)
                for x, y, anchor in self._places(dot, outward=dot.x >= middle[0])
            )
            # One place only: to try another one as well would take its room.
            found += islice(filter(None, tried), 1)
        return tuple(found)

    def _places(self, dot: Dot, *, outward: bool) -> Iterator[tuple[float, float, Anchor]]:
        """Where a name can stand beside a dot: to the side away from the middle, the other side, above, below."""
        gap, line = dot.radius + LABEL_GAP, self._font * LINE_HEIGHT
        sides: tuple[tuple[float, Anchor], ...] = ((gap, "start"), (-gap, "end"))
        for across, anchor in sides if outward else sides[::-1]:
            yield dot.x + across, dot.y, anchor
        for along in (-gap - line / 2, gap + line / 2):
            yield dot.x, dot.y + along, "middle"
        for across, anchor in sides if outward else sides[::-1]:
            for along in (-line * 0.8, line * 0.8):
                yield dot.x + across * 0.6, dot.y + along, anchor

    def _fit_in(self, texts: Sequence[str], x: float, anchor: Anchor) -> float:
        """The place nearest to `x` at which a text does not leave the paper."""
        width = self._measure(texts)
        before = {"start": 0.0, "middle": width / 2, "end": width}[anchor]
        return min(max(x, self._paper.left + before), max(self._paper.right - width + before, self._paper.left))

    def _measure(self, texts: Sequence[str]) -> float:
        return max(measure_text(text, self._font) for text in texts)

    def _try(self, key: str, texts: tuple[str, ...], x: float, y: float, anchor: Anchor) -> Label | None:
        """The label at that place; None where it would touch something."""
        width, height = self._measure(texts), self._font * LINE_HEIGHT
        left = x - {"start": 0.0, "middle": width / 2, "end": width}[anchor]
        box = Box(left, y - height / 2, left + width, y + height / 2)
        if not box.is_within(self._paper) or any(box.meets(other) for other in self._taken):
            return None
        if any(box.meets_dot(dot.x, dot.y, dot.radius + 1) for dot in self._dots):
            return None
        self._taken.append(box)
        return Label(key, texts, round(x, 1), round(y, 1), anchor, box)


def _square(x: float, y: float, radius: float) -> Box:
    return Box(x - radius, y - radius, x + radius, y + radius)
