"""Write `docs/reference/diagnostics.md` from the code's own tables: every diagnostic, what it means, what to do."""

from __future__ import annotations

from pathlib import Path

from vaultrel.cli.fixes import FIXES
from vaultrel.core.frontmatter import REFUSALS

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "diagnostics.md"

HEAD = """\
# Diagnostics

What `vaultrel doctor` and `vaultrel scan` say about single notes. None of them stops the rest of the vault. The codes
are stable: they are what `--json` gives.

This page is written by `scripts/write_diagnostics_page.py`.

## Notes that are left as they are

Their properties are not written; where they can be read, they still count.

| code | what it means | what to do |
|---|---|---|
"""

REST = """
## Everything else

| code | what to do |
|---|---|
"""


def compose_page() -> str:
    """The page's text."""
    refusals = "".join(f"| `{code}` | {REFUSALS[code]} | {FIXES[code]} |\n" for code in sorted(REFUSALS))
    others = "".join(f"| `{code}` | {FIXES[code]} |\n" for code in sorted(set(FIXES) - set(REFUSALS)))
    return HEAD + refusals + REST + others


if __name__ == "__main__":
    PAGE.write_text(compose_page(), encoding="utf-8")
