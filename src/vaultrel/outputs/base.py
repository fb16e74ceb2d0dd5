"""What an output is: a pure renderer of one `Snapshot` to the bytes of one file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from vaultrel.errors import UsageError

if TYPE_CHECKING:
    import datetime as dt
    import uuid
    from collections.abc import Mapping

    from vaultrel.model import NotePath, Snapshot
    from vaultrel.settings import Settings


class RenderContext(Struct, frozen=True):
    """Everything an output needs besides the snapshot, gathered by the shell.

    Attributes:
        vault_name: the vault's name as Obsidian knows it, for links.
        settings: the user's settings.
        now: the current moment, in UTC.
        namespace: random, made once per vault and kept by the shell, so that no two vaults share a UID.
        previous: the bytes this output gave last time; None when there are none. They may be anything.
        person_keys: who is known by another key than the path of their note, as `core.identities` says.
        zone: the time zone that times of day in notes are meant in; None when that is not known.
    """

    vault_name: str
    settings: Settings
    now: dt.datetime
    namespace: uuid.UUID
    previous: bytes | None = None
    person_keys: Mapping[NotePath, str] = {}
    zone: dt.tzinfo | None = None


class Output(Protocol):
    """One kind of file vaultrel can make from a snapshot.

    Rendering reads no file, clock or environment: equal arguments give equal bytes, whatever the day.
    To add one, write a module next to this one and add a line to `vaultrel.outputs.OUTPUTS`; the command
    line and the server then offer it by its name.
    """

    @property
    def name(self) -> str:
        """The word the user types: lower case, no spaces."""

    @property
    def suffix(self) -> str:
        """What the file's name ends with, with its dot."""

    @property
    def media_type(self) -> str:
        """The media type as IANA registers it, with the charset where it has one."""

    def render(self, snapshot: Snapshot, context: RenderContext) -> bytes:
        """The whole file."""


class UnknownOutputError(UsageError):
    """No output has the name that was asked for."""

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        self.name = name
        self.known = known
        super().__init__(f"There is no output called {name!r}.", next_step=f"Choose one of: {', '.join(known)}")
