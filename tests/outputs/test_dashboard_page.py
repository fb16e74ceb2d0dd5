"""The web page as bytes: what it says, what it never says, and that nothing in a note can get out of its place."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import re
import time
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from msgspec.structs import replace

from vaultrel.app import headline, open_vault
from vaultrel.core.census import take_census
from vaultrel.core.feasibility import assess_feasibility
from vaultrel.model import NotePath
from vaultrel.outputs import get_output
from vaultrel.outputs.page_rendering import PageActions, page_policy, render_page
from vaultrel.outputs.page_words import followup_key, show_span
from vaultrel.settings import DEFAULT_SETTINGS, PageSettings
from vaultrel.storage.memory import MemoryStore

if TYPE_CHECKING:
    from tests.outputs.conftest import MakeFollowUp, MakeSnapshot, MakeState

    from vaultrel.model import Snapshot
    from vaultrel.outputs import RenderContext

SAMPLE_VAULT = Path(__file__).parents[2] / "sample_vault"
SAMPLE_DAY = dt.date(2026, 6, 30)
EMPTY_ELEMENTS = {"meta", "link", "input", "br", "img", "hr"}
ACTIONS = PageActions("t0ken", "webcal://127.0.0.1:8137/feed/x/followups.ics")

HOSTILE = [
    "</script><script>alert(1)</script>",
    "</style><img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "' onfocus=alert(1) autofocus='",
    "{{ 7 * 7 }}{% raw %}<!--",
    "javascript:alert(1)",
    "\u202eevil\u202c\u2066 ltr",
    "A\ud800\x00\u2028B",
    "N" * 10_000,
    "&lt;b&gt;&amp;",
]


class Reader(HTMLParser):
    """A page taken apart: every element with its attributes, and the text of each."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: list[str] = []
        self.inline: dict[str, list[str]] = {"style": [], "script": []}
        self._open: list[str] = []
        self.feed(page.decode("utf-8"))
        self.close()
        assert self._open == [], "an element was not closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(attrs) == len(dict(attrs)), f"an attribute twice in {tag}"
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in EMPTY_ELEMENTS and not (self.get_starttag_text() or "").endswith("/>"):
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] in self.inline:
            self.inline[self._open[-1]].append(data)
        else:
            self.texts.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.texts)).strip()

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for found, attributes in self.elements if found == tag]


@pytest.fixture(scope="module")
def sample() -> Snapshot:
    return open_vault(SAMPLE_VAULT).snapshot(SAMPLE_DAY)


def vault_of(files: dict[str, str], as_of: dt.date = SAMPLE_DAY) -> Snapshot:
    return open_vault(MemoryStore({path: text.encode() for path, text in files.items()})).snapshot(as_of)


def hiding(context: RenderContext, **page: bool) -> RenderContext:
    settings = msgspec.structs.replace(DEFAULT_SETTINGS, page=PageSettings(**page))
    return replace(context, settings=settings)


def crowd(count: int) -> Snapshot:
    """People of every band, each with a handful of days of contact."""
    files = {}
    for at in range(count):
        days = "".join(
            f"- {SAMPLE_DAY - dt.timedelta(days=(at % 40) * 9 + 30 * back + 1)}: saw them\n" for back in range(4)
        )
        files[f"People/Ada {at:04}th.md"] = f"---\nbirthday: 1990-07-{at % 28 + 1:02}\n---\n{days}"
    return vault_of(files)


# What it says


def test_the_headline_is_the_one_the_program_counts(sample: Snapshot, context: RenderContext) -> None:
    counted = headline(sample)
    read = Reader(render_page(sample, context))
    assert f"{counted.relationships} relationships" in read.text
    assert f"out of {counted.contacts} contacts." in read.text
    for band, count in counted.bands.items():
        assert f"{band.capitalize()} {count}" in read.text
    assert f"{counted.contacts - counted.relationships} are just contacts" in read.text


