"""What a log is, whatever keeps it. One contract suite runs on every adapter."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol

from ledger.record import record
from schemas.envelope import Chain, Head, Recorded

READ_MAX = 5_000
"""How many records a reader gets at once."""


@record
class Stray:
    """Bytes that are no command: where they came from, and what is wrong with them."""

    place: str
    value: bytes
    reason: str


class Batch(NamedTuple):
    """Records as they follow each other, and the head with them."""

    records: list[Recorded]
    head: Head


class EventLog(Protocol):
    """Immutable records at dense positions from 1.

    Raises, all of them: TransientError where the log cannot be reached.
    """

    def head(self) -> Head:
        """Return the end of the log."""

    def append(self, values: Sequence[bytes], *, expected: Head) -> None:
        """Add records after `expected`, all or none, durable on return; of none, do nothing.

        Raises: PositionConflict if the log ends elsewhere; WriterFenced if another one writes.
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

    def close(self) -> None:
        """Let go of files and connections."""


def read_records(log: EventLog, *, after: Head, until: int | None = None) -> Iterator[Batch]:
    """Return the records after a head, decoded and chained, in batches.

    Raises: IntegrityError at a gap, a repeat or a changed byte, naming the position.
    """
    chain = Chain(after)
    for batch in log.read(after=after.position, until=until):
        records = chain.take(batch)
        yield Batch(records, chain.head)
