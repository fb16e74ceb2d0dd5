from __future__ import annotations

import datetime as dt
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from vaultrel.core.rhythm import collapse_days
from vaultrel.core.ties import assess_tie
from vaultrel.core.touches import choose_touch, is_mine, last_interaction, next_promise
from vaultrel.core.wording import PHRASES, quote_line, show_day
from vaultrel.model import Interaction, NotePath, Person, PersonState, Promise
from vaultrel.settings import DEFAULT_SETTINGS

if TYPE_CHECKING:
    from collections.abc import Sequence

TODAY = dt.date(2026, 6, 15)
ANA = Person(path=NotePath("People/Ana Reis.md"), name="Ana Reis", names=("Ana Reis", "Ana"))


def met(age: int, kind: str = "meeting", quote: str = "Tea", note: str = "Daily.md") -> Interaction:
    return Interaction(ANA.path, NotePath(note), 3, TODAY - dt.timedelta(age), kind, "mutual", 1, quote)


def promise(
    text: str = "send Ana the recipe", due: dt.date | None = None, noted: dt.date | None = None, line: int = 7
) -> Promise:
    return Promise(ANA.path, NotePath("Daily.md"), line, text, due, noted)


def state(interactions: Sequence[Interaction], person: Person = ANA, promises: Sequence[Promise] = ()) -> PersonState:
    days = collapse_days(interactions)
    tie = assess_tie(person, days, interactions, 30.0, DEFAULT_SETTINGS, TODAY)
    return PersonState(person, tie, days, tuple(interactions), tuple(promises))


def in_days(days: int) -> dt.date:
    return TODAY + dt.timedelta(days)


# --- promises


def test_a_promise_comes_before_everything_else_in_its_own_words() -> None:
    person = replace(ANA, birthday=TODAY, interests=("pottery",))
    touch = choose_touch(state([met(30)], person, [promise("send [[Ana Reis|Ana]] the recipe 📅 2026-06-20")]), TODAY)
    assert (touch.kind, touch.action) == ("promise", "Send Ana the recipe")
    assert [(shown.path, shown.line) for shown in touch.evidence] == [("Daily.md", 7)]


def test_what_the_other_promised_is_asked_about() -> None:
    theirs = promise("[[Ana Reis]] sends me the plan", due=TODAY)
    assert (
        choose_touch(state([met(30)], promises=[theirs]), TODAY).action
        == "Ask about this: “Ana Reis sends me the plan”."
    )


@pytest.mark.parametrize(
    ("text", "mine"),
    [
        ("send Ana the recipe", True),
        ("Ana: send the recipe", True),
        ("Ana", True),
        ("Anatomy book for Ana", True),
        ("Ana sends the recipe", False),
        ("[[Ana Reis|ANA]] sends the recipe", False),
    ],
)
def test_a_promise_that_begins_with_the_name_and_a_verb_is_theirs(text: str, mine: bool) -> None:  # noqa: FBT001 - case data
    assert is_mine(promise(text), ANA) is mine


ORDERED = [
    promise("overdue", due=in_days(-20)),
    promise("noted three weeks ago", noted=in_days(-21)),
    promise("due tomorrow", due=in_days(1)),
    promise("due in a month", due=in_days(30)),
    promise("without any day"),
]


@pytest.mark.parametrize("count", range(1, 6))
def test_the_promise_due_first_is_kept_first(count: int) -> None:
    assert next_promise(ORDERED[-count:], TODAY, 30) == ORDERED[-count]


@pytest.mark.parametrize(
    "late",
    [promise(due=in_days(31)), promise(noted=in_days(-61)), promise(noted=in_days(1))],
    ids=["due too far ahead", "noted too long ago", "noted in the future"],
)
def test_a_promise_that_is_not_for_now_is_left_alone(late: Promise) -> None:
    assert next_promise([late], TODAY, 30) is None


# --- birthdays


@pytest.mark.parametrize(
    ("birthday", "as_of", "shown"),
    [
        (dt.date(1990, 6, 15), TODAY, "15 Jun 2026"),
        (dt.date(1604, 6, 29), TODAY, "29 Jun 2026"),
        (dt.date(1990, 1, 3), dt.date(2026, 12, 25), "3 Jan 2027"),
        (dt.date(1992, 2, 29), dt.date(2026, 2, 20), "28 Feb 2026"),
        (dt.date(1992, 2, 29), dt.date(2028, 2, 20), "29 Feb 2028"),
    ],
)
def test_a_birthday_within_a_fortnight_asks_for_congratulations(birthday: dt.date, as_of: dt.date, shown: str) -> None:
    touch = choose_touch(state([met(400)], replace(ANA, birthday=birthday)), as_of)
    assert (touch.kind, touch.action) == ("congratulate", f"Congratulate: birthday on {shown}.")


