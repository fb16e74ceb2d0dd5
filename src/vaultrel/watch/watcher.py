"""Keeps one vault current: file events, debounced, lead to `Vault.scan`.

File events only say where something may have changed; what changed is always decided by the scan, which compares the
files. So an event too many costs a look, an event lost is caught by the next rescan of all notes, and our own writes,
which leave nothing to change, end the chain by themselves. Where events cannot be relied upon, that is noticed: the
folders are then watched anew and looked at, or, where the system does not watch them, looked at again and again.
"""

from __future__ import annotations

import logging
import math
import os
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol

from vaultrel import clock
from vaultrel.app.kept_answer import SETTINGS_FILES
from vaultrel.app.opening import SettingsFollower
from vaultrel.app.watching import Watching
from vaultrel.core.debounce import Debouncer
from vaultrel.core.scope import skip_reason
from vaultrel.core.settled_names import names_path
from vaultrel.core.ticks import ticks_path
from vaultrel.errors import VaultrelError
from vaultrel.watch.events import NOTES_IN_FOLDER, FileEvents, Inbox
from vaultrel.watch.resting import Rest
from vaultrel.watch.system import remote_file_system

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Collection, Mapping, Sized
    from pathlib import Path

    from vaultrel.app import Vault
    from vaultrel.settings import Settings
    from vaultrel.watch.worker import Worker

log = logging.getLogger("vaultrel.watch")

LONGEST_WAIT_FACTOR = 10.0
"""A stream of saves that never pauses is read after this many debounce windows at the latest."""

KEEP_AFTER_SECONDS = 60.0
"""What is known is kept for other commands once nothing has happened for this long."""

KEEP_SHARE = 0.005
"""The most of its time that the daemon spends on that: a large vault's is kept less often."""

RETRY_SECONDS = 60.0
"""After a scan that could not be done (vault away, another writer), try again this soon."""

POLL_SECONDS = 60.0
"""How often to look at files whose changes the system does not report."""

POLL_SHARE = 0.01
"""The most of its time that the daemon spends on that."""

HEARTBEAT_SECONDS = 10.0
"""How often to look whether the watching itself still works, and the computer has not slept."""

MOST_TOLD = 100
"""With more paths than this in one batch, looking at every note is as quick, and safer."""

CLOCK_JUMP_SECONDS = 5.0
"""The wall clock and the monotonic one come apart by this much when the computer slept or its clock was set."""


class Outcome(Protocol):
    """What the watcher goes by of what a scan did; see `ScanReport`."""

    @property
    def notes_read(self) -> int: ...  # noqa: D102 - as in `ScanReport`, and all that follow
    @property
    def applied(self) -> Sized: ...  # noqa: D102
    @property
    def waiting(self) -> Sized: ...  # noqa: D102
    @property
    def retry_seconds(self) -> float: ...  # noqa: D102
    @property
    def published(self) -> Sized: ...  # noqa: D102


class Scanner(Protocol):
    """Who scans: a `Vault` in this process, or a `Worker` in one of its own."""

    @property
    def folders(self) -> Mapping[str, tuple[int, int]]:
        """As `Vault.folders`."""

    def scan(self, *, quiet_seconds: float, among: Collection[str] | None) -> Outcome:
        """As `Vault.scan`."""

    def keep_snapshot(self) -> None:
        """As `Vault.keep_snapshot`."""


