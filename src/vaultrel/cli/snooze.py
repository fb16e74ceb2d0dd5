"""`vaultrel snooze PERSON`: no follow-up before a day."""

from __future__ import annotations

import click

from vaultrel.cli.saying import dry_run_option, tell
from vaultrel.cli.session import Session, VaultCommand, person_argument, shared_option


@click.command("snooze", cls=VaultCommand)
@person_argument()
@click.argument("until", metavar="3d|2w|1m|DATE", required=False)
@click.option("--off", is_flag=True, help="Take it back: follow-ups come as they did before.")
@dry_run_option
@shared_option("vault")
@shared_option("as_of")
@shared_option("json")
@click.pass_obj
def command(session: Session, person: str, until: str | None, off: bool, dry_run: bool) -> int:
    """Put follow-ups with a person off until a day.

    The day stands as rel_snooze_until in the person's note, where you can change it too.
    """
    from vaultrel import clock
    from vaultrel.core.intents import read_until

    if (until is None) != off:
        raise click.UsageError("Say until when, as in 2w or 2026-12-03, or --off to take it back.")
    day = None if until is None else read_until(until, session.as_of or clock.today())
    with session.open_vault() as vault:
        said = session.for_person(person, lambda who: vault.snooze(who, day, as_of=session.as_of, dry_run=dry_run))
    return tell(session, "snooze", said)
