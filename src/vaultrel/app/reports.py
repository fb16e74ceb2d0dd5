"""What a run of vaultrel read, found and did, as values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, TypeAlias

from msgspec import Struct

from vaultrel.model import BANDS, Band, Diagnostic, NotePatch, NotePath, Snapshot

if TYPE_CHECKING:
    import datetime as dt

    from vaultrel.core.conflicts import ConflictCopy

Progress: TypeAlias = Callable[[int, int], None]
"""Called with the notes read so far and the notes to read."""


class AppliedPatch(Struct, frozen=True):
    """A note's edit, with the bytes before and after; of a dry run, as it would be."""

    patch: NotePatch
    before: bytes
    after: bytes


class ScanReport(Struct, frozen=True):
    """What one scan read, found and did.

    Attributes:
        notes_read: notes read because they were new or changed.
        applied: the edits made, or that a dry run would make.
        waiting: notes whose edit is put off because somebody may still be writing in them.
        retry_seconds: how long until the first of those can be written; 0 when none waits.
        refused: person notes that have news but were not written; `diagnostics` says why.
        published: generated files that were (or would be) written.
        diagnostics: everything that needs the user's eye, by path and line.
        left_all: there was nothing to read and nothing to do, and nothing went wrong but in what notes say: another
            scan of the same files would have nothing else to tell.
    """

    snapshot: Snapshot
    dry_run: bool
    notes_read: int
    applied: tuple[AppliedPatch, ...] = ()
    waiting: tuple[NotePath, ...] = ()
    retry_seconds: float = 0.0
    refused: tuple[NotePath, ...] = ()
    published: tuple[str, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    left_all: bool = False


class StripReport(Struct, frozen=True):
    """What taking vaultrel's fields out of the notes did.

    Attributes:
        applied: the edits made, or that a dry run would make.
        refused: notes that still hold fields, and why.
        remaining: files that vaultrel wrote and that are still in the vault.
    """

    dry_run: bool
    applied: tuple[AppliedPatch, ...]
    refused: tuple[Diagnostic, ...]
    remaining: tuple[str, ...]


class Writers(Struct, frozen=True):
    """Who writes to a vault, as far as this computer can tell.

    The lock is this computer's own. That another one writes as well shows only where a sync program could not merge
    what both wrote, and kept a copy.

    Attributes:
        last_scan: when vaultrel last scanned and published on this computer; None if it never did.
        writing_now: the process that holds the lock; None when none does.
        copies: the copies that sync programs left in the vault.
    """

    last_scan: dt.datetime | None
    writing_now: str | None
    copies: tuple[ConflictCopy, ...]

    @property
    def another_computer(self) -> bool:
        """Whether a copy shows that another computer wrote what this one writes."""
        return any(copy.ours_only for copy in self.copies)


class Headline(Struct, frozen=True):
    """Relationships, not contacts: the one line that stands above everything."""

    relationships: int
    contacts: int
    bands: dict[Band, int]


def headline(snapshot: Snapshot) -> Headline:
    """Count a snapshot's relationships and contacts; `bands` counts every contact once, in the order of `BANDS`."""
    bands = Counter(state.tie.band for state in snapshot.people)
    return Headline(
        relationships=sum(state.tie.relationship for state in snapshot.people),
        contacts=len(snapshot.people),
        bands={band: bands[band] for band in BANDS},
    )


def sorted_once(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Every problem once: one met again in writing, where columns are not known, is the one met in reading."""
    found = set(diagnostics)
    placed = {(item.path, item.line, item.code) for item in found if item.column}
    kept = [item for item in found if item.column or (item.path, item.line, item.code) not in placed]
    return tuple(sorted(kept, key=lambda item: (item.path, item.line, item.column, item.code, item.message)))
