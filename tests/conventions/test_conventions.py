"""Every written convention, end to end: a small vault in, what is found and written out.

The cases are in cases/*.toml. Each has a `name`, the rule it holds (`says`), people whose notes are empty (`knows`: a
name is a file in People/), the files of the vault, and what is expected of them; what a case does not name is not
compared. `docs/reference/conventions.md` names every case.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from vaultrel.app import Vault, open_vault
from vaultrel.core.scope import skip_reason
from vaultrel.storage.memory import MemoryStore

if TYPE_CHECKING:
    from vaultrel.app import ScanReport
    from vaultrel.model import Fact, NotePath, Snapshot

FILES = sorted((Path(__file__).parent / "cases").glob("*.toml"))
CASES = [case for file in FILES for case in tomllib.loads(file.read_text(encoding="utf-8"))["case"]]
AS_OF = dt.date(2026, 9, 1)

OURS = re.compile(rb"^rel_[a-z_]+: [^\r\n]*\r?\n", re.MULTILINE)
VALUE = re.compile(r"^(rel_[a-z_]+): [^\r\n]*", re.MULTILINE)
PLACE = re.compile(r"(.*) ([0-9]+):([0-9]+) (.*) -> .*")


def files_of(case: dict[str, Any]) -> dict[str, bytes]:
    return {
        **{f"People/{name}.md": b"" for name in case.get("knows", [])},
        **{path: text.encode() for path, text in case["vault"].items()},
    }


def bare(path: str | None) -> str:
    return (path or "").removesuffix(".md")


def show_mention(found: dict[str, Any]) -> str:
    who = {"resolved": bare(found["person"]), "ambiguous": "several", "unknown": "nobody known"}[found["resolution"]]
    contact = f", contact on {found['date']}" if found["contact"] else ""
    return f"{bare(found['path'])} {found['line']}:{found['column']} {found['surface']} -> {who}{contact}"


def show_meeting(found: dict[str, Any], not_held: set[NotePath]) -> str:
    when = " ".join(filter(None, (found["date"], found["time"])))
    who = ", ".join(bare(attendee["path"]) or f"?{attendee['name']}" for attendee in found["attendees"])
    return f"{when} {bare(found['path'])}: {who or 'nobody'}{' (not held)' if found['path'] in not_held else ''}"


def show_interaction(found: dict[str, Any]) -> str:
    return f"{found['date']} {bare(found['person'])}: {found['kind']} ({bare(found['path'])}:{found['line']})"


def promises_of(snapshot: Snapshot) -> list[str]:
    return sorted(
        f"{bare(promise.person)}: {promise.text}"
        + (f" (due {promise.due})" if promise.due else "")
        + (" (theirs)" if promise.by == "them" else "")
        for state in snapshot.people
        for promise in state.promises
    )


def show_fact(fact: Fact) -> str:
    what = " ".join(filter(None, (fact.kind, str(fact.day or ""))))
    return f"{bare(fact.person)}: {what} ({bare(fact.path)}:{fact.line})"


def read(vault: Vault, case: dict[str, Any]) -> dict[str, Any]:
    """What the vault is taken for before anything is written, in the words of the cases."""
    as_of = case.get("as_of", AS_OF)
    snapshot = vault.snapshot(as_of)
    found = json.loads(vault.render("json", as_of))
    not_held = {meeting.path for meeting in snapshot.meetings if not meeting.held}
    notes = {path: vault.classification(path) for path in case["vault"] if skip_reason(path, vault.settings) is None}
    return {
        "people": [person["path"] for person in found["people"]],
        "names": {person["path"]: person["names"] for person in found["people"]},
        "meetings": [show_meeting(meeting, not_held) for meeting in found["meetings"]],
        "mentions": [show_mention(mention) for mention in found["mentions"]],
        "contact": [show_interaction(interaction) for interaction in found["interactions"]],
        "promises": promises_of(snapshot),
        "facts": [show_fact(fact) for state in snapshot.people for fact in state.facts],
        "ended": {state.person.path: state.person.ended for state in snapshot.people},
        "unknown": [name.name for name in snapshot.unknown_names],
        "kinds": {path: kind.kind for path, (_, kind) in notes.items()},
        "days": {path: str(note.date.day) if note.date else "none" for path, (note, _) in notes.items()},
        "properties": {
            path: {entry.key: [leaf.text for leaf in entry.leaves] for entry in note.properties}
            for path, (note, _) in notes.items()
        },
        "tags": {path: [tag.name for tag in note.tags] for path, (note, _) in notes.items()},
        "refused": {path: note.refusal.code if note.refusal else "no" for path, (note, _) in notes.items()},
        "skipped": {path: skip_reason(path, vault.settings) or "no" for path in case["vault"]},
        "birthdays": {state.person.path: str(state.person.birthday) for state in snapshot.people},
        "cadences": {
            state.person.path: "as needed" if state.person.as_needed else state.person.cadence_days
            for state in snapshot.people
        },
    }


def written(report: ScanReport, store: MemoryStore) -> dict[str, Any]:
    """What a scan did to the vault, with every value of ours as ``*``."""
    return {
        "problems": [f"{problem.code} {bare(problem.path)}:{problem.line}" for problem in report.diagnostics],
        "written": [edit.patch.path for edit in report.applied],
        "after": {path: VALUE.sub(r"\1: *", data.decode()) for path, data in store.files.items() if is_note(path)},
    }


def is_note(path: str) -> bool:
    return path.endswith(".md")


def pick(found: Any, wanted: Any) -> Any:
    """Of a table, the entries that a case names; of anything else, all of it."""
    return {key: found.get(key) for key in wanted} if isinstance(wanted, dict) else found


def without_ours(after: bytes, before: bytes) -> bytes:
    """The note without the lines that vaultrel adds, and without a block that it had to make for them."""
    left = OURS.sub(b"", after)
    return left if left == before else re.sub(rb"\A(\xef\xbb\xbf)?---\r?\n---\r?\n", rb"\1", left)


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_convention_is_read_as_documented(case: dict[str, Any]) -> None:
    before = files_of(case)
    store = MemoryStore(before)
    as_of = case.get("as_of", AS_OF)
    with open_vault(store) as vault:
        found = read(vault, case)
        report = vault.scan(as_of=as_of)
        found |= written(report, store)
        expect = case["expect"]
        assert {key: pick(found[key], wanted) for key, wanted in expect.items()} == expect
        after = store.files
        assert {path: without_ours(after[path], data) for path, data in before.items()} == before
        assert vault.scan(as_of=as_of).applied == ()
        assert store.files == after


def test_every_case_says_a_rule_of_its_own() -> None:
    assert len({case["name"] for case in CASES}) == len(CASES)
    assert len({case["says"] for case in CASES}) == len(CASES)
    assert all(case["expect"] for case in CASES)


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_case_points_at_the_text_it_quotes(case: dict[str, Any]) -> None:
    for place in case["expect"].get("mentions", []):
        found = PLACE.fullmatch(place)
        assert found is not None
        path, line, column, surface = found.groups()
        text = files_of(case)[f"{path}.md"].decode().removeprefix("\ufeff").split("\n")[int(line) - 1]
        assert text.startswith(surface, int(column) - 1)
