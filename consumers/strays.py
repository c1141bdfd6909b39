"""What is kept of bytes that are no command. Apart from the port: readers need no door."""

from typing import Final

from eventlog.port import Stray
from schemas.door import LINE_BYTES_MAX, Malformed

_REASON_MAX: Final = 1_000
"""Characters of a reason that are kept: it may quote what was sent."""


def stray_of(place: str, value: bytes, said: Malformed) -> Stray:
    """Return what is parked of bytes that the door refused: never more than a log takes."""
    return Stray(place=place, value=value[:LINE_BYTES_MAX], reason=said.detail[:_REASON_MAX])
