"""The web page: shown as the vault was last read, and the way by which somebody at it does something.

What is done there goes through the same door as the commands `done` and `snooze`; the page holds no other way to write.
"""

from __future__ import annotations

import hmac
import logging
import secrets
import threading
import urllib.parse
import uuid
from http import HTTPStatus
from typing import TYPE_CHECKING, Protocol

from vaultrel import clock
from vaultrel.core.intents import UnreadableDayError, read_until
from vaultrel.core.text import clean_text
from vaultrel.core.wording import show_day
from vaultrel.errors import VaultrelError
from vaultrel.outputs.base import RenderContext
from vaultrel.outputs.page_rendering import PageActions, page_policy, render_page
from vaultrel.outputs.page_words import NAME_LIMIT, followup_key
from vaultrel.server.answers import TEXT, Request, Response, Route, status_response, whole_response
from vaultrel.server.feed import FIRST_FEED_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from vaultrel.app import Vault
    from vaultrel.app.intents import Said
    from vaultrel.model import FollowUp, NotePath, Snapshot
    from vaultrel.settings import Settings

_log = logging.getLogger("vaultrel.server")

_FORM = "application/x-www-form-urlencoded"
_MOST_FIELDS = 8
_NOT_READ_YET = b"The notes are being read for the first time. Look again in a moment.\n"


class PageDesk:
    """What the page of one vault shows, and does.

    Args:
        vault: open; whatever is done is done under its lock.
        settings: gives the vault's as they are now, or with other words under ``[page]``; the vault's without it.
        feed: address of the calendar subscription, to be shown; empty for none.
        patience_seconds: how long from now a request waits for the first `publish`.
        form_token: what tells forms of the page from others'; a new one where none is given.
    """

    def __init__(
        self,
        vault: Vault,
        settings: Callable[[], Settings] | None = None,
        feed: str = "",
        patience_seconds: float = FIRST_FEED_SECONDS,
        form_token: str = "",
    ) -> None:
        self._vault = vault
        self._settings = settings or (lambda: vault.settings)
        self._actions = PageActions(form_token or new_form_token(), feed)
        self._snapshot: Snapshot | None = None
        self._first = threading.Event()
        self._deadline = clock.monotonic() + patience_seconds
        self._notice = ""
        self._made: tuple[Snapshot, Settings, bytes] | None = None
        self._acting = threading.Lock()
        """One thing at a time: who presses twice is told the second time that it is done."""

    @property
    def may_write(self) -> bool:
        """Whether the page has anything to press that writes."""
        return page_may_write(self._settings())

    def answer(self, what: str, request: Request, address: str) -> Response:
        """See `Page`."""
        if what == "show":
            return _answer_page(self)
        return _answer_form(request, self, {"done": self.complete, "snooze": self.snooze}[what], address)

    def publish(self, snapshot: Snapshot) -> None:
        """Show this from now on."""
        self._snapshot = snapshot
        self._first.set()

    def show(self) -> bytes | None:
        """The page, with what was done last said once; None while nothing has been read."""
        snapshot = self._wait_for_first()
        notice, settings = self._notice, self._settings()
        if snapshot is None:
            return None
        made = self._made
        if not notice and made is not None and made[0] is snapshot and made[1] == settings:
            return made[2]
        self._notice = ""
        # The page has no event and no UID, so that it needs no namespace of its own.
        context = RenderContext(self._vault.store.name, settings, clock.utc_now(), uuid.UUID(int=0))
        page = render_page(snapshot, context, self._actions if self.may_write else self._looking(), notice)
        self._made = None if notice else (snapshot, settings, page)
        return page

    def _wait_for_first(self) -> Snapshot | None:
        """What was published last, once something was; None when patience is at its end."""
        self._first.wait(max(0.0, self._deadline - clock.monotonic()))
        return self._snapshot

    def _looking(self) -> PageActions:
        return PageActions("", self._actions.feed)

    def is_ours(self, form: Mapping[str, str]) -> bool:
        """Whether a form was sent from a page that this desk made."""
        return hmac.compare_digest(form.get("token", "").encode(), self._actions.token.encode())

    def complete(self, form: Mapping[str, str]) -> None:
        """Say that the follow-up of the form was done today."""
        self._act(form, "Done", self._vault.complete)

    def snooze(self, form: Mapping[str, str]) -> None:
        """Want no follow-up with the person of the form before the day in it."""
        try:
            until = read_until(form.get("until", ""), clock.today())
        except UnreadableDayError as error:
            self._notice = error.message
            return
        self._act(form, f"Snoozed until {show_day(until)}", lambda person: self._vault.snooze(person, until))

    def _act(self, form: Mapping[str, str], what: str, act: Callable[[NotePath], Said]) -> None:
        with self._acting:
            snapshot = self._wait_for_first()
            if snapshot is None:  # the page was made by a process that has ended since
                self._notice = "The notes are still being read. Nothing was written."
                return
            followup = _find(snapshot, form.get("followup", ""))
            if followup is None:
                self._notice = "That follow-up is not waiting any more. Nothing was written."
                return
            try:
                said = act(followup.person)
                report = self._vault.scan(notes=False)
            except VaultrelError as error:
                _log.warning("%s", error)
                self._notice = self._tell_failure(error)
                return
            self.publish(report.snapshot)
            self._notice = self._tell(what, followup, said)

    def _tell(self, what: str, followup: FollowUp, said: Said) -> str:
        settings = self._settings()
        next_day = next((moved.now for moved in said.moved if moved.person == followup.person), None)
        follows = f"Next follow-up: {show_day(next_day, settings.phrases)}." if next_day else "No follow-up is planned."
        who = "" if settings.page.hide_names else f": {clean_text(followup.name, NAME_LIMIT)}"
        return f"{what}{who}. {follows} To take it back: vaultrel undo"

    def _tell_failure(self, error: VaultrelError) -> str:
        if self._settings().page.hide_names:
            return "It could not be done. Where vaultrel runs, it says why."
        return f"{error.message} {error.next_step}"


