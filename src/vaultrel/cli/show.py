"""`vaultrel show PERSON`: everything the notes say about one tie, on one page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from vaultrel.cli.session import Session, VaultCommand, person_argument, shared_option

if TYPE_CHECKING:
    from vaultrel.model import PersonState

SHOWN_INTERACTIONS = 8


@click.command("show", cls=VaultCommand)
@person_argument()
@shared_option("vault")
@shared_option("as_of")
@shared_option("json")
@click.pass_obj
def command(session: Session, person: str) -> None:
    """One person: how you stand, when you last met, what is promised.

    PERSON is a name, an alias, the beginning of a name that only one person has, or the path of the note.
    """
    import shlex

    from vaultrel.cli.documents import followup_document, interaction_document, person_document, promise_document
    from vaultrel.cli.phrases import print_followups, print_interactions, print_person, print_promises, ties_with

    with session.open_vault() as vault:
        state = session.for_person(person, lambda who: vault.person(who, session.as_of))
    if session.json:
        session.print_json(
            "show",
            {
                "person": person_document(state),
                "interests": list(state.person.interests),
                "interactions": [interaction_document(found) for found in state.interactions],
                "promises": [promise_document(promise) for promise in state.promises],
                "followup": followup_document(state.followup) if state.followup else None,
            },
        )
        return
    out = session.out
    print_person(out, state)
    out.line()
    out.table([(label, value) for label, value in _facts(state) if value], indent=2)
    if state.interactions:
        out.line()
        print_interactions(out, state.interactions[: -SHOWN_INTERACTIONS - 1 : -1])
        if (earlier := len(state.interactions) - SHOWN_INTERACTIONS) > 0:
            out.line((f"  {earlier:,} earlier: vaultrel why {shlex.quote(state.person.name)} --all", "quiet"))
    if state.promises:
        out.line()
        out.line(("Promised", "strong"))
        print_promises(out, state.promises)
    if state.followup:
        out.line()
        out.line(("Follow-up", "strong"))
        print_followups(out, [followup_document(state.followup)], ties_with([state]))


def _facts(state: PersonState) -> list[tuple[str, str]]:
    """The tie in words, each with its label; a fact that is not known is empty."""
    from vaultrel.cli.phrases import count

    person, tie = state.person, state.tie
    return [
        ("Also called", ", ".join(person.names[1:])),
        ("First contact", str(tie.first_contact or "")),
        ("Last contact", str(tie.last_contact or "")),
        ("Days of contact", str(tie.contact_days or "")),
        ("Usual gap", count(tie.rhythm_days, "day") if tie.rhythm_days else ""),
        ("You asked for", f"every {count(person.cadence_days, 'day')}" if person.cadence_days else ""),
        ("Contact due", str(tie.due or "")),
        ("Snoozed until", str(person.snooze_until or "")),
        ("Relationship", "yes" if tie.relationship else "not yet"),
        ("You started", "" if tie.balance is None else f"{tie.balance:.0%} of the contact whose start is known"),
        ("Interests", ", ".join(person.interests)),
        ("How you met", f"{person.met.quote} ({person.met.path}:{person.met.line})" if person.met else ""),
    ]
