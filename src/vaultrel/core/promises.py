"""Open tasks that name people, and who is to keep them: the user, unless the task begins by saying that they do."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Literal

from vaultrel.core.expressions import lazily
from vaultrel.core.lines import MOST_IN_TEXT, bare_text, has_box
from vaultrel.core.person_notes import read_person
from vaultrel.core.text import fold_name
from vaultrel.model import Promise

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from vaultrel.core.people import NoteNames
    from vaultrel.model import Note, NotePath, Person
    from vaultrel.settings import Settings

_NAMED: Final = frozenset({"resolved", "ambiguous", "unknown"})
"""Answers that stand for somebody: a task with one of them is not about the person whose note it is in."""

_BEFORE = lazily(r"[^\w\[@]*+(?:[0-9]{4}-[0-9]{2}-[0-9]{2}[^\w\[@]*+)?")
_WAITING_TAG = lazily(
    r"(?<![\w@#/])(?:@|#(?:[\w-]{1,40}/){0,4})wait(?:ing)?(?:[-_]?(?:for|on))?(?![\w/-])", re.IGNORECASE
)
_WAITING = lazily(
    r"(?:(?:waiting|wait) (?:for|on)|waiting|awaiting|warte[nt]? auf|attendre|en attente de|esperar a|esperando a?"
    r"|in attesa di|wachten op|väntar på|venter på)\b[\s:–—-]*+",
    re.IGNORECASE,
)
_FROM = lazily(r"(?:from|by|of|von|de|da|van|från|fra)\s++", re.IGNORECASE)
_AND = lazily(r"[*_]{0,3}(?:\s*+[,&+/]\s*+|\s++(?:and|und|et|y|e|en|och|og)\s++)[*_]{0,3}", re.IGNORECASE)
_COLON = lazily(r"[*_]{0,3}\s?[:：]")
_ARROW_TO_ME = lazily(r"[\s*_]*+(?:→|->|=>|⇒|➡️?)\s*+(?:me|us|mich|mir|uns|moi|nous|mí|nosotros)\b", re.IGNORECASE)

_ME: Final = "(?:me|us|my|our|mir|mich|uns)"
_VERB: Final = r"[a-zß-öø-ÿ]{2,20}"
_KEEPS = lazily(
    rf"[*_]{{0,3}}(?:['’]ll\b|\s++(?:"
    # What only a promise says.
    r"(?:will|shall)\s(?!be\b|turn\b)|owes?\b|schuldet\b|(?:promised|agreed|offered)\b|(?:is|are)\s(?:going\s)?to\s(?!be\b)"
    r"|wird\s(?![0-9])|hat\s(?:mir\s|uns\s)?(?:versprochen|zugesagt)\b|verspr(?:ach|icht)\b"
    # Somebody who is given something to do: “Ada to send the plan”.
    rf"|to\s(?!(?:the|an?|{_ME}|his|her|their|him|them|be|do|you)\b)[a-z]"
    # Something that is done for the user: “sends me”, “wants to show us”, “schickt mir”, “m'envoie”.
    rf"|{_VERB}[st]\s(?:back\s(?:to\s)?)?(?:me|us|mir|mich|uns)\b"
    r"|(?:wants|want|needs|need|has|have|plans|ought)\sto\s"
    rf"{_VERB}\s(?:back\s(?:to\s)?)?{_ME}\b|(?:must|should|would|could|can)\s{_VERB}\s(?:back\s(?:to\s)?)?{_ME}\b"
    rf"|(?:soll|sollte|muss|möchte|kann)\s{_ME}\b|doit\s(?:me|nous|m['’])|m['’]{_VERB}|(?:me|mi|nos|nous|ci)\s{_VERB}\s"
    # What one does for others, and nothing else.
    r"|(?:sends|brings|gives|confirms|replies|answers|introduces|forwards|prepares|delivers|pays|organi[sz]es|asks|tells"
    r"|writes|schickt|bringt|gibt|klärt|fragt|bestätigt|zahlt|envoie|apporte|envía|trae|stuurt|sender|skickar)\b))",
    re.IGNORECASE,
)
"""What follows upon the name of somebody who is to keep a promise."""

FOLLOWUP_MARK: Final = " ^followup-"
"""Stands behind the tasks of vaultrel's own note; wherever that is moved, they are no promises of the user's."""

_PRONOUNS: Final = ("he", "she", "they", "er", "sie", "il", "elle", "él", "ella")
"""Words that stand for the person in a person's own note."""


