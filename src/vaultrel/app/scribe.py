"""What the user says of follow-ups, written into their notes: contact and what was done, and days to wait for.

A line is tried before it is written: read as any note is, it must count as the contact that was meant. Where it does
not, for the note ends within a code block or tells of another day, nothing is written.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from msgspec import Struct

from vaultrel.app.reports import AppliedPatch
from vaultrel.core.daily_line import append_line, choose_daily_note
from vaultrel.core.frontmatter import patch_frontmatter
from vaultrel.core.notes import parse_note
from vaultrel.core.person_notes import read_person
from vaultrel.core.scope import SKIP_REASONS, skip_reason
from vaultrel.errors import UsageError, WriteRefusedError
from vaultrel.model import NotePatch, NotePath, Refusal

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from vaultrel.app.editing import Editor, Record
    from vaultrel.app.reading import Reader
    from vaultrel.core.intents import Entry
    from vaultrel.model import Note, Snapshot
    from vaultrel.settings import Settings
    from vaultrel.storage.base import NoteStore

_UNSURE = frozenset({"ambiguous-name", "duplicate-name"})
"""Diagnostics of a link that could lead to another note."""


class NoDailyNoteError(UsageError):
    """Nobody can say where the daily note of a day belongs."""

    def __init__(self, day: dt.date, form: str) -> None:
        self.day = day
        self.form = form
        super().__init__(
            f"There is no daily note of {day}, and your format for them, {form!r}, leaves open how Obsidian would "
            "name it. Nothing was written.",
            next_step="Open that daily note in Obsidian once, then run the command again.",
        )


class Draft(Struct, frozen=True):
    """An edit that was tried: what the vault would come to with it."""

    edit: AppliedPatch
    lines: tuple[str, ...]
    made: bool
    snapshot: Snapshot
    note: Note


class Scribe:
    """Drafts and writes what the user says.

    Args:
        store: where the notes are.
        settings: the user's settings.
        reader: what is known of the notes.
        editor: the way into them.
    """

    def __init__(self, store: NoteStore, settings: Settings, reader: Reader, editor: Editor) -> None:
        self._store = store
        self._settings = settings
        self._reader = reader
        self._editor = editor

    def draft_entries(self, entries: Sequence[Entry], as_of: dt.date, *, once: bool = False) -> Draft | None:
        """The daily note of one day with these entries at its end.

        Args:
            entries: all of the same day.
            as_of: the day the vault is derived for.
            once: leave out an entry that stands there already; None when none is left.

        Raises:
            NoDailyNoteError: where the note belongs cannot be told.
            WriteRefusedError, ReadRefusedError: it must not be written, or a line in it would not count.
        """
        day = entries[0].day
        path = self._daily_note(day)
        before = self._store.read_extra(path)
        held, text = before or b"", (before or b"").decode("utf-8", "replace").splitlines()
        lines: list[str] = []
        trial = None
        for entry in entries:
            if once and any(line.strip() in entry.spellings for line in text):
                continue
            line, held, trial = self._try_line(path, held, entry, as_of)
            lines.append(line)
        if trial is None:
            return None
        snapshot, note = trial
        return Draft(_edit(path, before or b"", held), tuple(lines), before is None, snapshot, note)

    def _daily_note(self, day: dt.date) -> NotePath:
        daily = self._settings.obsidian.daily
        path = choose_daily_note(self._reader.derivation.daily_notes, day, daily)
        if path is None:
            raise NoDailyNoteError(day, daily[0][1])
        if (reason := skip_reason(path, self._settings)) is not None:
            raise WriteRefusedError(path, "not-scanned", f"it would not be read: {SKIP_REASONS[reason]}")
        note = self._reader.notes([path]).get(path)
        if note is not None and note.refusal is not None:
            raise WriteRefusedError(path, note.refusal.code, note.refusal.message)
        return path

    def _try_line(
        self, path: NotePath, held: bytes, entry: Entry, as_of: dt.date
    ) -> tuple[str, bytes, tuple[Snapshot, Note]]:
        """The first spelling of an entry that counts as meant, the note with it, and what the vault comes to then."""
        for line in entry.spellings:
            made = append_line(held, line)
            note = parse_note(path, made, self._settings)
            snapshot = self._reader.suppose(note, as_of)
            number = made.rstrip(b"\r\n").count(b"\n") + 1
            if note.refusal is None and _counts(snapshot, path, number, entry):
                return line, made, (snapshot, note)
        raise WriteRefusedError(
            path,
            "line-not-counted",
            "a line at its end would not count as that contact; an open code block or comment may stand above it",
        )

    def draft_snooze(self, person: NotePath, until: dt.date | None, as_of: dt.date) -> Draft:
        """The person's note with the day before which no follow-up is wanted; without it, for None.

        Raises:
            WriteRefusedError, ReadRefusedError: the note must not be written, or would not be read that way.
        """
        known = self._reader.notes([person])[person]
        if known.refusal is not None:
            raise WriteRefusedError(person, known.refusal.code, known.refusal.message)
        before = self._store.read(person)
        after = patch_frontmatter(before, {"rel_snooze_until": until})
        if isinstance(after, Refusal):
            raise WriteRefusedError(person, after.code, after.message)
        note = parse_note(person, after, self._settings)
        if read_person(note, self._settings).snooze_until != until:
            reason = "it says rel_snooze_until in another spelling as well, and that one counts"
            raise WriteRefusedError(person, "snoozed-twice", reason)
        return Draft(
            _edit(person, before, after), (), made=False, snapshot=self._reader.suppose(note, as_of), note=note
        )

    def write(self, draft: Draft, record: Record) -> None:
        """Carry the draft out, if the note is still what it was drafted from.

        Raises:
            NoteChangedError, WriteRefusedError, StorageFailedError: it was not written; the note is as it was.
        """
        path, before, after = draft.note.path, draft.edit.before, draft.edit.after
        if before == after:
            return
        if not draft.made:
            self._editor.replace(path, before, after, record)
        else:
            self._editor.create(path, after, record)
        self._reader.take_in({path: draft.note})


def _edit(path: NotePath, before: bytes, after: bytes) -> AppliedPatch:
    return AppliedPatch(NotePatch(path, hashlib.sha256(before).hexdigest(), ()), before, after)


def _counts(snapshot: Snapshot, path: NotePath, line: int, entry: Entry) -> bool:
    """Whether the line is read as contact on the entry's day with everybody in it, by links to one note only."""
    if any(found.path == path and found.line == line and found.code in _UNSURE for found in snapshot.diagnostics):
        return False
    counted = {
        found.person
        for found in snapshot.mentions
        if found.path == path and found.mention.line == line and found.contact and found.day == entry.day
    }
    return counted.issuperset(entry.people)
