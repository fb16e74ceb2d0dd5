"""How a feed gets where vaultrel itself never goes: the command to type for a web address, a remote or a tailnet."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from msgspec import Struct

from vaultrel.errors import UsageError

if TYPE_CHECKING:
    from vaultrel.settings import FeedSettings

TAILNET = "tailnet"
"""The destination that stands for the user's own devices in a Tailscale network."""

_REMOTE = re.compile(r"[\w][\w.+@ -]+:")
"""The beginning of a place on an rclone remote; one letter would be a drive of Windows."""


class UnsafeDestinationError(UsageError):
    """A copy would be sent where others on the way can read it."""

    def __init__(self, scheme: str) -> None:
        self.scheme = scheme
        super().__init__(
            f"A {scheme} address is not encrypted, or not one that a file is put to; nothing was done.",
            next_step="Name a folder, an https address, an rclone remote (NAME:path), or `tailnet`.",
        )


class Transfer(Struct, frozen=True):
    """The command that carries a feed on, word by word, and what else there is to say, line by line."""

    words: tuple[str, ...]
    advice: tuple[str, ...]


def transfer_to(destination: str, file: Path, settings: FeedSettings, address: str) -> Transfer | None:
    """How to carry a feed to a destination.

    Args:
        destination: as typed.
        file: the feed.
        settings: where the server listens, and under which names it may be asked.
        address: the feed's own, on this computer.

    Returns:
        None for a folder, into which vaultrel can copy.

    Raises:
        UnsafeDestinationError: for an address that is not https.
    """
    if destination == TAILNET:
        return _serve_in_tailnet(settings, address)
    if "://" in destination:
        scheme = urlsplit(destination).scheme
        if scheme != "https":
            raise UnsafeDestinationError(scheme)
        url = destination + (file.name if destination.endswith("/") else "")
        return Transfer(
            ("curl", "--fail", "--netrc", "--upload-file", str(file), url),
            ("Name and password go into ~/.netrc (use an app password).",),
        )
    if _REMOTE.match(destination) and not Path(destination).exists():
        name = "" if destination.lower().endswith(".ics") else file.name
        gap = "" if not name or destination.endswith((":", "/")) else "/"
        return Transfer(
            ("rclone", "copyto", str(file), f"{destination}{gap}{name}"), ("`rclone config` sets the remote up.",)
        )
    return None


def _serve_in_tailnet(settings: FeedSettings, address: str) -> Transfer:
    words = ("tailscale", "serve", "--bg", str(settings.port))
    if not settings.hosts:
        return Transfer(
            words,
            (
                "It prints this computer's name in the tailnet. Let the server answer to it, in .vaultrel/config.toml:",
                '  [feed] hosts = ["NAME.TAILNET.ts.net"]',
            ),
        )
    path = urlsplit(address).path
    return Transfer(words, ("Your devices then subscribe to:", *(f"  https://{host}{path}" for host in settings.hosts)))
