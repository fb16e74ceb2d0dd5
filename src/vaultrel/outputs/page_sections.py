"""What the web page says, section by section, as values without markup. Every number comes from the snapshot."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from msgspec import Struct

from vaultrel.core.census import YEAR_DAYS, take_census
from vaultrel.core.feasibility import assess_feasibility, tell_feasibility
from vaultrel.core.occasions import next_birthday, shift_day
from vaultrel.core.revival import find_revivals
from vaultrel.core.strength import get_model, strength_history
from vaultrel.core.text import clean_text
from vaultrel.model import BANDS
from vaultrel.outputs.page_charts import Curve, Part, SilenceBar, draw_curve, draw_silence, split_bar
from vaultrel.outputs.page_words import ShownDay, ShownName, Writer, followup_key, show_count, show_span

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Sequence

    from vaultrel.core.census import Census, Change
    from vaultrel.core.feasibility import Feasibility
    from vaultrel.model import Band, FollowUp, PersonState, Snapshot
    from vaultrel.settings import RelationshipSettings, Settings

WEEK_DAYS = 7
MONTH_DAYS = 30
AHEAD_DAYS = 30
"""How far ahead "Coming up" looks."""
SHOWN_MONTHS = 12
SHOWN_CHANGES = 12
SHOWN_NAMES = 3
SHOWN_FADING = 8
SHOWN_REVIVALS = 5
SHOWN_COMING = 12
SHOWN_STARTS = 5
SPARK_WEEKS = 26
TOUCH_LIMIT = 20
SPARK_LEAST = 25
"""Points of strength that fill the height of a small curve, at least: a tie that hardly moved looks like it."""
SEEN_DAYS = 90

BAND_LABELS: dict[Band, str] = {
    "close": "Close",
    "warm": "Warm",
    "fading": "Fading",
    "dormant": "Dormant",
    "new": "New",
}
_KIND_CHIPS = {
    "first": ("New tie", "good"),
    "promise": ("Promise", "good"),
    "fact": ("Their day", "good"),
    "renetwork": ("Once close", "warn"),
}
"""What stands beside a name when something else than the rhythm of contact is the reason, and its tone."""
_BAND_TONES: dict[Band, str] = {"close": "good", "warm": "good", "fading": "warn", "dormant": "plain", "new": "plain"}
_BIRTHDAY_STEP_DAYS = 15
"""`next_birthday` looks two weeks ahead: asked twice, it looks a month ahead."""


class BandCount(Struct, frozen=True):
    """One part of the bar of all contacts."""

    band: Band
    label: str
    count: int
    part: Part


class ShownChange(Struct, frozen=True):
    """A tie that became a relationship or lapsed, and the note behind it."""

    day: ShownDay
    name: ShownName
    what: str
    tone: str
    source: ShownName | None


class Headline(Struct, frozen=True):
    """Relationships, not contacts, and how that came about.

    Attributes:
        gained, lost: the first of those who became relationships, and who lapsed, in the last 30 days; `more_gained`
            and `more_lost` count the others.
        curve: relationships on the first of each month of the last year, then today; None in the first month.
        curve_words: the same in words.
    """

    relationships: int
    contacts: int
    definition: str
    gained: tuple[ShownName, ...]
    more_gained: int
    lost: tuple[ShownName, ...]
    more_lost: int
    bands: tuple[BandCount, ...]
    curve: Curve | None
    curve_from: tuple[str, int]
    curve_words: str
    changes: tuple[ShownChange, ...]


class Card(Struct, frozen=True):
    """One follow-up of the week; `instead` stands for the call to action where names are hidden."""

    key: str
    day: ShownDay
    is_past: bool
    name: ShownName
    chip: str
    tone: str
    last_time: str
    source: ShownName | None
    reason: str
    action: str
    instead: str
    minutes: int


class Week(Struct, frozen=True):
    """This week's follow-ups; `later` more have a later day or none, and `capacity` says what a week can hold."""

    cards: tuple[Card, ...]
    later: int
    per_week: int
    capacity: tuple[str, ...]


class FadingTie(Struct, frozen=True):
    """A relationship that goes quiet."""

    name: ShownName
    strength: int
    peak: int
    peak_day: ShownDay | None
    spark: Curve
    bar: SilenceBar
    quiet: str
    usual: str


class QuietTie(Struct, frozen=True):
    """A tie that was once strong and is quiet now."""

    name: ShownName
    peak: int
    days: str
    last: ShownDay


class Fading(Struct, frozen=True):
    """Ties going quiet, most worth saving first, and ties gone quiet in which most was built."""

    ties: tuple[FadingTie, ...]
    total: int
    revivals: tuple[QuietTie, ...]
    revivals_total: int


