"""Frontmatter: read what Obsidian reads, change only the lines that are ours, and prove it.

Reading goes through python-frontmatter with our own handler; editing splices bytes and never dumps YAML.
"""

from __future__ import annotations

from vaultrel.core.frontmatter.block import Block, split_note
from vaultrel.core.frontmatter.reading import FrontmatterProblem, FrontmatterReading, read_frontmatter
from vaultrel.core.frontmatter.refusals import REFUSALS
from vaultrel.core.frontmatter.splice import patch_frontmatter, says, strip_frontmatter

__all__ = [
    "REFUSALS",
    "Block",
    "FrontmatterProblem",
    "FrontmatterReading",
    "patch_frontmatter",
    "read_frontmatter",
    "says",
    "split_note",
    "strip_frontmatter",
]