class Watcher:
    """Keeps one vault's fields and feed current until told to stop.

    Args:
        vault: the vault, open.
        root: its folder, to be watched.
        on_report: called after every scan with what came of it, a `ScanReport` or what the worker gave; on the
            watching thread.
        poll_seconds: look at the files this often instead of asking the system for events (network folders).
        given: what the vault was opened with instead of its own settings file, if anything.
        worker: scans in the vault's place, in a process of its own that is let go when it is long quiet.
    """

    def __init__(
        self,
        vault: Vault,
        root: Path,
        on_report: Callable[[Any], None],
        poll_seconds: float | None = None,
        given: Settings | None = None,
        worker: Worker | None = None,
    ) -> None:
        self._vault = vault
        self._worker = worker
        self._scanner: Scanner = worker or vault
        self._rest = Rest(vault, worker)
        self._root = root
        self._on_report = on_report
        self._poll_seconds = poll_seconds
        self._settings = SettingsFollower(vault, given)
        self._inbox = Inbox()
        self._events = FileEvents(root, self._inbox)
        self._stopping = threading.Event()
        self._debouncer = self._new_debouncer()
        self._keep_at = math.inf
        self._kept_until = 0.0
        """No sooner than at this moment is it worth keeping again."""
        self._clock_offset = clock.wall_seconds() - clock.monotonic()
        self._doubt = ""
        """Why changes may have been missed that no scan has looked for since."""
        self._folders: Mapping[str, tuple[int, int]] = {}
        """Those that were last held against what the system watches."""
        self._unwatched: frozenset[str] = frozenset()
        self._is_quiet = False
        """Whether the last scan found nothing new, and nothing to do."""
        self._look_around_at = -math.inf
        """From this moment on every note is looked at, whatever the events tell."""
        self._since = clock.utc_now()
        self._last_trouble: tuple[str, dt.datetime | None] = ("", None)
        self._told: Watching | None = None

    def stop(self) -> None:
        """Ask `run` to return after the scan it is in, if any. From any thread, but not from a signal handler."""
        self._stopping.set()
        self._inbox.wake()

    def run(self) -> None:
        """Scan once, then after every change, at midnight, and at least every `rescan_seconds`, until `stop`.

        An error of one scan is logged and tried again at the next occasion: the daemon outlives a vault that is
        unmounted for a while.
        """
        if self._poll_seconds is None and (kind := remote_file_system(self._root)) is not None:
            self._poll_seconds = POLL_SECONDS
            log.warning(
                "The vault is on a network folder (%s), where changes made elsewhere are not reported. "
                "Looking at the files every %g seconds; --poll SECONDS sets another time.",
                kind,
                POLL_SECONDS,
            )
        try:
            self._loop()
        finally:
            self._events.stop()
            if self._worker is not None:
                self._worker.end()
            self._vault.keep_watching(None)

    def _loop(self) -> None:
        scan_at = self._scan()
        while not self._stopping.is_set():
            deadlines = (scan_at, self._keep_at, self._rest.at, self._debouncer.next_deadline() or math.inf)
            changed = self._inbox.take(
                max(0.0, min(*deadlines, clock.monotonic() + HEARTBEAT_SECONDS) - clock.monotonic())
            )
            if self._stopping.is_set():
                return
            now = clock.monotonic()
            for path in map(self._within_vault, changed):
                if path is not None and self._is_of_interest(path):
                    self._debouncer.add(path, now)
            self._look_for_trouble(now)
            batch = self._debouncer.ready(now)
            if batch or now >= scan_at:
                scan_at = self._scan(batch if now < scan_at else None)
            elif now >= self._keep_at:
                self._keep()
            elif now >= self._rest.at:
                scan_at = self._let_go(scan_at)

    def _let_go(self, scan_at: float) -> float:
        """Let the worker go, unless there still is something to do; when to look again, until now at `scan_at`."""
        found = self._rest.look()
        if found is not None:
            scan_at = self._scan()
        if found is not None and self._is_quiet:
            self._rest.begin(found)
        else:
            self._rest.put_off()
        return scan_at

    def _look_for_trouble(self, now: float) -> None:
        """Have everything looked at, soon, if changes may have been missed."""
        offset = clock.wall_seconds() - now
        jumped = abs(offset - self._clock_offset) > CLOCK_JUMP_SECONDS
        self._clock_offset = offset
        trouble = self._events.trouble()
        if trouble is None and jumped:
            trouble = "the computer slept, or its clock was set"
        if trouble is not None and not self._doubt:
            self._note_trouble(trouble)
            self._doubt = trouble
            self._debouncer.add(NOTES_IN_FOLDER, now)

    def _note_trouble(self, trouble: str) -> None:
        self._last_trouble = (trouble, clock.utc_now())
        log.warning("Looking at every note: %s.", trouble)

    def _keep(self) -> None:
        """Let other commands have what the last scan found, so that they need not work it out again."""
        began = clock.monotonic()
        with suppress(VaultrelError):  # it only saves time
            self._scanner.keep_snapshot()
        self._kept_until = clock.monotonic() + (clock.monotonic() - began) / KEEP_SHARE
        self._keep_at = math.inf

    def _within_vault(self, changed: str) -> str | None:
        """An event's path as notes have it; None for one outside the vault."""
        base = f"{self._root}{os.sep}"
        return changed[len(base) :].replace(os.sep, "/") if changed.startswith(base) else None

    def _is_of_interest(self, path: str) -> bool:
        """Whether an event's path is one that a scan would look at, or that settings come from."""
        settings = self._vault.settings
        known = {names_path(settings), ticks_path(settings), *SETTINGS_FILES}
        return path in known or skip_reason(path, settings) is None

    # -- one scan --------------------------------------------------------------------------------------------

    def _scan(self, changed: frozenset[str] | None = None) -> float:
        """Scan, report, and say when (on the monotonic clock) to look again at the latest.

        Args:
            changed: where something happened since the last scan; by default every note is looked at.
        """
        self._watch()
        self._take_over_settings()
        settings = self._vault.settings.watch
        period = self._poll_seconds or settings.rescan_seconds
        began = clock.monotonic()
        among = changed if self._is_told_by(changed) else None
        report: Outcome | None = None
        try:
            if not self._rest.holds():
                report = self._scanner.scan(quiet_seconds=settings.quiet_seconds, among=among)
        except VaultrelError as error:
            log.warning("%s", error)
            period = min(period, RETRY_SECONDS)
            self._look_around_at = began
        else:
            if among is None:
                self._look_around_at = began + period
            period = min(period, max(0.0, self._look_around_at - clock.monotonic()))
        if report is not None:
            period = min(period, self._take_note(report))
        took = clock.monotonic() - began
        if self._poll_seconds is None:
            # A scan that was told where to look has found no folder that the last one did not.
            looked_around = among is None or self._scanner.folders != self._folders
            if looked_around and self._watch_the_rest():
                period = min(period, settings.debounce_seconds)
            if self._unwatched or not self._events.is_running:
                period = min(period, max(POLL_SECONDS, took / POLL_SHARE))
        self._tell()
        if report is not None:
            self._on_report(report)
        return clock.monotonic() + min(period, clock.seconds_to_midnight())

    def _take_note(self, report: Outcome) -> float:
        """Plan what is done once it has been quiet for a while; the seconds until a note that waits can be written."""
        self._keep_at = max(clock.monotonic() + KEEP_AFTER_SECONDS, self._kept_until)
        self._is_quiet = not (report.notes_read or report.applied or report.waiting or report.published)
        if not self._is_quiet or self._rest.at == math.inf:
            self._rest.put_off()
        return max(report.retry_seconds, self._vault.settings.watch.debounce_seconds) if report.waiting else math.inf

    def _is_told_by(self, changed: frozenset[str] | None) -> bool:
        """Whether it is enough to look where something happened: a few notes, and no reason to doubt the events."""
        return (
            changed is not None
            and len(changed) <= MOST_TOLD
            and not any(path.rpartition("/")[2] == NOTES_IN_FOLDER for path in changed)
            and not self._unwatched
            and clock.monotonic() < self._look_around_at
        )

    def _watch(self) -> None:
        """Have the system report changes, before the files are looked at so that none falls between; anew in doubt."""
        doubt, self._doubt = self._doubt, ""
        if doubt:
            self._look_around_at = clock.monotonic()
        if self._poll_seconds is not None or (self._events.is_running and not doubt):
            return
        try:
            self._events.start()
        except OSError as error:
            trouble = f"the system does not watch the vault ({error.strerror or error})"
            if trouble != self._last_trouble[0]:
                log.warning("Looking at the files every %g seconds: %s.", POLL_SECONDS, trouble)
            self._last_trouble = (trouble, clock.utc_now())

    def _watch_the_rest(self) -> bool:
        """Watch anew if folders came to be unwatched; true if the files must be looked at once more."""
        self._folders = self._scanner.folders
        missing = self._find_unwatched()
        fresh = bool(missing - self._unwatched)
        if fresh:
            self._doubt = "folders were not watched"
            self._watch()
            missing = self._find_unwatched()
        if missing - self._unwatched:
            count = len(self._scanner.folders)
            trouble = f"the system watches {count - len(missing)} of {count} folders"
            log.warning(
                "Looking at the files every %g seconds: %s. On Linux fs.inotify.max_user_watches is the limit.",
                POLL_SECONDS,
                trouble,
            )
            self._last_trouble = (trouble, clock.utc_now())
        self._unwatched = missing
        if fresh:
            self._look_around_at = clock.monotonic()
        # What was reported while watching began anew went nowhere.
        return fresh

    def _find_unwatched(self) -> frozenset[str]:
        """The folders last listed, and still there, on which the system does not report."""
        folders = self._scanner.folders
        return frozenset(
            folder for folder in self._events.unwatched(folders) if _has_inode(self._root / folder, folders[folder][1])
        )

    def _take_over_settings(self) -> None:
        """Go by the vault's settings as they are now; by those from before while they cannot be used."""
        followed = self._settings.follow()
        if followed == "unsettled":
            self._debouncer.add(NOTES_IN_FOLDER, clock.monotonic())
        elif followed == "changed":
            self._rest.begin(None)
            self._debouncer = self._new_debouncer()

    def _new_debouncer(self) -> Debouncer:
        window = self._vault.settings.watch.debounce_seconds
        return Debouncer(window, window * LONGEST_WAIT_FACTOR)

    def _tell(self) -> None:
        """Let `doctor` know how the vault is watched."""
        polling = not self._events.is_running
        trouble, at = self._last_trouble
        now = Watching(
            process=os.getpid(),
            since=self._since,
            mode="polling" if polling else "events",
            poll_seconds=self._poll_seconds
            or (POLL_SECONDS if polling or self._unwatched else self._vault.settings.watch.rescan_seconds),
            folders=len(self._scanner.folders),
            unwatched=len(self._unwatched),
            trouble=trouble,
            trouble_at=at,
        )
        if now != self._told:
            self._vault.keep_watching(now)
            self._told = now


def _has_inode(folder: Path, inode: int) -> bool:
    try:
        return folder.stat().st_ino == inode
    except OSError:
        return False
