"""`People.base`: views over the properties vaultrel writes (Obsidian documentation: Bases syntax)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from vaultrel.model import Snapshot
    from vaultrel.outputs.base import RenderContext

_TABLE: Final = """\
filters:
  and:
    - file.ext == "md"
    - '!note.rel_strength.isEmpty()'
formulas:
  days_quiet: ((number(today()) - number(note.rel_last_contact)) / 86400000).round(0)
properties:
  file.name:
    displayName: Person
  note.rel_strength:
    displayName: Strength
  note.rel_band:
    displayName: Band
  note.rel_last_contact:
    displayName: Last contact
  note.rel_next_followup:
    displayName: Next follow-up
  note.rel_rhythm_days:
    displayName: Usual gap
  formula.days_quiet:
    displayName: Days quiet
views:
  - type: table
    name: Strongest
    order:
      - file.name
      - note.rel_strength
      - note.rel_band
      - formula.days_quiet
      - note.rel_rhythm_days
    sort:
      - property: note.rel_strength
        direction: DESC
  - type: table
    name: Fading
    filters:
      and:
        - note.rel_band == "fading"
    order:
      - file.name
      - formula.days_quiet
      - note.rel_rhythm_days
      - note.rel_strength
    sort:
      - property: formula.days_quiet
        direction: DESC
  - type: table
    name: This week
    filters:
      and:
        - '!note.rel_next_followup.isEmpty()'
        - note.rel_next_followup <= today() + "7d"
    order:
      - file.name
      - note.rel_next_followup
      - note.rel_last_contact
      - note.rel_strength
    sort:
      - property: note.rel_next_followup
        direction: ASC
"""


class PeopleBase:
    """The same for every vault: what it shows, Obsidian reads from the notes."""

    name = "base"
    suffix = ".base"
    media_type = "application/yaml"

    def render(self, snapshot: Snapshot, context: RenderContext) -> bytes:  # noqa: ARG002 - the Output protocol has them
        """The file: YAML, ended by a line feed."""
        return _TABLE.encode("ascii")
