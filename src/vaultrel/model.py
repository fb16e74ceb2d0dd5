"""The values every part of vaultrel speaks in: frozen, comparable, and free of behaviour that decides.

Lines and columns are 1-based in the raw file; columns count code points. Paths are relative to the
vault, with ``/``, spelled as the file system spells them. Days are `datetime.date`: vaultrel never
converts between time zones, so that two machines on one synced vault agree.

Each is made of values that were there before it, and so can be part of no reference cycle: Python's search for cycles
need not look at them (`gc=False`), of which a vault has hundreds of thousands.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate, chain
from typing import TYPE_CHECKING, Literal, NamedTuple, NewType, TypeAlias, TypeVar, overload

from msgspec import Struct
from msgspec.structs import force_setattr

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_T = TypeVar("_T")

NotePath = NewType("NotePath", str)
"""Path of a note relative to the vault's root, with ``/``."""

Direction: TypeAlias = Literal["by_me", "by_them", "mutual", "unknown"]
"""Who started a contact; ``mutual`` is contact that takes two (a meeting)."""

Band: TypeAlias = Literal["close", "warm", "fading", "dormant", "new"]
"""How a tie stands against its own rhythm; ``new`` means too little is known to say."""

BANDS: tuple[Band, ...] = ("close", "warm", "fading", "dormant", "new")
"""Every band, from the nearest to the least known."""

Resolution: TypeAlias = Literal["resolved", "ambiguous", "unknown"]

Severity: TypeAlias = Literal["info", "warning", "error"]

OwnedValue: TypeAlias = int | str | dt.date
"""A value vaultrel writes: integer, plain word, or day."""

OWNED_FIELDS: tuple[str, ...] = (
    "rel_strength",
    "rel_band",
    "rel_last_contact",
    "rel_next_followup",
    "rel_rhythm_days",
    "rel_contact_days",
)
"""The only properties vaultrel computes and writes, in the order in which they are added to a note."""


class Fingerprint(NamedTuple):
    """What tells, without reading it, that a file may have changed: times in nanoseconds, size in bytes."""

    mtime_ns: int
    ctime_ns: int
    size: int
    inode: int


class Diagnostic(Struct, frozen=True, gc=False):
    """Something in a note that needs the user's eye; never an exception.

    `code` is stable (lower case, hyphens) and documented. `line` and `column` are 1-based; 0 means the
    whole note.
    """

    path: NotePath
    code: str
    message: str
    line: int = 0
    column: int = 0
    severity: Severity = "warning"


class Mention(Struct, frozen=True, gc=False):
    """One place in visible text, or in a property, that may name a person; not yet resolved.

    Attributes:
        syntax: name of the mention syntax that found it (``wikilink``, ``markdown_link``, ``handle``,
            ``email``, ``name``, ``plain_name``).
        target: what is named, without heading, block, alias and ``.md``: a link path, handle, address or name.
        surface: the text exactly as written at `line` and `column`.
        embed: true for ``![[X]]``, which shows a note and is never contact.
    """

    syntax: str
    target: str
    surface: str
    line: int
    column: int
    embed: bool = False


class Scalar(Struct, frozen=True, gc=False):
    """One leaf of a property's value, as text (YAML 1.2 core: dates and ``NO`` stay text).

    Attributes:
        text: the value unquoted and unescaped; an unquoted ``[[X]]`` is given back as ``[[X]]``.
        plain: true when written without quotes, so that ``true`` may mean a boolean.
        mentions: links inside the value, with their place in the raw file.
    """

    text: str
    line: int
    column: int
    plain: bool = True
    mentions: tuple[Mention, ...] = ()


class Property(Struct, frozen=True, gc=False):
    """One top-level frontmatter entry.

    Attributes:
        key: as written; compare with `str.casefold`.
        line: line of the key.
        shape: ``mapping`` values keep no leaves: vaultrel reads no nested property.
        leaves: the non-null scalars of a scalar or list value, in order (nested lists flattened).
    """

    key: str
    line: int
    shape: Literal["scalar", "list", "mapping"]
    leaves: tuple[Scalar, ...] = ()


