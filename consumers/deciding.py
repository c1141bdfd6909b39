"""The decider as a worker: stands by, takes over, decides the commands topic batch by batch.

Source: architecture.md, "Taking over".
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Final, Protocol

import msgspec
from sqlalchemy import Engine

from consumers.decider import Arrival, Decider, first_answer
from consumers.inbox import Arrived, Inbox
from consumers.projector import catch_up
from consumers.watch import Watch
from eventlog.port import Consumed, EventLog, Stray, read_records
from ledger.errors import IntegrityError, require
from projections.answers import consumed, move_consumed, write_answers
from projections.build import folder_at, heads
from projections.database import translated
from schemas.door import Admitted, Malformed, admit
from schemas.envelope import Head, Recorded
from schemas.outcome import Outcome, not_understood, outcome_of

DECIDING: Final = ("commands", "decider")
"""The projections that deciding asks, and that the decider folds itself."""
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
        inbox: Inbox,
        open_log: Callable[[], TransactionalLog],
        engine: Engine,
        watch: Watch,
    ) -> None:
        """Wait to be elected."""
        self._inbox = inbox
        self._open_log = open_log
        self._engine = engine
        self._watch = watch
        self._desk: _Desk | None = None
        self._term: int | None = None

    def step(self) -> bool:
        """Take over, or decide what has come; say whether there was something to do.

        Raises: ConcurrencyError, TransientError: leave, and begin anew with a new inbox.
        """
        arrived = self._inbox.poll()
        if self._inbox.term != self._term:
            self._change_over()
            return True
        if self._desk is None or not arrived:
            self._watch.behind(0)
            return False
        self._watch.decided(self._desk.decide(arrived))
        self._watch.behind(self._inbox.end() - arrived[-1].offset - 1)
        return True

    def _change_over(self) -> None:
        self._leave()
        term = self._inbox.term
        if term is not None:
            self._desk = _Desk(self._inbox, self._open_log(), self._engine)
        self._term = term
        self._watch.active(now=term is not None)

    def _leave(self) -> None:
        if self._desk is not None:
            self._desk.close()
            self._desk = None

    def close(self) -> None:
        """Give up log and membership."""
        self._leave()
        self._inbox.close()


class _Desk:
    """The one place where commands are decided, from taking over to losing the topic."""

    def __init__(self, inbox: Inbox, log: TransactionalLog, engine: Engine) -> None:
        """Bring the tables level, answer what the last decider could not, go on after it."""
        self._inbox = inbox
        self._log = log
        self._engine = engine
        with translated(), engine.connect() as connection:
            self._next = consumed(connection, inbox.topic)
        known = heads(engine)["decider"]
        catch_up(log, engine, DECIDING)
        self._folder = folder_at(engine, DECIDING, log.head())
        self._decider = Decider(log, self._folder)
        start = self._start()
        if self._next != start:
            self._write(start, self._lost_answers(known, start))
        inbox.seek(start)

    def _start(self) -> int:
        """Return the first offset that nobody has decided. Raises: IntegrityError if it is gone."""
        begin = self._inbox.begin()
        decided = [at for at in (self._inbox.committed(), self._next) if at is not None]
        start = max(decided, default=begin)
        if begin > start:
            detail = f"commands from offset {start} to {begin} are gone and were never decided"
            raise IntegrityError(f"{self._inbox.topic}: {detail}")
        return start

    def _lost_answers(self, known: Head, start: int) -> Iterator[tuple[int, Outcome]]:
        """Return the answers that were decided and appended, and not written any more.

        The records after what the tables knew are those of these commands, in the same order;
        what has none of its own is known from before.
        """
        if self._next is None:
            return  # a new database: what came before is asked of the log
        answers = _answers_after(self._log, known)
        answer = next(answers, None)
        for batch in self._inbox.read(self._next, start):
            for offset, value, _ in batch:
                arrival = admit(value)
                if isinstance(arrival, Malformed):
                    yield offset, not_understood(arrival)
                elif answer is not None and _answers(answer, arrival):
                    yield offset, outcome_of(answer)
                    answer = next(answers, None)
                else:
                    yield offset, self._known(arrival)
        require(answer is None, f"records after {known.position} are of no command that was sent")

    def _known(self, arrival: Admitted) -> Outcome:
        bound = self._decider.bound(arrival.command.command_id)
        require(bound is not None, f"command {arrival.command.command_id} was consumed unanswered")
        assert bound is not None  # for the type checker
        return first_answer(self._log, bound.position)

    def decide(self, arrived: Sequence[Arrived]) -> Sequence[Outcome]:
        """Decide a batch: append it with its offset, then write what was folded, and the answers.

        Raises: ConcurrencyError, TransientError: whether it counts is told by the log.
        """
        arrivals = [admit(each.value) for each in arrived]
        self._park(arrived, arrivals)
        until = arrived[-1].offset + 1
        append = partial(self._log.append, consumed=Consumed(offset=until, group=self._inbox.group))
        outcomes = self._decider.handle(arrivals, [each.received_at for each in arrived], append)
        self._write(until, zip((each.offset for each in arrived), outcomes, strict=True))
        return outcomes

    def _park(self, arrived: Sequence[Arrived], arrivals: Sequence[Arrival]) -> None:
        strays = [
            Stray(place=f"{self._inbox.topic}@{each.offset}", value=each.value, reason=said.detail)
            for each, said in zip(arrived, arrivals, strict=True)
            if isinstance(said, Malformed)
        ]
        if strays:
            self._log.park(strays)

    def _write(self, until: int, answers: "Iterator[tuple[int, Outcome]]") -> None:
        rows = [(offset, _ENCODE(outcome.document())) for offset, outcome in answers]
        with translated(), self._engine.begin() as connection:
            if self._folder.pending:
                self._folder.flush(connection)
            write_answers(connection, rows)
            move_consumed(connection, self._inbox.topic, self._next, until)
        self._folder.written()
        self._next = until

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
