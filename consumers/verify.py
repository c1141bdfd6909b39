"""Check the whole log and the books that were folded from it, without changing either."""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from sqlalchemy import Connection, Engine

from consumers.garbage import left_out
from consumers.projector import Progress, fold_batches
from consumers.spans import proven
from eventlog.port import EventLog, read_records
from ledger.errors import IntegrityError
from projections import beside
from projections.build import NAMES, build, folder_at
from projections.database import snapshot, translated
from projections.fold import Folder, checkpoints_of
from projections.invariants import broken
from projections.statements import wrong_statements
from projections.tables import FEED
from projections.tables import live as tables_of
from schemas.envelope import Head

FoldTo: TypeAlias = Callable[[Head], None]
"""Folds the proven log up to a head into the books' projections, in an empty database."""


def verify(
    log: EventLog,
    live: Engine,
    again: Engine,
    fold_to: FoldTo,
    progress: Progress = lambda _: None,
    *,
    apart: bool = False,
) -> Iterator[str]:
    """Return a sentence for each thing that is wrong; none, and all is well.

    The log is folded into `again`, position and chain checked on the way, and compared row by row
    with the live books at the position where these stand. The live books are read as one snapshot,
    so that a writer may go on. `apart` says that workers fold the projections, each at its own
    pace: then each is compared where it stands.
    """
    with snapshot(live) as connection:
        at = checkpoints_of(connection)
        names = [*NAMES, FEED] if FEED in at else NAMES
        heads = sorted({at.get(name, Head()) for name in names})
        if len(heads) != 1 and not apart:
            yield "the projections stand at different positions; run `clearing rebuild`"
            return
        try:
            with left_out():
                fold_to(heads[0])
                for folded in _folded(log, again, heads, names, progress):
                    stand = [name for name in names if at.get(name, Head()) == folded]
                    with translated(), again.connect() as copies:
                        yield from _compare(connection, copies, stand)
                for batch in read_records(log, after=heads[-1]):
                    progress(len(batch.records))
        except IntegrityError as fault:
            yield f"the log: {fault}"
            return
        with translated(), again.connect() as copies:
            yield from _rules(connection if len(heads) == 1 else copies)


def _folded(
    log: EventLog, again: Engine, heads: Sequence[Head], names: Sequence[str], progress: Progress
) -> Iterator[Head]:
    """Fold up to each head in turn, from the first, to which all but the feed are folded."""
    folders = [folder_at(again, NAMES, heads[0])]
    if FEED in names:
        folders.append(Folder(build([FEED], again, {FEED: tables_of(FEED)}), Head()))
    for head in heads:
        for folder in folders:
            fold_batches(proven(log, head, after=folder.head), again, folder, progress)
        yield head


def _compare(connection: Connection, folded: Connection, names: Sequence[str]) -> Iterator[str]:
    for name in names:
        found = beside.difference_from(
            connection, name, *beside.reachable(connection, folded, name)
        )
        if found is not None:
            yield (
                f"projection {name}, table {found.table}, row {found.key}: "
                f"the books say [{found.live}], the log says [{found.again}]"
            )


def _rules(books: Connection) -> Iterator[str]:
    """What no books may break; they look at several projections, at one position."""
    yield from broken(books)
    yield from wrong_statements(books)
