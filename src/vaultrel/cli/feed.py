"""`vaultrel feed`: where the calendars are, as addresses and as files, and how they get to other devices."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vaultrel.cli.session import Session, VaultCommand, shared_option

if TYPE_CHECKING:
    from vaultrel.app import Vault
    from vaultrel.outputs.feeds import Feed

PUBLISH = "publish"
"""The word in front of a destination; no feed has that name."""

MODES = ("600", "640", "644", "660", "664")

SENT_BY_YOU = 1
"""Exit code when there is a command to run that vaultrel does not run itself."""


@click.command("feed", cls=VaultCommand)
@click.argument("words", nargs=-1, metavar="[NAME | publish DEST [NAME]]")
@click.option("--url", is_flag=True, help="Print only the address to subscribe to.")
@click.option("--path", is_flag=True, help="Print only the path of the feed as a file.")
@click.option(
    "--check",
    "checked",
    is_flag=False,
    flag_value="",
    metavar="[NAME|FILE|URL]",
    help="Say what is wrong with the feed published last, or with any other calendar.",
)
@click.option("--rotate-key", is_flag=True, help="Make a new address; the old one is answered no more.")
@click.option("--mode", type=click.Choice(MODES), help="With publish: permissions of the copy; by default 600.")
@shared_option("vault")
@shared_option("json")
@click.pass_obj
def command(
    session: Session,
    words: tuple[str, ...],
    url: bool,
    path: bool,
    checked: str | None,
    rotate_key: bool,
    mode: str | None,
) -> int:
    """The addresses and files of your calendars, and whether they are well made.

    An address is private: whoever has it, on this computer, can read your follow-ups. It works while
    `vaultrel serve` or `vaultrel watch --serve` runs. NAME is a further feed of your settings.

    publish copies a feed into the folder DEST, once; publish_to in the settings does so at every scan. vaultrel
    sends nothing itself: for an https address, an rclone remote or `tailnet` it prints the command that does.

    --check writes nothing, and asks no other computer unless you name a URL. Exit code 1 when something is wrong.
    """
    publishing = words[:1] == (PUBLISH,)
    given = {"publish": publishing, "--check": checked is not None, "--rotate-key": rotate_key, "--url": url or path}
    asked = [word for word, wanted in given.items() if wanted]
    if len(asked) > 1:
        raise click.UsageError(f"{asked[0]} does not go with {asked[1]}{' or --path' * (asked[1] == '--url')}.")
    if session.json and asked != ["--check"]:
        raise click.UsageError("--json does not go with `feed`. It goes with `feed --check`.")
    if mode and not publishing:
        raise click.UsageError("--mode goes with `feed publish DEST`.")
    if publishing:
        return _publish(session, words[1:], mode or MODES[0])
    if len(words) > (1 if not checked else 0):
        raise click.UsageError("Name one feed. To copy one: vaultrel feed publish DEST [NAME]")
    name = words[0] if words else None
    if checked is not None:
        from vaultrel.cli.feed_checking import check

        return check(session, checked or name or "")
    with session.open_vault() as vault:
        if rotate_key:
            _rotate_key(session, vault, name)
        elif url or path:
            _print_bare(session, vault, name, url=url, path=path)
        else:
            _list_feeds(session, vault, name)
    return 0


def _print_bare(session: Session, vault: Vault, name: str | None, *, url: bool, path: bool) -> None:
    feed = vault.feed(name)
    if url:
        session.out.line(_address(vault, feed))
    if path:
        session.out.line(str(vault.feed_file(feed.name)))


def _list_feeds(session: Session, vault: Vault, name: str | None) -> None:
    out, talk = session.out, session.talk
    for feed in vault.feeds if name is None else (vault.feed(name),):
        address = _address(vault, feed)
        out.line((feed.name, "strong"), "  ", feed.settings.feed.name)
        out.line("  address  ", (address, "link"))
        out.line("  webcal   ", (f"webcal{address.removeprefix('http')}", "link"))
        out.line("  file     ", (str(vault.feed_file(feed.name)), "link"))
        if feed.publish_to:
            out.line("  copy     ", (feed.publish_to, "link"))
    talk.line()
    if vault.published_feed(name) is None:
        talk.line("There is no feed yet: ", ("vaultrel scan", "strong"), " writes it.")
    talk.line(
        "Subscribe in Apple Calendar, Thunderbird or GNOME while ", ("vaultrel watch --serve", "strong"), " runs."
    )
    talk.line(
        ("Web calendars and phones cannot reach this computer: ", "quiet"), ("vaultrel feed publish DEST", "strong")
    )


def _address(vault: Vault, feed: Feed) -> str:
    return vault.feed_url(vault.settings.feed.host, vault.settings.feed.port, feed.name)


def _rotate_key(session: Session, vault: Vault, name: str | None) -> None:
    feed = vault.feed(name)
    vault.rotate_feed_token(feed.name)
    session.out.line((_address(vault, feed), "link"))
    session.talk.line("From now on the old address is answered like one that never was. Subscribe to this one.")


def _publish(session: Session, words: tuple[str, ...], mode: str) -> int:
    """Copy a feed to a folder, or print the command that carries it on."""
    from vaultrel.app.feed_copies import copy_target, write_feed_copy
    from vaultrel.cli.feed_checking import FeedUnusableError
    from vaultrel.cli.feed_transfer import transfer_to

    if not 1 <= len(words) <= 2:
        raise click.UsageError("Say where to: vaultrel feed publish DEST [NAME]")
    with session.open_vault() as vault:
        feed = vault.feed(words[1] if len(words) > 1 else None)
        body, file = vault.published_feed(feed.name), vault.feed_file(feed.name)
        if body is None or file is None:
            raise FeedUnusableError(str(file), "there is no feed yet", "`vaultrel scan` writes it.", "published")
        transfer = transfer_to(words[0], file, vault.settings.feed, _address(vault, feed))
    if transfer is None:
        target = copy_target(str(Path(words[0]).expanduser().absolute()), feed.file_name)
        changed = write_feed_copy(target, body, mode)
        session.out.line("Copied to " if changed else "The same already: ", (str(target), "link"))
        return 0
    session.out.line(shlex.join(transfer.words))
    for line in ("vaultrel sends nothing itself; this command does.", *transfer.advice):
        session.talk.line(line)
    return SENT_BY_YOU
