"""Fold the log again beside the live projections, compare, and switch."""

import gc
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import Connection, Engine

from consumers.projector import Progress, fold_log
from eventlog.port import EventLog
from ledger.record import record
from projections import beside, outbox
from projections.build import build, check_within, heads
from projections.database import end_other_sessions, translated
from projections.fold import Folder, checkpoints_of, hold_checkpoint
from projections.tables import FEED
from schemas.envelope import Head

SHARES: Final = (("decider", "histories"), ("commands", "balances", "clearing", "pools", "breaks"))
"""Who folds what where two processes share a rebuild: about equal work."""


@record
class Rebuilt:
    """What became of one projection: switched, or the first difference."""

    projection: str
    position: int
    difference: beside.Difference | None
    switched: bool


def prepare(engine: Engine, names: Sequence[str]) -> None:
    """Make room for the copies."""
    with translated(), engine.begin() as connection:
        beside.make(connection, names)


def fold_again(
    log: EventLog,
    engine: Engine,
    names: Sequence[str],
    until: int,
    progress: Progress = lambda _: None,
) -> None:
    """Fold the log into the copies of some projections."""
    gc.freeze()
    gc.disable()  # events make no cycles; the collector would walk them in vain
    try:
        folder = Folder(build(names, engine, beside.copies(names)), Head(), beside.checkpoints())
        fold_log(log, engine, folder, until=until, progress=progress)
    finally:
        gc.enable()


def settle(log: EventLog, engine: Engine, names: Sequence[str], *, replace: bool) -> list[Rebuilt]:
    """Compare each copy with the live tables; equal, or with `replace`, it takes over.

    Workers may fold meanwhile: a projection stands still only while its copy is compared.
    """
    results = [_settle_one(log, engine, name, replace=replace) for name in names]
    if all(result.switched for result in results):
        with translated(), engine.begin() as connection:
            beside.drop(connection, [])
    return results


def _settle_one(log: EventLog, engine: Engine, name: str, *, replace: bool) -> Rebuilt:
    copy = _copy(engine, name)
    fold_log(log, engine, copy, until=heads(engine, [name])[name].position)
    with translated(), engine.begin() as connection:
        live = hold_checkpoint(connection, name)
        fold_log(log, engine, copy, until=live.position)  # what came in between: little
        check_within(live, copy.head)
        difference = beside.first_difference(connection, name)
        switched = difference is None or replace
        if switched:
            _switch(connection, name, live, changed=difference is not None)
    return Rebuilt(
        projection=name, position=live.position, difference=difference, switched=switched
    )


def _copy(engine: Engine, name: str) -> Folder:
    """Return what goes on folding a copy."""
    with translated(), engine.connect() as connection:
        head = checkpoints_of(connection, beside.checkpoints()).get(name, Head())
    return Folder(build([name], engine, beside.copies([name])), head, beside.checkpoints())


def _switch(connection: Connection, name: str, live: Head, *, changed: bool) -> None:
    """Put a copy in its place; changed balances are told to the feed's readers."""
    if changed and name == FEED:
        outbox.correct(connection, live.position, datetime.now(UTC).isoformat())
    beside.switch(connection, [name])
    if changed:
        end_other_sessions(connection)  # else a worker would go on with what it has in memory
