"""The decider as a worker: stands by, takes over, decides the commands topic batch by batch.

Source: architecture.md, "Taking over".
"""

from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from functools import partial
from time import monotonic
from typing import Final, Protocol

from sqlalchemy import Engine

from consumers.decider import DECIDING, Arrival, Decider
from consumers.projector import catch_up
from consumers.retelling import Retelling, Row, write_decided
from consumers.strays import stray_of
from consumers.watch import Watch
from eventlog.port import WAIT_S, CommandReader, Consumed, EventLog, Received
from projections.answers import consumed_until, forget_answers
from projections.build import folder_at
from projections.database import translated
from schemas.door import Malformed, admit
from schemas.envelope import Head
from schemas.outcome import Outcome

KEPT: Final = timedelta(days=30)
"""How long a command and its answer are kept once it is decided; its events are kept for ever."""
_FORGET_EVERY_S: Final = 3_600.0


class TransactionalLog(EventLog, Protocol):
    """A log that commits records together with how far commands were consumed."""

    def append(
        self, values: Sequence[bytes], *, expected: Head, consumed: Consumed | None = None
    ) -> None:
        """Add records after `expected`, and move the group's offset, in one transaction."""


class Deciding:
    """Decides while it holds the commands topic; stands by while another one does."""

    def __init__(
        self,
        commands: CommandReader,
        open_log: Callable[[], TransactionalLog],
        engine: Engine,
        watch: Watch,
    ) -> None:
        """Wait to be elected."""
        self._commands = commands
        self._open_log = open_log
        self._engine = engine
        self._watch = watch
        self._desk: _Desk | None = None
        watch.active(now=False)

    def step(self) -> bool:
        """Take over, or decide what has come; say whether something came.

        Raises: ConcurrencyError, TransientError: close it and begin anew with another.
        """
        if self._desk is None:
            if self._commands.elected(WAIT_S):
                self._take_over()
            return False
        self._desk.forget_old()
        received = self._commands.read(WAIT_S)
        if received:
            self._watch.decided(self._desk.decide(received))
        self._watch.behind(self._commands.backlog())
        return bool(received)

    def _take_over(self) -> None:
        with ExitStack() as opened:
            log = opened.enter_context(closing(self._open_log()))
            self._desk = _Desk(self._commands, log, self._engine)
            opened.pop_all()
        self._watch.active(now=True)

    def close(self) -> None:
        """Give up log, membership and database."""
        with ExitStack() as opened:
            opened.callback(self._engine.dispose)
            opened.callback(self._commands.close)
            if self._desk is not None:
                opened.callback(self._desk.close)


class _Desk:
    """The one place where commands are decided, from taking over to losing the topic."""

    def __init__(self, commands: CommandReader, log: TransactionalLog, engine: Engine) -> None:
        """Bring the tables level, answer what the last decider could not, go on after it."""
        self._commands = commands
        self._log = log
        self._engine = engine
        with translated(), engine.connect() as connection:
            decided = consumed_until(connection)
        committed = commands.committed()
        if decided is not None:
            decided = Retelling(commands, log, engine, decided).run(committed)
        catch_up(log, engine, DECIDING)
        self._folder = folder_at(engine, DECIDING, log.head())
        self._decider = Decider(log, self._folder)
        self._next: int | None = decided
        if decided is None:  # a new database: what came before is asked of the log
            decided = commands.begin() if committed is None else committed
            self._write(decided, [])
        commands.seek(decided)
        self._forgot_at = -_FORGET_EVERY_S

    def decide(self, received: Sequence[Received]) -> Sequence[Outcome]:
        """Decide a batch: append it with its offset, then write what was folded, and the answers.

        Raises: ConcurrencyError, TransientError: whether it counts is told by the log.
        """
        arrivals = [admit(each.value) for each in received]
        self._park(received, arrivals)
        consumed = self._commands.consumed()
        append = partial(self._log.append, consumed=consumed)
        outcomes = self._decider.handle(arrivals, [each.received_at for each in received], append)
        offsets = (each.offset for each in received)
        self._write(consumed.offset, list(zip(offsets, outcomes, strict=True)))
        return outcomes

    def _park(self, received: Sequence[Received], arrivals: Sequence[Arrival]) -> None:
        strays = [
            stray_of(f"commands@{each.offset}", each.value, said)
            for each, said in zip(received, arrivals, strict=True)
            if isinstance(said, Malformed)
        ]
        if strays:
            self._log.park(strays)

    def _write(self, until: int, answers: Sequence[Row]) -> None:
        write_decided(self._engine, self._folder, (self._next, until), answers)
        self._next = until

    def forget_old(self) -> None:
        """Delete commands that were decided long ago, and their answers; now and then."""
        if monotonic() - self._forgot_at < _FORGET_EVERY_S:
            return
        kept = self._commands.forget(datetime.now(UTC) - KEPT, self._next or 0)
        with translated(), self._engine.begin() as connection:
            forget_answers(connection, kept)
        self._forgot_at = monotonic()

    def close(self) -> None:
        """Give up the log."""
        self._log.close()
