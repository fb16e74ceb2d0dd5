"""`make clients` asks for more texts than every test run does."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--client-texts", type=int, default=1000, help="how many hostile texts each parser reads")
    parser.addoption("--client-seed", type=int, default=2026, help="which hostile texts these are")
    parser.addoption("--thunderbird", action="store_true", help="start Thunderbird as well, without a window")
