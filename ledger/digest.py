"""A fingerprint of a set of lines that does not depend on their order."""

from hashlib import sha256
from typing import Final, Self

_MODULUS: Final = 1 << 256


class MemberDigest:
    """The sum of the lines' SHA-256 modulo 2**256: lines can be added and taken out again."""

    __slots__ = ("_sum",)

    def __init__(self, total: int = 0) -> None:
        """Start from a sum."""
        self._sum = total

    @classmethod
    def from_hex(cls, text: str) -> Self:
        """Read what `hex` wrote."""
        return cls(int(text, 16))

    def hex(self) -> str:
        """Return 64 hexadecimal digits."""
        return f"{self._sum:064x}"

    def plus(self, line: bytes) -> "MemberDigest":
        """Return the digest with one line more."""
        return MemberDigest((self._sum + _number(line)) % _MODULUS)

    def minus(self, line: bytes) -> "MemberDigest":
        """Return the digest with one line less."""
        return MemberDigest((self._sum - _number(line)) % _MODULUS)

    def less(self, other: "MemberDigest") -> "MemberDigest":
        """Return the digest of the lines that the other set has not."""
        return MemberDigest((self._sum - other._sum) % _MODULUS)

    def __eq__(self, other: object) -> bool:
        """Compare by value."""
        return isinstance(other, MemberDigest) and self._sum == other._sum

    def __hash__(self) -> int:
        """Hash by value."""
        return hash(self._sum)


def _number(line: bytes) -> int:
    return int.from_bytes(sha256(line).digest(), "big")