def read_promises(note: Note, names: NoteNames, settings: Settings, *, is_own: bool) -> Iterator[Promise]:
    """The open tasks of a note that name people, one for each person named.

    Args:
        note: any note.
        names: who is who.
        settings: what the user set.
        is_own: it is a person's own note: a task in it that names nobody is about them.
    """
    own_names: list[str] = []
    for line in note.lines:
        if line.task is None or not line.task.is_open or line.attendees or not has_box(line):
            continue
        if FOLLOWUP_MARK in line.text:
            continue
        text = bare_text(line)
        noted = line.date or (note.date.day if note.date else None)
        told = [(mention, names.resolve(mention)) for mention in line.mentions if not mention.embed]
        written: dict[NotePath | None, list[str]] = {}
        for mention, answer in told[:MOST_IN_TEXT]:
            written.setdefault(answer.path, []).append(mention.surface)
        everybody = [mention.surface for mention, _ in told[:MOST_IN_TEXT]]
        for path in dict.fromkeys(answer.path for _, answer in told if answer.kind == "resolved"):
            if path is not None:
                by = _keeper(text, written.get(path, []), everybody)
                yield Promise(path, note.path, line.line, text, line.task.due, noted, by)
        if is_own and not any(answer.kind in _NAMED for _, answer in told):
            own_names = own_names or _short_names(read_person(note, settings))
            by = _keeper(text, own_names, own_names)
            yield Promise(note.path, note.path, line.line, text, line.task.due, noted, by)


def _short_names(person: Person) -> list[str]:
    """What the person may be called in their own note, the longest first."""
    called = {*person.names[:MOST_IN_TEXT], *person.name.split()[:1], *_PRONOUNS}
    return sorted(called, key=lambda name: (-len(name), name))


def _keeper(text: str, called: Collection[str], everybody: Collection[str]) -> Literal["me", "them"]:
    """Who is to keep a promise; the user where the text does not say.

    Args:
        text: of the task, without its box.
        called: how the person stands in it.
        everybody: how everybody named stands in it, the person too.
    """
    if _WAITING_TAG().search(text):
        return "them"
    start = _end(_BEFORE(), text, 0)
    waiting = _WAITING().match(text, start)
    if waiting and (_named_at(text, waiting.end(), called) or _is_from(text, waiting.end(), called)):
        return "them"
    giver = _FROM().match(text, start)
    named = _named_at(text, giver.end(), called) if giver else None
    if named and _COLON().match(text, named):
        return "them"
    return "them" if _begins_with_keeper(text, start, called, everybody) else "me"


def _begins_with_keeper(text: str, at: int, called: Collection[str], everybody: Collection[str]) -> bool:
    """The text begins with the person, alone or with others, and goes on with what they do."""
    is_subject = False
    while end := _named_at(text, at, everybody):
        is_subject = is_subject or _named_at(text, at, called) is not None
        joined = _AND().match(text, end)
        if joined is None or _named_at(text, joined.end(), everybody) is None:
            return is_subject and bool(_KEEPS().match(text, end) or _ARROW_TO_ME().match(text, end))
        at = joined.end()
    return False


def _is_from(text: str, at: int, called: Collection[str]) -> bool:
    return any(_named_at(text, giver.end(), called) for giver in _FROM().finditer(text, at))


def _named_at(text: str, at: int, called: Collection[str]) -> int | None:
    """Where one of the names ends that stands at `at` as a whole word; None when none does."""
    for name in called:
        end = at + len(name)
        whole = not (name[-1:].isalnum() and text[end : end + 1].isalnum())
        if name and whole and (text.startswith(name, at) or fold_name(text[at:end]) == fold_name(name)):
            return end
    return None


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    match = pattern.match(text, at)
    return match.end() if match else at
