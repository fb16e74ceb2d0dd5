"""`vaultrel birthdays`: whose birthday is noted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from vaultrel.cli.session import Session


@click.command("birthdays")
@click.pass_obj
def birthdays(session: Session) -> None:
    """List the birthdays that person notes say, by month and day."""
    with session.open_vault() as vault:
        people = [state.person for state in vault.snapshot(session.as_of).people]
    noted = sorted((f"{born:%m-%d}", person.name) for person in people if (born := person.birthday) is not None)
    for day, name in noted:
        session.out.line(f"{day}  {name}")
