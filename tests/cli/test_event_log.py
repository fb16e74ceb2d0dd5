"""Logs of contact as files: both forms, and every way in which one can be unreadable names its line."""

from __future__ import annotations

import datetime as dt
import gzip
from typing import TYPE_CHECKING

import pytest

from vaultrel.cli.event_log import EventLogError, read_event_log
from vaultrel.errors import StorageFailedError
from vaultrel.model import ContactDay

if TYPE_CHECKING:
    from pathlib import Path

    from vaultrel.core.evaluation import EventLog

MAY_1 = dt.date(2026, 5, 1)
MAY_1_SECONDS = 1_777_593_600

NETWORK = f"""\
ego,alter,unix_time,direction,kind,group_size,duration
7,3,{MAY_1_SECONDS + 86_399},in,email,5,0
7,3,{MAY_1_SECONDS},out,call,2,60
7,12,{MAY_1_SECONDS - 1},both,sms,1,0
3,7,{MAY_1_SECONDS},in,call,2,60
"""


def read(tmp_path: Path, text: str | bytes, until: dt.date | None = None) -> EventLog:
    path = tmp_path / "log.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_event_log(path, until)


def test_a_log_of_many_owners_becomes_days_of_contact_in_the_order_they_come_up(tmp_path: Path) -> None:
    log = read(tmp_path, NETWORK)
    assert [(owner, list(people)) for owner, people in log.items()] == [("7", ["3", "12"]), ("3", ["7"])]
    # One day counts once, in its smallest company; the owner is not part of it.
    assert log["7"]["3"] == (ContactDay(MAY_1, 1, frozenset({"by_me", "by_them"}), frozenset({"email", "call"})),)
    assert log["7"]["12"] == (ContactDay(MAY_1 - dt.timedelta(1), 1, frozenset({"unknown"}), frozenset({"sms"})),)


def test_a_log_of_one_s_own_needs_only_a_person_and_a_day(tmp_path: Path) -> None:
    assert read(tmp_path, "date,person\n2026-05-01,Ana Reis\n") == {
        "you": {"Ana Reis": (ContactDay(MAY_1, 1, frozenset({"unknown"}), frozenset({"contact"})),)}
    }


def test_what_else_a_log_of_one_s_own_says_counts(tmp_path: Path) -> None:
    row = "\ufeffPerson, Date ,kind,direction,present,place\nAna Reis,2026-05-01,meeting,by_me,4,kiln\n\n"
    assert read(tmp_path, row)["you"]["Ana Reis"] == (
        ContactDay(MAY_1, 4, frozenset({"by_me"}), frozenset({"meeting"})),
    )


@pytest.mark.parametrize("text", [NETWORK, NETWORK.replace("\n", "\r\n"), "person,date\nAna,2026-05-01\n"])
def test_a_compressed_log_is_the_same_log_whatever_it_is_called(tmp_path: Path, text: str) -> None:
    assert read(tmp_path, gzip.compress(text.encode())) == read(tmp_path, text)


def test_days_before_1970_are_whole_days_too(tmp_path: Path) -> None:
    log = read(tmp_path, "ego,alter,unix_time\n1,2,-1\n1,2,-86400\n1,2,-86401\n")
    assert [found.day for found in log["1"]["2"]] == [dt.date(1969, 12, 30), dt.date(1969, 12, 31)]


def test_later_contact_does_not_count_when_a_day_is_named(tmp_path: Path) -> None:
    text = "person,date\nAna,2026-05-01\nAna,2026-05-02\nBen,2026-05-03\n"
    log = read(tmp_path, text, MAY_1)
    assert {person: len(days) for person, days in log["you"].items()} == {"Ana": 1}


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("", 1, "these columns are not enough: none"),
        ("who,when\n", 1, "these columns are not enough: who, when"),
        ("person,date,date\n", 1, "a column has the name of another"),
        ("person,date\nAna,2026-05-01\nAna,1 May\n", 3, "date '1 May' is no day; write it as 2026-06-30"),
        ("person,date\n\n\nAna\n", 4, "1 cells below a header of 2"),
        ("person,date\n ,2026-05-01\n", 2, "person is empty"),
        ("person,date,present\nAna,2026-05-01,none\n", 2, "present 'none' is no number from 1 up"),
        ("person,date,present\nAna,2026-05-01,0\n", 2, "present '0' is no number from 1 up"),
        (
            "person,date,direction\nAna,2026-05-01,up\n",
            2,
            "direction 'up' is none of out, in, both, by_me, by_them, mutual, unknown",
        ),
        ("ego,alter,unix_time\n1,2,noon\n", 2, "unix_time 'noon' is no time in whole seconds since 1970"),
        ("ego,alter,unix_time\n1,2,1e9\n", 2, "unix_time '1e9' is no time in whole seconds since 1970"),
        (f"ego,alter,unix_time\n1,2,{10**30}\n", 2, f"unix_time '{10**30}' is no time in whole seconds since 1970"),
        ('person,date\nAna,"2026-05-01"x\n', 2, "not CSV (',' expected after '\"')"),
        (b"person,date\nAn\xe9,2026-05-01\n", 2, "some text from here on is not UTF-8"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_line(tmp_path: Path, text: str | bytes, line: int, problem: str) -> None:
    with pytest.raises(EventLogError) as caught:
        read(tmp_path, text)
    assert (caught.value.line, caught.value.problem) == (line, problem)
    assert caught.value.message == f"{tmp_path / 'log.csv'}, line {line}: {problem}."


def test_a_cut_off_compressed_log_is_not_read_in_part(tmp_path: Path) -> None:
    with pytest.raises(EventLogError, match="the compressed data is damaged"):
        read(tmp_path, gzip.compress(NETWORK.encode())[:-20])


def test_a_file_that_the_system_will_not_read_is_a_failure_of_storage(tmp_path: Path) -> None:
    with pytest.raises(StorageFailedError):
        read_event_log(tmp_path)


def test_progress_is_told_of_the_bytes_read(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("person,date\n" + "Ana,2026-05-01\n" * 25_000)
    told: list[tuple[int, int]] = []
    read_event_log(path, progress=lambda *at: told.append(at))
    assert [of for _, of in told] == [path.stat().st_size] * 3
    assert 0 < told[0][0] < told[1][0] < told[2][0] <= told[2][1]
