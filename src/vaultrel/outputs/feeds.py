"""The calendars there are, the follow-ups that stand in each, and whether some bytes are a whole one."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, TypeAlias

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from vaultrel.model import NotePath
from vaultrel.settings import FurtherFeedSettings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vaultrel.model import FollowUp, PersonState, Snapshot
    from vaultrel.settings import Mode, Settings

Tags: TypeAlias = Mapping[NotePath, Collection[str]]
"""The tags of notes, without ``#``, as written."""

FIRST_FEED = "followups"
"""The feed that is always there, with every follow-up."""

_BEGIN = b"BEGIN:VCALENDAR\r\n"
_OWN_HEAD = _BEGIN + b"VERSION:2.0\r\nPRODID:-//vaultrel//vaultrel//EN\r\n"
_END = b"\r\nEND:VCALENDAR\r\n"


class Feed(Struct, frozen=True):
    """One calendar.

    Attributes:
        name: of its file, without ``.ics``.
        settings: the user's settings with this feed's own title, privacy and alarm in the place of the first's.
        lets_through: the filters; the first feed has none.
        publish_to: where a copy goes; empty for nowhere.
        publish_mode: permissions of that copy, in octal digits.
    """

    name: str
    settings: Settings
    lets_through: FurtherFeedSettings
    publish_to: str
    publish_mode: Mode

    @property
    def file_name(self) -> str:
        """The last part of its path and of its address."""
        return f"{self.name}.ics"


def list_feeds(settings: Settings) -> tuple[Feed, ...]:
    """Every feed that the settings ask for: the first, then the others by name."""
    first = Feed(FIRST_FEED, settings, FurtherFeedSettings(), settings.feed.publish_to, settings.feed.publish_mode)
    return (first, *(_further_feed(name, settings) for name in sorted(settings.feeds)))


def _further_feed(name: str, settings: Settings) -> Feed:
    own = settings.feeds[name]
    spelled = msgspec.structs.replace(
        settings.feed,
        name=own.name or f"{settings.feed.name}: {name}",
        privacy=own.privacy or settings.feed.privacy,
        alarm=own.alarm or settings.feed.alarm,
        # What contact answered is not always known by its kind.
        keep_done_days=0 if own.kind else settings.feed.keep_done_days,
    )
    return Feed(name, msgspec.structs.replace(settings, feed=spelled), own, own.publish_to, own.publish_mode)


def select_for_feed(feed: Feed, snapshot: Snapshot, tags: Tags) -> Snapshot:
    """The snapshot with the people and follow-ups that the feed lets through.

    Args:
        feed: whose filters all have to let a follow-up through.
        snapshot: everybody.
        tags: of each person's note; needed only when `filters_tags`.
    """
    if feed.name == FIRST_FEED:
        return snapshot
    lets_through = _person_filter(feed.lets_through, tags)
    people = [state for state in snapshot.people if lets_through(state)]
    paths = {state.person.path for state in people}
    kinds: Collection[str] = feed.lets_through.kind

    def let_through(followups: tuple[FollowUp, ...]) -> tuple[FollowUp, ...]:
        return tuple(each for each in followups if each.person in paths and (not kinds or _kind(each) in kinds))

    return replace(
        snapshot,
        people=tuple(people if not kinds or "birthday" in kinds else map(_without_birthday, people)),
        followups=let_through(snapshot.followups),
        waiting=let_through(snapshot.waiting),
    )


def filters_tags(feeds: Iterable[Feed]) -> bool:
    """Whether any of the feeds asks for tags."""
    return any(feed.lets_through.tag for feed in feeds)


def _kind(followup: FollowUp) -> str:
    """The kind of event that a follow-up is: a birthday is one even where the plan made room for it."""
    return "birthday" if followup.cycle.startswith("birthday:") else followup.kind


def _without_birthday(state: PersonState) -> PersonState:
    return replace(state, person=replace(state.person, birthday=None))


def _person_filter(wanted: FurtherFeedSettings, tags: Tags) -> Callable[[PersonState], bool]:
    circles = {circle.strip().casefold() for circle in wanted.circle}

    def lets_through(state: PersonState) -> bool:
        return (
            (not circles or state.person.circle in circles)
            and (not wanted.band or state.tie.band in wanted.band)
            and (not wanted.tag or any(_is_tagged(tag, tags.get(state.person.path, ())) for tag in wanted.tag))
        )

    return lets_through


def _is_tagged(wanted: str, tags: Collection[str]) -> bool:
    """Whether the tag, or one nested below it, is among a note's tags; case does not matter, as in Obsidian."""
    folded = wanted.strip().removeprefix("#").casefold()
    return any(f"{tag}/".casefold().startswith(f"{folded}/") for tag in tags)


def feed_namespace(feed: Feed, namespace: uuid.UUID) -> uuid.UUID:
    """The namespace of the feed's UIDs: one of its own, so that a program that knows two feeds keeps them apart."""
    return namespace if feed.name == FIRST_FEED else uuid.uuid5(namespace, f"feed\0{feed.name}")


def is_whole_feed(data: bytes) -> bool:
    """Whether these bytes can be a feed that vaultrel wrote, from its beginning to its end.

    A cheap look that finds what a full disk, a power cut or a sync program leaves: an empty file, half a file, blocks
    of zeros, two versions in one. Text in it cannot deceive: no line of a value begins without a space.
    `vaultrel.outputs.feed_check` reads everything.
    """
    return (
        data.startswith(_BEGIN)
        and data.endswith(_END)
        and b"\0" not in data
        and b"\r\n" + _BEGIN not in data
        and data.count(b"\r\nBEGIN:") == data.count(b"\r\nEND:") - 1
    )


def is_own_feed(data: bytes) -> bool:
    """Whether these bytes begin like a feed of vaultrel's, whole or not: others are not replaced by one."""
    return data.startswith(_OWN_HEAD)
