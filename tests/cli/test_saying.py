"""`log`, `done` and `snooze`: one line or one property is written, the follow-up moves, and `undo` takes it back."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from vaultrel.core.ticks import read_ticks
from vaultrel.storage.lock import VaultLock

if TYPE_CHECKING:
    from tests.cli.conftest import MakeVault, Ran, ReadNotes, Run

TODAY = "Daily/2026-06-30.md"
EVE = "Daily/2026-06-29.md"
ADA, BEN = "People/Ada Moreau.md", "People/Ben Okoro.md"


def last_line(vault: Path, path: str = TODAY) -> str:
    return (vault / path).read_text("utf-8").splitlines()[-1]


def changed(before: dict[str, bytes], after: dict[str, bytes]) -> list[str]:
    return sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))


def shown(run: Run, name: str) -> Any:
    return run("show", name, "--json").json


# ------------------------------------------------------------------------------------------------------------------ log


def test_log_adds_one_line_to_the_daily_note_and_nothing_else(
    on_vault: Run, vault: Path, read_notes: ReadNotes
) -> None:
    before = read_notes()
    done = on_vault("log", "Ben", "coffee", "on", "glazes")
    line, moved = done.out.splitlines()
    assert (done.code, line) == (0, "+ - [coffee:: [[Ben Okoro]]] on glazes  Daily/2026-06-30.md")
    assert re.fullmatch(r"  Ben Okoro 33 → 50: next follow-up 2026-0[78]-\d\d, was 2026-07-01", moved)
    assert "Undo: vaultrel undo" in done.err
    assert changed(before, read_notes()) == [TODAY]
    assert not (vault / "vaultrel").exists()


def test_a_tie_that_changes_its_band_is_said_to_and_one_that_stays_the_same_is_not(
    make_vault: MakeVault, run: Run
) -> None:
    days = "".join(f"- 2026-{month:02}-{day:02}: tea\n" for month in (1, 2, 3) for day in (3, 13, 23))
    root = make_vault({"People/Cleo Berg.md": f"# Cleo\n{days}", "People/Dora Lind.md": "Knits.\n"})
    at = ("--vault", root, "--as-of", "2026-06-30")
    assert re.search(r"  Cleo Berg \d+ → \d+, now (warm|close): next follow-up", run(*at, "log", "Cleo", "call").out)
    assert "  Cleo Berg: next follow-up" in run(*at, "snooze", "Cleo", "2w").out


def test_the_field_of_a_logged_line_is_not_quoted_and_a_line_that_says_no_more_is_not_either(on_vault: Run) -> None:
    on_vault("log", "Ada", "coffee", "on", "[[Glazes|glazes]]", "again")
    assert '"on glazes again"' in on_vault("why", "Ada").out
    on_vault("log", "Ben", "call")
    told = on_vault("brief", "Ben").out
    assert "2026-06-30  call  Daily/2026-06-30.md:2\n  2026-06-29" in told
    assert "[call" not in told


def test_what_was_logged_counts_as_contact_of_that_kind_direction_and_day(on_vault: Run) -> None:
    on_vault("log", "Ada", "call", "--by", "them", "--on", "2026-06-28")
    latest = shown(on_vault, "Ada")["interactions"][-1]
    assert (latest["date"], latest["kind"], latest["direction"], latest["path"], latest["line"]) == (
        "2026-06-28",
        "call",
        "by_them",
        "Daily/2026-06-28.md",
        1,
    )


def test_several_people_were_there_together(on_vault: Run) -> None:
    on_vault("log", "Ada Moreau", "Ben Okoro", "lunch")
    assert shown(on_vault, "Ben")["interactions"][-1]["present"] == 2
    assert shown(on_vault, "Ada")["interactions"][-1]["present"] == 2


def test_a_line_goes_behind_what_the_daily_note_holds(on_vault: Run, vault: Path) -> None:
    before = (vault / EVE).read_bytes()
    on_vault("log", "Ada", "--yesterday", "she is back")
    assert (vault / EVE).read_bytes() == before + b"- [in touch with:: [[Ada Moreau]]] she is back\n"


def test_a_new_daily_note_is_made_as_obsidian_is_set_and_its_template_is_not_applied(
    on_vault: Run, vault: Path
) -> None:
    (vault / ".obsidian/daily-notes.json").write_text(
        '{"folder": "Journal", "format": "YYYY/MM/YYYY-MM-DD", "template": "Templates/Day"}'
    )
    done = on_vault("log", "Ada", "coffee")
    assert (vault / "Journal/2026/06/2026-06-30.md").read_text() == "- [coffee:: [[Ada Moreau]]]\n"
    assert "Obsidian's template for daily notes was not applied" in done.err


def test_undo_gives_the_daily_note_its_bytes_back_and_redo_the_line(on_vault: Run, run: Run, vault: Path) -> None:
    (vault / EVE).write_bytes(b"\xef\xbb\xbfone\r\ntwo")
    before = (vault / EVE).read_bytes()
    on_vault("log", "Ada", "coffee", "--on", "2026-06-29")
    after = (vault / EVE).read_bytes()
    assert after == before + b"\r\n- [coffee:: [[Ada Moreau]]]"
    assert run("--vault", vault, "undo").code == 0
    assert (vault / EVE).read_bytes() == before
    run("--vault", vault, "redo")
    assert (vault / EVE).read_bytes() == after


def test_a_dry_run_says_the_same_and_writes_nothing(on_vault: Run, read_notes: ReadNotes) -> None:
    before = read_notes()
    rehearsed = on_vault("log", "Ada", "coffee", "-n")
    assert read_notes() == before
    assert "Nothing was written." in rehearsed.err
    assert on_vault("log", "Ada", "coffee").out == rehearsed.out


def test_the_json_answer(on_vault: Run) -> None:
    answer = on_vault("log", "Ada", "coffee", "--json").json
    (moved,) = answer.pop("moved")
    days = {day: moved.pop(day) for day in ("was", "now")}
    assert all(re.fullmatch(r"2026-\d\d-\d\d", day) for day in days.values())
    assert 0 < moved.pop("strength_was") < moved.pop("strength_now") <= 100
    assert moved == {"person": ADA, "name": "Ada Moreau", "band_was": "warm", "band_now": "warm"}
    assert answer == {
        "schema": "vaultrel.log/1",
        "dry_run": False,
        "path": TODAY,
        "line": "- [coffee:: [[Ada Moreau]]]",
        "made": True,
        "changed": True,
        "published": [],
    }


def test_people_of_one_file_name_are_told_apart_by_their_path(on_vault: Run, vault: Path) -> None:
    (vault / "Work").mkdir()
    (vault / "Work/Ada Moreau.md").write_text("---\ntags: person\n---\n")
    on_vault("log", "Work/Ada Moreau", "coffee")
    assert last_line(vault) == "- [coffee:: [[Work/Ada Moreau|Ada Moreau]]]"
    assert shown(on_vault, "Work/Ada Moreau")["person"]["last_contact"] == "2026-06-30"


OPEN_ENDS = {
    "a code block": "```\ncode\n",
    "a comment of Obsidian's": "%%\nnot closed\n",
    "a comment of HTML's": "<!-- not closed\n",
}


@pytest.mark.parametrize("end", OPEN_ENDS.values(), ids=OPEN_ENDS)
def test_a_line_that_would_not_count_is_not_written(on_vault: Run, vault: Path, end: str) -> None:
    (vault / TODAY).write_text(end)
    done = on_vault("log", "Ada", "coffee")
    assert (done.code, done.out) == (4, "")
    assert "line-not-counted" in done.err
    assert (vault / TODAY).read_text() == end
    assert shown(on_vault, "Ada")["person"]["last_contact"] == "2026-05-11"


NOT_WRITTEN = {
    "a merge conflict": b"<<<<<<< ours\n=======\n>>>>>>> theirs\n",
    "a NUL byte": b"a\0b\n",
    "frontmatter that never ends": b"---\ntags: x\n",
    "a Kanban board": b"---\nkanban-plugin: board\n---\n",
}


@pytest.mark.parametrize("content", NOT_WRITTEN.values(), ids=NOT_WRITTEN)
def test_a_daily_note_that_is_never_written_is_left_alone(on_vault: Run, vault: Path, content: bytes) -> None:
    (vault / TODAY).write_bytes(content)
    assert on_vault("log", "Ada", "coffee").code == 4
    assert (vault / TODAY).read_bytes() == content


def test_a_read_only_daily_note_is_left_alone(on_vault: Run, vault: Path) -> None:
    (vault / TODAY).write_text("mine\n")
    (vault / TODAY).chmod(0o444)
    assert on_vault("log", "Ada", "coffee").code == 4
    assert (vault / TODAY).read_text() == "mine\n"


def test_daily_notes_that_are_not_read_are_not_written(on_vault: Run, vault: Path) -> None:
    (vault / ".vaultrel").mkdir()
    (vault / ".vaultrel/config.toml").write_text('ignore = ["Daily"]\n')
    (vault / ".obsidian/daily-notes.json").write_text('{"folder": "Daily"}')
    done = on_vault("log", "Ada", "coffee")
    assert (done.code, "not-scanned" in done.err) == (4, True)
    assert not (vault / TODAY).exists()


def test_a_folder_outside_the_vault_is_never_written(on_vault: Run, vault: Path) -> None:
    (vault / ".obsidian/daily-notes.json").write_text('{"folder": "../elsewhere"}')
    assert on_vault("log", "Ada", "coffee").code == 4
    assert not (vault.parent / "elsewhere").exists()


def test_a_format_that_leaves_the_name_open_is_said(on_vault: Run, vault: Path) -> None:
    (vault / ".obsidian/daily-notes.json").write_text('{"folder": "Daily", "format": "gggg-[W]ww-DD"}')
    done = on_vault("log", "Ada", "coffee")
    assert (done.code, "Open that daily note in Obsidian once" in done.err) == (2, True)


REFUSED = {
    "nobody of that name": ("log", "Zoe"),
    "a name of two people": ("log", "Dan", "coffee"),
    "a day to come": ("log", "Ada", "--on", "2026-07-01"),
    "two days": ("log", "Ada", "--yesterday", "--on", "2026-06-01"),
    "no person": ("log",),
    "who started what two do": ("log", "Ada", "meeting", "--by", "me"),
    "done without a follow-up": ("done", "Dan Hale"),
    "done by nobody": ("done", "Zoe"),
    "a snooze until when": ("snooze", "Ada"),
    "a snooze until today": ("snooze", "Ada", "2026-06-30"),
    "a snooze until no day": ("snooze", "Ada", "someday"),
    "a snooze and its end": ("snooze", "Ada", "1w", "--off"),
}


@pytest.mark.parametrize("arguments", REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_done_is_refused_and_nothing_is_written(
    on_vault: Run, read_notes: ReadNotes, arguments: tuple[str, ...]
) -> None:
    before = read_notes()
    done = on_vault(*arguments)
    assert (done.code, done.out) == (2, "")
    assert read_notes() == before


@pytest.mark.parametrize("command", [("log", "Ada"), ("done", "Ada"), ("snooze", "Ada", "1w")])
def test_a_vault_that_is_only_read_takes_none(on_vault: Run, vault: Path, command: tuple[str, ...]) -> None:
    (vault / ".vaultrel").mkdir()
    (vault / ".vaultrel/config.toml").write_text('write = "nothing"\n')
    done = on_vault(*command)
    assert (done.code, 'write = "nothing"' in done.err) == (2, True)


# ----------------------------------------------------------------------------------------------------------------- done


def test_done_is_contact_of_the_kind_that_was_proposed(on_vault: Run, vault: Path) -> None:
    assert shown(on_vault, "Ben")["followup"]["touch"] == "message"
    done = on_vault("done", "Ben", "thanked", "him")
    assert done.code == 0
    assert last_line(vault) == "- [wrote:: [[Ben Okoro]]] thanked him"
    latest = shown(on_vault, "Ben")["interactions"][-1]
    assert (latest["date"], latest["kind"], latest["direction"]) == ("2026-06-30", "message", "by_me")


def test_a_promise_done_leaves_the_user_s_task_as_it_is_and_is_not_proposed_again(
    on_vault: Run, run: Run, vault: Path
) -> None:
    assert shown(on_vault, "Ada")["followup"]["kind"] == "promise"
    before = (vault / EVE).read_bytes()
    assert on_vault("done", "Ada").code == 0
    assert (vault / EVE).read_bytes() == before
    assert last_line(vault) == (
        "- [x] send [[Ada Moreau]] the glaze recipe (promised in [[Daily/2026-06-29|2026-06-29]]) ✅ 2026-06-30"
    )
    after = shown(on_vault, "Ada")
    assert (after["promises"], after["followup"]["kind"]) == ([], "rhythm")
    run("--vault", vault, "undo")
    assert shown(on_vault, "Ada")["followup"]["kind"] == "promise"


# --------------------------------------------------------------------------------------------------------------- snooze


def test_snooze_writes_one_property_and_says_what_moved(on_vault: Run, vault: Path, read_notes: ReadNotes) -> None:
    before = read_notes()
    done = on_vault("snooze", "Ben", "1m")
    assert done.code == 0
    assert "Ben Okoro: next follow-up 2026-07-30, was 20" in done.out
    assert "Undo: vaultrel undo" in done.err
    assert changed(before, read_notes()) == [BEN]
    assert (vault / BEN).read_bytes() == b"---\nrel_snooze_until: 2026-07-30\n---\nPlays the oboe.\n"


def test_snooze_off_and_undo_give_the_note_its_bytes_back(on_vault: Run, run: Run, vault: Path) -> None:
    before = (vault / ADA).read_bytes()
    on_vault("snooze", "Ada", "2w")
    assert on_vault("snooze", "Ada", "--off").code == 0
    assert (vault / ADA).read_bytes() == before
    on_vault("snooze", "Ada", "2w")
    run("--vault", vault, "undo")
    assert (vault / ADA).read_bytes() == before


def test_what_is_so_already_is_said_and_leaves_nothing_to_undo(on_vault: Run, run: Run, vault: Path) -> None:
    done = on_vault("snooze", "Ben", "--off")
    assert (done.code, done.out) == (0, f"{BEN} says so already.\n  Ben Okoro: next follow-up 2026-07-01, as before\n")
    assert "There is nothing to undo." in run("--vault", vault, "undo").err


def test_a_note_that_is_never_written_is_not_snoozed(on_vault: Run, vault: Path) -> None:
    before = (vault / "People/Broken.md").read_bytes()
    assert on_vault("snooze", "Broken", "1w").code == 4
    assert (vault / "People/Broken.md").read_bytes() == before


def test_another_spelling_that_would_win_is_not_overruled_in_silence(on_vault: Run, vault: Path) -> None:
    (vault / BEN).write_text("---\nrel-snooze-until: 2026-07-05\n---\n")
    done = on_vault("snooze", "Ben", "2w")
    assert (done.code, "snoozed-twice" in done.err) == (4, True)
    assert (vault / BEN).read_text() == "---\nrel-snooze-until: 2026-07-05\n---\n"


# --------------------------------------------------------------------------------------------- what was written before


def test_what_a_scan_wrote_is_brought_up_to_date_in_the_same_run(on_vault: Run, run: Run, vault: Path) -> None:
    on_vault("scan")
    scanned = {path: (vault / path).read_bytes() for path in (ADA, BEN)}
    feed = (vault / "vaultrel/followups.ics").read_bytes()
    done = on_vault("log", "Ada", "coffee", "--json").json
    assert "vaultrel/followups.ics" in done["published"]
    assert b"rel_last_contact: 2026-06-30" in (vault / ADA).read_bytes()
    assert (vault / BEN).read_bytes() == scanned[BEN]
    assert (vault / "vaultrel/followups.ics").read_bytes() != feed
    run("--vault", vault, "undo")
    assert (vault / ADA).read_bytes() == scanned[ADA]


def test_another_writer_is_waited_for_and_then_told(
    on_vault: Run, vault: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from vaultrel.app import editing
    from vaultrel.locations import locations_for

    monkeypatch.setattr(editing, "VaultLock", lambda path, root, timeout: VaultLock(path, root, timeout=0 * timeout))
    with VaultLock(locations_for(vault).lock, vault):
        assert on_vault("log", "Ada", "coffee").code == 4
    assert not (vault / TODAY).exists()


def test_a_note_saved_meanwhile_is_left_as_it_is(on_vault: Run, vault: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from vaultrel.app.scribe import Scribe

    def save_first(self: Scribe, draft: Any, record: Any) -> None:
        (vault / EVE).write_text("saved meanwhile\n")
        write(self, draft, record)

    write = Scribe.write
    monkeypatch.setattr(Scribe, "write", save_first)
    done: Ran = on_vault("log", "Ada", "coffee", "--yesterday")
    assert done.code == 4
    assert (vault / EVE).read_text() == "saved meanwhile\n"


def test_a_daily_note_made_meanwhile_is_left_as_it_is(
    on_vault: Run, vault: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from vaultrel.app.scribe import Scribe

    def make_first(self: Scribe, draft: Any, record: Any) -> None:
        (vault / TODAY).write_text("from the template\n")
        write(self, draft, record)

    write = Scribe.write
    monkeypatch.setattr(Scribe, "write", make_first)
    assert on_vault("log", "Ada", "coffee").code == 4
    assert (vault / TODAY).read_text() == "from the template\n"


def test_the_words_typed_cannot_leave_their_line(make_vault: MakeVault, run: Run) -> None:
    vault = make_vault({ADA: ""})
    run("--vault", vault, "--as-of", "2026-06-30", "log", "Ada Moreau", "met", "one\n# two\n- [met:: [[Zoe]]]\x1b[0m")
    made = (vault / "2026-06-30.md").read_text()
    assert made == "- [met:: [[Ada Moreau]]] one # two - [met:: [[Zoe]]] [0m\n"


# ------------------------------------------------------------------------------------------------------------ the pages

DOCS = Path(__file__).resolve().parents[2] / "docs"
HOW_TO = (DOCS / "how-to/tick-follow-ups-on-a-phone.md").read_text("utf-8")
LOG_SECTION = (DOCS / "reference/commands.md").read_text("utf-8").partition("\n## log\n")[2].partition("\n## done\n")[0]
EXAMPLES = [line for page in (HOW_TO, LOG_SECTION) for line in page.splitlines() if line.startswith("vaultrel ")]


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_command_of_the_pages_runs(on_vault: Run, example: str) -> None:
    done = on_vault(*shlex.split(example)[1:])
    assert (done.code, done.out != "") == (0, True), done.err


def test_the_task_that_the_how_to_shows_is_one_that_is_read() -> None:
    (tick,) = read_ticks(HOW_TO.partition("```\n")[2].partition("```")[0].encode())
    assert (tick.target, tick.written.isoformat(), tick.done) == ("People/Ada Moreau", "2026-12-03", False)


def test_the_canvas_goes_to_the_file_that_is_named(on_vault: Run, tmp_path: Path) -> None:
    target = tmp_path / "Network.canvas"
    assert on_vault("export", "canvas", "-o", str(target)).code == 0
    assert b'"People/Ada Moreau.md"' in target.read_bytes()


def test_an_export_of_the_note_never_replaces_a_note(on_vault: Run, vault: Path) -> None:
    assert "# Relationships" in on_vault("export", "relationships").out
    assert on_vault("export", "relationships", "-o", str(vault / "Mine.md")).code == 2
