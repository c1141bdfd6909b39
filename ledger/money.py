"""Amounts: whole fen, read and written as yuan with two decimals, rounded once."""

from collections.abc import Mapping
from typing import Final

from ledger.vocabulary import Fen, Hundredths, Item

AMOUNT_MAX: Final = 2**53 - 1
"""The largest amount, in fen: up to it every JSON reader is exact."""


def fen(yuan: str) -> Fen:
    """Read "84000.00" (form already checked) as fen."""
    return Fen(int(yuan.replace(".", "", 1)))


def yuan(amount: int) -> str:
    """Write fen as yuan with two decimals."""
    sign = "-" if amount < 0 else ""
    whole, part = divmod(abs(amount), 100)
    return f"{sign}{whole}.{part:02d}"


def hundredths(value: str) -> Hundredths:
    """Read a parameter's value, digits with two decimals or none, as hundredths."""
    return Hundredths(int(value[:-3] + value[-2:]) if value[-3:-2] == "." else int(value) * 100)


def bounded(amount: int) -> Fen:
    """Return an amount that a rule multiplied. Raises: OverflowError, a fault of the parameters."""
    if amount > AMOUNT_MAX:
        raise OverflowError(f"{yuan(amount)} is more than the books can hold")
    return Fen(amount)


def half_up(numerator: int, denominator: int) -> int:
    """Round a quotient of whole numbers, not negative, half up."""
    return (2 * numerator + denominator) // (2 * denominator)


def round_up(numerator: int, denominator: int) -> int:
    """Round a quotient of whole numbers up."""
    return -(-numerator // denominator)


def spread(amount: int, open_items: Mapping[Item, int]) -> dict[Item, Fen]:
    """Divide `amount` over items pro rata; no item of 0 is returned.

    Shape: `open_items` in the order of the field list, their sum at least `amount` and above 0.
    Largest remainder first, ties in that order.
    """
    total = sum(open_items.values())
    shares = {item: divmod(amount * left, total) for item, left in open_items.items()}
    spare = amount - sum(share for share, _ in shares.values())
    favoured = sorted(shares, key=lambda item: -shares[item][1])[:spare]
    parts = {item: Fen(share + (item in favoured)) for item, (share, _) in shares.items()}
    return {item: part for item, part in parts.items() if part}
