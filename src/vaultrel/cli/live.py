"""What the two commands that keep running share: stopping when asked, saying what happens."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

    from vaultrel.cli.screen import Screen, Style
    from vaultrel.cli.session import Session

log = logging.getLogger("vaultrel.cli")


@contextmanager
def stopping(stop: Callable[[], None]) -> Iterator[None]:
    """Call `stop`, from another thread, when the process is asked to end (SIGTERM) or Ctrl-C is typed.

    A handler in Python runs only when the main thread gets round to it: a signal that comes just before that
    thread waits would be noticed after the wait. The byte written to the wake-up pipe is never late.
    """
    reading, writing = os.pipe()
    os.set_blocking(writing, False)

    def wait_for_signal() -> None:
        if os.read(reading, 1):
            stop()

    waiter = threading.Thread(target=wait_for_signal, name="vaultrel-signals", daemon=True)
    handlers = {number: signal.signal(number, _note_signal) for number in (signal.SIGTERM, signal.SIGINT)}
    wakeup = signal.set_wakeup_fd(writing)
    waiter.start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(wakeup)
        for number, handler in handlers.items():
            signal.signal(number, handler)
        os.close(writing)
        waiter.join()
        os.close(reading)


def _note_signal(_signal: int, _frame: FrameType | None) -> None:
    """Keep the first signal from ending the process: the wake-up pipe tells of it. A second Ctrl-C does not wait."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


class _ScreenHandler(logging.Handler):
    """Shows log records with their time; like everything shown, cleaned of what could steer a terminal."""

    def __init__(self, screen: Screen, level: int) -> None:
        super().__init__(level)
        self._screen = screen
        self._time = logging.Formatter(datefmt="%Y-%m-%d %H:%M:%S")

    def emit(self, record: logging.LogRecord) -> None:
        """Print one record, a line of its message to a line."""
        stamp = self._time.formatTime(record, self._time.datefmt)
        style: Style = "warn" if record.levelno >= logging.WARNING else "plain"
        for line in record.getMessage().splitlines():
            self._screen.line((stamp, "quiet"), "  ", (line, style))


@contextmanager
def logging_to(session: Session) -> Iterator[None]:
    """Show what happens on standard error while this lasts: with -q only warnings, with -v everything."""
    from vaultrel.cli.screen import Screen

    level = logging.WARNING if session.quiet else logging.DEBUG if session.verbose else logging.INFO
    handler = _ScreenHandler(Screen(sys.stderr, color=session.colors(sys.stderr)), level)
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(level)
    try:
        yield
    finally:
        root.setLevel(before)
        root.removeHandler(handler)
