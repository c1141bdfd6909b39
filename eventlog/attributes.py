"""What Kafka is told of a record beside its bytes: derived from the envelope, never read back."""

from typing import Final

import msgspec

from ledger.errors import IntegrityError

_CONTENT_TYPE: Final = ("content-type", b"application/cloudevents+json; charset=UTF-8")


class Attributes(msgspec.Struct):
    """The part of an envelope that keys and headers are made of."""

    specversion: str
    id: str
    source: str
    type: str
    subject: str
    time: str
    position: int

    def key(self) -> bytes:
        """Return the stream."""
        return self.subject.encode()

    def headers(self) -> list[tuple[str, bytes]]:
        """Return the CloudEvents attributes as the Kafka binding names them."""
        return [
            _CONTENT_TYPE,
            ("ce_specversion", self.specversion.encode()),
            ("ce_id", self.id.encode()),
            ("ce_source", self.source.encode()),
            ("ce_type", self.type.encode()),
            ("ce_subject", self.subject.encode()),
            ("ce_time", self.time.encode()),
        ]


class _Place(msgspec.Struct):
    position: int


_ATTRIBUTES: Final = msgspec.json.Decoder(Attributes).decode
_PLACE: Final = msgspec.json.Decoder(_Place).decode


def attributes_of(value: bytes) -> Attributes:
    """Return a record's attributes. Raises: IntegrityError for foreign bytes."""
    try:
        return _ATTRIBUTES(value)
    except (msgspec.DecodeError, ValueError) as fault:
        raise IntegrityError(f"not a record of this ledger: {fault}") from fault


def position_of(value: bytes, offset: int) -> int:
    """Return the position that a record says it has. Raises: IntegrityError, naming the offset."""
    try:
        return _PLACE(value).position
    except (msgspec.DecodeError, ValueError) as fault:
        raise IntegrityError(f"offset {offset}: not a record of this ledger: {fault}") from fault
