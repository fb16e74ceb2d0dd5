"""Edits the frontmatter of real notes in memory, and has every edit judged by others: nothing is written.

``python bench/real_frontmatter.py DIR…`` takes every Markdown file under the folders as it is;
``--mutate N --seed S`` takes N damaged variants of their frontmatter instead, the same ones each time. What it needs
besides vaultrel: node, and ``npm install --prefix bench``. Exit code 1 when an edit was wrong.

An edit is right when all six properties are set; every other byte is where it was (found by lines, without YAML); a
second edit changes nothing; `strip_frontmatter` gives back what it would have given before; and npm's ``yaml`` reads,
under YAML 1.2 and 1.1, our values as wanted, and every foreign value, comment and error as before.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import random
import re
import subprocess
import sys
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from vaultrel.core.frontmatter import patch_frontmatter, read_frontmatter, split_note, strip_frontmatter
from vaultrel.model import OWNED_FIELDS, OwnedValue, Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

HERE = Path(__file__).parent
BATCH = 64
SHOWN = 20
LONGEST_MUTATED = 4_000
"""Characters of a block that is taken for mutations: what breaks a parser is seldom its size."""

_FIRST: tuple[OwnedValue, ...] = (62, "warm", dt.date(2026, 5, 3), dt.date(2026, 8, 9), 30, 17)
_SECOND: tuple[OwnedValue, ...] = (7, "dormant", dt.date(2026, 11, 30), dt.date(2027, 1, 1), 365, 1234)
FIRST = dict(zip(OWNED_FIELDS, _FIRST, strict=True))
SECOND = dict(zip(OWNED_FIELDS, _SECOND, strict=True))

_FENCE = re.compile(rb"---[ \t]*\r?\n?")
_OUR_LINE = re.compile(rb"( *)([\"']?)(?:%s)\2[ \t]*:" % "|".join(OWNED_FIELDS).encode())
_OUR_NAME = re.compile(rb"rel_")


@dataclass(slots=True)
class Tally:
    """What became of the notes of one folder, or of all variants."""

    notes: int = 0
    with_block: int = 0
    edited: int = 0
    sick: int = 0
    needless: int = 0
    faulty: int = 0
    refused: Counter[str] = field(default_factory=Counter)


class Oracle:
    """The node process that judges; `ask` runs beside the caller, `close` waits for every answer."""

    def __init__(self, found: Found) -> None:
        command = ["node", str(HERE / "yaml_oracle.mjs")]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own file
        self._pool = ThreadPoolExecutor(1)
        self._waiting: list[tuple[str, Tally, dict[str, Any]]] = []
        self._answers: list[Future[None]] = []
        self._found = found

    def ask(self, name: str, tally: Tally, case: dict[str, Any]) -> None:
        """Have one case judged, together with others."""
        self._waiting.append((name, tally, case))
        if len(self._waiting) == BATCH:
            self._send()

    def close(self) -> None:
        """Wait for the last answers."""
        self._send()
        for answer in self._answers:
            answer.result()
        _pipe(self._process.stdin).close()
        self._process.wait()

    def _send(self) -> None:
        batch, self._waiting = self._waiting, []
        self._answers.append(self._pool.submit(self._judge, batch))
        while len(self._answers) > 4:  # so that no more than a few batches are held
            self._answers.pop(0).result()

    def _judge(self, batch: Sequence[tuple[str, Tally, dict[str, Any]]]) -> None:
        stdin = _pipe(self._process.stdin)
        stdin.write(json.dumps([case for _, _, case in batch]) + "\n")
        stdin.flush()
        for (name, tally, case), answer in zip(batch, json.loads(_pipe(self._process.stdout).readline()), strict=True):
            if not case["afters"]:
                tally.needless += not answer["sick"]
                continue
            tally.sick += answer["sick"]
            if answer["sick"]:
                self._found.show("not valid YAML 1.2, but edited", name, case["before"])
            if answer["faults"]:
                self._found.fault(name, tally, "; ".join(answer["faults"]), case["before"])


def _pipe(stream: IO[str] | None) -> IO[str]:
    if stream is None:
        raise SystemExit("node cannot be started; see the beginning of bench/real_frontmatter.py")
    return stream


class Found:
    """Prints the first few of each kind of finding."""

    def __init__(self) -> None:
        self.faults = 0
        self._shown: Counter[str] = Counter()

    def fault(self, name: str, tally: Tally, what: str, block: str) -> None:
        """Count a wrong edit, and show it."""
        self.faults += 1
        tally.faulty += 1
        self.show(f"FAULT {what}", name, block)

    def show(self, what: str, name: str, block: str) -> None:
        """Show one finding."""
        kind = what.partition(":")[0]
        self._shown[kind] += 1
        if self._shown[kind] <= SHOWN:
            print(f"{what}\n  {name}\n  {block[:600]!r}", file=sys.stderr)


# -- judging one note ---------------------------------------------------------------------------------------------


def check_note(name: str, data: bytes, tally: Tally, found: Found, oracle: Oracle) -> None:
    """Edit one note every way, judge what can be judged here, and hand the rest to the oracle."""
    tally.notes += 1
    block = split_note(data)
    tally.with_block += block is not None
    shown = data[:600].decode(errors="replace")
    try:
        read_frontmatter(data)
        patched = patch_frontmatter(data, FIRST)
        stripped = strip_frontmatter(data)
        if isinstance(patched, Refusal):
            tally.refused[patched.code] += 1
            if block is not None and (content := _text(data)) is not None:
                oracle.ask(name, tally, {"before": content, "own": OWNED_FIELDS, "afters": []})
            return
        tally.edited += 1
        again = patch_frontmatter(patched, FIRST)
        second = patch_frontmatter(patched, SECOND)
        bare = strip_frontmatter(patched)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is a finding, and the next note is looked at
        found.fault(name, tally, f"crash: {error!r}", shown)
        return
    afters: list[dict[str, Any]] = []
    if isinstance(bare, Refusal) and bare == stripped and _OUR_NAME.search(_head(data)):
        bare = stripped = data  # without our lines the rest would mean something else: before our edit as after it
    elif isinstance(bare, bytes):
        afters.append({"text": _content(bare), "wanted": dict.fromkeys(OWNED_FIELDS)})
    if isinstance(second, Refusal) or isinstance(bare, Refusal) or isinstance(stripped, Refusal):
        found.fault(name, tally, f"own edit refused: {second!r:.80} {bare!r:.80} {stripped!r:.80}", shown)
        return
    for fault in _byte_faults(data, patched, again, second, bare, stripped):
        found.fault(name, tally, fault, shown)
    edits = [{"text": _content(patched), "wanted": _texts(FIRST)}, {"text": _content(second), "wanted": _texts(SECOND)}]
    oracle.ask(name, tally, {"before": _content(data), "own": OWNED_FIELDS, "afters": [*edits, *afters]})


def _byte_faults(
    data: bytes, patched: bytes, again: bytes | Refusal, second: bytes, bare: bytes, stripped: bytes
) -> Iterator[str]:
    if again != patched:
        yield "a second edit changes something"
    if bare != stripped:
        yield "strip does not give back the original"
    head = _head(data)
    if not _OUR_NAME.search(head):
        if stripped != data or bare != data:
            yield "strip changed a note without our properties"
        if not all(_is_insertion(data, edit, fields) for edit, fields in ((patched, FIRST), (second, SECOND))):
            yield "bytes outside our lines"
    elif not _foreign_lines(data) == _foreign_lines(patched) == _foreign_lines(second):
        yield "bytes outside our lines"


def _texts(fields: Mapping[str, OwnedValue]) -> dict[str, str]:
    return {key: str(value) for key, value in fields.items()}


def _split_lines(data: bytes) -> tuple[list[bytes], int]:
    """The lines of a note, with their ends, and the index of its closing fence; 0 when it has no block."""
    lines = [f"{line}\n".encode("latin-1") for line in data.decode("latin-1").split("\n")]
    lines[-1] = lines[-1][:-1]
    start = lines[0].removeprefix(b"\xef\xbb\xbf")
    if not _FENCE.fullmatch(start) or not start.endswith(b"\n"):
        return lines, 0
    for index, line in enumerate(lines[1:], start=1):
        if _FENCE.fullmatch(line):
            return lines, index
    return lines, 0


def _head(data: bytes) -> bytes:
    lines, closing = _split_lines(data)
    return b"".join(lines[1:closing])


def _content(data: bytes) -> str:
    return _head(data).decode()


def _text(data: bytes) -> str | None:
    try:
        return _content(data)
    except UnicodeDecodeError:
        return None


def _is_insertion(data: bytes, edit: bytes, fields: Mapping[str, OwnedValue]) -> bool:
    """True when `edit` is `data` with our six lines, and nothing else, put in at the end of its block."""
    lines, closing = _split_lines(data)
    if closing:
        made, _ = _split_lines(edit)
        ours = [line.strip() for line in made[closing : closing + len(fields)]]
        said = [re.sub(rb":  ?", b": ", line) for line in ours] == [
            f"{key}: {value}".encode() for key, value in fields.items()
        ]
        return said and made[:closing] + made[closing + len(fields) :] == lines
    bom = data.startswith(b"\xef\xbb\xbf") * 3
    end = b"\r\n" if lines[0].endswith(b"\r\n") else b"\n"
    block = [b"---", *(f"{key}: {value}".encode() for key, value in fields.items()), b"---", b""]
    return edit == data[:bom] + end.join(block) + data[bom:]


def _foreign_lines(data: bytes) -> list[bytes]:
    """The lines of a note without those of its block that begin with a key of ours, and what its value goes on with."""
    lines, closing = _split_lines(data)
    kept = lines[:1]
    index = 1
    while index < closing:
        ours = _OUR_LINE.match(lines[index])
        if ours is None:
            kept.append(lines[index])
            index += 1
            continue
        index = _end_of_quote(lines, index, closing, ours.end())
        while (after := _goes_on(lines, index, closing, len(ours[1]))) > index:
            index = after
    return kept + lines[index:] if closing else lines


def _end_of_quote(lines: Sequence[bytes], index: int, closing: int, column: int) -> int:
    """The index after the line on which a value that begins with a quote ends; after `index` for any other value."""
    quote = re.match(rb"\s*([\"'])", lines[index][column:])
    if quote is None:
        return index + 1
    inside = re.compile(rb"\\\\.|\"" if quote[1] == b'"' else rb"''|'", re.DOTALL)
    text = b"".join(lines[index:closing])
    position = column + quote.end()
    while (mark := inside.search(text, position)) and mark[0] != quote[1]:
        position = mark.end()
    return index + 1 + (text.count(b"\n", 0, mark.start()) if mark else 0)


def _goes_on(lines: Sequence[bytes], index: int, closing: int, indent: int) -> int:
    """The index after the next line of a value, deeper than its key and no comment; `index` if it has ended."""
    line = index
    while line < closing and not lines[line].strip():
        line += 1
    bare = lines[line].lstrip(b" \t") if line < closing else b"#"
    if bare.startswith(b"#") or len(lines[line]) - len(bare) <= indent:
        return index
    return line + 1


# -- real notes, and variants of them -----------------------------------------------------------------------------


def real_notes(folders: Sequence[Path]) -> Iterator[tuple[Path, Path, bytes]]:
    """Every Markdown file under the folders: the folder, the file, its bytes."""
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.suffix.lower() in {".md", ".mdx"} and path.is_file() and not path.is_symlink():
                yield folder, path, path.read_bytes()


TOKENS = (
    *(": ", ":", "- ", "-", "? ", "# ", " #", "#", "'", '"', "[", "]", "{", "}", ",", "|", ">", "|2\n", ">-\n", "&a "),
    *(
        "*a",
        "!t ",
        "!!str ",
        "%",
        "@",
        "`",
        "~",
        "null",
        "<<: ",
        "...",
        "---",
        "--- ",
        "\n---\n",
        "\n...\n",
        "%YAML 1.2",
    ),
    *("\\", "\\x", "''", '\\"', "=======", "<<<<<<< HEAD\n", "\t", "  ", "\n\n", "\n  ", "\n# c\n", "\n  # c\n"),
    *("rel_strength: 1\n", "\nrel_band: x", '"rel_band": "x"\n', "rel_last_contact", "rel_", ":\n", ": |\n", ": >\n"),
)
UNICODE = (
    *("\r", "\x85", "\u2028", "\u2029", "\ufeff", "\u00a0", "\u200d", "\u202e", "\u0301", "\U0001f600", "\x1b", "\x07"),
    *("\x7f", "\ue000", "\ufffd", "é", "漢"),
)
PLANTED = (
    "rel_strength: 12\n",
    "rel_strength:   # ours, empty\n",
    "rel_strength: '12'\n",
    "rel_band: 'warm'  # a word\n",
    '"rel_band": fading\n',
    "'rel_band' : close\n",
    "rel_band: two\n  words # and this\n",
    'rel_band: "two\n\n  words"\n',
    "rel_last_contact:   2024-01-31\n",
    "rel_next_followup: ~\n",
    "rel_rhythm_days:\n  7\n",
    "rel_rhythm_days: # why\n  # and why\n  7 # so\n",
    "rel_contact_days :\t7\n",
    "  rel_strength: 3\n",
    "rel_strength: 1e3\r\n",
    "rel_band: &a warm\n",
    "rel_band: |\n  text\n",
    "? rel_band\n: x\n",
)


def variant(blocks: Sequence[str], seed: str) -> bytes:
    """One damaged note: a real block, with our keys in it every other time, and one to four things done to it."""
    rng = random.Random(seed)  # noqa: S311 - the same variants each time is the point
    lines = rng.choice(blocks).splitlines(keepends=True)
    if rng.random() < 0.5:
        for planted in rng.sample(PLANTED, rng.randint(1, 3)):
            lines.insert(rng.randint(0, len(lines)), planted)
    text = "".join(lines)
    for _ in range(rng.choice((1, 1, 1, 2, 2, 3, 4))):
        text = rng.choice(MUTATIONS)(text, rng, blocks)
    opening, closing = rng.choice([("---\n", "---\n")] * 8 + [("---\r\n", "---\r\n"), ("--- \n", "---\t\n")])
    body = rng.choice(["", "text", "\n# A\nrel_band: x\n", "---\na: b\n---\n", "a\r\nb"])
    note = opening + text + closing + body
    if rng.random() < 0.1:
        note = note.replace("\r\n", "\n").replace("\n", "\r\n")
    data = note.encode()
    if rng.random() < 0.03:
        at = rng.randrange(len(data))
        data = data[:at] + rng.randbytes(rng.randint(0, 2)) + data[at + rng.randint(0, 2) :]
    return b"\xef\xbb\xbf" + data if rng.random() < 0.03 else data


def _delete(text: str, rng: random.Random, _blocks: Sequence[str]) -> str:
    at = rng.randint(0, len(text))
    return text[:at] + text[at + rng.randint(1, 4) :]


def _insert(text: str, rng: random.Random, _blocks: Sequence[str]) -> str:
    at = rng.randint(0, len(text))
    return text[:at] + rng.choice(TOKENS) + text[at:]


def _insert_sign(text: str, rng: random.Random, _blocks: Sequence[str]) -> str:
    at = rng.randint(0, len(text))
    return text[:at] + rng.choice(UNICODE) + text[at:]


def _repeat(text: str, rng: random.Random, _blocks: Sequence[str]) -> str:
    at = rng.randint(0, len(text))
    end = at + rng.randint(1, 20)
    return text[:end] + text[at:end] + text[end:]


def _on_lines(text: str, rng: random.Random, blocks: Sequence[str]) -> str:
    """Something done to a whole line: removed, doubled, moved, indented, joined, or taken from another note."""
    lines = text.splitlines(keepends=True) or ["\n"]
    at, other = rng.randrange(len(lines)), rng.randrange(len(lines))
    line = lines[at]
    bare = line.lstrip(" \t")
    stranger = rng.choice(blocks).splitlines(keepends=True) or ["\n"]
    lines[at] = rng.choice(
        [
            "",
            line * 2,
            lines[other],
            rng.choice([" ", "  ", "\t", "    "]) + line,
            line[1:] if line[:1] == " " else line,
            bare,
            line.rstrip("\r\n"),
            line.rstrip("\r\n") + "\r\n",
            line.rstrip("\r\n") + rng.choice([" ", "  ", "\t"]) + "\n",
            rng.choice(stranger),
            line + "\n" * rng.randint(1, 3),
        ]
    )
    if rng.random() < 0.2:
        lines[other] = line
    return "".join(lines)


MUTATIONS = (_delete, _insert, _insert, _insert_sign, _repeat, _on_lines, _on_lines, _on_lines)


def _real_block(data: bytes) -> str | None:
    block = _text(data)
    return block if block and len(block) <= LONGEST_MUTATED else None


# -- the commands -------------------------------------------------------------------------------------------------


def check_real(folders: Sequence[Path], found: Found, oracle: Oracle) -> dict[str, Tally]:
    """Judge the notes as they are."""
    tallies: dict[str, Tally] = {}
    for folder, path, data in real_notes(folders):
        tally = tallies.setdefault(folder.name, Tally())
        check_note(str(path), data, tally, found, oracle)
    return tallies


def check_variants(
    folders: Sequence[Path], numbers: range, seed: int, found: Found, oracle: Oracle
) -> dict[str, Tally]:
    """Judge damaged variants."""
    blocks = sorted({block for _, _, data in real_notes(folders) if (block := _real_block(data))})
    tally = Tally()
    for number in numbers:
        check_note(f"variant {seed}/{number}", variant(blocks, f"{seed}/{number}"), tally, found, oracle)
        if number % 5_000 == 4_999:
            print(f"{number + 1:,} variants, {found.faults} faults", file=sys.stderr, flush=True)
    return {f"variants of {len(blocks):,} blocks": tally}


def print_table(tallies: Mapping[str, Tally]) -> None:
    """One row for each folder, then why notes were refused.

    Beside the notes edited: how many of them npm's parser finds fault with; beside those refused: how many it does not.
    """
    total = Tally()
    for tally in tallies.values():
        for name in ("notes", "with_block", "edited", "sick", "needless", "faulty"):
            setattr(total, name, getattr(total, name) + getattr(tally, name))
        total.refused += tally.refused
    rows: list[tuple[str, ...]] = [
        ("", "notes", "with frontmatter", "edited", "not YAML 1.2", "refused", "YAML 1.2", "faults")
    ]
    for name, tally in [*tallies.items(), ("all", total)]:
        refused = tally.refused.total()
        counts = (tally.notes, tally.with_block, tally.edited, tally.sick, refused, tally.needless, tally.faulty)
        rows.append((name, *(f"{count:,}" for count in counts)))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for name, *cells in rows:
        print(name.ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(cells, widths[1:], strict=True)))
    print()
    for code, count in total.refused.most_common():
        print(f"refused: {code:<32} {count:>8,}  {count / total.notes:.3%}")


def main() -> int:
    """Run as the arguments say; 1 when an edit was wrong."""
    parser = argparse.ArgumentParser(description="Edit the frontmatter of real notes in memory and judge each edit.")
    parser.add_argument("folders", nargs="+", type=Path, metavar="DIR")
    parser.add_argument("--mutate", type=int, default=0, metavar="N", help="judge N damaged variants instead")
    parser.add_argument("--first", type=int, default=0, metavar="K", help="number of the first variant")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    found = Found()
    oracle = Oracle(found)
    if asked.mutate:
        numbers = range(asked.first, asked.first + asked.mutate)
        tallies = check_variants(asked.folders, numbers, asked.seed, found, oracle)
    else:
        tallies = check_real(asked.folders, found, oracle)
    oracle.close()
    print_table(tallies)
    return int(found.faults > 0)


if __name__ == "__main__":
    raise SystemExit(main())
