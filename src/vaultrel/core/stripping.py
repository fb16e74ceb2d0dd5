"""Taking vaultrel's own properties out of notes again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vaultrel.core.frontmatter import patch_frontmatter
from vaultrel.model import OWNED_FIELDS, Diagnostic, NotePatch, Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vaultrel.model import Note, NotePath


def plan_strip(notes: Mapping[NotePath, Note]) -> tuple[tuple[NotePatch, ...], tuple[Diagnostic, ...]]:
    """The edits that take every field of `OWNED_FIELDS` out of the notes, by path; and the notes that forbid theirs.

    Args:
        notes: every note that is read, whoever it is about.
    """
    patches, refused = [], []
    for path in sorted(notes):
        note = notes[path]
        present = {entry.key for entry in note.properties}
        fields = tuple((key, None) for key in OWNED_FIELDS if key in present)
        if not fields:
            continue
        if note.refusal is None:
            patches.append(NotePatch(path, note.digest, fields))
        else:
            refused.append(Diagnostic(path, note.refusal.code, note.refusal.message, note.refusal.line))
    return tuple(patches), tuple(refused)


def is_same_but_for_ours(one: bytes, other: bytes) -> bool:
    """Whether two versions of a note differ in nothing but the lines of `OWNED_FIELDS`; in doubt, no."""
    if one == other:
        return True
    stripped = patch_frontmatter(one, dict.fromkeys(OWNED_FIELDS))
    return not isinstance(stripped, Refusal) and stripped == patch_frontmatter(other, dict.fromkeys(OWNED_FIELDS))
