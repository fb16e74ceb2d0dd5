"""This very vaultrel in another process, and the messages that go there and back.

Such processes are started with pipes to them and nothing shared: that is safe beside threads, runs no line of the
caller's script again, and is the same on every operating system. Their input ends when the one that started them does.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import IO, Final

_MOST_AT_ONCE: Final = 1024 * 1024
_LENGTH_BYTES: Final = 8

_ALONE_ON_WINDOWS: Final = 0x08000000 | 0x00000200
"""CREATE_NO_WINDOW and CREATE_NEW_PROCESS_GROUP (Microsoft: Process Creation Flags)."""


def start_program(module: str, *, is_silent: bool = False) -> subprocess.Popen[bytes]:
    """A new process that runs `main` of a module, imported from the same places as the modules here.

    Args:
        module: the module's full name.
        is_silent: what it says on standard error is for nobody.

    Raises:
        OSError: the operating system does not start one.
    """
    program = f"import json, sys; sys.path[:] = json.loads(sys.argv[1]); from {module} import main; main()"
    # Never the folder one happens to be in: it may be a vault, and nothing in a vault is executed.
    places = json.dumps([place for place in sys.path if place])
    return subprocess.Popen(  # noqa: S603 - words of our own
        [sys.executable, "-P", "-c", program, places],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL if is_silent else None,
        bufsize=0,
        # What is typed at the terminal, such as Ctrl-C, is for the process that starts it, which ends it itself.
        start_new_session=True,
        creationflags=_ALONE_ON_WINDOWS if sys.platform == "win32" else 0,
    )


def write_message(pipe: IO[bytes], message: bytes) -> None:
    """Send one message, its length first.

    Raises:
        OSError: the other side has gone.
    """
    view = memoryview(len(message).to_bytes(_LENGTH_BYTES, "big") + message)
    while view:
        view = view[pipe.write(view) :]


def read_message(pipe: IO[bytes]) -> bytes:
    """Receive one message.

    Raises:
        EOFError: the other side has gone.
    """
    return _read(pipe, int.from_bytes(_read(pipe, _LENGTH_BYTES), "big"))


def _read(pipe: IO[bytes], length: int) -> bytes:
    parts: list[bytes] = []
    while length:
        part = pipe.read(min(length, _MOST_AT_ONCE))
        if not part:
            raise EOFError
        parts.append(part)
        length -= len(part)
    return b"".join(parts)
