"""What the notes say about a person's life: their news, days to come, and questions the user wants to ask them.

Nothing is concluded from what is merely near: a fact is one line, and its day stands in that line.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from msgspec.structs import replace

from vaultrel.core.attendees import is_list
from vaultrel.core.classify import plain_key
from vaultrel.core.dates import coming_day_in_text, days_in_text, find_month, may_name_coming_day, may_name_day
from vaultrel.core.expressions import lazily
from vaultrel.core.lines import MAX_TEXT, MOST_IN_TEXT, bare_text, is_asking, is_telling, may_ask, section_of
from vaultrel.model import Fact

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from vaultrel.core.dates import DateOrder
    from vaultrel.core.lines import Section
    from vaultrel.core.people import NoteNames
    from vaultrel.model import Note, NotePath, TextLine

_FIELDS: Final[dict[str, Section]] = {
    **dict.fromkeys(("ask", "asknext", "asknexttime", "question", "frage", "fragen"), "question"),
    **dict.fromkeys(("news", "update", "aktuelles"), "news"),
}  # fmt: skip
"""Inline fields that hold a fact, by the key they are compared with."""

_WORDS: Final = {
    "health": (
        r"surger(?:y|ies)|operation|operated|biops(?:y|ies)|mri|ct scan|chemo|chemotherapy|hospital|check-?up|physio"
        r"|(?:[^\W\d_]{0,20}operation|op-termin|krankenhaus|klinik|untersuchung|chemotherapie)"
        r"|opération|chirurgie|hôpital|operación|cirugía|intervento|ospedale|operatie|ziekenhuis|operasjon"
    ),
    "exam": (
        r"exams?|examinations?|finals|thesis|viva|defends|defen[cs]e|dissertation|driving test|interviews?|audition"
        r"|[^\W\d_]{0,20}prüfung(?:en)?|klausur(?:en)?|abitur|vorstellungsgespräch|verteidigt"
        r"|examen|soutenance|entretien|exámenes|examen|entrevista|tesis|esame|tesi|tentamen|eksamen|tenta"
    ),
    "show": (
        r"shows?(?! (?:up|us|me|them|him|her|how|the|that|off))|exhibitions?|exhibits|concerts?|recitals?|gigs?"
        r"|performs|performance(?! review)|premieres?|vernissage|keynote"
        r"|(?:gives|giving|holds|an?|her|his|their|first) (?:[^\W\d_]{1,20} )?talk|lectures?|speaks|speaking"
        r"|presents(?! for)|sings|debut|book launch|marathon|tournament|race"
        r"|[^\W\d_]{0,20}(?:konzert|ausstellung|vortrag|auftritt|premiere|lesung)"
        r"|exposition|conférence|spectacle|exposición|concierto|conferencia|charla|mostra|concerto|conferenza"
        r"|tentoonstelling|lezing|utställning|konsert|udstilling|utstilling"
    ),
    "move": (
        r"(?:moves|moving|move) (?:in|into|out|house|home|away|back|from|to(?! [0-9])|with|across|there)"
        r"|relocat(?:es|ing|ion)|new (?:flat|house|apartment|home)|housewarming"
        r"|umzug|zieht (?:\S{1,20} ){0,4}(?:um|ein|aus|nach|weg|zurück)"
        r"|déménage|emménage|déménagement|se muda|mudanza|trasloca|trasloco|verhuist|verhuizing|flytter|flyttar"
    ),
    "celebration": (
        r"wedding|marries|gets? married|getting married|(?<!third )party|graduat(?:es|ing|ion)|award|prize|retires"
        r"|retirement|christening|baptism|promotion|promoted|engagement|baby"
        r"|hochzeit|heiratet|[^\W\d_]{0,20}feier|taufe|abschlussfeier|rente|preisverleihung"
        r"|mariage|se marie|fête|boda|se casa|fiesta|matrimonio|si sposa|festa|bruiloft|trouwt|bryllup|bröllop"
    ),
    "trip": (
        r"trip|travels|travell?ing|fl(?:ies|ight|ying)|(?<!bank )holidays?|vacation|sabbatical|leaves for|leaving for"
        r"|journey|reise|verreist|reist|fliegt|urlaub|abreise|voyage|vacances|part (?:en|à|pour)|viaje|viaja|vacaciones"
        r"|viaggio|vacanza|reis|vakantie|resa"
    ),
    "start": (
        r"starts?|starting|begins?|beginning|joins|joining|first day|new job|takes over|onboarding|back (?:at|to) work"
        r"|beginnt|fängt (?:\S{1,20} ){0,4}an|neue stelle|neuer job|einschulung"
        r"|commence|débute|empieza|comienza|inizia|começa|begint|begynner|börjar"
    ),
}
"""Words that tell of what a day is, English, German and the like; the first kind that has one in the line stands."""

_KINDS: Final = tuple((kind, lazily(rf"(?<!\w)(?:{words})(?!\w)", re.IGNORECASE)) for kind, words in _WORDS.items())

_PAST = lazily(
    r"(?<!\w)(?:had|was|were|did|started|began|joined|moved|passed|bestanden|ran|took|finished|graduated|performed|presented|spoke"
    r"|recorded|opened|played|sang|flew|travell?ed|went|came|defended|retired|launched|underwent|hatte|war|wurde|gestern"
    r"|begann|zog|spielte|yesterday|ago|hier|ayer|était|avait|tuvo|fue|cancell?ed|postponed|abgesagt|verschoben"
    r"|annulé|cancelad[oa])(?!\w)",
    re.IGNORECASE,
)
"""What tells of a day gone by, or one on which nothing takes place: no day without a year is completed beside it."""

_MET = lazily(
    r"(?<!\w)(?:met|saw|visited|spoke|talked|called|wrote|sent|gave|got|bought|told|said|asked|had|went|was|were"
    r"|traf|sah|sprach|rief|schrieb|gab|sagte|hatte|war)(?!\w)",
    re.IGNORECASE,
)
"""What tells of contact on a day that no word says is anything else."""

_CALLED_OFF = lazily(
    r"(?<!\w)(?:cancell?ed|called off|postponed(?! (?:to|until)(?!\w))|abgesagt|verschoben(?! auf(?!\w))|annulé"
    r"|cancelad[oa])(?!\w)",
    re.IGNORECASE,
)
_NOT = lazily(
    r"(?<!\w)(?:not?|never|(?:is|are|does|do|has|have|wo|ca)n['’]t|cannot|kein[emnrs]{0,2}|nicht|nie|pas|nunca)(?!\w)",
    re.IGNORECASE,
)
"""What makes a clause tell that something does not take place."""

_ME = lazily(
    r"(?<!\w)(?:I|mon|mes|(?i:we|my|our|(?:and|with) (?:me|us)|ich|wir|mein\w{0,3}|unser\w{0,3}|je|nous|notre|yo"
    r"|nosotros|nuestr[oa]s?))(?!\w)"
)
"""What makes the user the one of whom a clause tells."""

_THEM = lazily(
    r"(?<!\w)(?:she|he|they"
    r"|(?:her|his|their)(?! (?:to|the|an?|at|for|on|in|with|and|about|from|if|when|before|after)(?!\w))"
    r"|sie|er|ihre?[nmrs]?|seine?[nmrs]?|elle|él|ella|su|sus|lei|zij|ze|hij|haar|zijn|hun|hon|han)(?!\w)",
    re.IGNORECASE,
)
"""What stands for the person named elsewhere in the line. (“Give her the tickets” tells nothing of her.)"""

_OWNER_BEFORE = lazily(r"(?<!\w)(?:of|by|that|because|von|dass|weil|de|que|da|van|dat|av)\s\Z", re.IGNORECASE)
"""What stands before somebody of whose doing a clause tells."""

_AROUND: Final = " *_():,;–—-0123456789./"
"""What may stand before the first word of a clause: signs, and the day of an entry."""

_NO_EVENT_BEFORE = lazily(
    r"(?<!\w)(?:since|seit|depuis|desde|until|till?|bis|as of|stand|born|geboren|né|née|updated|created|added|dated|met"
    r"|last|contact|spoke|seen|birthday|geburtstag|died)[\W_]{0,5}(?:(?:on|at|am|le|el)\s)?[\[(]{0,2}\Z",
    re.IGNORECASE,
)
"""What stands before a day that is no event of its own."""

_YEARLY = lazily(r"birthday|(?<!\w)(?:born|birth|anniversary|died|geboren)(?!\w)|geburtstag", re.IGNORECASE)

_SENTENCE_END = lazily(r"(?<![0-9])[.!?;](?=\s|\Z)")
_CLAUSE_END = lazily(r"(?<![0-9])[.!?;:,](?=\s|\Z)|\s[–—-]\s")
_LINK = lazily(r"\[\[([^\[\]|#]{1,200})[^\[\]]{0,200}\]\]|\]\([^()\s]{1,300}\)|(?<!\w)https?://\S{1,300}")
_ISO_FIRST = lazily(r"\W{0,8}[0-9]{4}-[0-9]{2}-[0-9]{2}(?![0-9])")


class _Event(NamedTuple):
    """What a line tells of: its kind, empty without a word for it; its day if it names one; where its clause stands."""

    kind: str
    day: dt.date | None
    start: int
    end: int


def read_facts(note: Note, person: NotePath | None, names: NoteNames, order: DateOrder) -> Iterator[Fact]:
    """The facts that a note holds, by line.

    In a person's own note these are the lines below a heading such as News, those that name a day which is not only
    that of the entry, and questions: below a heading such as Ask next time, after ``ask::``, and items that begin with
    Ask and a word such as how. In any other note with a day it is what a line says about the one person it names: it
    needs a word that tells of an event, and a day or a month. Questions about one person count in every note.
    Tasks, attendee lists and headings hold no facts.

    Args:
        note: any note but a template or a board.
        person: whose own note it is; None for any other note.
        names: who is who.
        order: of day and month in days that could be two.
    """
    for line in note.lines:
        if line.is_heading or line.task is not None or line.attendees:
            continue
        if (person is None and not _may_tell(note, line)) or is_list(line):
            continue
        about = _only_person(line, names) if person is None else person
        if about is not None:
            for section, text in _sayings(line, is_own=person is not None):
                if section == "question":
                    yield Fact(about, note.path, line.line, section, text, noted=_noted(note, line))
                    continue
                event = _read_event(note, line, text, order, is_news=section == "news")
                if event is None and person is None:
                    event = _read_month(text)
                if section == "news" or (event is not None and _is_theirs(note, line, text, event, person, names)):
                    yield _make_fact(note, line, about, text, event)


def _may_tell(note: Note, line: TextLine) -> bool:
    """False for a line that holds no fact about anybody but the person of the note; most do not, and that is seen soon.

    A question begins with a word for asking, and anything else needs a day or month, in a note that has a day.
    """
    if not line.mentions:
        return False
    if line.fields:
        return any(plain_key(entry.key) in _FIELDS for entry in line.fields)
    if line.is_item and (may_ask(line.text) or may_ask(_without_names(line, line.text))):
        return True
    # A web address is cut off where it is too long, and what is left of it could be a word.
    return note.date is not None and (
        line.own_date or may_name_day(line.text) or may_name_coming_day(line.text) or "://" in line.text
    )


def _sayings(line: TextLine, *, is_own: bool) -> Iterator[tuple[Section, str]]:
    """What a line says, and whether that is a question to ask, news, or neither: its fields, or all of it."""
    for entry in line.fields:
        if entry.value and (section := _FIELDS.get(plain_key(entry.key))):
            yield section, entry.value[:MAX_TEXT]
    if line.fields or line.text.lstrip("> ").startswith("|"):
        return
    text = bare_text(line)
    section = section_of(line.heading) if is_own else ""
    if line.is_item and (is_asking(text) or (not is_own and is_asking(_without_names(line, text)))):
        yield "question", text
    elif not section or is_telling(line.text):
        yield section, text


def _make_fact(note: Note, line: TextLine, person: NotePath, text: str, event: _Event | None) -> Fact:
    if event is None or event.day is None:
        return Fact(person, note.path, line.line, "news", text, noted=_noted(note, line))
    # An entry that only its own day dates was written down on another one.
    noted = replace(line, date=None) if event.day == line.date else line
    return Fact(person, note.path, line.line, event.kind or "day", text, event.day, _noted(note, noted))


def _noted(note: Note, line: TextLine) -> dt.date | None:
    return line.date or (note.date.day if note.date else None)


def _only_person(line: TextLine, names: NoteNames) -> NotePath | None:
    """The one person that a line names; None when it names nobody, several people, or perhaps several."""
    people: set[NotePath | None] = set()
    several = False
    for mention in line.mentions:
        if not mention.embed:
            answer = names.resolve(mention)
            several = several or answer.kind == "ambiguous"
            if answer.kind == "resolved":
                people.add(answer.path)
    return people.pop() if len(people) == 1 and not several else None


def _names_others(line: TextLine, person: NotePath, names: NoteNames) -> bool:
    answers = [names.resolve(mention) for mention in line.mentions]
    return any(
        answer.kind == "ambiguous" or (answer.kind == "resolved" and answer.path != person) for answer in answers
    )


def _read_event(note: Note, line: TextLine, text: str, order: DateOrder, *, is_news: bool) -> _Event | None:
    """What a text tells of; None when that has no day, or was called off."""
    shown = _LINK().sub(_keep_day, text) if "[" in text or "://" in text else text
    own = _own_day_end(shown, order) if line.own_date else 0
    shown = " " * own + shown[own:]
    for day in days_in_text(shown, order):
        if not _NO_EVENT_BEFORE().search(shown, max(day.start - 30, 0), day.start):
            event = _judge(text, day.start, day.day)
            is_past = event and not event.kind and not is_news and _MET().search(text, event.start, event.end)
            return None if is_past else event
    noted = _noted(note, line)
    coming = coming_day_in_text(shown, noted, order) if noted else None
    if coming and (event := _judge(text, coming.start, coming.day)) and (event.kind or is_news):
        return None if _PAST().search(text, event.start, event.end) else event
    if own and (is_news or (note.date is not None and line.date is not None and line.date > note.date.day)):
        event = _judge(text, own, line.date)
        return event if event and event.kind and not (_PAST().search(text) or _MET().search(text)) else None
    return None


def _read_month(text: str) -> _Event | None:
    """What a text tells of that takes place in some month; None when it names none, or one gone by."""
    month = find_month(text)
    event = None if month is None else _judge(text, month, None)
    return None if event is None or _PAST().search(text, event.start, event.end) else event


def _own_day_end(text: str, order: DateOrder) -> int:
    """Where the day ends that an entry begins with."""
    iso = _ISO_FIRST().match(text)
    if iso:
        return iso.end()
    days = days_in_text(text, order)
    return days[0].end if days else 0


def _judge(text: str, at: int, day: dt.date | None) -> _Event | None:
    """The event of which a text tells around index `at`; None when it does not take place, or comes every year."""
    start, end = _piece_at(_CLAUSE_END(), text, at)
    first, last = _piece_at(_SENTENCE_END(), text, at)
    if _CALLED_OFF().search(text, first, last) or _NOT().search(text, start, end):
        return None
    kind = _kind_in(text, start, end) or ("" if _PAST().search(text, first, last) else _kind_in(text, first, last))
    return None if not kind and _YEARLY().search(text, start, end) else _Event(kind, day, start, end)


def _kind_in(text: str, start: int, end: int) -> str:
    return next((kind for kind, words in _KINDS if words().search(text, start, end)), "")


def _piece_at(ends: re.Pattern[str], text: str, at: int) -> tuple[int, int]:
    """Start and end of the piece of text around index `at` that lies between two of these ends."""
    start = 0
    for match in ends.finditer(text):
        if match.start() >= at:
            return start, match.start()
        start = match.end()
    return start, len(text)


def _keep_day(link: re.Match[str]) -> str:
    """Blanks for a link, which names another note, save for one to the note of a day."""
    target = (link[1] or "").rpartition("/")[2].strip()
    (day, *_) = days_in_text(target) or (None,)
    is_day = day is not None and (day.start, day.end) == (0, len(target))
    return f"  {target}".ljust(len(link[0])) if is_day else " " * len(link[0])


def _is_theirs(note: Note, line: TextLine, text: str, event: _Event, person: NotePath | None, names: NoteNames) -> bool:
    """What the line tells of is the person's: in their own note by itself, in another one where the clause says so."""
    if _ME().search(text, event.start, event.end):
        return False
    if person is not None:
        return event.day is not None and not _names_others(line, person, names)
    return note.date is not None and event.kind != "" and _is_about_them(line, text, event)


def _is_about_them(line: TextLine, text: str, event: _Event) -> bool:
    """The clause with the event begins with the person the line names, or says she, his and the like."""
    surfaces = [mention.surface for mention in line.mentions[:MOST_IN_TEXT]]
    clause = text[event.start : event.end]
    sentence = text[_piece_at(_SENTENCE_END(), text, event.start)[0] :]
    if any(words.lstrip(_AROUND).startswith(surface) for words in (sentence, clause) for surface in surfaces):
        return True
    return _THEM().search(clause) is not None or any(
        _OWNER_BEFORE().search(clause, 0, found) or clause.startswith(("'s", "’s"), found + len(surface))
        for surface in surfaces
        if (found := clause.find(surface)) >= 0
    )


def _without_names(line: TextLine, text: str) -> str:
    """The text without the people named in it, with one blank where each stood."""
    for mention in line.mentions[:MOST_IN_TEXT]:
        text = text.replace(f"{mention.surface} ", "", 1)
    return text
