"""`vaultrel log`: one line in the daily note, that you were in touch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from vaultrel.cli.saying import chosen_day, day_options, dry_run_option, tell
from vaultrel.cli.session import Session, VaultCommand, complete_person, shared_option

if TYPE_CHECKING:
    import datetime as dt

    from vaultrel.core.intents import Starter


@click.command("log", cls=VaultCommand)
@click.argument("words", metavar="PERSON... [KIND] [TEXT]", nargs=-1, required=True, shell_complete=complete_person)
@day_options
@click.option("--by", type=click.Choice(["me", "them"]), help="Who started it.")
@dry_run_option
@shared_option("vault")
@shared_option("as_of")
@shared_option("json")
@click.pass_obj
def command(
    session: Session, words: tuple[str, ...], yesterday: bool, on: dt.date | None, by: Starter | None, dry_run: bool
) -> int:
    """Note in the daily note that you were in touch.

    Names come first, then, if you like, a word for the contact (coffee, called, wrote, heard from …), then your own
    words. The follow-up moves at once.
    """
    from vaultrel.core.intents import read_log_words

    with session.open_vault() as vault:
        snapshot = vault.snapshot(session.as_of)
        found = session.for_person(words[0], lambda who: read_log_words([who, *words[1:]], snapshot, vault.settings))
        said = vault.log_contact(
            [state.person.path for state in found.people],
            found.kind,
            found.text,
            on=chosen_day(session, yesterday, on),
            by=by,
            as_of=session.as_of,
            dry_run=dry_run,
        )
    return tell(session, "log", said)
