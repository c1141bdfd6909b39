"""The only place that reads settings and builds objects."""

import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any, Final

from sqlalchemy import Engine

from consumers.decider import Decider, first_answer
from consumers.doctor import Check, check_embedded
from consumers.outcome import Outcome
from consumers.projector import Progress, catch_up, fold_log
from consumers.rebuild import SHARES, Rebuilt, fold_again, prepare, settle
from consumers.verify import verify as findings
from eventlog.port import EventLog, Stray
from eventlog.sqlite import SqliteLog
from ledger.errors import (
    ConcurrencyError,
    ConfigurationError,
    LedgerError,
    TransientError,
)
from ledger.record import record
from ledger.vocabulary import CommandId
from producers.files import Line
from projections.build import FLUSH_RECORDS, NAMES, flush, folder_at
from projections.commands import CommandIds
from projections.database import migrate, open_database, snapshot
from projections.fold import checkpoints_of
from projections.histories import positions_of
from projections.tables import live
from reports.history import history as claim_history
from schemas.door import LINE_BYTES_MAX, Malformed
from schemas.envelope import Head, unseal

DEFAULT_LOG: Final = "sqlite:///clearing-data/log.db"
DEFAULT_DB: Final = "sqlite:///clearing-data/books.db"
_WORTH_A_PROCESS: Final = 100_000
"""The length of a log from which on a second process pays for its start."""
_PROJECT_S: Final = 5.0
"""How long the books of a running submission may stay behind the log."""
_SQLITE: Final = "sqlite:///"


@record
class Settings:
    """Where the log and the database are."""

    log: str = DEFAULT_LOG
    db: str = DEFAULT_DB


def settings(log: str | None, db: str | None, environ: Mapping[str, str] = os.environ) -> Settings:
    """Return what was said on the command line, else in the environment, else the default."""
    return Settings(
        log=log or environ.get("CLEARING_LOG") or DEFAULT_LOG,
        db=db or environ.get("CLEARING_DB") or DEFAULT_DB,
    )


def status_of(fault: Exception) -> int | None:
    """Return the exit status that an error of ours ends the program with, else None."""
    if isinstance(fault, ConfigurationError):
        return 2
    if isinstance(fault, TransientError | ConcurrencyError):
        return 3
    return 1 if isinstance(fault, LedgerError) else None


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
        self._projected_at = monotonic()
        self._decider = self._start()

    def _start(self) -> Decider:
        catch_up(self.log, self.engine, NAMES)
        head = self.log.head()
        self._folder = folder_at(self.engine, NAMES, head)
        return Decider(self.log, self._folder)

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
        waited = monotonic() - self._projected_at
        if not more or waited > _PROJECT_S or self._folder.pending >= FLUSH_RECORDS:
            self.project()
        return outcomes

    def project(self) -> None:
        """Write what was decided into the books."""
        flush(self.engine, self._folder)
        self._projected_at = monotonic()

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


def rebuild(
    chosen: Settings,
    names: Sequence[str] = NAMES,
    *,
    replace: bool = False,
    progress: Progress = lambda _: None,
) -> list[Rebuilt]:
    """Fold projections again beside the live ones, in two processes, compare and switch.

    The writer's lock is held all the while.
    """
    log = open_log(chosen, writer=True)
    try:
        engine = open_books(chosen, writer=True)
        catch_up(log, engine, names)
        until = log.head().position
        prepare(engine, names)
        shares = [[name for name in share if name in names] for share in SHARES]
        _fold_shares(chosen, [share for share in shares if share], until, progress)
        return settle(engine, names, until, replace=replace)
    finally:
        log.close()


def _fold_shares(
    chosen: Settings, shares: Sequence[Sequence[str]], until: int, progress: Progress
) -> None:
    """Fold each share in a process of its own; a single one, or a short log, in this one."""
    if len(shares) == 1 or until < _WORTH_A_PROCESS:
        for share in shares:
            _fold_share(chosen, share, until, progress)
        return
    with ProcessPoolExecutor(len(shares) - 1, mp_context=get_context("spawn")) as pool:
        others = [pool.submit(_fold_share, chosen, share, until) for share in shares[1:]]
        _fold_share(chosen, shares[0], until, progress)
        for other in others:
            other.result()


def _fold_share(
    chosen: Settings, share: Sequence[str], until: int, progress: Progress = lambda _: None
) -> None:
    log = open_log(chosen)
    engine = open_database(chosen.db, writer=True)
    try:
        fold_again(log, engine, share, until, progress)
    finally:
        engine.dispose()
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


def verify(chosen: Settings, progress: Progress = lambda _: None) -> list[str]:
    """Return what is wrong with log and books; empty if all is well."""
    with open_reader(chosen) as (log, live), TemporaryDirectory(prefix="clearing-") as folder:
        path = f"{folder}/again.db"
        again = open_database(f"{_SQLITE}{path}", writer=True)
        migrate(again)
        try:
            return list(findings(log, live, again, path, progress))
        finally:
            again.dispose()


def history(log: EventLog, engine: Engine, claim_id: str) -> dict[str, Any]:
    """Return the document of one claim's life."""
    with snapshot(engine) as connection:
        positions = positions_of(connection, claim_id)
        position = min(head.position for head in checkpoints_of(connection).values())
    stored = log.read_at(positions)
    events = [(place, unseal(stored[place])[0].event) for place in positions]
    return claim_history(claim_id, events, position)


def answer(log: EventLog, engine: Engine, command_id: str) -> dict[str, Any] | None:
    """Return the answer that a command got, or None."""
    ids = CommandIds(live("commands"), engine.connect)
    bound = ids.bound(CommandId(command_id))
    if bound is None:
        return None
    given = first_answer(log, bound.position)
    return asdict(given)


def doctor(chosen: Settings) -> list[Check]:
    """Return what was checked of configuration and stores."""
    return list(check_embedded(path_of(chosen.log), path_of(chosen.db)))
