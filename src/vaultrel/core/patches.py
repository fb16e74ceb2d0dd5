"""Which notes to write: the owned fields of each person note that no longer say what is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from vaultrel.core.frontmatter import says
from vaultrel.core.order import diff_items
from vaultrel.model import OWNED_FIELDS, Diagnostic, NotePatch, Snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from vaultrel.model import Note, NotePath, OwnedValue, PersonState, Scalar

QUIET_POINTS = 5
"""A strength that moved by fewer points, with nothing else changed, is not worth a write."""

_ALL_BUT_PEOPLE = tuple(name for name in Snapshot.__struct_fields__ if name != "people")


def wanted_fields(state: PersonState) -> tuple[tuple[str, OwnedValue], ...]:
    """Return what a person's note should say, in the order of `OWNED_FIELDS`; nothing without an interaction.

    A value that is not known (a rhythm, a follow-up) is left out. No value depends on a clock other than the day
    the strength was worked out for.
    """
    if not state.interactions:
        return ()
    tie = state.tie
    values: dict[str, OwnedValue | None] = {
        "rel_strength": tie.strength,
        "rel_band": tie.band,
        "rel_last_contact": tie.last_contact,
        "rel_next_followup": tie.due,
        "rel_rhythm_days": tie.rhythm_days,
        "rel_contact_days": tie.contact_days,
    }
    return tuple((key, value) for key in OWNED_FIELDS if (value := values[key]) is not None)


def is_same_but_for_fields(before: Snapshot, after: Snapshot) -> bool:
    """Whether two snapshots of one day differ in nothing but in what notes hold in our own fields."""
    pairs = ((getattr(before, name), getattr(after, name)) for name in _ALL_BUT_PEOPLE)
    gone, come = (map(_without_fields, some) for some in diff_items(before.people, after.people))
    return all(old is new or old == new for old, new in pairs) and [*gone] == [*come]


def _without_fields(state: PersonState) -> PersonState:
    return replace(state, person=replace(state.person, written=()))


def plan_patches(
    people: Iterable[PersonState], notes: Mapping[NotePath, Note]
) -> tuple[tuple[NotePatch, ...], tuple[Diagnostic, ...]]:
    """Return the writes that are due, by path, and a diagnostic for each due write that a note forbids.

    Args:
        people: everyone, with what is known of them now.
        notes: at least the notes of `people`.

    A note is left alone while every field but the strength says what is wanted, under YAML 1.1 and 1.2, and the
    strength has moved by fewer than 5 points. Otherwise all fields that differ are set, and fields that are no longer
    known are removed: a stale number misleads.
    """
    return PatchPlanner(lambda _: notes).plan(tuple(people))


class PatchPlanner:
    """What `plan_patches` gives, again and again: who is as before, in a note as before, is not looked at again.

    Args:
        notes: gives the notes at these paths.
    """

    def __init__(self, notes: Callable[[Iterable[NotePath]], Mapping[NotePath, Note]]) -> None:
        self._notes = notes
        self._seen: Sequence[PersonState] = ()
        self._found: dict[NotePath, NotePatch | Diagnostic] = {}
        """What is due, by the note of each person seen."""

    def plan(self, people: Sequence[PersonState]) -> tuple[tuple[NotePatch, ...], tuple[Diagnostic, ...]]:
        """The writes that are due, by path, and a diagnostic for each that a note forbids.

        Args:
            people: everyone, with what is known of them now; the very object seen before only where the note is the
                one seen then, as in the snapshots of one `Derivation`.
        """
        gone, come = diff_items(self._seen, people)
        notes = self._notes([state.person.path for state in come])
        for state in gone:
            self._found.pop(state.person.path, None)
        for state in come:
            path = state.person.path
            if (found := _plan_patch(state, notes[path])) is not None:
                self._found[path] = found
        self._seen = people
        due = [self._found[path] for path in sorted(self._found)]
        patches = tuple(each for each in due if isinstance(each, NotePatch))
        return patches, tuple(each for each in due if isinstance(each, Diagnostic))


def _plan_patch(state: PersonState, note: Note) -> NotePatch | Diagnostic | None:
    """The write that is due, or why the note forbids it; None when none is."""
    wanted = dict(wanted_fields(state))
    written = _written_fields(note)
    fields = tuple(
        (key, wanted.get(key))
        for key in OWNED_FIELDS
        if key in wanted.keys() | written and not _is_written(written, key, wanted.get(key))
    )
    if not fields or _is_quiet(fields, written):
        return None
    if note.refusal is not None:
        return Diagnostic(note.path, note.refusal.code, note.refusal.message, note.refusal.line)
    before = tuple((key, leaf.text if leaf else "") for key, leaf in written.items())
    return NotePatch(note.path, note.digest, fields, before)


def _written_fields(note: Note) -> dict[str, Scalar | None]:
    """Return our fields as they stand, in the order of `OWNED_FIELDS`; None for one that holds no scalar."""
    found = {entry.key: entry for entry in note.properties}
    return {
        key: found[key].leaves[0] if found[key].shape == "scalar" and found[key].leaves else None
        for key in OWNED_FIELDS
        if key in found
    }


def _is_written(written: Mapping[str, Scalar | None], key: str, wanted: OwnedValue | None) -> bool:
    leaf = written.get(key)
    if wanted is None or leaf is None:
        return wanted is None and key not in written
    return says(leaf, wanted)


def _is_quiet(fields: tuple[tuple[str, OwnedValue | None], ...], written: Mapping[str, Scalar | None]) -> bool:
    """Return whether the only change is a strength that has hardly moved."""
    key, value = fields[0]
    leaf = written.get(key)
    if len(fields) > 1 or key != "rel_strength" or leaf is None or not isinstance(value, int):
        return False
    return any(says(leaf, value + step) for step in range(1 - QUIET_POINTS, QUIET_POINTS))
