"""What the user may set, typed, with every default in one place. Reads no file and no environment."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Literal, TypeAlias, get_args, get_origin

import msgspec

from vaultrel.errors import SettingsError

Positive = Annotated[int, msgspec.Meta(ge=1)]


class PeopleSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which notes are about a person. Words are compared without case, digits, punctuation and emoji."""

    folders: tuple[str, ...] = ("people", "person", "persons", "contacts", "crm")
    tags: tuple[str, ...] = ("person", "people", "contact", "friend", "family", "colleague")
    type_keys: tuple[str, ...] = (
        "type",
        "kind",
        "category",
        "contenttype",
        "categories",
        "topics",
        "notetype",
        "class",
        "fileclass",
        "entity",
    )
    types: tuple[str, ...] = ("person", "people", "contact", "contacts")
    not_types: tuple[str, ...] = (
        "institution",
        "organization",
        "organisation",
        "company",
        "location",
        "place",
        "project",
        "moc",
        "index",
        "team",
        "vc",
        "article",
        "book",
        "concept",
        "deal",
        "event",
        "movie",
        "paper",
        "podcast",
        "quote",
        "recipe",
        "resource",
    )
    exclude: tuple[str, ...] = ()
    """Paths or folders that are never people, whatever else speaks for it."""
    plain_names: bool = False
    """Full names of people count in sentences too, where nobody linked them."""


class MeetingSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which notes are meetings, and where their attendees stand."""

    folders: tuple[str, ...] = (
        "meetings",
        "meeting",
        "meeting notes",
        "interactions",
        "calls",
        "1-1s",
        "1-1",
        "1on1s",
        "1on1",
        "1 on 1s",
        "one on ones",
    )
    tags: tuple[str, ...] = (
        "meeting",
        "meetings",
        "meeting note",
        "meeting notes",
        "1-1",
        "1on1",
        "1 on 1",
        "one-on-one",
        "interaction",
        "call",
    )
    types: tuple[str, ...] = (
        "meeting",
        "meetings",
        "meeting note",
        "meeting notes",
        "interaction",
        "1-1",
        "1on1",
        "1 on 1",
        "one-on-one",
        "call",
        "session",
    )
    attendee_keys: tuple[str, ...] = (
        "attendees",
        "participants",
        "people",
        "members",
        "with",
        "invitees",
        "guests",
        "speakers",
        "organizer",
        "organiser",
        "person",
        "companions",
        "attendee",
        "participant",
    )
    attendee_headings: tuple[str, ...] = (
        "attendees",
        "participants",
        "present",
        "team",
        "who",
        "attendee",
        "people present",
        "in attendance",
        "参会者",
        "参加者",
        "teilnehmer",
        "teilnehmende",
        "participantes",
        "asistentes",
        "participants présents",
        "deelnemers",
    )
    date_keys: tuple[str, ...] = ("date", "start", "startdate", "when", "event_date", "scheduled", "day")
    not_held: tuple[str, ...] = (
        "cancelled",
        "canceled",
        "declined",
        "no-show",
        "noshow",
        "planned",
        "postponed",
        "tentative",
    )
    """Values of `status` or `state`, or tags, that mean the meeting did not take place."""
    context: bool = True
    """Settle an ambiguous attendee where the other meetings leave no doubt."""


class ContactSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Inline fields that record contact, each with its kind and direction."""

    fields: Mapping[str, str] = msgspec.field(
        default_factory=lambda: {
            "met": "meeting:mutual",
            "with": "meeting:mutual",
            "met with": "meeting:mutual",
            "saw": "meeting:mutual",
            "lunch": "meeting:mutual",
            "coffee": "meeting:mutual",
            "dinner": "meeting:mutual",
            "called": "call:by_me",
            "call": "call:mutual",
            "phoned": "call:by_me",
            "rang": "call:by_them",
            "called by": "call:by_them",
            "wrote": "message:by_me",
            "emailed": "message:by_me",
            "messaged": "message:by_me",
            "texted": "message:by_me",
            "heard from": "message:by_them",
            "heard_from": "message:by_them",
            "received": "message:by_them",
            "from": "message:by_them",
            "in touch with": "contact:unknown",
            "contacted": "contact:by_me",
            "contacted by": "contact:by_them",
        }
    )
    """Field name to ``kind:direction``; kinds: meeting, call, message, contact."""


class RelationshipSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What it takes to count as a relationship; printed by `stats`."""

    contact_days: Positive = 3
    span_days: Positive = 60
    quiet_days: Positive = 365
    quiet_rhythms: Positive = 3


class PlanSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many follow-ups fit a week and a day, and how far ahead the plan looks."""

    per_week: Positive = 5
    per_day: Positive = 2
    quiet_days: tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...] = ()
    horizon_days: Positive = 120
    first_followup_days: Positive = 2
    renetwork_per_week: Annotated[int, msgspec.Meta(ge=0)] = 1


FEED_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
"""The name of a further feed: it is that of its file and part of its address on every system."""

NO_FEED_NAMES = (
    "followups",
    "publish",
    "con",
    "prn",
    "aux",
    "nul",
    *(f"{port}{n}" for port in ("com", "lpt") for n in range(10)),
)
"""Names taken: by the first feed, by `vaultrel feed publish`, and by Windows."""

Privacy: TypeAlias = Literal["full", "names", "initials"]
Alarm: TypeAlias = Literal["morning", "day-before", "none"]
Mode: TypeAlias = Literal["600", "640", "644", "660", "664"]
EventKind: TypeAlias = Literal["first", "promise", "fact", "birthday", "rhythm", "renetwork"]


class FeedSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The calendar subscription.

    Attributes:
        timezone: where times of day in notes are meant, such as ``Europe/Berlin``; empty: all events last whole days.
        keep_done_days: how long an answered follow-up stays, in days; 0: not at all.
        hosts: names besides those of this computer under which the server may be asked, for a proxy in front of it.
        publish_to: a folder outside the vault, or a file in one, that gets a copy at every scan; empty for none.
        publish_mode: permissions of that copy.
        vdir: a folder outside the vault where the follow-ups stand as files that a calendar program may change; empty
            for none.
    """

    name: str = "Follow-ups"
    privacy: Privacy = "full"
    alarm: Alarm = "morning"
    keep_done_days: Annotated[int, msgspec.Meta(ge=0, le=366)] = 0
    timezone: Annotated[str, msgspec.Meta(pattern=r"^([A-Za-z0-9_+-]{1,40}(/[A-Za-z0-9_+-]{1,40}){0,2})?\Z")] = ""
    host: str = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=0, le=65535)] = 8137
    hosts: tuple[str, ...] = ()
    publish_to: str = ""
    publish_mode: Mode = "600"
    vdir: str = ""


class FurtherFeedSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One more calendar, with some of the follow-ups: those that each filter given lets through.

    Attributes:
        name: the calendar's name; empty: that of the first, and this feed's own.
        circle: the user's own circles (``rel_circle``), of which the person is in one.
        tag: tags, without ``#``, of which the person's note has one, or one nested below it.
        band: bands, of which the tie has one.
        kind: kinds of events; a feed with this filter keeps no answered follow-ups.
        privacy: None: that of the first.
        alarm: None: that of the first.
        publish_to: see `FeedSettings`.
        publish_mode: see `FeedSettings`.
    """

    name: str = ""
    circle: tuple[str, ...] = ()
    tag: tuple[str, ...] = ()
    band: tuple[Literal["close", "warm", "fading", "dormant", "new"], ...] = ()
    kind: tuple[EventKind, ...] = ()
    privacy: Privacy | None = None
    alarm: Alarm | None = None
    publish_to: str = ""
    publish_mode: Mode = "600"


class PageSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The web page."""

    hide_names: bool = False
    """Initials instead of names, and no words from notes."""
    read_only: bool = False
    """Nothing to press that writes."""


class NotesSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The notes vaultrel makes in its folder."""

    relationships: bool = True
    """`Relationships.md`, with follow-ups to tick, and once `People.base` beside it."""


class WatchSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The daemon's patience, in seconds."""

    debounce_seconds: Annotated[float, msgspec.Meta(gt=0)] = 1.0
    """A burst of saves is read once it has been quiet for this long."""
    quiet_seconds: Annotated[float, msgspec.Meta(ge=0)] = 30.0
    """A person note is written only when nobody has touched it for this long."""
    rescan_seconds: Annotated[float, msgspec.Meta(gt=0)] = 900.0