def test_the_trend_is_the_census_of_the_last_twelve_months_and_today(sample: Snapshot, context: RenderContext) -> None:
    told = next(
        a["aria-label"] for a in Reader(render_page(sample, context)).all("svg") if "month" in a.get("aria-label", "")
    )
    numbers = [int(number) for number in re.findall(r"\d+", told)]
    assert numbers == [*(month.relationships for month in sample.months[-12:]), headline(sample).relationships]


def test_who_became_a_relationship_and_who_lapsed_in_the_last_month_is_said(context: RenderContext) -> None:
    def log(*days: int) -> str:
        return "".join(f"- {SAMPLE_DAY - dt.timedelta(days=each)}: coffee\n" for each in days)

    def told(snapshot: Snapshot) -> str:
        return re.sub(r" (?=[,.])", "", Reader(render_page(snapshot, context)).text)

    files = {
        "People/Ada Lind.md": log(1, 40, 90),
        "People/Bo Dahl.md": log(370, 400, 450),
        "People/Cy Holm.md": log(60, 100, 150),
    }
    assert "Nobody became one or lapsed in the last 30 days." in told(
        vault_of({"People/Cy Holm.md": files["People/Cy Holm.md"]})
    )
    assert "In the last 30 days Ada Lind became a relationship, and Bo Dahl lapsed." in told(vault_of(files))
    also = files | {"People/Di Ek.md": log(2, 50, 95)}
    assert "Di Ek and Ada Lind became relationships, and Bo Dahl lapsed." in told(vault_of(also))
    only = {"People/Ada Lind.md": log(1, 40, 90)}
    assert "Ada Lind became a relationship, and nobody lapsed." in told(vault_of(only))
    assert "Bo Dahl lapsed, and nobody became one." in told(vault_of({"People/Bo Dahl.md": log(370, 400, 450)}))


def test_give_and_take_says_what_the_census_counts(sample: Snapshot, context: RenderContext) -> None:
    balance = take_census(sample, DEFAULT_SETTINGS.relationship).balance
    feasibility = assess_feasibility(sample.people, DEFAULT_SETTINGS)
    text = Reader(render_page(sample, context)).text
    assert f"last 12 months {balance.started_by_me} : {balance.started_by_them}" in text
    assert f"open promises of yours {balance.promised_by_me}" in text
    assert f"open promises to you {balance.promised_by_them}" in text
    week = f"fit into {feasibility.capacity} a week {feasibility.kept} of {feasibility.total}"
    assert week in text


def test_every_follow_up_of_the_week_says_last_time_why_and_do(sample: Snapshot, context: RenderContext) -> None:
    read = Reader(render_page(sample, context))
    week = [f for f in sample.followups if f.planned is not None and (f.planned - SAMPLE_DAY).days < 7]
    assert [a["id"] for a in read.all("article")] == [f"card-{at}" for at in range(1, len(week) + 1)]
    at = 0
    for followup in week:
        for words in (followup.name, followup.last_time, followup.reason, followup.action):
            at = read.text.index(words, at)
    assert f"{len(sample.followups) - len(week) + len(sample.waiting)} more can wait" in read.text


def test_who_is_fading_stands_with_silence_and_usual_gap_most_at_stake_first(
    sample: Snapshot, context: RenderContext
) -> None:
    fading = [state for state in sample.people if state.tie.band == "fading"]
    fading.sort(key=lambda state: -(state.followup.worth if state.followup else 0))
    text = Reader(render_page(sample, context)).text
    at = text.index("most worth saving first")
    for state in fading:
        assert state.tie.last_contact is not None
        assert state.tie.rhythm_days is not None
        quiet = (SAMPLE_DAY - state.tie.last_contact).days
        told = f"{state.person.name} {state.tie.strength} was {state.tie.peak} "
        at = text.index(told + f"{show_span(quiet)} quiet, usual {show_span(state.tie.rhythm_days)}", at)