class Task(Struct, frozen=True, gc=False):
    """The task on one list item, in the Tasks, Dataview and Kanban spellings.

    Attributes:
        status: the character between the brackets: ``" "`` open, ``x`` or ``X`` done, ``-`` cancelled,
            anything else open.
        due, done, cancelled: days written in the task, when valid.
    """

    status: str
    due: dt.date | None = None
    done: dt.date | None = None
    cancelled: dt.date | None = None

    @property
    def is_done(self) -> bool:
        """True for ``[x]`` and ``[X]``."""
        return self.status in {"x", "X"}

    @property
    def is_open(self) -> bool:
        """True while it is still a promise: neither done nor cancelled."""
        return not self.is_done and self.status != "-"


class InlineField(Struct, frozen=True, gc=False):
    """One Dataview-style field ``key:: value`` (whole line, ``[key:: value]`` or ``(key:: value)``).

    `start` and `end` are 1-based columns of the value in its line, `end` exclusive.
    """

    key: str
    value: str
    start: int
    end: int


class TextLine(Struct, frozen=True, gc=False):
    """One line of visible body text that carries something vaultrel uses.

    Lines with no mention, task, field, date, attendee, day or question, and not below a heading such as News or Ask
    next time, are not kept, save the first line of prose.

    Attributes:
        text: visible text (hidden spans blanked), stripped, at most 400 code points.
        heading: text of the nearest heading above, without ``#``; empty at the top.
        is_heading: the line is itself a heading.
        is_item: the line is a list item.
        attendees: the line lists attendees (below an Attendees heading, or after such a label).
        date: the day that dates this entry: its own leading date, or that of the dated heading above it.
        own_date: the entry's line itself starts with that date.
        task: the task of the item, or the open or cancelled one it is nested below.
    """

    line: int
    text: str
    heading: str = ""
    is_heading: bool = False
    is_item: bool = False
    attendees: bool = False
    date: dt.date | None = None
    own_date: bool = False
    task: Task | None = None
    fields: tuple[InlineField, ...] = ()
    mentions: tuple[Mention, ...] = ()


class Tag(Struct, frozen=True, gc=False):
    """A tag without ``#``, as written, from the ``tags`` property or the visible body."""

    name: str
    line: int


class NoteDate(Struct, frozen=True, gc=False):
    """The day a note is about, and where that was read.

    Attributes:
        time: start time when the note gives one; None means the whole day.
        source: ``property``, ``name`` (file name or daily-note format) or ``line`` (first ``Date:`` line).
        line: line of the evidence; 1 for the file name.
    """

    day: dt.date
    time: dt.time | None
    source: Literal["property", "name", "line"]
    line: int = 1


class Refusal(Struct, frozen=True, gc=False):
    """Why a note is never written. `code` is stable and documented."""

    code: str
    message: str
    line: int = 0


class Note(Struct, frozen=True, gc=False):
    """Everything vaultrel takes from one note's bytes.

    Attributes:
        digest: SHA-256 of the bytes, hexadecimal: what a later write is compared against.
        properties: top-level frontmatter entries in order; of duplicate keys the last stands last.
        lines: the body lines worth keeping, in order.
        lead: first line of visible prose (no heading, field, task), for quoting; None if there is none.
        template: the note is a template: never a person, a meeting or a write target.
        daily: the file name is a day in one of the vault's daily-note formats.
        refusal: why the note must not be written; None when it may be.
    """

    path: NotePath
    digest: str
    properties: tuple[Property, ...] = ()
    tags: tuple[Tag, ...] = ()
    lines: tuple[TextLine, ...] = ()
    lead: TextLine | None = None
    title: str = ""
    date: NoteDate | None = None
    daily: bool = False
    template: bool = False
    refusal: Refusal | None = None
    diagnostics: tuple[Diagnostic, ...] = ()


class Reason(Struct, frozen=True, gc=False):
    """One piece of evidence for or against what a note is, with the line that shows it (1 for the path)."""

    text: str
    line: int = 1


class Classification(Struct, frozen=True, gc=False):
    """What a note is, and why.

    Attributes:
        kind: ``person`` or ``meeting`` when the evidence for it stands, else ``other``.
        reasons: what spoke for `kind`; for ``other``, what would have.
        against: what spoke against a person or meeting.
    """

    kind: Literal["person", "meeting", "other"]
    reasons: tuple[Reason, ...] = ()
    against: tuple[Reason, ...] = ()


