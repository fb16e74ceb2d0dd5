from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from vaultrel.core.brief import SUBJECTS, prepare_brief
from vaultrel.core.notes import parse_note
from vaultrel.core.rhythm import collapse_days
from vaultrel.core.ties import assess_tie, remember_tie
from vaultrel.model import Fact, Interaction, NotePath, Person, PersonState, Promise
from vaultrel.settings import DEFAULT_SETTINGS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vaultrel.core.brief import Brief

TODAY = dt.date(2026, 6, 30)
PATH = NotePath("People/Ana Reis.md")
ANA = Person(PATH, "Ana Reis", ("Ana Reis", "Ana"))


def met(day: str, kind: str = "meeting", quote: str = "") -> Interaction:
    return Interaction(PATH, NotePath(f"Daily/{day}.md"), 3, dt.date.fromisoformat(day), kind, "mutual", quote=quote)


def state(
    told: Iterable[Interaction] = (),
    facts: tuple[Fact, ...] = (),
    promises: tuple[Promise, ...] = (),
    person: Person = ANA,
) -> PersonState:
    told = tuple(told)
    days = collapse_days(told)
    tie = assess_tie(person, days, remember_tie(days, DEFAULT_SETTINGS), told, 30.0, DEFAULT_SETTINGS, TODAY)
    return PersonState(person, tie, days, told, promises, facts)


def fact(kind: str, day: str = "", noted: str = "", path: str = PATH, text: str = "Sings") -> Fact:
    days = [dt.date.fromisoformat(each) if each else None for each in (day, noted)]
    return Fact(PATH, NotePath(path), 9, kind, text, *days)


def promise(by: str, path: str = PATH, noted: str = "") -> Promise:
    on = dt.date.fromisoformat(noted) if noted else None
    return Promise(PATH, NotePath(path), 7, "send the plan", None, on, "me" if by == "me" else "them")


def brief(found: PersonState, note: bytes = b"", body: str = "") -> Brief:
    return prepare_brief(found, (), parse_note(PATH, note), body, TODAY)


MONTHLY = ("2026-01-10", "2026-02-10", "2026-03-10", "2026-04-10")


def test_the_last_three_times_are_recalled_the_latest_first() -> None:
    assert [str(found.day) for found in brief(state(map(met, MONTHLY))).latest] == list(reversed(MONTHLY[1:]))


def test_a_day_on_which_they_only_came_up_is_no_time_you_met() -> None:
    told = [met("2026-01-10", "call"), met("2026-02-10", "mention"), met("2026-03-10", "task")]
    assert [found.kind for found in brief(state(told)).latest] == ["call"]


def test_where_you_never_met_the_last_mentions_are_all_there_is() -> None:
    assert len(brief(state(met(day, "mention") for day in MONTHLY)).latest) == 3


def test_promises_stand_apart_by_who_is_to_keep_them() -> None:
    found = brief(state(promises=(promise("me"), promise("them"))))
    assert ([each.by for each in found.mine], [each.by for each in found.theirs]) == (["me"], ["them"])


@pytest.mark.parametrize(
    ("told", "where"),
    [
        (fact("question"), "questions"),
        (fact("question", noted="2019-01-01"), "questions"),
        (fact("exam", day="2026-06-30"), "coming"),
        (fact("exam", day="2027-06-30"), "coming"),
        (fact("exam", day="2026-06-29"), "news"),
        (fact("news"), "news"),
        (fact("news", noted="2026-01-01"), "news"),
        (fact("news", noted="2025-12-31"), ""),
        (fact("exam", day="2025-12-31"), ""),
        (fact("exam", day="2025-12-31", noted="2026-01-01"), "news"),
    ],
)
def test_each_fact_has_its_place_until_it_is_old(told: Fact, where: str) -> None:
    found = brief(state(facts=(told,)))
    assert [name for name in ("questions", "coming", "news") if getattr(found, name)] == ([where] if where else [])


def test_the_latest_news_come_first() -> None:
    facts = (fact("news", text="no day"), fact("news", noted="2026-05-01"), fact("exam", day="2026-06-01"))
    assert [each.noted or each.day for each in brief(state(facts=facts)).news] == [
        dt.date(2026, 6, 1), dt.date(2026, 5, 1), None,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("born", "day", "age"),
    [
        ("1986-06-30", "2026-06-30", 40),
        ("1986-06-29", "2027-06-29", 41),
        ("1986-12-31", "2026-12-31", 40),
        ("1604-01-01", "2027-01-01", None),
        ("1988-02-29", "2027-02-28", 39),
    ],
)
def test_the_next_birthday_is_told_with_the_age_where_it_is_known(born: str, day: str, age: int | None) -> None:
    found = brief(state(person=replace(ANA, birthday=dt.date.fromisoformat(born)))).birthday
    assert found is not None
    assert (str(found.day), found.age) == (day, age)


