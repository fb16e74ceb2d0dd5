from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Literal

import pytest
from msgspec.structs import replace

from vaultrel.core.followups import compose_followup, propose_followup
from vaultrel.core.network import Ground, SharedInterest
from vaultrel.core.rhythm import collapse_days
from vaultrel.core.ties import assess_tie, remember_tie
from vaultrel.model import Direction, Evidence, Fact, FollowUp, Interaction, NotePath, Person, PersonState, Promise
from vaultrel.settings import DEFAULT_SETTINGS, PlanSettings, Settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MONDAY = dt.date(2026, 6, 15)
NO_GROUND = Ground()
ANA = Person(path=NotePath("People/Ana Reis.md"), name="Ana Reis", names=("Ana Reis",))


def met(
    ages: Iterable[int], kind: str = "meeting", direction: Direction = "mutual", quote: str = ""
) -> list[Interaction]:
    return [
        Interaction(ANA.path, NotePath(f"Daily/{MONDAY - dt.timedelta(age)}.md"), 3, MONDAY - dt.timedelta(age), kind,
                    direction, 1, quote)
        for age in sorted(ages, reverse=True)
    ]  # fmt: skip


def promise(
    text: str = "send Ana the recipe",
    due: int | None = None,
    noted: int | None = None,
    by: Literal["me", "them"] = "me",
) -> Promise:
    day = [None if days is None else MONDAY + dt.timedelta(days) for days in (due, noted)]
    return Promise(ANA.path, NotePath("Daily.md"), 7, text, day[0], day[1], by)


def fact(kind: str, day: int, text: str = "Ana sits the harbour exam") -> Fact:
    return Fact(ANA.path, ANA.path, 12, kind, text, on(day), None)


def propose(
    interactions: Sequence[Interaction] = (),
    person: Person = ANA,
    promises: Sequence[Promise] = (),
    as_of: dt.date = MONDAY,
    settings: Settings = DEFAULT_SETTINGS,
    facts: Sequence[Fact] = (),
    ground: Ground = NO_GROUND,
) -> FollowUp | None:
    days = collapse_days(interactions)
    memory = remember_tie(days, settings)
    tie = assess_tie(person, days, memory, interactions, 30.0, settings, as_of)
    state = PersonState(person, tie, days, tuple(interactions), tuple(promises), tuple(facts))
    found = propose_followup(state, memory, settings, as_of)
    return found and compose_followup(found, state, ground, settings, as_of)


def proposed(*arguments: object, **options: object) -> FollowUp:
    found = propose(*arguments, **options)  # type: ignore[arg-type]
    assert found is not None
    return found


def on(days: int) -> dt.date:
    return MONDAY + dt.timedelta(days)


WEEKLY = met(range(3, 700, 7))
ONCE_CLOSE = met(range(900, 1400, 7))

# --- who gets a follow-up, and of which kind

KINDS = [
    # what the notes say, interactions, person, promises, kind and due day
    ("met three days ago, once", met([3]), ANA, [], ("first", on(-1))),
    ("a relationship", WEEKLY, ANA, [], ("rhythm", on(-3 + 12))),
    ("two meetings this spring", met([50, 20]), ANA, [], ("rhythm", on(-20 + 74))),
    ("once close, quiet for years", ONCE_CLOSE, ANA, [], ("renetwork", on(-900 + 12))),
    ("a wish to be in touch, met once long ago", met([200]), replace(ANA, cadence_days=90), [], ("rhythm", on(-110))),
    ("in a circle, quiet for years", ONCE_CLOSE, replace(ANA, circle="friends"), [], ("rhythm", on(-900 + 12))),
    ("a promise to someone never met", [], ANA, [promise(due=9)], ("promise", on(9))),
    ("a promise without a due day", [], ANA, [promise(noted=-3)], ("promise", on(4))),
    ("an overdue promise", WEEKLY, ANA, [promise(due=-40)], ("promise", on(-40))),
    ("a promise soon after contact is due", WEEKLY, ANA, [promise(due=20)], ("promise", on(9))),
    ("a promise long after contact is due", WEEKLY, ANA, [promise(due=60)], ("rhythm", on(9))),
    ("a promise in two days, contact overdue", met(range(60, 700, 7)), ANA, [promise(due=2)], ("promise", on(2))),
    ("a promise a month after contact was due", met(range(30, 700, 7)), ANA, [promise(due=20)], ("rhythm", on(-18))),
    ("a promise at the first meeting", met([1]), ANA, [promise(due=5)], ("first", on(1))),
]


