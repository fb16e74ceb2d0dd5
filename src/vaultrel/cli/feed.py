"""`vaultrel feed`: where the calendar is, as an address and as a file, and whether calendars can read it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from vaultrel.cli.session import Session, VaultCommand, shared_option
from vaultrel.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from urllib.request import OpenerDirector

    from vaultrel.cli.screen import Span
    from vaultrel.outputs.feed_check import FeedFault

OWN_FEED = ""
"""What `--check` names when nothing is given behind it: the feed that this vault published."""

MAX_BYTES = 10 * 1024 * 1024
"""A feed larger than this is not checked."""

TIMEOUT_SECONDS = 10

SHOWN_PLACES = 3


class FeedUnusableError(UsageError):
    """There is no feed to check where one was looked for; `place` holds no secret."""

    def __init__(self, place: str, reason: str, next_step: str = "Name another: vaultrel feed --check FILE") -> None:
        self.place = place
        self.reason = reason
        super().__init__(f"{place} cannot be checked: {reason}.", next_step=next_step)


@click.command("feed", cls=VaultCommand)
@click.option("--url", is_flag=True, help="Print only the address to subscribe to.")
@click.option("--path", is_flag=True, help="Print only the path of the feed as a file.")
@click.option(
    "--check",
    "checked",
    is_flag=False,
    flag_value=OWN_FEED,
    metavar="[FILE|URL]",
    help="Say what is wrong with the feed published last, or with any other calendar.",
)
@shared_option("vault")
@shared_option("json")
@click.pass_obj
def command(session: Session, url: bool, path: bool, checked: str | None) -> int:
    """The calendar's address and file, and whether it is well made.

    The address is private: whoever has it, on this computer, can read your follow-ups. It works while
    `vaultrel serve` or `vaultrel watch --serve` runs.

    --check writes nothing, and asks no other computer unless you name a URL. Exit code 1 when something is wrong.
    """
    if checked is not None:
        if url or path:
            raise click.UsageError("--check does not go with --url or --path.")
        return _check(session, checked)
    if session.json:
        raise click.UsageError("--json does not go with `feed`. It goes with `feed --check`.")
    _show_places(session, url=url, path=path)
    return 0


def _show_places(session: Session, *, url: bool, path: bool) -> None:
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


def _check(session: Session, checked: str) -> int:
    from vaultrel.outputs.feed_check import check_feed

    place, feed = _read_feed(session, checked)
    faults = check_feed(feed)
    if session.json:
        session.print_json("feed", _check_document(place, faults))
    else:
        _print_faults(session, place, faults)
    return int(bool(faults))


def _read_feed(session: Session, checked: str) -> tuple[str, bytes]:
    """Where the feed was read from, without what must stay secret, and its bytes."""
    if checked == OWN_FEED:
        place, feed = _read_own(session)
    elif "://" in checked:
        place, feed = _fetch(checked)
    else:
        place, feed = checked, _read_file(Path(checked))
    if len(feed) > MAX_BYTES:
        raise FeedUnusableError(place, "it is larger than 10 MiB")
    return place, feed


def _read_own(session: Session) -> tuple[str, bytes]:
    from vaultrel.cli.live import feed_file

    with session.open_vault() as vault:
        place, feed = str(feed_file(vault)), vault.published_feed()
    if feed is None:
        raise FeedUnusableError(place, "there is no feed yet", "`vaultrel scan` writes it.")
    return place, feed


def _read_file(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise FeedUnusableError(str(path), error.strerror or str(error)) from error


def _fetch(address: str) -> tuple[str, bytes]:
    """The feed at an address, asked for once. Only the host is told: the rest of a feed's address is often a secret."""
    from http.client import HTTPException
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(address)
        place = f"{parts.scheme}://{parts.hostname or ''}/…"
    except ValueError:
        raise FeedUnusableError("The address", "it is written wrongly") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise FeedUnusableError(place, "only http and https addresses can be asked")
    try:
        with _web().open(address, timeout=TIMEOUT_SECONDS) as answer:
            feed: bytes = answer.read(MAX_BYTES + 1)
    except (OSError, HTTPException, ValueError) as error:
        # The error itself may name the address.
        raise FeedUnusableError(place, _web_reason(error)) from None
    return place, feed


def _web() -> OpenerDirector:
    """What asks for a feed: http and https only, and no proxy, which would be told the address."""
    from urllib import request

    opener = request.OpenerDirector()
    for handler in (
        request.HTTPHandler,
        request.HTTPSHandler,
        request.HTTPDefaultErrorHandler,
        request.HTTPRedirectHandler,
        request.HTTPErrorProcessor,
        request.UnknownHandler,
    ):
        opener.add_handler(handler())
    return opener


def _web_reason(error: Exception) -> str:
    from urllib.error import HTTPError, URLError

    if isinstance(error, HTTPError):
        return f"it answers {error.code}"
    reason = error.reason if isinstance(error, URLError) else error
    if isinstance(reason, TimeoutError):
        return f"it did not answer within {TIMEOUT_SECONDS} seconds"
    if isinstance(reason, OSError) and reason.strerror:
        return reason.strerror
    return "its answer is no web page"


def _print_faults(session: Session, place: str, faults: Sequence[FeedFault]) -> None:
    from vaultrel.cli.phrases import count
    from vaultrel.outputs.feed_rules import RULES

    out = session.out
    by_code: dict[str, list[FeedFault]] = {}
    for fault in faults:
        by_code.setdefault(fault.code, []).append(fault)
    for code, places in by_code.items():
        rule = RULES[code]
        mark: Span = ("✗ ", "bad") if rule.grade == "error" else ("! ", "warn")
        for fault in places[:SHOWN_PLACES]:
            out.line(mark, (f"line {fault.line}", "link"), f"  {fault.message} ", (f"({code}, {rule.source})", "quiet"))
        if more := len(places[SHOWN_PLACES:]) + places[-1].more:
            out.line((f"  … {more:,} more of these", "quiet"))
        if rule.effect:
            out.wrapped(["  then: "], rule.effect)
    if not faults:
        out.line(("✓ ", "good"), (place, "link"), ": nothing is wrong")
        return
    errors, advice = (sum(1 + f.more for f in faults if RULES[f.code].grade == grade) for grade in ("error", "advice"))
    session.talk.line()
    session.talk.line((place, "link"), f": {count(errors, 'error')}, {count(advice, 'piece')} of advice")


def _check_document(place: str, faults: Sequence[FeedFault]) -> dict[str, object]:
    from vaultrel.outputs.feed_rules import RULES

    return {
        "feed": place,
        "faults": [
            {
                "code": fault.code,
                "grade": RULES[fault.code].grade,
                "line": fault.line,
                "message": fault.message,
                "effect": RULES[fault.code].effect,
                "source": RULES[fault.code].source,
                "more": fault.more,
            }
            for fault in faults
        ],
    }
