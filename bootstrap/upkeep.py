"""Folding again, checking, moving house."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from functools import partial
from importlib import import_module
from threading import Thread
from typing import TYPE_CHECKING

from bootstrap.configuration import SQLITE, Progress, Settings, address_of, on_kafka
from bootstrap.stores import folding, open_books, open_log, open_reader
from ledger.errors import ConfigurationError

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from bootstrap.spreading import Helpers
    from consumers.rebuild import Rebuilt as Rebuilt  # noqa: PLC0414 -- cli names it
    from eventlog.port import EventLog
    from schemas.envelope import Head


def rebuild(
    chosen: Settings,
    names: Sequence[str] = (),
    *,
    replace: bool = False,
    processes: int | None = None,
    progress: Progress = lambda _: None,
) -> list["Rebuilt"]:
    """Fold projections again beside the live ones, compare and switch.

    Where this program alone writes, it holds the log and brings the books level first. Workers on
    Kafka go on: each projection is folded up to where they have it.
    The feed is one of them only where it is named. `processes`: else one for each core.
    Raises: ConfigurationError where there is no feed.
    """
    from bootstrap.spreading import lent_helpers
    from consumers.garbage import left_out

    alone = not on_kafka(chosen)
    with (
        left_out(),  # imports leave nothing to collect: 0.1 s
        lent_helpers(chosen, processes) as helpers,
        _imported("consumers.rebuild"),
        closing(open_log(chosen, writer=alone)) as log,
    ):
        helpers.enough_for(log.head().position)
        with folding(chosen), _books(chosen, writer=True) as engine:
            # heavy, and so after the others were started
            from consumers.rebuild import settle
            from projections.beside import awaited
            from projections.build import NAMES

            wanted = names or NAMES
            with awaited(engine, wanted):
                _fold_copies(chosen, log, engine, wanted, helpers=helpers, progress=progress)
            return settle(log, engine, wanted, replace=replace, alone=alone)


def _fold_copies(
    chosen: Settings,
    log: "EventLog",
    engine: "Engine",
    names: Sequence[str],
    *,
    helpers: "Helpers",
    progress: Progress,
) -> None:
    """Fold the log into copies, up to where all these projections stand."""
    from bootstrap.spreading import Target, fold_in_spans
    from consumers.projector import catch_up
    from consumers.rebuild import fold_again, prepare
    from projections.build import check_within, heads
    from projections.tables import FEED

    if FEED in names and not heads(engine, [FEED])[FEED].position:
        raise ConfigurationError("there is no feed; `clearing run --role feed` makes one")
    if not on_kafka(chosen):
        catch_up(log, engine, names)
    at, end = heads(engine, names), log.head()
    for head in at.values():
        check_within(head, end)
    until, make = min(at.values()), partial(prepare, engine, names)
    books = tuple(name for name in names if name != FEED)
    if books:
        target = Target(source=chosen, into=chosen, names=books, copies=True)
        fold_in_spans(log, engine, target, until, helpers=helpers, make=make, progress=progress)
    else:
        make()
    if FEED in names:
        fold_again(log, engine, [FEED], until.position, progress)


@contextmanager
def _imported(name: str) -> Iterator[None]:
    """Import a module meanwhile: who opens a log waits for a broker most of the time."""
    importing = Thread(target=import_module, args=(name,))
    importing.start()
    yield
    importing.join()


@contextmanager
def _books(chosen: Settings, *, writer: bool = False) -> Iterator["Engine"]:
    engine = open_books(chosen, writer=writer)
    try:
        yield engine
    finally:
        engine.dispose()


def verify(
    chosen: Settings, *, processes: int | None = None, progress: Progress = lambda _: None
) -> tuple[int, list[str]]:
    """Return the position of the books, and what is wrong with them or the log.

    Raises: ConfigurationError where the books are of another revision.
    """
    from tempfile import TemporaryDirectory

    from bootstrap.spreading import Target, fold_in_spans, lent_helpers
    from consumers.verify import verify as findings
    from projections.build import NAMES, heads
    from projections.database import check_revision, make_tables, open_database, snapshot
    from projections.keys import drop_keys
    from projections.tables import flat

    with open_reader(chosen) as (log, live), TemporaryDirectory(prefix="clearing-") as folder:
        with snapshot(live) as connection:
            check_revision(connection)
        into = replace(chosen, db=f"{SQLITE}{folder}/again.db")
        again = open_database(into.db, writer=True)
        make_tables(again)
        target = Target(source=chosen, into=into, names=NAMES, copies=False)

        def fold_to(until: "Head") -> None:
            drop_keys(again, flat(target.tables()))
            with lent_helpers(chosen, processes) as helpers:
                helpers.enough_for(until.position)
                fold_in_spans(log, again, target, until, helpers=helpers, progress=progress)

        try:
            position = min(head.position for head in heads(live).values())
            kafka = on_kafka(chosen)
            return position, list(findings(log, live, again, fold_to, progress, apart=kafka))
        finally:
            again.dispose()


def copy_log(
    source: Settings, target: Settings, progress: Progress = lambda _: None
) -> tuple[int, int]:
    """Carry a log elsewhere and close it where it was; return how many records and parked lines.

    Raises: ConfigurationError where the target holds another log; IntegrityError where the copy
    is not what was copied.
    """
    from consumers.copying import carry

    if source.log == target.log:
        raise ConfigurationError("--from and --to are the same log")
    open_log(source).close()  # a writer would make what is not there
    with (
        closing(open_log(source, writer=True)) as old,
        closing(open_log(target, writer=True)) as new,
    ):
        return carry(old, new, address_of(target), progress)