class Evidence(Struct, frozen=True, gc=False):
    """A line in a note that shows something; `quote` is its visible text, possibly shortened."""

    path: NotePath
    line: int
    quote: str = ""
    day: dt.date | None = None


class Person(Struct, frozen=True, gc=False):
    """A person note: the names that lead to it and what the user wrote about the person.

    Attributes:
        path: the note.
        name: the name to show.
        names: every name the note answers to, `name` first, each once.
        emails: addresses in lower case.
        handles: handles without ``@``, in lower case.
        interests: as the user wrote them.
        birthday: None unless unambiguous; a birthday without a year has year 1604, as vCard software writes it.
        cadence_days: a gap the user asks for, in days; None: learn it.
        as_needed: the user wants no reminders for this person.
        ignored: ``rel_ignore: true``.
        snooze_until: no follow-up before this day.
        circle: the user's own ``rel_circle``, in lower case; empty when not set.
        ended: what the note says of the tie's end, as written (``status: archived``, ``#deceased``): the history stays,
            and nothing is proposed any more. Empty when it says nothing of the kind.
        met: how, where or through whom you met, as evidence; None when not written.
        written: our own fields as they stand in the note, key and text; bands and the quiet law depend on them.
        lines: where a fact stands: each interest, ``birthday``, ``cadence``, ``ended``, with its line.
    """

    path: NotePath
    name: str
    names: tuple[str, ...]
    emails: tuple[str, ...] = ()
    handles: tuple[str, ...] = ()
    interests: tuple[str, ...] = ()
    birthday: dt.date | None = None
    cadence_days: int | None = None
    as_needed: bool = False
    ignored: bool = False
    snooze_until: dt.date | None = None
    circle: str = ""
    ended: str = ""
    met: Evidence | None = None
    written: tuple[tuple[str, str], ...] = ()
    lines: tuple[tuple[str, int], ...] = ()

    def line_of(self, fact: str) -> int:
        """The line at which the note says `fact`; 1 when it is not known."""
        return dict(self.lines).get(fact, 1)


class ResolvedMention(Struct, frozen=True, gc=False):
    """A mention with the person it names, if that is certain.

    Attributes:
        person: the person note, only when `resolution` is ``resolved``.
        candidates: the people it could be, when ambiguous.
        contact: it counts as evidence of contact.
        day: the day of that contact, or the note's day; None when undated.
    """

    path: NotePath
    mention: Mention
    resolution: Resolution
    person: NotePath | None = None
    candidates: tuple[NotePath, ...] = ()
    contact: bool = False
    day: dt.date | None = None


class Attendee(Struct, frozen=True, gc=False):
    """One attendee of a meeting; `path` is None for a name without exactly one person note."""

    name: str
    path: NotePath | None
    line: int
    column: int


class Meeting(Struct, frozen=True, gc=False):
    """A dated meeting note and who was there. `held` is false when it was cancelled or lies ahead."""

    path: NotePath
    day: dt.date
    time: dt.time | None
    attendees: tuple[Attendee, ...]
    held: bool = True


class Interaction(Struct, frozen=True, gc=False):
    """Dated evidence of contact with one person: at most one per person, note and day.

    Attributes:
        kind: ``meeting``, ``call``, ``message``, ``mention``, ``contact``, ``task``.
        present: number of people present apart from the owner, at least 1.
        quote: visible text of the line, for showing.
    """

    person: NotePath
    path: NotePath
    line: int
    day: dt.date
    kind: str
    direction: Direction
    present: int = 1
    quote: str = ""


class Promise(Struct, frozen=True, gc=False):
    """An open task that names a person: something to do for or with them; `by` is who is to keep it."""

    person: NotePath
    path: NotePath
    line: int
    text: str
    due: dt.date | None
    noted: dt.date | None
    by: Literal["me", "them"] = "me"


