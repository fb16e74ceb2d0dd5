"""Turns a stream of file events into few batches; the time is always given, never asked for."""

from __future__ import annotations


class Debouncer:
    """Collects paths until they have been quiet, but never holds one back for too long.

    All times are seconds on one clock that only moves forward; which one is the caller's choice.

    Args:
        quiet_seconds: a batch is released when nothing was added for this long.
        max_wait_seconds: a batch is released when its oldest path has waited this long, quiet or not.
    """

    def __init__(self, quiet_seconds: float, max_wait_seconds: float) -> None:
        self._quiet_seconds = quiet_seconds
        self._max_wait_seconds = max_wait_seconds
        self._paths: set[str] = set()
        self._first_at = 0.0
        self._last_at = 0.0

    def add(self, path: str, now: float) -> None:
        """Note that something happened to a path."""
        if not self._paths:
            self._first_at = now
        self._paths.add(path)
        self._last_at = now

    def ready(self, now: float) -> frozenset[str]:
        """Hand over the batch if its time has come, and start a new one; otherwise nothing."""
        deadline = self.next_deadline()
        if deadline is None or now < deadline:
            return frozenset()
        batch = frozenset(self._paths)
        self._paths.clear()
        return batch

    def next_deadline(self) -> float | None:
        """The moment at which `ready` will next give something if nothing is added; None while empty."""
        if not self._paths:
            return None
        return min(self._last_at + self._quiet_seconds, self._first_at + self._max_wait_seconds)
