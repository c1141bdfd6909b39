"""The only place that reads settings and builds objects."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from sqlalchemy import Engine

from consumers.decider import Decider
from consumers.outcome import Outcome
from consumers.projector import catch_up, fold_log
from eventlog.port import EventLog, Stray
from eventlog.sqlite import SqliteLog
from ledger.errors import ConfigurationError
from ledger.record import record
from producers.files import Line
from projections.build import FLUSH_RECORDS, NAMES, flush, folder_at
from projections.database import migrate, open_database
from projections.decider import DeciderTables
from schemas.door import LINE_BYTES_MAX, Malformed
from schemas.envelope import Head

DEFAULT_LOG: Final = "sqlite:///clearing-data/log.db"
DEFAULT_DB: Final = "sqlite:///clearing-data/books.db"
_SQLITE: Final = "sqlite:///"


@record
class Settings:
    """Where the log and the database are."""

    log: str = DEFAULT_LOG
    db: str = DEFAULT_DB


def settings(
    log: str | None, db: str | None, environ: Mapping[str, str] = os.environ
) -> Settings:
    """Return what was said on the command line, else in the environment, else the default."""
    return Settings(
        log=log or environ.get("CLEARING_LOG") or DEFAULT_LOG,
        db=db or environ.get("CLEARING_DB") or DEFAULT_DB,
    )


def path_of(url: str) -> Path:
    """Return the file of a sqlite URL. Raises: ConfigurationError for any other URL."""
    if not url.startswith(_SQLITE) or len(url) == len(_SQLITE):
        raise ConfigurationError(f"{url}: write sqlite:///PATH")
    return Path(url.removeprefix(_SQLITE))


def open_log(chosen: Settings, *, writer: bool = False) -> EventLog:
    """Return the log. Raises: WriterFenced, TransientError, ConfigurationError."""
    return SqliteLog(path_of(chosen.log), writer=writer)


def open_books(chosen: Settings, *, writer: bool = False) -> Engine:
    """Return the database; a writer makes it and brings its schema up to date."""
    path_of(chosen.db)
    engine = open_database(chosen.db, writer=writer)
    if writer:
        migrate(engine)
    return engine


class Ledger:
    """An embedded ledger opened for writing: decides, appends and projects in one process."""

    def __init__(self, log: EventLog, engine: Engine) -> None:
        """Bring the books level with the log, and go on from there."""
        self.log = log
        self.engine = engine
        self._decider = self._start()

    def _start(self) -> Decider:
        catch_up(self.log, self.engine, NAMES)
        head = self.log.head()
        self._folder = folder_at(self.engine, NAMES, head)
        tables = next(p for p in self._folder.projections if isinstance(p, DeciderTables))
        return Decider(self.log, tables, self._folder)

    def submit(self, lines: Sequence[Line], *, more: bool = False) -> list[Outcome]:
        """Answer lines; `more` says that others follow at once, so the books may wait a little.

        What is answered is durable: the log is written before the return.
        """
        strays = [
            Stray(
                place=f"{line.file}:{line.number}",
                value=line.value[:LINE_BYTES_MAX],
                reason=line.arrival.detail,
            )
            for line in lines
            if isinstance(line.arrival, Malformed)
        ]
        if strays:
            self.log.park(strays)
        outcomes = self._decider.handle([line.arrival for line in lines], datetime.now(UTC))
        if not more or self._folder.pending >= FLUSH_RECORDS:
            self.project()
        return outcomes

    def project(self) -> None:
        """Write what was decided into the books."""
        flush(self.engine, self._folder)

    def position(self) -> int:
        """Return the last position."""
        return self._folder.head.position

    def close(self) -> None:
        """Let go of log and books."""
        self.engine.dispose()
        self.log.close()


@contextmanager
def open_ledger(chosen: Settings) -> Iterator[Ledger]:
    """Open the embedded ledger for writing; makes what is missing."""
    log = open_log(chosen, writer=True)
    try:
        ledger = Ledger(log, open_books(chosen, writer=True))
    except BaseException:
        log.close()
        raise
    try:
        yield ledger
    finally:
        ledger.close()


@contextmanager
def open_reader(chosen: Settings, *, at: int | None = None) -> Iterator[tuple[EventLog, Engine]]:
    """Open log and books for reading; `at` folds the log up to a past position beside them."""
    log = open_log(chosen)
    try:
        engine = open_books(chosen) if at is None else _books_at(log, at)
        try:
            yield log, engine
        finally:
            engine.dispose()
    finally:
        log.close()


def _books_at(log: EventLog, position: int) -> Engine:
    """Return books in memory, folded up to a position."""
    end = log.head().position
    if not 0 <= position <= end:
        raise ConfigurationError(f"the log ends at position {end}, there is no {position}")
    engine = open_database("sqlite://", writer=True)
    migrate(engine)
    fold_log(log, engine, folder_at(engine, NAMES, Head()), until=position)
    return engine
