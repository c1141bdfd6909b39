"""The values that stand in the answers, each with its form."""

from typing import Annotated, Literal, TypeAlias

from msgspec import Meta

from ledger.vocabulary import BreakCategory, Family, PoolLevel, Resolution, Scheme

Yuan: TypeAlias = Annotated[
    str, Meta(pattern=r"^-?[0-9]+\.[0-9]{2}$", description="an amount in yuan, two decimals")
]
Percent: TypeAlias = Annotated[
    str, Meta(pattern=r"^[0-9]+\.[0-9]{4}$", description="percent, four decimals, half up")
]
Day: TypeAlias = Annotated[str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
Month: TypeAlias = Annotated[
    str, Meta(pattern=r"^[0-9]{6}$", description="a month of clearing, e.g. 202503")
]
Region: TypeAlias = Annotated[str, Meta(pattern=r"^[0-9]{6}$")]
Digest: TypeAlias = Annotated[
    str,
    Meta(
        pattern=r"^[0-9a-f]{64}$",
        description="the sum of the SHA-256 of all items of the statement, modulo 2**256",
    ),
]
Count: TypeAlias = Annotated[int, Meta(ge=0)]
Position: TypeAlias = Annotated[
    int, Meta(ge=0, description="the last log record that was folded when the answer was made")
]

StatementStatus: TypeAlias = Literal[
    "GENERATED", "PART_CONFIRMED", "CONFIRMED", "NOTICED", "CLOSED"
]
Direction: TypeAlias = Literal["clearing", "return"]
PaymentState: TypeAlias = Literal[
    "RECEIVED",
    "PAID",
    "PAST_YEAR_LIMIT",
    "OVER_TWO_PERIODS",
    "MISSED_NEXT_CLEARING",
    "PAY_OVERDUE",
    "PART_PAID",
    "SUBMITTED",
    "SUBMIT_OVERDUE",
    "NOT_DUE",
]
BreakState: TypeAlias = Literal["OPEN", "ASSIGNED", "ESCALATED", "RESOLVED"]
Bucket: TypeAlias = Literal["0-3", "4-10", "11-30", "31-60", ">60"]

__all__ = [
    "BreakCategory",
    "BreakState",
    "Bucket",
    "Count",
    "Day",
    "Digest",
    "Direction",
    "Family",
    "Month",
    "PaymentState",
    "Percent",
    "PoolLevel",
    "Position",
    "Region",
    "Resolution",
    "Scheme",
    "StatementStatus",
    "Yuan",
]
