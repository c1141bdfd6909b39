"""The decider as a worker: stands by, takes over, decides the commands topic batch by batch.

Source: architecture.md, "Taking over".
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Final, Protocol

from sqlalchemy import Engine

from consumers.decider import DECIDING, Arrival, Decided, Decider, with_first_answers
from consumers.projector import catch_up
from consumers.retelling import Retelling, write_decided
from consumers.strays import stray_of
from consumers.watch import Watch
from eventlog.port import WAIT_S, CommandReader, Consumed, EventLog, Received, Stray
from projections.answers import consumed_until, forget_answers
from projections.build import folder_at
from projections.commands import Bound
from projections.database import translated
from schemas.door import Malformed, admit
from schemas.envelope import Head
from schemas.outcome import Outcome

KEPT: Final = timedelta(days=30)
"""How long a command and its answer are kept once it is decided; its events are kept for ever."""
_FORGET_EVERY_S: Final = 3_600.0
_MANY: Final = 1_000
"""After so many commands others are waiting: they are decided while these are appended."""


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
            self._desk.decide(received)
        else:
            self._desk.settle()
        self._watch.behind(self._commands.backlog())
        return bool(received)

    def _take_over(self) -> None:
        with ExitStack() as opened:
            log = opened.enter_context(closing(self._open_log()))
            self._desk = _Desk(self._commands, log, self._engine, self._watch)
            opened.pop_all()
        self._watch.active(now=True)

    def close(self) -> None:
        """Give up log, membership and database."""
        with ExitStack() as opened:
            opened.callback(self._engine.dispose)
            opened.callback(self._commands.close)
            if self._desk is not None:
                opened.callback(self._desk.close)


def _nothing() -> None:
    """Stand for a batch before the first."""


def _strays(received: Sequence[Received], arrivals: Sequence[Arrival]) -> list[Stray]:
    """Return what is no command, with its offset as its place."""
    return [
        stray_of(f"commands@{each.offset}", each.value, said)
        for each, said in zip(received, arrivals, strict=True)
        if isinstance(said, Malformed)
    ]


class _Desk:
    """The one place where commands are decided, from taking over to losing the topic."""

    def __init__(
        self, commands: CommandReader, log: TransactionalLog, engine: Engine, watch: Watch
    ) -> None:
        """Bring the tables level, answer what the last decider could not, go on after it."""
        self._commands = commands
        self._log = log
        self._engine = engine
        self._watch = watch
        with translated(), engine.connect() as connection:
            decided = consumed_until(connection)
        committed = commands.committed()
        if decided is not None:
            decided = Retelling(commands, log, engine, decided).run(committed)
        catch_up(log, engine, DECIDING)
        self._folder = folder_at(engine, DECIDING, log.head())
        self._decider = Decider(log, self._folder)
        if decided is None:  # a new database: what came before is asked of the log
            decided = commands.begin() if committed is None else committed
            write_decided(engine, self._folder.take(), (None, decided), [])
        self._next = decided
        self._aside = ThreadPoolExecutor(1, "aside")
        self._appending = self._writing = self._aside.submit(_nothing)
        commands.seek(decided)
        self._forgot_at = -_FORGET_EVERY_S

    def decide(self, received: Sequence[Received]) -> None:
        """Decide a batch. It is appended, and what was folded is written, while others are decided.

        Raises: ConcurrencyError, TransientError, also those of the batch before: whether it counts
        is told by the log.
        """
        arrivals = [admit(each.value) for each in received]
        consumed = self._commands.consumed()
        decided = self._decider.decide(arrivals, [each.received_at for each in received])
        self.settle()
        self._append(_strays(received, arrivals), decided, consumed)
        self._write(consumed.offset, received, decided.answers)
        if len(received) < _MANY:
            self._appending.result()  # meanwhile others come, to be decided at once

    def _append(self, strays: Sequence[Stray], decided: Decided, consumed: Consumed) -> None:
        """Let a batch be appended, with its offset."""

        def append() -> None:
            if strays:
                self._log.park(strays)
            self._log.append(decided.values, expected=decided.before, consumed=consumed)

        self._appending = self._aside.submit(append)

    def _write(
        self, until: int, received: Sequence[Received], answers: Sequence[Outcome | Bound]
    ) -> None:
        """Let what was folded be written once it is appended, with the answers."""
        appending, taken = self._appending, self._folder.take()
        moved, self._next = (self._next, until), until

        def write() -> None:
            appending.result()
            outcomes = with_first_answers(self._log, answers)
            offsets = (each.offset for each in received)
            rows = list(zip(offsets, outcomes, strict=True))
            write_decided(self._engine, taken, moved, rows)
            self._watch.decided(outcomes)

        self._writing = self._aside.submit(write)

    def settle(self) -> None:
        """Wait until what was decided is written. Raises: what writing it raised."""
        self._writing.result()

    def forget_old(self) -> None:
        """Delete commands that were decided long ago, and their answers; now and then."""
        if monotonic() - self._forgot_at < _FORGET_EVERY_S:
            return
        self.settle()
        kept = self._commands.forget(datetime.now(UTC) - KEPT, self._next)
        with translated(), self._engine.begin() as connection:
            forget_answers(connection, kept)
        self._forgot_at = monotonic()

    def close(self) -> None:
        """Let the last batch end, whatever comes of it, and give up the log."""
        self._aside.shutdown()
        self._log.close()
