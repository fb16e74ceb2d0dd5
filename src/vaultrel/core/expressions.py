"""Regular expressions compiled at their first use: a run in which no note has changed needs few of them."""

from __future__ import annotations

import re
from functools import cache, partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def lazily(pattern: str, flags: int = 0) -> Callable[[], re.Pattern[str]]:
    """What gives the compiled expression, always the same one; arguments as for `re.compile`."""
    return cache(partial(re.compile, pattern, flags))
