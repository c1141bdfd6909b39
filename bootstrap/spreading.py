"""Folding the log in spans: one in this process, the others in processes of their own."""

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing, contextmanager
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from time import sleep
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
_LOOK_S: Final = 0.005
"""How often a process looks whether there are tables; it has seldom to wait at all."""


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


@record
class Share:
    """What one process folds: its span, then others if it is first; the log's end; all's folder.

    Each first writes after another number of settlements: SQLite lets one write at a time.
    """

    spans: Sequence["Span"]
    until: "Head"
    first_write: int
    folder: Path

    def fold(
        self,
        log: "EventLog",
        engine: "Engine",
        target: Target,
        *,
        ready: Callable[[], object],
        progress: Progress = lambda _: None,
    ) -> "Periods":
        """Fold settlements; `ready` returns when there are tables."""
        from consumers.spans import fold_settlements, taken

        return fold_settlements(
            log,
            engine,
            target.tables(),
            taken(self.spans, self.folder),
            self.until,
            rest=self.folder,
            first_write=self.first_write,
            read=target.read(),
            ready=ready,
            progress=progress,
        )

    def say_ready(self) -> None:
        """Tell other processes that there are tables, or will not be."""
        self._ready.touch()

    def await_ready(self) -> None:
        """Wait until the first process says so."""
        while not self._ready.exists():
            sleep(_LOOK_S)

    @property
    def _ready(self) -> Path:
        return self.folder / "ready"


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
    make: Callable[[], None] = lambda: None,
    progress: Progress,
) -> None:
    """Fold the log from its beginning up to a head; `make` makes the tables meanwhile.

    Raises: IntegrityError where a record is wrong.
    """
    from consumers.spans import SETTLED_MAX, fold_rest, kept_in, spans
    from projections.keys import make_keys
    from projections.settlements import merged
    from projections.tables import flat

    processes, left = 1 + helpers.number, until.position

    def shown(records: int) -> None:
        nonlocal left
        folded = min(records * processes, left)  # others are about as far
        left -= folded
        progress(folded)

    cut = spans(until.position, processes)
    mine, *theirs = [
        Share(
            spans=[long, *cut[processes:]],
            until=until,
            first_write=SETTLED_MAX * number // processes,
            folder=helpers.folder,
        )
        for number, long in enumerate(cut[:processes], 1)
    ]
    with ThreadPoolExecutor(1) as maker:
        made = maker.submit(make)
        made.add_done_callback(lambda _: mine.say_ready())
        others = [helpers.pool.submit(_fold_share, target, share) for share in theirs]
        first = mine.fold(log, engine, target, ready=made.result, progress=shown)
    sums = merged([first, *(other.result() for other in others)])
    tables = target.tables()
    make_keys(engine, flat(tables))
    rest = [kept_in(helpers.folder, span) for span in cut]
    fold_rest(engine, tables, rest, sums, until=until, checkpoints=target.checkpoints())


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


def _fold_share(target: Target, share: Share) -> "Periods":
    from projections.database import open_database

    into = target.into
    engine = open_database(into.db, writer=True, ledger=into.ledger)
    try:
        with closing(_LOG.pop() if _LOG else open_log(target.source)) as log:
            return share.fold(log, engine, target, ready=share.await_ready)
    finally:
        engine.dispose()
