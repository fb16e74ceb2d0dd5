"""The web application: who may ask at all, which address is meant, what is written into the log."""

from __future__ import annotations

import hmac
import logging
from http import HTTPStatus
from typing import TYPE_CHECKING

from vaultrel.server.answers import TEXT, Request, Response, Route, status_response, whole_response

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
"""Names by which this computer may always be asked; any other name in Host is how DNS rebinding shows."""

HEALTH = b'{"status": "ok"}\n'
"""What `/health` answers."""

_log = logging.getLogger("vaultrel.server")

_WELCOME = b"""vaultrel

This is the calendar server of vaultrel, running on your own computer. It serves the follow-ups from your notes
to your calendar, at a private address that `vaultrel feed --url` prints. There is nothing else to see here.
"""


def make_app(routes: Callable[[], Sequence[Route]], allowed_hosts: frozenset[str] = frozenset()) -> WSGIApplication:
    """The web application: the addresses given, a page that says what this is, a health check.

    Args:
        routes: gives the addresses there are now; asked at every request, so that a new key holds at once.
        allowed_hosts: host names to answer to besides the loopback ones, without port, in lower case.

    Returns:
        A WSGI application (PEP 3333) that answers nothing that another site's page asked for, and every address
        that is none with the same words.
    """
    hosts = LOOPBACK_HOSTS | allowed_hosts
    open_routes = (Route("/health", "/health", _answer_health), Route("/", "/", _answer_welcome))

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        method = environ["REQUEST_METHOD"]
        label = "/…"  # A path that is none may be a mistyped secret.
        if host_name(environ.get("HTTP_HOST", "")) not in hosts:
            response = status_response(HTTPStatus.MISDIRECTED_REQUEST)
        elif _is_foreign(environ):
            response = status_response(HTTPStatus.FORBIDDEN)
        elif (route := _find_route(environ["PATH_INFO"], (*routes(), *open_routes))) is None:
            response = status_response(HTTPStatus.NOT_FOUND)
        else:
            label = route.label
            response = _answer(route, environ)
        body = b"" if method == "HEAD" else response.body
        _log.info("%s %s %d %d", method[:16], label, response.status, len(body))
        start_response(f"{response.status.value} {response.status.phrase}", list(response.headers))
        return [body] if body else []

    return app


def _find_route(path_info: str, routes: Sequence[Route]) -> Route | None:
    """The route asked for. Every address is compared to its end, so that the time taken tells nothing of a secret."""
    path = path_info.encode("latin-1")
    found = [route for route in routes if hmac.compare_digest(path, route.path.encode())]
    return found[0] if found else None


def _answer(route: Route, environ: WSGIEnvironment) -> Response:
    """What the route answers, or the refusal of a method that it does not know."""
    method = environ["REQUEST_METHOD"]
    if method not in route.methods:
        return status_response(HTTPStatus.METHOD_NOT_ALLOWED, ("Allow", ", ".join(route.methods)))
    headers = {
        key.removeprefix("HTTP_").replace("_", "-").lower(): value
        for key, value in environ.items()
        if key.startswith("HTTP_") or key == "CONTENT_TYPE"
    }
    return route.answer(Request(method, headers, environ["wsgi.input"].read() if method == "POST" else b""))


def host_name(host: str) -> str:
    """The name in a Host header, without port, brackets and final dot, in lower case (RFC 9110 section 7.2)."""
    name = host.strip().lower()
    if name.startswith("["):
        return name[1:].partition("]")[0]
    return name.partition(":")[0].removesuffix(".")


def _is_foreign(environ: WSGIEnvironment) -> bool:
    """Whether the page of another site asks; programs send no Origin, nor do browsers that open an address.

    The origin's scheme does not count: a proxy in front of this server may speak HTTPS. Its port does: whatever
    else runs on this computer is another site.
    """
    origin = environ.get("HTTP_ORIGIN")
    return origin is not None and origin.partition("://")[2].lower() != environ["HTTP_HOST"].strip().lower()


def _answer_welcome(_request: Request) -> Response:
    return whole_response(HTTPStatus.OK, TEXT, _WELCOME)


def _answer_health(_request: Request) -> Response:
    return whole_response(HTTPStatus.OK, "application/json", HEALTH, ("Cache-Control", "no-store"))
