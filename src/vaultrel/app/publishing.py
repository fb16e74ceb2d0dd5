"""The files vaultrel generates from a snapshot: rendered, and put where calendars and people find them."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec.structs import replace

from vaultrel import clock
from vaultrel.app.feed_files import FeedFiles
from vaultrel.app.followed_people import PEOPLE_FILE, FollowedPeople
from vaultrel.errors import StorageFailedError, WriteRefusedError
from vaultrel.model import Diagnostic, Note, NotePath, Snapshot
from vaultrel.outputs import get_output
from vaultrel.outputs.base import RenderContext
from vaultrel.outputs.feed_events import MAX_EVENTS, list_followup_events, tell_cut
from vaultrel.outputs.feeds import Feed, Tags, feed_namespace, filters_tags, select_for_feed

if TYPE_CHECKING:
    import datetime as dt

    from vaultrel.app.private_files import PrivateFiles
    from vaultrel.core.identities import Identities
    from vaultrel.model import FollowUp
    from vaultrel.outputs.feed_events import FeedEvent
    from vaultrel.settings import Settings
    from vaultrel.storage.base import NoteStore

NAMESPACE_FILE = ".vaultrel/feed-namespace"
FEED_NAME = "followups.ics"

SETTINGS_FILE = ".vaultrel/config.toml"

GetNotes: TypeAlias = Callable[[Iterable[NotePath]], Mapping[NotePath, Note]]


class Publisher:
    """Renders outputs and publishes the feeds.

    Args:
        store: the vault, where the feeds are for every device that shares it.
        settings: the user's settings.
        private: this computer's own copies.
        notes: gives the notes at these paths.
    """

    def __init__(self, store: NoteStore, settings: Settings, private: PrivateFiles, notes: GetNotes) -> None:
        self.feeds = FeedFiles(store, settings, private)
        self._store = store
        self._settings = settings
        self._private = private
        self._notes = notes
        self._people = FollowedPeople(store, settings, private, notes)
        self._published: Snapshot | None = None
        """What the feeds were last rendered of, or found to be."""
        self.on_published: Callable[[], None] | None = None
        """Called when the feeds are on disk, before what is left of a scan: a scan that wrote notes waits a while."""

    @property
    def generated_paths(self) -> tuple[str, ...]:
        """Where in the vault the feeds are, and what they need there."""
        return (*map(self.feeds.path, self.feeds.feeds), NAMESPACE_FILE, PEOPLE_FILE)

    def render(self, output: str, snapshot: Snapshot) -> bytes:
        """The snapshot in one of the output formats; nothing is written but, once, the namespace of UIDs."""
        if output != "ics":
            return self.render_over(output, snapshot, None)
        keys = self._people.identify(snapshot).keys
        return get_output(output).render(snapshot, self._context(self.feeds.feed(), keys))

    def render_over(self, output: str, snapshot: Snapshot, previous: bytes | None) -> bytes:
        """The snapshot in another format than the feed's, which gave the bytes `previous` last time."""
        context = replace(self._context(self.feeds.feed(), {}), previous=previous)
        return get_output(output).render(snapshot, context)

    def publish(
        self, snapshot: Snapshot, *, dry_run: bool, made_of: Callable[[], str] = str
    ) -> tuple[tuple[str, ...], tuple[Diagnostic, ...]]:
        """Write the feeds where calendars and the server find them: the vault's folder, and this computer's own copies.

        Args:
            snapshot: the vault on the day of the feeds.
            dry_run: only say what would be written.
            made_of: names all that the snapshot follows from, if anything does; feeds that were rendered of just that
                are not again.

        Returns:
            The files that were (or would be) written, and what went wrong.
        """
        published: list[str] = []
        bodies: dict[str, bytes] = {}
        problems: list[Diagnostic] = [*_tell_unknown_zone(self._settings.feed.timezone)]
        tags = self._tags(snapshot)
        is_news = self._published is not None and self._published is not snapshot
        standing = {} if is_news else self._standing(made_of())
        people = None if standing else self._people.identify(snapshot)
        for feed in self.feeds.feeds:
            selected = select_for_feed(feed, snapshot, tags)
            body = standing[feed.name] if people is None else self._render_feed(feed, selected, people)
            written, failed = self.feeds.write(feed, body, dry_run=dry_run)
            published += written
            problems += failed
            bodies[feed.name] = body
        if not dry_run and self.on_published is not None:
            self.on_published()
        # After the calendars that are looked at: a copy may go to a folder far away.
        for feed in self.feeds.feeds:
            if not dry_run:
                self.feeds.keep(feed, bodies[feed.name])
            if bodies[feed.name].count(b"BEGIN:VEVENT") >= MAX_EVENTS:
                problems += tell_cut(select_for_feed(feed, snapshot, tags), feed.settings, self.feeds.path(feed))
            written, failed = self.feeds.copy(feed, bodies[feed.name], dry_run=dry_run)
            published += written
            problems += failed
        failed_to_write = any(problem.severity == "error" for problem in problems)
        if people is not None and not dry_run and not failed_to_write:
            problems += self._write_identities(people)
            self._private.keep("rendered", self._state(made_of(), bodies))
        if not dry_run:
            self._published = snapshot
        return tuple(published), tuple(problems)

    def _render_feed(self, feed: Feed, selected: Snapshot, people: Identities) -> bytes:
        return get_output("ics").render(selected, self._context(feed, people.keys))

    def _standing(self, made_of: str) -> dict[str, bytes]:
        """Every feed as published, by its name, if all stand as they were rendered of just that; else none."""
        published = {feed.name: body for feed in self.feeds.feeds if (body := self.feeds.published(feed)) is not None}
        is_whole = made_of and len(published) == len(self.feeds.feeds)
        return published if is_whole and self._private.get("rendered") == self._state(made_of, published) else {}

    def _state(self, made_of: str, published: Mapping[str, bytes]) -> bytes:
        """All that rendering goes by: the snapshot, and what the feeds and their events' identities are."""
        parts = [made_of.encode("ascii"), self._namespace().bytes, self._people.kept() or b"", *published.values()]
        digests = (hashlib.sha256(part).digest() for part in parts)
        return hashlib.sha256(b"".join(digests)).hexdigest().encode("ascii")

    def list_followups(self, snapshot: Snapshot) -> list[tuple[FollowUp, FeedEvent]]:
        """The planned follow-ups of the first feed, each with its event."""
        keys = self._people.identify(snapshot).keys
        return list_followup_events(snapshot, self._context(self.feeds.feed(), keys))

    @property
    def zone(self) -> dt.tzinfo | None:
        """The time zone that the calendars' days are meant in; None when that is not known."""
        return _find_zone(self._settings.feed.timezone)

    def published_feed(self) -> bytes | None:
        """The first feed as last published."""
        return self.feeds.published(self.feeds.feed())

    def _context(self, feed: Feed, person_keys: Mapping[NotePath, str]) -> RenderContext:
        return RenderContext(
            vault_name=self._store.name,
            settings=feed.settings,
            now=clock.utc_now(),
            namespace=feed_namespace(feed, self._namespace()),
            previous=self.feeds.published(feed),
            person_keys=person_keys,
            zone=_find_zone(feed.settings.feed.timezone),
        )

    def _tags(self, snapshot: Snapshot) -> Tags:
        """The tags of people's notes, where a feed asks for them."""
        if not filters_tags(self.feeds.feeds):
            return {}
        notes = self._notes(state.person.path for state in snapshot.people)
        return {path: tuple(tag.name for tag in note.tags) for path, note in notes.items()}

    def read_own(self, path: str) -> bytes | None:
        """A generated file; None where there is none, or something that is not ours to read stands in its place."""
        return self.feeds.read_own(path)

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

    def _write_identities(self, people: Identities) -> tuple[Diagnostic, ...]:
        """Keep what makes events the same ones the next time, on every computer."""
        try:
            if self._settings.write != "nothing":
                self._store.write_generated(NAMESPACE_FILE, f"{self._namespace()}\n".encode("ascii"))
            self._people.keep(people)
        except (WriteRefusedError, StorageFailedError) as error:
            return (Diagnostic(NotePath(PEOPLE_FILE), "feed-not-written", error.message, severity="error"),)
        return ()


def _find_zone(name: str) -> dt.tzinfo | None:
    """The time zone of that name; None where there is none, or this computer has no list of them.

    It is a setting and never this computer's own: computers in two places that share a vault publish the same feed.
    """
    with suppress(ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo(name) if name else None
    return None


def _tell_unknown_zone(name: str) -> tuple[Diagnostic, ...]:
    if not name or _find_zone(name) is not None:
        return ()
    message = f"This computer knows no time zone {name!r} (feed.timezone): every event lasts the whole day."
    return (Diagnostic(NotePath(SETTINGS_FILE), "no-such-timezone", message),)