def test_what_is_coming_up_are_birthdays_facts_and_promises_of_the_next_month(context: RenderContext) -> None:
    contact = "".join(f"- {SAMPLE_DAY - dt.timedelta(days=days)}: coffee\n" for days in (1, 40, 90))
    snapshot = vault_of(
        {
            "People/Ada Lind.md": f"---\nbirthday: 1990-07-28\n---\n{contact}"
            "- [ ] send the map to [[Ada Lind]] 📅 2026-07-05\n- [ ] lend [[Ada Lind]] the tent 📅 2026-06-20\n",
            "People/Bo Dahl.md": f"---\nbirthday: 1990-08-15\n---\n{contact}\n## News\n- Exam on 2026-07-10.\n"
            "- Exam on 2026-09-10.\n",
            "People/Cy Holm.md": "---\nbirthday: 1990-07-02\n---\n",
        }
    )
    text = Reader(render_page(snapshot, context)).text
    ahead = text[text.index("Coming up") : text.index("Everybody")]
    assert "Sat 20 Jun Ada Lind you promised, late : lend Ada Lind the tent" in ahead
    assert "Sun 5 Jul Ada Lind you promised : send the map to Ada Lind" in ahead
    assert "Fri 10 Jul Bo Dahl : Exam on 2026-07-10." in ahead
    assert "Tue 28 Jul Ada Lind turns 36" in ahead
    assert "2026-09-10" not in ahead
    assert "15 Aug" not in ahead
    assert "Cy Holm" not in ahead, "a birthday in a note without any contact"


def test_somebody_to_be_left_alone_is_not_called_fading(sample: Snapshot, context: RenderContext) -> None:
    def leave(path: str, **word: Any) -> Snapshot:
        people = tuple(
            replace(state, person=replace(state.person, **word)) if state.person.path == path else state
            for state in sample.people
        )
        return replace(sample, people=people)

    path = next(state.person.path for state in sample.people if state.tie.band == "fading")
    assert "3 of 3, most worth saving first" in Reader(render_page(sample, context)).text
    for snapshot in (leave(path, ignored=True), leave(path, ended="status: archived")):
        assert "2 of 2, most worth saving first" in Reader(render_page(snapshot, context)).text


def test_everybody_is_in_the_list_the_strongest_first(sample: Snapshot, context: RenderContext) -> None:
    text = Reader(render_page(sample, context)).text
    at = text.index("Everybody: 24 contacts")
    for state in sorted(sample.people, key=lambda state: (-state.tie.strength, state.person.name)):
        at = text.index(state.person.name, at) + 1


def test_a_name_links_to_the_note_in_obsidian_wherever_that_is(
    snapshot: MakeSnapshot, state: MakeState, context: RenderContext
) -> None:
    plan = snapshot(people=(state("Zoë & Co? #1"),))
    links = {a["href"] for a in Reader(render_page(plan, context)).all("a") if "data-note" in a}
    assert links == {"obsidian://open?vault=Sample%20vault&file=People%2FZo%C3%AB%20%26%20Co%3F%20%231"}


def test_equal_snapshots_give_equal_bytes_whatever_the_hour(sample: Snapshot, context: RenderContext) -> None:
    again = open_vault(SAMPLE_VAULT).snapshot(SAMPLE_DAY)
    later = replace(context, now=context.now + dt.timedelta(hours=5), previous=b"x")
    assert render_page(sample, context) == render_page(again, later)


# Sizes of vaults


def test_an_empty_vault_is_told_how_a_person_is_known(snapshot: MakeSnapshot, context: RenderContext) -> None:
    read = Reader(render_page(snapshot(note_count=0), context, ACTIONS))
    assert "0 relationships out of 0 contacts." in read.text
    assert "No people found in this vault yet." in read.text
    assert "type: person" in read.text
    assert not read.all("article")


def test_one_person_without_contact_is_a_contact(context: RenderContext) -> None:
    read = Reader(render_page(vault_of({"People/Ada Lind.md": ""}), context))
    assert "0 relationships out of 1 contact." in read.text
    assert "1 is just a contact" in read.text
    assert "Ada Lind New 0 none in your notes" in read.text
    assert "Your map" not in read.text


