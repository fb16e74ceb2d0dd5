"""What every test relies on: a home of its own, a fixed time zone, and Hypothesis that finds the same each time."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

settings.register_profile("project", derandomize=True, deadline=None)
settings.load_profile("project")

HOME_VARIABLES = {
    "HOME": "",
    "XDG_CACHE_HOME": ".cache",
    "XDG_CONFIG_HOME": ".config",
    "XDG_DATA_HOME": ".local/share",
    "XDG_STATE_HOME": ".local/state",
}


def _point_home_at(folder: Path, patch: pytest.MonkeyPatch) -> None:
    for variable in [name for name in os.environ if name.startswith("VAULTREL_")]:
        patch.delenv(variable)
    for variable, place in HOME_VARIABLES.items():
        patch.setenv(variable, str(folder / place))
    for variable in ("NO_COLOR", "COLUMNS", "FORCE_COLOR"):
        patch.delenv(variable, raising=False)
    patch.setenv("TZ", "UTC")
    time.tzset()


@pytest.fixture(scope="session", autouse=True)
def _nobody_s_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test may see, or leave anything in, the home of whoever runs the tests."""
    with pytest.MonkeyPatch.context() as patch:
        _point_home_at(tmp_path_factory.mktemp("home"), patch)
        yield


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home for one test."""
    folder = tmp_path / "home"
    folder.mkdir()
    _point_home_at(folder, monkeypatch)
    return folder