@pytest.mark.parametrize(
    ("interactions", "person", "promises", "expected"), [case[1:] for case in KINDS], ids=[case[0] for case in KINDS]
)
def test_who_gets_a_follow_up(
    interactions: list[Interaction], person: Person, promises: list[Promise], expected: tuple[str, dt.date]
) -> None:
    found = proposed(interactions, person, promises)
    assert (found.kind, found.due) == expected
    assert found.planned is None
    assert 0 <= found.worth < 1


LEFT_IN_PEACE = [
    ("never met", [], ANA, []),
    ("met once, over a month ago", met([31]), ANA, []),
    ("ignored", WEEKLY, replace(ANA, ignored=True), [promise(due=1)]),
    ("as needed", WEEKLY, replace(ANA, as_needed=True), [promise(due=1)]),
    ("ended", WEEKLY, replace(ANA, ended="status: archived"), [promise(due=1)]),
    ("a newsletter", met(range(2, 400, 7), "message", "by_them"), ANA, []),
    ("a chase", met(range(2, 90, 14), "message", "by_me"), ANA, []),
    ("mentioned twice", met([50, 20], "mention", "unknown"), ANA, []),
    ("two meetings last year", met([400, 380]), ANA, []),
    ("dormant and never strong", met([1200, 1000, 800]), ANA, []),
    ("due beyond the horizon", met([3]), replace(ANA, cadence_days=365), []),
    ("promised beyond the horizon", [], ANA, [promise(due=121)]),
    ("promised without a day, long ago", [], ANA, [promise(noted=-61)]),
]


@pytest.mark.parametrize(
    ("interactions", "person", "promises"),
    [case[1:] for case in LEFT_IN_PEACE],
    ids=[case[0] for case in LEFT_IN_PEACE],
)
def test_who_is_left_in_peace(interactions: list[Interaction], person: Person, promises: list[Promise]) -> None:
    assert propose(interactions, person, promises) is None


FACTS = [
    # what the notes say, interactions, promises, facts, the kind, day and cycle of the follow-up
    ("an exam long before contact is due", WEEKLY, [], [fact("exam", 2)], ("fact", on(3))),
    ("surgery soon after contact is due", WEEKLY, [], [fact("health", 20)], ("fact", on(21))),
    ("a new job long after contact is due", WEEKLY, [], [fact("start", 25)], ("rhythm", on(9))),
    ("a show in a fortnight", WEEKLY, [], [fact("show", 14)], ("fact", on(7))),
    ("a show this week, seen three days ago", WEEKLY, [], [fact("show", 3)], ("fact", on(3))),
    ("an award today", WEEKLY, [], [fact("celebration", 0)], ("fact", on(0))),
    ("an exam a week ago, not spoken since", met(range(10, 700, 7)), [], [fact("exam", -7)], ("fact", on(-6))),
    ("two of them", WEEKLY, [], [fact("exam", 6), fact("move", 2, "Ana moves")], ("fact", on(5))),
    ("an exam, and no tie to speak of", met([90]), [], [fact("exam", 9)], ("fact", on(10))),
    ("an exam of somebody long lost", ONCE_CLOSE, [], [fact("exam", 9)], ("fact", on(10))),
    ("a promise due before the exam", WEEKLY, [promise(due=1)], [fact("exam", 2)], ("promise", on(1))),
    ("a promise due after the exam", WEEKLY, [promise(due=9)], [fact("exam", 2)], ("fact", on(3))),
    ("a promise, and an exam nobody asked about", met(range(10, 700, 7)), [promise(due=2)], [fact("exam", -7)],
     ("promise", on(2))),
    ("what they promised is due later", WEEKLY, [promise(due=20, by="them")], [], ("rhythm", on(9))),
    ("what they promised is due", WEEKLY, [promise(due=4, by="them")], [], ("promise", on(4))),
]  # fmt: skip


@pytest.mark.parametrize(
    ("interactions", "promises", "facts", "expected"), [case[1:] for case in FACTS], ids=[case[0] for case in FACTS]
)
def test_a_day_in_their_life_brings_the_follow_up_to_its_day(
    interactions: list[Interaction], promises: list[Promise], facts: list[Fact], expected: tuple[str, dt.date]
) -> None:
    found = proposed(interactions, ANA, promises, facts=facts)
    assert (found.kind, found.due) == expected


