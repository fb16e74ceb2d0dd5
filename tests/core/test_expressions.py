"""Expressions are compiled when they are first asked for, and once."""

from __future__ import annotations

import re
import subprocess
import sys

from vaultrel.core.expressions import lazily


def test_an_expression_is_the_same_one_every_time() -> None:
    expression = lazily("A+", re.IGNORECASE)
    assert expression() is expression()
    assert expression().fullmatch("aA")


def test_what_is_wrong_with_an_expression_is_said_at_its_first_use() -> None:
    program = "from vaultrel.core.expressions import lazily\nbad = lazily('(')\nprint('made')\nbad()"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (ran.stdout, ran.returncode) == ("made\n", 1)
    assert "missing )" in ran.stderr


def test_reading_notes_is_loaded_without_compiling_the_large_expressions() -> None:
    program = (
        "import re, sys\n"
        "compiled, compile_ = [], re.compile\n"
        "re.compile = lambda pattern, flags=0: compiled.append(len(pattern)) or compile_(pattern, flags)\n"
        "import vaultrel.core.mentions.plain_name, vaultrel.core.lines, vaultrel.core.markdown\n"
        "print(max(compiled, default=0))"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert int(ran.stdout) < 600
