"""Notes of a size nobody types, end to end: they are read like any other, and the right people are found in them."""

from __future__ import annotations

import datetime as dt

import msgspec
import pytest

from vaultrel.app import ScanReport, open_vault
from vaultrel.settings import Settings
from vaultrel.storage.memory import MemoryStore

TODAY = dt.date(2026, 9, 1)
ASKED = msgspec.convert({"people": {"plain_names": True}}, Settings)

WORDS = "flour and water "
LINK = "[[Ada Stone]]"
TEN_MEGABYTES = WORDS * (10_000_000 // len(WORDS))


def scan(files: dict[str, str], settings: Settings | None = None) -> ScanReport:
    with open_vault(MemoryStore({"People/Ada Stone.md": "", **files}), settings=settings) as vault:
        return vault.scan(as_of=TODAY)


def places(report: ScanReport) -> list[tuple[str, int, bool]]:
    return [(found.mention.surface, found.mention.column, found.contact) for found in report.snapshot.mentions]


def test_one_line_of_ten_megabytes_is_read_to_its_end() -> None:
    report = scan({"2026-08-20.md": f"{LINK} {TEN_MEGABYTES}{LINK}\n"})
    assert places(report) == [(LINK, 1, True), (LINK, len(LINK) + len(TEN_MEGABYTES) + 2, True)]


def test_one_line_of_ten_megabytes_is_searched_for_full_names() -> None:
    report = scan({"2026-08-20.md": f"{TEN_MEGABYTES}Ada Stone {'Ada Hale Stone ' * 20_000}\n"}, ASKED)
    assert places(report) == [("Ada Stone", len(TEN_MEGABYTES) + 1, True)]


@pytest.mark.parametrize("opening", ["[", "([", "![", "[a:: ", "(a:: ", "> ", "- "])
def test_ten_thousand_brackets_within_each_other_hide_no_link(opening: str) -> None:
    closing = "".join({"[": "]", "(": ")"}.get(sign, "") for sign in reversed(opening))
    report = scan({"2026-08-20.md": f"{opening * 10_000}{LINK}{closing * 10_000}\n"})
    assert [(surface, contact) for surface, _, contact in places(report)] == [(LINK, True)]


@pytest.mark.parametrize("opening", ["[", "{a: ", "- "])
def test_ten_thousand_brackets_among_the_properties_are_reported_and_not_written(opening: str) -> None:
    note = f"---\ntags: [person]\nodd: {opening * 10_000}\n---\n"
    report = scan({"Notes/Ben Hale.md": note, "2026-08-20.md": "[[Ben Hale]]\n"})
    assert [found.path for found in report.snapshot.interactions] == ["2026-08-20.md"]
    assert [problem.path for problem in report.diagnostics] == ["Notes/Ben Hale.md"]
    assert report.applied == ()


def test_each_of_five_thousand_aliases_leads_to_its_person() -> None:
    aliases = "".join(f"  - Baker number {number}\n" for number in range(5_000))
    report = scan(
        {
            "People/Ben Hale.md": f"---\naliases:\n{aliases}---\n",
            "2026-08-20.md": "[[Baker number 0]] [[Baker number 4999]] [[Baker number 5000]]\n",
        }
    )
    resolved = [found.person for found in report.snapshot.mentions]
    assert resolved == ["People/Ben Hale.md", "People/Ben Hale.md", None]
    assert [edit.patch.path for edit in report.applied] == ["People/Ben Hale.md"]
