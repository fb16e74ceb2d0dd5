"""Every Mermaid chart that vaultrel writes or documents, drawn by Mermaid itself."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from vaultrel.model import Month
from vaultrel.outputs import vault_notes
from vaultrel.outputs.base import RenderContext
from vaultrel.outputs.vault_notes import RelationshipsNote
from vaultrel.settings import DEFAULT_SETTINGS

if TYPE_CHECKING:
    from tests.page.conftest import Browse

    from vaultrel.model import Snapshot

# A browser on a busy computer takes its time.
pytestmark = pytest.mark.timeout(600)

ROOT = Path(__file__).parents[2]
CHART = re.compile(r"^```mermaid\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PAGES = {
    str(page.relative_to(ROOT)): CHART.findall(page.read_text("utf-8"))
    for page in sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
}
THEMES = {"default": (255, 255, 255), "dark": (0x33, 0x33, 0x33)}
"""What Obsidian draws with by day and by night, and what Mermaid then draws on."""

SEEN = 3.0
"""What a line that means something must stand out by (WCAG 2.2, 1.4.11)."""

TRENDS = {
    "none": [0, 0],
    "one": [0, 1],
    "few": [1, 2, 3, 3, 3, 4],
    "a year": [31, 32, 32, 33, 35, 34, 36, 36, 37, 38, 38, 38],
    "very many": [12_345] * 12,
}


def months(counts: list[int]) -> list[Month]:
    """The first days of months up to June 2026 with so many relationships."""
    last = 2026 * 12 + 5
    days = [dt.date(at // 12, at % 12 + 1, 1) for at in range(last - len(counts) + 1, last + 1)]
    return [Month(day, count, 0) for day, count in zip(days, counts, strict=True)]


def compose_trend(counts: list[int]) -> str:
    """The chart that the note in the vault has for these counts."""
    (chart,) = CHART.findall("\n".join(vault_notes.compose_trend(months(counts))))
    return str(chart)


def draw(browse: Browse, *charts: str) -> list[dict[str, Any]]:
    """What Mermaid makes of each, by day and by night."""
    steps = [["draw", chart, theme] for chart in charts for theme in THEMES]
    (visit,) = browse({"url": "about:blank", "steps": steps})
    assert visit.requests == []
    assert visit.problems == []
    return visit.answers


def contrast(one: tuple[int, ...], other: tuple[int, ...]) -> float:
    """The contrast ratio of two colours (WCAG 2.2, relative luminance)."""

    def luminance(colour: tuple[int, ...]) -> float:
        parts = [part / 255 for part in colour]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_the_trend_can_be_read_by_day_and_by_night_whatever_it_counts(browse: Browse) -> None:
    charts = draw(browse, *map(compose_trend, TRENDS.values()))
    for at, (name, counts) in enumerate(TRENDS.items()):
        for theme, drawn in zip(THEMES, charts[2 * at : 2 * at + 2], strict=True):
            assert drawn["role"] == "xychart", name
            assert drawn["points"] == len(counts), name
            assert drawn["texts"][: len(counts)] == [f"{month.day:%Y-%m}" for month in months(counts)], name
            assert "Relationships" in drawn["texts"], name
            assert not any("." in text for text in drawn["texts"]), f"{name}: parts of a relationship"
            assert drawn["overlaps"] == [], name
            stroke = tuple(map(int, re.findall(r"\d+", drawn["stroke"])))
            assert contrast(stroke, THEMES[theme]) >= SEEN, f"{name}, {theme}"


def test_the_note_of_the_sample_vault_holds_that_chart_and_no_other(browse: Browse, sample: Snapshot) -> None:
    context = RenderContext("Notes", DEFAULT_SETTINGS, dt.datetime(2026, 6, 30, tzinfo=dt.UTC), uuid.UUID(int=1))
    (chart,) = CHART.findall(RelationshipsNote().render(sample, context).decode())
    for drawn in draw(browse, chart):
        assert drawn["role"] == "xychart"
        assert drawn["points"] == vault_notes.TREND_MONTHS


@pytest.mark.parametrize("page", [page for page, charts in PAGES.items() if charts])
def test_the_charts_of_the_documentation_can_be_drawn(browse: Browse, page: str) -> None:
    for drawn in draw(browse, *PAGES[page]):
        assert drawn["role"] != "error"
        assert drawn["texts"]
        assert drawn["overlaps"] == []


def test_a_chart_that_is_none_is_noticed(browse: Browse) -> None:
    with pytest.raises(AssertionError, match=r"Parse error|Lexical error|UnknownDiagram|No diagram type"):
        draw(browse, "xychart-beta\n    lines [1, 2\n")