class ObsidianSettings(msgspec.Struct, frozen=True):
    """What the vault's own `.obsidian` folder says; filled in by vaultrel, not by the user.

    Attributes:
        daily: (folder, moment.js format) pairs of daily notes.
        template_folders: folders that hold templates.
        ignored: entries of `userIgnoreFilters`, as written (a path prefix or ``/regex/``).
    """

    daily: tuple[tuple[str, str], ...] = (("", "YYYY-MM-DD"),)
    template_folders: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything the user may set.

    Attributes:
        me: names or note paths of the owner, who is never a contact.
        write: ``fields`` also writes person notes, ``folder`` only the generated folder, ``nothing`` neither.
        folder: vault folder for generated files.
        ignore: path prefixes that are not scanned.
        date_order: how to read 07/05/2026; by default it is not guessed.
        strength_model: name of the strength model.
        feeds: further calendars, by the name of their file.
        plugins: installed plugins to use, by their names.
        phrases: what to say in place of vaultrel's own sentences, by the phrase's name: another wording or language.
    """

    me: tuple[str, ...] = ("me",)
    write: Literal["fields", "folder", "nothing"] = "fields"
    folder: str = "vaultrel"
    ignore: tuple[str, ...] = ()
    date_order: Literal["", "dmy", "mdy"] = ""
    strength_model: str = "two-memories"
    plugins: tuple[str, ...] = ()
    phrases: Mapping[str, str] = msgspec.field(default_factory=dict)
    people: PeopleSettings = msgspec.field(default_factory=PeopleSettings)
    meetings: MeetingSettings = msgspec.field(default_factory=MeetingSettings)
    contact: ContactSettings = msgspec.field(default_factory=ContactSettings)
    relationship: RelationshipSettings = msgspec.field(default_factory=RelationshipSettings)
    plan: PlanSettings = msgspec.field(default_factory=PlanSettings)
    feed: FeedSettings = msgspec.field(default_factory=FeedSettings)
    feeds: Mapping[str, FurtherFeedSettings] = msgspec.field(default_factory=dict)
    page: PageSettings = msgspec.field(default_factory=PageSettings)
    notes: NotesSettings = msgspec.field(default_factory=NotesSettings)
    watch: WatchSettings = msgspec.field(default_factory=WatchSettings)
    obsidian: ObsidianSettings = msgspec.field(default_factory=ObsidianSettings)


DEFAULT_SETTINGS = Settings()


def parse_settings(mapping: Mapping[str, object], source: str) -> Settings:
    """Turn a parsed settings file into `Settings`.

    Args:
        mapping: the file's tables, as a TOML reader gives them.
        source: the file's name, for messages.

    Returns:
        The settings, defaults filled in.

    Raises:
        SettingsError: for unknown keys and values of the wrong type or range; every problem is listed, an
            unknown key with the nearest right one.
    """
    problems = [*_unknown_keys(mapping, Settings, "")]
    if "obsidian" in mapping:
        problems.append("`obsidian` is read from the vault's own .obsidian folder and cannot be set here")
    problems += _wrong_feed_names(mapping.get("feeds"))
    if not problems:
        problems = _wrong_values(mapping)
    settings = msgspec.convert(mapping, Settings) if not problems else DEFAULT_SETTINGS
    problems += _shared_copies(settings)
    if problems:
        raise SettingsError(source, tuple(problems))
    return settings


def _shared_copies(settings: Settings) -> list[str]:
    """Feeds whose copies would go to one file, and replace each other at every scan."""
    problems: list[str] = []
    taken: dict[str, str] = {settings.feed.publish_to: "feed"}
    for name, feed in settings.feeds.items():
        if feed.publish_to.lower().endswith(".ics"):
            first = taken.setdefault(feed.publish_to, f"feeds.{name}")
            if first != f"feeds.{name}":
                problems.append(f"`feeds.{name}.publish_to`: the copy of `{first}` goes to that file; name another")
    return problems


def _unknown_keys(mapping: Mapping[str, object], struct: type[msgspec.Struct], prefix: str) -> list[str]:
    problems: list[str] = []
    fields = {field.name: field for field in msgspec.structs.fields(struct)}
    for key, value in mapping.items():
        if key not in fields:
            import difflib  # noqa: PLC0415 - few runs meet a wrong name

            near = difflib.get_close_matches(key, fields, n=1)
            hint = f"; did you mean `{prefix}{near[0]}`?" if near else f"; known keys: {', '.join(sorted(fields))}"
            problems.append(f"unknown key `{prefix}{key}`{hint}")
            continue
        for name, inner, table in _tables(f"{prefix}{key}", fields[key].type, value):
            if isinstance(table, Mapping):
                problems += _unknown_keys(table, inner, f"{name}.")
            else:
                problems.append(f"`{name}` must be a table, as in [{name}]")
    return problems


def _tables(name: str, kind: object, value: object) -> Iterator[tuple[str, type[msgspec.Struct], object]]:
    """The tables that a field holds, each with its name and what it may say: one, one by each name, or none."""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        yield name, kind, value
        return
    inner = get_args(kind)[-1:]
    if inner and isinstance(inner[0], type) and issubclass(inner[0], msgspec.Struct) and isinstance(value, Mapping):
        for key, table in value.items():
            yield f"{name}.{key}", inner[0], table


def _wrong_values(
    mapping: Mapping[str, object], struct: type[msgspec.Struct] = Settings, prefix: str = ""
) -> list[str]:
    """Every value that does not fit its field, one sentence each (msgspec alone stops at the first)."""
    problems: list[str] = []
    fields = {field.name: field for field in msgspec.structs.fields(struct)}
    for key, value in mapping.items():
        tables = [*_tables(f"{prefix}{key}", fields[key].type, value)]
        for name, inner, table in tables:
            assert isinstance(table, Mapping)
            problems += _wrong_values(table, inner, f"{name}.")
        if tables:
            continue
        try:
            msgspec.convert(value, fields[key].type)
        except msgspec.ValidationError as error:
            problems.append(f"`{prefix}{key}`: {_say_plainly(str(error))}{_nearest_choice(value, fields[key].type)}")
    return problems


_KINDS = {
    "int": "a whole number", "float": "a number", "str": "text", "bool": "true or false", "array": "a list",
    "object": "a table", "null": "nothing", "date": "a day", "datetime": "a moment", "time": "a time of day",
}  # fmt: skip
"""The types of TOML values as msgspec calls them, in the user's words."""

