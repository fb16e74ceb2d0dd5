"""The one place that asks what time it is; everything else takes time as an argument."""

from __future__ import annotations

import datetime as dt
import time


def today() -> dt.date:
    """The current day in the computer's time zone."""
    return dt.date.today()  # noqa: TID251, DTZ011 - this is the clock, and it means the local day


def utc_now() -> dt.datetime:
    """The current moment in UTC, to the second."""
    return dt.datetime.now(dt.UTC).replace(microsecond=0)  # noqa: TID251 - this is the clock


def monotonic() -> float:
    """Seconds that only move forward, for measuring waits."""
    return time.monotonic()


def sleep(seconds: float) -> None:
    """Do nothing for that long; not at all when it is no positive number."""
    if seconds > 0:
        time.sleep(seconds)


def wall_seconds() -> float:
    """Seconds since 1970, to compare with the times the file system keeps."""
    return time.time()  # noqa: TID251 - this is the clock


def seconds_to_midnight() -> float:
    """Seconds until the next local day begins, at least one."""
    now = dt.datetime.now().astimezone()  # noqa: TID251 - this is the clock
    tomorrow = dt.datetime.combine(now.date() + dt.timedelta(days=1), dt.time()).astimezone()
    return max(1.0, (tomorrow - now).total_seconds())
