"""`vaultrel feed --check`: where the calendar to check is read from, and how what is wrong with it is said."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from vaultrel.errors import UsageError
from vaultrel.settings import FEED_NAME

if TYPE_CHECKING:
    from collections.abc import Sequence
    from urllib.request import OpenerDirector

    from vaultrel.cli.screen import Span
    from vaultrel.cli.session import Session
    from vaultrel.outputs.feed_check import FeedFault

OWN_FEED = ""
"""What `--check` names when nothing is given behind it: the first feed that this vault published."""

MAX_BYTES = 10 * 1024 * 1024
"""A feed larger than this is not checked."""

TIMEOUT_SECONDS = 10

SHOWN_PLACES = 3


class FeedUnusableError(UsageError):
    """There is no feed to check or to publish where one was looked for; `place` holds no secret."""

    def __init__(
        self,
        place: str,
        reason: str,
        next_step: str = "Name another: vaultrel feed --check FILE",
        done: Literal["checked", "published"] = "checked",
    ) -> None:
        self.place = place
        self.reason = reason
        super().__init__(f"{place} cannot be {done}: {reason}.", next_step=next_step)


def check(session: Session, checked: str) -> int:
    """Check a calendar and print what is wrong with it.

    Args:
        session: where to print, and whose vault has the feeds.
        checked: the name of a feed, a path, an address, or `OWN_FEED`.

    Returns:
        The exit code.

    Raises:
        FeedUnusableError: there is nothing to check.
    """
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
    if "://" in checked:
        place, feed = _fetch(checked)
    elif (file := _published_file(session, checked)) is not None:
        place, feed = str(file), _read_file(file)
    else:
        place, feed = checked, _read_file(Path(checked))
    if len(feed) > MAX_BYTES:
        raise FeedUnusableError(place, "it is larger than 10 MiB")
    return place, feed


def _published_file(session: Session, name: str) -> Path | None:
    """The file of the vault's own feed of that name; None when the word is meant as a path."""
    from vaultrel.errors import VaultNotFoundError
    from vaultrel.outputs.feeds import FIRST_FEED

    if name != OWN_FEED and (Path(name).is_file() or not FEED_NAME.fullmatch(name)):
        return None
    try:
        with session.open_vault() as vault:
            if name not in {OWN_FEED, *(feed.name for feed in vault.feeds)}:
                return None
            file = vault.feed_file(name or FIRST_FEED)
    except VaultNotFoundError:
        if name != OWN_FEED:
            return None
        raise
    if file is None or not file.exists():
        raise FeedUnusableError(str(file), "there is no feed yet", "`vaultrel scan` writes it.")
    return file


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
