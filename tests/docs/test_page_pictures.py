"""The pictures of the web page: there, small, and of the sample vault on the screens that the how-to names."""

from __future__ import annotations

import re
import struct
from pathlib import Path

import pytest

HOW_TO = Path(__file__).parents[2] / "docs/how-to/read-the-page.md"
PICTURES = sorted(set(re.findall(r"!\[[^]]+\]\(([^)]+\.png)\)", HOW_TO.read_text("utf-8"))))
WIDTHS = {"page-dark.png": 1280, "page-light.png": 1280, "page-phone.png": 390}


def test_the_page_is_pictured_in_light_in_the_dark_and_on_a_phone() -> None:
    assert [Path(picture).name for picture in PICTURES] == list(WIDTHS)


@pytest.mark.parametrize("picture", PICTURES)
def test_a_picture_is_small_and_as_wide_as_the_screen_it_shows(picture: str) -> None:
    data = (HOW_TO.parent / picture).read_bytes()
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack(">I", data[16:20]) == (WIDTHS[Path(picture).name],)
    assert len(data) < 300_000
