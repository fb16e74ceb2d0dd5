"""The dates of the sample vault, moved so that its story is current on any day.

Only ISO dates move (``2026-06-30``, also inside names, links and date-times): they keep their length, so every
byte around them stays in place. Dates written in words are left alone; the sample vault has none.
"""

from __future__ import annotations

import datetime as dt
import re

STORY_DAY = dt.date(2026, 6, 30)
"""The day on which the sample vault, as it is kept, is current."""

FIRST_DAY = dt.date(2023, 1, 1)
LAST_DAY = dt.date(2028, 12, 31)
"""Only days from `FIRST_DAY` to `LAST_DAY` belong to the story. Birthdays are earlier and never move."""

_ISO_DATE = re.compile(rb"(?<![0-9])[0-9]{4}-[0-9]{2}-[0-9]{2}(?![0-9])")


def demo_shift_days(today: dt.date) -> int:
    """The number of days by which the sample vault is shifted for a demonstration on `today`.

    Returns:
        A multiple of 7, so that "Saturday" in a note stays true, which brings `STORY_DAY` to `today` or to one of
        the 6 days before it.
    """
    return (today - STORY_DAY).days // 7 * 7


def shift_dates(path: str, data: bytes, days: int) -> tuple[str, bytes]:
    """The path and content of a file with every date of the story moved by a number of days.

    Links keep leading to their notes when all files of a vault are shifted alike. Shifting by ``-days`` gives the
    original back as long as no date has left the years of the story.

    Args:
        path: the file's path in the vault; folder names are shifted too.
        data: any bytes; what is no valid date is kept.
        days: how far to move, positive into the future.

    Returns:
        The new path and the new content, each as long as before.
    """

    def shift(match: re.Match[bytes]) -> bytes:
        return _shift_date(match[0], days)

    return _ISO_DATE.sub(shift, path.encode()).decode(), _ISO_DATE.sub(shift, data)


def _shift_date(text: bytes, days: int) -> bytes:
    try:
        day = dt.date.fromisoformat(text.decode("ascii"))
        if FIRST_DAY <= day <= LAST_DAY:
            return (day + dt.timedelta(days=days)).isoformat().encode("ascii")
    except (ValueError, OverflowError):  # 2026-02-30, or a day beyond the calendar
        pass
    return text
