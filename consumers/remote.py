"""A ledger that others decide: sends commands, waits until they are answered, reads the answers."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from time import monotonic, sleep
from typing import Final, Generic, NamedTuple, Protocol, TypeVar

from sqlalchemy import Connection, Engine

from consumers.embedded import S, strays_of
from eventlog.port import CommandSender, NotConfirmed, Stray
from ledger.errors import TransientError
from projections.answers import answers_at, consumed_until
from projections.build import heads
from projections.database import translated
from schemas.door import Admitted
from schemas.outcome import Outcome, not_understood, told

_IN_FLIGHT: Final = 20_000
"""How many commands may be sent and not yet answered."""
_ANSWER_S: Final = 60.0
"""How long to wait while nothing at all is decided."""
_AFTER_FAULT_S: Final = 20.0
"""The same, once a send was not confirmed: the decider has perhaps lost its broker too."""
_ASK_S: Final = (0.01, 0.1)
"""How soon to look again whether answers are there: at first, and the longer nothing is."""
_AWAY_S: Final = 0.2
"""How often to try a database that is away."""
T = TypeVar("T")


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
        self._in_vain = False

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
                self._wait_s = min(self._wait_s, _AFTER_FAULT_S)
                break
            while sum(len(each.lines) for each in flying) > _IN_FLIGHT:
                yield self._landed(flying.popleft())
        while flying:
            yield self._landed(flying.popleft())
        if fault is not None:
            raise fault

    def _send(self, lines: Sequence[S]) -> tuple[_Flight[S], NotConfirmed | None]:
        if strays := strays_of(lines):
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
        documents = self._asked(partial(answers_at, offsets=flight.offsets))
        places = iter(flight.offsets)
        return flight.lines, [
            _outcome(line.arrival, next(places, None), documents)
            if isinstance(line.arrival, Admitted)
            else not_understood(line.arrival)
            for line in flight.lines
        ]

    def _await(self, offset: int) -> None:
        """Wait until the decider has passed an offset, or has stood still for too long.

        After a wait in vain nothing is waited for again until something is decided.
        """
        deadline = monotonic() + (0.0 if self._in_vain else self._wait_s)
        pause, longest = _ASK_S
        while self._decided < offset:
            decided = self._asked(consumed_until) or 0
            if decided > self._decided:
                self._decided, self._in_vain = decided, False
                deadline = monotonic() + self._wait_s
            elif monotonic() > deadline:
                self._in_vain = True
                return
            if decided < offset:
                sleep(pause)
                pause = min(1.5 * pause, longest)

    def _asked(self, question: Callable[[Connection], T]) -> T:
        """Ask the database; while it is away, for as long as an answer may take."""
        deadline = monotonic() + self._wait_s
        while True:
            try:
                with translated(), self._engine.connect() as connection:
                    return question(connection)
            except TransientError:
                if monotonic() > deadline:
                    raise
                sleep(_AWAY_S)

    def position(self) -> int:
        """Return the last position that is decided."""
        return heads(self._engine)["decider"].position

    def close(self) -> None:
        """Let go of broker and database."""
        self._sender.close()
        self._parking.close()
        self._engine.dispose()


def _outcome(arrival: Admitted, place: int | None, documents: Mapping[int, str]) -> Outcome:
    """Return the answer at a place; without one, that it is unknown, and whether it was sent."""
    if place is not None and place in documents:
        return told(documents[place])
    name = arrival.command.command_id
    what = "sent, and not answered in time" if place is not None else "perhaps not sent"
    detail = f"{what}; ask again: clearing outcome {name}"
    return Outcome(outcome="unknown", command_id=name, reason="unknown", detail=detail)
