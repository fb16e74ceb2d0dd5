"""`vaultrel serve`: the calendar subscription, without touching a note."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING

import click

from vaultrel.cli.session import Session, VaultCommand, shared_option

if TYPE_CHECKING:
    from vaultrel.app import Vault

REFRESH_SECONDS = 60.0
"""How often the vault is looked at; calendars ask every hour or so."""


@click.command("serve", cls=VaultCommand)
@click.option("--port", type=click.IntRange(0, 65535), metavar="PORT", help="Port to serve on; 0 takes a free one.")
@shared_option("vault")
@click.pass_obj
def command(session: Session, port: int | None) -> None:
    """Serve the follow-ups to your calendar, on this computer only.

    Looks at the vault every minute and renews the feed; person notes are never written. `vaultrel watch --serve`
    does both. Ctrl-C or SIGTERM ends it cleanly.
    """
    from vaultrel.cli.live import log, logging_to, serving, stopping

    stop = threading.Event()
    with ExitStack() as stack:
        stack.enter_context(logging_to(session))
        vault = stack.enter_context(session.open_vault())
        stack.enter_context(stopping(stop.set))
        publish = stack.enter_context(serving(session, vault, port))
        while not stop.is_set():
            _renew_feed(vault)
            publish()
            stop.wait(REFRESH_SECONDS)
        log.info("Stopped.")


def _renew_feed(vault: Vault) -> None:
    """Publish the feed anew; while that fails, for an unmounted vault say, the last one stands."""
    from vaultrel.cli.live import log
    from vaultrel.errors import VaultrelError

    try:
        vault.scan(notes=False)
    except VaultrelError as error:
        log.warning("%s", error)
