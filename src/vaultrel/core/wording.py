"""Every sentence vaultrel says about a person, in one table, and the way it writes a day.

Sentences hold only words from the notes and from this table. They give days as dates, never as distances from
today: a calendar event must read the same tomorrow. None tells a person's gender.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from vaultrel.core.text import clean_text

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

QUOTE_LIMIT = 160
"""Code points of a note's line that a sentence quotes at most."""

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

KINDS: Mapping[str, str] = {
    "meeting": "meeting",
    "call": "call",
    "message": "message",
    "mention": "mentioned in your notes",
    "contact": "in touch",
    "task": "task done",
}
"""How each kind of interaction is named; a kind that is not listed is named by itself."""

PHRASES: Mapping[str, str] = {
    "last-time": "Last time: {day}, {kind}.",
    "last-time-quoted": "Last time: {day}, {kind}: “{quote}”.",
    "first-meeting": "You met on {day}.",
    "first-contact": "First contact: {day}.",
    "how-met": "How you met: “{quote}”.",
    "promise": "You promised: “{quote}”.",
    "promise-due": "You promised by {day}: “{quote}”.",
    "open": "Still open: “{quote}”.",
    "open-due": "Still open, by {day}: “{quote}”.",
    "rhythm": "You are usually in touch about every {days} days.",
    "rhythm-daily": "You are usually in touch almost every day.",
    "cadence": "You want to be in touch every {days} days.",
    "cadence-daily": "You want to be in touch every day.",
    "budding": "You have been in touch on {count} days since {day}.",
    "renetwork": "You were close: {count} days of contact up to {day}.",
    "do-ask": "Ask about this: “{quote}”.",
    "do-share": "Share something about {interest}.",
    "do-coffee": "Propose coffee.",
    "do-lunch": "Propose lunch.",
    "do-call": "Call.",
    "do-congratulate": "Congratulate: birthday on {day}.",
    "do-message": "Send a short message.",
    "do-first": "Send a short message: it was good to meet.",
}


_ENDED_QUOTES = tuple(f"{stop}”." for stop in ".!?…")

_WIKILINK = re.compile(r"!?\[\[(?:[^\[\]|]{1,400}\|)?([^\[\]|]{1,400})\]\]")
_MARKDOWN_LINK = re.compile(r"!?\[([^\[\]]{1,400})\]\([^()]{1,400}\)")
_TASK_MARK = re.compile(
    r"[📅📆🗓⏳⌛🛫✅❌➕]\ufe0f?\x20?[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}|[🔺⏫🔼🔽⏬]"
    r"|[\[(](?:due|scheduled|start|created|completion)::\x20?[0-9-]{8,10}[\])]"
)


def say(phrase: str, **facts: object) -> str:
    """The sentence of that name with its facts filled in as they are; a quote that ends a sentence ends this one."""
    sentence = PHRASES[phrase].format(**facts)
    return sentence[:-1] if sentence.endswith(_ENDED_QUOTES) else sentence


def show_day(day: dt.date) -> str:
    """The day as ``4 Sep 2026``: the same in every language setting of the computer."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def quote_line(text: str, limit: int = QUOTE_LIMIT) -> str:
    """The words of a note's line as a reader sees them: links by their text, without the marks of a task.

    At most `limit` code points, fit for any output as `clean_text` makes it.
    """
    text = _TASK_MARK.sub("", text)
    text = _WIKILINK.sub(lambda link: link[1] if "|" in link[0] else _name_target(link[1]), text)
    return clean_text(_MARKDOWN_LINK.sub(r"\1", text).replace(":: ", ": "), limit)


def _name_target(target: str) -> str:
    """What a link without a text of its own shows: the note's name, without its folder and ``.md``."""
    note = target.partition("#")[0] or target
    return note.rpartition("/")[2].removesuffix(".md")
