"""Hostile, broken and odd files, each in a vault on disk: edited, refused or ignored as its case says.

The cases are in cases/*.toml. Each has a `name`, the rule it holds (`says`), what is to become of the file (`want`:
``edit``, or ``refuse:`` or ``ignore:`` with the code), and the file: its `path` below People (``<name>.md`` by
default), its `text`, `base64` or `parts`, and what else is special about it. `scan_leaves` says why a file that could
be edited is not written: it is nobody's note. The cases of one file share a vault, which one process scans.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
import os
import re
import stat
import subprocess
import sys
import tomllib
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_from_bytes

import icalendar
import pytest

from vaultrel.core.frontmatter import patch_frontmatter, strip_frontmatter
from vaultrel.core.scope import skip_reason
from vaultrel.model import OWNED_FIELDS, OwnedValue, Refusal
from vaultrel.settings import DEFAULT_SETTINGS

if TYPE_CHECKING:
    from collections.abc import Callable

HERE = Path(__file__).parent
GROUPS = {
    file.stem: tomllib.loads(file.read_text(encoding="utf-8"))["case"] for file in (HERE / "cases").glob("*.toml")
}
AS_OF = "2026-06-30"
MOST_MEMORY = 256 * 1024 * 1024

ORDINARY = '---\nnick: "Wren"   # her own choice\ntype: person\n---\nPaints with [[Ana Ruiz]].\n'
SECRET = "---\ntype: person\naliases: [Nobody Shall Know]\n---\nNobody shall read this.\n"

FIELDS: dict[str, OwnedValue] = dict(
    zip(OWNED_FIELDS, (40, "new", dt.date(2026, 6, 1), dt.date(2026, 6, 3), 30, 2), strict=True)
)
ADDED = re.compile(rb"^(?:rel_[a-z_]+: +[^\r\n]*\r?\n)+", re.MULTILINE)

NODES = {"fifo": stat.S_IFIFO, "device": stat.S_IFCHR, "socket": stat.S_IFSOCK}
COMPONENTS = {"VCALENDAR", "VTIMEZONE", "STANDARD", "DAYLIGHT", "VEVENT", "VALARM"}

Case = dict[str, Any]


def path_of(case: Case) -> str:
    """The path below People, as the disk has it."""
    if "path_base64" in case:
        return os.fsdecode(base64.b64decode(case["path_base64"]))
    return str(case.get("path", f"{case['name']}.md"))


def bytes_of(case: Case) -> bytes:
    if "base64" in case:
        return base64.b64decode(case["base64"])
    if "parts" in case:
        return "".join(repeat(text, times) for text, times in case["parts"]).encode()
    return str(case.get("text", ORDINARY)).encode()


def repeat(text: str, times: int) -> str:
    if not re.search(r"\{(n|indent|ticks)\}", text):
        return text * times
    return "".join(
        text.replace("{n}", str(n)).replace("{indent}", "  " * n).replace("{ticks}", "`" * (n + 1))
        for n in range(times)
    )


# -- the vault of a group -----------------------------------------------------------------------------------------


def make_file(case: Case, place: Path) -> None:
    """Put the case's file in its place; what this file system or user cannot make raises OSError."""
    kind = case.get("kind", "file")
    place.parent.mkdir(parents=True, exist_ok=True)
    if kind == "symlink":
        place.symlink_to(case["to"])
    elif kind in NODES:
        os.mknod(place, 0o644 | NODES[kind], os.makedev(1, 5))
    else:
        with place.open("xb") as file:
            file.write(b"" if kind == "sparse" else bytes_of(case))
            file.truncate(case.get("size"))
    if kind == "hardlink":
        (place.parent / case["to"]).hardlink_to(place)
    mark_file(case, place)


def mark_file(case: Case, place: Path) -> None:
    """Give a file what is special about it."""
    if "mode" in case:
        place.chmod(case["mode"])
    for name, value in case.get("xattrs_base64", {}).items():
        os.setxattr(place, name, base64.b64decode(value))
    if "mtime" in case:
        os.utime(place, (case["mtime"], case["mtime"]))
    if case.get("kind") == "immutable":
        run_tool("chattr", "+i", str(place))


def run_tool(*words: str) -> None:
    """Run a program; one that is not there, or cannot do it here, raises OSError as well."""
    try:
        subprocess.run(words, check=True, capture_output=True)
    except subprocess.CalledProcessError as error:
        raise OSError(error.stderr.decode()) from error


