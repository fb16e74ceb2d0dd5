"""One word of the user about follow-ups, carried out, and what was written before brought up to date with it."""

from __future__ import annotations

from contextlib import ExitStack, nullcontext
from typing import TYPE_CHECKING

from msgspec import Struct

from vaultrel import clock
from vaultrel.core.intents import choose_contact, done_entry, log_entry
from vaultrel.core.lookup import choose_person
from vaultrel.core.notes import parse_note
from vaultrel.core.patches import plan_patches
from vaultrel.errors import UsageError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Sequence

    from vaultrel.app.editing import Editor, Record
    from vaultrel.app.publishing import Publisher
    from vaultrel.app.reading import Reader
    from vaultrel.app.reports import AppliedPatch
    from vaultrel.app.scribe import Draft, Scribe
    from vaultrel.app.ticked import TickedNote
    from vaultrel.core.intents import Starter
    from vaultrel.model import Band, Diagnostic, NotePath, PersonState, Snapshot
    from vaultrel.settings import Settings


class NothingWrittenError(UsageError):
    """The settings keep vaultrel from writing into the vault."""

    def __init__(self) -> None:
        super().__init__(
            'It would be written into the vault, and the settings say write = "nothing". Nothing was written.',
            next_step='Set write = "folder" in .vaultrel/config.toml, then run the command again.',
        )


class FutureDayError(UsageError):
    """Contact was to be recorded on a day to come."""

    def __init__(self, day: dt.date) -> None:
        self.day = day
        super().__init__(
            f"{day} is still to come, and contact counts once it has been. Nothing was written.",
            next_step="Give a day up to today: --on DATE, or leave it out for today.",
        )


class Moved(Struct, frozen=True):
    """What a word of the user did to a tie.

    Attributes:
        was: the day of the next follow-up, planned or else due; None for none.
        now: the same afterwards.
        strength_was: from 0 to 100.
        strength_now: the same afterwards.
        band_was: the name of the band.
        band_now: the same afterwards.
    """

    person: NotePath
    name: str
    was: dt.date | None
    now: dt.date | None
    strength_was: int
    strength_now: int
    band_was: Band
    band_now: Band


