"""Parsed notes, and what followed from them, in an SQLite file: an unchanged note is never read twice."""

from __future__ import annotations

import contextlib
import gc
import os
import sqlite3
import time
from collections.abc import Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, Self, TypeVar

import msgspec
from msgspec.structs import replace

from vaultrel.core.changes import settle_fingerprint
from vaultrel.errors import StorageFailedError
from vaultrel.model import Fingerprint, Note, NotePath, Snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path
    from types import TracebackType

_Record = TypeVar("_Record")

_LAYOUT = "3"
"""Raised when the tables change; an index of another layout is emptied."""
_WAIT_SECONDS = 10.0
"""How long to wait for another process that is writing; one transaction takes far less."""
_RETRY_SECONDS = 0.02
_PART = 1000
"""How many of what a snapshot holds are kept as one; all at once take hundreds of megabytes in a large vault."""

_MUCH = 100_000
"""Lists, dictionaries and the like: so many come of some thousand notes."""

_META_TABLE = "CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID"
_TABLES = {
    # The fingerprint is text: its times and inode may exceed SQLite's 64 signed bits.
    "notes": "(path TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, digest TEXT NOT NULL, note BLOB NOT NULL)",
    "snapshot": "(made_of TEXT NOT NULL, field TEXT NOT NULL, part BLOB NOT NULL)",
    "records": "(path TEXT PRIMARY KEY, record BLOB NOT NULL)",
    "records_of": "(rules TEXT NOT NULL, made_of TEXT NOT NULL, settled BLOB NOT NULL)",
}


_ENCODER = msgspec.msgpack.Encoder(enc_hook=tuple)  # what a snapshot has many of
_DECODER = msgspec.msgpack.Decoder(Note)


def encode_note(note: Note) -> bytes | None:
    """The note as the index keeps it; None for one that holds a lone surrogate, which cannot be kept."""
    try:
        return _ENCODER.encode(note)
    except UnicodeEncodeError:
        return None


def decode_note(blob: bytes) -> Note:
    """The note that `encode_note` was given.

    Raises:
        msgspec.MsgspecError: it is none.
    """
    return _DECODER.decode(blob)


class KnownNote(NamedTuple):
    """A note as it was when it was read: what tells that its file changed, and the SHA-256 of its bytes."""

    fingerprint: Fingerprint
    digest: str


class RecordsOf(NamedTuple):
    """What the records are of, which are kept all at once or not at all.

    Attributes:
        rules: names all that they rest on besides notes and answers.
        made_of: names the notes, and the answers.
        settled: the answers.
    """

    rules: str
    made_of: str
    settled: bytes


