"""Claims as rows: a key to find them by, their corridor's day, and the rest of them in one value.

The rest is asked for by name alone; one value costs a third of what eleven columns cost.
"""

from datetime import date
from functools import lru_cache
from typing import Any, Final, TypeAlias

import msgspec
from msgspec.structs import asdict

from ledger.claim import Booked, Claim, Inquiry
from ledger.events import ClaimSettled
from ledger.ports import marks_of
from ledger.vocabulary import (
    ClaimId,
    ClearingClass,
    CommandId,
    Fen,
    Item,
    MedType,
    Period,
    RegionCode,
    Scheme,
)
from projections.writing import key_of
from schemas.settled import Settled

SettledRow: TypeAlias = tuple[int, ClaimId, int, str]
"""A row of `claims` in the order of its columns, without the last: nothing happened to it yet."""
Row: TypeAlias = tuple[int, ClaimId, int, str, str | None]
"""A whole row of it."""


class Stored(msgspec.Struct, array_like=True, gc=False):
    """What a claim is from its settlement on, and the period that it counts in."""

    scheme: Scheme
    insured_region: RegionCode
    treatment_region: RegionCode
    institution: str
    clearing_class: ClearingClass
    med_type: MedType
    on: date
    medfee_sumamt: Fen
    psn_cash_pay: Fen
    items: dict[Item, Fen]
    period: Period | None


class Life(msgspec.Struct, gc=False):
    """What has happened to a claim since its settlement."""

    outstanding: dict[Item, Fen]
    booked: dict[Period, Booked]
    aside: Booked | None
    deductions: dict[CommandId, dict[Item, Fen]]
    reversed: bool
    deferrals: int
    inquiry: Inquiry | None


_CORRIDORS: Final = 10**12
"""How many pairs of regions six digits each can tell."""
_ENCODE: Final = msgspec.json.Encoder().encode
_STORED: Final = msgspec.json.Decoder(Stored)
_LIFE: Final = msgspec.json.Decoder(Life)


@lru_cache(4_096)
def corridor_day(insured: RegionCode, treatment: RegionCode, day: date) -> int:
    """Return the number under which the claims of two regions and a day are found."""
    corridor = int(insured) * 1_000_000 + int(treatment)
    return day.toordinal() * _CORRIDORS + corridor


def settled_row(position: int, claim: Claim | ClaimSettled | Settled) -> SettledRow:
    """Return a claim as it was settled as a row; its `life` is empty."""
    stored = (  # as a `Stored`, which costs more to make
        claim.scheme,
        claim.insured_region,
        claim.treatment_region,
        claim.institution,
        claim.clearing_class,
        claim.med_type,
        claim.on,
        claim.medfee_sumamt,
        claim.psn_cash_pay,
        claim.items,
        claim.period,
    )
    day = corridor_day(claim.insured_region, claim.treatment_region, claim.on)
    return position, claim.claim_id, day, _ENCODE(stored).decode()


def row_of(position: int, claim: Claim) -> Row:
    """Return a claim as a row; `life` is empty until something happens to it."""
    life = _ENCODE(_life_of(claim)).decode() if _touched(claim) else None
    return *settled_row(position, claim), life


def _touched(claim: Claim) -> bool:
    return bool(
        claim.period is None
        or claim.booked
        or claim.reversed
        or claim.inquiry
        or claim.deferrals
        or claim.deductions
    )


def _life_of(claim: Claim) -> Life:
    return Life(
        outstanding=dict(claim.outstanding),
        booked=dict(claim.booked),
        aside=claim.aside,
        deductions={name: dict(items) for name, items in claim.deductions.items()},
        reversed=claim.reversed,
        deferrals=claim.deferrals,
        inquiry=claim.inquiry,
    )


def claim_of(row: Any) -> Claim:  # noqa: ANN401 -- a row of the table
    """Return the claim that a row holds. Raises: msgspec.DecodeError where it holds none."""
    stored = _STORED.decode(row.claim)
    known = {"claim_id": row.claim_id, "outstanding": stored.items, **asdict(stored)}
    if row.life is not None:
        known |= asdict(_LIFE.decode(row.life))
    return Claim(**known)


def marks_as_rows(claim: ClaimSettled | Settled) -> list[tuple[bytes, ClaimId]]:
    """Return the marks of a claim's visit as rows of `claim_marks`."""
    marks = marks_of(claim, claim.medfee_sumamt)
    return [(key_of("mark", mark), claim.claim_id) for mark in marks]
