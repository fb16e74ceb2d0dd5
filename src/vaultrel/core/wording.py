"""Every sentence vaultrel says about a person, in one table, and the way it writes a day.

Sentences hold only words from the notes and from this table, which the user may reword phrase by phrase. They give
days as dates, never as distances from today: a calendar event must read the same tomorrow. None tells a gender.
"""

from __future__ import annotations

import datetime as dt
import re
import string
from types import MappingProxyType
from typing import TYPE_CHECKING

from msgspec import Struct

from vaultrel.core.text import clean_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vaultrel.model import Evidence

QUOTE_LIMIT = 160
"""Code points of a note's line that a sentence quotes at most."""

PHRASES: Mapping[str, str] = {
    "months": "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
    "day": "{day} {month} {year}",
    "kind-meeting": "meeting",
    "kind-call": "call",
    "kind-message": "message",
    "kind-mention": "mentioned in your notes",
    "kind-contact": "in touch",
    "kind-task": "task done",
    "last-time": "Last time: {day}, {kind}.",
    "last-time-quoted": "Last time: {day}, {kind}: “{quote}”.",
    "first-meeting": "You met on {day}.",
    "first-contact": "First contact: {day}.",
    "how-met": "How you met: “{quote}”.",
    "shared": "You both care about {interest}.",
    "promise": "You promised: “{quote}”.",
    "promise-due": "You promised by {day}: “{quote}”.",
    "open": "Still open: “{quote}”.",
    "open-due": "Still open, by {day}: “{quote}”.",
    "fact": "Noted for {day}.",
    "fact-quoted": "Noted for {day}: “{quote}”.",
    "anniversary": "You met on {first}: {years} years on {day}.",
    "anniversary-one": "You met on {first}: one year on {day}.",
    "rhythm": "You are usually in touch about every {days} days.",
    "rhythm-daily": "You are usually in touch almost every day.",
    "cadence": "You want to be in touch every {days} days.",
    "cadence-daily": "You want to be in touch every day.",
    "budding": "You have been in touch on {count} days since {day}.",
    "renetwork": "You were close: {count} days of contact up to {day}.",
    "do-own-words": "{quote}",
    "do-chase": "Ask about this: “{quote}”.",
    "do-attend": "Go along, or wish good luck: “{quote}”.",
    "do-ask-result": "Ask how it went: “{quote}”.",
    "do-ask-start": "Ask how it is going: “{quote}”.",
    "do-congratulate": "Congratulate: “{quote}”.",
    "do-birthday": "Congratulate: birthday on {day}.",
    "do-birthday-age": "Congratulate: turns {age} on {day}.",
    "do-thank": "Say thank you: “{quote}”.",
    "do-share-note": "Share your note “{title}”: it is about {interest}.",
    "do-share": "Share something about {interest}.",
    "do-introduce": "Introduce {name} and {other}: both care about {interest}.",
    "do-feedback": "Offer to look at the project: “{quote}”.",
    "do-question": "Ask: “{quote}”.",
    "do-ask-news": "Ask about this: “{quote}”.",
    "do-ask-interest": "Ask about {interest}.",
    "do-ask": "Ask what is new.",
    "do-coffee": "Propose coffee.",
    "do-lunch": "Propose lunch.",
    "do-call": "Call.",
    "do-message": "Send a short message.",
    "do-first": "Send a short message: it was good to meet.",
    "capacity-fits": "Everyone you stay in touch with fits into {capacity} a week.",
    "capacity-short": "{capacity} a week keeps up {kept} of {total} people to stay in touch with; all take {wanted}.",
    "relax-circle": "The circle “{circle}” every {longer} days instead of {days} would make room for {count} more.",
    "relax-cadence": "Every {longer} days where you ask for {days} would make room for {count} more.",
}
"""Every phrase by its name: sentences, and the words that stand for a month, a day and a kind of contact in them."""


_NO_PHRASES: Mapping[str, str] = MappingProxyType({})

_ENDED_QUOTES = tuple(f"{stop}”." for stop in ".!?…")

_WIKILINK = re.compile(r"!?\[\[(?:[^\[\]|]{1,400}\|)?([^\[\]|]{1,400})\]\]")
_MARKDOWN_LINK = re.compile(r"!?\[([^\[\]]{1,400})\]\([^()]{1,400}\)")
_TASK_MARK = re.compile(
    r"[📅📆🗓⏳⌛🛫✅❌➕]\ufe0f?\x20?[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}|[🔺⏫🔼🔽⏬]"
    r"|[\[(](?:due|scheduled|start|created|completion)::\x20?[0-9-]{8,10}[\])]"
)


class Sentence(Struct, frozen=True):
    """Something to say: a phrase, the facts that fill it, and the lines of notes that these rest on."""

    phrase: str
    evidence: tuple[Evidence, ...]
    facts: Mapping[str, object]


def tell(phrase: str, *evidence: Evidence, **facts: object) -> Sentence:
    """The sentence that says `facts`, shown by the lines `evidence`."""
    return Sentence(phrase, evidence, facts)


def say(phrase: str, own: Mapping[str, str] = _NO_PHRASES, /, **facts: object) -> str:
    """The phrase of that name, as the user words it in `own` or else as in `PHRASES`, with its facts filled in.

    Days are shown by `show_day`. A quote that ends a sentence ends this one.
    """
    shown = {name: show_day(fact, own) if isinstance(fact, dt.date) else fact for name, fact in facts.items()}
    sentence = own.get(phrase, PHRASES[phrase]).format_map(shown)
    return sentence[:-1] if sentence.endswith(_ENDED_QUOTES) else sentence


def show_day(day: dt.date, own: Mapping[str, str] = _NO_PHRASES) -> str:
    """The day as ``4 Sep 2026``, or as the user words it: the same in every language setting of the computer."""
    months = own.get("months", PHRASES["months"]).split()
    return own.get("day", PHRASES["day"]).format(day=day.day, month=months[day.month - 1], year=day.year)


def check_phrases(own: Mapping[str, str]) -> tuple[str, ...]:
    """What is wrong with the user's own phrases, one sentence each; empty where every phrase has its placeholders."""
    problems = []
    for name, text in own.items():
        if name not in PHRASES:
            import difflib  # noqa: PLC0415 - few runs meet a wrong name

            near = difflib.get_close_matches(name, PHRASES, n=1)
            hint = f"; did you mean `{near[0]}`?" if near else ""
            problems.append(f"`phrases.{name}`: there is no such phrase{hint}")
        elif name == "months" and len(text.split()) != len(PHRASES["months"].split()):
            problems.append("`phrases.months` must be twelve words, January first")
        elif _placeholders(text) != (wanted := _placeholders(PHRASES[name])):
            listed = ", ".join(f"{{{field}}}" for field in sorted(wanted or ())) or "no placeholder"
            problems.append(f"`phrases.{name}` must hold {listed}, each in braces, and no other")
    return tuple(problems)


def _placeholders(text: str) -> frozenset[str] | None:
    """What stands in braces in a phrase; None where the braces do not close or hold more than a name."""
    try:
        parts = list(string.Formatter().parse(text))
    except ValueError:
        return None
    plain = all(not spec and not conversion for _, field, spec, conversion in parts if field is not None)
    return frozenset(field for _, field, _, _ in parts if field is not None) if plain else None


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
