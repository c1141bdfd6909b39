"""Opens log and books where the settings say they are."""

import fcntl
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING, Final

from bootstrap.configuration import (
    Settings,
    cluster_of,
    ledger_of,
    on_kafka,
    on_server,
    path_of,
    shown,
)
from ledger.errors import ConfigurationError, LedgerError, WriterFenced

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from eventlog.port import EventLog

FOLDING_S: Final = 60.0
"""How long to wait for another process that still folds."""


def open_log(chosen: Settings, *, writer: bool = False) -> "EventLog":
    """Return the log. Raises: WriterFenced, TransientError, ConfigurationError."""
    if on_kafka(chosen):
        from eventlog.kafka import KafkaLog

        return KafkaLog(cluster_of(chosen.log), ledger_of(chosen), writer=writer)
    from eventlog.sqlite import SqliteLog

    return SqliteLog(path_of(chosen.log), writer=writer)


def open_books(chosen: Settings, *, writer: bool = False) -> "Engine":
    """Return the database; a writer makes it and brings its schema up to date.

    Raises: ConfigurationError where it is something else than books, TransientError.
    """
    from projections.database import migrate, open_database

    if not on_server(chosen):
        _books_file(chosen)
    engine = open_database(chosen.db, writer=writer, ledger=chosen.ledger)
    if writer:
        try:
            migrate(engine)
        except LedgerError:
            engine.dispose()
            raise
    return engine


def _books_file(chosen: Settings) -> Path:
    """Return the file of the books. Raises: ConfigurationError where the log is in it."""
    path = path_of(chosen.db)
    if not on_kafka(chosen) and path.resolve() == path_of(chosen.log).resolve():
        raise ConfigurationError(f"{path} cannot be both log and books: name a file for each")
    return path


@contextmanager
def folding(chosen: Settings) -> Iterator[None]:
    """Hold the books for folding; waits for a follower whose decider has died.

    Raises: WriterFenced if somebody else goes on folding.
    """
    with right_to(chosen, "folding") as take:
        deadline = monotonic() + FOLDING_S
        while not take():
            if monotonic() > deadline:
                raise WriterFenced(f"another program is folding into {shown(chosen.db)}")
            sleep(0.05)
        yield


@contextmanager
def right_to(chosen: Settings, what: str) -> Iterator[Callable[[], bool]]:
    """Lend a function that tries to take a right: a lock of the server, or of a file by the books.

    One process at a time has it, until the end of the block or its own.
    """
    if on_server(chosen):
        from projections.database import translated
        from projections.postgres import exclusive_right

        engine = open_books(chosen, writer=True)
        try:
            with translated(), exclusive_right(engine, what) as take:
                yield take
        finally:
            engine.dispose()
        return
    path = _books_file(chosen)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    end = ".lock" if what == "folding" else f".{what}.lock"
    with path.with_name(path.name + end).open("ab") as lock:

        def take_file() -> bool:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            return True

        yield take_file


@contextmanager
def open_reader(chosen: Settings) -> Iterator[tuple["EventLog", "Engine"]]:
    """Lend log and books for reading."""
    with closing(open_log(chosen)) as log, reading_books(chosen) as engine:
        yield log, engine


@contextmanager
def reading_books(chosen: Settings, *, at: int | None = None) -> Iterator["Engine"]:
    """Lend the books for reading; or, folded beside them, as they were at a past position."""
    if not on_kafka(chosen):
        path_of(chosen.log)  # an address that is none is said, also where it is not needed
    if at is None:
        engine = open_books(chosen)
    else:
        with closing(open_log(chosen)) as log:
            engine = _books_at(log, at)
    try:
        yield engine
    finally:
        engine.dispose()


def check_position(log: "EventLog", position: int) -> None:
    """Check that the log reaches a position. Raises: ConfigurationError."""
    end = log.head().position
    if not 0 <= position <= end:
        raise ConfigurationError(f"the log ends at position {end}, there is no {position}")


def _books_at(log: "EventLog", position: int) -> "Engine":
    """Return books in memory, folded up to a position."""
    from consumers.projector import fold_log
    from projections.build import NAMES, folder_at
    from projections.database import make_tables, open_database
    from schemas.envelope import Head

    check_position(log, position)
    engine = open_database("sqlite://", writer=True)
    make_tables(engine)
    fold_log(log, engine, folder_at(engine, NAMES, Head()), until=position)
    return engine
