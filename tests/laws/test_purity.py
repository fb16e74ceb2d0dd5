"""Law 5: the core and the outputs are pure: no file, socket, process or database is touched while they work."""

from __future__ import annotations

import datetime as dt
import sys
import uuid
from pathlib import Path

import pytest

from vaultrel.core.derive import derive
from vaultrel.core.notes import parse_note
from vaultrel.core.patches import plan_patches
from vaultrel.model import NotePath
from vaultrel.outputs import OUTPUTS
from vaultrel.outputs.base import RenderContext
from vaultrel.settings import DEFAULT_SETTINGS

SAMPLE_VAULT = Path(__file__).parents[2] / "sample_vault"
TOUCHES_THE_WORLD = ("open", "os.", "socket.", "sqlite3.", "subprocess.", "shutil.", "tempfile.", "ctypes.", "import")

_watching = False
_seen: list[str] = []


def _record(event: str, _arguments: tuple[object, ...]) -> None:
    if _watching and event.startswith(TOUCHES_THE_WORLD):
        _seen.append(event)


sys.addaudithook(_record)


def _run_everything() -> None:
    files = {path: path.read_bytes() for path in sorted(SAMPLE_VAULT.rglob("*.md"))}
    context = RenderContext("Sample", DEFAULT_SETTINGS, dt.datetime(2026, 6, 30, tzinfo=dt.UTC), uuid.UUID(int=1), None)
    global _watching  # noqa: PLW0603 - an audit hook can never be removed, only told to look away
    _watching = True
    try:
        notes = {
            NotePath(path.relative_to(SAMPLE_VAULT).as_posix()): parse_note(
                NotePath(path.relative_to(SAMPLE_VAULT).as_posix()), data
            )
            for path, data in files.items()
        }
        snapshot = derive(notes.values(), DEFAULT_SETTINGS, dt.date(2026, 6, 30))
        plan_patches(snapshot.people, notes)
        for output in OUTPUTS:
            output.render(snapshot, context)
    finally:
        _watching = False


def test_deriving_and_rendering_touch_nothing_outside_memory() -> None:
    _run_everything()  # modules that are imported late are imported now
    _seen.clear()
    _run_everything()
    assert _seen == []


def test_the_audit_hook_would_have_seen_a_file_being_opened(tmp_path: Path) -> None:
    global _watching  # noqa: PLW0603 - see above
    _seen.clear()
    _watching = True
    try:
        (tmp_path / "x").write_text("x")
    finally:
        _watching = False
    assert "open" in _seen


@pytest.mark.parametrize("model", ["two-memories", "recency", "frequency"])
def test_every_strength_model_is_chosen_by_name(model: str) -> None:
    from vaultrel.core.strength import get_model

    assert get_model(model).name == model
