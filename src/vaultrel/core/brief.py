"""Before you meet somebody: the last times, promises both ways, their news, what to ask, what is not known."""

from __future__ import annotations

import datetime as dt
import re
from functools import cache
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from vaultrel.core.census import tell_day
from vaultrel.core.network import find_shared_interests
from vaultrel.core.occasions import next_birthday
from vaultrel.core.text import fold_name
from vaultrel.core.ties import TWO_WAY_KINDS
from vaultrel.core.touches import NEWS_DAYS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from vaultrel.core.network import SharedInterest
    from vaultrel.core.occasions import Occasion
    from vaultrel.model import Fact, Interaction, Note, Person, PersonState, Promise

LATEST_TIMES = 3
"""The last days of contact that a brief recalls, and on which something about them may have been worth a line."""
WEAK_KINDS: Final = frozenset({"mention", "task"})
"""Kinds of contact that say that somebody came up, not that you spoke."""

_WORDS: Final[Mapping[str, str]] = {
    "interests": (
        r"interests?|interested in|hobb(?:y|ies)|likes?|lov(?:es?|ing)|enjoys?|plays?|fan of|passionate|favou?rite"
        r"|collects|interessen?|interessiert|mag|liebt|spielt|begeistert|intérêts?|aime|adore|joue"
        r"|intereses?|gusta|encanta|juega|interessi|ama|gioca|houdt van|gillar"
    ),
    "work": (
        r"work(?:s|ed|ing|place)?|jobs?|role|position|title|occupation|profession|career|compan(?:y|ies)|employers?"
        r"|organi[sz]ations?|orgs?|business|firm|startup|office|departments?|teams?|projects?|industry|freelanc\w{1,6}"
        r"|manager|engineer|developer|designer|teach(?:er|es)|nurse|doctor|lawyer|consultant|founder|director"
        r"|professor|researcher|analyst|architect|artist|writer|stud(?:ent|ies|ying)|universit(?:y|ies)|retired"
        r"|colleagues?|board|clients?|customers?|studio|shop|museum|gallery|school|clinic|hospital|practice|thesis|phd"
        r"|hires?|hired|employed|promot(?:ed|ion)|salary|shifts?|arbeit\w{0,10}|beruf\w{0,10}|firma|stelle|studiert|rente|travail\w{0,6}|métier|entreprise"
        r"|trabaj\w{0,6}|empresa|lavor\w{0,6}|azienda|werkt?|baan|bedrijf|arbetar|jobb|jobber"
    ),
    "family": (
        r"famil(?:y|ies)|partners?|spouse|wife|husband|married|divorced|single|girlfriend|boyfriend|fianc\w{1,3}"
        r"|wedding|daughters?|sons?|kids?|child(?:ren)?|bab(?:y|ies)|twins|pregnant|parents?|mother|father|mum|mom"
        r"|dad|brothers?|sisters?|siblings?|grand\w{2,10}|uncle|aunt|nieces?|nephews?|cousins?"
        r"|famili\w{1,3}|frau|mann|verheiratet|töchter|tochter|söhne|sohn|kind(?:er)?|eltern|mutter|vater|bruder"
        r"|schwester|geschwister|femme|mari|fille|fils|enfants?|mère|père|frère|sœur|esposa|marido|hij[oa]s?|padres"
        r"|madre|padre|herman[oa]s?|moglie|marito|figli[oae]?|fratello|sorella|gezin|vrouw|dochter|zoon|kinderen"
        r"|dotter|barn"
    ),
    "birthday": (
        r"birthdays?|bday|birthdate|date of birth|born|dob|dateofbirth|geburtstag|geboren|née?|cumpleaños|compleanno"
    ),
}
"""Words in which notes tell of each subject: one of them is enough to take it for known."""
_SIGNS: Final[Mapping[str, str]] = {
    "interests": "爱好|喜欢|趣味|好き", "work": "工作|公司|仕事|会社",
    "family": "家庭|妻子|丈夫|孩子|家族|子供", "birthday": "生日|誕生日",
}  # fmt: skip
"""The same in scripts that put no blank between words."""

SUBJECTS: Final = tuple(_WORDS)
"""What is worth knowing of somebody you know well."""

_FIELD = re.compile(r"\A[\[(]?\w{1,20}(?: \w{1,20})?::")
"""The key of an inline field that a line begins with."""
_HEADING = re.compile(r" {0,3}(#{1,6})(?:\s|\Z)")


class Brief(Struct, frozen=True):
    """What the notes have to say before you meet somebody.

    Attributes:
        latest: the most telling contact of each of the last three days of contact, the latest first; mentions only
            where there is nothing else.
        unnoted: the same, where all three were meetings or calls of which the notes tell no more than that they were;
            else empty.
        mine, theirs: open promises, by who is to keep them.
        coming: dated facts from the day of the brief on, the next first.
        news: what they told of in the last 180 days, and undated news, the latest first.
        questions: what you wanted to ask.
        birthday: the next one.
        shared: interests in common with you.
        gaps: of `SUBJECTS`, those of which nothing was found about somebody you know well.
    """

    state: PersonState
    latest: tuple[Interaction, ...]
    unnoted: tuple[Interaction, ...]
    mine: tuple[Promise, ...]
    theirs: tuple[Promise, ...]
    coming: tuple[Fact, ...]
    news: tuple[Fact, ...]
    questions: tuple[Fact, ...]
    birthday: Occasion | None
    shared: tuple[SharedInterest, ...]
    gaps: tuple[str, ...]