class Said(Struct, frozen=True):
    """What came of one word of the user.

    Attributes:
        edit: the note it was, or would be, written into, before and after.
        line: what was added, without its line end; empty for a property.
        made: the note was not there before.
        moved: the people it is about, with their next follow-up.
        published: generated files that were brought up to date.
        diagnostics: what went wrong beside it, as the notes that somebody wrote to at the same time.
    """

    dry_run: bool
    edit: AppliedPatch
    line: str
    made: bool
    moved: tuple[Moved, ...]
    published: tuple[str, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()


class Desk(Struct, frozen=True):
    """What it takes to carry out one word of the user: the parts of a `Vault`."""

    settings: Settings
    reader: Reader
    editor: Editor
    publisher: Publisher
    scribe: Scribe
    ticked: TickedNote


def log_contact(  # noqa: PLR0913 - each is one option of the command
    desk: Desk,
    people: Sequence[NotePath],
    kind: str | None,
    text: str,
    on: dt.date | None,
    by: Starter | None,
    *,
    as_of: dt.date | None,
    dry_run: bool,
    lock_seconds: float,
) -> Said:
    """See `Vault.log_contact`."""
    contact = choose_contact(kind, by, desk.settings)

    def draft(snapshot: Snapshot) -> tuple[Draft | None, tuple[NotePath, ...]]:
        found = [choose_person(snapshot, path) for path in people]
        entry = log_entry(found, contact, text, _past_day(on, snapshot.as_of))
        return desk.scribe.draft_entries([entry], snapshot.as_of), entry.people

    return _carry_out(desk, draft, as_of, dry_run=dry_run, lock_seconds=lock_seconds)


def complete(
    desk: Desk, person: str, text: str, on: dt.date | None, *, as_of: dt.date | None, dry_run: bool, lock_seconds: float
) -> Said:
    """See `Vault.complete`."""

    def draft(snapshot: Snapshot) -> tuple[Draft | None, tuple[NotePath, ...]]:
        state = choose_person(snapshot, person)
        entry = done_entry(state, text, _past_day(on, snapshot.as_of), desk.settings)
        return desk.scribe.draft_entries([entry], snapshot.as_of), entry.people

    return _carry_out(desk, draft, as_of, dry_run=dry_run, lock_seconds=lock_seconds)


def snooze(
    desk: Desk, person: str, until: dt.date | None, *, as_of: dt.date | None, dry_run: bool, lock_seconds: float
) -> Said:
    """See `Vault.snooze`."""

    def draft(snapshot: Snapshot) -> tuple[Draft | None, tuple[NotePath, ...]]:
        path = choose_person(snapshot, person).person.path
        return desk.scribe.draft_snooze(path, until, snapshot.as_of), (path,)

    return _carry_out(desk, draft, as_of, dry_run=dry_run, lock_seconds=lock_seconds)


def _past_day(on: dt.date | None, today: dt.date) -> dt.date:
    if on is not None and on > today:
        raise FutureDayError(on)
    return on or today


def _carry_out(
    desk: Desk,
    draft: Callable[[Snapshot], tuple[Draft | None, tuple[NotePath, ...]]],
    as_of: dt.date | None,
    *,
    dry_run: bool,
    lock_seconds: float,
) -> Said:
    """Write what `draft` makes of the vault as it is, and bring up to date what vaultrel wrote about it before."""
    if desk.settings.write == "nothing":
        raise NothingWrittenError
    with ExitStack() as stack:
        stack.enter_context(nullcontext() if dry_run else desk.editor.locked(lock_seconds))
        desk.reader.refresh()
        before = desk.reader.snapshot(as_of)
        made, people = draft(before)
        assert made is not None, "an entry is left out only where it may stand there already"
        published: tuple[str, ...] = ()
        problems: tuple[Diagnostic, ...] = ()
        if not dry_run:
            record = desk.editor.begin_run(stack)
            try:
                desk.scribe.write(made, record)
                published, problems = _bring_up_to_date(desk, people, before.as_of, record)
            finally:
                problems += desk.editor.settle(clock.monotonic())
        line = made.lines[0] if made.lines else ""
        moved = _compare(before, made.snapshot, people)
        return Said(dry_run, made.edit, line, made.made, moved, published, problems)


def _bring_up_to_date(
    desk: Desk, people: Iterable[NotePath], as_of: dt.date, record: Record
) -> tuple[tuple[str, ...], tuple[Diagnostic, ...]]:
    """Write fields and files anew that an earlier scan wrote; the first scan is left to the user."""
    snapshot = desk.reader.snapshot(as_of)
    failed: tuple[Diagnostic, ...] = ()
    if desk.settings.write == "fields":
        concerned = [state for state in snapshot.people if state.person.path in set(people) and state.person.written]
        notes = desk.reader.notes(state.person.path for state in concerned)
        applied, _, failed = desk.editor.apply(plan_patches(concerned, notes)[0], record)
        written = {edit.patch.path: parse_note(edit.patch.path, edit.after, desk.settings) for edit in applied}
        desk.reader.take_in(written)
    if desk.publisher.published_feed() is None:
        return (), failed
    published, unpublished = desk.publisher.publish(snapshot, dry_run=False)
    noted, _, unnoted = desk.ticked.publish(snapshot, dry_run=False)
    return (*published, *noted), (*failed, *unpublished, *unnoted, *desk.publisher.keep(snapshot))


def _compare(before: Snapshot, after: Snapshot, people: Iterable[NotePath]) -> tuple[Moved, ...]:
    old, new = ({state.person.path: state for state in snapshot.people} for snapshot in (before, after))
    return tuple(_compare_states(old[path], new[path]) for path in people)


def _compare_states(old: PersonState, new: PersonState) -> Moved:
    strengths, bands = (old.tie.strength, new.tie.strength), (old.tie.band, new.tie.band)
    return Moved(old.person.path, old.person.name, _next_day(old), _next_day(new), *strengths, *bands)


def _next_day(state: PersonState) -> dt.date | None:
    followup = state.followup
    return state.tie.due if followup is None else followup.planned or followup.due
