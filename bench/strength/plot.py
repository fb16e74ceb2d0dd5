"""Draws how well the chances stated come true: ``python bench/strength/plot.py DIR [OUT.svg]``.

DIR holds logs as for `compare.py`; those with a window of 90 days are drawn, for the default model. A point is a tenth
of the ties of a log, from the least likely to be met again to the most likely.
"""

from __future__ import annotations

import sys
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from compare import DESIGNS, list_logs

from vaultrel.cli.evaluate import draw_sample
from vaultrel.cli.event_log import read_event_log
from vaultrel.core.evaluation import DEFAULT_DESIGN, Bin, bin_probabilities, contender_for, score_list
from vaultrel.core.strength import MODELS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TARGET = Path(__file__).parents[2] / "docs" / "pictures" / "calibration.svg"
WINDOW_DAYS = 90

SIDE = 400
LEFT, TOP = 64, 48
COLORS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00")
"""Told apart by people who see few colours (Okabe & Ito 2008)."""


def find_bins(folder: Path) -> dict[str, tuple[Bin, ...]]:
    """Each log's chances against what happened."""
    contender = contender_for(MODELS[0])
    found = {}
    for name, path in list_logs(folder):
        design = DESIGNS.get(name, DEFAULT_DESIGN)
        if WINDOW_DAYS in design.windows_days:
            scored = [score_list(contacts, contender) for contacts in draw_sample(read_event_log(path), design)]
            found[name] = bin_probabilities(scored, WINDOW_DAYS)
    return found


def place(found: Bin) -> tuple[float, float]:
    """Where the bin's point is drawn."""
    return round(LEFT + SIDE * found.stated, 1), round(TOP + SIDE * (1 - found.happened), 1)


def draw(logs: Mapping[str, Sequence[Bin]]) -> str:
    """The picture, as SVG."""
    right, bottom = LEFT + SIDE, TOP + SIDE
    width, height = right + 150, bottom + 60
    size = f'width="{width}" height="{height}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" {size} role="img">',
        f"<title>Chance of contact within {WINDOW_DAYS} days: stated and come true</title>",
        f'<rect {size} fill="#ffffff"/>',
        '<g font-family="sans-serif" font-size="13">',
        f'<text x="{LEFT}" y="26" font-size="15">Chance of contact within {WINDOW_DAYS} days ({MODELS[0].name})</text>',
        f'<line x1="{LEFT}" y1="{bottom}" x2="{right}" y2="{TOP}" stroke="#999999" stroke-dasharray="4 4"/>',
        f'<text x="{LEFT + SIDE / 2}" y="{bottom + 44}" text-anchor="middle">stated</text>',
        f'<text transform="translate(20 {TOP + SIDE / 2}) rotate(-90)" text-anchor="middle">came true</text>',
    ]
    for tenth in range(0, 11, 2):
        x, y = LEFT + SIDE * tenth / 10, bottom - SIDE * tenth / 10
        parts += [
            f'<line x1="{x}" y1="{TOP}" x2="{x}" y2="{bottom}" stroke="#dddddd"/>',
            f'<line x1="{LEFT}" y1="{y}" x2="{right}" y2="{y}" stroke="#dddddd"/>',
            f'<text x="{x}" y="{bottom + 20}" text-anchor="middle">{tenth * 10} %</text>',
            f'<text x="{LEFT - 8}" y="{y + 4}" text-anchor="end">{tenth * 10} %</text>',
        ]
    for number, (name, bins) in enumerate(logs.items()):
        color, points = COLORS[number % len(COLORS)], [place(found) for found in bins]
        line = " ".join(f"{x},{y}" for x, y in points)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{color}" stroke-width="2"/>')
        parts += [f'<circle cx="{x}" cy="{y}" r="3.5" fill="{color}"/>' for x, y in points]
        y = TOP + 20 + 24 * number
        parts.append(f'<circle cx="{right + 20}" cy="{y - 4}" r="5" fill="{color}"/>')
        parts.append(f'<text x="{right + 32}" y="{y}">{escape(name)}</text>')
    return "\n".join([*parts, "</g>", "</svg>", ""])


def main(arguments: Sequence[str]) -> int:
    """Write the picture; 2 when there is nothing to draw."""
    logs = find_bins(Path(arguments[0])) if arguments else {}
    if not logs:
        print("Name a folder with logs as CSV: python bench/strength/plot.py DIR [OUT.svg]", file=sys.stderr)
        return 2
    target = Path(arguments[1]) if len(arguments) > 1 else TARGET
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(draw(logs), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
