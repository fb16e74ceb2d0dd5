"""The time of day that a line gives for a day it is about."""

from __future__ import annotations

import datetime as dt
import re
from functools import cache

from vaultrel.core.dates import coming_day_in_text, days_in_text, parse_moment, parse_time


def time_on(text: str, day: dt.date) -> dt.time | None:
    """The time of day in a line about `day`; None where it gives none, and the whole day is meant.

    That is the time right after the day (``2026-07-03 14:30``, ``on 3 July at 2 pm``), else one that stands after
    *at*, *um* or the like. Numbers that merely look like a time (``John 3:16``) are none.

    Args:
        text: the line, of which the first 400 code points are looked at.
        day: the day, which may be written without its year or as a weekday.
    """
    days = days_in_text(text)
    ends = [found.end for found in days if found.day == day]
    if not ends and day > dt.date.min and (coming := coming_day_in_text(text, day - dt.timedelta(1))) is not None:
        ends = [coming.end] if coming.day == day else []
    for end in ends:
        if (moment := parse_moment(f"{day.isoformat()}{text[end:]}")) is not None and moment.time is not None:
            return moment.time
    if any(found.day != day for found in days):
        return None  # it may be that day's
    said = _after_at().search(text[:400])
    return parse_time(text[said.end() :]) if said else None


@cache
def _after_at() -> re.Pattern[str]:
    return re.compile(
        r"(?<!\w)(?:at|um|om|kl\.?|klo|à|a[ ]las|alle|às|@|⏰)[ ]?"
        r"(?=[0-9]{1,2}(?:[:：h][0-9]{2}|[ ]?[AaPp]\.?[Mm]\b))",
        re.IGNORECASE,
    )
