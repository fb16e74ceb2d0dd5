"""What else reads a folder of notes, as rows to be measured beside vaultrel; those not installed say so in their rows.

`scripts/install_bench_peers.sh` installs them into ``bench/node_modules`` and ``bench/.peers``, away from vaultrel.
None does what vaultrel does: most stop at frontmatter and links, and some count links inside code. They say what
reading notes costs elsewhere.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from generate_vault import BROKEN
from measuring import BENCH, Row

FEW = 10_000
"""Notes that the slow peers are given at the most: at 100,000 they take minutes to hours."""

PYTHON_LOOP = """
import pathlib, re, sys, frontmatter
link = re.compile(r"\\[\\[([^\\[\\]|]+)")
for note in pathlib.Path(sys.argv[1]).rglob("*.md"):
    text = note.read_text("utf-8")
    link.findall(text)
    try:
        frontmatter.loads(text)
    except Exception:
        pass
"""
NODE_LOOP = """
const fs = require("fs"), path = require("path");
const read = %s;
for (const name of fs.readdirSync(process.argv[1], {recursive: true}))
  if (name.endsWith(".md"))
    read(fs.readFileSync(path.join(process.argv[1], name), "utf8"));
"""
GRAY_MATTER = """((matter) => (text) => {
  text.match(/\\[\\[([^\\[\\]|]+)/g);
  try { matter(text, {}); } catch {}
})(require("gray-matter"))"""
MARKDOWN_IT = '((parser) => (text) => parser.parse(text, {}))(require("markdown-it")())'
OBSIDIANTOOLS = """
import pathlib, sys, obsidiantools.api
obsidiantools.api.Vault(pathlib.Path(sys.argv[1])).connect()
"""


def floor_rows(root: Path, folder: Path) -> list[Row]:
    """The least that walking and reading cost: a C program, if there is a compiler, and the usual commands.

    Args:
        root: the vault.
        folder: where the program goes that is compiled.
    """
    program = folder / "floor"
    if compiler := shutil.which("cc"):
        subprocess.run([compiler, "-O2", "-o", program, BENCH / "floor.c"], check=True)  # noqa: S603 - words of our own
    return [
        Row("C: walk and stat", [str(program), "stat", str(root)]),
        Row("C: read every byte", [str(program), "read", str(root)]),
        Row("find: walk and stat", ["find", str(root), "-name", "*.md", "-printf", "%T@ %s\n"]),
        Row("find and cat: read every byte", ["find", str(root), "-name", "*.md", "-exec", "cat", "{}", "+"]),
        Row("rg '[['", ["rg", "-c", "-F", "[[", str(root)]),
    ]


def loop_row(root: Path) -> Row:
    """The loop that a script of a few lines would be."""
    return Row("python-frontmatter loop", [sys.executable, "-c", PYTHON_LOOP, str(root)])


def copy_whole_notes(root: Path, target: Path) -> None:
    """Copy a generated vault without the notes whose frontmatter is broken."""

    def leave_out(folder: str, names: list[str]) -> list[str]:
        notes = [name for name in names if name.endswith(".md")]
        broken = [name for name in notes if Path(folder, name).read_bytes().startswith(BROKEN.encode())]
        return [*broken, *(name for name in names if name.startswith("."))]

    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(root, target, ignore=leave_out)


def peer_rows(root: Path, folder: Path) -> list[Row]:
    """Programs and libraries that read vaults.

    Args:
        root: the vault.
        folder: where they write, if they do.
    """
    packages, python = BENCH / "node_modules", BENCH / ".peers/bin/python"
    rows = [
        Row("gray-matter loop", ["node", "-e", NODE_LOOP % GRAY_MATTER, str(root)]),
        Row("markdown-it loop", ["node", "-e", NODE_LOOP % MARKDOWN_IT, str(root)]),
        Row(
            "markdowndb (without the broken notes, at which it ends)",
            ["node", str(packages / "mddb/dist/src/bin/index.js"), str(folder / "whole")],
            lambda: copy_whole_notes(root, folder / "whole"),
            folder=folder,
            most=FEW,
            most_runs=1,
        ),
        Row("obsidiantools", [str(python), "-c", OBSIDIANTOOLS, str(root)], most=FEW, most_runs=1),
    ]
    needed = (packages / "gray-matter", packages / "markdown-it", packages / "mddb", python)
    for row, what in zip(rows, needed, strict=True):
        if not what.exists():
            row.failure = "not installed"
    return rows
