"""What is asked of the server and what it answers, as values, whatever carries them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from http import HTTPStatus

READING = ("GET", "HEAD")
"""The methods of an address that changes nothing."""

TEXT = "text/plain; charset=utf-8"


class Request(Struct, frozen=True):
    """One request, after Host, Origin, address and method were found to be in order.

    Attributes:
        headers: by their names in lower case.
        body: empty for one longer than `vaultrel.server.listening.MAX_FORM_BYTES`, and where only reading is allowed.
    """

    method: str
    headers: Mapping[str, str]
    body: bytes = b""


class Response(Struct, frozen=True):
    """One answer; of `body` nothing is sent to a HEAD request."""

    status: HTTPStatus
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""


class Route(Struct, frozen=True):
    """One address of the server and who answers there.

    Attributes:
        path: the whole path, the only one answered; it may hold a secret.
        label: what a log calls it.
        answer: called from several threads.
        methods: all others get 405.
    """

    path: str
    label: str
    answer: Callable[[Request], Response]
    methods: tuple[str, ...] = READING


def whole_response(status: HTTPStatus, media_type: str, body: bytes, *headers: tuple[str, str]) -> Response:
    """An answer with a body, of which no browser guesses what it is."""
    return Response(
        status,
        (
            ("Content-Type", media_type),
            ("Content-Length", str(len(body))),
            ("X-Content-Type-Options", "nosniff"),
            *headers,
        ),
        body,
    )


def status_response(status: HTTPStatus, *headers: tuple[str, str]) -> Response:
    """An answer that says nothing but its status."""
    return whole_response(status, TEXT, f"{status.phrase}\n".encode(), *headers)
