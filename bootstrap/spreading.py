"""Folding the log in spans: one in this process, the others in processes of their own."""

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing, contextmanager
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from bootstrap.children import end_with_parent
from bootstrap.configuration import Progress, Settings, on_server
from bootstrap.stores import open_log
from ledger.errors import TransientError
from ledger.record import record

if TYPE_CHECKING:
    from sqlalchemy import Engine, Table

    from consumers.spans import Span
    from eventlog.port import EventLog
    from projections.settlements import Periods
    from projections.tables import Tables
    from schemas.envelope import Head
    from schemas.settled import Read

_WORTH_A_PROCESS: Final = 50_000
"""The length of a span from which on a process pays for its start."""


@record
class Target:
    """What is folded where: projections of the books at `into`, as copies beside others or not."""

    source: Settings
    into: Settings
    names: Sequence[str]
    copies: bool

    def tables(self) -> dict[str, "Tables"]:
        """Return the tables to fold into."""
        from projections import beside, tables

        if self.copies:
            return beside.copies(self.names)
        return {name: tables.live(name) for name in self.names}

    def read(self) -> "Callable[[bytes], Read]":
        """Return how to read records: copies take what folds ask for, a verification all."""
        from schemas.settled import read_checked, read_settled

        return read_settled if self.copies else read_checked

    def checkpoints(self) -> "Table":
        """Return the table that says how far they are folded."""
        from projections import beside, tables

        return beside.checkpoints() if self.copies else tables.CHECKPOINTS


class Helpers:
    """Processes beside this one, and a folder for all to write to."""

    def __init__(
        self, chosen: Settings, pool: ProcessPoolExecutor, folder: Path, processes: int | None
    ) -> None:
        """Start those that are wanted, one for each other core at most; the rest can wait.

        `processes`: with this one; None: as many as the records are worth.
        """
        self.pool = pool
        self.folder = folder
        self.number = 0
        self._chosen = chosen
        self._processes = processes
        self._started = 0
        self._start(min(processes or 1, _cores()) - 1)

    def enough_for(self, records: int) -> None:
        """Start as many as are wanted of so many records, or else are worth it."""
        processes = min(self._processes or _worth(records), records)
        self.number = max(1, processes) - 1
        self._start(self.number)

    def _start(self, number: int) -> None:
        for _ in range(self._started, number):
            self.pool.submit(_make_ready, self._chosen)
        self._started = max(self._started, number)


@contextmanager
def lent_helpers(chosen: Settings, processes: int | None) -> Iterator[Helpers]:
    """Lend processes that fold with this one; started at once, which has much to import meanwhile.

    `processes`: as of `Helpers`.
    Raises: TransientError where one of them was ended.
    """
    most = max(1, (processes or _cores()) - 1)
    pool = ProcessPoolExecutor(most, mp_context=get_context("spawn"), initializer=_begin)
    try:
        with TemporaryDirectory(prefix="clearing-") as folder, pool:
            yield Helpers(chosen, pool, Path(folder), processes)
    except BrokenProcessPool as fault:
        raise TransientError("a process that folds a part of the log was ended") from fault


def fold_in_spans(
    log: "EventLog",
    engine: "Engine",
    target: Target,
    until: "Head",
    *,
    helpers: Helpers,
    progress: Progress,
) -> None:
    """Fold the log from its beginning up to a head.

    Raises: IntegrityError of the first span that is wrong.
    """
    from consumers.spans import fold_rest, fold_settlements, spans
    from projections.keys import drop_keys, make_keys
    from projections.settlements import merged
    from projections.tables import flat

    cut = spans(log, until, 1 + helpers.number)
    tables = target.tables()
    filled = flat(tables)
    if not target.copies:  # these have none yet
        drop_keys(engine, filled)
    files = [helpers.folder / f"span-{number}" for number, _ in enumerate(cut)]
    others = [
        helpers.pool.submit(_fold_span, target, span, file)
        for span, file in zip(cut[1:], files[1:], strict=True)
    ]

    def shown(records: int) -> None:
        progress(records * until.position // cut[0].until.position)  # others are about as far

    first = fold_settlements(
        log, engine, tables, cut[0], rest=files[0], read=target.read(), progress=shown
    )
    sums = merged([first, *(other.result() for other in others)])
    make_keys(engine, filled)
    fold_rest(engine, tables, files, sums, until=until, checkpoints=target.checkpoints())


def _worth(records: int) -> int:
    """Return how many processes so many records are worth: one for each core, if they are many."""
    return max(1, min(_cores(), records // _WORTH_A_PROCESS))


def _cores() -> int:
    return os.cpu_count() or 1


def _begin() -> None:
    """Begin a process that ends with its parent, and says nothing of Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    end_with_parent()


_LOG: list["EventLog"] = []
"""A process's own reader of the log, opened before there is anything to fold."""


def _make_ready(chosen: Settings) -> None:
    """Import what is needed and open the log while the first process looks what is to be done."""
    if on_server(chosen):
        import_module("projections.postgres_rows")
    import_module("consumers.spans")
    _LOG.append(open_log(chosen))


def _fold_span(target: Target, span: "Span", rest: Path) -> "Periods":
    from consumers.spans import fold_settlements
    from projections.database import open_database

    into = target.into
    engine = open_database(into.db, writer=True, ledger=into.ledger)
    try:
        with closing(_LOG.pop() if _LOG else open_log(target.source)) as log:
            tables, read = target.tables(), target.read()
            return fold_settlements(log, engine, tables, span, rest=rest, read=read)
    finally:
        engine.dispose()