def _find(snapshot: Snapshot, key: str) -> FollowUp | None:
    return next((found for found in snapshot.followups if followup_key(found) == key), None)


class Page(Protocol):
    """Whoever answers for the page of one vault."""

    @property
    def may_write(self) -> bool:
        """Whether the page has anything to press that writes."""

    def answer(self, what: str, request: Request, address: str) -> Response:
        """The answer to one request.

        Args:
            what: ``show`` for the page itself, ``done`` and ``snooze`` for what is pressed on it.
            request: with the form, where something was pressed.
            address: path of the page.
        """


def page_may_write(settings: Settings) -> bool:
    """Whether the page of a vault with these settings has anything to press that writes."""
    return not settings.page.read_only and settings.write != "nothing"


def new_form_token() -> str:
    """What forms of a page carry so that they can be told from those of other pages: nobody can guess it."""
    return secrets.token_urlsafe(32)


def page_routes(page: Page, token: str) -> tuple[Route, ...]:
    """The page at its secret address, and beside it where its forms go, if it may write."""
    address = f"/page/{token}/"
    looking = Route(address, "/page/…", lambda request: page.answer("show", request, address))
    if not page.may_write:
        return (looking,)
    return (looking, *(_form_route(page, what, address) for what in ("done", "snooze")))


def _form_route(page: Page, what: str, address: str) -> Route:
    return Route(f"{address}{what}", f"/page/…/{what}", lambda request: page.answer(what, request, address), ("POST",))


def _answer_page(desk: PageDesk) -> Response:
    page = desk.show()
    if page is None:
        return whole_response(HTTPStatus.SERVICE_UNAVAILABLE, TEXT, _NOT_READ_YET, ("Retry-After", "5"))
    return whole_response(
        HTTPStatus.OK,
        "text/html; charset=utf-8",
        page,
        # No other page may show this one, and no cache keep it.
        ("Content-Security-Policy", f"{page_policy()}; frame-ancestors 'none'"),
        ("Cache-Control", "no-store"),
        # Not `no-referrer`: browsers would then leave the Origin out of what its forms send.
        ("Referrer-Policy", "same-origin"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
    )


def _answer_form(request: Request, desk: PageDesk, act: Callable[[Mapping[str, str]], None], address: str) -> Response:
    """Do what a form asks for, and lead back to the page; a form that no page of ours sent is refused."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        return status_response(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
    form = _read_form(request.body)
    if request.headers.get("sec-fetch-site", "same-origin") != "same-origin" or not desk.is_ours(form):
        return status_response(HTTPStatus.FORBIDDEN)
    act(form)
    return Response(
        HTTPStatus.SEE_OTHER, (("Location", address), ("Content-Length", "0"), ("Cache-Control", "no-store"))
    )


def _read_form(body: bytes) -> dict[str, str]:
    """The fields of a form, the first of each name; none of a body that is no form."""
    try:
        fields = urllib.parse.parse_qsl(body.decode("ascii"), strict_parsing=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        return {}
    return dict(reversed(fields))