def daily_note(cases: list[Case]) -> str:
    """Contact with the person of each case, so that there is something to write."""
    paths = [quote_from_bytes(os.fsencode(path_of(case))) for case in cases]
    return "".join(f"- met:: [them](People/{path})\n" for path in paths)


State = tuple[bytes, int, int, int, dict[str, bytes]]
"""Bytes (or where a link leads), mode, time of change in nanoseconds, inode and extended attributes of a file."""


def state_of(place: Path) -> State:
    found = place.lstat()
    content = b""
    if place.is_symlink():
        content = os.fsencode(place.readlink())
    elif place.is_file() and found.st_size <= 1 << 24:
        content = place.read_bytes()
    return content, found.st_mode, found.st_mtime_ns, found.st_ino, attributes_of(place)


def attributes_of(place: Path) -> dict[str, bytes]:
    """The extended attributes, the access control list among them, where there are such."""
    if not hasattr(os, "listxattr"):
        return {}
    try:
        names = os.listxattr(place, follow_symlinks=False)
        return {name: os.getxattr(place, name, follow_symlinks=False) for name in names}
    except OSError:
        return {}


def tree(root: Path) -> dict[Path, State]:
    """Every file below a folder, links not followed."""
    return {
        place: state_of(place)
        for folder, folders, names in os.walk(root)
        for place in [Path(folder, name) for name in (*names, *folders)]
        if place.is_symlink() or not place.is_dir()
    }


@dataclass(frozen=True)
class Scanned:
    """A group's vault, scanned: the state of every file before and after, and what the scan said."""

    vault: Path
    before: dict[Path, State]
    after: dict[Path, State]
    outside: tuple[dict[Path, State], dict[Path, State]]
    missing: dict[str, str]
    said: dict[str, Any]

    def place(self, case: Case) -> Path:
        return self.vault / "People" / path_of(case)


def scan_group(root: Path, cases: list[Case]) -> Scanned:
    vault, outside = root / "vault", root / "outside"
    missing: dict[str, str] = {}
    outside.mkdir()
    (outside / "secret.md").write_text(SECRET)
    for case in cases:
        try:
            make_file(case, vault / "People" / path_of(case))
        except OSError as error:
            missing[case["name"]] = str(error)
    for beside in {case["beside"] for case in cases if "beside" in case}:
        (vault / "People" / beside).write_text(ORDINARY)
    (vault / "2026-06-01.md").write_text(daily_note(cases))
    (vault / "2026-06-20.md").write_text(daily_note(cases))
    before, outside_before = tree(vault), tree(outside)
    command = [sys.executable, str(HERE / "scan_vault.py"), str(vault), AS_OF]
    home = {name: str(root / "home") for name in ("HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME")}
    try:
        ran = subprocess.run(command, capture_output=True, env={**os.environ, **home}, check=False)
    finally:
        for case in cases:
            if case.get("kind") == "immutable" and case["name"] not in missing:
                run_tool("chattr", "-i", str(vault / "People" / path_of(case)))  # or nobody could clear it away
    assert ran.returncode == 0, ran.stderr.decode(errors="replace")[-3000:]
    return Scanned(vault, before, tree(vault), (outside_before, tree(outside)), missing, json.loads(ran.stdout))


@pytest.fixture(scope="session")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Scanned]:
    done: dict[str, Scanned] = {}

    def scan_once(group: str) -> Scanned:
        if group not in done:
            done[group] = scan_group(tmp_path_factory.mktemp(group), GROUPS[group])
        return done[group]

    return scan_once


# -- what is held -------------------------------------------------------------------------------------------------


EVERY_CASE = [
    pytest.param(group, case, id=f"{group}-{case['name']}") for group, cases in sorted(GROUPS.items()) for case in cases
]
EVERY_GROUP = pytest.mark.parametrize("group", sorted(GROUPS))


@pytest.mark.parametrize(("group", "case"), EVERY_CASE)
def test_a_file_meets_the_fate_its_case_says(group: str, case: Case, scanned: Callable[[str], Scanned]) -> None:
    result = scanned(group)
    if case["name"] in result.missing:
        pytest.skip(f"this file cannot be made here: {result.missing[case['name']]}")
    place = result.place(case)
    before, after = result.before[place], result.after[place]
    fate, _, code = case["want"].partition(":")
    if fate == "edit" and "scan_leaves" not in case:
        assert str(place.relative_to(result.vault)) in result.said["applied"]
        assert (after[1], after[4]) == (before[1], before[4])
        check_edit(case, before[0], after[0])
        return
    assert after == before
    if fate == "edit":
        patched = patch_frontmatter(bytes_of(case), FIELDS)
        assert not isinstance(patched, Refusal)
        check_edit(case, bytes_of(case), patched)
    else:
        assert code in codes_of(result, place, fate)