class Figure(Struct, frozen=True):
    """A number and what it counts."""

    value: str
    words: str


class Starts(Struct, frozen=True):
    """Who starts, with one person: on how many days you did, and they; `part` is your share of the drawn bar."""

    name: ShownName
    mine: int
    theirs: int
    part: float


class Coming(Struct, frozen=True):
    """Something ahead; `late` when its day has passed."""

    day: ShownDay
    late: bool
    name: ShownName
    label: str
    words: str


class Contact(Struct, frozen=True):
    """A row of the list of everybody."""

    name: ShownName
    band: Band
    label: str
    strength: int
    last: ShownDay | None


class Sections(Struct, frozen=True):
    """The whole page."""

    headline: Headline
    week: Week
    fading: Fading
    figures: tuple[Figure, ...]
    starts: tuple[Starts, ...]
    coming: tuple[Coming, ...]
    more_coming: int
    people: tuple[Contact, ...]
    unknown_names: int


def compose_sections(snapshot: Snapshot, settings: Settings, writer: Writer) -> Sections:
    """Everything that the page says about a snapshot, apart from the map."""
    census = take_census(snapshot, settings.relationship)
    feasibility = assess_feasibility(snapshot.people, settings)
    coming = sorted(_find_coming(snapshot, writer), key=lambda each: (each.day.iso, each.name.text, each.words))
    return Sections(
        headline=_compose_headline(snapshot, census, settings.relationship, writer),
        week=_compose_week(snapshot, feasibility, settings, writer),
        fading=_compose_fading(snapshot, settings, writer),
        figures=tuple(_count_figures(snapshot, census, feasibility)),
        starts=_compare_starts(snapshot, writer),
        coming=tuple(coming[:SHOWN_COMING]),
        more_coming=max(len(coming) - SHOWN_COMING, 0),
        people=_list_people(snapshot, writer),
        unknown_names=len(snapshot.unknown_names),
    )


# Headline


def _compose_headline(snapshot: Snapshot, census: Census, settings: RelationshipSettings, writer: Writer) -> Headline:
    relationships = sum(state.tie.relationship for state in snapshot.people)
    month_ago = shift_day(snapshot.as_of, -MONTH_DAYS)
    recent = [change for change in census.changes if change.day > month_ago]
    gained = [change for change in recent if change.kind != "lapsed"]
    lost = [change for change in recent if change.kind == "lapsed"]
    months = [(writer.day(month.day), month.relationships) for month in snapshot.months[-SHOWN_MONTHS:]]
    counts = [count for _, count in months] + [relationships]
    return Headline(
        relationships=relationships,
        contacts=len(snapshot.people),
        definition=_define_relationship(settings),
        gained=_name_changes(gained, writer),
        more_gained=max(len(gained) - SHOWN_NAMES, 0),
        lost=_name_changes(lost, writer),
        more_lost=max(len(lost) - SHOWN_NAMES, 0),
        bands=_count_bands(snapshot),
        curve=draw_curve([*counts], 300, 84, lowest=0) if months else None,
        curve_from=(f"{months[0][0].month} {months[0][0].iso[:4]}", months[0][1]) if months else ("", 0),
        curve_words=", ".join([*(f"{day.month} {count}" for day, count in months), f"today {relationships}"]),
        changes=tuple(_show_change(change, writer) for change in census.changes[: -SHOWN_CHANGES - 1 : -1]),
    )


def _name_changes(changes: Sequence[Change], writer: Writer) -> tuple[ShownName, ...]:
    return tuple(writer.name(change.name, change.person) for change in changes[-SHOWN_NAMES:])


def _define_relationship(settings: RelationshipSettings) -> str:
    return (
        f"At least {show_count(settings.contact_days, 'day')} of contact, spread over at least "
        f"{show_count(settings.span_days, 'day')}, the last within {show_count(settings.quiet_days, 'day')} "
        f"(or {settings.quiet_rhythms} × the usual gap, if longer), and not one-way only."
    )


def _count_bands(snapshot: Snapshot) -> tuple[BandCount, ...]:
    counted = Counter(state.tie.band for state in snapshot.people)
    counts = [counted[band] for band in BANDS]
    parts = split_bar(counts, 400, 2)
    return tuple(
        BandCount(band, BAND_LABELS[band], count, part) for band, count, part in zip(BANDS, counts, parts, strict=True)
    )


