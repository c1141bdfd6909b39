"""The projector: reads the log in order and folds it into projections."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from sqlalchemy import Engine

from eventlog.port import Batch, EventLog, read_records
from projections.build import FLUSH_RECORDS, check_within, flush, folder_at, heads
from projections.fold import Folder
from schemas.envelope import Recorded

Progress = Callable[[int], None]
"""Is told how many records have been folded since it was last told."""


def fold_log(
    log: EventLog,
    engine: Engine,
    folder: Folder,
    *,
    until: int | None = None,
    progress: Progress = lambda _: None,
) -> None:
    """Fold the log from where the folder stands, to its end or to `until`, and write it."""
    fold_batches(read_records(log, after=folder.head, until=until), engine, folder, progress)


def fold_batches(
    batches: Iterable[Batch[Recorded]], engine: Engine, folder: Folder, progress: Progress
) -> None:
    """Fold what follows where the folder stands, and write it."""
    for records in folded(batches, folder):
        progress(records)
        if folder.pending >= FLUSH_RECORDS:
            flush(engine, folder)
    flush(engine, folder)


def folded(batches: Iterable[Batch[Recorded]], folder: Folder) -> Iterator[int]:
    """Fold batch by batch, and say how many records each held; the caller writes."""
    for batch in batches:
        folder.ask_ahead(batch.records)
        folder.fold(batch.records, batch.head)
        yield len(batch.records)


def catch_up(log: EventLog, engine: Engine, names: Sequence[str]) -> None:
    """Bring projections level with the log, together where they stand together.

    Raises: IntegrityError where the books are ahead of the log or of another one.
    """
    end = log.head()
    at = heads(engine, names)
    for head in sorted({at[name] for name in names}, key=lambda each: each.position):
        check_within(head, end)
        if head != end:
            fold_log(log, engine, folder_at(engine, [n for n in names if at[n] == head], head))
