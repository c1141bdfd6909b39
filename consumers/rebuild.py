"""Fold the log again beside the live projections, compare, and switch."""

import gc
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import Engine

from consumers.projector import Progress, fold_log
from eventlog.port import EventLog
from ledger.record import record
from projections import beside, outbox
from projections.build import build
from projections.database import translated
from projections.fold import Folder
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


def settle(engine: Engine, names: Sequence[str], position: int, *, replace: bool) -> list[Rebuilt]:
    """Compare each copy with the live tables; equal, or with `replace`, it takes over.

    Where the feed's copy takes over, balances that it changes are told to its readers.
    """
    results = []
    for name in names:
        with translated(), engine.begin() as connection:
            difference = beside.first_difference(connection, name)
            switched = difference is None or replace
            if switched:
                if name == FEED:
                    outbox.correct(connection, position, datetime.now(UTC).isoformat())
                beside.switch(connection, [name])
            results.append(
                Rebuilt(
                    projection=name, position=position, difference=difference, switched=switched
                )
            )
    if all(result.switched for result in results):
        with translated(), engine.begin() as connection:
            beside.drop(connection, [])
    return results
