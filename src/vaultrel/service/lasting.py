"""Which places are there tomorrow: a service started from any other stops working without a word."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vaultrel.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

TEMPORARY_FOLDERS = ("/tmp", "/var/tmp", "/dev/shm", "/run")  # noqa: S108 - named to keep away from them
"""Emptied at a restart; and the service sees a /tmp of its own."""

_CACHES = frozenset({".cache", "Caches", "archive-v0"})
"""Folders that tools run from and clear away again: uvx and pipx run keep what they install for a moment there."""


class NotLastingError(UsageError):
    """A service cannot be made of something that may be gone tomorrow, or that others can change."""

    def __init__(self, what: str, path: Path, reason: str, next_step: str) -> None:
        self.path = path
        self.reason = reason
        super().__init__(f"{what} is at {path}: {reason}. No service was made.", next_step=next_step)


def check_lasting(executable: Path, vault_root: Path) -> None:
    """Make sure that a service of this program on this vault would still work tomorrow.

    Args:
        executable: the program; both where it is called and where its links lead are looked at.
        vault_root: the vault.

    Raises:
        NotLastingError: the program or the vault is in a temporary folder, the program in a tool's cache or inside
            the vault, where whoever shares the vault could replace it.
    """
    install = "Install vaultrel for good (pipx install, uv tool install, or make demo in a checkout) and run it there."
    for path in (executable.absolute(), executable.resolve()):
        if not _CACHES.isdisjoint(path.parts) or _is_temporary(path):
            raise NotLastingError("This vaultrel", path, "a place that is cleared away", install)
        if path.is_relative_to(vault_root.resolve()):
            raise NotLastingError("This vaultrel", path, "inside the vault, where a sync could change it", install)
    if _is_temporary(vault_root.resolve()):
        raise NotLastingError(
            "The vault", vault_root, "a place that is cleared away", "Name a vault that stays: vaultrel --vault DIR"
        )


def _is_temporary(path: Path) -> bool:
    return any(path.is_relative_to(folder) for folder in TEMPORARY_FOLDERS)