@pytest.mark.parametrize("birthday", [dt.date(1990, 6, 14), dt.date(1990, 6, 30)])
def test_a_birthday_past_or_further_ahead_does_not(birthday: dt.date) -> None:
    assert choose_touch(state([met(30)], replace(ANA, birthday=birthday)), TODAY).kind != "congratulate"


def test_the_last_days_of_the_calendar_are_no_error() -> None:
    person = replace(ANA, birthday=dt.date(1990, 1, 1))
    assert choose_touch(state([met(30)], person), dt.date.max).kind == "message"


# --- everything else


@pytest.mark.parametrize("interests", [(), ("pottery", "bread")])
@pytest.mark.parametrize("kind", ["meeting", "call", "message", "mention", "letter"])
def test_two_follow_ups_in_a_row_never_ask_for_the_same(kind: str, interests: tuple[str, ...]) -> None:
    person = replace(ANA, interests=interests)
    history = [met(age, kind) for age in range(300, 0, -30)]
    actions = [choose_touch(state(history[:count], person), TODAY).action for count in range(1, len(history) + 1)]
    assert all(earlier != later for earlier, later in pairwise(actions))


TOUCHES = [
    # what the notes say, what is proposed
    ([met(3)], (), "Send a short message: it was good to meet."),
    ([met(3, "mention")], (), "Send a short message."),
    ([met(3)], ("old bicycles",), "Share something about old bicycles."),
    ([met(40), met(3)], ("old bicycles",), "Propose lunch."),
    ([met(40), met(30), met(20), met(3)], (), "Propose coffee."),
    ([met(40), met(3, "call")], (), "Call."),
    ([], (), "Send a short message."),
]


@pytest.mark.parametrize(("interactions", "interests", "action"), TOUCHES)
def test_the_touch_follows_what_the_notes_say(
    interactions: list[Interaction], interests: tuple[str, ...], action: str
) -> None:
    assert choose_touch(state(interactions, replace(ANA, interests=interests)), TODAY).action == action


def test_every_touch_has_its_minutes_and_a_line_of_a_note() -> None:
    for interactions, interests, _ in TOUCHES:
        touch = choose_touch(state(interactions, replace(ANA, interests=interests)), TODAY)
        assert touch.minutes > 0
        assert touch.evidence
        assert all(shown.line >= 1 for shown in touch.evidence)


def test_the_most_telling_interaction_stands_for_the_last_day() -> None:
    found = last_interaction(
        state(
            [met(90), met(3, "mention"), met(3, "meeting", ""), met(3, "meeting", "Soup", "Lunch.md"), met(3, "call")]
        )
    )
    assert found is not None
    assert (found.kind, found.quote) == ("meeting", "Soup")


# --- words


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("met [[People/Ana Reis]] and [[Ben Ito|Ben]]", "met Ana Reis and Ben"),
        ("see [[Ana Reis#Work]] and [[Ana Reis.md]]", "see Ana Reis and Ana Reis"),
        ("read [the paper](Papers/Tides.md) today", "read the paper today"),
        ("send it ⏫ 📅 2026-07-01 ✅ 2026-07-02", "send it"),
        ("send it [due:: 2026-07-01]", "send it"),
        ("met:: [[Ana Reis]], cold soup", "met: Ana Reis, cold soup"),
        ("[[]] [a]() [[ |", "[[]] [a]() [[ |"),
        ("tab\tand\u2028line", "tab and line"),
    ],
)
def test_a_quoted_line_reads_as_in_reading_view(line: str, words: str) -> None:
    assert quote_line(line) == words


def test_brackets_without_end_take_no_time() -> None:
    assert len(quote_line("[[" * 5000)) == 160
    assert len(quote_line("[" * 5000 + "](" * 5000)) == 160


def test_days_are_written_alike_everywhere() -> None:
    assert show_day(dt.date(2026, 9, 4)) == "4 Sep 2026"


def test_no_sentence_tells_a_gender_or_counts_from_today() -> None:
    banned = {"he", "she", "him", "her", "his", "hers", "ago", "today", "tomorrow", "yesterday", "now", "since last"}
    for phrase in PHRASES.values():
        assert not banned & set(phrase.lower().replace(".", " ").replace(",", " ").split()), phrase
