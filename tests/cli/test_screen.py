from __future__ import annotations

import io
import re

import pytest

from vaultrel.cli.screen import Screen, cells


def printed(*, color: bool = False, silent: bool = False) -> tuple[io.StringIO, Screen]:
    stream = io.StringIO()
    return stream, Screen(stream, color=color, silent=silent)


@pytest.mark.parametrize(
    ("text", "width"), [("Ada", 3), ("Tomás", 5), ("Toma\u0301s", 5), ("日本", 4), ("", 0), ("ﾊﾝ", 2)]
)
def test_text_is_as_wide_as_a_terminal_shows_it(text: str, width: int) -> None:
    assert cells(text) == width


def test_columns_line_up_whatever_the_script() -> None:
    stream, screen = printed()
    screen.table([("日本", "1", "a"), ("Ada Moreau", "12", "b")], right=frozenset({1}))
    assert stream.getvalue() == "日本         1  a\nAda Moreau  12  b\n"


def test_long_text_keeps_its_column(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    stream, screen = printed()
    screen.wrapped(["name: "], "some words that do not fit on one line")
    assert stream.getvalue() == "name: some words that do not\n      fit on one line\n"


def test_the_words_are_the_same_with_and_without_colour() -> None:
    plain, colored = printed(), printed(color=True)
    for _, screen in (plain, colored):
        screen.line("  ", ("Ada", "strong"), " [link](x) :smile: ", ("bad", "bad"))
    assert re.sub(r"\x1b\[[0-9;]*m", "", colored[0].getvalue()) == plain[0].getvalue()
    assert colored[0].getvalue() != plain[0].getvalue()


def test_what_could_steer_a_terminal_is_taken_out_and_the_layout_kept() -> None:
    stream, screen = printed()
    screen.line("  a\x1b[2Jb", "   ", ("c\u202ed\ne\x9bf", "strong"))
    assert stream.getvalue() == "  a [2Jb   cd e f\n"


def test_a_silent_screen_prints_nothing() -> None:
    stream, screen = printed(silent=True)
    screen.line("anything")
    assert stream.getvalue() == ""
