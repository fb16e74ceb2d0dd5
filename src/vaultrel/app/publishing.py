"""The files vaultrel generates from a snapshot: rendered, and put where calendars and people find them."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Struct

from vaultrel import clock
from vaultrel.app.feed_files import FeedFiles
from vaultrel.app.followed_people import PEOPLE_FILE, FollowedPeople
from vaultrel.core.order import diff_items
from vaultrel.core.patches import is_same_but_for_fields
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
    from vaultrel.model import FollowUp, PersonState
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
        self._unkept: _Unkept | None = None
        self._tagged: Sequence[PersonState] = ()
        """The people whose tags the next are."""
        self._tags_of: dict[NotePath, tuple[str, ...]] = {}
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
        return get_output(output).render(snapshot, self._first_context(snapshot))

    def render_over(self, output: str, snapshot: Snapshot, previous: bytes | None) -> bytes:
        """The snapshot in another format than the feed's, which gave the bytes `previous` last time."""
        context = self._context(self.feeds.feed(), self._namespace(), {}, previous)
        return get_output(output).render(snapshot, context)

    def publish(
        self, snapshot: Snapshot, *, dry_run: bool, made_of: Callable[[], str] = str
    ) -> tuple[tuple[str, ...], tuple[Diagnostic, ...]]:
        """Write the feeds where calendars and the server find them; `keep` then keeps what the next time needs.

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
        namespace, followed = self._namespace(), self._people.kept()
        is_news = self._published is not None and self._published is not snapshot
        standing = {} if is_news else self._standing(made_of(), namespace, followed)
        people = None if standing else self._people.identify(snapshot, followed)
        for feed in self.feeds.feeds:
            selected = select_for_feed(feed, snapshot, tags)
            if people is None:
                body = standing[feed.name]
            else:
                context = self._context(feed, namespace, people.keys, self.feeds.published(feed))
                body = get_output("ics").render(selected, context)
            written, failed = self.feeds.write(feed, body, dry_run=dry_run)
            published += written
            problems += failed
            bodies[feed.name] = body
        if not dry_run and self.on_published is not None:
            self.on_published()
        # After the calendars that are looked at: a copy may go to a folder far away.
        for feed in self.feeds.feeds:
            if bodies[feed.name].count(b"BEGIN:VEVENT") >= MAX_EVENTS:
                problems += tell_cut(select_for_feed(feed, snapshot, tags), feed.settings, self.feeds.path(feed))
            written, failed = self.feeds.copy(feed, bodies[feed.name], dry_run=dry_run)
            published += written
            problems += failed
        if not dry_run:
            is_whole = not any(problem.severity == "error" for problem in problems)
            self._unkept = _Unkept(snapshot, bodies, namespace, followed, people if is_whole else None)
            self._published = snapshot
        return tuple(published), tuple(problems)

    def keep(self, now: Snapshot, made_of: Callable[[], str] = str) -> tuple[Diagnostic, ...]:
        """Keep what was published last as this computer's own copy, and what makes events the same ones the next time.

        Whatever breaks off before this is repeated at the next occasion, with the same outcome.

        Args:
            now: the vault now that the fields are written.
            made_of: as for `publish`, of that snapshot.

        Raises:
            WriteRefusedError, StorageFailedError: this computer's own files cannot be written.
        """
        unkept, self._unkept = self._unkept, None
        if unkept is None:
            return ()
        for feed in self.feeds.feeds:
            self.feeds.keep(feed, unkept.bodies[feed.name])
        if unkept.people is None:
            return ()
        try:
            if self._settings.write != "nothing":
                self._store.write_generated(NAMESPACE_FILE, f"{unkept.namespace}\n".encode("ascii"))
            followed = self._people.keep(unkept.people, unkept.followed)
        except (WriteRefusedError, StorageFailedError) as error:
            return (Diagnostic(NotePath(PEOPLE_FILE), "feed-not-written", error.message, severity="error"),)
        if is_same_but_for_fields(unkept.snapshot, now):
            self._published = now
            self._private.keep("rendered", _state(made_of(), unkept.namespace, followed, unkept.bodies))
        return ()

    def _standing(self, made_of: str, namespace: uuid.UUID, followed: bytes | None) -> dict[str, bytes]:
        """Every feed as published, by its name, if all stand as they were rendered of just that; else none."""
        published = {feed.name: body for feed in self.feeds.feeds if (body := self.feeds.published(feed)) is not None}
        if not made_of or len(published) != len(self.feeds.feeds):
            return {}
        state = _state(made_of, namespace, followed, published)
        return published if self._private.get("rendered") == state else {}

    def _first_context(self, snapshot: Snapshot) -> RenderContext:
        """What the first feed is rendered with."""
        feed, keys = self.feeds.feed(), self._people.identify(snapshot, self._people.kept()).keys
        return self._context(feed, self._namespace(), keys, self.feeds.published(feed))

    def list_followups(self, snapshot: Snapshot) -> list[tuple[FollowUp, FeedEvent]]:
        """The planned follow-ups of the first feed, each with its event."""
        return list_followup_events(snapshot, self._first_context(snapshot))

    @property
    def zone(self) -> dt.tzinfo | None:
        """The time zone that the calendars' days are meant in; None when that is not known."""
        return _find_zone(self._settings.feed.timezone)

    def published_feed(self) -> bytes | None:
        """The first feed as last published."""
        return self.feeds.published(self.feeds.feed())

    def _context(
        self, feed: Feed, namespace: uuid.UUID, person_keys: Mapping[NotePath, str], previous: bytes | None
    ) -> RenderContext:
        return RenderContext(
            vault_name=self._store.name,
            settings=feed.settings,
            now=clock.utc_now(),
            namespace=feed_namespace(feed, namespace),
            previous=previous,
            person_keys=person_keys,
            zone=_find_zone(feed.settings.feed.timezone),
        )

    def _tags(self, snapshot: Snapshot) -> Tags:
        """The tags of people's notes, where a feed asks for them."""
        if not filters_tags(self.feeds.feeds):
            return {}
        gone, come = diff_items(self._tagged, snapshot.people)
        notes = self._notes(state.person.path for state in come)
        for state in gone:
            self._tags_of.pop(state.person.path, None)
        self._tags_of.update((path, tuple(tag.name for tag in note.tags)) for path, note in notes.items())
        self._tagged = snapshot.people
        return self._tags_of

    def read_own(self, path: str) -> bytes | None:
        """A generated file; None where there is none, or something that is not ours to read stands in its place."""
        return self.feeds.read_own(path)

    def _namespace(self) -> uuid.UUID:
        """The namespace of this vault's event UIDs: random, made once.

        It is kept in the vault as soon as vaultrel publishes there, so that machines which share the vault agree;
        until then, on this computer.
        """
        for read in (partial(self.read_own, NAMESPACE_FILE), partial(self._private.get, "namespace")):
            with suppress(ValueError):
                return uuid.UUID((read() or b"").decode("ascii", "replace").strip())
        made = uuid.uuid4()
        self._private.keep("namespace", f"{made}\n".encode("ascii"))
        return made


class _Unkept(Struct, frozen=True):
    """What has been published and not kept yet.

    Attributes:
        snapshot: what the feeds were rendered of.
        bodies: of the feeds, by their names.
        namespace: of their events' UIDs.
        followed: whose events were whose, as `FollowedPeople.kept` had it before.
        people: whose they are now; None where nothing was rendered, or not all is published.
    """

    snapshot: Snapshot
    bodies: Mapping[str, bytes]
    namespace: uuid.UUID
    followed: bytes | None
    people: Identities | None


def _state(made_of: str, namespace: uuid.UUID, followed: bytes | None, bodies: Mapping[str, bytes]) -> bytes:
    """All that rendering goes by, as one digest: the snapshot, and what the feeds and their events' identities are."""
    parts = [made_of.encode("ascii"), namespace.bytes, followed or b"", *bodies.values()]
    digests = (hashlib.sha256(part).digest() for part in parts)
    return hashlib.sha256(b"".join(digests)).hexdigest().encode("ascii")


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