class Fact(Struct, frozen=True, gc=False):
    """One line of the notes about a person: their news, a day in their life, or a question the user wants to ask.

    Attributes:
        kind: ``question``; ``news`` without a day; with a day ``start`` (of a job, a school), ``health``, ``exam``,
            ``show`` (a talk, a concert, an exhibition), ``move``, ``celebration``, ``trip``, or ``day`` for any other.
        text: visible text of the line, for quoting.
        day: the day it happens; None where the line names none.
        noted: the day it was written down; None where the note does not say.
    """

    person: NotePath
    path: NotePath
    line: int
    kind: str
    text: str
    day: dt.date | None = None
    noted: dt.date | None = None


class NoteEvidence(Struct, frozen=True, gc=False):
    """What one note says about people, once names are resolved.

    `keys` are the comparison keys its mentions depend on: when the registry changes its answer for one of
    them, this note's evidence is made again, and only then.
    """

    path: NotePath
    mentions: tuple[ResolvedMention, ...] = ()
    interactions: tuple[Interaction, ...] = ()
    promises: tuple[Promise, ...] = ()
    facts: tuple[Fact, ...] = ()
    meeting: Meeting | None = None
    keys: frozenset[str] = frozenset()
    diagnostics: tuple[Diagnostic, ...] = ()


class ContactDay(Struct, frozen=True, gc=False):
    """One day with contact, however many notes tell of it.

    Attributes:
        present: people present apart from the owner, in the smallest company of the day.
        directions: every direction seen that day.
        kinds: every kind seen that day.
    """

    day: dt.date
    present: int
    directions: frozenset[Direction]
    kinds: frozenset[str]


class StrengthTerm(Struct, frozen=True, gc=False):
    """One addend of the strength shown; the points of all terms sum to it exactly."""

    label: str
    detail: str
    points: int


class TieStrength(Struct, frozen=True, gc=False):
    """How a tie stands on one day.

    Attributes:
        strength: integer 0–100, the number written and shown.
        score: the same before rounding.
        terms: what it is made of; their points sum to `strength`.
        probability: chance of contact within 90 days, 0–1.
        trend: −1 cooling … +1 warming; 0 while too little is known.
        rhythm_days: usual gap in days, learned; None while there is too little to learn from.
        due_gap_days: silence, in days, after which contact is due: the user's cadence, the wait after a first contact,
            or learned and clamped; None without contact.
        due: the day contact becomes due; None when nothing is due by itself (as needed, ignored, no contact).
        balance: share of contact you started, 0–1, where known; None where not.
        relationship: passes the gate of a relationship; `gate` says each condition and whether it holds.
        peak: the highest strength there ever was, 0–100; `peak_day` is the last day that had it, None without contact.
    """

    strength: int
    score: float
    terms: tuple[StrengthTerm, ...]
    probability: float
    trend: float
    rhythm_days: int | None
    due_gap_days: float | None
    due: dt.date | None
    band: Band
    balance: float | None
    contact_days: int
    first_contact: dt.date | None
    last_contact: dt.date | None
    relationship: bool
    gate: tuple[tuple[str, bool], ...]
    peak: int = 0
    peak_day: dt.date | None = None


class FollowUp(Struct, frozen=True, gc=False):
    """A dated proposal to get in touch.

    Attributes:
        due: the day it becomes due: moves only with new evidence or the user's word.
        planned: the day it was placed on within the plan's capacity; None when it waits.
        kind: ``first`` (after a first meeting), ``promise``, ``fact`` (a day in their life), ``rhythm``, ``renetwork``.
        cycle: what it answers (a contact day, a promise, a fact): the same follow-up keeps the same cycle.
        last_time: when you were last in touch, with a quoted line; empty when never.
        reason: why now.
        action: the call to action.
        evidence: the lines behind every sentence.
        worth: what is at risk, and the order in which follow-ups choose their day: importance × the highest strength
            so far × how rarely contact comes about by itself; for ``renetwork`` × the days of contact instead. It does
            not change as days pass.
        touch: the form of contact that `action` proposes, such as ``coffee`` or ``share``; empty until words are found.
        minutes: how long that takes, roughly.
    """

    person: NotePath
    name: str
    due: dt.date
    planned: dt.date | None
    kind: str
    cycle: str
    last_time: str
    reason: str
    action: str
    evidence: tuple[Evidence, ...]
    worth: float = 0.0
    touch: str = ""
    minutes: int = 0


