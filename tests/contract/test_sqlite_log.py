"""The contract on SQLite, and what only a file has: a lock, triggers, readers beside a writer."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest

from eventlog.port import Stray, read_records
from eventlog.sqlite import SqliteLog
from ledger.errors import IntegrityError, LedgerError, TransientError, WriterFenced
from schemas.envelope import Head

from .event_log import DurableLogContract
from .records import append, everything, some

ROOT = Path(__file__).parents[2]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "made" / "on demand" / "log.db"


@pytest.fixture
def log(path):
    with closing(SqliteLog(path, writer=True)) as opened:
        yield opened


class TestSqliteLog(DurableLogContract):
    @pytest.fixture
    def log(self, log):
        return log

    @pytest.fixture
    def reader(self, log, path):
        with closing(SqliteLog(path)) as opened:
            yield opened

    @pytest.fixture
    def opened(self, log, path):
        views = [log]

        def again():
            views[-1].close()
            views.append(SqliteLog(path, writer=True))
            return views[-1]

        yield again
        views[-1].close()


# -- who may write ---------------------------------------------------------------------------------


def test_a_second_writer_is_refused_and_the_first_goes_on(log, path):
    with pytest.raises(WriterFenced, match="another program is writing"):
        SqliteLog(path, writer=True)
    append(log, 1)
    assert log.head().position == 1


def test_the_lock_is_free_after_close(log, path):
    log.close()
    SqliteLog(path, writer=True).close()


def test_a_failed_start_leaves_no_lock(path):
    path.parent.mkdir(parents=True)
    path.write_text("no database, but text that is long enough to be read as one\n" * 100)
    with pytest.raises(IntegrityError, match="not a database"):
        SqliteLog(path, writer=True)
    path.unlink()
    SqliteLog(path, writer=True).close()


def holder(path: Path) -> subprocess.Popen[bytes]:
    """Another process that holds the log for writing."""
    code = (
        "import sys, time; from pathlib import Path; from eventlog.sqlite import SqliteLog;"
        " log = SqliteLog(Path(sys.argv[1]), writer=True); print('held', flush=True);"
        " time.sleep(60)"
    )
    command = [sys.executable, "-c", code, str(path)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"held\n"
    return process


def test_the_lock_of_another_process_holds_until_it_is_killed(path):
    process = holder(path)
    try:
        with pytest.raises(WriterFenced):
            SqliteLog(path, writer=True)
        SqliteLog(path).close()  # readers are let in
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert process.stdout is not None
        process.stdout.close()
    with closing(SqliteLog(path, writer=True)) as log:
        append(log, 1)


def test_a_reader_writes_nothing(log, path):
    append(log, 1)
    with closing(SqliteLog(path)) as reader:
        with pytest.raises(WriterFenced, match="opened for reading"):
            reader.append(some(reader.head(), 1), expected=reader.head())
        with pytest.raises(LedgerError):
            reader.park([Stray(place="a:1", value=b"x", reason="not JSON")])
    assert log.head().position == 1
    assert list(log.parked()) == []


def test_a_reader_makes_no_log(path):
    with pytest.raises(TransientError, match="`clearing submit` makes one"):
        SqliteLog(path)
    assert not path.parent.exists()


@pytest.mark.parametrize("name", [":memory:", "file:log.db?mode=memory", "", "a b#c%41.db"])
def test_a_log_is_the_file_of_its_name(tmp_path, monkeypatch, name):
    """SQLite gives some names a meaning; a log in memory would be lost with its process."""
    monkeypatch.chdir(tmp_path)
    path = Path(name or "log.db")
    with closing(SqliteLog(path, writer=True)) as log:
        append(log, 2)
    assert (tmp_path / path).is_file()
    with closing(SqliteLog(path)) as reader:
        assert reader.head().position == 2


# -- what the file itself refuses ------------------------------------------------------------------

TAMPERING = {
    "update": "UPDATE records SET value = x'00' WHERE position = 2",
    "move": "UPDATE records SET position = 9 WHERE position = 2",
    "delete": "DELETE FROM records WHERE position = 2",
    "delete all": "DELETE FROM records",
    "replace": "INSERT OR REPLACE INTO records VALUES (2, x'00')",
    "upsert": "INSERT INTO records VALUES (2, x'00') "
    "ON CONFLICT (position) DO UPDATE SET value = excluded.value",
    "gap": "INSERT INTO records VALUES (5, x'00')",
    "before the first": "INSERT INTO records VALUES (0, x'00')",
    "repeat": "INSERT INTO records VALUES (3, x'00')",
}


@pytest.mark.parametrize("how", TAMPERING)
def test_the_file_refuses(log, path, how):
    """Triggers stand in the file: they hold for any program that opens it."""
    values = append(log, 3)
    with closing(sqlite3.connect(path)) as other, pytest.raises(sqlite3.IntegrityError):
        other.execute(TAMPERING[how])
    assert everything(log) == list(enumerate(values, 1))


def test_a_log_of_before_the_triggers_gets_them(log, path):
    log.close()
    with closing(sqlite3.connect(path)) as other:
        names = [
            row[0] for row in other.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        ]
        for name in names:
            other.execute(f"DROP TRIGGER {name}")
    with closing(SqliteLog(path, writer=True)) as again:
        append(again, 1)
        with closing(sqlite3.connect(path)) as other, pytest.raises(sqlite3.IntegrityError):
            other.execute("DELETE FROM records")
    assert len(names) >= 2


def test_what_is_appended_is_on_disk_when_append_returns(log):
    assert log.durable()
    assert log._db.execute("PRAGMA journal_mode").fetchone() == ("wal",)


# -- readers beside a writer -----------------------------------------------------------------------


def test_a_reader_sees_only_what_is_committed(log, path):
    values = append(log, 1)
    with closing(SqliteLog(path)) as reader:
        with log._transaction():
            log._db.execute("INSERT INTO records VALUES (2, x'00')")
            assert reader.head().position == 1
            assert everything(reader) == [(1, values[0])]
        assert reader.head().position == 2


@pytest.mark.parametrize(
    "fault", [KeyboardInterrupt, SystemExit, MemoryError, sqlite3.OperationalError]
)
def test_an_append_that_is_interrupted_writes_nothing(log, fault):
    """The step between writing and committing: whatever is raised there, the log is as before."""

    def interrupted() -> None:
        with log._transaction():
            log._db.execute("INSERT INTO records VALUES (3, x'00')")
            raise fault

    values = append(log, 2)
    with pytest.raises(TransientError if fault is sqlite3.OperationalError else fault):
        interrupted()
    assert everything(log) == list(enumerate(values, 1))
    append(log, 1)
    assert log.head().position == 3


def test_an_interruption_right_after_the_commit_is_told_as_what_it_is(log):
    """Ctrl-C during the disk's work arrives when COMMIT has returned: there is no way back."""

    class Interrupting:
        def __init__(self, db):
            self.db = db

        def __getattr__(self, name):
            return getattr(self.db, name)

        def execute(self, query, *values):
            answer = self.db.execute(query, *values)
            if query == "COMMIT":
                raise KeyboardInterrupt
            return answer

    before = log.head()
    values = some(before, 2)
    log._db = Interrupting(log._db)
    with pytest.raises(KeyboardInterrupt):
        log.append(values, expected=before)
    log._db = log._db.db
    assert everything(log) == list(enumerate(values, 1))


