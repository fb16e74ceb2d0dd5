"""Drives the laws of reading by coverage, over one note's bytes: ``make fuzz`` runs it for an hour.

The laws are those of ``tests/laws/test_parser_laws.py``; here atheris (libFuzzer) looks for the input that breaks one.
Arguments are libFuzzer's: ``python bench/fuzz_parsers.py -max_total_time=60 CORPUS_FOLDER``. An input that breaks a law
is written to ``crash-…``; give that file as the only argument to see it fail again.
"""

from __future__ import annotations

import importlib.util
import random
import sys
import warnings
from pathlib import Path

import atheris

LAWS = Path(__file__).parent.parent / "tests" / "laws" / "test_parser_laws.py"
EXAMPLES = Path(__file__).parent.parent / "sample_vault"

with atheris.instrument_imports(include=["vaultrel"]):
    import vaultrel.core.derive  # noqa: F401 - everything the laws call, with its branches counted

_spec = importlib.util.spec_from_file_location("parser_laws", LAWS)
assert _spec is not None
assert _spec.loader is not None
laws = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(laws)

PIECES = [piece.encode() for piece in (*laws.INLINE, *laws.BLOCK, *laws.YAML, "\n---\n")]


def read_input(data: bytes) -> None:
    """Hold every law for one input: its first byte chooses the note's path, the rest is the note."""
    if data:
        laws.check_all(laws.PATHS[data[0] % len(laws.PATHS)], data[1:])


def mutate(data: bytes, max_size: int, seed: int) -> bytes:
    """The input with a piece of Markdown or YAML put in, doubled, moved or taken out; or as libFuzzer changes bytes."""
    choose = random.Random(seed)  # noqa: S311 - only to vary
    if choose.random() < 0.2:
        return bytes(atheris.Mutate(data, max_size))
    for _ in range(choose.randint(1, 4)):
        start, end = sorted((choose.randint(0, len(data)), choose.randint(0, len(data))))
        match choose.randrange(5):
            case 0 | 1 | 2:
                data = data[:start] + choose.choice(PIECES) + data[start:]
            case 3:
                data = data[:start] + data[min(end, start + 12) :]
            case _:
                data = data[:end] + data[start : start + 40] + data[end:]
    return data[:max_size]


def cross(one: bytes, other: bytes, max_size: int, seed: int) -> bytes:
    """The start of one input and the end of another."""
    choose = random.Random(seed)  # noqa: S311 - only to vary
    return (one[: choose.randint(0, len(one))] + other[choose.randint(0, len(other)) :])[:max_size]


def plant(corpus: Path) -> None:
    """Put the notes of the sample vault into an empty corpus."""
    corpus.mkdir(parents=True, exist_ok=True)
    if not any(corpus.iterdir()):
        for number, note in enumerate(sorted(EXAMPLES.rglob("*.md"))):
            (corpus / f"sample-{number}").write_bytes(bytes([number % len(laws.PATHS)]) + note.read_bytes()[:1500])


def main() -> None:
    """Fuzz until libFuzzer is told to stop."""
    for argument in sys.argv[1:]:
        if not argument.startswith("-") and not Path(argument).is_file():
            plant(Path(argument))
    warnings.simplefilter("error")
    atheris.Setup(sys.argv, read_input, custom_mutator=mutate, custom_crossover=cross)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
