"""Check the whole log and the books that were folded from it, without changing either."""

import gc
from collections.abc import Iterator

from sqlalchemy import Connection, Engine

from consumers.projector import Progress, fold_log
from eventlog.port import EventLog
from ledger.errors import IntegrityError
from projections import beside
from projections.build import NAMES, folder_at, heads
from projections.database import translated
from projections.invariants import broken
from projections.statements import wrong_statements
from schemas.envelope import Head

_AGAIN = "again"
"""The name under which the second fold is attached to the live books."""


def verify(
    log: EventLog,
    live: Engine,
    again: Engine,
    path: str,
    progress: Progress = lambda _: None,
) -> Iterator[str]:
    """Return a sentence for each thing that is wrong; none, and all is well.

    `again` is an empty database at `path`: the log is folded into it, position and chain checked
    on the way, and compared row by row with the live books at the position where these stand.
    """
    at = set(heads(live).values())
    if len(at) != 1:
        yield "the projections stand at different positions; run `clearing rebuild`"
        return
    (head,) = at
    try:
        _fold(log, again, head, progress)
    except IntegrityError as fault:
        yield f"the log: {fault}"
        return
    with translated(), live.connect() as connection:
        connection.rollback()
        connection.exec_driver_sql(f"ATTACH '{path}' AS {_AGAIN}")
        yield from _compare(connection)


def _fold(log: EventLog, engine: Engine, head: Head, progress: Progress) -> None:
    """Fold the log, and read on to its end. Raises: IntegrityError at the first wrong record."""
    gc.disable()
    try:
        folder = folder_at(engine, NAMES, Head())
        fold_log(log, engine, folder, until=head.position, progress=progress)
        if folder.head != head:
            detail = f"the books were folded from another record at position {head.position}"
            raise IntegrityError(detail)
        rest = folder_at(engine, (), folder.head)
        fold_log(log, engine, rest, progress=progress)
    finally:
        gc.enable()


def _compare(connection: Connection) -> Iterator[str]:
    for name in NAMES:
        found = beside.first_difference(connection, name, f"{_AGAIN}.")
        if found is not None:
            yield (
                f"projection {name}, table {found.table}, row {found.key}: "
                f"the books say [{found.live}], the log says [{found.again}]"
            )
    yield from broken(connection)
    yield from wrong_statements(connection)