FACTS_LEFT = [
    ("answered by contact after it", met([3]), ANA, fact("exam", -4)),
    ("too long ago", met(range(40, 700, 7)), ANA, fact("exam", -22)),
    ("the award was celebrated together", met([3]), ANA, fact("celebration", -3)),
    ("snoozed beyond it", met(range(40, 700, 7)), replace(ANA, snooze_until=on(40)), fact("exam", 5)),
    ("never met", [], ANA, fact("exam", 5)),
    ("a newsletter's author", met(range(2, 400, 7), "message", "by_them"), ANA, fact("exam", 5)),
    ("ended", WEEKLY, replace(ANA, ended="#deceased"), fact("exam", 5)),
    ("as needed", WEEKLY, replace(ANA, as_needed=True), fact("exam", 5)),
    ("only a question", WEEKLY, ANA, replace(fact("question", 0), day=None)),
]


@pytest.mark.parametrize(
    ("interactions", "person", "told"), [case[1:] for case in FACTS_LEFT], ids=[case[0] for case in FACTS_LEFT]
)
def test_a_day_in_their_life_is_let_go(interactions: list[Interaction], person: Person, told: Fact) -> None:
    found = propose(interactions, person, facts=[told])
    assert found is None or found.kind != "fact"


BIRTHDAYS = [
    # last contact and birthday, in days from today; the kind and day of the follow-up
    ("soon after contact is due", -3, 15, ("fact", on(15))),
    ("before contact is due", -3, 2, ("fact", on(2))),
    ("missed by four days", -13, -4, ("fact", on(-4))),
    ("missed by more than a week", -13, -8, ("rhythm", on(-1))),
    ("long after contact is due", -3, 30, ("rhythm", on(9))),
]


@pytest.mark.parametrize(
    ("last", "born", "expected"), [case[1:] for case in BIRTHDAYS], ids=[case[0] for case in BIRTHDAYS]
)
def test_a_birthday_of_a_relationship_is_kept_on_its_day(last: int, born: int, expected: tuple[str, dt.date]) -> None:
    found = proposed(met(range(-last, 700, 7)), replace(ANA, birthday=on(born).replace(year=1986)))
    assert (found.kind, found.due) == expected
    assert (found.touch == "congratulate") is (found.kind == "fact")


def test_contact_on_the_day_of_an_exam_does_not_answer_how_it_went() -> None:
    assert proposed(met([0]), facts=[fact("exam", 0)]).kind == "first"
    assert proposed(met(range(0, 700, 7)), facts=[fact("exam", 0)]).due == on(1)


def test_each_day_in_their_life_is_asked_about_once() -> None:
    told = [fact("exam", 2), fact("move", 4, "Ana moves")]
    first = proposed(WEEKLY, facts=told)
    assert first.due == on(3)
    # Contact on the day after the exam answers it; the move is still to come.
    later = proposed([*WEEKLY, *[replace(met([0])[0], day=on(3))]], facts=told, as_of=on(3))
    assert later.due == on(7)
    assert later.cycle != first.cycle


def test_a_fact_keeps_its_cycle_when_its_line_moves() -> None:
    cycles = {proposed(WEEKLY, facts=[replace(fact("exam", 2), line=line)]).cycle for line in (3, 40)}
    assert len(cycles) == 1
    assert proposed(WEEKLY, facts=[fact("exam", 2, "Ana sits another exam")]).cycle not in cycles


def test_of_two_old_ties_the_one_on_which_more_was_built_is_worth_more_however_long_ago() -> None:
    often = proposed(met(range(1400, 1900, 7)))
    seldom = proposed(met(range(500, 600, 7)))
    assert often.kind == seldom.kind == "renetwork"
    assert often.worth > seldom.worth


@pytest.mark.parametrize(("peak", "revived"), [(49, False), (50, True)])
def test_an_old_tie_is_revived_where_its_strength_was_once_50(peak: int, revived: bool) -> None:  # noqa: FBT001 - case data
    days = collapse_days(ONCE_CLOSE)
    memory = remember_tie(days, DEFAULT_SETTINGS)
    tie = replace(assess_tie(ANA, days, memory, ONCE_CLOSE, 30.0, DEFAULT_SETTINGS, MONDAY), peak=peak)
    state = PersonState(ANA, tie, days, tuple(ONCE_CLOSE))
    assert (propose_followup(state, memory, DEFAULT_SETTINGS, MONDAY) is not None) is revived


