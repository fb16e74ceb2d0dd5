"""The small drawings of the web page, as coordinates: lines over time, bars for parts of a whole and for silence."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Sequence

EDGE = 4.0
"""Room for the line's own width and its last dot, in pixels."""


class Curve(Struct, frozen=True):
    """A line through values, evenly spaced from left to right; `points` and `area` as SVG wants them."""

    width: float
    height: float
    points: str
    area: str
    first: tuple[float, float]
    last: tuple[float, float]


class Part(Struct, frozen=True):
    """One part of a bar: where it begins and how wide it is."""

    x: float
    width: float


class SilenceBar(Struct, frozen=True):
    """How long somebody has been quiet, against the usual gap, which is the mark."""

    width: float
    filled: float
    mark: float


def draw_curve(
    values: Sequence[float], width: float, height: float, *, lowest: float | None = None, least: float = 1.0
) -> Curve:
    """The curve of at least one value, as high as the drawing.

    Args:
        values: from left to right.
        width: of the drawing.
        height: of the drawing.
        lowest: the value at its bottom; by default the lowest there is.
        least: the difference between top and bottom, at least.
    """
    bottom = min(values) if lowest is None else lowest
    across = (width - 2 * EDGE) / max(len(values) - 1, 1)
    along = (height - 2 * EDGE) / max(max(values) - bottom, least)
    points = [
        (round(EDGE + at * across, 1), round(height - EDGE - (value - bottom) * along, 1))
        for at, value in enumerate(values)
    ]
    line = " ".join(f"{x:g},{y:g}" for x, y in points)
    floor = f"{height - EDGE:g}"
    area = f"{points[0][0]:g},{floor} {line} {points[-1][0]:g},{floor}"
    return Curve(width, height, line, area, points[0], points[-1])


def split_bar(counts: Sequence[int], width: float, gap: float, least: float = 3.0) -> tuple[Part, ...]:
    """The parts of a bar, as wide as their counts; one with anything in it is never too thin to see."""
    full = sum(counts)
    shown = [count for count in counts if count]
    room = width - gap * max(len(shown) - 1, 0)
    extra = room - least * len(shown)
    widths = [least + extra * count / full if count else 0.0 for count in counts]
    begins = accumulate((part + gap if part else 0.0 for part in widths), initial=0.0)
    return tuple(Part(round(x, 1), round(part, 1)) for x, part in zip(begins, widths, strict=False))


def draw_silence(quiet_days: int, usual_days: float, most_times: float, width: float) -> SilenceBar:
    """The bar of somebody quiet for so long; its whole width is `most_times` the usual gap."""
    times = quiet_days / max(usual_days, 1)
    mark = width / max(most_times, 1)
    return SilenceBar(width, round(min(times * mark, width), 1), round(mark, 1))
