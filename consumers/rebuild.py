"""Fold the log again beside the live projections, compare, and switch."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Lock
from typing import Final, TypeAlias

from sqlalchemy import Connection, Engine, Table

from consumers.projector import Progress, fold_log
from eventlog.port import EventLog
from ledger.record import record
from projections import beside, outbox
from projections.build import build, check_within, heads
from projections.database import analyze, end_other_sessions, scanning, side_by_side, translated
from projections.fold import Folder, checkpoints_of, hold_checkpoint
from projections.keys import make_indexes, make_keys
from projections.tables import FEED, flat
from schemas.envelope import Head

Look: TypeAlias = Callable[[Connection], beside.Difference | None]
"""Says where a copy differs from the live tables."""
_FEW: Final = 5_000
"""How many records may be folded while workers wait."""
_LONGEST: Final = "decider"
"""What takes longest to compare and switch, as long as all others: it has a row of each claim."""
_SETTLING: Final = 2
"""How many are compared at once: it, and one after the other beside it, so that it has a core."""


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
    """Fold the log into the copies of some projections, record after record."""
    copies = beside.copies(names)
    make_keys(engine, flat(copies))
    folder = Folder(build(names, engine, copies), Head(), beside.checkpoints())
    fold_log(log, engine, folder, until=until, progress=progress)


def settle(
    log: EventLog, engine: Engine, names: Sequence[str], *, replace: bool, alone: bool
) -> list[Rebuilt]:
    """Compare each copy with the live tables; equal, or with `replace`, it takes over.

    `alone`: nobody folds meanwhile, and a file's copies are compared two at a time. Else workers
    may fold: a projection stands still only while its copy is compared.
    """
    tables = beside.copies(names)
    _fold_together(log, engine, names)
    if alone:
        looks = _compared(engine, names, flat(tables))
    else:
        make_indexes(engine, flat(tables))
        looks = {name: _look(name) for name in names}
    reading = Lock()  # a log has one reader

    def settled(name: str) -> Rebuilt:
        analyze(engine, tables[name].values())
        return _settle_one(log, engine, name, looks[name], reading, replace=replace)

    longest_first = sorted(names, key=lambda name: name != _LONGEST)
    settled_ones = side_by_side(engine, settled, longest_first, _SETTLING)
    results = {each.projection: each for each in settled_ones}
    if all(result.switched for result in results.values()):
        with translated(), engine.begin() as connection:
            beside.drop(connection, [])
    return [results[name] for name in names]


def _fold_together(log: EventLog, engine: Engine, names: Sequence[str]) -> None:
    """Fold what came while the copies were folded into all of them, up to where all live ones are.

    A rebuild of years takes hours.
    """
    until = min(head.position for head in heads(engine, names).values())
    fold_log(log, engine, _copy(engine, names), until=until)


def _look(name: str) -> Look:
    return lambda connection: beside.first_difference(connection, name)


def _compared(engine: Engine, names: Sequence[str], copies: Sequence[Table]) -> Mapping[str, Look]:
    """Compare copies and index them, two at a time: the database does it, Python only waits."""

    def compare(name: str) -> Look:
        with scanning(engine) as connection:
            difference = beside.first_difference(connection, name)
        return lambda _: difference

    with ThreadPoolExecutor(2) as pool:
        indexed = pool.submit(make_indexes, engine, copies)
        looks = dict(zip(names, pool.map(compare, names), strict=True))
        indexed.result()
    return looks


def _settle_one(
    log: EventLog, engine: Engine, name: str, look: Look, reading: Lock, *, replace: bool
) -> Rebuilt:
    with translated(), engine.connect() as connection:
        with reading:  # before the projection is held: who waits here keeps no worker waiting
            live = _hold_level(log, engine, connection, name)
        difference = look(connection)
        switched = difference is None or replace
        if switched:
            _switch(connection, name, live, changed=difference is not None)
        connection.commit()
    return Rebuilt(
        projection=name, position=live.position, difference=difference, switched=switched
    )


def _hold_level(log: EventLog, engine: Engine, connection: Connection, name: str) -> Head:
    """Hold a live projection where its copy stands, and return that place."""
    copy = _copy(engine, [name])
    while (position := heads(engine, [name])[name].position) > copy.head.position + _FEW:
        fold_log(log, engine, copy, until=position)
    live = hold_checkpoint(connection, name)
    fold_log(log, engine, copy, until=live.position)  # workers wait: little
    check_within(live, copy.head)
    return live


def _copy(engine: Engine, names: Sequence[str]) -> Folder:
    """Return what goes on folding copies that stand at the same place."""
    with translated(), engine.connect() as connection:
        stored = checkpoints_of(connection, beside.checkpoints())
    (head,) = {stored.get(name, Head()) for name in names}
    return Folder(build(names, engine, beside.copies(names)), head, beside.checkpoints())


def _switch(connection: Connection, name: str, live: Head, *, changed: bool) -> None:
    """Put a copy in its place; changed balances are told to the feed's readers."""
    if changed and name == FEED:
        outbox.correct(connection, live.position, datetime.now(UTC).isoformat())
    beside.switch(connection, [name])
    if changed:
        end_other_sessions(connection)  # else a worker would go on with what it has in memory