def test_readers_beside_a_writer_see_whole_batches_in_order(log, path):
    """A writer appends batches of any size; readers see a chain that ends where a batch ended."""
    ends = {0}
    wrong: list[str] = []
    done = threading.Event()

    def read() -> None:
        with closing(SqliteLog(path)) as reader:
            while not done.is_set():
                position = 0
                try:
                    for batch in read_records(reader, after=Head()):
                        position = batch.records[-1].position
                except LedgerError as fault:
                    wrong.append(str(fault))
                if position not in ends:
                    wrong.append(f"saw {position}, between two batches")

    threads = [threading.Thread(target=read) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(60):
            values = some(log.head(), random.randint(1, 40))
            ends.add(log.head().position + len(values))
            log.append(values, expected=log.head())
    finally:
        done.set()
        for thread in threads:
            thread.join()
    assert wrong == []
    assert log.head().position == max(ends)


# -- a damaged file --------------------------------------------------------------------------------


def test_a_file_that_is_no_database_is_told(path):
    path.parent.mkdir(parents=True)
    path.write_bytes(os.urandom(10_000))
    for writer in (True, False):
        with pytest.raises(IntegrityError, match="not a database"):
            SqliteLog(path, writer=writer)


def test_an_empty_file_becomes_a_log_only_for_a_writer(path):
    path.parent.mkdir(parents=True)
    path.touch()
    with pytest.raises(TransientError, match="there is no log in"):
        SqliteLog(path)
    with closing(SqliteLog(path, writer=True)) as log:
        append(log, 1)
    with closing(SqliteLog(path)) as reader:
        assert reader.head().position == 1


def test_a_torn_page_is_told(log, path):
    append(log, 2_000)
    log._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    ((page,),) = log._db.execute("PRAGMA page_size")
    log.close()
    content = bytearray(path.read_bytes())
    content[page * 5 : -page] = bytes(len(content) - page * 6)
    path.write_bytes(content)
    with closing(SqliteLog(path)) as reader, pytest.raises(IntegrityError, match="damaged"):
        everything(reader)
