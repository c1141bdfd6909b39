"""The embedded form: one process that decides, appends and projects before it answers."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from time import monotonic
from typing import Final, Protocol, TypeVar

from sqlalchemy import Engine

from consumers.decider import Arrival, Decider
from consumers.strays import stray_of
from eventlog.port import EventLog, Stray
from projections.build import FLUSH_RECORDS, NAMES, flush, folder_at
from schemas.door import Admitted, Malformed
from schemas.outcome import Outcome

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
    def command(self) -> bytes:
        """Return the command as JSON, whatever the line was."""

    @property
    def arrival(self) -> Admitted | Malformed:
        """Return what it says."""


S = TypeVar("S", bound=Sent)


def strays_of(lines: Sequence[Sent]) -> list[Stray]:
    """Return what is no command among some lines."""
    return [
        stray_of(line.place, line.value, line.arrival)
        for line in lines
        if isinstance(line.arrival, Malformed)
    ]


def arrivals_of(lines: Sequence[Sent]) -> tuple[list[Arrival], list[datetime]]:
    """Return what lines say, and when they were received: now."""
    return [line.arrival for line in lines], [datetime.now(UTC)] * len(lines)


class Ledger:
    """An embedded ledger opened for writing: decides, appends and projects before it answers."""

    def __init__(self, log: EventLog, engine: Engine) -> None:
        """Go on from the end of the log; the books are level with it."""
        self.log = log
        self.engine = engine
        self._folder = folder_at(engine, NAMES, log.head())
        self._decider = Decider(log, self._folder)
        self._projected_at = monotonic()

    def answers(
        self, batches: Iterable[Sequence[S]]
    ) -> Iterator[tuple[Sequence[S], Sequence[Outcome]]]:
        """Return each batch with its outcomes, in order."""
        for lines in batches:
            yield lines, self.submit(lines, more=True)

    def submit(self, lines: Sequence[Sent], *, more: bool = False) -> list[Outcome]:
        """Answer lines; `more` says that others follow at once, so the books may wait a little.

        What is answered is durable: the log is written before the return.
        """
        if strays := strays_of(lines):
            self.log.park(strays)
        outcomes = self._decider.handle(*arrivals_of(lines))
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

    def finish(self) -> None:
        """Bring the books level."""
        self.project()

    def close(self) -> None:
        """Let go of log and books."""
        self.engine.dispose()
        self.log.close()