def check_edit(case: Case, before: bytes, after: bytes) -> None:
    """Outside our lines nothing has changed; where ours stood before, the case has the note that is to come."""
    assert after != before
    if "after" in case:
        pattern = re.escape(case["after"]).replace(r"\*", r"[^\s#]+")
        assert re.fullmatch(pattern, after.decode()), after.decode()
        return
    added = ADDED.search(after)
    assert added is not None
    assert strip_frontmatter(after) == before
    left = after[: added.start()] + after[added.end() :]
    assert before in {left, re.sub(rb"\A(\xef\xbb\xbf)?---\r?\n---\r?\n", rb"\1", left)}


def codes_of(result: Scanned, place: Path, fate: str) -> set[str]:
    """Why a file was left alone: what the scan said of it, and what is said of its path before it is opened."""
    path = str(place.relative_to(result.vault))
    shown = os.fsencode(path).decode("utf-8", "replace")
    told = {code for where, code in result.said["problems"] if f"{shown}/".startswith(f"{where.rstrip('/')}/")}
    if fate == "refuse":
        return told
    skipped = skip_reason(path, DEFAULT_SETTINGS)
    return told | {skipped or ""}


@EVERY_GROUP
def test_nothing_else_in_the_vault_and_nothing_outside_it_is_touched(
    group: str, scanned: Callable[[str], Scanned]
) -> None:
    result = scanned(group)
    edited = {result.vault / path for path in result.said["applied"]}
    kept = {place: state for place, state in result.before.items() if place not in edited}
    assert {place: result.after.get(place) for place in kept} == kept
    made = {place.relative_to(result.vault).parts[0] for place in result.after.keys() - result.before.keys()}
    assert made <= {"vaultrel", ".vaultrel"}
    assert result.outside[0] == result.outside[1]


@EVERY_GROUP
def test_a_second_scan_writes_nothing(group: str, scanned: Callable[[str], Scanned]) -> None:
    result = scanned(group)
    assert (result.said["again"], result.said["waiting"]) == ([], [])


@EVERY_GROUP
def test_the_feed_parses_and_no_output_carries_a_control_character(
    group: str, scanned: Callable[[str], Scanned]
) -> None:
    said = scanned(group).said
    calendar = icalendar.Calendar.from_ical(said["feed"])
    assert {component.name for component in calendar.walk()} <= COMPONENTS
    assert len(calendar.walk("VEVENT")) == said["feed"].count("\r\nBEGIN:VEVENT\r\n")
    assert raw_controls(said["feed"].replace("\r\n", "")) == set()
    assert raw_controls(said["printed"].replace("\n", "")) == set()
    assert set(said["exit_codes"].values()) <= {0, 1}


def raw_controls(text: str) -> set[str]:
    """What could steer a terminal, break a line or turn the direction of what is read."""
    return {
        sign
        for sign in text
        if unicodedata.category(sign) in {"Cc", "Zl", "Zp", "Cs"} or sign in "\u202a\u202b\u202d\u202e"
    }


@EVERY_GROUP
def test_what_stands_outside_the_vault_is_not_read(group: str, scanned: Callable[[str], Scanned]) -> None:
    said = scanned(group).said
    assert "Nobody Shall Know" not in said["feed"] + said["printed"]


@EVERY_GROUP
def test_memory_stays_small(
    group: str, scanned: Callable[[str], Scanned], record_property: Callable[[str, object], None]
) -> None:
    """The time is reported, not judged."""
    said = scanned(group).said
    record_property("peak_mib", said["peak_bytes"] >> 20)
    record_property("cpu_seconds", said["cpu_seconds"])
    assert said["peak_bytes"] <= MOST_MEMORY


def test_every_case_says_a_rule_of_its_own() -> None:
    cases = [case for group in GROUPS.values() for case in group]
    assert len({case["says"] for case in cases}) == len(cases)
    assert {case["want"].partition(":")[0] for case in cases} == {"edit", "refuse", "ignore"}
