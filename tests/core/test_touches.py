from __future__ import annotations

import datetime as dt
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

import pytest
from msgspec.structs import replace

from vaultrel.core.network import Ground, Introduction, NoteToShare, Preference, SharedInterest
from vaultrel.core.rhythm import collapse_days
from vaultrel.core.ties import assess_tie, remember_tie
from vaultrel.core.touches import MINUTES, Touch, choose_touch, last_interaction, next_promise
from vaultrel.core.wording import say
from vaultrel.model import Evidence, Fact, Interaction, NotePath, Person, PersonState, Promise
from vaultrel.settings import DEFAULT_SETTINGS

if TYPE_CHECKING:
    from collections.abc import Sequence

TODAY = dt.date(2026, 6, 15)
NO_GROUND = Ground()
ANA = Person(path=NotePath("People/Ana Reis.md"), name="Ana Reis", names=("Ana Reis", "Ana"))


def met(age: int, kind: str = "meeting", quote: str = "Tea", note: str = "Daily.md") -> Interaction:
    return Interaction(ANA.path, NotePath(note), 3, TODAY - dt.timedelta(age), kind, "mutual", 1, quote)


def promise(
    text: str = "send Ana the recipe",
    due: dt.date | None = None,
    noted: dt.date | None = None,
    by: Literal["me", "them"] = "me",
) -> Promise:
    return Promise(ANA.path, NotePath("Daily.md"), 7, text, due, noted, by)


def fact(kind: str, text: str, noted: dt.date | None = None) -> Fact:
    return Fact(ANA.path, ANA.path, 9, kind, text, None, noted)


def state(interactions: Sequence[Interaction], person: Person = ANA, facts: Sequence[Fact] = ()) -> PersonState:
    days = collapse_days(interactions)
    tie = assess_tie(person, days, remember_tie(days, DEFAULT_SETTINGS), interactions, 30.0, DEFAULT_SETTINGS, TODAY)
    return PersonState(person, tie, days, tuple(interactions), facts=tuple(facts))


def words_of(touch: Touch) -> str:
    return " ".join(say(told.phrase, **told.facts) for told in touch.sentences)


def places_of(touch: Touch) -> list[tuple[str, int]]:
    return [(shown.path, shown.line) for told in touch.sentences for shown in told.evidence]


def proposed(
    interactions: Sequence[Interaction],
    person: Person = ANA,
    facts: Sequence[Fact] = (),
    ground: Ground = NO_GROUND,
    day: dt.date = TODAY,
) -> Touch:
    return choose_touch(state(interactions, person, facts), ground, day)


def in_days(days: int) -> dt.date:
    return TODAY + dt.timedelta(days)


# --- promises


def test_a_promise_comes_before_everything_else_in_its_own_words() -> None:
    person = replace(ANA, birthday=TODAY, interests=("pottery",))
    kept = promise("send [[Ana Reis|Ana]] the recipe 📅 2026-06-20")
    touch = choose_touch(state([met(30)], person), NO_GROUND, TODAY, kept)
    assert (touch.kind, words_of(touch)) == ("promise", "Send Ana the recipe")
    assert places_of(touch) == [("Daily.md", 7)]


def test_what_the_other_promised_is_asked_about() -> None:
    theirs = promise("[[Ana Reis]] sends me the plan", due=TODAY, by="them")
    touch = choose_touch(state([met(30)]), NO_GROUND, TODAY, theirs)
    assert words_of(touch) == "Ask about this: “Ana Reis sends me the plan”."


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


def test_of_two_promises_for_a_day_ones_own_is_kept_first() -> None:
    both = [promise("plan", due=TODAY, by="them"), promise("recipe", due=TODAY)]
    assert next_promise(both, TODAY, 30) == both[1]


@pytest.mark.parametrize(
    "kept",
    [promise(due=in_days(30)), promise(noted=in_days(-60)), promise(noted=TODAY), promise()],
    ids=["due in thirty days", "noted sixty days ago", "noted today", "without any day"],
)
def test_a_promise_is_kept_up_to_its_limits(kept: Promise) -> None:
    assert next_promise([kept], TODAY, 30) == kept


