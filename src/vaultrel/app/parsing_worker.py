"""The program of a process that parses notes for another one: questions come in, answers go out, nothing else happens.

It opens no file of the vault and decides nothing. When the process that started it ends, its input ends, and so it.
"""

from __future__ import annotations

import gc
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec

from vaultrel.app.programs import read_message, write_message
from vaultrel.core.notes import parse_note
from vaultrel.index import encode_note
from vaultrel.model import NotePath
from vaultrel.settings import Settings

if TYPE_CHECKING:
    from typing import IO


def main() -> None:
    """Answer until there is nobody left to answer to."""
    questions, answers = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr  # what a plugin prints is no answer
    gc.disable()  # notes hold no cycles, and looking for some takes as long as reading does
    with suppress(EOFError, OSError):
        serve(questions, answers)


def serve(questions: IO[bytes], answers: IO[bytes]) -> None:
    """Take settings, then chunks of notes, each answered by what the index keeps of its notes.

    Raises:
        EOFError: there are no more questions.
    """
    settings = msgspec.msgpack.decode(read_message(questions), type=Settings)
    if settings.plugins:
        from vaultrel.plugins import use_plugins

        use_plugins(settings.plugins)
    chunks = msgspec.msgpack.Decoder(list[tuple[str, bytes]])
    while True:
        chunk = chunks.decode(read_message(questions))
        blobs = [encode_note(parse_note(NotePath(path), data, settings)) or b"" for path, data in chunk]
        write_message(answers, msgspec.msgpack.encode(blobs))
        answers.flush()
