"""The web page from the command line: as a file, and served, as a process of its own."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest

from vaultrel.cli import cli
from vaultrel.cli.session import Session

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cli.conftest import Run

HOW_TO = Path(__file__).parents[2] / "docs/how-to/read-the-page.md"
PAGE = re.compile(r"http://127\.0\.0\.1:[0-9]+/page/[A-Za-z0-9_-]{43}/\n")


class Serving:
    """`serve`, running; `page` is the address that it printed last."""

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "vaultrel", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        lines = iter(self.process.stdout.readline, "")
        self.page = next(line for line in lines if "/page/" in line)

    def look(self) -> str:
        with urllib.request.urlopen(self.page.strip(), timeout=30) as answer:
            text = answer.read()
        assert isinstance(text, bytes)
        return text.decode()


@pytest.fixture
def serve() -> Iterator[type[Serving]]:
    started: list[Serving] = []

    class Kept(Serving):
        def __init__(self, *arguments: str) -> None:
            super().__init__(*arguments)
            started.append(self)

    yield Kept
    for running in started:
        running.process.send_signal(signal.SIGTERM)
        _, log = running.process.communicate(timeout=60)
        assert running.process.returncode == 0, log
        assert "/page/" not in re.sub("/page/…", "", log), "the address is a secret"


COMMAND = re.compile(r"^vaultrel ([a-z][^#\n]*)|`vaultrel ([a-z][^`\n]*)`", re.MULTILINE)
COMMANDS = sorted(set(COMMAND.findall(HOW_TO.read_text("utf-8"))))


@pytest.mark.parametrize("typed", [shown or said for shown, said in COMMANDS])
def test_every_command_of_the_how_to_is_understood(typed: str) -> None:
    name, *arguments = typed.split()
    context = click.Context(cli, obj=Session())
    command = cli.get_command(context, name)
    assert command is not None
    if arguments:
        command.make_context(name, arguments, parent=context)


def test_the_page_is_written_to_a_file(on_vault: Run, tmp_path: Path) -> None:
    target = tmp_path / "page.html"
    done = on_vault("export", "html", "-o", str(target))
    assert (done.code, done.out) == (0, "")
    page = target.read_text("utf-8")
    assert "Ben Okoro" in page
    assert "vaultrel undo" not in page


def test_a_file_keeps_to_the_settings_of_the_page(on_vault: Run, vault: Path) -> None:
    (vault / ".vaultrel").mkdir(exist_ok=True)
    (vault / ".vaultrel/config.toml").write_text("[page]\nhide_names = true\n")
    assert "Okoro" not in on_vault("export", "html").out


def test_the_page_is_served_at_the_address_printed_last(serve: type[Serving], vault: Path) -> None:
    running = serve("--vault", str(vault), "serve", "--port", "0")
    assert PAGE.fullmatch(running.page)
    page = running.look()
    assert "Ben Okoro" in page
    assert "vaultrel undo" in page
    assert re.search(r'href="webcal://127\.0\.0\.1:[0-9]+/feed/[A-Za-z0-9_-]+/followups\.ics"', page)


def test_the_address_of_the_page_stays_and_is_not_that_of_the_feed(serve: type[Serving], vault: Path, run: Run) -> None:
    def key(address: str) -> str:
        return address.split("/")[4]

    first = serve("--vault", str(vault), "serve", "--port", "0").page
    again = serve("--vault", str(vault), "watch", "--serve", "--port", "0").page
    assert key(first) == key(again)
    assert key(first) != key(run("--vault", vault, "feed", "--url").out)


def test_served_to_look_at_with_names_hidden(serve: type[Serving], vault: Path) -> None:
    page = serve("--vault", str(vault), "serve", "--port", "0", "--read-only", "--hide-names").look()
    assert "Okoro" not in page
    assert "B.O." in page
    assert "vaultrel undo" not in page
