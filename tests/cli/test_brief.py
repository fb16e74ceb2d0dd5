from __future__ import annotations

import re
from typing import TYPE_CHECKING

from vaultrel.storage.base import ReadRefusedError
from vaultrel.storage.filesystem import FileSystemStore

if TYPE_CHECKING:
    import pytest
    from tests.cli.conftest import MakeVault, Run

    from vaultrel.model import NotePath

NOTES: dict[str, str | bytes] = {
    "People/Mei Tan.md": (
        "---\naliases: [Mei]\nbirthday: 1986-07-12\ninterests: [rowing, jazz]\nmet: At the boathouse\n---\n# Mei Tan\n"
        "\n## News\n- Her exam is on 2026-07-20.\n- Looking for a flat by the river.\n"
        "\n## Ask next time\n- Has the boat a name yet?\n\n## Log\n- 2026-01-12: rowed to the weir.\n"
    ),
    "People/me.md": "---\ninterests: [jazz]\n---\n",
    "Meetings/2026-04-06 Tea.md": '---\ntype: meeting\ndate: 2026-04-06\nattendees: ["[[Mei Tan]]"]\n---\nLong talk.\n',
    "Daily/2026-05-11.md": "- met:: [[Mei Tan]], she was tired\n- [ ] lend [[Mei Tan]] the pump\n",
    "Daily/2026-06-01.md": "- [ ] [[Mei Tan]] sends me the map\n",
}


def test_a_brief_tells_all_there_is_before_you_meet(make_vault: MakeVault, run: Run) -> None:
    out = run("--vault", make_vault(NOTES), "--as-of", "2026-06-30", "brief", "Mei").out
    for told in (
        r"Birthday +12 Jul 2026, turns 40 +People/Mei Tan\.md:3\n",
        r"How you met +At the boathouse +People/Mei Tan\.md:5\n",
        r"You share +jazz +People/Mei Tan\.md:4, People/me\.md:2\n",
        r"Interests +rowing +People/Mei Tan\.md:4\n",
        r"\nLast 3 times\n  2026-05-11  meeting  Daily/2026-05-11\.md:1\n    “met: Mei Tan, she was tired”\n",
        r"2026-01-12  contact  People/Mei Tan\.md:17\n    “rowed to the weir.”\n",
        r"\nYou promised\n  \[ \] lend Mei Tan the pump  Daily/2026-05-11\.md:2\n",
        r"\nThey promised\n  \[ \] Mei Tan sends me the map  Daily/2026-06-01\.md:1\n",
        r"\nComing up\n  Her exam is on 2026-07-20\.  People/Mei Tan\.md:10\n",
        r"\nTheir news\n  Looking for a flat by the river\.  People/Mei Tan\.md:11\n",
        r"\nTo ask\n  Has the boat a name yet\?  People/Mei Tan\.md:14\n",
        r"\nNot known yet\n  No word found about their work or their family  People/Mei Tan\.md:1\n",
    ):
        assert re.search(told, out), told


def test_every_line_a_brief_points_at_exists(make_vault: MakeVault, run: Run) -> None:
    root = make_vault(NOTES)
    out = run("--vault", root, "--as-of", "2026-06-30", "brief", "Mei").out
    places = re.findall(r"((?:People|Daily|Meetings)/[^:\n]+\.md):([0-9]+)", out)
    assert len(places) > 10
    for path, line in places:
        assert int(line) <= len((root / path).read_text().splitlines())


def test_what_nothing_is_known_of_is_left_out(on_vault: Run) -> None:
    out = on_vault("brief", "Dan Hale").out
    assert out == "Dan Hale   no contact yet   People/Dan Hale.md\n"


def test_meetings_without_a_word_about_somebody_are_said_gently(make_vault: MakeVault, run: Run) -> None:
    notes: dict[str, str | bytes] = {"People/Mei Tan.md": "Rows.\n"}
    for day in ("2026-04-06", "2026-05-11", "2026-06-01"):
        notes[f"Meetings/{day} Tea.md"] = f'---\ntype: meeting\ndate: {day}\nattendees: ["[[Mei Tan]]"]\n---\n'
    root = make_vault(notes)
    said = "The notes of these days say that you met, and nothing about them."
    assert said in run("--vault", root, "--as-of", "2026-06-30", "brief", "Mei").out
    (root / "Meetings/2026-06-01 Tea.md").write_text(str(notes["Meetings/2026-06-01 Tea.md"]) + "She laughed a lot.\n")
    assert said not in run("--vault", root, "--as-of", "2026-06-30", "brief", "Mei").out


def test_a_long_list_of_news_is_cut_on_the_page_and_whole_in_the_answer(make_vault: MakeVault, run: Run) -> None:
    news = "".join(f"- Has painted room {at}.\n" for at in range(8))
    root = make_vault({"People/Mei Tan.md": f"## News\n{news}"})
    assert run("--vault", root, "brief", "Mei").out.count("Has painted") == 5
    assert len(run("--vault", root, "brief", "Mei", "--json").json["news"]) == 8


def test_no_gap_is_told_of_a_note_that_cannot_be_read_just_now(on_vault: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert on_vault("brief", "Ada", "--json").json["gaps"] == ["work", "family", "birthday"]

    read = FileSystemStore.read

    def refuse(store: FileSystemStore, path: NotePath) -> bytes:
        if path == "People/Ada Moreau.md":
            raise ReadRefusedError(path, "not-downloaded", "It is still in the cloud")
        return read(store, path)

    monkeypatch.setattr(FileSystemStore, "read", refuse)
    answer = on_vault("brief", "Ada", "--json").json
    assert answer["gaps"] == []
    assert len(answer["latest"]) == 3
