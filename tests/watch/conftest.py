"""A small vault under a daemon, and the reports of its scans."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from vaultrel.app import ScanReport, Vault, open_vault
from vaultrel.watch import Watcher

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PATIENCE = 30.0
"""Seconds to wait for something that must happen; reached only when it does not."""


class Reports:
    """Scan reports as they come in, to wait for one that says what is expected."""

    def __init__(self) -> None:
        self.all: list[ScanReport] = []
        self._came = threading.Condition()

    def add(self, report: ScanReport) -> None:
        with self._came:
            self.all.append(report)
            self._came.notify_all()

    def wait_for(self, wanted: Callable[[list[ScanReport]], bool]) -> None:
        with self._came:
            assert self._came.wait_for(lambda: wanted(self.all), PATIENCE), f"never came; {len(self.all)} scans"


@pytest.fixture
def watching() -> Callable[..., object]:
    """A daemon on the vault, in a thread of its own, once it has scanned for the first time."""

    @contextmanager
    def watch(vault: Vault, poll_seconds: float | None = None) -> Iterator[tuple[Reports, Path, Watcher]]:
        reports = Reports()
        assert vault.root is not None
        watcher = Watcher(vault, vault.root, reports.add, poll_seconds)
        thread = threading.Thread(target=watcher.run)
        thread.start()
        try:
            reports.wait_for(lambda seen: len(seen) >= 1)
            yield reports, vault.root, watcher
        finally:
            watcher.stop()
            thread.join(PATIENCE)
            assert not thread.is_alive(), "the daemon did not stop when told to"

    return watch


IMPATIENT = "[watch]\ndebounce_seconds = 0.05\nquiet_seconds = 0\n"


@pytest.fixture
def vault(tmp_path: Path, home: Path) -> Vault:
    """Two notes, and a daemon that waits for nothing but events: it looks again by itself after an hour."""
    root = tmp_path / "vault"
    (root / "People").mkdir(parents=True)
    (root / ".vaultrel").mkdir()
    (root / ".vaultrel/config.toml").write_text(f"{IMPATIENT}rescan_seconds = 3600\n")
    (root / "People" / "Ada Stone.md").write_text("---\ntags: [person]\n---\n")
    (root / "2026-01-05.md").write_text("met:: [[Ada Stone]]\n")
    vault = open_vault(root)
    vault.grace_seconds = 0.0
    return vault
