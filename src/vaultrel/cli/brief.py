"""`vaultrel brief PERSON`: what to know, and what to ask, before you meet somebody."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from vaultrel.cli.session import Session, VaultCommand, person_argument, shared_option

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vaultrel.cli.screen import Screen, Span
    from vaultrel.core.brief import Brief
    from vaultrel.model import Evidence, Fact, Interaction

SHOWN_NEWS = 5


@click.command("brief", cls=VaultCommand)
@person_argument()
@shared_option("vault")
@shared_option("as_of")
@shared_option("json")
@click.pass_obj
def command(session: Session, person: str) -> None:
    """Before you meet: the last times, promises, their news, what to ask.

    PERSON is a name, an alias, the beginning of a name that only one person has, or the path of the note.
    """
    with session.open_vault() as vault:
        brief = session.for_person(person, lambda who: vault.brief(who, session.as_of))
    if session.json:
        session.print_json("brief", _brief_document(brief))
    else:
        _print_brief(session.out, brief)


def _print_brief(out: Screen, brief: Brief) -> None:
    from vaultrel.cli.phrases import print_person, print_promises

    state = brief.state
    print_person(out, state)
    if rows := _known(brief):
        out.line()
        out.table(rows, indent=2)
    if brief.latest:
        _print_title(out, "Last time" if len(brief.latest) == 1 else f"Last {len(brief.latest)} times")
        _print_latest(out, brief.latest)
    if brief.unnoted:
        out.wrapped(["  "], "The notes of these days say that you met, and nothing about them. Maybe this time?")
    for title, promises in (("You promised", brief.mine), ("They promised", brief.theirs)):
        if promises:
            _print_title(out, title)
            print_promises(out, promises)
    _print_facts(out, "Coming up", brief.coming)
    _print_facts(out, "Their news", brief.news)
    _print_facts(out, "To ask", brief.questions)
    if brief.gaps:
        _print_title(out, "Not known yet")
        gaps = _listed([f"their {subject}" for subject in brief.gaps])
        out.line(f"  No word found about {gaps}  ", (f"{state.person.path}:1", "link"))


def _print_latest(out: Screen, latest: Sequence[Interaction]) -> None:
    """Print each contact with its line, and below it what the line says."""
    from vaultrel.core.touches import quote_interaction

    for found in latest:
        out.line(f"  {found.day}  {found.kind}  ", (f"{found.path}:{found.line}", "link"))
        if quote := quote_interaction(found):
            out.wrapped(["    "], f"“{quote}”")


def _print_title(out: Screen, title: str) -> None:
    out.line()
    out.line((title, "strong"))


def _known(brief: Brief) -> list[tuple[Span, ...]]:
    """What is always good to know, each with its line; what is not known is left out."""
    from vaultrel.cli.phrases import QUOTE_LIMIT
    from vaultrel.core.wording import quote_line, show_day
    from vaultrel.model import Evidence

    rows: list[tuple[Span, ...]] = []
    person = brief.state.person
    if (birthday := brief.birthday) is not None:
        age = f", turns {birthday.age}" if birthday.age is not None else ""
        rows.append(("Birthday", f"{show_day(birthday.day)}{age}", _link(birthday.shown)))
    if person.met is not None:
        rows.append(("How you met", quote_line(person.met.quote, QUOTE_LIMIT), _link(person.met)))
    for at, shared in enumerate(brief.shared):
        label = "" if at else "You share"
        rows.append((label, quote_line(shared.interest, QUOTE_LIMIT), _link(*shared.shown)))
    common = {shared.interest for shared in brief.shared}
    for at, interest in enumerate(other for other in person.interests if other not in common):
        shown = Evidence(person.path, person.line_of(interest))
        rows.append(("" if at else "Interests", quote_line(interest, QUOTE_LIMIT), _link(shown)))
    return rows


def _link(*lines: Evidence) -> Span:
    return (", ".join(f"{line.path}:{line.line}" for line in lines), "link")


def _print_facts(out: Screen, title: str, facts: Sequence[Fact]) -> None:
    from vaultrel.cli.phrases import QUOTE_LIMIT
    from vaultrel.core.wording import quote_line

    if not facts:
        return
    _print_title(out, title)
    for fact in facts[:SHOWN_NEWS]:
        out.line(f"  {quote_line(fact.text, QUOTE_LIMIT)}  ", (f"{fact.path}:{fact.line}", "link"))
    if (more := len(facts) - SHOWN_NEWS) > 0:
        out.line((f"  {more:,} more: --json", "quiet"))


def _listed(words: Sequence[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} or {last}" if most else last


def _brief_document(brief: Brief) -> dict[str, object]:
    from vaultrel.cli.documents import interaction_document, person_document, promise_document

    person, birthday = brief.state.person, brief.birthday
    return {
        "person": person_document(brief.state),
        "birthday": birthday and {"day": birthday.day, "age": birthday.age, **_place(birthday.shown)},
        "met": person.met and {"text": person.met.quote, "day": person.met.day, **_place(person.met)},
        "interests": [
            {"interest": interest, "path": person.path, "line": person.line_of(interest)}
            for interest in person.interests
        ],
        "shared": [
            {"interest": shared.interest, "evidence": [_place(line) for line in shared.shown]}
            for shared in brief.shared
        ],
        "latest": [interaction_document(found) for found in brief.latest],
        "nothing_noted": bool(brief.unnoted),
        "mine": [promise_document(promise) for promise in brief.mine],
        "theirs": [promise_document(promise) for promise in brief.theirs],
        "coming": [_fact_document(fact) for fact in brief.coming],
        "news": [_fact_document(fact) for fact in brief.news],
        "questions": [_fact_document(fact) for fact in brief.questions],
        "gaps": list(brief.gaps),
    }


def _place(line: Evidence) -> dict[str, object]:
    return {"path": line.path, "line": line.line}


def _fact_document(fact: Fact) -> dict[str, object]:
    return {
        "kind": fact.kind,
        "text": fact.text,
        "day": fact.day,
        "noted": fact.noted,
        "path": fact.path,
        "line": fact.line,
    }
