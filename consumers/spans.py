"""The log folded in spans, side by side: settlements apart, everything else after them, in order.

Each span is read by one process, which proves its chain, folds the settlements of it and keeps
the bytes of all else in a file. What the spans added up is merged; then the rest follows, span
after span. The rows are those of a plain fold. Source: ADR 0014.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from itertools import chain, pairwise
from pathlib import Path
from typing import IO, Final, TypeVar

from sqlalchemy import Connection, Engine, Table

from consumers.garbage import left_out
from consumers.projector import Progress
from eventlog.port import READ_MAX, Batch, EventLog, read_as, read_records
from ledger.errors import IntegrityError
from ledger.record import record
from projections.build import build, build_apart
from projections.database import connected_writer, nobody_writes, on_server
from projections.fold import Routes, Writes, begin_at, write_out
from projections.settlements import Periods
from projections.tables import CHECKPOINTS, Tables
from schemas.envelope import Head, Linked, Recorded, unseal
from schemas.settled import Read, SettledRecord, read_settled

L = TypeVar("L", bound=Linked)
SETTLED_MAX: Final = 30_000
"""How many settlements each process folds before it writes them; bounds memory.

Where another one is writing it goes on folding instead, up to as many again, before it waits.
"""
SUMS_MAX: Final = 30_000
"""How many sums it holds meanwhile: of a few days, whose claims come together; bounds memory."""
_AT_ONCE: Final = 100
"""How many records are decoded and folded at once: so many stay in a core's own memory."""
_LENGTH_BYTES: Final = 4
_READ_BYTES: Final = 2 << 20
"""How much of what was kept is decoded at once; objects take some six times as much."""
_WRITE_BYTES: Final = 8 << 20
"""How much of it is folded before it is written; bounds memory."""


@record
class Span:
    """A stretch of the log: what it follows, its end, and after how many settlements to write."""

    after: Head
    until: Head
    first_write: int


def spans(log: EventLog, until: Head, parts: int) -> list[Span]:
    """Cut the log up to `until` into spans of about the same length.

    They first write after more settlements one than the other: SQLite lets one write at a time.
    Raises: IntegrityError where a record at a cut is missing or no bytes.
    """
    cuts = sorted({until.position * part // parts for part in range(1, parts)} - {0})
    values = log.read_at(cuts)
    heads = [Head(position=cut, hash=_hash(cut, values[cut])) for cut in cuts]
    return [
        Span(after=after, until=end, first_write=SETTLED_MAX * number // parts)
        for number, (after, end) in enumerate(pairwise([Head(), *heads, until]), 1)
    ]


def _hash(position: int, value: object) -> bytes:
    if not isinstance(value, bytes):
        raise IntegrityError(f"position {position}: not a record of this ledger")
    return sha256(value).digest()


def proven(log: EventLog, head: Head, after: Head | None = None) -> Iterator[Batch[Recorded]]:
    """Return the records up to a head, none before the hash of its bytes has been confirmed.

    By the record after it, or by the head: what was changed is never folded.
    Raises: IntegrityError, naming the position.
    """
    start = after or Head()
    return _confirmed(read_records(log, after=start, until=head.position), start, head)


def _confirmed(batches: Iterable[Batch[L]], after: Head, head: Head) -> Iterator[Batch[L]]:
    held: Batch[L] = Batch([], after, [])
    for batch in batches:
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


def fold_settlements(
    log: EventLog,
    engine: Engine,
    tables: Mapping[str, Tables],
    span: Span,
    *,
    rest: Path,
    read: Callable[[bytes], Read] = read_settled,
    progress: Progress = lambda _: None,
) -> Periods:
    """Fold the settlements of a span into tables; write all other records to the file `rest`."""
    projections, periods = build_apart(list(tables), tables, server=on_server(engine))
    room, end = span.first_write, span.until
    batches = read_as(read, log, after=span.after, until=end.position, most=_AT_ONCE)
    with left_out(), rest.open("wb") as file, connected_writer(engine) as books:
        for batch in _confirmed(batches, span.after, end):
            settled = _settled(batch, file)
            for projection in projections:
                projection.fold_settled(settled)
            progress(len(batch.records))
            room -= len(settled)
            if room <= 0 and (room <= -SETTLED_MAX or nobody_writes(books)):
                _write(books, projections, sums_from=SUMS_MAX)
                room = SETTLED_MAX
        _write(books, projections)
    return periods.sums


def fold_rest(
    engine: Engine,
    tables: Mapping[str, Tables],
    rest: Sequence[Path],
    sums: Periods,
    *,
    until: Head,
    checkpoints: Table = CHECKPOINTS,
) -> None:
    """Fold what is no settlement, span after span; with the last write all stand at `until`."""
    routes, pending = Routes(build(list(tables), engine, tables, sums)), 0
    with left_out(), connected_writer(engine) as books:
        for values in _kept(rest):
            records = [unseal(value) for value in values]
            routes.ask_ahead(records)
            routes.fold(records)
            pending += sum(map(len, values))
            if pending >= _WRITE_BYTES:
                _write(books, routes.projections)
                pending = 0
        with books.begin():
            write_out(routes.projections, books)
            begin_at(books, list(tables), until, checkpoints)


def _settled(batch: Batch[Read], rest: IO[bytes]) -> list[SettledRecord]:
    """Return the settlements among some records; keep the others, each with its length before."""
    settled = [each for each in batch.records if isinstance(each, SettledRecord)]
    if len(settled) < len(batch.records):
        for recorded, (_, value) in zip(batch.records, batch.values, strict=True):
            if not isinstance(recorded, SettledRecord):
                rest.write(len(value).to_bytes(_LENGTH_BYTES, "big") + value)
    return settled


def _kept(files: Sequence[Path]) -> Iterator[list[bytes]]:
    """Return the records that were kept, some at a time: one may be a report of thousands."""
    held: list[bytes] = []
    size = 0
    for value in chain.from_iterable(map(_values, files)):
        held.append(value)
        size += len(value)
        if len(held) == READ_MAX or size > _READ_BYTES:
            yield held
            held, size = [], 0
    if held:
        yield held


def _values(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while length := file.read(_LENGTH_BYTES):
            yield file.read(int.from_bytes(length, "big"))


def _write(books: Connection, projections: Sequence[Writes], *, sums_from: int = 0) -> None:
    with books.begin():
        write_out(projections, books, sums_from=sums_from)
