"""The projector as a worker: folds the log into the read models as it grows."""

from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from time import monotonic
from typing import Final

from sqlalchemy import Engine

from consumers.projector import folded
from consumers.watch import Watch
from eventlog.port import WAIT_S, Batch, GrowingLog, follow_records, read_records
from projections.build import FLUSH_RECORDS, check_within, flush, folder_at, heads
from projections.database import analyze
from projections.fold import Folder
from projections.tables import owned
from schemas.envelope import Recorded

_ANALYZE_RECORDS: Final = 50_000
"""So many records at least are folded before the database looks at the rows again."""
_ASK_EVERY_S: Final = 0.25
"""How often a busy projector asks how far it is behind, which takes as long as reading."""


class Projecting:
    """Folds projections; several that stand apart are brought together first.

    Two may run: the checkpoint stops the one that lost its place.
    """

    def __init__(
        self,
        log: GrowingLog,
        engine: Engine,
        names: Sequence[str],
        watch: Watch,
    ) -> None:
        """Go on from the checkpoints.

        Raises: IntegrityError where the books are ahead of the log or of another one.
        """
        self._log = log
        self._engine = engine
        self._watch = watch
        end = log.head()
        at = heads(engine)
        for name in names:
            check_within(at[name], end)
        groups = sorted({at[name] for name in names})
        self._analyzed_at = groups[0].position
        self._asked_at = -_ASK_EVERY_S
        self._beside = ThreadPoolExecutor(1)
        self._looking: Future[None] | None = None
        self._folders = [
            folder_at(engine, [name for name in names if at[name] == head], head) for head in groups
        ]

    def step(self) -> bool:
        """Wait for something new, fold some of it, write it; say whether there was something."""
        folder, *others = self._folders
        before = folder.head.position
        if others:
            until = min(others[0].head.position, before + FLUSH_RECORDS)
            self._fold(folder, read_records(self._log, after=folder.head, until=until))
        else:
            self._fold(folder, follow_records(self._log, after=folder.head, wait_s=WAIT_S))
        moved = folder.head.position > before
        if not moved or monotonic() - self._asked_at > _ASK_EVERY_S:
            self._watch.behind(self._behind(folder.head.position, alone=not others))
            self._asked_at = monotonic()
        self._analyze(folder)
        if others and folder.head == others[0].head:
            self._merge()
        return moved

    def _behind(self, position: int, *, alone: bool) -> int:
        return self._log.backlog() if alone else self._log.head().position - position

    def _fold(self, folder: Folder, batches: Iterable[Batch[Recorded]]) -> None:
        for records in folded(batches, folder):
            self._watch.folded(records)
        flush(self._engine, folder)

    def _analyze(self, folder: Folder) -> None:
        """Let the database look at the rows again, once there are a tenth more; nobody waits."""
        if self._looking is not None and self._looking.done():
            self._looking.result()
            self._looking = None
        grown = folder.head.position - self._analyzed_at
        if self._looking is None and grown > max(_ANALYZE_RECORDS, self._analyzed_at // 10):
            tables = [table for each in folder.projections for table in owned(each.name)]
            self._looking = self._beside.submit(analyze, self._engine, tables)
            self._analyzed_at = folder.head.position

    def _merge(self) -> None:
        """Go on as one with those that stand at the same place."""
        first, second, *rest = self._folders
        names = [each.name for each in (*first.projections, *second.projections)]
        self._folders = [folder_at(self._engine, names, first.head), *rest]

    def close(self) -> None:
        """Let go of log and database."""
        self._beside.shutdown()
        self._log.close()
        self._engine.dispose()
