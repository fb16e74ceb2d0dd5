"""`vaultrel feed`: where the calendar is, as an address and as a file."""

from __future__ import annotations

import click

from vaultrel.cli.session import Session, VaultCommand, shared_option


@click.command("feed", cls=VaultCommand)
@click.option("--url", is_flag=True, help="Print only the address to subscribe to.")
@click.option("--path", is_flag=True, help="Print only the path of the feed as a file.")
@shared_option("vault")
@click.pass_obj
def command(session: Session, url: bool, path: bool) -> None:
    """The calendar's address and file.

    The address is private: whoever has it, on this computer, can read your follow-ups. It works while
    `vaultrel serve` or `vaultrel watch --serve` runs.
    """
    from vaultrel.cli.live import feed_file

    with session.open_vault() as vault:
        address = vault.feed_url(vault.settings.feed.host, vault.settings.feed.port)
        file = feed_file(vault)
        published = vault.published_feed()
    if url or path:
        for wanted, line in ((url, address), (path, str(file))):
            if wanted:
                session.out.line(line)
        return
    out, talk = session.out, session.talk
    out.line("On this computer   ", (address, "link"))
    out.line("As a file          ", (str(file), "link"))
    talk.line()
    if published is None:
        talk.line("There is no feed yet: ", ("vaultrel scan", "strong"), " writes it.")
    talk.line(
        "Subscribe in Apple Calendar, Thunderbird or GNOME while ", ("vaultrel watch --serve", "strong"), " runs."
    )
    talk.line(("Web calendars and phones cannot reach this computer; give them the file by your own sync.", "quiet"))
