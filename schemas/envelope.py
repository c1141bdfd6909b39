"""The record: one event in its envelope, with CloudEvents attribute names and the chain.

The value of a record is the whole envelope; keys and headers are derived from it. `previous` is
the SHA-256 of the record before, so that a changed byte, a gap and a stale writer are seen by
any reader. Source: architecture.md; CloudEvents 1.0.
"""

from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any, Final, NamedTuple, get_args

import msgspec

from ledger.errors import ContractError, IntegrityError
from ledger.events import (
    AdvanceInterestCredited,
    Answer,
    BookOpened,
    Event,
    Fact,
    FiscalAccountChanged,
    OfCorridor,
    OfHospital,
)
from ledger.record import record

SOURCE: Final = "/clearing"
SCHEMA_VERSION: Final = 1
EVENTS: Final[Mapping[str, type]] = {
    cls.__name__: cls for union in (Fact, Answer) for cls in get_args(union)
}
"""Each event type by its name."""
GENESIS: Final = bytes(32)
"""What the first record names as the one before it."""
UPCASTERS: Final[dict[tuple[str, int], Callable[[dict[str, Any]], dict[str, Any]]]] = {}
"""How data of (type, version) becomes data of the next version."""


class Envelope(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One record of the log. `step` counts the records of a command from 0; the last says so."""

    specversion: str = "1.0"
    id: str
    source: str = SOURCE
    type: str
    subject: str
    time: str
    schemaversion: int = SCHEMA_VERSION
    position: int
    commandid: str
    commanddigest: str
    step: int
    last: bool
    actor: str | None
    correlationid: str | None
    detail: str | None
    previous: str
    data: Any


class _Sealed(Envelope, frozen=True, kw_only=True, forbid_unknown_fields=True):
    data: msgspec.Raw


class Head(NamedTuple):
    """The end of a log: its last position and the SHA-256 of that record."""

    position: int = 0
    hash: bytes = GENESIS


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """A record as read: where it stands, what it says, and which command brought it."""

    position: int
    event: Event
    command_id: str
    digest: bytes
    step: int
    last: bool
    received_at: str
    detail: str | None
    event_id: str
    hash: bytes


@record
class Origin:
    """What a command's records have in common; the time of receipt as RFC 3339, in UTC."""

    command_id: str
    digest: bytes
    received_at: str
    actor: str | None
    correlation_id: str | None


_ENCODE: Final = msgspec.json.Encoder().encode
_DECODE: Final = msgspec.json.Decoder(_Sealed).decode
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


def seal(
    head: Head, origin: Origin, events: tuple[Event, ...], detail: str | None
) -> tuple[list[bytes], list[Recorded]]:
    """Return the records of one command that follow `head`: their bytes, and what they say."""
    values: list[bytes] = []
    records: list[Recorded] = []
    digest = origin.digest.hex()
    previous, position = head.hash, head.position
    final = len(events) - 1
    for step, event in enumerate(events):
        position += 1
        envelope = Envelope(
            id=f"{origin.command_id}/{step}",
            type=type(event).__name__,
            subject=subject_of(event),
            time=origin.received_at,
            position=position,
            commandid=origin.command_id,
            commanddigest=digest,
            step=step,
            last=step == final,
            actor=origin.actor,
            correlationid=origin.correlation_id,
            detail=detail if step == final else None,
            previous=previous.hex(),
            data=event,
        )
        value = _ENCODE(envelope)
        previous = sha256(value).digest()
        values.append(value)
        records.append(_recorded(envelope, event, previous))
    return values, records


def _recorded(envelope: Envelope, event: Event, own_hash: bytes) -> Recorded:
    return Recorded(
        position=envelope.position,
        event=event,
        command_id=envelope.commandid,
        digest=bytes.fromhex(envelope.commanddigest),
        step=envelope.step,
        last=envelope.last,
        received_at=envelope.time,
        detail=envelope.detail,
        event_id=envelope.id,
        hash=own_hash,
    )


def unseal(value: bytes) -> tuple[Recorded, str]:
    """Read a record; return it with the hash (hex) that it names as the one before.

    Raises: ContractError where the bytes are no record of this ledger or of a later version.
    """
    try:
        envelope = _DECODE(value)
        recorded = _recorded(envelope, _event(envelope), sha256(value).digest())
    except (msgspec.DecodeError, ValueError, TypeError) as fault:  # no UTF-8, no bytes at all
        raise ContractError(f"not a record of this ledger: {fault}") from fault
    return recorded, envelope.previous


def _event(envelope: _Sealed) -> Event:
    decoder = _DATA.get(envelope.type)
    if decoder is None or not 0 <= envelope.schemaversion <= SCHEMA_VERSION:
        raise ContractError(f"unknown event {envelope.type}/{envelope.schemaversion}")
    if envelope.schemaversion == SCHEMA_VERSION:
        return decoder.decode(envelope.data)
    data = msgspec.json.decode(envelope.data)
    for version in range(envelope.schemaversion, SCHEMA_VERSION):
        upcast = UPCASTERS.get((envelope.type, version))
        data = upcast(data) if upcast else data
    return msgspec.convert(data, EVENTS[envelope.type])


class Chain:
    """Reads records in order; a gap, a repeat or a changed byte stops it."""

    def __init__(self, head: Head) -> None:
        """Start after `head`."""
        self.head = head

    def next(self, position: int, value: bytes) -> Recorded:
        """Return the next record. Raises: IntegrityError, naming the position."""
        try:
            recorded, previous = unseal(value)
        except ContractError as fault:
            raise IntegrityError(f"position {position}: {fault}") from fault
        expected = self.head.position + 1
        if recorded.position != position or position != expected:
            detail = f"position {expected} expected, found {recorded.position} at {position}"
            raise IntegrityError(detail)
        if previous != self.head.hash.hex():
            detail = f"position {position}: the record before is not the one that this one follows"
            raise IntegrityError(detail)
        self.head = Head(position=position, hash=recorded.hash)
        return recorded
