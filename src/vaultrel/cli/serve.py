"""`vaultrel serve`: the calendar subscription and the web page, on this computer only."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING

import click

from vaultrel.cli.session import Session, VaultCommand, shared_option

if TYPE_CHECKING:
    from vaultrel.app import Vault
    from vaultrel.model import Snapshot
    from vaultrel.settings import Settings

REFRESH_SECONDS = 60.0
"""How often the vault is looked at; calendars ask every hour or so."""

SETTLED_SECONDS = 2.0
"""Settings that were left alone for this long have been saved."""


@click.command("serve", cls=VaultCommand)
@click.option("--port", type=click.IntRange(0, 65535), metavar="PORT", help="Port to serve on; 0 takes a free one.")
@click.option("--read-only", is_flag=True, help="Serve a page to look at, with nothing to press that writes.")
@click.option("--hide-names", is_flag=True, help="On the page, show initials instead of names and no words from notes.")
@shared_option("vault")
@click.pass_obj
def command(session: Session, port: int | None, read_only: bool, hide_names: bool) -> None:
    """Serve the follow-ups to your calendar, on this computer only.

    And a page with all there is to know, where you can say that a follow-up is done or can wait. Looks at the vault
    every minute; nothing is written into notes but what you say on the page. `vaultrel watch --serve` keeps notes
    current as well. Ctrl-C or SIGTERM ends it cleanly.
    """
    import msgspec

    from vaultrel.app.opening import SettingsFollower
    from vaultrel.cli.live import log, logging_to, stopping
    from vaultrel.cli.serving import serving
    from vaultrel.settings import PageSettings

    stop = threading.Event()
    with ExitStack() as stack:
        stack.enter_context(logging_to(session))
        vault = stack.enter_context(session.open_vault())
        stack.enter_context(stopping(stop.set))

        def shown() -> Settings:
            page = vault.settings.page
            page = PageSettings(hide_names=hide_names or page.hide_names, read_only=read_only or page.read_only)
            return msgspec.structs.replace(vault.settings, page=page)

        follower = SettingsFollower(vault, vault.settings if session.config is not None else None)
        publish = stack.enter_context(serving(session, vault, port, shown))
        while not stop.is_set():
            unsettled = follower.follow() == "unsettled"
            publish(renew_feed(vault))
            stop.wait(SETTLED_SECONDS if unsettled else REFRESH_SECONDS)
        log.info("Stopped.")


def renew_feed(vault: Vault) -> Snapshot | None:
    """Publish the feed anew; while that fails, for an unmounted vault say, the last one stands.

    Returns:
        What the vault came to; None where it could not be read.
    """
    from vaultrel.cli.live import log
    from vaultrel.errors import VaultrelError

    try:
        return vault.scan(notes=False).snapshot
    except VaultrelError as error:
        log.warning("%s", error)
        return None