def _show_change(change: Change, writer: Writer) -> ShownChange:
    what = {"became": "became a relationship", "revived": "is one again", "lapsed": "lapsed"}[change.kind]
    tone = "plain" if change.kind == "lapsed" else "good"
    name = writer.name(change.name, change.person)
    source = writer.source(change.evidence) if change.evidence.path != change.person else None
    return ShownChange(writer.day(change.day), name, what, tone, source)


# This week


def _compose_week(snapshot: Snapshot, feasibility: Feasibility, settings: Settings, writer: Writer) -> Week:
    end = shift_day(snapshot.as_of, WEEK_DAYS)
    shown = [followup for followup in snapshot.followups if followup.planned is not None and followup.planned < end]
    ties = {state.person.path: state.tie for state in snapshot.people}
    cards = []
    for followup in shown:
        tie = ties.get(followup.person)
        chip, tone = _KIND_CHIPS.get(followup.kind, ("Follow-up", "plain"))
        if followup.kind not in _KIND_CHIPS and tie is not None:
            chip, tone = f"{BAND_LABELS[tie.band]} {tie.strength}", _BAND_TONES[tie.band]
        cards.append(_show_card(followup, chip, tone, snapshot.as_of, writer))
    capacity = tell_feasibility(feasibility, settings.phrases) if feasibility.kept < feasibility.total else ()
    later = len(snapshot.followups) - len(shown) + len(snapshot.waiting)
    return Week(tuple(cards), later, settings.plan.per_week, tuple(writer.words(sentence) for sentence in capacity))


def _show_card(followup: FollowUp, chip: str, tone: str, as_of: dt.date, writer: Writer) -> Card:
    assert followup.planned is not None
    told = followup.evidence[:1] if followup.last_time else ()
    return Card(
        key=followup_key(followup),
        day=writer.day(followup.planned),
        is_past=followup.planned < as_of,
        name=writer.name(followup.name, followup.person),
        chip=chip,
        tone=tone,
        last_time=writer.words(followup.last_time),
        source=next((writer.source(shown) for shown in told if shown.path != followup.person), None),
        reason=writer.words(followup.reason),
        action=writer.words(followup.action),
        instead=clean_text(followup.touch, TOUCH_LIMIT).capitalize() or "Get in touch",
        minutes=followup.minutes,
    )


# Fading


def _compose_fading(snapshot: Snapshot, settings: Settings, writer: Writer) -> Fading:
    fading = sorted(
        (state for state in snapshot.people if state.tie.band == "fading" and not _is_left_alone(state)),
        key=lambda state: (-(state.followup.worth if state.followup else 0.0), -state.tie.peak, state.person.path),
    )
    shown = fading[:SHOWN_FADING]
    most = max((_quiet_days(state, snapshot.as_of) / _usual_days(state) for state in shown), default=1.0)
    revivals = find_revivals(snapshot, settings)
    return Fading(
        ties=tuple(_show_fading(state, most, snapshot.as_of, settings, writer) for state in shown),
        total=len(fading),
        revivals=tuple(_show_quiet(revival.state, writer) for revival in revivals[:SHOWN_REVIVALS]),
        revivals_total=len(revivals),
    )


def _is_left_alone(state: PersonState) -> bool:
    return state.person.ignored or bool(state.person.ended)


def _quiet_days(state: PersonState, as_of: dt.date) -> int:
    assert state.tie.last_contact is not None
    return (as_of - state.tie.last_contact).days


def _usual_days(state: PersonState) -> float:
    """The usual gap; for a tie too young to have one, the silence after which contact is due."""
    return max(state.tie.rhythm_days or state.tie.due_gap_days or 1.0, 1.0)


def _show_fading(state: PersonState, most: float, as_of: dt.date, settings: Settings, writer: Writer) -> FadingTie:
    tie = state.tie
    weeks = [shift_day(as_of, -WEEK_DAYS * back) for back in range(SPARK_WEEKS, -1, -1)]
    history = strength_history(get_model(settings.strength_model), state.days, weeks)
    quiet, usual = _quiet_days(state, as_of), _usual_days(state)
    return FadingTie(
        name=writer.name(state.person.name, state.person.path),
        strength=tie.strength,
        peak=tie.peak,
        peak_day=writer.day(tie.peak_day) if tie.peak_day else None,
        spark=draw_curve(history, 96, 30, least=SPARK_LEAST),
        bar=draw_silence(quiet, usual, most, 160),
        quiet=show_span(quiet),
        usual=show_span(round(usual)),
    )


def _show_quiet(state: PersonState, writer: Writer) -> QuietTie:
    assert state.tie.last_contact is not None
    name = writer.name(state.person.name, state.person.path)
    days = show_count(state.tie.contact_days, "day")
    return QuietTie(name, state.tie.peak, days, writer.day(state.tie.last_contact))