def test_a_rhythm_rests_on_the_last_two_contacts_and_the_first() -> None:
    days = [shown.day for shown in proposed(WEEKLY).evidence]
    assert days == [WEEKLY[-1].day, WEEKLY[-2].day, WEEKLY[0].day]


def test_a_proposal_has_no_words_before_the_plan_needs_them() -> None:
    days = collapse_days(WEEKLY)
    memory = remember_tie(days, DEFAULT_SETTINGS)
    tie = assess_tie(ANA, days, memory, WEEKLY, 30.0, DEFAULT_SETTINGS, MONDAY)
    found = propose_followup(PersonState(ANA, tie, days, tuple(WEEKLY)), memory, DEFAULT_SETTINGS, MONDAY)
    assert found is not None
    assert (found.last_time, found.reason, found.action, found.evidence) == ("", "", "", ())


def test_nobody_is_revived_when_no_room_is_reserved_for_it() -> None:
    assert propose(ONCE_CLOSE, settings=Settings(plan=PlanSettings(renetwork_per_week=0))) is None


def test_a_snooze_holds_for_promises_too() -> None:
    snoozed = replace(ANA, snooze_until=on(50))
    assert proposed([], snoozed, [promise(due=2)]).due == on(50)
    assert proposed(met([3]), snoozed).due == on(50)


def test_of_two_who_fade_the_closer_circle_is_worth_more() -> None:
    history = met(range(40, 900, 14))
    worth = [proposed(history, replace(ANA, circle=circle)).worth for circle in ("close", "friends", "wider", "")]
    assert worth == sorted(worth, reverse=True)
    assert len(set(worth)) == 4


def test_of_two_as_long_overdue_for_the_same_gap_the_higher_tie_is_worth_more() -> None:
    wanted = replace(ANA, cadence_days=30)
    weekly, quarterly = proposed(met(range(60, 420, 7)), wanted), proposed(met(range(60, 600, 90)), wanted)
    assert weekly.due == quarterly.due
    assert weekly.worth > quarterly.worth


def test_of_two_of_whom_as_much_was_built_the_one_met_more_rarely_is_worth_more() -> None:
    often, seldom = (proposed(met([200, 130, 60]), replace(ANA, cadence_days=days)) for days in (14, 60))
    assert often.worth < seldom.worth


def test_keeping_a_relationship_is_worth_more_than_making_one() -> None:
    relationship = propose(met([90, 60, 30]))
    budding = propose(met([88, 60, 30]))
    assert relationship is not None
    assert budding is not None
    assert budding.worth < relationship.worth * 0.6


# --- what it says


def test_a_rhythm_is_told_with_the_last_time_the_reason_and_what_to_do() -> None:
    found = proposed(met(range(30, 400, 35), quote="Walked along the [[Canal]] with [[Ana Reis|Ana]]"))
    assert found.last_time == "Last time: 16 May 2026, meeting: “Walked along the Canal with Ana”."
    assert found.reason == "You are usually in touch about every 35 days."
    assert found.action == "Send a short message."
    assert found.cycle == "contact:2026-05-16"


SENTENCES = [
    ("first", met([3]), ANA, [], "You met on 12 Jun 2026."),
    ("first by mail", met([3], "message"), ANA, [], "First contact: 12 Jun 2026."),
    ("first, with how you met", met([3]), replace(ANA, met=Evidence(ANA.path, 4, "through [[Ben Ito]]")), [],
     "You met on 12 Jun 2026. How you met: “through Ben Ito”."),
    ("budding", met([50, 20]), ANA, [], "You have been in touch on 2 days since 26 Apr 2026."),
    ("asked for", met([50]), replace(ANA, cadence_days=30), [], "You want to be in touch every 30 days."),
    ("daily", met(range(2, 200)), ANA, [], "You are usually in touch almost every day."),
    ("asked for daily", met([50]), replace(ANA, cadence_days=1), [], "You want to be in touch every day."),
    ("in a circle, met once", met([50]), replace(ANA, circle="friends"), [], "First contact: 26 Apr 2026."),
    ("a busy week", met([60, 59, 58]), ANA, [], "You have been in touch on 3 days since 16 Apr 2026."),
    ("revived", met(range(900, 1400, 7)), ANA, [], "You were close: 72 days of contact up to 28 Dec 2023."),
    ("promise", [], ANA, [promise(due=9)], "You promised by 24 Jun 2026: “send Ana the recipe”."),
    ("promise without a day", [], ANA, [promise(noted=-3)], "You promised: “send Ana the recipe”."),
    ("theirs", [], ANA, [promise("Ana Reis sends the plan", due=9, by="them")],
     "Still open, by 24 Jun 2026: “Ana Reis sends the plan”."),
    ("rhythm and promise", WEEKLY, ANA, [promise(due=20)],
     "You are usually in touch about every 7 days. You promised by 5 Jul 2026: “send Ana the recipe”."),
]  # fmt: skip


