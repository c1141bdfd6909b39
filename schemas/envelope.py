"""The record: one event in its envelope, with CloudEvents attribute names and the chain.

The value of a record is the whole envelope; keys and headers are derived from it. `previous` is
the SHA-256 of the record before, so that a changed byte, a gap and a stale writer are seen by
any reader. Source: architecture.md; CloudEvents 1.0.
"""

from collections.abc import Callable, Iterable, Mapping
from hashlib import sha256
from typing import (
    Annotated,
    Any,
    Final,
    Generic,
    NamedTuple,
    Protocol,
    TypeAlias,
    TypeVar,
    get_args,
)

import msgspec

from ledger.errors import ContractError, IntegrityError
from ledger.events import (
    AdvanceInterestCredited,
    Answer,
    BookOpened,
    ClaimSettled,
    Event,
    Fact,
    FiscalAccountChanged,
    OfCorridor,
    OfHospital,
)
from ledger.record import record

E_co = TypeVar("E_co", covariant=True)
L = TypeVar("L", bound="Linked")
SOURCE: Final = "/clearing"
SCHEMA_VERSION: Final = 1
EVENTS: Final[Mapping[str, type]] = {
    cls.__name__: cls for union in (Fact, Answer) for cls in get_args(union)
}
"""Each event type by its name."""
GENESIS: Final = bytes(32)
"""What the first record names as the one before it."""
RENAMED: Final[Mapping[str, str]] = {
    "event_id": "id",
    "received_at": "time",
    "command_id": "commandid",
    "digest": "commanddigest",
    "correlation_id": "correlationid",
    "event": "data",
}
"""Attributes of a record that CloudEvents, or its rule for extensions, calls otherwise."""
UPCASTERS: Final[dict[tuple[str, int], Callable[[dict[str, Any]], dict[str, Any]]]] = {}
"""How data of (type, version) becomes data of the next version."""


class Record(
    msgspec.Struct,
    Generic[E_co],
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    rename=RENAMED,
):
    """One record of the log. `step` counts the records of a command from 0; the last says so."""

    specversion: str = "1.0"
    event_id: str
    source: str = SOURCE
    type: str
    subject: str
    received_at: str
    schemaversion: int = SCHEMA_VERSION
    position: int
    command_id: str
    digest: Annotated[str, msgspec.Meta(min_length=64, max_length=64)]
    step: int
    last: bool
    actor: str | None
    correlation_id: str | None
    detail: str | None
    previous: str
    event: E_co


class Linked(Protocol):
    """What a chain asks of a record, however much of it was read."""

    @property
    def position(self) -> int:
        """Return its position."""

    @property
    def previous(self) -> str:
        """Return the SHA-256 of the record before it, in hexadecimal digits."""


Recorded: TypeAlias = Record[Event]
"""A record that has been read."""


class Head(NamedTuple):
    """The end of a log: its last position and the SHA-256 of that record."""

    position: int = 0
    hash: bytes = GENESIS


@record
class Origin:
    """What a command's records have in common; the time of receipt as RFC 3339, in UTC."""

    command_id: str
    digest: bytes
    received_at: str
    actor: str | None
    correlation_id: str | None


_ENCODE: Final = msgspec.json.Encoder().encode
_DECODE: Final = msgspec.json.Decoder(Record[msgspec.Raw]).decode
_DECODE_SETTLED: Final = msgspec.json.Decoder(Record[ClaimSettled]).decode
_IS_SETTLED: Final = b',"type":"ClaimSettled",'
"""What the bytes of a settlement hold; others might, in what users wrote."""
UNREADABLE: Final = (msgspec.DecodeError, ValueError, TypeError)
"""What comes of bytes that are no record: no JSON, no UTF-8, no bytes at all."""
_DATA: Final[Mapping[str, msgspec.json.Decoder[Event]]] = {
    name: msgspec.json.Decoder(cls) for name, cls in EVENTS.items()
}


def subject_of(event: Event) -> str:
    """Return the stream that an event belongs to."""
    if isinstance(event, OfCorridor):
        return f"corridor/{event.scheme}/{event.insured_region}/{event.treatment_region}"
    match event:
        case OfHospital():
            return f"region/{event.treatment_region}"
        case BookOpened() | FiscalAccountChanged() | AdvanceInterestCredited():
            return f"region/{event.region}"
        case _ if hasattr(event, "scheme"):
            return f"scheme/{event.scheme}"
        case _ if type(event) in get_args(Answer):
            return "command"
        case _:
            return "reference"