# Give and take


def _count_figures(snapshot: Snapshot, census: Census, feasibility: Feasibility) -> Iterator[Figure]:
    """How the user keeps in touch; nothing of what the notes do not say."""
    if not snapshot.interactions:
        return
    balance, time = census.balance, census.time
    if balance.started_by_me or balance.started_by_them:
        yield Figure(
            f"{balance.started_by_me:,} : {balance.started_by_them:,}",
            "days that you started, and that they did, where notes say who; last 12 months",
        )
    yield Figure(f"{balance.promised_by_me:,}", "open promises of yours")
    yield Figure(f"{balance.promised_by_them:,}", "open promises to you")
    seen = _count_seen(snapshot)
    yield Figure(f"{seen:,}", f"{'person' if seen == 1 else 'people'} met in person, last {SEEN_DAYS} days")
    if time is not None and (total := time.new + time.old):
        yield Figure(f"{time.old / total:.0%}", "of your days of contact were with people known for over a year")
    year_ago = shift_day(snapshot.as_of, -YEAR_DAYS)
    revived = {change.person for change in census.changes if change.kind == "revived" and change.day > year_ago}
    if revived:
        noun = "an old tie that became a relationship" if len(revived) == 1 else "old ties that became relationships"
        yield Figure(f"{len(revived):,}", f"{noun} again, last 12 months")
    if feasibility.total:
        kept = f"{feasibility.kept:,} of {feasibility.total:,}"
        yield Figure(kept, f"people to stay in touch with fit into {feasibility.capacity} a week")


def _count_seen(snapshot: Snapshot) -> int:
    since = shift_day(snapshot.as_of, -SEEN_DAYS)
    met = {found.person for found in snapshot.interactions if found.kind == "meeting" and found.day > since}
    return len(met)


def _compare_starts(snapshot: Snapshot, writer: Writer) -> tuple[Starts, ...]:
    """The people with whom it is known who starts, the most one-sided first."""
    known = [state for state in snapshot.people if state.tie.balance is not None and not _is_left_alone(state)]
    known.sort(key=lambda state: (-abs((state.tie.balance or 0.0) - 0.5), -state.tie.strength, state.person.path))
    return tuple(_show_starts(state, writer) for state in known[:SHOWN_STARTS])


def _show_starts(state: PersonState, writer: Writer) -> Starts:
    days = {way: {i.day for i in state.interactions if i.direction == way} for way in ("by_me", "by_them")}
    part = round(120 * (state.tie.balance or 0.0), 1)
    return Starts(writer.name(state.person.name, state.person.path), len(days["by_me"]), len(days["by_them"]), part)


# Coming up


def _find_coming(snapshot: Snapshot, writer: Writer) -> Iterator[Coming]:
    """What is ahead in the next 30 days: birthdays, days in their lives, promises, the late ones among them."""
    for state in snapshot.people:
        if not state.days or _is_left_alone(state):
            continue
        name = writer.name(state.person.name, state.person.path)
        for day, label, words in (*_birthdays(state, snapshot.as_of), *_facts(state), *_promises(state)):
            late = day < snapshot.as_of
            if (day - snapshot.as_of).days <= AHEAD_DAYS and (label.endswith("promised") or not late):
                yield Coming(writer.day(day), late, name, label, writer.quote(words))


def _birthdays(state: PersonState, as_of: dt.date) -> Iterator[tuple[dt.date, str, str]]:
    looks = (next_birthday(state.person, shift_day(as_of, days)) for days in (0, _BIRTHDAY_STEP_DAYS))
    if found := next(filter(None, looks), None):
        yield found.day, "birthday" if found.age is None else f"turns {found.age}", ""


def _facts(state: PersonState) -> Iterator[tuple[dt.date, str, str]]:
    for fact in state.facts:
        if fact.day is not None and fact.kind != "question":
            yield fact.day, "", fact.text


def _promises(state: PersonState) -> Iterator[tuple[dt.date, str, str]]:
    for promise in state.promises:
        if promise.due is not None:
            yield promise.due, "you promised" if promise.by == "me" else "they promised", promise.text


# Everybody


def _list_people(snapshot: Snapshot, writer: Writer) -> tuple[Contact, ...]:
    people = sorted(snapshot.people, key=lambda state: (-state.tie.strength, state.person.name, state.person.path))
    return tuple(
        Contact(
            name=writer.name(state.person.name, state.person.path),
            band=state.tie.band,
            label=BAND_LABELS[state.tie.band],
            strength=state.tie.strength,
            last=writer.day(state.tie.last_contact) if state.tie.last_contact else None,
        )
        for state in people
    )
