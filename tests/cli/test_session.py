from __future__ import annotations

import io
import sys
from typing import Literal

import pytest

from vaultrel import clock
from vaultrel.cli.session import Session


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def session_with(**options: bool | Literal["auto", "always", "never"]) -> Session:
    session = Session()
    for name, value in options.items():
        setattr(session, name, value)
    return session


def shown_while_working(
    session: Session, monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, seconds_a_note: float
) -> str:
    """What appears on standard error while ten notes are read, each taking that long."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setattr(sys, "stderr", stream)
    times = iter(seconds_a_note * count for count in range(100))
    monkeypatch.setattr(clock, "monotonic", lambda: next(times))
    with session.progress("Reading") as progress:
        for done in range(1, 11):
            if progress is not None:
                progress(done, 10)
    return stream.getvalue()


def test_a_bar_appears_when_the_work_takes_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = shown_while_working(Session(), monkeypatch, Terminal(), seconds_a_note=0.2)
    assert "Reading" in shown
    assert "10/10" in shown


@pytest.mark.parametrize(
    ("session", "seconds_a_note"), [(Session(), 0.01), (session_with(quiet=True), 1.0), (session_with(json=True), 1.0)]
)
def test_no_bar_for_quick_work_or_when_nobody_wants_one(
    monkeypatch: pytest.MonkeyPatch, session: Session, seconds_a_note: float
) -> None:
    assert shown_while_working(session, monkeypatch, Terminal(), seconds_a_note) == ""


def test_no_bar_where_there_is_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    assert shown_while_working(Session(), monkeypatch, io.StringIO(), seconds_a_note=1.0) == ""


COLOR_CASES: list[tuple[Literal["auto", "always", "never"], str, bool]] = [
    ("auto", "", True),
    ("auto", "1", False),
    ("always", "1", True),
    ("never", "", False),
]


@pytest.mark.parametrize(("color", "no_color", "colored"), COLOR_CASES)
def test_colour_on_a_terminal_follows_the_option_then_no_color(
    monkeypatch: pytest.MonkeyPatch,
    color: Literal["auto", "always", "never"],
    no_color: str,
    colored: bool,  # noqa: FBT001 - a parameter of the case
) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("NO_COLOR", no_color)
    assert session_with(color=color).colors(Terminal()) is colored