class Sealed(NamedTuple):
    """The records of one command: their bytes, what they say, and the end of the log with them."""

    values: list[bytes]
    records: list[Recorded]
    head: Head


def seal(head: Head, origin: Origin, events: tuple[Event, ...], detail: str | None) -> Sealed:
    """Return the records of one command that follow `head`."""
    values: list[bytes] = []
    records: list[Recorded] = []
    digest = origin.digest.hex()
    previous, position = head.hash, head.position
    final = len(events) - 1
    for step, event in enumerate(events):
        position += 1
        recorded: Recorded = Record(
            event_id=f"{origin.command_id}/{step}",
            type=type(event).__name__,
            subject=subject_of(event),
            received_at=origin.received_at,
            position=position,
            command_id=origin.command_id,
            digest=digest,
            step=step,
            last=step == final,
            actor=origin.actor,
            correlation_id=origin.correlation_id,
            detail=detail if step == final else None,
            previous=previous.hex(),
            event=event,
        )
        value = _ENCODE(recorded)
        previous = sha256(value).digest()
        values.append(value)
        records.append(recorded)
    return Sealed(values, records, Head(position=position, hash=previous))


def unseal(value: bytes) -> Recorded:
    """Read a record.

    Raises: ContractError where the bytes are no record of this ledger or of a later version.
    """
    try:
        if value.find(_IS_SETTLED) >= 0:  # nearly all are: one pass takes half the time
            settled = _DECODE_SETTLED(value)
            if settled.schemaversion == SCHEMA_VERSION:
                return settled
        return _any(value)
    except UNREADABLE as fault:
        raise ContractError(f"not a record of this ledger: {fault}") from fault


def _any(value: bytes) -> Recorded:
    sealed = _DECODE(value)
    fields = {name: getattr(sealed, name) for name in Record.__struct_fields__}
    return Record(**{**fields, "event": _event(sealed)})


def _event(sealed: Record[msgspec.Raw]) -> Event:
    decoder = _DATA.get(sealed.type)
    if decoder is None or not 0 <= sealed.schemaversion <= SCHEMA_VERSION:
        raise ContractError(f"unknown event {sealed.type}/{sealed.schemaversion}")
    if sealed.schemaversion == SCHEMA_VERSION:
        return decoder.decode(sealed.event)
    data = msgspec.json.decode(sealed.event)
    for version in range(sealed.schemaversion, SCHEMA_VERSION):
        upcast = UPCASTERS.get((sealed.type, version))
        data = upcast(data) if upcast else data
    return msgspec.convert(data, EVENTS[sealed.type])


class Chain:
    """Reads records in order; a gap, a repeat or a changed byte stops it."""

    def __init__(self, head: Head) -> None:
        """Start after `head`."""
        self.head = head

    def next(self, position: int, value: bytes) -> Recorded:
        """Return the next record. Raises: IntegrityError, naming the position."""
        return self.take([(position, value)])[0]

    def take(self, batch: Iterable[tuple[int, bytes]]) -> list[Recorded]:
        """Return the next records. Raises: IntegrityError, naming the first that is wrong."""
        return self.take_as(unseal, batch)

    def take_as(self, read: Callable[[bytes], L], batch: Iterable[tuple[int, bytes]]) -> list[L]:
        """Return the same as `read` reads them; it raises ContractError where it cannot."""
        expected, previous = self.head.position, self.head.hash.hex()
        records = []
        try:
            for position, value in batch:
                expected += 1
                recorded = read(value)
                if not expected == position == recorded.position:
                    detail = f"found {recorded.position} at {position}"
                    raise IntegrityError(f"position {expected} expected, {detail}")
                if recorded.previous != previous:
                    detail = "the record before is not the one that this one follows"
                    raise IntegrityError(f"position {position}: {detail}")
                previous = sha256(value).hexdigest()
                records.append(recorded)
        except ContractError as fault:
            raise IntegrityError(f"position {expected}: {fault}") from fault
        self.head = Head(position=expected, hash=bytes.fromhex(previous))
        return records
