"""The page in a real browser: it asks for nothing, everybody can use it, and it keeps its shape."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest

from vaultrel.app import open_vault
from vaultrel.model import Snapshot
from vaultrel.storage.memory import MemoryStore

if TYPE_CHECKING:
    from tests.page.conftest import Browse, MakePage, Visit

# A browser on a busy computer takes its time.
pytestmark = pytest.mark.timeout(600)

AS_OF = dt.date(2026, 6, 30)
DESK = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}

LOOKS = [
    *(f"sample {shape} {light}" for shape in ("desk", "phone") for light in ("light", "dark")),
    "empty desk light", "empty phone dark", "hostile desk dark", "hostile phone light",
]  # fmt: skip
"""What is looked at, on which screen, in which light."""

HOSTILE_NAMES = [
    "</script><script>window.pwned = 1</script>",
    '"><img src=x onerror="window.pwned = 1">',
    "\u202eevil\u202c",
    "שרה לוי",
    "WWWWWWWWWWWWWWWWWWWWWWWWWWWW",
    "日本太郎と長い名前の人",
    "👩🏽‍🚀 Astro",
    "N" * 10_000,
]

OVERLAPS = """
(() => {
  const map = [...document.querySelectorAll(".map svg")].find((svg) => getComputedStyle(svg).display !== "none");
  const shown = (part) => getComputedStyle(part).display !== "none";
  const texts = [...map.querySelectorAll("text:not(.you-text)")].filter(shown);
  const box = (part) => part.getBoundingClientRect();
  const words = texts.map((text) => [text.textContent, box(text)]);
  const dots = [...map.querySelectorAll("circle.dot, circle.you")].map((dot) => [dot.textContent, box(dot)]);
  const apart = (a, b) => a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top;
  const clear = (a, dot) => {
    const [x, y, radius] = [(dot.left + dot.right) / 2, (dot.top + dot.bottom) / 2, dot.width / 2];
    return Math.hypot(Math.max(a.left - x, 0, x - a.right), Math.max(a.top - y, 0, y - a.bottom)) >= radius - 1;
  };
  const found = [];
  words.forEach(([one, a], at) => {
    words.slice(at + 1).forEach(([other, b]) => { if (!apart(a, b)) found.push(`${one} | ${other}`); });
    dots.forEach(([other, b]) => { if (!clear(a, b)) found.push(`${one} | ${other}`); });
  });
  return {found, labels: texts.length};
})()
"""

TOO_WIDE = "document.documentElement.scrollWidth - innerWidth"
TRANSITION = "getComputedStyle(document.querySelector('button')).transitionDuration"
LINKS = "document.querySelectorAll('a[href^=obsidian]').length"
SHOWN = """
document.body.innerText
  + [...document.querySelectorAll(".map text")].filter((t) => t.checkVisibility()).map((t) => t.textContent).join(" ")
"""
PICTURED = """
getComputedStyle(document.querySelector("h3 .name")).fontSize
  + getComputedStyle(document.querySelector("h3 .name"), "::after").content
"""
PRESSED = """
[...document.querySelectorAll("button, input")]
  .filter((part) => part.checkVisibility())
  .map((part) => part.innerText.split(":")[0].trim())