@pytest.mark.parametrize(
    ("interactions", "person", "promises", "reason"),
    [case[1:] for case in SENTENCES],
    ids=[case[0] for case in SENTENCES],
)
def test_the_reason_says_why_in_words_of_the_notes(
    interactions: list[Interaction], person: Person, promises: list[Promise], reason: str
) -> None:
    assert proposed(interactions, person, promises).reason == reason


TOLD_FACTS = [
    # kind and day of the fact, other promises; why and what to do
    ("exam", 2, [], "Noted for 17 Jun 2026.", "Ask how it went: “Ana sits the harbour exam”."),
    ("start", 2, [], "Noted for 17 Jun 2026.", "Ask how it is going: “Ana sits the harbour exam”."),
    ("show", 10, [], "Noted for 25 Jun 2026.", "Go along, or wish good luck: “Ana sits the harbour exam”."),
    ("celebration", 2, [], "Noted for 17 Jun 2026.", "Congratulate: “Ana sits the harbour exam”."),
    ("exam", 2, [promise(due=9)], "Noted for 17 Jun 2026. You promised by 24 Jun 2026: “send Ana the recipe”.",
     "Ask how it went: “Ana sits the harbour exam”."),
    ("show", 8, [promise(due=1)],
     "Noted for 23 Jun 2026: “Ana sits the harbour exam”. You promised by 16 Jun 2026: “send Ana the recipe”.",
     "Send Ana the recipe"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "day", "promises", "reason", "action"), TOLD_FACTS)
def test_a_day_in_their_life_is_told_with_its_line(
    kind: str, day: int, promises: list[Promise], reason: str, action: str
) -> None:
    found = proposed(WEEKLY, ANA, promises, facts=[fact(kind, day)])
    assert (found.reason, found.action) == (f"You are usually in touch about every 7 days. {reason}", action)
    assert (ANA.path, 12) in {(shown.path, shown.line) for shown in found.evidence}


def test_a_show_that_the_plan_could_only_place_behind_is_asked_about() -> None:
    days = collapse_days(WEEKLY)
    memory = remember_tie(days, DEFAULT_SETTINGS)
    tie = assess_tie(ANA, days, memory, WEEKLY, 30.0, DEFAULT_SETTINGS, MONDAY)
    state = PersonState(ANA, tie, days, tuple(WEEKLY), facts=(fact("show", 3),))
    found = propose_followup(state, memory, DEFAULT_SETTINGS, MONDAY)
    assert found is not None
    behind = compose_followup(replace(found, planned=on(5)), state, NO_GROUND, DEFAULT_SETTINGS, MONDAY)
    assert behind.action == "Ask how it went: “Ana sits the harbour exam”."


def test_a_new_tie_is_told_with_what_you_have_in_common() -> None:
    mine = Evidence(NotePath("Me.md"), 4, "old bicycles")
    ground = Ground(shared=(SharedInterest("old bicycles", (Evidence(ANA.path, 3, "old bicycles"), mine)),))
    assert proposed(met([3]), ground=ground).reason == "You met on 12 Jun 2026. You both care about old bicycles."
    assert mine in proposed(met([3]), ground=ground).evidence
    assert "bicycles" not in proposed(WEEKLY, ground=ground).reason


