"""`vaultrel today`: who to get in touch with this week, why, and how."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from typing import TYPE_CHECKING

import click

from vaultrel.cli.session import Session, VaultCommand, shared_option

if TYPE_CHECKING:
    from vaultrel.model import FollowUp, Snapshot


@click.command("today", cls=VaultCommand)
@click.option(
    "--days", type=click.IntRange(min=1, max=366), default=7, show_default=True, help="How far ahead to look."
)
@shared_option("vault")
@shared_option("as_of")
@shared_option("json")
@click.pass_obj
def command(session: Session, days: int) -> None:
    """This week's follow-ups: who, why, and what to do.

    Reads the vault and writes nothing.
    """
    from vaultrel.app import headline
    from vaultrel.cli.phrases import by_path, count, headline_spans, print_followups
    from vaultrel.core.feasibility import assess_feasibility, tell_feasibility

    with session.open_vault() as vault:
        snapshot = vault.snapshot(session.as_of)
        phrases = vault.settings.phrases
        feasibility = assess_feasibility(snapshot.people, vault.settings)
    if session.json:
        from vaultrel.cli.documents import feasibility_document, followup_document

        counted = headline(snapshot)
        session.print_json(
            "today",
            {
                "as_of": snapshot.as_of,
                "relationships": counted.relationships,
                "contacts": counted.contacts,
                "bands": counted.bands,
                "followups": [followup_document(followup) for followup in snapshot.followups],
                "waiting": [followup_document(followup) for followup in snapshot.waiting],
                "feasibility": feasibility_document(feasibility),
            },
        )
        return
    end = snapshot.as_of + dt.timedelta(days=days)
    shown = [followup for followup in snapshot.followups if followup.planned is not None and followup.planned < end]
    later = len(snapshot.followups) - len(shown) + len(snapshot.waiting)
    session.out.line(*headline_spans(snapshot))
    session.out.line()
    if shown:
        print_followups(session.out, shown, by_path(snapshot))
    elif snapshot.people:
        session.out.line(f"Nobody to get in touch with in the next {count(days, 'day')}. Enjoy the quiet.")
    else:
        session.out.line("No people found in this vault yet.")
        session.talk.line(
            'vaultrel takes a note for a person when it is in a folder "People", has the tag #person, or says '
            "type: person. To see why a note is not: ",
            ("vaultrel why --note PATH", "strong"),
        )
    if shown or later:
        session.talk.line()
    if later:
        session.talk.line((f"{later:,} more can wait.", "quiet"))
    if feasibility.kept < feasibility.total:
        for sentence in tell_feasibility(feasibility, phrases):
            session.talk.line((sentence, "quiet"))
    if shown:
        who = _typed_name(snapshot, shown[0])
        commands = [f"vaultrel why {who}", f"vaultrel done {who}", f"vaultrel snooze {who} 1w"]
        session.talk.line((" · ".join(commands), "quiet"))


def _typed_name(snapshot: Snapshot, followup: FollowUp) -> str:
    """What to type for the person: the first name where it means nobody else, else the whole, fit for a shell."""
    import shlex

    from vaultrel.core.lookup import choose_person
    from vaultrel.errors import UsageError

    first = followup.name.partition(" ")[0].casefold()
    with suppress(UsageError):
        if choose_person(snapshot, first).person.path == followup.person:
            return shlex.quote(first)
    return shlex.quote(followup.name)