def test_nobody_without_a_birthday_has_one_coming() -> None:
    assert brief(state()).birthday is None


# ------------------------------------------------------------------------------------- three meetings without a word


def test_three_meetings_without_a_word_about_them_are_told() -> None:
    told = [met("2026-02-10"), met("2026-03-10", quote="[[Ana Reis]]"), met("2026-04-10", "call", "called:: [[Ana]]")]
    found = brief(state(told))
    assert found.unnoted == found.latest
    assert len(found.unnoted) == 3


@pytest.mark.parametrize(
    ("told", "facts", "promises"),
    [
        ([met("2026-02-10", quote="She plays the oboe"), met("2026-03-10"), met("2026-04-10")], (), ()),
        ([met("2026-02-10", quote="Was tired; met:: [[Ana]]"), met("2026-03-10"), met("2026-04-10")], (), ()),
        ([met("2026-03-10"), met("2026-04-10")], (), ()),
        ([met("2026-02-10"), met("2026-03-10"), met("2026-04-10", "message")], (), ()),
        ([met("2026-02-10"), met("2026-03-10"), met("2026-04-10")], (fact("news", noted="2026-03-10"),), ()),
        ([met("2026-02-10"), met("2026-03-10"), met("2026-04-10")], (fact("exam", path="Daily/2026-03-10.md"),), ()),
        ([met("2026-02-10"), met("2026-03-10"), met("2026-04-10")], (), (promise("me", "Daily/2026-02-10.md"),)),
        ([met("2026-02-10"), met("2026-03-10"), met("2026-04-10")], (), (promise("them", noted="2026-04-10"),)),
    ],
    ids=[
        "a line",
        "words before a field",
        "only two",
        "no meeting",
        "a fact of that day",
        "a fact there",
        "a promise there",
        "a promise of that day",
    ],
)
def test_one_word_about_them_is_enough_to_say_nothing(
    told: list[Interaction], facts: tuple[Fact, ...], promises: tuple[Promise, ...]
) -> None:
    assert brief(state(told, facts, promises)).unnoted == ()


def test_what_was_written_before_the_last_three_meetings_does_not_count() -> None:
    told = [met("2026-01-10", quote="She plays the oboe"), *map(met, MONTHLY[1:])]
    assert brief(state(told, (fact("news", noted="2026-01-10"),))).unnoted


# --------------------------------------------------------------------------------------------------------------- gaps


def test_what_is_not_known_about_somebody_well_known_is_a_gap() -> None:
    assert brief(state(map(met, MONTHLY))).gaps == SUBJECTS


def test_nobody_is_expected_to_know_a_new_acquaintance() -> None:
    assert brief(state(map(met, MONTHLY[:2]))).gaps == ()


def test_no_gap_is_told_of_a_note_that_cannot_be_read() -> None:
    assert prepare_brief(state(map(met, MONTHLY)), (), None, "", TODAY).gaps == ()


KNOWN = [
    ("interests", b"---\nhobbies: pottery\n---\n", ""),
    ("interests", b"", "She loves the sea."),
    ("interests", b"", "她喜欢画画"),
    ("work", b"---\ncompany: Northwind\n---\n", ""),
    ("work", b"---\njob_title: potter\n---\n", ""),
    ("work", b"---\ntags: [person, colleague]\n---\n", ""),
    ("work", b"", "Works at the harbour."),
    ("family", b"---\nchildren: [Mia, Leo]\n---\n", ""),
    ("family", b"", "## Family\n\nMia, seven\n"),
    ("family", b"", "## Family\n### At home\n- Mia, seven\n"),
    ("family", b"", "Ihre Tochter heißt Mia."),
    ("birthday", b"", "Born in spring."),
    ("birthday", b"---\nbirthday: 4/5/1980\n---\n", ""),
]


@pytest.mark.parametrize(("subject", "note", "body"), KNOWN)
def test_one_word_of_a_subject_is_enough_for_it_to_be_known(subject: str, note: bytes, body: str) -> None:
    assert subject not in brief(state(map(met, MONTHLY)), note, body).gaps


NOT_KNOWN = [
    ("family", b"---\nfamily:\n---\n", ""),
    ("family", b"", "## Family\n\n## Log\n- tea\n"),
    ("family", b"", "## Family\n\n"),
    ("work", b"", "Met at the workshop-like hall, homework in hand"),
]


@pytest.mark.parametrize(("subject", "note", "body"), NOT_KNOWN)
def test_what_a_template_left_empty_is_not_known(subject: str, note: bytes, body: str) -> None:
    assert subject in brief(state(map(met, MONTHLY)), note, body).gaps


def test_what_other_notes_say_of_them_is_known() -> None:
    found = state(
        (met(day, quote="her daughter joined us") for day in MONTHLY), (fact("start"),), (promise("me"),),
        replace(ANA, interests=("pottery",), birthday=dt.date(1980, 1, 1)),
    )  # fmt: skip
    assert brief(found).gaps == ()
