"""Whole vaults in and out: what is written into notes, exported and published, byte for byte.

A case is a folder with `case.toml` (`vault`, relative to it, and `as_of`) and `expected/`.
"""

from __future__ import annotations

import datetime as dt
import difflib
import tomllib
import uuid
from pathlib import Path

import pytest

from vaultrel.app import Vault, open_vault
from vaultrel.model import NotePath
from vaultrel.outputs import OUTPUTS
from vaultrel.outputs.base import RenderContext
from vaultrel.storage.memory import MemoryStore

CASES = sorted(case.parent for case in Path(__file__).parent.glob("*/case.toml"))
NAMESPACE = uuid.UUID("6f1d2b1e-5b0e-4a53-9a6e-0d9f3f3f7a10")


def _load(vault: Path) -> MemoryStore:
    return MemoryStore(
        {path.relative_to(vault).as_posix(): path.read_bytes() for path in vault.rglob("*") if path.is_file()}
    )


def _changes(before: dict[str, bytes], after: dict[str, bytes]) -> str:
    parts: list[str] = []
    for path in sorted(set(before) | set(after)):
        if path.endswith(".md") and before.get(path) != after.get(path):
            old, new = (side.get(path, b"").decode("utf-8-sig").splitlines() for side in (before, after))
            parts += [*difflib.unified_diff(old, new, f"a/{path}", f"b/{path}", n=0, lineterm=""), ""]
    return "\n".join(parts)


def _results(vault: Vault, store: MemoryStore, as_of: dt.date) -> dict[str, bytes]:
    before = store.files
    report = vault.scan(as_of=as_of)
    context = RenderContext(
        vault_name="Golden",
        settings=vault.settings,
        now=dt.datetime.combine(as_of, dt.time(7), dt.UTC),
        namespace=NAMESPACE,
        previous=None,
    )
    rendered = {f"export{output.suffix}": output.render(report.snapshot, context) for output in OUTPUTS}
    left_alone = [f"{d.path}:{d.line}: {d.code}: {d.message}\n" for d in report.diagnostics]
    return {
        "changes.diff": _changes(before, store.files).encode(),
        "left-alone.txt": "".join(left_alone).encode(),
        **rendered,
    }


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_vault_gives_what_was_reviewed(case: Path, request: pytest.FixtureRequest) -> None:
    description = tomllib.loads((case / "case.toml").read_text("utf-8"))
    store = _load((case / description["vault"]).resolve())
    results = _results(open_vault(store), store, description["as_of"])
    expected = case / "expected"
    if request.config.getoption("--update-golden", default=False):
        expected.mkdir(exist_ok=True)
        for name, data in results.items():
            (expected / name).write_bytes(data)
    assert {name: (expected / name).read_bytes() for name in results} == results


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_evidence_line_exists_and_names_what_it_shows(case: Path) -> None:
    description = tomllib.loads((case / "case.toml").read_text("utf-8"))
    store = _load((case / description["vault"]).resolve())
    snapshot = open_vault(store).snapshot(description["as_of"])
    texts = {path: data.decode("utf-8-sig", "replace").splitlines() for path, data in store.files.items()}
    shown = [(m.path, m.mention.line, m.mention.column, m.mention.surface) for m in snapshot.mentions]
    assert shown, "a golden case without one mention shows nothing"
    for path, line, column, surface in shown:
        assert texts[path][line - 1][column - 1 :].startswith(surface), f"{path}:{line}:{column} is not {surface!r}"
    for interaction in snapshot.interactions:
        assert 1 <= interaction.line <= max(1, len(texts[interaction.path])), f"{interaction} points nowhere"
    for followup in (*snapshot.followups, *snapshot.waiting):
        assert followup.evidence, f"{followup.name}: a follow-up without evidence"
        for evidence in followup.evidence:
            assert evidence.path in texts
            assert 1 <= evidence.line <= max(1, len(texts[NotePath(evidence.path)])), f"{evidence} points nowhere"
