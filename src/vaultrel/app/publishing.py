"""The files vaultrel generates from a snapshot: rendered, and put where calendars and people find them."""

from __future__ import annotations

import uuid
from contextlib import suppress
from typing import TYPE_CHECKING

from vaultrel import clock
from vaultrel.errors import StorageFailedError, WriteRefusedError
from vaultrel.model import Diagnostic, NotePath, Snapshot
from vaultrel.outputs import get_output
from vaultrel.outputs.base import RenderContext
from vaultrel.storage.base import NoteStore, ReadRefusedError

if TYPE_CHECKING:
    from vaultrel.app.private_files import PrivateFiles
    from vaultrel.settings import Settings

NAMESPACE_FILE = ".vaultrel/feed-namespace"
FEED_NAME = "followups.ics"


class Publisher:
    """Renders outputs and publishes the feed.

    Args:
        store: the vault, where the feed is for every device that shares it.
        settings: the user's settings.
        private: this computer's own copies.
    """

    def __init__(self, store: NoteStore, settings: Settings, private: PrivateFiles) -> None:
        self._store = store
        self._settings = settings
        self._private = private

    @property
    def feed_path(self) -> str:
        """Where in the vault the feed is."""
        return f"{self._settings.folder}/{FEED_NAME}"

    def render(self, output: str, snapshot: Snapshot) -> bytes:
        """The snapshot in one of the output formats; nothing is written but, once, the namespace of UIDs."""
        context = RenderContext(
            vault_name=self._store.name,
            settings=self._settings,
            now=clock.utc_now(),
            namespace=self._namespace(),
            previous=self.published_feed(),
        )
        return get_output(output).render(snapshot, context)

    def publish(self, snapshot: Snapshot, *, dry_run: bool) -> tuple[tuple[str, ...], tuple[Diagnostic, ...]]:
        """Write the feed where calendars and the server find it: the vault's folder, and this computer's own copy.

        Returns:
            The files in the vault that were (or would be) written, and what went wrong.
        """
        feed = self.render("ics", snapshot)
        if dry_run:
            changed = self._settings.write != "nothing" and feed != self.read_own(self.feed_path)
            return ((self.feed_path,) if changed else ()), ()
        published: list[str] = []
        problems: list[Diagnostic] = []
        if self._settings.write != "nothing":
            try:
                if self._store.write_generated(self.feed_path, feed):
                    published.append(self.feed_path)
                self._store.write_generated(NAMESPACE_FILE, f"{self._namespace()}\n".encode("ascii"))
            except (WriteRefusedError, StorageFailedError) as error:
                problems.append(
                    Diagnostic(NotePath(self.feed_path), "feed-not-written", error.message, severity="error")
                )
        self._private.keep("feed", feed)
        return tuple(published), tuple(problems)

    def published_feed(self) -> bytes | None:
        """The feed as last published: from the vault, or where vaultrel may not write there, this computer's copy."""
        if self._settings.write != "nothing" and (feed := self.read_own(self.feed_path)) is not None:
            return feed
        return self._private.get("feed")

    def read_own(self, path: str) -> bytes | None:
        """A generated file; None where there is none, or something that is not ours to read stands in its place."""
        try:
            return self._store.read_extra(path)
        except ReadRefusedError:
            return None

    def _namespace(self) -> uuid.UUID:
        """The namespace of this vault's event UIDs: random, made once.

        It is kept in the vault as soon as vaultrel publishes there, so that machines which share the vault agree;
        until then, on this computer.
        """
        for kept in (self.read_own(NAMESPACE_FILE), self._private.get("namespace")):
            with suppress(ValueError):
                return uuid.UUID((kept or b"").decode("ascii", "replace").strip())
        made = uuid.uuid4()
        self._private.keep("namespace", f"{made}\n".encode("ascii"))
        return made
