"""The log folded in spans, side by side: settlements apart, everything else after them, in order.

Each span is read by one process, which proves its chain, folds the settlements of it and keeps
the bytes of all else in a file. What the spans added up is merged; then the rest follows, span
after span. The rows are those of a plain fold. Source: ADR 0014.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, pairwise
from pathlib import Path
from typing import IO, Final, TypeVar

from sqlalchemy import Connection, Engine, Table

from consumers.garbage import left_out
from consumers.projector import Progress
from eventlog.port import READ_MAX, Batch, EventLog, head_at, read_as
from ledger.errors import IntegrityError
from ledger.record import record
from projections.build import build, build_apart
from projections.database import connected_writer, nobody_writes, on_server
from projections.fold import Routes, Writes, move_checkpoints, write_out
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
_SHARED_PERCENT: Final = 4
"""How much of the log is for whoever is done first."""
SHORTEST: Final = 8_000
"""The least length of a span that is worth finding its begin, which takes 60 ms of a core."""
_LENGTH_BYTES: Final = 4
_READ_BYTES: Final = 2 << 20
"""How much of what was kept is decoded at once; objects take some six times as much."""
_WRITE_BYTES: Final = 8 << 20
"""How much of it is folded before it is written; bounds memory."""


@record
class Span:
    """A stretch of the log: the position that it follows, and its last."""

    after: int
    until: int


def spans(end: int, processes: int) -> list[Span]:
    """Cut the log up to `end`: a long span for each process, in order, and shorter ones after them.

    Those are for whoever is done first, since cores are not equally quick: each a share of what
    is left, so that all end at about the same time.
    """
    shared = min(end * _SHARED_PERCENT // 100, end - processes) if processes > 1 else 0
    begins = [(end - shared) * number // processes for number in range(processes)]
    while shared > 0:
        begins.append(end - shared)
        length = max(SHORTEST, shared // processes)
        shared = shared - length if shared >= 2 * SHORTEST else 0
    return [Span(after=after, until=until) for after, until in pairwise([*begins, end])]


def taken(wanted: Iterable[Span], folder: Path) -> Iterator[Span]:
    """Take the spans that nobody has begun: whoever makes a span's file has it."""
    for span in wanted:
        try:
            kept_in(folder, span).touch(exist_ok=False)
        except FileExistsError:
            continue
        yield span


def kept_in(folder: Path, span: Span) -> Path:
    """Return the file for what is no settlement in a span."""
    return folder / f"after-{span.after}"


def proven(log: EventLog, head: Head, after: Head | None = None) -> Iterator[Batch[Recorded]]:
    """Return the records up to a head, none before the hash of its bytes has been confirmed.

    By the record after it, or by the head: what was changed is never folded.
    Raises: IntegrityError, naming the position.
    """
    start = after or Head()
    return _confirmed(unseal, log, start, until=head.position, head=head)


def _of_span(
    read: Callable[[bytes], L], log: EventLog, span: Span, head: Head
) -> Iterator[Batch[L]]:
    """Return the records of a span of the log up to a head, confirmed in the same way."""
    after = head_at(log, span.after)
    return _confirmed(read, log, after, until=span.until, head=head, most=_AT_ONCE)


def _confirmed(
    read: Callable[[bytes], L],
    log: EventLog,
    after: Head,
    *,
    until: int,
    head: Head,
    most: int = READ_MAX,
) -> Iterator[Batch[L]]:
    """Return the records up to a position; the one after it is read to confirm the last."""
    end = min(until + 1, head.position)
    held: Batch[L] = Batch([], after, [])
    for batch in read_as(read, log, after=after, until=end, most=most):
        if held.records:
            yield held
        held = batch
    _check_end(held.head, end, head)
    if until < end:
        held = Batch(held.records[:-1], held.head, held.values[:-1])
    if held.records:
        yield held


def _check_end(last: Head, end: int, head: Head) -> None:
    if last.position < end:
        detail = f"it ends at position {last.position}, the books at {head.position}"
        raise IntegrityError(detail)
    if end == head.position and last != head:
        detail = f"the books were folded from another record at position {head.position}"
        raise IntegrityError(detail)


def fold_settlements(
    log: EventLog,
    engine: Engine,
    tables: Mapping[str, Tables],
    mine: Iterable[Span],
    until: Head,
    *,
    rest: Path,
    first_write: int = SETTLED_MAX,
    read: Callable[[bytes], Read] = read_settled,
    ready: Callable[[], object] = lambda: None,
    progress: Progress = lambda _: None,
) -> Periods:
    """Fold the settlements of spans into tables; write all other records to files in `rest`.

    `ready` is called before a write, and returns when there are tables; the first write comes
    after `first_write` settlements.
    """
    projections, periods = build_apart(list(tables), tables, server=on_server(engine))
    room = first_write
    with left_out(), connected_writer(engine) as books:
        for batch, file in _batches(read, log, mine, until, rest):
            settled = _settled(batch, file)
            for projection in projections:
                projection.fold_settled(settled)
            progress(len(batch.records))
            room -= len(settled)
            if room <= 0 and (room <= -SETTLED_MAX or nobody_writes(books)):
                ready()
                _write(books, projections, sums_from=SUMS_MAX)
                room = SETTLED_MAX
        ready()
        _write(books, projections)
    return periods.sums


def _batches(
    read: Callable[[bytes], L], log: EventLog, mine: Iterable[Span], until: Head, rest: Path
) -> Iterator[tuple[Batch[L], IO[bytes]]]:
    """Return the records of spans, with the file for what is no settlement among them."""
    for span in mine:
        with kept_in(rest, span).open("wb") as file:
            for batch in _of_span(read, log, span, until):
                yield batch, file


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
            move_checkpoints(books, list(tables), Head(), until, checkpoints)


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
