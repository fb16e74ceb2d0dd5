"""`vaultrel redo`: take back the last undo."""

from __future__ import annotations

import click

from vaultrel.cli.session import Session, VaultCommand, shared_option


@click.command("redo", cls=VaultCommand)
@click.option("-y", "--yes", is_flag=True, help="Do not ask; without a terminal nothing is ever asked.")
@shared_option("vault")
@click.pass_obj
def command(session: Session, yes: bool) -> int:
    """Undo the last undo: write again what that run had written.

    Again: the undo before. What was written after an undo ends it. A note edited since is kept as it is, and named;
    then the exit code is 1.
    """
    from vaultrel.cli.undo import asking, tell

    with session.open_vault() as vault:
        done = vault.redo(agree=asking(session, "had changed", "Write", yes))
    code = tell(session, vault, done, "redone", "as that run had left them, byte for byte")
    if done is not None:
        session.talk.line("Undo: ", ("vaultrel undo", "strong"))
    return code
