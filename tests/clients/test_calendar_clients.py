"""Real calendar programs subscribe to the feed as it is served: vdirsyncer fetches, khal shows."""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
import shutil
import subprocess
import sys
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from vaultrel.model import FollowUp, NotePath, Snapshot
from vaultrel.outputs import RenderContext, get_output
from vaultrel.server import FeedHolder, FeedServer, PublishedFeed, feed_route, make_app
from vaultrel.settings import DEFAULT_SETTINGS

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.client

TOKEN = "s3cret"
AS_OF = dt.date(2026, 6, 30)
NOW = dt.datetime(2026, 6, 30, 8, tzinfo=dt.UTC)

VDIRSYNCER_CONFIG = """\
[general]
status_path = "{home}/status/"

[pair followups]
a = "remote"
b = "local"
collections = null

[storage remote]
type = "http"
url = "{url}"

[storage local]
type = "filesystem"
path = "{home}/calendar/"
fileext = ".ics"
"""

KHAL_CONFIG = """\
[calendars]
[[followups]]
path = {home}/calendar/
readonly = True

[locale]
timeformat = %H:%M
dateformat = %Y-%m-%d
longdateformat = %Y-%m-%d
datetimeformat = %Y-%m-%d %H:%M
longdatetimeformat = %Y-%m-%d %H:%M
local_timezone = UTC
default_timezone = UTC

[sqlite]
path = {home}/khal.db
"""


def find_program(name: str) -> str:
    """The program next to this Python, else on the path; without it the test is skipped by name."""
    found = shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


@dataclasses.dataclass
class Desk:
    """A user's home folder with a calendar that subscribes to a feed being served."""

    home: Path
    holder: FeedHolder
    vdirsyncer: str
    khal: str

    def run(self, *command: str) -> str:
        environment = {
            "HOME": str(self.home),
            "XDG_CONFIG_HOME": str(self.home / "config"),
            "XDG_DATA_HOME": str(self.home / "data"),
            "XDG_CACHE_HOME": str(self.home / "cache"),
            "VDIRSYNCER_CONFIG": str(self.home / "vdirsyncer.conf"),
            "PATH": os.environ.get("PATH", ""),
            "LANG": "C.UTF-8",
            "TZ": "UTC",
        }
        done = subprocess.run(
            command, env=environment, cwd=self.home, capture_output=True, text=True, check=False, timeout=120
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def sync(self) -> None:
        self.run(self.vdirsyncer, "sync")

    def list_days(self) -> list[str]:
        """The calendar from two days before `AS_OF` on, each event as ``day|title``."""
        shown = self.run(
            self.khal, "-c", str(self.home / "khal.conf"), "list", "--day-format", "", "--format",
            "{start-date}|{title}", "2026-06-28", "30d",
        )  # fmt: skip
        return [line for line in shown.splitlines() if line]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    programs = {name: find_program(name) for name in ("vdirsyncer", "khal")}
    holder = FeedHolder(PublishedFeed(b"", NOW), patience_seconds=0)
    server = FeedServer(make_app(lambda: [feed_route(holder, TOKEN)]))
    server.start()
    url = f"http://127.0.0.1:{server.port}/feed/{TOKEN}/followups.ics"
    (tmp_path / "calendar").mkdir()
    (tmp_path / "vdirsyncer.conf").write_text(VDIRSYNCER_CONFIG.format(home=tmp_path, url=url), "utf-8")
    (tmp_path / "khal.conf").write_text(KHAL_CONFIG.format(home=tmp_path), "utf-8")
    try:
        yield Desk(tmp_path, holder, **programs)
    finally:
        server.close()


def make_followup(name: str, day: dt.date | None, **changes: str) -> FollowUp:
    made = FollowUp(
        person=NotePath(f"People/{name}.md"),
        name=name,
        due=AS_OF,
        planned=day,
        kind="rhythm",
        cycle="contact:2026-05-12",
        last_time="Last time: 12 May 2026, meeting: “walked along the canal; talked, laughed”.",
        reason="You are usually in touch about every 35 days.",
        action="Propose coffee or lunch.",
        evidence=(),
    )
    return replace(made, **changes)


def render(snapshot: Snapshot, now: dt.datetime, previous: bytes | None = None) -> bytes:
    context = RenderContext("Vault", DEFAULT_SETTINGS, now, uuid.UUID(int=7), previous)
    return get_output("ics").render(snapshot, context)


def test_a_subscribed_calendar_shows_the_plan_and_follows_its_changes(desk: Desk) -> None:
    ada, zoe = make_followup("Ada Lind", dt.date(2026, 7, 2)), make_followup("Zoë 日本; “B, C”", dt.date(2026, 7, 3))
    waiting = (make_followup("Bo Dahl", None),)
    first = render(Snapshot(AS_OF, 9, followups=(ada, zoe), waiting=waiting), NOW)
    desk.holder.publish(first, NOW)
    desk.run(desk.vdirsyncer, "discover")
    desk.sync()
    assert desk.list_days() == [
        "2026-06-30|1 follow-up waiting",
        "2026-06-30|1 follow-up waiting",
        "2026-07-02|Ada Lind: Propose coffee or lunch",
        "2026-07-03|Zoë 日本; “B, C”: Propose coffee or lunch",
    ]

    later = NOW + dt.timedelta(hours=3)
    moved = replace(ada, planned=dt.date(2026, 7, 9), action="Call.")
    desk.holder.publish(render(Snapshot(AS_OF, 9, followups=(moved,)), later, first), later)
    desk.sync()
    assert desk.list_days() == ["2026-07-09|Ada Lind: Call"]


def test_a_calendar_that_syncs_an_unchanged_feed_changes_nothing(desk: Desk) -> None:
    feed = render(Snapshot(AS_OF, 9, followups=(make_followup("Ada Lind", AS_OF),)), NOW)
    desk.holder.publish(feed, NOW)
    desk.run(desk.vdirsyncer, "discover")
    desk.sync()
    before = {path: path.stat().st_mtime_ns for path in (desk.home / "calendar").iterdir()}
    desk.sync()
    assert {path: path.stat().st_mtime_ns for path in (desk.home / "calendar").iterdir()} == before
    assert len(before) == 1
