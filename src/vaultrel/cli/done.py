"""`vaultrel done PERSON`: the follow-up that was proposed is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from vaultrel.cli.saying import chosen_day, day_options, dry_run_option, tell
from vaultrel.cli.session import Session, VaultCommand, person_argument, shared_option

if TYPE_CHECKING:
    import datetime as dt


@click.command("done", cls=VaultCommand)
@person_argument()
@click.argument("text", nargs=-1)
@day_options
@dry_run_option
@shared_option("vault")
@shared_option("as_of")
@shared_option("json")
@click.pass_obj
def command(
    session: Session, person: str, text: tuple[str, ...], yesterday: bool, on: dt.date | None, dry_run: bool
) -> int:
    """Note in the daily note that a follow-up is done.

    It counts as contact of the kind that was proposed. Of a promise, the line says that you kept it; your own task
    stays as it is, for you to tick.
    """
    with session.open_vault() as vault:
        day = chosen_day(session, yesterday, on)
        said = session.for_person(
            person,
            lambda who: vault.complete(who, " ".join(text), on=day, as_of=session.as_of, dry_run=dry_run),
        )
    return tell(session, "done", said)