class NoteIndex:
    """The notes of one vault as they were last read, with their fingerprints.

    Safe with several processes at once: each call is one transaction. A file that is missing, damaged or of
    another version counts as empty; where none can be made, the index lives in memory.

    Args:
        path: the database file, in the user's cache folder; made as needed, readable by its owner only.
        version: of whatever produced the notes (parser, settings); another one empties the index.
    """

    def __init__(self, path: Path, version: str) -> None:
        self._path = path
        self._version = f"{_LAYOUT} {version}".encode()
        self._rebuilt_reason: str | None = None
        self._lasts = True
        self._database = self._open()

    @property
    def lasts(self) -> bool:
        """Whether what is stored can be had again once this is closed."""
        return self._lasts

    @property
    def rebuilt_reason(self) -> str | None:
        """Why what was remembered could not be used; None when it could."""
        return self._rebuilt_reason

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; what was stored stays."""
        self._database.close()

    def known(self) -> dict[NotePath, KnownNote]:
        """Every note remembered, without its content.

        A note that may have changed unseen comes with a fingerprint no file has
        (see `vaultrel.core.changes.settle_fingerprint`).
        """
        try:
            rows = self._database.execute("SELECT path, fingerprint, digest FROM notes")
            with paused_collection():
                return {path: KnownNote(_parse_fingerprint(fingerprint), digest) for path, fingerprint, digest in rows}
        except (sqlite3.DatabaseError, ValueError, TypeError, AttributeError) as error:
            self._restart(error)
            return {}

    def load(self, paths: Iterable[NotePath] | None = None) -> dict[NotePath, Note]:
        """The notes remembered: those at `paths` that are, or all."""
        try:
            with paused_collection():
                return {NotePath(path): decode_note(note) for path, note in self._rows(paths)}
        except (sqlite3.DatabaseError, msgspec.MsgspecError, ValueError, TypeError) as error:
            self._restart(error)
            return {}

    def _rows(self, paths: Iterable[NotePath] | None) -> Iterable[tuple[str, bytes]]:
        if paths is None:
            return self._database.execute("SELECT path, note FROM notes")
        select = "SELECT path, note FROM notes WHERE path = ?"
        return [row for path in paths for row in self._database.execute(select, (path,))]

    def _restart(self, error: Exception) -> None:
        """Go on with an empty index in place of the damaged one."""
        self._rebuilt_reason = f"it was damaged ({error})"
        self._database.close()
        self._database = self._start_anew()

    def store(
        self,
        changed: Mapping[NotePath, tuple[Fingerprint, Note]],
        removed: Iterable[NotePath] = (),
        *,
        read_at_ns: int,
        encoded: Mapping[NotePath, bytes] = MappingProxyType({}),
    ) -> None:
        """Remember notes and forget others, all or nothing.

        Args:
            changed: notes as read, with the fingerprints that the listing before the reading gave.
            removed: notes to forget; unknown ones are no error.
            read_at_ns: wall-clock moment, in nanoseconds since 1970, at which that listing began.
            encoded: what `encode_note` gives, of those of the notes for which that has been done already.

        Raises:
            StorageFailedError: it could not be written; everything remembered before still is.
        """
        rows: list[tuple[str, str, str, bytes]] = []
        forgotten: list[tuple[str]] = [(path,) for path in removed]
        for path, (fingerprint, note) in changed.items():
            blob = encoded.get(path) or encode_note(note)
            if blob is None:  # such a note is simply read again each time
                forgotten.append((path,))
                continue
            settled = settle_fingerprint(fingerprint, read_at_ns)
            rows.append((path, _format_fingerprint(settled), note.digest, blob))
        with self._transaction() as database:
            database.executemany("DELETE FROM notes WHERE path = ?", forgotten)
            database.executemany("INSERT OR REPLACE INTO notes VALUES (?, ?, ?, ?)", rows)

    def load_snapshot(self, made_of: str) -> Snapshot | None:
        """The snapshot kept last, if `made_of` is what it was kept as made of.

        Args:
            made_of: names all that the snapshot follows from: notes, settings and day.
        """
        try:
            with paused_collection():
                select = "SELECT field, part FROM snapshot WHERE made_of = ? ORDER BY rowid"
                return _join_parts(self._database.execute(select, (made_of,)))
        except (sqlite3.DatabaseError, msgspec.MsgspecError) as error:
            self._restart(error)
            return None

    def keep_snapshot(self, made_of: str, snapshot: Snapshot) -> None:
        """Keep one snapshot in place of the last; one that holds a lone surrogate cannot be kept.

        Raises:
            StorageFailedError: it could not be written.
        """
        parts = ((made_of, field, part) for field, part in _split_snapshot(snapshot))
        with contextlib.suppress(UnicodeEncodeError), self._transaction() as database:
            database.execute("DELETE FROM snapshot")
            database.executemany("INSERT INTO snapshot VALUES (?, ?, ?)", parts)

    def keeps_snapshot(self, made_of: str) -> bool:
        """Whether that is the snapshot kept."""
        try:
            found = self._database.execute("SELECT 1 FROM snapshot WHERE made_of = ? LIMIT 1", (made_of,))
            return found.fetchone() is not None
        except sqlite3.DatabaseError:  # keeping it anew says what is wrong, or mends it
            return False

    def load_records(
        self, rules: str, decode: Callable[[NotePath, bytes], _Record]
    ) -> tuple[RecordsOf, list[_Record]] | None:
        """What a derivation knew of every note, and what that is of; None where nothing is kept under these rules.

        Args:
            rules: as the records were kept under.
            decode: makes a record of a note's path and what was kept of it.
        """
        try:
            with _transaction(self._database, "DEFERRED"), paused_collection():  # both tables as of one moment
                kept = self._records_of()
                if kept is None or kept.rules != rules:
                    return None
                rows = self._database.execute("SELECT path, record FROM records")
                return kept, [decode(NotePath(path), record) for path, record in rows]
        except (sqlite3.DatabaseError, msgspec.MsgspecError, ValueError, TypeError) as error:
            self._restart(error)
            return None

    def keep_records(
        self,
        now: RecordsOf,
        before: RecordsOf | None,
        news: Iterable[NotePath],
        records: Callable[[Iterable[NotePath] | None], Iterable[tuple[NotePath, bytes]]],
    ) -> None:
        """Keep what a derivation knows of every note, all or nothing; a lone surrogate in it cannot be kept.

        Args:
            now: what the records are of.
            before: what those kept last were of, if this derivation began with them, or kept them itself; None for one
                that began with the notes, whose records replace all there are.
            news: the notes of which it has come to know something else since, or which are gone.
            records: gives the records of some notes, but for those that are gone, or for None of all.

        Raises:
            StorageFailedError: it could not be written; what was kept before still is.
        """
        with self._transaction() as database:
            kept = self._records_of()
            if kept == now and before is not None:
                return
            # What another process has kept meanwhile rests on other notes: the two are not mixed.
            some = tuple(news) if kept is not None and kept == before else None
            database.execute("DELETE FROM records_of")
            try:
                if some is None:
                    database.execute("DELETE FROM records")
                else:
                    database.executemany("DELETE FROM records WHERE path = ?", [(path,) for path in some])
                database.executemany("INSERT INTO records VALUES (?, ?)", records(some))
                database.execute("INSERT INTO records_of VALUES (?, ?, ?)", now)
            except UnicodeEncodeError:
                database.execute("DELETE FROM records")

    def _records_of(self) -> RecordsOf | None:
        row = self._database.execute("SELECT rules, made_of, settled FROM records_of").fetchone()
        return None if row is None else RecordsOf(*row)

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        try:
            with _transaction(self._database):
                yield self._database
        except sqlite3.Error as error:
            raise StorageFailedError(str(self._path), "write", str(error)) from error

    def _open(self) -> sqlite3.Connection:
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # SQLite would make it readable by others, and it holds the text of notes.
            os.close(os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        except OSError as error:
            return self._open_in_memory(error.strerror or type(error).__name__)
        try:
            return self._connect(str(self._path))
        except sqlite3.OperationalError as error:
            return self._open_in_memory(str(error))
        except sqlite3.DatabaseError as error:
            self._rebuilt_reason = f"it was damaged ({error})"
            return self._start_anew()

    def _start_anew(self) -> sqlite3.Connection:
        """Replace a damaged file; a process that still has it open goes on with its own."""
        try:
            for suffix in ("", "-wal", "-shm"):
                self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)
            os.close(os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
            return self._connect(str(self._path))
        except (OSError, sqlite3.DatabaseError) as error:
            return self._open_in_memory(str(error))

    def _open_in_memory(self, reason: str) -> sqlite3.Connection:
        self._lasts = False
        connection = self._connect(":memory:")
        self._rebuilt_reason = f"{self._path} cannot be used ({reason})"
        return connection

    def _connect(self, target: str) -> sqlite3.Connection:
        # The daemon opens it in one thread and scans in another, never in two at once.
        database = sqlite3.connect(target, timeout=_WAIT_SECONDS, isolation_level=None, check_same_thread=False)
        try:
            _use_write_ahead_log(database)
            # In WAL mode a power cut then loses the last transactions at worst, which are read again.
            database.execute("PRAGMA synchronous = NORMAL")
            self._prepare(database)
        except BaseException:
            database.close()
            raise
        return database

    def _prepare(self, database: sqlite3.Connection) -> None:
        with _transaction(database):
            database.execute(_META_TABLE)
            row = database.execute("SELECT value FROM meta WHERE key = 'version'").fetchone()
            if row is not None and bytes(row[0]) == self._version:
                return
            self._rebuilt_reason = self._rebuilt_reason or (
                "there was none yet" if row is None else "it was made by another version or with other settings"
            )
            database.execute("DELETE FROM meta")
            for name, columns in _TABLES.items():
                database.execute(f"DROP TABLE IF EXISTS {name}")
                database.execute(f"CREATE TABLE {name} {columns}")
            database.execute("INSERT INTO meta VALUES ('version', ?)", (self._version,))


def _split_snapshot(snapshot: Snapshot) -> Iterator[tuple[str, bytes]]:
    """What a snapshot holds, by field, in parts: as one it would take much memory while it is written or read."""
    many = {name: held for name in Snapshot.__struct_fields__ if isinstance(held := getattr(snapshot, name), Sequence)}
    yield "", _ENCODER.encode((replace(snapshot, **dict.fromkeys(many, ())), sum(map(len, many.values()))))
    for name, held in many.items():
        items = tuple(held)
        for at in range(0, len(items), _PART):
            yield name, _ENCODER.encode(items[at : at + _PART])


def _join_parts(parts: Iterable[tuple[str, bytes]]) -> Snapshot | None:
    """The snapshot that `_split_snapshot` was given; None where parts are missing.

    Raises:
        msgspec.MsgspecError: they are of none.
    """
    types = {field.name: field.type for field in msgspec.structs.fields(Snapshot)}
    head, count = None, 0
    many: dict[str, list[object]] = {}
    for field, part in parts:
        if not field:
            head, count = msgspec.msgpack.decode(part, type=tuple[Snapshot, int])
        elif field in types:
            many.setdefault(field, []).extend(msgspec.msgpack.decode(part, type=types[field]))
    if head is None or sum(map(len, many.values())) != count:
        return None
    return replace(head, **{field: tuple(items) for field, items in many.items()})


@contextlib.contextmanager
def _transaction(database: sqlite3.Connection, kind: str = "IMMEDIATE") -> Iterator[None]:
    """One transaction, which takes the write lock at once if it is an immediate one; rolled back on any error."""
    database.execute(f"BEGIN {kind}")
    try:
        yield
        database.execute("COMMIT")
    except BaseException:
        if database.in_transaction:
            database.execute("ROLLBACK")
        raise


def _use_write_ahead_log(database: sqlite3.Connection) -> None:
    """Switch to WAL mode, as long as it takes another process that is switching at this moment.

    SQLite answers "database is locked" to that at once, without the wait that every other statement has.

    Raises:
        sqlite3.OperationalError: the file stayed locked.
    """
    for left in reversed(range(round(_WAIT_SECONDS / _RETRY_SECONDS))):
        try:
            database.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or not left:
                raise
            time.sleep(_RETRY_SECONDS)
        else:
            return


@contextlib.contextmanager
def paused_collection() -> Iterator[None]:
    """Hold back the search for reference cycles: what is made of notes has none, and looking doubles the time.

    Where much was made it is not looked through later either, not even at the end: it goes when nobody holds it.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        if gc.get_count()[0] > _MUCH:
            gc.freeze()


def _format_fingerprint(fingerprint: Fingerprint) -> str:
    return f"{fingerprint.mtime_ns} {fingerprint.ctime_ns} {fingerprint.size} {fingerprint.inode}"


def _parse_fingerprint(text: str) -> Fingerprint:
    mtime_ns, ctime_ns, size, inode = map(int, text.split())
    return Fingerprint(mtime_ns, ctime_ns, size, inode)
