"""A fingerprint of a set of lines that does not depend on their order."""

from hashlib import sha256
from typing import Final

_MASK: Final = (1 << 256) - 1
"""`& _MASK` is `% 2**256`, of negative numbers too, at a quarter of the cost."""
_NUMBER: Final = int.from_bytes
"""Asked of `int` it would be bound anew with each of millions of lines."""


def number_of(line: str) -> int:
    """Return a line's SHA-256 as a number: what it adds to a digest."""
    return _NUMBER(sha256(line.encode()).digest())


class MemberDigest:
    """The sum of the lines' SHA-256 modulo 2**256: lines can be added and taken out again.

    The modulus is taken when the sum is told.
    """

    __slots__ = ("_sum",)

    def __init__(self, total: int = 0) -> None:
        """Start from a sum."""
        self._sum = total

    @classmethod
    def from_hex(cls, text: str) -> "MemberDigest":
        """Read what `hex` wrote."""
        return cls(int(text, 16))

    def hex(self) -> str:
        """Return 64 hexadecimal digits."""
        return f"{self._sum & _MASK:064x}"

    def add(self, line: str, sign: int = 1) -> None:
        """Put a line in, or (sign -1) take it out."""
        number = number_of(line)
        self._sum += number if sign > 0 else -number

    def add_number(self, number: int) -> None:
        """Put lines in by the sum of their numbers."""
        self._sum += number

    def merge(self, other: "MemberDigest") -> None:
        """Put in the lines of another set."""
        self._sum += other._sum  # noqa: SLF001 -- its own kind

    def copy(self) -> "MemberDigest":
        """Return a digest of its own life."""
        return MemberDigest(self._sum)

    def less(self, other: "MemberDigest") -> "MemberDigest":
        """Return the digest of the lines that the other set has not."""
        return MemberDigest(self._sum - other._sum)  # noqa: SLF001 -- its own kind

    def __eq__(self, other: object) -> bool:
        """Compare by value."""
        return isinstance(other, MemberDigest) and self.hex() == other.hex()

    __hash__ = None  # type: ignore[assignment]  # it changes
