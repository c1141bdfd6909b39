"""What a log is, whatever keeps it. One contract suite runs on every adapter."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any, Final, Generic, NamedTuple, Protocol, TypeVar

from ledger.errors import ConfigurationError, IntegrityError, TransientError
from ledger.record import record
from schemas.envelope import Chain, Head, Linked, Recorded, unseal
from schemas.feed import Place

L = TypeVar("L", bound=Linked)
READ_MAX = 5_000
"""How many records a reader gets at once."""

WAIT_S: Final = 0.5
"""How long a worker that is level waits for more before it looks whether to stop."""


@record
class Stray:
    """Bytes that are no command: where they came from, and what is wrong with them."""

    place: str
    value: bytes
    reason: str


@record
class Consumed:
    """How far commands were consumed: the next offset, and the group (a name or its member)."""

    offset: int
    group: Any


class Batch(NamedTuple, Generic[L]):
    """Records as they follow each other, the head with them, and (position, bytes) of each."""

    records: list[L]
    head: Head
    values: Sequence[tuple[int, bytes]]


class EventLog(Protocol):
    """Immutable records at dense positions from 1.

    Raises, all of them: TransientError where the log cannot be reached.
    """

    def head(self) -> Head:
        """Return the end of the log."""

    def append(self, values: Sequence[bytes], *, expected: Head) -> None:
        """Add records after `expected`, all or none, durable on return; of none, do nothing.

        Raises: PositionConflict if the log ends elsewhere; WriterFenced if another one writes;
        ConfigurationError if the log is retired.
        """

    def read(
        self, *, after: int, until: int | None = None
    ) -> Iterator[Sequence[tuple[int, bytes]]]:
        """Return (position, value) in order, in batches; to the end as it is at the start."""

    def read_at(self, positions: Sequence[int]) -> Mapping[int, bytes]:
        """Return the records at these positions. Raises: IntegrityError where there is none."""

    def park(self, strays: Sequence[Stray]) -> None:
        """Keep bytes that are no command, with place and reason, each once."""

    def parked(self) -> Iterator[Stray]:
        """Return what was parked, in order."""

    def retire(self, successor: str) -> None:
        """Refuse appends for ever, and say where the ledger goes on."""

    def retired(self) -> str | None:
        """Return where the ledger goes on, if it does so elsewhere."""

    def close(self) -> None:
        """Let go of files and connections."""


class GrowingLog(EventLog, Protocol):
    """A log that others write meanwhile."""

    def follow(self, *, after: int, wait_s: float) -> Iterator[Sequence[tuple[int, bytes]]]:
        """Return (position, value) of what comes after a position, in batches.

        Nothing if none came in so long. Raises: TransientError.
        """

    def backlog(self) -> int:
        """Return how many records, of those seen when it was asked before, are not followed yet.

        The first time: of those that are there now.
        Raises: TransientError if nobody answers, which `follow` does not notice.
        """


class NotConfirmed(TransientError):
    """A send was not confirmed: it may have come through or not; nothing after it was sent."""

    def __init__(self, detail: str, offsets: list[int]) -> None:
        """Keep the offsets of what was confirmed before."""
        super().__init__(detail)
        self.offsets = offsets


class CommandSender(Protocol):
    """Sends commands to the decider, in order."""

    def send(self, commands: Sequence[tuple[str, bytes]]) -> list[int]:
        """Send (command id, bytes), wait until all are durable, and return their offsets.

        Raises: NotConfirmed at the first that is not; this sender is of no use then.
        """

    def close(self) -> None:
        """Let go of connections."""


class BalanceSender(Protocol):
    """Tells finance systems of balances; only one does at a time."""

    def heard(self) -> Sequence[Place]:
        """Return the place of the last message in each partition."""

    def send(self, messages: Sequence[bytes]) -> None:
        """Send messages in their order, all or none, durable on return.

        Raises: WriterFenced, TransientError; this sender is of no use then.
        """

    def close(self) -> None:
        """Let go of connections."""


@record
class Received:
    """A command as it was received: its offset, its bytes, the broker's time of receipt, in UTC."""

    offset: int
    value: bytes
    received_at: datetime


class CommandReader(Protocol):
    """Reads what was sent, in order; as a member of a group only while it is given the topic.

    Raises, all of them: TransientError; `read` and `seek`: WriterFenced once another member has it.
    """

    def elected(self, wait_s: float) -> bool:
        """Wait so long to be the one of the group that reads; say whether it is."""

    def committed(self) -> int | None:
        """Return how far the group says that commands were consumed: a hint."""

    def begin(self) -> int:
        """Return the first offset that is kept."""

    def end(self) -> int:
        """Return the offset after the last command."""

    def backlog(self) -> int:
        """Return how many commands there are after those read, as far as is known."""

    def seek(self, offset: int) -> None:
        """Go on at an offset. Raises: IntegrityError where commands from there on are gone."""

    def read(self, wait_s: float, most: int = READ_MAX) -> list[Received]:
        """Return the next commands; none if none came in so long."""

    def forget(self, before: datetime, decided: int) -> int:
        """Delete what was received before a time and is decided; return the first offset kept."""

    def consumed(self) -> Consumed:
        """Return how far was read, for `append` to write with what was decided."""

    def close(self) -> None:
        """Let go of connections and of the place in the group."""


def refuse_retired(successor: str | None) -> None:
    """Check that a log may be written. Raises: ConfigurationError, naming where to write."""
    if successor is not None:
        raise ConfigurationError(f"this log is closed; the ledger goes on at {successor}")


def head_at(log: EventLog, position: int) -> Head:
    """Return the head as it was at a position.

    Raises: IntegrityError where the record there is missing or no bytes.
    """
    if not position:
        return Head()
    value: object = log.read_at([position])[position]
    if not isinstance(value, bytes):
        raise IntegrityError(f"position {position}: not a record of this ledger")
    return Head(position=position, hash=sha256(value).digest())


def read_records(
    log: EventLog, *, after: Head, until: int | None = None
) -> Iterator[Batch[Recorded]]:
    """Return the records after a head, decoded and chained, in batches.

    Raises: IntegrityError at a gap, a repeat or a changed byte, naming the position.
    """
    return read_as(unseal, log, after=after, until=until)


def read_as(
    read: Callable[[bytes], L],
    log: EventLog,
    *,
    after: Head,
    until: int | None = None,
    most: int = READ_MAX,
) -> Iterator[Batch[L]]:
    """Return the same as `read` reads them, `most` at once."""
    chain = Chain(after)
    for batch in log.read(after=after.position, until=until):
        for start in range(0, len(batch), most):
            some = batch[start : start + most]
            records = chain.take_as(read, some)
            yield Batch(records, chain.head, some)


def follow_records(log: GrowingLog, *, after: Head, wait_s: float) -> Iterator[Batch[Recorded]]:
    """Return the records that come after a head, the same way; none if none came in so long."""
    chain = Chain(after)
    for batch in log.follow(after=after.position, wait_s=wait_s):
        records = chain.take(batch)
        yield Batch(records, chain.head, batch)