def prepare_brief(state: PersonState, owners: Iterable[Person], note: Note | None, body: str, as_of: dt.date) -> Brief:
    """The brief about a person for a meeting on `as_of`.

    Args:
        state: the person, on that day.
        owners: the owner, by their own notes.
        note: the person's note; None where it cannot be read, and no gap is told then.
        body: visible text of its body.
        as_of: the day; the last 180 days are news.
    """
    latest = _recall_latest(state)
    told = [fact for fact in state.facts if fact.kind != "question"]
    return Brief(
        state=state,
        latest=latest,
        unnoted=latest if _is_unnoted(state, latest) else (),
        mine=tuple(promise for promise in state.promises if promise.by == "me"),
        theirs=tuple(promise for promise in state.promises if promise.by == "them"),
        coming=tuple(fact for fact in told if _is_ahead(fact, as_of)),
        news=tuple(sorted((fact for fact in told if _is_news(fact, as_of)), key=_news_day, reverse=True)),
        questions=tuple(fact for fact in state.facts if fact.kind == "question"),
        birthday=_coming_birthday(state.person, as_of),
        shared=find_shared_interests(state.person, owners),
        gaps=_find_gaps(state, note, body) if note is not None and state.tie.band != "new" else (),
    )


def _recall_latest(state: PersonState) -> tuple[Interaction, ...]:
    spoke = [day for day in state.days if day.kinds - WEAK_KINDS]
    return tuple(tell_day(state, day) for day in reversed((spoke or state.days)[-LATEST_TIMES:]))


def _is_unnoted(state: PersonState, latest: tuple[Interaction, ...]) -> bool:
    """Nothing about the person is written about the last three meetings: no line, no fact, no promise."""
    if len(latest) < LATEST_TIMES or any(found.kind not in TWO_WAY_KINDS for found in latest):
        return False
    days = {found.day for found in latest}
    same_days = [found for found in state.interactions if found.day in days]
    notes = {found.path for found in same_days} - {state.person.path}
    told: tuple[Fact | Promise, ...] = (*state.facts, *state.promises)
    return all(_says_nothing(found, state.person) for found in same_days) and not any(
        each.path in notes or each.noted in days for each in told
    )


def _says_nothing(interaction: Interaction, person: Person) -> bool:
    """The line holds no more than the person's name, or a field with it."""
    rest = fold_name(_FIELD.sub("", interaction.quote))
    for name in sorted(map(fold_name, person.names), key=len, reverse=True):
        rest = rest.replace(name, "")
    return not any(map(str.isalnum, rest))


def _is_ahead(fact: Fact, as_of: dt.date) -> bool:
    return fact.day is not None and fact.day >= as_of


def _is_news(fact: Fact, as_of: dt.date) -> bool:
    heard = fact.noted or fact.day
    return not _is_ahead(fact, as_of) and (heard is None or (as_of - heard).days <= NEWS_DAYS)


def _news_day(fact: Fact) -> dt.date:
    return fact.noted or fact.day or dt.date.min


def _coming_birthday(person: Person, as_of: dt.date) -> Occasion | None:
    if (born := person.birthday) is None:
        return None
    # From the day before: one on 29 February is kept on the 28th.
    near = (dt.date(year, born.month, max(born.day - 1, 1)) for year in (as_of.year, as_of.year + 1))
    birthdays = (next_birthday(person, day) for day in near)
    return next((found for found in birthdays if found is not None and found.day >= as_of), None)


def _find_gaps(state: PersonState, note: Note, body: str) -> tuple[str, ...]:
    """The subjects of which neither the person's note nor any line about them says a word."""
    said: tuple[Fact | Promise, ...] = (*state.facts, *state.promises)
    known = {"interests"} if state.person.interests else set()
    known |= {"birthday"} if state.person.birthday else set()
    known |= {"work"} if any(fact.kind == "start" for fact in state.facts) else set()
    lines = (
        *(f"{entry.key} {leaf.text}" for entry in note.properties for leaf in entry.leaves if leaf.text.strip()),
        *(tag.name for tag in note.tags),
        *_told_lines(body),
        *(each.text for each in said),
        *(found.quote for found in state.interactions),
    )
    text = "\n".join(lines).replace("_", " ")
    return tuple(subject for subject in SUBJECTS if subject not in known and not _words_of(subject).search(text))


@cache
def _words_of(subject: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{_WORDS[subject]})(?!\w)|{_SIGNS[subject]}", re.IGNORECASE)


def _told_lines(body: str) -> Iterator[str]:
    """The lines of a body, without the headings below which nothing is written."""
    headings: list[tuple[int, str]] = []
    for line in body.splitlines():
        if heading := _HEADING.match(line):
            headings = [*_above(headings, len(heading[1])), (len(heading[1]), line)]
        elif any(map(str.isalnum, line)):
            yield from (text for _, text in headings)
            headings = []
            yield line


def _above(headings: Iterable[tuple[int, str]], level: int) -> list[tuple[int, str]]:
    return [heading for heading in headings if heading[0] < level]
