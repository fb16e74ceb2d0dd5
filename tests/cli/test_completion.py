"""Completion, asked as the shells ask: by the script that `vaultrel completion` prints."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from vaultrel.cli.completion import quote_for_bash

if TYPE_CHECKING:
    from tests.cli.conftest import MakeVault, Run

BIN = Path(sys.executable).parent

ODD_NAMES = ["Ada Moreau", "Bo $(touch pwned) `x`", 'Cy, Jr. "Q" d\'Or', "Di *[ab]? ~", "Ed: the\\one!", "日本 太郎"]
"""Names that a shell would take apart, expand or run."""

BASH = """
eval "$(vaultrel completion bash)"
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
_vaultrel_completion vaultrel
printf '%s\\n' "${COMPREPLY[@]}"
"""


def shell(program: str, script: str, *words: str) -> list[str]:
    """What a shell prints, line by line."""
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [program, "-c", script, *([program] if program == "bash" else []), *words],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PATH": path, "LC_ALL": "C.UTF-8"},
    )
    assert done.stderr == ""
    return [line for line in done.stdout.splitlines() if line]


def read_by_bash(line: str) -> list[str]:
    """The words that bash makes of a piece of its command line."""
    return shell("bash", 'eval "set -- $1"; printf "%s\\n" "$@"', line)


def in_bash(*words: str) -> list[str]:
    return shell("bash", BASH, "vaultrel", *words)


@pytest.fixture
def odd_vault(make_vault: MakeVault, run: Run) -> Path:
    """A vault, read once, of people with odd names."""
    notes: dict[str, str | bytes] = {
        f"People/{number}.md": f"---\nname: {json.dumps(name)}\n---\n" for number, name in enumerate(ODD_NAMES)
    }
    root = make_vault(notes)
    assert run("--vault", root, "people").code == 0
    return root


def test_bash_completes_commands_and_options() -> None:
    assert in_bash("sc") == ["scan"]
    assert in_bash("scan", "--d") == ["--dry-run", "--diff"]
    assert "today" in in_bash("")


def test_bash_gets_the_people_of_the_vault_quoted_so_that_it_reads_them_back(odd_vault: Path) -> None:
    answers = in_bash("--vault", str(odd_vault), "show", "")
    assert sorted(read_by_bash(" ".join(answers))) == sorted(
        [*ODD_NAMES, *(str(number) for number in range(len(ODD_NAMES)))]
    )
    assert not (Path.cwd() / "pwned").exists()


def test_a_name_is_completed_from_any_beginning_in_any_case(odd_vault: Path) -> None:
    assert in_bash("--vault", str(odd_vault), "why", "aDa") == [r"Ada\ Moreau"]
    assert in_bash("--vault", str(odd_vault), "why", r"ada\ m") == [r"Ada\ Moreau"]
    assert in_bash("--vault", str(odd_vault), "why", '"ada m') == ["Ada Moreau"]
    assert in_bash("--vault", str(odd_vault), "why", "more") == [r"Ada\ Moreau"]


def test_an_alias_is_offered_and_a_name_that_two_share_is_not(on_vault: Run, vault: Path) -> None:
    on_vault("people")
    names = in_bash("--vault", str(vault), "brief", "")
    assert {"Ada", r"Ada\ Moreau", r"Dan\ Hale", r"Dan\ Weiss"} <= set(names)
    assert "Dan" not in names


def test_completion_is_never_an_error(tmp_path: Path, vault: Path, home: Path) -> None:
    assert in_bash("--vault", str(tmp_path / "nowhere"), "show", "A") == []
    assert in_bash("--vault", str(vault), "show", "A") == []  # never read
    assert in_bash("--as-of", "soon", "show", "--v") == ["--vault"]
    assert in_bash("nonsense", "x") == []


def test_fish_completes_commands_with_their_help_and_names_with_commas(odd_vault: Path) -> None:
    script = "vaultrel completion fish | source; complete -C 'vaultrel {}'"
    assert shell("fish", script.format("bri")) == [
        "brief\tBefore you meet: the last times, promises, their news, what to ask."
    ]
    names = shell("fish", script.format(f"--vault {shlex.quote(str(odd_vault))} show "))
    assert {name.partition("\t")[0] for name in names} >= set(ODD_NAMES)


ZSH = """
autoload -U compinit && compinit -u -D
eval "$(vaultrel completion zsh)"
compadd() { print -rl -- "${completions[@]}" }
_describe() { print -rl -- "${completions_with_descriptions[@]}" }
words=(%s); CURRENT=$#words
_vaultrel_completion
"""


def test_zsh_completes_commands_and_people(odd_vault: Path) -> None:
    assert shell("zsh", ZSH % "vaultrel sca") == ["scan:Read the vault, update the rel_ properties, publish the feed."]
    names = shell("zsh", ZSH % f"vaultrel --vault {shlex.quote(str(odd_vault))} show ''")
    assert set(names) >= set(ODD_NAMES)


@pytest.mark.parametrize("name", ["bash", "zsh", "fish"])
def test_the_script_goes_to_standard_output_alone(run: Run, name: str) -> None:
    done = run("completion", name)
    assert (done.code, done.err) == (0, "")
    assert "_VAULTREL_COMPLETE" in done.out


@pytest.mark.parametrize("name", ODD_NAMES)
@pytest.mark.parametrize("quote", ["", '"', "'"])
def test_quoting_gives_one_word_back(name: str, quote: str) -> None:
    assert read_by_bash(f"{quote}{quote_for_bash(name, quote)}{quote}") == [name]
