"""The decider: commands in order, each judged against the state that the ones before left.

Batching is invisible: any split of the same commands gives the same events.
"""

import logging
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Final, TypeAlias, TypeVar

from eventlog.port import EventLog
from ledger.commands import Command, SettleClaim
from ledger.decide import Accepted, decide
from ledger.errors import LedgerError, Refusal
from ledger.events import CommandHadNoEffect, CommandRefused, Event
from ledger.ports import marks_of
from ledger.record import record
from ledger.vocabulary import CommandId
from projections.commands import Bound, CommandIds
from projections.decider import DeciderTables
from projections.fold import Folder
from schemas.door import Admitted, Malformed
from schemas.envelope import Head, Origin, Recorded, seal, unseal
from schemas.outcome import Outcome, not_understood, outcome_of

DECIDING: Final = ("commands", "decider")
"""The projections that deciding asks, and that the decider folds itself."""
SHANGHAI: Final = timezone(timedelta(hours=8), "Asia/Shanghai")
"""The zone of business dates; China keeps one time all year."""
_LOG: Final = logging.getLogger(__name__)


Arrival: TypeAlias = Admitted | Malformed
"""What was sent, as the door saw it."""
P = TypeVar("P")


@record
class Decided:
    """What a batch came to: records to append after a head, and the answer to each command.

    For one that was known before the batch, the answer is still to be read at its place.
    """

    before: Head
    values: Sequence[bytes]
    answers: Sequence[Outcome | Bound]


def one_of(folder: Folder, kind: type[P]) -> P:
    """Return the projection of a kind that a folder folds."""
    found: Iterable[object] = folder.projections
    return next(each for each in found if isinstance(each, kind))


class Decider:
    """Decides batches and appends them; `folder` folds what was decided, at once."""

    def __init__(self, log: EventLog, folder: Folder) -> None:
        """Go on from where the folder stands, which must be the end of the log."""
        self._log = log
        self._folder = folder
        self._tables = one_of(folder, DeciderTables)
        self._ids = one_of(folder, CommandIds)

    def handle(self, batch: Sequence[Arrival], received_at: Sequence[datetime]) -> list[Outcome]:
        """Answer a batch; what is accepted or refused is durable on return.

        Raises: ConcurrencyError, TransientError: nothing of this batch counts; start anew from
        the log.
        """
        decided = self.decide(batch, received_at)
        self._log.append(decided.values, expected=decided.before)
        return with_first_answers(self._log, decided.answers)

    def decide(self, batch: Sequence[Arrival], received_at: Sequence[datetime]) -> Decided:
        """Decide a batch and fold what was decided; nothing of it is durable yet."""
        run = _Batch(self)
        commands = [each.command for each in batch if isinstance(each, Admitted)]
        self._ids.prefetch([command.command_id for command in commands])
        self._tables.store.prefetch(
            [command.claim_id for command in commands if hasattr(command, "claim_id")],
            [
                mark
                for each in commands
                if isinstance(each, SettleClaim)
                for mark in marks_of(each, each.medfee_sumamt)
            ],
        )
        before = self._folder.head
        answers = [run.answer(each, at) for each, at in zip(batch, received_at, strict=True)]
        return Decided(before=before, values=run.values, answers=answers)

    def rotate(self) -> None:
        """Let go of what was decided before the last call of this; the tables hold it."""
        self._tables.store.rotate()
        self._ids.rotate()

    def head(self) -> Head:
        """Return where the decided log ends."""
        return self._folder.head

    def bound(self, command_id: CommandId) -> Bound | None:
        """Return what a command id is bound to."""
        return self._ids.bound(command_id)

    def judge(self, command: Command, day: date) -> Accepted | Refusal:
        """Decide one command; a fault of the program is tried again, then answered and alarmed."""
        for attempt in (1, 2):
            try:
                return decide(command, self._tables.state, received_on=day)
            except (LedgerError, MemoryError):
                raise
            except Exception:  # noqa: BLE001 -- a fault of ours must not stop the ledger
                _LOG.exception("decide failed on %s, attempt %d", command.command_id, attempt)
        detail = "the program failed on this command; report it, then send it again"
        return Refusal(reason="decider_fault", detail=detail)

    def remember(self, records: list[Recorded], head: Head) -> None:
        """Fold what was decided."""
        self._folder.fold(records, head)


def with_first_answers(log: EventLog, outcomes: Sequence[Outcome | Bound]) -> list[Outcome]:
    """Fill in the first answers of commands that were known before this batch."""
    places = [each.position for each in outcomes if isinstance(each, Bound)]
    stored = log.read_at(places)
    return [
        _answer_at(log, stored[each.position]) if isinstance(each, Bound) else each
        for each in outcomes
    ]


def first_answer(log: EventLog, position: int) -> Outcome:
    """Return the answer that the records from a position on give, as a later copy gets it."""
    return _answer_at(log, log.read_at([position])[position])


def _answer_at(log: EventLog, value: bytes) -> Outcome:
    records = [unseal(value)]
    while not records[-1].last:
        place = records[-1].position + 1
        records.append(unseal(log.read_at([place])[place]))
    return outcome_of(records, "known")


class _Batch:
    """One batch on its way into the log."""

    def __init__(self, decider: Decider) -> None:
        self.values: list[bytes] = []
        self._decider = decider
        self._received_at: datetime | None = None
        self._answers: dict[int, list[Recorded]] = {}
        self._first = decider.head().position + 1

    def answer(self, arrival: Arrival, received_at: datetime) -> Outcome | Bound:
        """Answer one arrival; a place in the log stands for an answer given before this batch."""
        if isinstance(arrival, Malformed):
            return not_understood(arrival)
        self._receive(received_at)
        command = arrival.command
        bound = self._decider.bound(command.command_id)
        if bound is None:
            return self._carry_out(arrival, self._decider.judge(command, self._received_on))
        if not bound.same_content(arrival.digest):
            detail = "this command_id stands for other content; make a new id for a new command"
            reused = Refusal(reason="command_id_reused", detail=detail)
            return self._carry_out(arrival, reused)
        if bound.position < self._first:
            return bound
        return outcome_of(self._answers[bound.position], "known")

    def _receive(self, received_at: datetime) -> None:
        """Take the time and the day of receipt; many commands in a row share them."""
        if received_at != self._received_at:
            self._received_at = received_at
            self._stamp = received_at.astimezone(UTC).isoformat().replace("+00:00", "Z")
            self._received_on = received_at.astimezone(SHANGHAI).date()

    def _carry_out(self, arrival: Admitted, answer: Accepted | Refusal) -> Outcome:
        """Seal the events, or the refusal, and fold them at once."""
        command = arrival.command
        origin = Origin(
            command_id=command.command_id,
            digest=arrival.digest,
            received_at=self._stamp,
            actor=command.actor,
            correlation_id=command.correlation_id,
        )
        detail = answer.detail if isinstance(answer, Accepted) else None
        values, records, head = seal(self._decider.head(), origin, _events(command, answer), detail)
        self.values += values
        self._decider.remember(records, head)
        self._answers[records[0].position] = records
        return outcome_of(records)


def _events(command: Command, answer: Accepted | Refusal) -> tuple[Event, ...]:
    if isinstance(answer, Accepted):
        return answer.events or (CommandHadNoEffect(on=command.on),)
    return (
        CommandRefused(
            on=command.on, reason=answer.reason, detail=answer.detail, field=answer.field
        ),
    )
