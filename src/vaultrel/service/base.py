"""What making a service comes to on any system: one file, and the commands that take it up and give it up again."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias

from msgspec import Struct

from vaultrel.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from vaultrel.locations import Locations

Command: TypeAlias = tuple[str, ...]

LOG_LINES = 100


class ServicePlan(Struct, frozen=True):
    """The service of one vault, as the operating system's own manager wants it.

    Attributes:
        manager: what that manager is called.
        name: the service's name there.
        file: where its description goes.
        content: the description.
        mark: in every description of ours, and in nobody else's.
        before: commands whose failure does not matter, run in front of `install`: they end an older one.
        install: commands that start it now and at every login, once the file is written.
        uninstall: commands that stop it for good, while the file is still there.
        after: commands for when the file is gone.
        status: shows whether it runs.
        logs: shows the last lines it said; empty where the manager keeps none.
    """

    manager: str
    name: str
    file: Path
    content: bytes
    mark: bytes
    install: tuple[Command, ...]
    uninstall: tuple[Command, ...]
    status: Command
    logs: Command = ()
    before: tuple[Command, ...] = ()
    after: tuple[Command, ...] = ()


class ServicePathError(UsageError):
    """A path has a character that the description of a service cannot hold."""

    def __init__(self, manager: str, path: str) -> None:
        self.path = path
        super().__init__(
            f"{manager} cannot be told of the path {path!r}: it holds a control character, or is not UTF-8.",
            next_step="Rename that folder, or start the daemon yourself: vaultrel watch --serve",
        )


def service_name(locations: Locations) -> str:
    """A vault's name as every manager takes it: the vault's own, and a digest that tells it apart."""
    return re.sub("[^A-Za-z0-9]+", "-", locations.state.name).strip("-")