_LIMITS = {">=": "of at least", "<=": "of at most", ">": "above", "<": "below"}


def _say_plainly(message: str) -> str:
    """What msgspec says of a value, in the user's words; as it stands where it says something unheard of."""
    if message.startswith("Invalid enum value "):
        return message.replace("Invalid enum value", "there is no choice").partition(" - at ")[0]
    told = re.fullmatch(
        r"Expected `([^`]{1,80})`(?:, got `([^`]{1,80})`| ([<>]=?) (\S{1,40}))(?: - at `\$(\S{1,80})`)?", message
    )
    if told is None:
        return message
    wanted, got, sign, limit, place = told.groups()
    where = f" at {place}" if place else ""
    if sign:
        return f"{_kind_words(wanted)} {_LIMITS[sign]} {limit} is wanted{where}"
    return f"{_kind_words(wanted)} is wanted{where}, not {_kind_words(got)}"


def _kind_words(kinds: str) -> str:
    return " or ".join(_KINDS.get(kind, kind) for kind in kinds.split(" | "))


def _nearest_choice(value: object, kind: object) -> str:
    """What could be chosen instead of a word that is none of the choices; empty where there is no choice."""
    inner = get_args(kind)[:1] if get_origin(kind) is tuple else (kind,)
    choices = get_args(inner[0]) if inner and get_origin(inner[0]) is Literal else ()
    wrong = [word for word in (value if isinstance(value, list) else [value]) if word not in choices]
    if not choices or not wrong:
        return ""
    import difflib  # noqa: PLC0415 - few runs meet a wrong name

    near = difflib.get_close_matches(str(wrong[0]), choices, n=1)
    return f"; did you mean {near[0]!r}?" if near else f"; choose one of {', '.join(map(repr, choices))}"


def _wrong_feed_names(feeds: object) -> list[str]:
    return [
        f"`feeds.{name}`: a feed's name is made of a to z, 0 to 9 and hyphens, begins with none, and is neither "
        f"{' nor '.join(NO_FEED_NAMES[:2])} nor a name that Windows keeps for itself"
        for name in (feeds if isinstance(feeds, Mapping) else ())
        if not FEED_NAME.fullmatch(name) or name in NO_FEED_NAMES
    ]
