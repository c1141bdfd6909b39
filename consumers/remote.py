"""A ledger that others decide: sends commands, waits until they are answered, reads the answers."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from time import monotonic, sleep
from typing import Final, Generic, NamedTuple, Protocol

from sqlalchemy import Engine

from consumers.embedded import S
from eventlog.port import Stray
from projections.answers import answers_at, consumed
from projections.build import heads
from projections.database import translated
from schemas.door import Admitted
from schemas.outcome import Outcome, not_understood, told

_IN_FLIGHT: Final = 20_000
"""How many commands may be sent and not yet answered."""
_ANSWER_S: Final = 60.0
"""How long to wait while nothing at all is decided."""
_ASK_S: Final = 0.01
"""How often to look whether answers are there."""


class Delivery(Protocol):
    """Commands on their way to the topic."""

    def offsets(self) -> Sequence[int]:
        """Wait until all are durable; return where they stand. Raises: TransientError."""


class Outbox(Protocol):
    """The commands topic as a sender sees it; what is sent first is decided first."""

    @property
    def topic(self) -> str:
        """Return the topic's name."""

    def send(self, messages: Sequence[tuple[bytes, bytes]]) -> Delivery:
        """Send commands as (id, bytes), without waiting for them to be durable."""

    def park(self, strays: Sequence[Stray]) -> None:
        """Keep bytes that are no command. Raises: TransientError."""

    def close(self) -> None:
        """Let go of the connection."""


class _Flight(NamedTuple, Generic[S]):
    """Lines that were sent together; those of a wrong form never leave."""

    lines: Sequence[S]
    delivery: Delivery


class RemoteLedger:
    """Sends to the commands topic; the answers are those that the decider wrote."""

    def __init__(self, outbox: Outbox, engine: Engine, wait_s: float = _ANSWER_S) -> None:
        """Send through `outbox`; ask `engine` for the answers for so long as they come."""
        self._outbox = outbox
        self._engine = engine
        self._wait_s = wait_s
        self._decided = 0

    def answers(
        self, batches: Iterable[Sequence[S]]
    ) -> Iterator[tuple[Sequence[S], Sequence[Outcome]]]:
        """Return each batch with its outcomes, in order, while later ones are on their way.

        Raises: TransientError at the first send that is not confirmed; nothing is sent after it.
        """
        flying: deque[_Flight[S]] = deque()
        waiting = 0
        for lines in batches:
            flying.append(self._send(lines))
            waiting += len(lines)
            while waiting > _IN_FLIGHT:
                flight = flying.popleft()
                waiting -= len(flight.lines)
                yield flight.lines, self._landed(flight)
        for flight in flying:
            yield flight.lines, self._landed(flight)

    def _send(self, lines: Sequence[S]) -> _Flight[S]:
        strays = [
            Stray(place=line.place, value=line.value, reason=line.arrival.detail)
            for line in lines
            if not isinstance(line.arrival, Admitted)
        ]
        if strays:
            self._outbox.park(strays)
        messages = [
            (line.arrival.command.command_id.encode(), line.command)
            for line in lines
            if isinstance(line.arrival, Admitted)
        ]
        return _Flight(lines, self._outbox.send(messages))

    def _landed(self, flight: _Flight[S]) -> Sequence[Outcome]:
        offsets = flight.delivery.offsets()
        self._await(max(offsets, default=-1) + 1)
        with translated(), self._engine.connect() as connection:
            documents = answers_at(connection, offsets)
        places = iter(offsets)
        return [
            _outcome(line.arrival, documents.get(next(places)))
            if isinstance(line.arrival, Admitted)
            else not_understood(line.arrival)
            for line in flight.lines
        ]

    def _await(self, offset: int) -> None:
        """Wait until the decider has passed an offset, or has stood still for too long."""
        deadline = monotonic() + self._wait_s
        while self._decided < offset and monotonic() < deadline:
            with translated(), self._engine.connect() as connection:
                decided = consumed(connection, self._outbox.topic) or 0
            if decided > self._decided:
                self._decided = decided
                deadline = monotonic() + self._wait_s
            if decided < offset:
                sleep(_ASK_S)

    def position(self) -> int:
        """Return the last position that is decided."""
        return heads(self._engine)["decider"].position

    def close(self) -> None:
        """Let go of broker and database."""
        self._outbox.close()
        self._engine.dispose()


def _outcome(arrival: Admitted, document: bytes | None) -> Outcome:
    if document is not None:
        return told(document)
    name = arrival.command.command_id
    detail = f"sent, and not answered in time; ask again: clearing outcome {name}"
    return Outcome(outcome="unknown", command_id=name, reason="unknown", detail=detail)