@pytest.mark.parametrize(
    "late",
    [promise(due=in_days(31)), promise(noted=in_days(-61)), promise(noted=in_days(1))],
    ids=["due too far ahead", "noted too long ago", "noted in the future"],
)
def test_a_promise_that_is_not_for_now_is_left_alone(late: Promise) -> None:
    assert next_promise([late], TODAY, 30) is None


# --- birthdays


@pytest.mark.parametrize(
    ("birthday", "as_of", "words"),
    [
        (dt.date(1986, 6, 15), TODAY, "turns 40 on 15 Jun 2026"),
        (dt.date(1604, 6, 29), TODAY, "birthday on 29 Jun 2026"),
        (dt.date(1990, 1, 3), dt.date(2026, 12, 25), "turns 37 on 3 Jan 2027"),
        (dt.date(1992, 2, 29), dt.date(2026, 2, 20), "turns 34 on 28 Feb 2026"),
        (dt.date(1992, 2, 29), dt.date(2028, 2, 20), "turns 36 on 29 Feb 2028"),
        (dt.date(1604, 2, 29), dt.date(2028, 2, 20), "birthday on 29 Feb 2028"),
        (dt.date(2026, 6, 20), TODAY, "birthday on 20 Jun 2026"),
    ],
)
def test_a_birthday_within_a_fortnight_asks_for_congratulations(birthday: dt.date, as_of: dt.date, words: str) -> None:
    touch = proposed([met(400)], replace(ANA, birthday=birthday), day=as_of)
    assert (touch.kind, words_of(touch)) == ("congratulate", f"Congratulate: {words}.")


@pytest.mark.parametrize("birthday", [dt.date(1990, 6, 14), dt.date(1990, 6, 30)])
def test_a_birthday_past_or_further_ahead_does_not(birthday: dt.date) -> None:
    assert proposed([met(30)], replace(ANA, birthday=birthday)).kind != "congratulate"


def test_the_last_days_of_the_calendar_are_no_error() -> None:
    person = replace(ANA, birthday=dt.date(1990, 1, 1))
    assert proposed([met(30)], person, day=dt.date.max).kind == "message"


# --- thanks


KINDNESS = [
    # the line of the last contact, whether it tells that Ana did something for the owner
    ("lent me her good rope", True),
    ("2026-06-12: helped me choose a printer.", True),
    ("Tea, and Ana introduced me to the choir", True),
    ("[[Ana Reis]] taught me the knot", True),
    ("Soup. She introduced half the room to me", True),
    ("sie hat mir beim Umzug geholfen", True),
    ("er half mir", True),
    ("helped her carry the bookshelf", False),
    ("asked who taught me to price", False),
    ("Ben helped me move", False),
    ("Anatomy helped me", False),
    ("Joana helped me", False),
    ("could have helped me", False),
    ("told me to stop", False),
    ("Tea", False),
]


@pytest.mark.parametrize(("line", "thanks"), KINDNESS)
def test_thanks_are_proposed_only_where_the_last_line_tells_a_kindness(line: str, thanks: bool) -> None:  # noqa: FBT001 - case data
    touch = proposed([met(90), met(30), met(3, quote=line)])
    assert (touch.kind == "thank") is thanks


def test_thanks_quote_the_line() -> None:
    touch = proposed([met(3, quote="2026-06-12: lent me her good rope.")])
    assert words_of(touch) == "Say thank you: “lent me her good rope.”"
    assert places_of(touch) == [("Daily.md", 3)]


def test_in_company_only_the_name_says_who_was_kind() -> None:
    for line, thanks in (("She lent me the rope", False), ("Ana lent me the rope", True)):
        touch = proposed([replace(met(3, quote=line), present=4)])
        assert (touch.kind == "thank") is thanks


