"""The embedded form: one process that decides, appends and projects before it answers."""

from collections.abc import Sequence
from datetime import UTC, datetime
from time import monotonic
from typing import Final, Protocol

from sqlalchemy import Engine

from consumers.decider import Decider
from consumers.outcome import Outcome
from consumers.projector import catch_up
from eventlog.port import EventLog, Stray
from projections.build import FLUSH_RECORDS, NAMES, flush, folder_at
from schemas.door import LINE_BYTES_MAX, Admitted, Malformed

_PROJECT_S: Final = 5.0
"""How long the books of a running submission may stay behind the log."""


class Sent(Protocol):
    """A line that was sent: its place, its bytes, what it says."""

    @property
    def place(self) -> str:
        """Return where it came from."""

    @property
    def value(self) -> bytes:
        """Return its bytes."""

    @property
    def arrival(self) -> Admitted | Malformed:
        """Return what it says."""


class Ledger:
    """An embedded ledger opened for writing: decides, appends and projects in one process."""

    def __init__(self, log: EventLog, engine: Engine) -> None:
        """Bring the books level with the log, and go on from there."""
        self.log = log
        self.engine = engine
        self._projected_at = monotonic()
        self._decider = self._start()

    def _start(self) -> Decider:
        catch_up(self.log, self.engine, NAMES)
        head = self.log.head()
        self._folder = folder_at(self.engine, NAMES, head)
        return Decider(self.log, self._folder)

    def submit(self, lines: Sequence[Sent], *, more: bool = False) -> list[Outcome]:
        """Answer lines; `more` says that others follow at once, so the books may wait a little.

        What is answered is durable: the log is written before the return.
        """
        strays = [
            Stray(
                place=line.place,
                value=line.value[:LINE_BYTES_MAX],
                reason=line.arrival.detail,
            )
            for line in lines
            if isinstance(line.arrival, Malformed)
        ]
        if strays:
            self.log.park(strays)
        outcomes = self._decider.handle([line.arrival for line in lines], datetime.now(UTC))
        waited = monotonic() - self._projected_at
        if not more or waited > _PROJECT_S or self._folder.pending >= FLUSH_RECORDS:
            self.project()
        return outcomes

    def project(self) -> None:
        """Write what was decided into the books."""
        flush(self.engine, self._folder)
        self._projected_at = monotonic()

    def position(self) -> int:
        """Return the last position."""
        return self._folder.head.position

    def close(self) -> None:
        """Let go of log and books."""
        self.engine.dispose()
        self.log.close()
