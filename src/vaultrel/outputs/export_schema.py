"""The contract of the JSON report, as a JSON Schema (draft 2020-12)."""

from __future__ import annotations

from typing import Final

SCHEMA_NAME: Final = "vaultrel.export/1"
"""Changes its number when a reader of the report would have to change too."""


def _record(description: str, properties: dict[str, dict[str, object]]) -> dict[str, object]:
    """An object with exactly these properties."""
    return {
        "type": "object",
        "description": description,
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _records(description: str, item: dict[str, object]) -> dict[str, object]:
    return {"type": "array", "description": description, "items": item}


def _value(kind: str | list[str], description: str, **limits: object) -> dict[str, object]:
    return {"type": kind, "description": description, **limits}


def _day(description: str, *, optional: bool = False) -> dict[str, object]:
    return _value(["string", "null"] if optional else "string", description, format="date")


_PATH = _value("string", "Path of a note, relative to the vault's root, with forward slashes.", minLength=1)
_LINE = _value("integer", "Line in the file, counted from 1; the frontmatter counts.", minimum=1)
_PERSON = _value("string", "Path of the person's note.", minLength=1)

EXPORT_SCHEMA: Final[dict[str, object]] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$id": "urn:vaultrel:export:1",
    "title": "vaultrel export",
    **_record(
        "Everything vaultrel derived from one vault for one day.",
        {
            "schema": {"const": SCHEMA_NAME, "description": "Name and version of this contract."},
            "as_of": _day("The day the report was derived for."),
            "people": _records(
                "Every person note, by path.",
                _record(
                    "A person and how the tie stands.",
                    {
                        "path": _PATH,
                        "name": _value("string", "The name to show."),
                        "names": _records(
                            "Every name the note answers to, the shown one first.",
                            _value("string", "A name or alias."),
                        ),
                        "band": {
                            "enum": ["close", "warm", "fading", "dormant", "new"],
                            "description": "How the tie stands against its own rhythm; new: too little is known.",
                        },
                        "strength": _value("integer", "Tie strength on that day.", minimum=0, maximum=100),
                        "rhythm_days": _value(
                            ["integer", "null"], "Usual gap between contacts, in days; null: not known yet.", minimum=0
                        ),
                        "last_contact": _day("The last day with contact; null: none.", optional=True),
                        "contact_days": _value("integer", "Number of different days with contact.", minimum=0),
                        "next_followup": _day("The day the next contact becomes due; null: none.", optional=True),
                        "relationship": _value("boolean", "Passes the conditions of a relationship."),
                    },
                ),
            ),
            "meetings": _records(
                "Every meeting note with a date, by date, time and path: cancelled and coming ones too; "
                "`interactions` says which of them counted.",
                _record(
                    "A meeting note.",
                    {
                        "path": _PATH,
                        "date": _day("The day of the meeting."),
                        "time": _value(
                            ["string", "null"],
                            "Start as HH:MM, as the note has it; null: not given.",
                            pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$",
                        ),
                        "attendees": _records(
                            "Who was listed, without the owner, in the note's order.",
                            _record(
                                "One attendee.",
                                {
                                    "name": _value("string", "The name as resolved, else as written."),
                                    "path": _value(
                                        ["string", "null"],
                                        "Path of the person's note; null: not exactly one person answers to the name.",
                                        minLength=1,
                                    ),
                                },
                            ),
                        ),
                    },
                ),
            ),
            "mentions": _records(
                "Every place that may name a person, by path, line and column.",
                _record(
                    "One mention.",
                    {
                        "path": _PATH,
                        "line": _LINE,
                        "column": _value("integer", "Column in the line, in code points, counted from 1.", minimum=1),
                        "surface": _value("string", "The text exactly as written there."),
                        "syntax": _value("string", "The mention syntax that found it, such as wikilink.", minLength=1),
                        "person": _value(
                            ["string", "null"], "Path of the person's note; null unless resolved.", minLength=1
                        ),
                        "resolution": {
                            "enum": ["resolved", "ambiguous", "unknown"],
                            "description": "Whether it names one person, more than one, or none that is known.",
                        },
                        "contact": _value("boolean", "It counts as evidence of contact."),
                        "date": _day("The day of that contact, or of the note; null: undated.", optional=True),
                    },
                ),
            ),
            "interactions": _records(
                "Dated evidence of contact, at most one per person, note and day; by date, person, path and line.",
                _record(
                    "One interaction.",
                    {
                        "person": _PERSON,
                        "path": _PATH,
                        "line": _LINE,
                        "date": _day("The day of the contact."),
                        "kind": _value("string", "meeting, call, message, mention, contact or task.", minLength=1),
                        "direction": {
                            "enum": ["by_me", "by_them", "mutual", "unknown"],
                            "description": "Who started it; mutual: it takes two, as a meeting does.",
                        },
                        "present": _value("integer", "People present apart from the owner.", minimum=1),
                    },
                ),
            ),
            "followups": _records(
                "Proposals to get in touch: the planned ones, soonest first, then those that wait.",
                _record(
                    "One follow-up.",
                    {
                        "person": _PERSON,
                        "due": _day("The day it becomes due."),
                        "planned": _day("The day it was placed on within the plan; null: it waits.", optional=True),
                        "kind": _value("string", "first, promise, fact, rhythm or renetwork.", minLength=1),
                        "reason": _value("string", "Why now."),
                        "action": _value("string", "What to do."),
                        "touch": _value("string", "The form of contact that is, such as coffee, share or thank."),
                        "minutes": _value("integer", "What it takes, roughly, in minutes.", minimum=0),
                        "evidence": _records(
                            "The lines behind every sentence.",
                            _record("One line of a note.", {"path": _PATH, "line": _LINE}),
                        ),
                    },
                ),
            ),
        },
    ),
}