def test_nobody_is_thanked_twice_running() -> None:
    history = [met(age, quote="She lent me a book") for age in range(300, 0, -30)]
    kinds = [proposed(history[:count]).kind for count in range(1, len(history) + 1)]
    assert kinds[::2] == ["thank"] * len(kinds[::2])
    assert "thank" not in kinds[1::2]


# --- everything else


def shared(*interests: str) -> tuple[SharedInterest, ...]:
    return tuple(SharedInterest(each, (Evidence(ANA.path, 3), Evidence(NotePath("Me.md"), 4))) for each in interests)


INTRODUCTION = Introduction("Ben Ito", "bread", (Evidence(ANA.path, 3), Evidence(NotePath("People/Ben Ito.md"), 4)))
NEW_NOTE = NoteToShare("Slow cooling", "pottery", (Evidence(NotePath("Notes/Slow cooling.md"), 2),))
PROJECT = Evidence(ANA.path, 6, "[[Harbour map]]")
GROUNDS = [
    Ground(),
    Ground(shared=shared("pottery")),
    Ground(introduction=INTRODUCTION),
    Ground(project=PROJECT),
    Ground(shared=shared("bread"), introduction=INTRODUCTION, project=PROJECT),
    Ground(note=NEW_NOTE),
    *(Ground(prefers=Preference(kind, Evidence(ANA.path, 5))) for kind in ("meeting", "call", "message")),
]


@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("facts", [[], [fact("question", "Is the kiln sold?")], [fact("news", "Selling the kiln")]])
@pytest.mark.parametrize("interests", [(), ("pottery", "bread")])
@pytest.mark.parametrize("kind", ["meeting", "call", "message", "mention", "letter"])
def test_two_follow_ups_in_a_row_never_ask_for_the_same(
    kind: str, interests: tuple[str, ...], facts: list[Fact], ground: Ground
) -> None:
    person = replace(ANA, interests=interests)
    history = [met(age, kind) for age in range(300, 0, -30)]
    touches = [proposed(history[:count], person, facts, ground) for count in range(1, len(history) + 1)]
    assert all(earlier.kind != later.kind for earlier, later in pairwise(touches))


def test_the_next_touch_is_another_one_even_where_the_notes_have_changed_meanwhile() -> None:
    history = [
        met(age, kind) for age, kind in zip(range(200, 0, -20), ["meeting", "message", "call"] * 4, strict=False)
    ]
    for before in GROUNDS:
        for after in GROUNDS:
            for count in range(1, len(history)):
                earlier = proposed(history[:count], ground=before)
                assert earlier.kind != proposed(history[: count + 1], ground=after).kind


TOUCHES = [
    # what the notes say, interests, facts, ground, what is proposed
    ([met(3)], (), [], Ground(), "Send a short message: it was good to meet."),
    ([met(3, "mention")], (), [], Ground(), "Send a short message."),
    ([met(3)], ("old bicycles",), [], Ground(), "Share something about old bicycles."),
    ([met(3)], ("old bicycles", "pottery"), [], Ground(shared=shared("pottery")), "Share something about pottery."),
    ([met(40), met(3)], ("old bicycles",), [], Ground(), "Propose lunch."),
    ([met(40), met(30), met(20), met(3)], (), [], Ground(), "Propose coffee."),
    ([met(40), met(3, "call")], (), [], Ground(), "Propose lunch."),
    ([met(40, "call"), met(3, "call")], (), [], Ground(), "Call."),
    ([met(40, "message"), met(3, "message")], (), [], Ground(), "Ask what is new."),
    ([met(40, "contact"), met(3, "contact")], (), [], Ground(), "Ask what is new."),
    ([met(40, "contact"), met(3, "contact")], (), [], Ground(shared=shared("bread")), "Ask about bread."),
    ([met(40, "contact"), met(3, "contact")], (), [fact("news", "Selling the kiln")], Ground(shared=shared("bread")),
     "Ask about this: “Selling the kiln”."),
    ([met(40), met(3)], (), [fact("question", "Is the kiln sold?"), fact("news", "Selling the kiln")], Ground(),
     "Propose lunch. Ask: “Is the kiln sold?”"),
    ([met(40), met(3)], (), [fact("question", "Ask about the kiln")], Ground(), "Propose lunch. Ask about the kiln"),
    ([met(40), met(3)], (), [fact("news", "Selling the kiln", TODAY - dt.timedelta(181))], Ground(), "Propose lunch."),
    ([met(40), met(3)], (), [], Ground(prefers=Preference("call", Evidence(ANA.path, 5))), "Call."),
    ([met(3)], ("pottery",), [], Ground(note=NEW_NOTE), "Share your note “Slow cooling”: it is about pottery."),
    ([met(40), met(3)], (), [], Ground(note=NEW_NOTE),
     "Propose lunch. Share your note “Slow cooling”: it is about pottery."),
    ([met(40, "message"), met(3, "message")], (), [], Ground(note=NEW_NOTE),
     "Ask what is new. Share your note “Slow cooling”: it is about pottery."),
    ([met(40), met(30), met(3)], (), [], Ground(introduction=INTRODUCTION),
     "Introduce Ana Reis and Ben Ito: both care about bread."),
    ([met(40), met(30), met(3)], (), [], Ground(project=PROJECT), "Offer to look at the project: “Harbour map”."),
    ([], (), [], Ground(), "Send a short message."),
]  # fmt: skip