ANNIVERSARIES = [
    # the day the note says you met, days from today; what is said
    (dt.date(2024, 6, 20), "You met on 20 Jun 2024: 2 years on 20 Jun 2026."),
    (dt.date(2025, 6, 20), "You met on 20 Jun 2025: one year on 20 Jun 2026."),
    (dt.date(2024, 7, 20), ""),
    (dt.date(2026, 6, 20), ""),
    (None, ""),
]


@pytest.mark.parametrize(("day", "sentence"), ANNIVERSARIES)
def test_the_day_you_met_is_remembered_within_a_week_of_it(day: dt.date | None, sentence: str) -> None:
    person = replace(ANA, met=Evidence(ANA.path, 5, "at the harbour", day))
    told = proposed(WEEKLY, person)
    assert told.reason == f"You are usually in touch about every 7 days. {sentence}".strip()


def test_an_acquaintance_has_no_anniversary() -> None:
    person = replace(ANA, met=Evidence(ANA.path, 5, "at the harbour", dt.date(2024, 6, 20)))
    assert "years" not in proposed(met([3]), person).reason


def test_the_users_own_phrases_are_used() -> None:
    own = {
        "rhythm": "Ihr habt etwa alle {days} Tage Kontakt.",
        "last-time": "Zuletzt: {day}, {kind}.",
        "kind-meeting": "getroffen",
        "day": "{day}. {month} {year}",
        "months": "Jan Feb März Apr Mai Juni Juli Aug Sep Okt Nov Dez",
    }
    found = proposed(WEEKLY, settings=Settings(phrases=own))
    assert found.last_time == "Zuletzt: 12. Juni 2026, getroffen."
    assert found.reason == "Ihr habt etwa alle 7 Tage Kontakt."


@pytest.mark.parametrize("case", KINDS, ids=[case[0] for case in KINDS])
def test_every_sentence_rests_on_lines_of_notes(
    case: tuple[str, list[Interaction], Person, list[Promise], tuple[str, dt.date]],
) -> None:
    _, interactions, person, promises, _ = case
    found = proposed(interactions, person, promises)
    known = {(met.path, met.line) for met in interactions} | {(made.path, made.line) for made in promises}
    known.add((person.path, 1))
    shown = {(evidence.path, evidence.line) for evidence in found.evidence}
    assert shown
    assert shown <= known
    assert len(found.evidence) == len(set(found.evidence))
    assert bool(found.last_time) == bool(interactions)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("[coffee:: [[Ana Lind]]] on glazes", ": “on glazes”."),
        ("[with:: [[Ana Lind|Ana]], [[Bo]]]", "."),
        ("[met:: [[Ana Lind]]: again", ": “[met: Ana Lind: again”."),
        ("[note] on glazes", ": “[note] on glazes”."),
        ("met:: [[Ana Lind]]. Tea.", ": “met: Ana Lind. Tea.”"),
    ],
)
def test_the_last_time_does_not_quote_the_field_that_says_with_whom(line: str, told: str) -> None:
    assert proposed(met([3], quote=line)).last_time == f"Last time: 12 Jun 2026, meeting{told}"


def test_the_last_time_does_not_say_the_day_twice() -> None:
    found = proposed(met([3], quote="2026-06-12: tea on the roof"))
    assert found.last_time == "Last time: 12 Jun 2026, meeting: “tea on the roof”."


@pytest.mark.parametrize("case", KINDS, ids=[case[0] for case in KINDS])
def test_the_text_does_not_age(case: tuple[str, list[Interaction], Person, list[Promise], object]) -> None:
    _, interactions, person, promises, _ = case
    told = proposed(interactions, person, promises)
    for days in (1, 2, 5, 10):
        later = proposed(interactions, person, promises, on(days))
        assert (later.last_time, later.reason, later.action) == (told.last_time, told.reason, told.action)
        assert (later.cycle, later.due, later.worth) == (told.cycle, told.due, told.worth)


def test_contact_begins_a_new_cycle_and_a_snooze_does_not() -> None:
    before = proposed(WEEKLY)
    assert proposed(WEEKLY, replace(ANA, snooze_until=on(40))).cycle == before.cycle
    assert proposed([*WEEKLY, *met([0])]).cycle != before.cycle


def test_a_promise_keeps_its_cycle_when_its_day_is_moved() -> None:
    cycles = {proposed([], ANA, [promise(due=due)]).cycle for due in (1, 9, 40)}
    assert len(cycles) == 1
    assert proposed([], ANA, [promise("return the book", due=1)]).cycle not in cycles
