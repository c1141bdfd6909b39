"""Answers that were decided and are not in the tables: told again from the log, batch by batch.

The log is ahead of the decider's tables where a decider died between its two transactions, and
where the database was restored from an older copy. Each batch is written as it is when it is
decided: rows, answers and how far commands are decided in one transaction. So this may be broken
off anywhere.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from time import monotonic
from typing import Final

import msgspec
from sqlalchemy import Engine

from consumers.decider import DECIDING, Arrival, one_of, with_first_answers
from consumers.projector import fold_log, folded
from eventlog.port import WAIT_S, CommandReader, EventLog, Received, read_records
from ledger.errors import IntegrityError, TransientError, require
from ledger.vocabulary import CommandId
from projections.answers import move_consumed, write_answers
from projections.build import check_within, folder_at, heads
from projections.commands import Bound, CommandIds
from projections.database import translated
from projections.fold import Write
from schemas.door import Admitted, Malformed, admit
from schemas.envelope import Head, Recorded
from schemas.outcome import Outcome, not_understood, outcome_of

_STALL_S: Final = 30.0
"""How long reading may stand still before commands that are there."""
_ENCODE: Final = msgspec.json.Encoder().encode
Row = tuple[int, Outcome]


def write_decided(
    engine: Engine, taken: Write, moved: tuple[int | None, int], answers: Sequence[Row]
) -> None:
    """Write what was folded, the answers by offset, and how far commands are decided, at once."""
    rows = [(offset, _ENCODE(outcome.document()).decode()) for offset, outcome in answers]
    with translated(), engine.begin() as connection:
        move_consumed(connection, *moved)
        taken(connection)
        write_answers(connection, rows)


class Retelling:
    """Goes once more through commands whose answers are in the log."""

    def __init__(
        self, commands: CommandReader, log: EventLog, engine: Engine, decided: int
    ) -> None:
        """Begin at the offset to which the tables know commands to be decided.

        Raises: IntegrityError where the tables are ahead of the log, or of another one.
        """
        self._commands = commands
        self._log = log
        self._engine = engine
        self._next = decided
        self._begin_at(_brought_together(log, engine))

    def _begin_at(self, head: Head) -> None:
        self._folder = folder_at(self._engine, DECIDING, head)
        self._ids = one_of(self._folder, CommandIds)
        self._answers = _answers_after(self._log, head)
        self._waiting = next(self._answers, None)

    def run(self, committed: int | None) -> int:
        """Write what is missing, and return the offset of the first command to decide.

        `committed` is how far the group says that commands were consumed: it may be behind the
        log, or lost. Raises: IntegrityError where commands are missing that the log answers.
        """
        until = self._next if committed is None else committed
        if self._next < until or self._waiting is not None:
            self._pass_over_forgotten()
            self._commands.seek(self._next)
        while self._next < until or self._waiting is not None:
            self._retell(self._read(), until)
        return self._next

    def _pass_over_forgotten(self) -> None:
        """Fold what answers commands that the topic no longer holds; nobody asks for them."""
        begin = self._commands.begin()
        if begin <= self._next:
            return
        first: datetime | None = None
        if begin < self._commands.end():
            self._commands.seek(begin)
            first = self._read()[0].received_at
        position = self._folder.head.position
        while self._waiting is not None and (first is None or _received(self._waiting) < first):
            position = self._waiting[-1].position
            self._waiting = next(self._answers, None)
        fold_log(self._log, self._engine, self._folder, until=position)
        write_decided(self._engine, self._folder.take(), (self._next, begin), [])
        self._next = begin
        self._begin_at(self._folder.head)

    def _read(self) -> list[Received]:
        """Return the next commands."""
        deadline = monotonic() + _STALL_S
        while not (found := self._commands.read(WAIT_S)):
            at = self._commands.consumed().offset
            if at >= self._commands.end():
                raise IntegrityError(
                    f"the log answers commands from offset {at} on, and their topic ends there"
                )
            if monotonic() > deadline:
                raise TransientError(f"commands from offset {at} on do not come")
        return found

    def _retell(self, received: Sequence[Received], until: int) -> None:
        """Answer commands up to the first that nobody has decided."""
        arrivals = [admit(each.value) for each in received]
        names = [each.command.command_id for each in arrivals if isinstance(each, Admitted)]
        self._ids.prefetch(map(CommandId, names))
        self._position = self._folder.head.position
        self._told: dict[tuple[str, bytes], list[Recorded]] = {}
        answers: list[Outcome | Bound] = []
        after = self._commands.consumed().offset
        for each, arrival in zip(received, arrivals, strict=True):
            if each.offset >= until and self._waiting is None:
                after = each.offset
                break
            answers.append(self._answer(arrival))
        told = read_records(self._log, after=self._folder.head, until=self._position)
        for _ in folded(told, self._folder):
            pass
        offsets = [each.offset for each in received[: len(answers)]]
        rows = list(zip(offsets, with_first_answers(self._log, answers), strict=True))
        write_decided(self._engine, self._folder.take(), (self._next, after), rows)
        self._next = after

    def _answer(self, arrival: Arrival) -> Outcome | Bound:
        """Return the next answer of the log if it is this command's; else it was known before."""
        if isinstance(arrival, Malformed):
            return not_understood(arrival)
        content = arrival.command.command_id, arrival.digest
        if self._waiting is not None and _content(self._waiting) == content:
            records, self._waiting = self._waiting, next(self._answers, None)
            self._told[content] = records
            self._position = records[-1].position
            return outcome_of(records)
        if content in self._told:
            return outcome_of(self._told[content], "known")
        bound = self._ids.bound(CommandId(content[0]))
        require(bound is not None, f"command {content[0]} was consumed unanswered")
        assert bound is not None  # for the type checker
        return bound


def _brought_together(log: EventLog, engine: Engine) -> Head:
    """Let the tables stand at one place, the farthest of theirs, and return it."""
    at, end = heads(engine, DECIDING), log.head()
    for head in at.values():
        check_within(head, end)
    farthest = max(at.values(), key=lambda head: head.position)
    for name, head in at.items():
        fold_log(log, engine, folder_at(engine, [name], head), until=farthest.position)
    return farthest


def _answers_after(log: EventLog, head: Head) -> Iterator[list[Recorded]]:
    """Return the records of each command after a head."""
    records: list[Recorded] = []
    for batch in read_records(log, after=head):
        for recorded in batch.records:
            records.append(recorded)
            if recorded.last:
                yield records
                records = []


def _content(records: Sequence[Recorded]) -> tuple[str, bytes]:
    """Return id and digest of the command that records answer."""
    return records[-1].command_id, bytes.fromhex(records[-1].digest)


def _received(records: Sequence[Recorded]) -> datetime:
    """Return when the command was received that records answer."""
    return datetime.fromisoformat(records[-1].received_at)
