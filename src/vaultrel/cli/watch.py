"""`vaultrel watch`: the daemon. Keeps fields and feed current while notes are written."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import click

from vaultrel.cli.session import Session, VaultCommand, shared_option

if TYPE_CHECKING:
    from vaultrel.cli.serving import Publish
    from vaultrel.watch import Outcome


@click.command("watch", cls=VaultCommand)
@click.option("--once", is_flag=True, help="Scan once, as the daemon would, and end.")
@click.option(
    "--poll",
    type=click.FloatRange(min=0.1),
    metavar="SECONDS",
    help="Look at the files this often, where the system does not report changes (network folders).",
)
@click.option("--serve/--no-serve", default=False, show_default=True, help="Serve the calendar feed as well.")
@click.option("--port", type=click.IntRange(0, 65535), metavar="PORT", help="Port to serve on; 0 takes a free one.")
@shared_option("vault")
@click.pass_obj
def command(session: Session, once: bool, poll: float | None, serve: bool, port: int | None) -> None:
    """Keep everything current while you write.

    A note is written only when nobody has touched it for a while. Scans at midnight and after sleep, too. Ctrl-C
    or SIGTERM ends it cleanly.
    """
    from vaultrel.cli.live import log, logging_to, stopping
    from vaultrel.cli.serving import serving

    if port is not None and not serve:
        raise click.UsageError("--port goes with --serve.")
    with ExitStack() as stack:
        stack.enter_context(logging_to(session))
        vault = stack.enter_context(session.open_vault())
        if once:
            log.info("%s", _sentence(vault.scan(quiet_seconds=vault.settings.watch.quiet_seconds)))
            return
        from vaultrel.watch import Watcher, Worker

        publish: Publish | None = None

        def tell(report: Outcome) -> None:
            if publish is not None:
                publish()
            if report.notes_read or report.applied or report.published:
                log.info("%s", _sentence(report))

        assert vault.root is not None
        given = vault.settings if session.config is not None else None
        worker = Worker(vault, vault.take_feeds)
        watcher = Watcher(vault, vault.root, tell, poll_seconds=poll, given=given, worker=worker)
        stack.enter_context(stopping(watcher.stop))
        if serve:
            publish = stack.enter_context(serving(session, vault, port, worker=worker))
        log.info("Watching %s", vault.root)
        watcher.run()
        log.info("Stopped.")


def _sentence(report: Outcome) -> str:
    """One scan in one line."""
    from vaultrel.cli.phrases import count

    parts = [f"Read {count(report.notes_read, 'changed note')}", f"{count(len(report.applied), 'note')} updated"]
    if report.waiting:
        parts.append(f"{count(len(report.waiting), 'note')} still being edited")
    parts.append("feed changed" if report.published else "feed as before")
    return ", ".join(parts) + "."
