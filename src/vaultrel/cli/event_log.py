"""Logs of contact read from CSV files, as spreadsheets and public collections have them."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import io
import zlib
from collections import defaultdict
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct

from vaultrel.core.rhythm import collapse_days
from vaultrel.errors import StorageFailedError, UsageError
from vaultrel.model import Interaction, NotePath

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from vaultrel.app import Progress
    from vaultrel.core.evaluation import EventLog
    from vaultrel.model import ContactDay, Direction

OWNER = "you"
"""Whose log it is, where nobody is named."""

DIRECTIONS: Mapping[str, Direction] = {
    "out": "by_me",
    "in": "by_them",
    "both": "unknown",
    "": "unknown",
    "by_me": "by_me",
    "by_them": "by_them",
    "mutual": "mutual",
    "unknown": "unknown",
}

_GZIP_MAGIC = b"\x1f\x8b"
_EPOCH = dt.date(1970, 1, 1)
_DAY_SECONDS = 86_400
_ROWS_BETWEEN_PROGRESS = 10_000


class EventLogError(UsageError):
    """A log of contact cannot be read; `line` is the one to look at."""

    def __init__(self, path: Path, line: int, problem: str) -> None:
        self.path = path
        self.line = line
        self.problem = problem
        super().__init__(
            f"{path}, line {line}: {problem}.",
            next_step="Mend that line. A log has the columns person,date or ego,alter,unix_time: "
            "`vaultrel evaluate --help`.",
        )


class _Contact(NamedTuple):
    """All that a row says of a contact. Rows that say the same are kept once: public logs hold millions."""

    day: dt.date
    kind: str
    direction: Direction
    present: int


def read_event_log(path: Path, until: dt.date | None = None, progress: Progress | None = None) -> EventLog:
    """The days of contact that a CSV file, plain or gzip, tells of; owners and people in the order they come up.

    Args:
        path: the file: a header row, then a row for each contact.
        until: later contact does not count; None: everything does.
        progress: told now and then how many bytes are read, and of how many.

    Raises:
        EventLogError: it is no such file.
        StorageFailedError: the operating system would not read it.
    """
    found: defaultdict[str, defaultdict[str, dict[_Contact, None]]] = defaultdict(lambda: defaultdict(dict))
    for owner, person, contact in _read_contacts(path, progress):
        if until is None or contact.day <= until:
            found[owner][person][contact] = None
    return {
        owner: {person: _collapse(person, contacts) for person, contacts in people.items()}
        for owner, people in found.items()
    }


def _collapse(person: str, contacts: Iterable[_Contact]) -> tuple[ContactDay, ...]:
    note = NotePath(person)
    return collapse_days(
        Interaction(note, note, 1, contact.day, contact.kind, contact.direction, contact.present)
        for contact in contacts
    )


def _read_contacts(path: Path, progress: Progress | None) -> Iterator[tuple[str, str, _Contact]]:
    """Each contact with its owner and person; every way in which a file can be unreadable ends here."""
    line = 1
    try:
        with path.open("rb") as file:
            size = path.stat().st_size
            compressed = file.peek(2)[:2] == _GZIP_MAGIC
            data = gzip.GzipFile(fileobj=file) if compressed else file
            reader = csv.reader(io.TextIOWrapper(data, "utf-8-sig", newline=""), strict=True)
            header = [name.strip().lower() for name in next(reader, [])]
            read_row = _choose_form(header)
            for number, row in enumerate(reader):
                line = reader.line_num
                if row:
                    yield read_row(row)
                if progress is not None and not number % _ROWS_BETWEEN_PROGRESS:
                    progress(file.tell(), size)
    except _BadRowError as error:
        raise EventLogError(path, line, str(error)) from error
    except UnicodeDecodeError as error:
        raise EventLogError(path, line + 1, "some text from here on is not UTF-8") from error
    except csv.Error as error:
        raise EventLogError(path, line + 1, f"not CSV ({error})") from error
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise EventLogError(path, line + 1, f"the compressed data is damaged ({error})") from error
    except OSError as error:
        raise StorageFailedError(str(path), "read", error.strerror or str(error)) from error


class _BadRowError(Exception):
    """A row says something that cannot be; the message says what."""


class _Form(Struct, frozen=True):
    """One way to write a log: its columns, and how to read the two that differ in meaning."""

    owner: str
    person: str
    day: str
    present: str
    read_day: Callable[[str], dt.date]
    read_present: Callable[[str], int]

    @property
    def needed(self) -> set[str]:
        """The columns that no log of this form is without."""
        return {self.owner, self.person, self.day} - {""}


def _choose_form(header: list[str]) -> Callable[[list[str]], tuple[str, str, _Contact]]:
    """What reads a row below that header."""
    if len(set(header)) != len(header):
        raise _BadRowError("a column has the name of another")
    form = next((form for form in _FORMS if form.needed <= set(header)), None)
    if form is None:
        raise _BadRowError(f"these columns are not enough: {', '.join(header) or 'none'}")
    # A row gets an empty cell more, which every column that the log does not have is read from.
    places = {name: place for place, name in enumerate(header)}
    owner, person, day, kind, direction, present = (
        places.get(name, -1) for name in (form.owner, form.person, form.day, "kind", "direction", form.present)
    )

    def read_row(row: list[str]) -> tuple[str, str, _Contact]:
        if len(row) != len(header):
            raise _BadRowError(f"{len(row)} cells below a header of {len(header)}")
        row.append("")
        contact = _Contact(
            form.read_day(row[day]),
            row[kind].strip() or "contact",
            _read_direction(row[direction]),
            form.read_present(row[present]),
        )
        return (
            _read_name(row[owner], form.owner) if form.owner else OWNER,
            _read_name(row[person], form.person),
            contact,
        )

    return read_row


def _read_unix_day(typed: str) -> dt.date:
    try:
        return _day_since_1970(int(typed) // _DAY_SECONDS)
    except (ValueError, OverflowError) as error:
        raise _BadRowError(f"unix_time {typed!r} is no time in whole seconds since 1970") from error


@lru_cache(maxsize=65_536)
def _day_since_1970(number: int) -> dt.date:
    return _EPOCH + dt.timedelta(days=number)


def _read_iso_day(typed: str) -> dt.date:
    try:
        return dt.date.fromisoformat(typed.strip())
    except ValueError as error:
        raise _BadRowError(f"date {typed!r} is no day; write it as 2026-06-30") from error


def _read_name(typed: str, column: str) -> str:
    name = typed.strip()
    if not name:
        raise _BadRowError(f"{column} is empty")
    return name


def _read_direction(typed: str) -> Direction:
    direction = DIRECTIONS.get(typed.strip())
    if direction is None:
        raise _BadRowError(f"direction {typed!r} is none of {', '.join(filter(None, DIRECTIONS))}")
    return direction


def _read_present(typed: str) -> int:
    """People present apart from the owner."""
    return _read_count(typed, "present", 1)


def _read_group(typed: str) -> int:
    """The same, where the owner counts."""
    return max(1, _read_count(typed, "group_size", 2) - 1)


def _read_count(typed: str, column: str, unsaid: int) -> int:
    if not typed.strip():
        return unsaid
    try:
        count = int(typed)
    except ValueError:
        count = 0
    if count < 1:
        raise _BadRowError(f"{column} {typed!r} is no number from 1 up")
    return count


_FORMS = (
    _Form("ego", "alter", "unix_time", "group_size", _read_unix_day, _read_group),
    _Form("", "person", "date", "present", _read_iso_day, _read_present),
)