class PersonState(Struct, frozen=True, gc=False):
    """A person with everything derived about the tie."""

    person: Person
    tie: TieStrength
    days: tuple[ContactDay, ...]
    interactions: tuple[Interaction, ...]
    promises: tuple[Promise, ...] = ()
    facts: tuple[Fact, ...] = ()
    followup: FollowUp | None = None


class UnknownName(Struct, frozen=True, gc=False):
    """A name met in an attendee list that no person note answers to."""

    name: str
    count: int
    places: tuple[Evidence, ...]


class Month(NamedTuple):
    """The state of things on the first day of a month.

    Attributes:
        day: that day.
        relationships: how many there were on it.
        met: people with whom the notes tell of contact up to it.
    """

    day: dt.date
    relationships: int
    met: int


class Items(Sequence[_T]):
    """An immutable sequence in pieces: one that differs from another in a few items shares all other pieces with it.

    Making it takes no look at the items, of which a large vault has hundreds of thousands. It equals every sequence of
    equal items.

    Args:
        pieces: none of them empty.
    """

    __slots__ = ("_ends", "pieces")

    def __init__(self, pieces: Iterable[tuple[_T, ...]]) -> None:
        self.pieces = tuple(pieces)
        self._ends = tuple(accumulate(map(len, self.pieces)))

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    def __iter__(self) -> Iterator[_T]:
        return chain.from_iterable(self.pieces)

    @overload
    def __getitem__(self, at: int) -> _T: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[_T, ...]: ...
    def __getitem__(self, at: int | slice) -> _T | tuple[_T, ...]:
        if isinstance(at, slice):
            return tuple(self)[at]
        place = range(len(self))[at]
        piece = bisect_right(self._ends, place)
        return self.pieces[piece][place - self._ends[piece]]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence):
            return NotImplemented
        # Tuples take no look into what is the same object in both.
        if isinstance(other, Items) and self._ends == other._ends:
            return self.pieces == other.pieces
        return len(self) == len(other) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return f"Items({[*self]})"


class Snapshot(Struct, frozen=True, gc=False):
    """The whole answer for one vault on one day. All is sorted, so equal vaults give equal snapshots.

    Attributes:
        people: by path.
        meetings: by day, time, path.
        mentions: by path, line, column.
        ambiguous: those of `mentions` that could name several people.
        interactions: by day, person, path, line.
        followups: the plan, soonest first.
        waiting: due within the horizon, without a day in the plan; soonest first.
        owners: the owner, by their own notes; never among the people.
        months: the first day of every month since the month after the first contact; the latest last.

    What a large vault has many of is held as `Items`, whatever it was made of.
    """

    as_of: dt.date
    note_count: int
    people: Sequence[PersonState] = ()
    meetings: Sequence[Meeting] = ()
    mentions: Sequence[ResolvedMention] = ()
    ambiguous: Sequence[ResolvedMention] = ()
    interactions: Sequence[Interaction] = ()
    followups: tuple[FollowUp, ...] = ()
    waiting: tuple[FollowUp, ...] = ()
    unknown_names: Sequence[UnknownName] = ()
    diagnostics: Sequence[Diagnostic] = ()
    owners: tuple[Person, ...] = ()
    months: tuple[Month, ...] = ()

    def __post_init__(self) -> None:
        for name in _MANY:
            if not isinstance(held := getattr(self, name), Items):
                force_setattr(self, name, Items([tuple(held)] if held else []))


_MANY = ("people", "meetings", "mentions", "ambiguous", "interactions", "unknown_names", "diagnostics")


class NotePatch(Struct, frozen=True, gc=False):
    """The owned fields of one person note that are to change.

    Attributes:
        expected_digest: SHA-256 of the bytes the patch was planned against; other bytes are never written.
        fields: key and new value, in the order of `OWNED_FIELDS`; None removes the key.
        before: what the note says now, as text; a missing key is not listed.
    """

    path: NotePath
    expected_digest: str
    fields: tuple[tuple[str, OwnedValue | None], ...]
    before: tuple[tuple[str, str], ...] = ()
