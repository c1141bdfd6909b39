"""Sealed records for tests of logs: any number, of any size, chained to a head."""

from collections.abc import Sequence
from datetime import date
from hashlib import sha256
from itertools import count

from eventlog.port import EventLog
from ledger.events import CommandRefused, Event
from schemas.envelope import Head, Origin, seal

DAY = date(2025, 3, 5)
_names = count(1)


def origin(command_id: str | None = None) -> Origin:
    name = command_id or f"C-{next(_names):06d}"
    return Origin(
        command_id=name,
        digest=sha256(name.encode()).digest(),
        received_at="2025-03-05T08:00:00Z",
        actor="clerk",
        correlation_id=None,
    )


def refused(detail: str = "for the test") -> CommandRefused:
    return CommandRefused(on=DAY, reason="claim_unknown", detail=detail, field=None)


def sealed(head: Head, events: Sequence[Event]) -> list[bytes]:
    """The bytes of one record for each event, every event a command of its own."""
    values = []
    for event in events:
        (value,), _, head = seal(head, origin(), (event,), None)
        values.append(value)
    return values


def some(head: Head, number: int) -> list[bytes]:
    """So many records that follow a head; their texts have one, two, three and four bytes."""
    return sealed(head, [refused("aß中🏥"[: 1 + place % 4]) for place in range(number)])


def of_size(head: Head, size: int) -> bytes:
    """A record of exactly so many bytes."""
    (least,) = sealed(head, [refused("")])
    (value,) = sealed(head, [refused("x" * (size - len(least)))])
    assert len(value) == size
    return value


def append(log: EventLog, number: int) -> list[bytes]:
    """Append so many records and return their bytes."""
    values = some(log.head(), number)
    log.append(values, expected=log.head())
    return values


def everything(log: EventLog, after: int = 0, until: int | None = None) -> list[tuple[int, bytes]]:
    return [each for batch in log.read(after=after, until=until) for each in batch]


def head_of(values: Sequence[bytes]) -> Head:
    """The head of a log that holds exactly these records."""
    return Head(position=len(values), hash=sha256(values[-1]).digest()) if values else Head()
