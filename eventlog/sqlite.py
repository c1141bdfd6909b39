"""A log in one SQLite file: WAL, synchronous=FULL, one writer at a time by a lock file."""

import fcntl
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from hashlib import sha256
from itertools import chain
from operator import itemgetter
from pathlib import Path
from sys import getsizeof
from typing import IO, Final

from eventlog.port import READ_MAX, Stray, refuse_retired
from ledger.errors import (
    ConfigurationError,
    IntegrityError,
    PositionConflict,
    TransientError,
    WriterFenced,
)
from schemas.envelope import Head

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS records (position INTEGER PRIMARY KEY, value BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS parked (
    number INTEGER PRIMARY KEY, place TEXT NOT NULL, value BLOB NOT NULL, reason TEXT NOT NULL,
    digest BLOB NOT NULL, UNIQUE (place, digest)
);
CREATE TRIGGER IF NOT EXISTS records_are_dense BEFORE INSERT ON records
    WHEN NEW.position != (SELECT ifnull(max(position), 0) + 1 FROM records)
    BEGIN SELECT raise(ABORT, 'the log is immutable, its positions are dense'); END;
CREATE TRIGGER IF NOT EXISTS records_are_never_changed BEFORE UPDATE ON records
    BEGIN SELECT raise(ABORT, 'the log is immutable'); END;
CREATE TRIGGER IF NOT EXISTS records_are_never_deleted BEFORE DELETE ON records
    BEGIN SELECT raise(ABORT, 'the log is immutable'); END;
CREATE TABLE IF NOT EXISTS retired (successor TEXT NOT NULL);
CREATE TRIGGER IF NOT EXISTS records_end_where_retired BEFORE INSERT ON records
    WHEN EXISTS (SELECT 1 FROM retired)
    BEGIN SELECT raise(ABORT, 'the log is closed, the ledger goes on elsewhere'); END;
"""
_PAGE_BYTES: Final = 16_384
"""Of a new file: records of about 1 KB are read and added at three quarters of the cost of 4 KB."""
_FULL: Final = 2
"""How SQLite numbers synchronous=FULL."""
_BUSY_MS: Final = 10_000
_FETCH: Final = 500
"""Records asked for between two looks at how much there is."""
_READ_BYTES: Final = 16 << 20
"""How much is read at once, or little more."""
_AT_ONCE: Final = 500
"""Positions named in one query, records added by one: each lets other threads in but once."""


def _some(cursor: sqlite3.Cursor) -> list[tuple[int, bytes]]:
    """Return the next records: not too many, nor too much where they are large."""
    batch: list[tuple[int, bytes]] = []
    size = 0
    while len(batch) < READ_MAX and size < _READ_BYTES:
        more = cursor.fetchmany(min(_FETCH, READ_MAX - len(batch)))
        if not more:
            break
        batch += more
        size += sum(map(getsizeof, map(itemgetter(1), more)))
    return batch


class SqliteLog:
    """Records in a file; a reader never waits for the writer."""

    def __init__(self, path: Path, *, writer: bool = False) -> None:
        """Open the file; a writer makes it if it is missing and locks it for its life.

        Raises: WriterFenced while another writer lives; TransientError if there is no log,
        ConfigurationError if the file is something else.
        """
        self.path = path
        self._lock = _locked(path) if writer else None
        if not writer and not path.exists():
            raise TransientError(f"there is no log at {path}; `clearing submit` makes one")
        try:
            self._db = _opened(path, writer=writer)
        except BaseException:
            if self._lock is not None:
                self._lock.close()
            raise

    def head(self) -> Head:
        """Return the end of the log."""
        with _translated(self.path):
            row = self._db.execute(
                "SELECT position, value FROM records ORDER BY position DESC LIMIT 1"
            ).fetchone()
        if row is None:
            return Head()
        position, value = row
        if not isinstance(value, bytes):
            raise IntegrityError(f"position {position}: not a record of this ledger")
        return Head(position=position, hash=sha256(value).digest())

    def append(self, values: Sequence[bytes], *, expected: Head) -> None:
        """Add records after `expected`, in one transaction."""
        if self._lock is None:
            raise WriterFenced(f"{self.path} was opened for reading")
        if not values:
            return
        with self._transaction():
            head = self.head()
            if head != expected:
                raise PositionConflict(f"the log ends at {head.position}")
            refuse_retired(self.retired())
            for start in range(0, len(values), _AT_ONCE):
                some = values[start : start + _AT_ONCE]
                parts = map(bytearray, some)  # of `bytes` sqlite3 asks what to adapt them to
                rows = enumerate(parts, expected.position + 1 + start)
                marks = ",".join(["(?,?)"] * len(some))
                self._db.execute(
                    f"INSERT INTO records (position, value) VALUES {marks}",  # noqa: S608 -- marks only
                    list(chain.from_iterable(rows)),
                )

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """Write all or nothing; SQLite itself may have ended what failed or was interrupted."""
        with _translated(self.path):
            try:
                self._db.execute("BEGIN IMMEDIATE")
                yield
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    def read(
        self, *, after: int, until: int | None = None
    ) -> Iterator[Sequence[tuple[int, bytes]]]:
        """Return (position, value) in batches."""
        end = self.head().position if until is None else min(until, self.head().position)
        query = "SELECT position, value FROM records WHERE position > ? AND position <= ?"
        with _translated(self.path), closing(self._db.cursor()) as cursor:
            cursor.execute(f"{query} ORDER BY position", (after, end))
            while batch := _some(cursor):
                yield batch

    def read_at(self, positions: Sequence[int]) -> Mapping[int, bytes]:
        """Return the records at these positions."""
        found: dict[int, bytes] = {}
        with _translated(self.path):
            for start in range(0, len(positions), _AT_ONCE):
                some = positions[start : start + _AT_ONCE]
                marks = ",".join("?" * len(some))
                query = f"SELECT position, value FROM records WHERE position IN ({marks})"  # noqa: S608 -- marks only
                found.update(self._db.execute(query, some).fetchall())
        for position in positions:
            if position not in found:
                raise IntegrityError(f"the log {self.path} has no record at position {position}")
        return found

    def park(self, strays: Sequence[Stray]) -> None:
        """Keep bytes that are no command."""
        rows = [(s.place, s.value, s.reason, sha256(s.value).digest()) for s in strays]
        query = "INSERT OR IGNORE INTO parked (place, value, reason, digest) VALUES (?, ?, ?, ?)"
        with self._transaction():
            refuse_retired(self.retired())
            self._db.executemany(query, rows)

    def parked(self) -> Iterator[Stray]:
        """Return what was parked."""
        with _translated(self.path), closing(self._db.cursor()) as cursor:
            cursor.execute("SELECT place, value, reason FROM parked ORDER BY number")
            for place, value, reason in cursor:
                yield Stray(place=place, value=value, reason=reason)

    def retire(self, successor: str) -> None:
        """Refuse appends for ever, and say where the ledger goes on."""
        if self._lock is None:
            raise WriterFenced(f"{self.path} was opened for reading")
        with self._transaction():
            self._db.execute("DELETE FROM retired")
            self._db.execute("INSERT INTO retired VALUES (?)", (successor,))

    def retired(self) -> str | None:
        """Return where the ledger goes on; a log of before this table does not say."""
        with _translated(self.path):
            known = "SELECT 1 FROM sqlite_master WHERE name = 'retired'"
            if self._db.execute(known).fetchone() is None:
                return None
            row = self._db.execute("SELECT successor FROM retired").fetchone()
        return None if row is None else str(row[0])

    def durable(self) -> bool:
        """Say whether what is appended is on disk when `append` returns."""
        with _translated(self.path):
            return bool(self._db.execute("PRAGMA synchronous").fetchone()[0] >= _FULL)

    def close(self) -> None:
        """Close the file and give up the lock."""
        self._db.close()
        if self._lock is not None:
            self._lock.close()


def _locked(path: Path) -> IO[bytes]:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = path.with_name(path.name + ".lock").open("ab")
    except OSError as fault:
        raise TransientError(f"cannot write at {path.parent}: {fault.strerror}") from fault
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as fault:
        lock.close()
        raise WriterFenced(f"another program is writing to {path}; wait until it ends") from fault
    return lock


def _opened(path: Path, *, writer: bool) -> sqlite3.Connection:
    with _translated(path):
        db = sqlite3.connect(
            path.absolute(), timeout=_BUSY_MS / 1000, isolation_level=None, check_same_thread=False
        )
        try:
            db.execute("PRAGMA synchronous=FULL")
            _check_log(db, path, writer=writer)
            if writer:
                db.execute(f"PRAGMA page_size={_PAGE_BYTES}")
                db.execute("PRAGMA journal_mode=WAL")
                db.executescript(f"BEGIN; {_SCHEMA} COMMIT;")
            else:
                db.execute("PRAGMA query_only=ON")
                db.execute("SELECT max(position) FROM records")
        except BaseException:
            db.close()
            raise
    return db


def _check_log(db: sqlite3.Connection, path: Path, *, writer: bool) -> None:
    """Check that the file holds a log, or nothing yet: books, say, are no place for one."""
    tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if "records" in tables:
        return
    if tables:
        detail = f"it has the table {min(tables)}; name the file of the log, or a new one"
        raise ConfigurationError(f"{path} is no log: {detail}")
    if not writer:
        raise TransientError(f"there is no log in {path} yet; `clearing submit` makes one")


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into ours."""
    try:
        yield
    except sqlite3.OperationalError as fault:
        raise TransientError(f"the log {path} cannot be used: {fault}") from fault
    except sqlite3.DatabaseError as fault:
        raise IntegrityError(f"the log {path} is damaged: {fault}") from fault
