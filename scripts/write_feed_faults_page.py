"""Write `docs/reference/feed-faults.md` from the rules that `vaultrel feed --check` holds a feed to."""

from __future__ import annotations

from pathlib import Path

from vaultrel.outputs.feed_rules import RULES

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "feed-faults.md"

HEAD = """\
# Faults of a feed

What `vaultrel feed --check` says about a calendar, of vaultrel or of any other program. The codes are stable: they are
what `--json` gives.

An *error* is against the standard (RFC 5545 and those that add to it). In a feed of vaultrel's own, told by its PRODID,
it is also what vaultrel never writes: somebody changed the file. *Advice* is what the standard allows but calendars
handle badly. The last column tells what calendars do, where they were seen to do it or say so themselves; where it is
empty, nothing is known.

The check sees one feed at one moment. It cannot see that a stamp moved without a change, or that an event stayed away;
it judges neither the rules of a zone nor those of a repetition.

This page is written by `scripts/write_feed_faults_page.py`.

| code | grade | what is wrong | who says so | what calendars do |
|---|---|---|---|---|
"""


def compose_page() -> str:
    """The page's text."""
    return HEAD + "".join(
        f"| `{code}` | {rule.grade} | {rule.meaning} | {rule.source} | {rule.effect} |\n".replace("|  |", "| |")
        for code, rule in RULES.items()
    )


if __name__ == "__main__":
    PAGE.write_text(compose_page(), encoding="utf-8")
