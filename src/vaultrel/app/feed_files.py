"""The calendars of one vault as files: where each is, what was published last, the key of its address."""

from __future__ import annotations

import difflib
import re
import secrets
from typing import TYPE_CHECKING

from vaultrel.app.feed_copies import copy_target, needs_copy, write_feed_copy
from vaultrel.errors import StorageFailedError, UsageError, WriteRefusedError
from vaultrel.model import Diagnostic, NotePath
from vaultrel.outputs.feeds import FIRST_FEED, Feed, is_whole_feed, list_feeds
from vaultrel.storage.base import NoteStore, ReadRefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from vaultrel.app.private_files import PrivateFiles
    from vaultrel.settings import Settings

_TOKEN = re.compile(rb"[A-Za-z0-9_-]{20,}")
"""What can be a secret part of an address; less is what a full disk or a power cut left of one."""


class UnknownFeedError(UsageError):
    """No feed has the name that was asked for."""

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        self.name = name
        self.known = known
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"Did you mean {near[0]}? " if near else ""
        super().__init__(
            f"There is no feed called {name!r}.",
            next_step=f"{hint}There are: {', '.join(known)}. Add one as [feeds.NAME] in .vaultrel/config.toml.",
        )


class FeedFiles:
    """Every feed that the settings ask for.

    Args:
        store: the vault, where the feeds are for every device that shares it.
        settings: the user's settings.
        private: this computer's own copies, and the keys.
    """

    def __init__(self, store: NoteStore, settings: Settings, private: PrivateFiles) -> None:
        self.feeds = list_feeds(settings)
        self._store = store
        self._settings = settings
        self._private = private
        self._rendered: dict[str, bytes] = {}

    def feed(self, name: str | None = None) -> Feed:
        """The feed of that name; without one the first.

        Raises:
            UnknownFeedError: there is none.
        """
        for feed in self.feeds:
            if feed.name == (name or FIRST_FEED):
                return feed
        raise UnknownFeedError(name or FIRST_FEED, tuple(feed.name for feed in self.feeds))

    def path(self, feed: Feed) -> str:
        """Where in the vault the feed is."""
        return f"{self._settings.folder}/{feed.file_name}"

    def published(self, feed: Feed) -> bytes | None:
        """The feed as last published: from the vault, or where vaultrel may not write there, this computer's copy.

        A file that is not whole, because a disk was full or a sync program was at it, counts as none.
        """
        if self._settings.write != "nothing":
            held = self.read_own(self.path(feed))
            if held is not None and is_whole_feed(held):
                return held
        kept = self._private.get("feed", _of(feed))
        return kept if kept is not None and is_whole_feed(kept) else None

    def served(self, feed: Feed) -> bytes | None:
        """What calendars are given: the feed as this process published it last, else as `published` has it."""
        return self._rendered.get(feed.name) or self.published(feed)

    def take(self, feeds: Mapping[str, bytes]) -> None:
        """Know feeds, by name, that another process has just published."""
        self._rendered.update(feeds)

    def write(self, feed: Feed, body: bytes, *, dry_run: bool) -> tuple[tuple[str, ...], tuple[Diagnostic, ...]]:
        """Publish a feed in the vault, if vaultrel may write there.

        Returns:
            The files that were (or would be) written, and what went wrong.
        """
        published: list[str] = []
        problems: list[Diagnostic] = []
        path = self.path(feed)
        if self._settings.write != "nothing":
            try:
                if self.read_own(path) != body if dry_run else self._store.write_generated(path, body):
                    published.append(path)
            except (WriteRefusedError, StorageFailedError) as error:
                problems.append(Diagnostic(NotePath(path), "feed-not-written", error.message, severity="error"))
        if not dry_run:
            self._rendered[feed.name] = body
        return tuple(published), tuple(problems)

    def keep(self, feed: Feed, body: bytes) -> None:
        """Keep a feed that is published as this computer's own copy.

        Raises:
            WriteRefusedError, StorageFailedError: it was not kept.
        """
        self._private.keep("feed", body, _of(feed))

    def copy(self, feed: Feed, body: bytes, *, dry_run: bool) -> tuple[tuple[str, ...], tuple[Diagnostic, ...]]:
        """Put one more copy where the settings want it; what is returned is as for `write`."""
        if not feed.publish_to:
            return (), ()
        try:
            target = copy_target(feed.publish_to, feed.file_name)
            changed = needs_copy(target, body) if dry_run else write_feed_copy(target, body, feed.publish_mode)
        except (WriteRefusedError, StorageFailedError) as error:
            return (), (Diagnostic(NotePath(self.path(feed)), "feed-not-copied", error.message),)
        return ((str(target),) if changed else ()), ()

    def read_own(self, path: str) -> bytes | None:
        """A generated file; None where there is none, or something that is not ours to read stands in its place."""
        try:
            return self._store.read_extra(path)
        except ReadRefusedError:
            return None

    def own_copy(self, feed: Feed) -> Path | None:
        """This computer's own copy as a file; None for a vault in memory."""
        return self._private.path("feed", _of(feed))

    def token(self, feed: Feed) -> str:
        """The secret part of the feed's address: 32 random bytes, URL-safe, made at first use."""
        return self.kept_token(feed) or self.rotate_token(feed)

    def kept_token(self, feed: Feed) -> str | None:
        """The secret part of the feed's address as it is kept; None when there is none that could be one."""
        kept = (self._private.get("feed-token", _of(feed)) or b"").strip()
        return kept.decode("ascii") if _TOKEN.fullmatch(kept) else None

    def rotate_token(self, feed: Feed) -> str:
        """Make a new secret part of the feed's address; the old one is worth nothing from then on."""
        made = secrets.token_urlsafe(32)
        self._private.keep("feed-token", made.encode("ascii"), _of(feed))
        return made


def _of(feed: Feed) -> str:
    """By what its private files are told from those of the first feed."""
    return "" if feed.name == FIRST_FEED else feed.name
