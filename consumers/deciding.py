"""The decider as a worker: stands by, takes over, decides the commands topic batch by batch.

Source: architecture.md, "Taking over".
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from functools import partial
from time import monotonic
from typing import Final, Protocol

import msgspec
from sqlalchemy import Engine

from consumers.decider import DECIDING, Arrival, Decider, first_answer
from consumers.projector import catch_up
from consumers.strays import stray_of
from consumers.watch import Watch
from eventlog.port import (
    WAIT_S,
    CommandReader,
    Consumed,
    EventLog,
    Received,
    read_records,
)
from ledger.errors import TransientError, require
from projections.answers import consumed_until, forget_answers, move_consumed, write_answers
from projections.build import folder_at, heads
from projections.database import translated
from schemas.door import Admitted, Malformed, admit
from schemas.envelope import Head, Recorded
from schemas.outcome import Outcome, not_understood, outcome_of

KEPT: Final = timedelta(days=30)
"""How long a command and its answer are kept once it is decided; its events are kept for ever."""
_FORGET_EVERY_S: Final = 3_600.0
_STALL_S: Final = 30.0
"""How long reading may stand still before commands that are there."""
_ENCODE: Final = msgspec.json.Encoder().encode


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
            self._next = consumed_until(connection)
        known = heads(engine)["decider"]
        catch_up(log, engine, DECIDING)
        self._folder = folder_at(engine, DECIDING, log.head())
        self._decider = Decider(log, self._folder)
        start = self._start()
        if self._next != start:
            self._write(start, self._lost_answers(known, start))
        commands.seek(start)
        self._forgot_at = -_FORGET_EVERY_S

    def _start(self) -> int:
        """Return the first offset that nobody has decided."""
        decided = [at for at in (self._commands.committed(), self._next) if at is not None]
        return max(decided, default=self._commands.begin())

    def _lost_answers(self, known: Head, start: int) -> Iterator[tuple[int, Outcome]]:
        """Return the answers that were decided and appended, and not written any more.

        The records after what the tables knew are those of these commands, in the same order;
        what has none of its own is known from before.
        """
        if self._next is None:
            return  # a new database: what came before is asked of the log
        answers = _answers_after(self._log, known)
        answer = next(answers, None)
        for received in self._between(self._next, start):
            arrival = admit(received.value)
            if isinstance(arrival, Malformed):
                yield received.offset, not_understood(arrival)
            elif answer is not None and _answers(answer, arrival):
                yield received.offset, outcome_of(answer)
                answer = next(answers, None)
            else:
                yield received.offset, self._known(arrival)
        require(answer is None, f"records after {known.position} are of no command that was sent")

    def _between(self, first: int, until: int) -> Iterator[Received]:
        """Read commands that were consumed already."""
        self._commands.seek(first)
        deadline = monotonic() + _STALL_S
        while first < until:
            found = self._commands.read(WAIT_S)
            yield from (each for each in found if each.offset < until)
            first = self._commands.consumed().offset
            if found:
                deadline = monotonic() + _STALL_S
            elif monotonic() > deadline:
                raise TransientError(f"commands from offset {first} on do not come")

    def _known(self, arrival: Admitted) -> Outcome:
        bound = self._decider.bound(arrival.command.command_id)
        require(bound is not None, f"command {arrival.command.command_id} was consumed unanswered")
        assert bound is not None  # for the type checker
        return first_answer(self._log, bound.position)

    def decide(self, received: Sequence[Received]) -> Sequence[Outcome]:
        """Decide a batch: append it with its offset, then write what was folded, and the answers.

        Raises: ConcurrencyError, TransientError: whether it counts is told by the log.
        """
        arrivals = [admit(each.value) for each in received]
        self._park(received, arrivals)
        consumed = self._commands.consumed()
        append = partial(self._log.append, consumed=consumed)
        outcomes = self._decider.handle(arrivals, [each.received_at for each in received], append)
        self._write(consumed.offset, zip((each.offset for each in received), outcomes, strict=True))
        return outcomes

    def _park(self, received: Sequence[Received], arrivals: Sequence[Arrival]) -> None:
        strays = [
            stray_of(f"commands@{each.offset}", each.value, said)
            for each, said in zip(received, arrivals, strict=True)
            if isinstance(said, Malformed)
        ]
        if strays:
            self._log.park(strays)

    def _write(self, until: int, answers: "Iterator[tuple[int, Outcome]]") -> None:
        rows = [(offset, _ENCODE(outcome.document())) for offset, outcome in answers]
        with translated(), self._engine.begin() as connection:
            move_consumed(connection, self._next, until)
            if self._folder.pending:
                self._folder.flush(connection)
            write_answers(connection, rows)
        self._folder.written()
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


def _answers_after(log: EventLog, head: Head) -> Iterator[list[Recorded]]:
    """Return the records of each command after a head."""
    records: list[Recorded] = []
    for batch in read_records(log, after=head):
        for recorded in batch.records:
            records.append(recorded)
            if recorded.last:
                yield records
                records = []


def _answers(records: Sequence[Recorded], arrival: Admitted) -> bool:
    """Say whether records answer this command, and not another copy of its id."""
    last = records[-1]
    same_id = last.command_id == arrival.command.command_id
    return same_id and last.digest == arrival.digest.hex()
