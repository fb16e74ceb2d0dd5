"""A browser that looks at pages and does what it is told; without one, tests are skipped by name."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import subprocess
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from vaultrel.app import open_vault
from vaultrel.outputs.base import RenderContext
from vaultrel.outputs.page_rendering import PageActions, render_page
from vaultrel.storage.memory import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vaultrel.model import Snapshot

HERE = Path(__file__).parent
SAMPLE_VAULT = HERE.parents[1] / "sample_vault"
SAMPLE_DAY = dt.date(2026, 6, 30)

INSTALL = "scripts/install_browser.sh installs it"


@dataclass(frozen=True)
class Visit:
    """What came of one page: an answer for each step, the addresses asked for, what the page complained of."""

    answers: list[Any]
    requests: list[str]
    problems: list[str]


class Browse(Protocol):
    """Opens each page, at its `url` and as its other keys say, and takes its `steps`; see drive.mjs."""

    def __call__(self, *pages: Mapping[str, Any]) -> list[Visit]: ...


@pytest.fixture(scope="session")
def browse() -> Browse:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    node = shutil.which("node")
    if chromium is None:
        pytest.skip(f"chromium is not installed; {INSTALL}")
    if node is None:
        pytest.skip(f"node is not installed, with which playwright-core runs; {INSTALL}")
    for package in ("playwright-core", "axe-core", "mermaid"):
        if not (HERE / "node_modules" / package).is_dir():
            pytest.skip(f"{package} is not installed; {INSTALL}")

    def visit(*pages: Mapping[str, Any]) -> list[Visit]:
        done = subprocess.run(
            [node, str(HERE / "drive.mjs")],
            input=json.dumps({"chromium": chromium, "pages": pages}).encode(),
            capture_output=True,
            check=False,
            timeout=540,
        )
        assert done.returncode == 0, done.stderr.decode()
        return [Visit(**told) for told in json.loads(done.stdout)]

    return visit


class MakePage(Protocol):
    """Writes the page of a snapshot into a file and gives its address."""

    def __call__(self, name: str, snapshot: Snapshot, actions: PageActions | None = ...) -> str: ...


@pytest.fixture(scope="session")
def make_page(tmp_path_factory: pytest.TempPathFactory) -> MakePage:
    folder = tmp_path_factory.mktemp("pages")

    def make(name: str, snapshot: Snapshot, actions: PageActions | None = None) -> str:
        settings = open_vault(MemoryStore({"Home.md": b""})).settings
        context = RenderContext("Notes", settings, dt.datetime(2026, 6, 30, tzinfo=dt.UTC), uuid.UUID(int=1))
        path = folder / f"{name}.html"
        path.write_bytes(render_page(snapshot, context, actions))
        return path.as_uri()

    return make


@pytest.fixture(scope="session")
def sample() -> Snapshot:
    return open_vault(SAMPLE_VAULT).snapshot(SAMPLE_DAY)


@pytest.fixture(scope="session")
def sample_page(make_page: MakePage, sample: Snapshot) -> str:
    """The page of the sample vault, with everything to press that a served page has."""
    return make_page("sample", sample, PageActions("t0ken", "webcal://127.0.0.1:8137/feed/x/followups.ics"))