def test_one_relationship_is_told_in_the_singular(context: RenderContext) -> None:
    days = "".join(f"- {SAMPLE_DAY - dt.timedelta(days=days)}: coffee\n" for days in (1, 40, 90))
    read = Reader(render_page(vault_of({"People/Ada Lind.md": days}), context))
    assert "1 relationship out of 1 contact." in read.text
    assert "0 are just contacts" in read.text
    assert "Your map" in read.text


def test_two_thousand_people_fit_on_the_page_in_time_proportional_to_their_number(context: RenderContext) -> None:
    def cost(snapshot: Snapshot) -> float:
        render_page(snapshot, context)
        began = time.process_time()
        render_page(snapshot, context)
        return time.process_time() - began

    few, many = crowd(500), crowd(2000)
    assert cost(many) < 10 * cost(few)
    page = render_page(many, context)
    assert len(page) < 1_500_000
    read = Reader(page)
    assert "out of 2,000 contacts." in read.text
    assert len([a for a in read.all("circle") if a.get("class", "").startswith("dot")]) <= 60 + 28


# Hostile notes


@pytest.mark.parametrize("words", HOSTILE, ids=lambda words: ascii(words[:16]))
@pytest.mark.parametrize("hide", [False, True])
def test_nothing_in_a_note_becomes_part_of_the_page(
    words: str, hide: Any, snapshot: MakeSnapshot, state: MakeState, followup: MakeFollowUp, context: RenderContext
) -> None:
    person = state("Ada")
    person = replace(person, person=replace(person.person, name=words, names=(words,), path=NotePath(f"{words}/A.md")))
    proposal = followup(
        words, person=NotePath(f"{words}/A.md"), last_time=words, reason=words, action=words, touch=words
    )
    plan = snapshot(proposal, people=(person,))
    context = hiding(replace(context, vault_name=words), hide_names=hide)
    page = render_page(plan, context, ACTIONS, notice=words)
    read = Reader(page)
    assert len(read.all("script")) == len(read.all("style")) == 1
    assert {tag for tag, _ in read.elements}.isdisjoint({"img", "iframe", "object", "embed", "base"})
    for tag, attributes in read.elements:
        assert not any(name.startswith("on") or name == "style" for name in attributes), tag
    assert not re.search("[\u202a-\u202e\u2066-\u2069\x00\u2028]", page.decode("utf-8"))


def test_a_name_of_ten_thousand_letters_is_cut(
    snapshot: MakeSnapshot, state: MakeState, context: RenderContext
) -> None:
    person = state("Ada")
    long = replace(person, person=replace(person.person, name="N" * 10_000))
    page = render_page(snapshot(people=(long,)), context)
    assert b"N" * 59 + "…".encode() in page
    assert b"N" * 60 not in page


def test_a_name_written_from_right_to_left_stays_in_its_own_place(
    snapshot: MakeSnapshot, state: MakeState, context: RenderContext
) -> None:
    page = render_page(snapshot(people=(state("שרה לוי"),)), context).decode("utf-8")
    assert "<bdi>שרה לוי</bdi>" in page


# What it lets in and out


def test_the_policy_allows_this_style_and_this_script_and_nothing_else(
    sample: Snapshot, context: RenderContext
) -> None:
    read = Reader(render_page(sample, context, ACTIONS))
    (policy,) = [a["content"] for a in read.all("meta") if a.get("http-equiv") == "Content-Security-Policy"]
    assert policy == page_policy()
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    for kind in ("style", "script"):
        digest = hashlib.sha256("".join(read.inline[kind]).encode()).digest()
        assert rules.pop(f"{kind}-src") == f"'sha256-{base64.b64encode(digest).decode()}'"
    assert rules == {"default-src": "'none'", "img-src": "data:", "form-action": "'self'", "base-uri": "'none'"}


