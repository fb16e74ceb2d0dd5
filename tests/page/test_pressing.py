"""What is pressed in a browser on the served page is written, and nothing but the page itself is ever asked for."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from vaultrel import clock
from vaultrel.app import Vault, open_vault
from vaultrel.server import FeedServer, make_app
from vaultrel.server.page import PageDesk, page_routes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.page.conftest import Browse, Visit

# A browser on a busy computer takes its time.
pytestmark = pytest.mark.timeout(600)

SAMPLE_VAULT = Path(__file__).parents[2] / "sample_vault"
SAMPLE_DAY = dt.date(2026, 6, 30)
TOKEN = "s3cret-Page_0123456789"
FIRST = "#card-1"
CARDS = "[...document.querySelectorAll('article h3')].map((name) => name.innerText)"
SAID = "document.getElementById('said').innerText"
READY = "document.readyState"


class Served:
    """The page of a copy of the sample vault, served."""

    def __init__(self, vault: Vault, port: int, browse: Browse) -> None:
        assert vault.root is not None
        self.vault = vault
        self.folder: Path = vault.root
        self.origin = f"http://127.0.0.1:{port}"
        self.url = f"{self.origin}/page/{TOKEN}/"
        self._browse = browse

    def visit(self, *steps: list[Any], **page: Any) -> Visit:
        described: Mapping[str, Any] = {"url": self.url, "steps": steps, **page}
        (visit,) = self._browse(described)
        asked = [request.split(" ")[1] for request in visit.requests]
        assert all(address.startswith(f"{self.origin}/page/{TOKEN}/") for address in asked), asked
        assert visit.problems == []
        return visit


@pytest.fixture
def served(browse: Browse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    monkeypatch.setattr(clock, "today", lambda: SAMPLE_DAY)
    for name in ("XDG_STATE_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    shutil.copytree(SAMPLE_VAULT, tmp_path / "vault")
    with open_vault(tmp_path / "vault") as vault:
        vault.grace_seconds = 0.0
        desk = PageDesk(vault)
        server = FeedServer(make_app(lambda: page_routes(desk, TOKEN)))
        server.start()
        try:
            desk.publish(vault.scan().snapshot)
            yield Served(vault, server.port, browse)
        finally:
            server.close()


def test_done_takes_the_follow_up_off_the_page_and_into_the_daily_note(served: Served) -> None:
    visit = served.visit(
        ["ask", CARDS], ["submit", f"{FIRST} button.main"], ["ask", CARDS], ["ask", SAID], ["barriers"]
    )
    before, address, after, said, barriers = visit.answers
    assert address == served.url
    assert before[0] == "Ruth Adeyemi"
    assert "Ruth Adeyemi" not in after
    assert said.startswith("Done: Ruth Adeyemi. Next follow-up: ")
    assert barriers == []
    assert "[[Ruth Adeyemi" in (served.folder / "Daily/2026-06-30.md").read_text("utf-8")
    assert [request.split(" ")[0] for request in visit.requests] == ["GET", "POST", "GET"]


def test_snooze_writes_the_day_chosen_into_the_note_of_the_person(served: Served) -> None:
    visit = served.visit(
        ["click", f"{FIRST} details.snooze summary"],
        ["submit", f"{FIRST} button[value='2026-07-30']"],
        ["ask", CARDS],
        ["ask", SAID],
    )
    assert "Ruth Adeyemi" not in visit.answers[2]
    assert visit.answers[3].startswith("Snoozed until 30 Jul 2026: Ruth Adeyemi.")
    note = (served.folder / "People/Ruth Adeyemi.md").read_text("utf-8")
    assert "rel_snooze_until: 2026-07-30\n" in note


def test_snooze_takes_any_day_to_come_by_the_keyboard_alone_and_without_script(served: Served) -> None:
    visit = served.visit(
        ["ask", f"document.querySelector('{FIRST} details.snooze summary').focus()"],
        ["press", "Enter"],
        *[["press", "Tab"]] * 5,
        ["ask", "document.activeElement.type"],
        *[["press", key] for key in "08152026"],
        ["submit", "Enter"],
        ["ask", SAID],
        javascript=False,
    )
    assert visit.answers[7] == "date"
    assert visit.answers[-1].startswith("Snoozed until 15 Aug 2026: Ruth Adeyemi.")
    assert "rel_snooze_until: 2026-08-15\n" in (served.folder / "People/Ruth Adeyemi.md").read_text("utf-8")


def test_no_day_before_tomorrow_can_be_sent(served: Served) -> None:
    field = f"{FIRST} input[type=date]"
    visit = served.visit(
        ["click", f"{FIRST} details.snooze summary"],
        ["fill", field, "2026-06-30"],
        ["ask", f"document.querySelector('{field}').validity.rangeUnderflow"],
        ["click", f"{FIRST} form:has(input[type=date]) button"],
        ["fill", field, ""],
        ["click", f"{FIRST} form:has(input[type=date]) button"],
        ["ask", f"document.querySelector('{field}').validity.valueMissing"],
    )
    assert (visit.answers[2], visit.answers[-1]) == (True, True)
    assert [request.split(" ")[0] for request in visit.requests] == ["GET"]


def test_reloading_after_done_does_not_do_it_again(served: Served) -> None:
    visit = served.visit(["submit", f"{FIRST} button.main"], ["reload"], ["ask", SAID])
    assert visit.answers[-1] == ""
    assert (served.folder / "Daily/2026-06-30.md").read_text("utf-8").count("Ruth Adeyemi") == 1


def test_done_and_snooze_need_no_script_and_work_on_a_phone(served: Served) -> None:
    visit = served.visit(
        ["submit", f"{FIRST} button.main"],
        ["click", f"{FIRST} details.snooze summary"],
        ["submit", f"{FIRST} button[value='2026-07-07']"],
        ["ask", SAID],
        javascript=False,
        width=390,
        height=844,
    )
    assert visit.answers[-1].startswith("Snoozed until 7 Jul 2026: ")


def test_done_by_the_keyboard_alone(served: Served) -> None:
    visit = served.visit(
        ["ask", f"document.querySelector('{FIRST} button.main').focus()"], ["submit", "Enter"], ["ask", SAID]
    )
    assert visit.answers[-1].startswith("Done: Ruth Adeyemi.")


def test_looking_at_the_page_writes_nothing(served: Served) -> None:
    def files() -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in served.folder.rglob("*") if path.is_file()}

    before = files()
    visit = served.visit(["ask", READY], dark=True)
    assert len(visit.requests) == 1
    assert files() == before