@pytest.mark.parametrize(("interactions", "interests", "facts", "ground", "action"), TOUCHES)
def test_the_touch_follows_what_the_notes_say(
    interactions: list[Interaction], interests: tuple[str, ...], facts: list[Fact], ground: Ground, action: str
) -> None:
    assert words_of(proposed(interactions, replace(ANA, interests=interests), facts, ground)) == action


LIGHT_TURNS = [
    (Ground(), ["share bread", "share maps", "share bread", "share maps"]),
    (Ground(introduction=INTRODUCTION), ["share bread", "introduce", "share maps", "introduce"]),
    (Ground(shared=shared("maps"), project=PROJECT), ["share maps", "feedback", "share bread", "feedback"]),
]


@pytest.mark.parametrize(("ground", "turns"), LIGHT_TURNS)
def test_what_there_is_ground_for_takes_turns_and_so_do_interests(ground: Ground, turns: list[str]) -> None:
    person = replace(ANA, interests=("bread", "maps"))
    touches = [proposed([met(age) for age in range(count * 10, 0, -10)], person, (), ground) for count in (1, 3, 5, 7)]
    shown = [
        f"share {touch.sentences[0].facts['interest']}" if touch.kind == "share" else touch.kind for touch in touches
    ]
    assert shown == turns


def test_every_touch_has_its_minutes_and_a_line_of_a_note() -> None:
    for interactions, interests, facts, ground, _ in TOUCHES:
        touch = proposed(interactions, replace(ANA, interests=interests), facts, ground)
        assert touch.minutes == MINUTES[touch.kind] > 0
        assert all(told.evidence for told in touch.sentences)
        assert all(line >= 1 for _, line in places_of(touch))


@pytest.mark.parametrize(
    ("latest", "kind"),
    [
        (["meeting", "meeting", "call", "call", "call", "call"], "call"),
        (["meeting", "call", "meeting", "call", "meeting", "call"], "coffee"),
        (["call", "call", "contact", "mention", "contact", "task"], "call"),
    ],
)
def test_of_the_last_six_days_of_contact_the_most_frequent_kind_is_the_usual_one(latest: list[str], kind: str) -> None:
    earlier = [met(age, "call") for age in (200, 190, 180, 170, 160, 150)]
    touch = proposed([*earlier, *(met(60 - 10 * at, each) for at, each in enumerate(latest))])
    assert touch.kind == kind


def test_the_most_telling_interaction_stands_for_the_last_day() -> None:
    found = last_interaction(
        state(
            [met(90), met(3, "mention"), met(3, "meeting", ""), met(3, "meeting", "Soup", "Lunch.md"), met(3, "call")]
        )
    )
    assert found is not None
    assert (found.kind, found.quote) == ("meeting", "Soup")
