"""Check the whole log and the books that were folded from it, without changing either."""

import gc
from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, Engine

from consumers.projector import Progress
from eventlog.port import Batch, EventLog, read_records
from ledger.errors import IntegrityError
from projections import beside
from projections.build import FLUSH_RECORDS, NAMES, build, flush
from projections.database import snapshot, translated
from projections.fold import Folder, checkpoints_of
from projections.invariants import broken
from projections.statements import wrong_statements
from projections.tables import FEED
from projections.tables import live as tables_of
from schemas.envelope import Head


def verify(
    log: EventLog,
    live: Engine,
    again: Engine,
    progress: Progress = lambda _: None,
) -> Iterator[str]:
    """Return a sentence for each thing that is wrong; none, and all is well.

    `again` is an empty database: the log is folded into it, position and chain checked on the way,
    and compared row by row with the live books at the position where these stand. The live books
    are read as one snapshot, so that a writer may go on.
    """
    with snapshot(live) as connection:
        at = checkpoints_of(connection)
        names = [*NAMES, FEED] if FEED in at else NAMES
        heads = {at.get(name, Head()) for name in names}
        if len(heads) != 1:
            yield "the projections stand at different positions; run `clearing rebuild`"
            return
        try:
            _fold(log, again, names, heads.pop(), progress)
        except IntegrityError as fault:
            yield f"the log: {fault}"
            return
        with translated(), again.connect() as folded:
            yield from _compare(connection, folded, names)


def _fold(
    log: EventLog, engine: Engine, names: Sequence[str], head: Head, progress: Progress
) -> None:
    """Fold the log, and read on to its end. Raises: IntegrityError at the first wrong record."""
    gc.disable()
    try:
        copies = {name: tables_of(name) for name in names}
        folder = Folder(build(names, engine, copies), Head())
        for batch in proven(log, head):
            folder.fold(*batch)
            progress(len(batch.records))
            if folder.pending >= FLUSH_RECORDS:
                flush(engine, folder)
        flush(engine, folder)
        for batch in read_records(log, after=head):
            progress(len(batch.records))
    finally:
        gc.enable()


def proven(log: EventLog, head: Head) -> Iterator[Batch]:
    """Return the records up to a head, none before the hash of its bytes has been confirmed.

    By the record after it, or by the head: what was changed is never folded.
    Raises: IntegrityError, naming the position.
    """
    held = Batch([], Head())
    for batch in read_records(log, after=Head(), until=head.position):
        if held.records:
            yield held
        held = batch
    last = held.head
    if last != head:
        detail = f"the books were folded from another record at position {head.position}"
        if last.position < head.position:
            detail = f"it ends at position {last.position}, the books at {head.position}"
        raise IntegrityError(detail)
    if held.records:
        yield held


def _compare(
    connection: Connection, folded: Connection, names: Sequence[str] = NAMES
) -> Iterator[str]:
    for name in names:
        found = beside.difference_from(
            connection, name, *beside.reachable(connection, folded, name)
        )
        if found is not None:
            yield (
                f"projection {name}, table {found.table}, row {found.key}: "
                f"the books say [{found.live}], the log says [{found.again}]"
            )
    yield from broken(connection)
    yield from wrong_statements(connection)