"""
ATTACKS = [
    """
    const script = document.createElement("script");
    script.textContent = "window.pwned = 1";
    document.head.append(script);
    window.pwned ?? null
    """,
    """
    document.body.setAttribute("onclick", "window.pwned = 1");
    document.body.click();
    window.pwned ?? null
    """,
    "fetch('http://127.0.0.1:9/').then(() => 'sent', () => 'refused')",
    """
    new Promise((done) => {
      const image = new Image();
      image.onerror = () => done("refused");
      image.onload = () => done("shown");
      image.src = "http://127.0.0.1:9/x.png";
    })
    """,
]
"""A script put in, a handler put in, something fetched, a picture shown from elsewhere."""

UNSEEN_FOCUS = """
(() => {
  const bad = [];
  for (const part of document.querySelectorAll("a[href], button, summary, input:not([type=hidden]), [tabindex]")) {
    if (!part.checkVisibility({visibilityProperty: true})) continue;
    part.focus({focusVisible: true});
    const style = getComputedStyle(part);
    if (document.activeElement === part && (style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 2)) {
      bad.push(part.outerHTML.slice(0, 90));
    }
  }
  return bad;
})()
"""


def people(names: list[str]) -> Snapshot:
    """People with these names, met on three days."""
    days = "".join(f"- {AS_OF - dt.timedelta(days=days)}: </script><b>tea</b>\n" for days in (3, 40, 90))
    files = {}
    for at, name in enumerate(names):
        quoted = (
            name.replace("\\", "\\\\").replace('"', '\\"').replace("\u202e", "\\u202e").replace("\u202c", "\\u202c")
        )
        files[f"People/P{at}th.md"] = f'---\nname: "{quoted}"\n---\n# {name}\n{days}'.encode("utf-8", "replace")
    return open_vault(MemoryStore(files)).snapshot(AS_OF)


@pytest.fixture(scope="module")
def visits(browse: Browse, make_page: MakePage, sample_page: str) -> dict[str, Visit]:
    """Every way of looking, in one run of the browser."""
    fonts = [
        step
        for font in ("Inter", "DejaVu Sans", "Liberation Sans", "serif")
        for step in (["ask", f"document.body.style.fontFamily = '{font}'; 0"], ["ask", OVERLAPS])
    ]
    urls = {
        "sample": sample_page,
        "empty": make_page("empty", Snapshot(AS_OF, 0)),
        "hostile": make_page("hostile", people(HOSTILE_NAMES)),
        "many": make_page("many", people([f"Ada {at}th of the Lind" for at in range(300)])),
    }
    open_all = ["ask", "document.querySelectorAll('details').forEach((part) => part.open = true)"]
    pages: dict[str, dict[str, Any]] = {
        f"{name} {shape} {light}": {
            "url": urls[name],
            "dark": light == "dark",
            **(PHONE if shape == "phone" else DESK),
            "steps": [
                ["barriers"],
                open_all,
                ["barriers"],
                ["ask", TOO_WIDE],
            ],
        }
        for name, shape, light in (look.split() for look in LOOKS)
    }
    pages["small phone"] = {"url": urls["hostile"], "width": 320, "height": 640, "steps": [["ask", TOO_WIDE]]}
    for name in ("sample", "hostile", "many"):
        pages[f"fonts of {name}"] = {"url": urls[name], **DESK, "steps": fonts}
        pages[f"fonts of {name} on a phone"] = {"url": urls[name], **PHONE, "steps": fonts}
    pages["pwned"] = {
        "url": urls["hostile"],
        "steps": [["ask", "window.pwned ?? null"], ["ask", "document.body.innerText"]],
    }
    pages["focus"] = {"url": sample_page, "steps": [open_all, ["ask", UNSEEN_FOCUS]]}
    pages["still"] = {"url": sample_page, "motion": False, "steps": [["ask", TRANSITION]]}
    pages["moving"] = {**pages["still"], "motion": True}
    return dict(zip(pages, browse(*pages.values()), strict=True))


@pytest.mark.parametrize("look", LOOKS)
def test_there_is_no_barrier_for_anybody(visits: dict[str, Visit], look: str) -> None:
    closed, _, opened, _ = visits[look].answers
    assert closed == []
    assert opened == []


@pytest.mark.parametrize("look", [*LOOKS, "small phone"])
def test_nothing_is_wider_than_the_screen(visits: dict[str, Visit], look: str) -> None:
    assert visits[look].answers[-1] <= 0


def test_a_page_asks_for_itself_and_for_nothing_else(visits: dict[str, Visit]) -> None:
    for look, visit in visits.items():
        assert len(visit.requests) == 1, look
        assert visit.requests[0].startswith("GET file:///")
        assert visit.problems == [], look


@pytest.mark.parametrize("name", ["sample", "hostile", "many"])
@pytest.mark.parametrize("where", ["", " on a phone"])
def test_labels_on_the_map_touch_nothing_in_any_font(visits: dict[str, Visit], name: str, where: str) -> None:
    told = visits[f"fonts of {name}{where}"].answers[1::2]
    assert [each["found"] for each in told] == [[], [], [], []]
    assert all(each["labels"] >= 8 for each in told)


def test_names_of_any_kind_run_no_script(visits: dict[str, Visit]) -> None:
    pwned, text = visits["pwned"].answers
    assert pwned is None
    assert "<script>" in text
    assert "שרה לוי" in text


def test_what_has_the_focus_can_be_seen_to(visits: dict[str, Visit]) -> None:
    assert visits["focus"].answers[1] == []


def test_nothing_moves_for_those_who_asked_for_stillness(visits: dict[str, Visit]) -> None:
    assert visits["still"].answers == ["0s"]
    assert visits["moving"].answers != ["0s"]


def test_a_script_from_elsewhere_does_not_run_and_nothing_is_sent(browse: Browse, sample_page: str) -> None:
    (visit,) = browse({"url": sample_page, "steps": [["ask", words] for words in ATTACKS]})
    assert visit.answers == [None, None, "refused", "refused"]
    assert any("Content Security Policy" in problem for problem in visit.problems)


def test_the_keyboard_alone_is_enough(browse: Browse, sample_page: str) -> None:
    on = "document.activeElement.textContent.trim().split(':')[0] || document.activeElement.id"
    state = "document.querySelector('details.snooze').open"
    (visit,) = browse(
        {
            "url": sample_page,
            "steps": [
                ["press", "Tab"], ["ask", on], ["press", "Tab"], ["ask", on], ["press", "Tab"], ["ask", on],
                ["ask", "document.querySelector('details.snooze summary').focus()"],
                ["press", "Enter"], ["ask", state], ["press", "Tab"], ["ask", on], ["press", "Escape"], ["ask", state],
                ["ask", on],
            ],
        }
    )  # fmt: skip
    assert [answer for answer in visit.answers if answer is not None] == [
        "To this week", "find", "Hide names", True, "1 week", False, "Snooze",
    ]  # fmt: skip


def test_a_name_is_found_without_its_accents(browse: Browse, sample_page: str) -> None:
    hits = "[...document.querySelectorAll('#hits li')].map((hit) => hit.innerText.replace(/\\s+/g, ' '))"
    (visit,) = browse(
        {
            "url": sample_page,
            "steps": [["fill", "#find", "TOMAS"], ["ask", hits], ["fill", "#find", "zzz"], ["ask", hits],
                      ["ask", "document.getElementById('found').textContent"]],
        }
    )  # fmt: skip
    assert visit.answers[1::2] == [["Tomás Varela Close 77"], []]
    assert visit.answers[-1] == "0 found"


def test_hiding_names_takes_them_and_their_notes_off_the_screen(
    browse: Browse, sample_page: str, sample: Snapshot
) -> None:
    (visit,) = browse(
        {
            "url": sample_page,
            "steps": [
                ["click", "#hide-names"], ["ask", LINKS], ["ask", SHOWN], ["ask", PICTURED],
                ["click", "#hide-names"], ["ask", LINKS], ["barriers"],
            ],
        }
    )  # fmt: skip
    _, hidden_links, text, name, _, links_again, barriers = visit.answers
    assert hidden_links == 0
    assert links_again > 20
    assert name == '0px"R.A."'
    assert barriers == []
    for followup in sample.followups:
        assert followup.action not in text
        assert followup.reason not in text


def test_copying_takes_last_time_why_and_do(browse: Browse, sample_page: str, sample: Snapshot) -> None:
    (visit,) = browse(
        {
            "url": sample_page,
            "clipboard": True,
            "steps": [["click", "button.copy"], ["ask", "navigator.clipboard.readText()"],
                      ["ask", "document.getElementById('said').textContent"]],
        }
    )  # fmt: skip
    first = sample.followups[0]
    assert visit.answers[1:] == [f"{first.last_time}\n{first.reason}\n{first.action}", "Copied."]


def test_without_script_the_page_is_whole_and_has_nothing_that_does_not_work(browse: Browse, sample_page: str) -> None:
    (visit,) = browse({"url": sample_page, "javascript": False, "steps": [["ask", PRESSED]]})
    assert set(visit.answers[0]) == {"Done"}
