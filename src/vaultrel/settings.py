"""What the user may set, typed, with every default in one place. Reads no file and no environment."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Annotated, Literal

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


class FeedSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The calendar subscription."""

    name: str = "Follow-ups"
    privacy: Literal["full", "names", "initials"] = "full"
    alarm: Literal["morning", "day-before", "none"] = "morning"
    host: str = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=0, le=65535)] = 8137


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
        phrases: what to say in place of vaultrel's own sentences, by the phrase's name: another wording or language.
    """

    me: tuple[str, ...] = ("me",)
    write: Literal["fields", "folder", "nothing"] = "fields"
    folder: str = "vaultrel"
    ignore: tuple[str, ...] = ()
    date_order: Literal["", "dmy", "mdy"] = ""
    strength_model: str = "two-memories"
    phrases: Mapping[str, str] = msgspec.field(default_factory=dict)
    people: PeopleSettings = msgspec.field(default_factory=PeopleSettings)
    meetings: MeetingSettings = msgspec.field(default_factory=MeetingSettings)
    contact: ContactSettings = msgspec.field(default_factory=ContactSettings)
    relationship: RelationshipSettings = msgspec.field(default_factory=RelationshipSettings)
    plan: PlanSettings = msgspec.field(default_factory=PlanSettings)
    feed: FeedSettings = msgspec.field(default_factory=FeedSettings)
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
    if not problems:
        problems = _wrong_values(mapping)
    if problems:
        raise SettingsError(source, tuple(problems))
    return msgspec.convert(mapping, Settings)


def _unknown_keys(mapping: Mapping[str, object], struct: type[msgspec.Struct], prefix: str) -> list[str]:
    problems: list[str] = []
    fields = {field.name: field for field in msgspec.structs.fields(struct)}
    for key, value in mapping.items():
        if key not in fields:
            near = difflib.get_close_matches(key, fields, n=1)
            hint = f"; did you mean `{prefix}{near[0]}`?" if near else f"; known keys: {', '.join(sorted(fields))}"
            problems.append(f"unknown key `{prefix}{key}`{hint}")
            continue
        inner = fields[key].type
        if isinstance(inner, type) and issubclass(inner, msgspec.Struct):
            if isinstance(value, Mapping):
                problems += _unknown_keys(value, inner, f"{prefix}{key}.")
            else:
                problems.append(f"`{prefix}{key}` must be a table, as in [{prefix}{key}]")
    return problems


def _wrong_values(
    mapping: Mapping[str, object], struct: type[msgspec.Struct] = Settings, prefix: str = ""
) -> list[str]:
    """Every value that does not fit its field, one sentence each (msgspec alone stops at the first)."""
    problems: list[str] = []
    fields = {field.name: field for field in msgspec.structs.fields(struct)}
    for key, value in mapping.items():
        inner = fields[key].type
        if isinstance(inner, type) and issubclass(inner, msgspec.Struct) and isinstance(value, Mapping):
            problems += _wrong_values(value, inner, f"{prefix}{key}.")
            continue
        try:
            msgspec.convert(value, inner)
        except msgspec.ValidationError as error:
            problems.append(f"`{prefix}{key}`: {error}")
    return problems
