"""The embedded form for long files: deciding, appending and folding go on side by side.

A batch is appended by a second thread while the next one is decided; a second process folds.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, Generic

from sqlalchemy import Engine

from consumers.decider import DECIDING, Decided, Decider, with_first_answers
from consumers.embedded import S, arrivals_of, strays_of
from consumers.follower import Follower
from eventlog.port import EventLog, Stray
from ledger.record import record
from projections.build import folder_at, heads
from schemas.outcome import Outcome

_ROTATE_RECORDS: Final = 25_000
"""How many decided records are kept in memory before the oldest are dropped; twice that at most."""
_MANY: Final = 1_000
"""After so many lines others are there already: they are decided while these are appended."""


@record
class _Appending(Generic[S]):
    """Lines that are decided: where the log ends with them, and their outcomes once it does."""

    lines: Sequence[S]
    position: int
    outcomes: Future[list[Outcome]]


class FollowedLedger:
    """An embedded ledger opened for writing; its books are level when the follower has ended."""

    def __init__(self, log: EventLog, engine: Engine, follower: Follower) -> None:
        """Go on from the end of the log; the books are level with it."""
        self._log = log
        self._engine = engine
        self._follower = follower
        self._folder = folder_at(engine, DECIDING, log.head())
        self._decider = Decider(log, self._folder)
        self._rotated_at = self._folder.head.position
        self._aside = ThreadPoolExecutor(1, "aside")

    def answers(
        self, batches: Iterable[Sequence[S]]
    ) -> Iterator[tuple[Sequence[S], Sequence[Outcome]]]:
        """Return each batch with its outcomes, in order; what is answered is durable."""
        flying: deque[_Appending[S]] = deque()
        for lines in batches:
            flying.append(self._decide(lines))
            while len(flying) > (len(lines) >= _MANY):
                yield self._appended(flying.popleft())
        while flying:
            yield self._appended(flying.popleft())

    def _decide(self, lines: Sequence[S]) -> _Appending[S]:
        """Decide lines, and let them be appended after those before them."""
        decided = self._decider.decide(*arrivals_of(lines))
        outcomes = self._aside.submit(self._append, strays_of(lines), decided)
        return _Appending(lines=lines, position=self.position(), outcomes=outcomes)

    def _append(self, strays: Sequence[Stray], decided: Decided) -> list[Outcome]:
        if strays:
            self._log.park(strays)
        self._log.append(decided.values, expected=decided.before)
        return with_first_answers(self._log, decided.answers)

    def _appended(self, one: _Appending[S]) -> tuple[Sequence[S], Sequence[Outcome]]:
        """Wait until lines are appended, and tell the follower."""
        outcomes = one.outcomes.result()
        self._follower.tell(one.position)
        if one.position - self._rotated_at >= _ROTATE_RECORDS:
            self._rotate()
        return one.lines, outcomes

    def _rotate(self) -> None:
        """Let go of what the books hold already."""
        before = self._rotated_at
        self._follower.wait(lambda: heads(self._engine)["decider"].position >= before)
        self._decider.rotate()
        self._rotated_at = self.position()

    def position(self) -> int:
        """Return the last position that is decided."""
        return self._folder.head.position

    def finish(self) -> None:
        """Bring the books level."""
        self._follower.finish()

    def close(self) -> None:
        """Let what is being appended come to its end; let go of log and books."""
        self._aside.shutdown(cancel_futures=True)
        self._follower.leave()
        self._engine.dispose()
        self._log.close()
