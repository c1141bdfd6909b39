"""A ledger that others decide: sends commands, waits until they are answered, reads the answers."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from time import monotonic, sleep
from typing import Final, Generic, NamedTuple, Protocol

from sqlalchemy import Engine

from consumers.embedded import S
from eventlog.port import CommandSender, NotConfirmed, Stray
from projections.answers import answers_at, consumed_until
from projections.build import heads
from projections.database import translated
from schemas.door import LINE_BYTES_MAX, Admitted, Malformed
from schemas.outcome import Outcome, not_understood, told

_IN_FLIGHT: Final = 20_000
"""How many commands may be sent and not yet answered."""
_ANSWER_S: Final = 60.0
"""How long to wait while nothing at all is decided."""
_ASK_S: Final = 0.01
"""How often to look whether answers are there."""


class Parking(Protocol):
    """Where bytes go that are no command."""

    def park(self, strays: Sequence[Stray]) -> None:
        """Keep them, each once. Raises: TransientError."""

    def close(self) -> None:
        """Let go of the connection."""


class _Flight(NamedTuple, Generic[S]):
    """Lines that were sent together; those of a wrong form, and those after a fault, were not."""

    lines: Sequence[S]
    offsets: Sequence[int]


class RemoteLedger:
    """Sends to the commands topic; the answers are those that the decider wrote."""

    def __init__(
        self, sender: CommandSender, parking: Parking, engine: Engine, wait_s: float = _ANSWER_S
    ) -> None:
        """Ask `engine` for the answers, for as long as they come."""
        self._sender = sender
        self._parking = parking
        self._engine = engine
        self._wait_s = wait_s
        self._decided = 0

    def answers(
        self, batches: Iterable[Sequence[S]]
    ) -> Iterator[tuple[Sequence[S], Sequence[Outcome]]]:
        """Return each batch with its outcomes, in order, while later ones are on their way.

        Raises: TransientError after the first send that is not confirmed; nothing follows it.
        """
        flying: deque[_Flight[S]] = deque()
        fault: NotConfirmed | None = None
        for lines in batches:
            flight, fault = self._send(lines)
            flying.append(flight)
            if fault is not None:
                break
            while sum(len(each.lines) for each in flying) > _IN_FLIGHT:
                yield self._landed(flying.popleft())
        while flying:
            yield self._landed(flying.popleft())
        if fault is not None:
            raise fault

    def _send(self, lines: Sequence[S]) -> tuple[_Flight[S], NotConfirmed | None]:
        strays = [
            Stray(place=line.place, value=line.value[:LINE_BYTES_MAX], reason=line.arrival.detail)
            for line in lines
            if isinstance(line.arrival, Malformed)
        ]
        if strays:
            self._parking.park(strays)
        commands = [
            (line.arrival.command.command_id, line.command)
            for line in lines
            if isinstance(line.arrival, Admitted)
        ]
        try:
            return _Flight(lines, self._sender.send(commands)), None
        except NotConfirmed as fault:
            return _Flight(lines, fault.offsets), fault

    def _landed(self, flight: _Flight[S]) -> tuple[Sequence[S], Sequence[Outcome]]:
        self._await(max(flight.offsets, default=-1) + 1)
        with translated(), self._engine.connect() as connection:
            documents = answers_at(connection, flight.offsets)
        places = iter(flight.offsets)
        return flight.lines, [
            _outcome(line.arrival, documents.get(next(places, -1)))
            if isinstance(line.arrival, Admitted)
            else not_understood(line.arrival)
            for line in flight.lines
        ]

    def _await(self, offset: int) -> None:
        """Wait until the decider has passed an offset, or has stood still for too long."""
        deadline = monotonic() + self._wait_s
        while self._decided < offset and monotonic() < deadline:
            with translated(), self._engine.connect() as connection:
                decided = consumed_until(connection) or 0
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
        self._sender.close()
        self._parking.close()
        self._engine.dispose()


def _outcome(arrival: Admitted, document: bytes | None) -> Outcome:
    if document is not None:
        return told(document)
    name = arrival.command.command_id
    detail = f"sent, and not answered in time; ask again: clearing outcome {name}"
    return Outcome(outcome="unknown", command_id=name, reason="unknown", detail=detail)