def test_nothing_on_the_page_is_fetched_from_anywhere(sample: Snapshot, context: RenderContext) -> None:
    page = render_page(sample, context, ACTIONS)
    addresses = [
        attributes[name]
        for _, attributes in Reader(page).elements
        for name in ("href", "src", "action", "data", "srcset", "poster", "xlink:href")
        if name in attributes
    ]
    assert {address.partition(":")[0] for address in addresses} == {
        "obsidian", "#week", "data", "webcal", "done", "snooze",
    }  # fmt: skip
    assert b"url(" not in page
    assert b"@import" not in page


def test_a_page_as_a_file_has_nothing_to_press_that_writes(sample: Snapshot, context: RenderContext) -> None:
    read = Reader(get_output("html").render(sample, context))
    assert [a for a in read.all("form") if a.get("method")] == []
    assert "Snooze" not in read.text
    assert "vaultrel undo" not in read.text


def test_a_page_to_look_at_only_keeps_the_subscription(sample: Snapshot, context: RenderContext) -> None:
    read = Reader(render_page(sample, hiding(context, read_only=True), ACTIONS))
    assert [a for a in read.all("form") if a.get("method")] == []
    assert ACTIONS.feed in {a.get("href") for a in read.all("a")}
    assert "t0ken" not in read.text


def test_every_form_carries_the_token_and_a_key_that_names_nobody(sample: Snapshot, context: RenderContext) -> None:
    read = Reader(render_page(sample, context, ACTIONS))
    forms = [a["action"] for a in read.all("form") if a.get("method") == "post"]
    week = [f for f in sample.followups if f.planned is not None and (f.planned - SAMPLE_DAY).days < 7]
    assert forms == ["done", "snooze", "snooze"] * len(week)
    hidden = [a for a in read.all("input") if a["type"] == "hidden"]
    assert {a["value"] for a in hidden if a["name"] == "token"} == {"t0ken"}
    assert {a["value"] for a in hidden if a["name"] == "followup"} == {followup_key(f) for f in week}
    untils = {a["value"] for a in read.all("button") if a.get("name") == "until"}
    assert untils == {"2026-07-07", "2026-07-14", "2026-07-30", "2026-09-28"}
    days = [a for a in read.all("input") if a["type"] == "date"]
    assert [(a["min"], a["max"]) for a in days] == [("2026-07-01", "2200-12-31")] * len(week)
    assert {a["id"] for a in days} <= {a.get("for") for a in read.all("label")}


def test_a_snooze_at_the_end_of_the_calendar_stays_in_it(snapshot: MakeSnapshot, context: RenderContext) -> None:
    assert render_page(snapshot(as_of=dt.date.max), context, ACTIONS)


# Hidden names


def test_hidden_names_leave_no_name_no_path_and_no_word_of_a_note(sample: Snapshot, context: RenderContext) -> None:
    page = render_page(sample, hiding(context, hide_names=True), ACTIONS).decode("utf-8")
    text = Reader(page.encode()).text
    own = {"New", "Mark"}
    for state in sample.people:
        for word in {word for name in state.person.names for word in name.split()} - own:
            assert not re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text), word
        assert state.person.path.removesuffix(".md") not in page
        for interaction in state.interactions:
            assert not interaction.quote or interaction.quote not in page
    for followup in sample.followups:
        assert followup.action not in page
    assert "obsidian:" not in page
    assert "Sample vault" not in page


def test_hidden_names_are_initials_and_the_kind_of_touch(sample: Snapshot, context: RenderContext) -> None:
    read = Reader(render_page(sample, hiding(context, hide_names=True), ACTIONS))
    assert "R.A. New tie" in read.text
    assert "→ Share 5 min" in read.text
    assert headline(sample).relationships == int(read.text.split(" relationships")[0].split()[-1])


# Words


@pytest.mark.parametrize(
    ("days", "words"),
    [(0, "0 days"), (1, "1 day"), (20, "20 days"), (21, "3 weeks"), (118, "17 weeks"), (119, "4 months")],
)  # fmt: skip
def test_a_length_of_time_is_told_in_its_fitting_unit(days: int, words: str) -> None:
    assert show_span(days) == words
