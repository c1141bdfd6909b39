"""The embedded form: one process that decides, appends and projects before it answers."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from time import monotonic
from typing import Final, Protocol, TypeVar

from sqlalchemy import Engine

from consumers.decider import DECIDING, Decider
from consumers.follower import Follower
from consumers.strays import stray_of
from eventlog.port import EventLog
from projections.build import FLUSH_RECORDS, NAMES, flush, folder_at, heads
from schemas.door import Admitted, Malformed
from schemas.outcome import Outcome

_ROTATE_RECORDS: Final = 25_000
"""How many decided records are kept in memory before the oldest are dropped; twice that at most."""
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


class Ledger:
    """An embedded ledger opened for writing: decides, appends and projects before it answers.

    With a `follower` the books are folded by a second process, and are level when it has ended.
    """

    def __init__(self, log: EventLog, engine: Engine, follower: Follower | None = None) -> None:
        """Go on from the end of the log; the books are level with it."""
        self.log = log
        self.engine = engine
        self._follower = follower
        self._folder = folder_at(engine, DECIDING if follower else NAMES, log.head())
        self._decider = Decider(log, self._folder)
        self._rotated_at = self._folder.head.position
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
        strays = [
            stray_of(line.place, line.value, line.arrival)
            for line in lines
            if isinstance(line.arrival, Malformed)
        ]
        if strays:
            self.log.park(strays)
        received_at = [datetime.now(UTC)] * len(lines)
        outcomes = self._decider.handle([line.arrival for line in lines], received_at)
        if self._follower is not None:
            self._tell(self._follower)
        else:
            waited = monotonic() - self._projected_at
            if not more or waited > _PROJECT_S or self._folder.pending >= FLUSH_RECORDS:
                self.project()
        return outcomes

    def _tell(self, follower: Follower) -> None:
        """Tell the follower, and let go of what the books hold already."""
        position = self.position()
        follower.tell(position)
        if position - self._rotated_at < _ROTATE_RECORDS:
            return
        before = self._rotated_at
        follower.wait(lambda: heads(self.engine)["decider"].position >= before)
        self._decider.rotate()
        self._rotated_at = position

    def project(self) -> None:
        """Write what was decided into the books; with a follower that comes at the end."""
        if self._follower is None:
            flush(self.engine, self._folder)
            self._projected_at = monotonic()

    def position(self) -> int:
        """Return the last position."""
        return self._folder.head.position

    def finish(self) -> None:
        """Bring the books level."""
        self.project()
        if self._follower is not None:
            self._follower.finish()

    def close(self) -> None:
        """Let go of log and books."""
        if self._follower is not None:
            self._follower.leave()
        self.engine.dispose()
        self.log.close()
