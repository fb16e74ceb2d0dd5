"""`vaultrel people`: everyone in the vault, the strongest ties first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from vaultrel.cli.session import Session, VaultCommand, shared_option

if TYPE_CHECKING:
    from vaultrel.cli.screen import Span
    from vaultrel.model import PersonState

LEAST_COLUMNS = 4
"""The sign of a relationship, name, strength and band are shown however narrow the terminal."""

BANDS = ("close", "warm", "fading", "dormant", "new")


@click.command("people", cls=VaultCommand)
@click.option("--band", "bands", type=click.Choice(BANDS), multiple=True, help="Only this band; may be given again.")
@click.option("--relationships", is_flag=True, help="Only relationships, not every contact.")
@shared_option("vault")
@shared_option("as_of")
@shared_option("json")
@click.pass_obj
def command(session: Session, bands: tuple[str, ...], relationships: bool) -> None:
    """Everyone, the strongest ties first."""
    from vaultrel.app import headline
    from vaultrel.cli.documents import person_document
    from vaultrel.cli.phrases import headline_spans
    from vaultrel.cli.screen import table_width

    with session.open_vault() as vault:
        snapshot = vault.snapshot(session.as_of)
    chosen = sorted(
        (
            state
            for state in snapshot.people
            if (not bands or state.tie.band in bands) and (state.tie.relationship or not relationships)
        ),
        key=lambda state: (-state.tie.strength, state.person.name, state.person.path),
    )
    if session.json:
        counted = headline(snapshot)
        session.print_json(
            "people",
            {
                "as_of": snapshot.as_of,
                "relationships": counted.relationships,
                "contacts": counted.contacts,
                "people": [person_document(state) for state in chosen],
            },
        )
        return
    session.talk.line(*headline_spans(snapshot))
    session.talk.line()
    if not chosen:
        session.talk.line("Nobody fits.")
        return
    titles: tuple[Span, ...] = tuple(
        (title, "quiet") for title in ("", "name", "strength", "band", "last contact", "due", "usual gap", "days")
    )
    rows = [titles, *(_row(state) for state in chosen)]
    # On a narrow terminal the first columns tell the most.
    while session.out.is_terminal and len(rows[0]) > LEAST_COLUMNS and table_width(rows) - 2 > session.out.width:
        rows = [row[:-1] for row in rows]
    session.out.table(rows, right=frozenset({2, 6, 7}))
    session.talk.line()
    session.talk.line(("● a relationship: ", "quiet"), ("vaultrel why PERSON", "strong"), (" says why", "quiet"))


def _row(state: PersonState) -> tuple[Span, ...]:
    from vaultrel.cli.phrases import BAND_STYLES, NAME_LIMIT, count
    from vaultrel.core.text import clean_text

    tie = state.tie
    style = BAND_STYLES[tie.band]
    return (
        ("●" if tie.relationship else " ", "good"),
        (clean_text(state.person.name, NAME_LIMIT), "strong"),
        (str(tie.strength) if tie.contact_days else "", style),
        (tie.band, style),
        str(tie.last_contact or ""),
        str(tie.due or ""),
        count(tie.rhythm_days, "day") if tie.rhythm_days else "",
        str(tie.contact_days),
    )
