"""Where frontmatter stands and what is read from it; the cases are in data/frontmatter."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from vaultrel.core.frontmatter import REFUSALS, outline, patch_frontmatter, read_frontmatter, split_note
from vaultrel.model import Scalar

DATA = Path(__file__).parent / "data" / "frontmatter"


def cases(name: str) -> list[Any]:
    return [pytest.param(case, id=case["rule"]) for case in json.loads((DATA / name).read_text(encoding="utf-8"))]


@pytest.mark.parametrize("case", cases("blocks.json"))
def test_blocks_are_found_where_obsidian_finds_them(case: dict[str, Any]) -> None:
    data = case["note"].encode()
    block = split_note(data)
    content = None if block is None else data[block.content_start : block.content_end].decode()
    reading = read_frontmatter(data)
    assert content == case.get("content")
    assert (reading.body, reading.body_line) == (case["body"], case.get("body_line", 1))
    assert (reading.refusal and (reading.refusal.code, reading.refusal.line)) == (
        (case["refusal"], case["line"]) if "refusal" in case else None
    )


@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["lf", "crlf"])
@pytest.mark.parametrize("case", cases("reading.json"))
def test_properties_are_read_as_obsidian_reads_them(case: dict[str, Any], newline: str) -> None:
    content = case["content"].replace("\n", newline)
    reading = read_frontmatter(f"---{newline}{content}---{newline}body".encode())
    found = {entry.key: [leaf.text for leaf in entry.leaves] for entry in reading.properties}
    expected = case["leaves"]
    assert list(found) == list(expected)
    assert {key: found[key] for key in expected if expected[key] is not None} == {
        key: value for key, value in expected.items() if value is not None
    }
    if "links" in case:
        links = [m for entry in reading.properties for leaf in entry.leaves for m in leaf.mentions]
        assert [[m.target, m.line, m.column] for m in links] == case["links"]
    shapes = {entry.key: entry.shape for entry in reading.properties}
    assert shapes == shapes | case.get("shapes", {})
    assert (reading.refusal and (reading.refusal.code, reading.refusal.line)) == (
        (case["refusal"], case["line"]) if "refusal" in case else None
    )
    assert reading.template == case.get("template", False)
    assert reading.body == "body"


def test_a_scalar_is_placed_at_its_first_character() -> None:
    reading = read_frontmatter("\ufeff---\na: 'x'\nbé: [y,  \"z\"]\n---\n".encode())
    leaves = [leaf for entry in reading.properties for leaf in entry.leaves]
    assert leaves == [Scalar("x", 2, 5, plain=False), Scalar("y", 3, 6), Scalar("z", 3, 11, plain=False)]


def test_aliases_of_aliases_are_not_expanded_without_end() -> None:
    levels = [f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 9)}]\n" for level in range(1, 12)]
    reading = read_frontmatter(f"---\na0: &a0 ha\n{''.join(levels)}---\n".encode())
    assert reading.refusal is None
    assert sum(len(entry.leaves) for entry in reading.properties) <= 100_000


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("a: " + "[" * 30_000 + "\n", "too-deep"),
        ("a: " + "[\n" * 30_000 + "\n", "too-deep"),
        ("- " * 30_000 + "\n", "too-deep"),
        ("? " * 30_000 + "\n", "too-deep"),
        ("".join("  " * depth + "k:\n" for depth in range(200)), "too-deep"),
        ("k: v\n" * 60_000, "frontmatter-too-big"),
        ("a: [" + "x," * 60_000 + "]\n", "frontmatter-too-big"),
        ("a: " + "x" * 300_000 + "\n", "frontmatter-too-big"),
        ("broken: a: b\n" + "k:\n" * 80_000, "unparsable"),
    ],
    ids=[
        "flow",
        "flow over lines",
        "compact lists",
        "compact keys",
        "block",
        "many lines",
        "many items",
        "long line",
        "broken",
    ],
)
def test_hostile_nesting_and_size_are_refused_before_they_cost_anything(content: str, code: str) -> None:
    script = (
        "import pathlib, sys\n"
        "from vaultrel.core.frontmatter import patch_frontmatter, read_frontmatter\n"
        "data = sys.stdin.buffer.read()\n"
        "print(read_frontmatter(data).refusal.code, patch_frontmatter(data, {'rel_strength': 1}).code)\n"
        # What `resource` says is, after a fork, the peak of whoever started the process.
        "status = pathlib.Path('/proc/self/status')\n"
        "lines = status.read_text().splitlines() if status.exists() else []\n"
        "assert all(int(line.split()[1]) < 256 * 1024 for line in lines if line.startswith('VmHWM'))\n"
    )
    # In a process of its own: a parser that recursed would take this one down with it.
    done = subprocess.run(
        [sys.executable, "-c", script], input=f"---\n{content}---\n".encode(), capture_output=True, check=True
    )
    assert done.stdout.decode().split() == [code, code]


@pytest.mark.parametrize(
    ("data", "code", "line"),
    [
        (b"---\na: \xed\xa0\x80\n---\nb\n", "not-utf8", 2),
        (b"---\na: \xc3", "not-utf8", 2),
        ("---\na: 1\n---\n".encode("utf-16"), "utf16", 0),
        (b"-\0-\0-\0\n\0", "nul-byte", 1),
        (b"---\na: b\n---\nx\0y\n", "nul-byte", 4),
        (b"\x89PNG\r\n\x1a\n\0\xff", "nul-byte", 3),
        (b"a" * (16 * 1024 * 1024 + 1), "too-big", 0),
    ],
    ids=["surrogate", "cut short", "utf-16", "utf-16 without mark", "nul in the body", "image", "17 MB"],
)
def test_bytes_that_are_no_text_are_refused(data: bytes, code: str, line: int) -> None:
    refusal = read_frontmatter(data).refusal
    assert refusal == patch_frontmatter(data, {"rel_strength": 1})
    assert refusal is not None
    assert (refusal.code, refusal.line, refusal.message) == (code, line, REFUSALS[code])


@pytest.mark.parametrize("content", ['a: "\\UFFFFFFFF"', 'a: "\\U00110000"', "a: [", "a: " + "[" * 300])
@pytest.mark.parametrize("loader", [outline._LOADER, yaml.SafeLoader], ids=["usual", "without libyaml"])
def test_either_parser_refuses_what_it_cannot_read(loader: type, content: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outline, "_LOADER", loader)
    assert read_frontmatter(f"---\n{content}\n---\n".encode()).refusal is not None


def test_a_conflict_in_the_body_is_reported_and_does_not_forbid_an_edit() -> None:
    reading = read_frontmatter(b"---\na: b\n---\nx\n<<<<<<< ours\ny\n=======\nz\n>>>>>>> theirs\n")
    assert reading.refusal is None
    assert [(problem.code, problem.line) for problem in reading.diagnostics] == [("merge-markers", 5)]


@pytest.mark.parametrize(
    ("data", "codes"),
    [
        (b"---\na: b: c\n---\n", ["unparsable"]),
        (b"---\na: 1\na: 2\n---\n", ["duplicate-key"]),
        (b"\xff", ["not-utf8"]),
        (b'---\n{"a": 1}\n---\n', []),
        (b"---\nkanban-plugin: board\n---\n", []),
        (b"plain\n", []),
    ],
)
def test_the_user_hears_of_a_refusal_only_where_properties_are_read_badly(data: bytes, codes: list[str]) -> None:
    assert [problem.code for problem in read_frontmatter(data).diagnostics] == codes
