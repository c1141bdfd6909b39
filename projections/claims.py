"""Claims as rows: a key to find them by, their corridor's day, and the rest of them in one value.

The rest is asked for by name alone; one value costs a third of what as many columns cost.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from functools import lru_cache
from itertools import starmap
from operator import attrgetter
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
from projections.writing import keys_of
from schemas.settled import Settled

SettledColumns: TypeAlias = tuple[Sequence[int], list[ClaimId], list[int], list[str]]
"""The columns of `claims` without the last, which is empty: nothing has happened yet."""
Row: TypeAlias = tuple[int, ClaimId, int, str, str | None]
"""A whole row of it."""


class Stored(msgspec.Struct, array_like=True, gc=False):
    """What a claim is from its settlement on, beside regions and day; the period it counts in."""

    scheme: Scheme
    institution: str
    clearing_class: ClearingClass
    med_type: MedType
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


_CODES: Final = 10**6
"""How many regions six digits can tell."""
_PAIRS: Final = _CODES**2
_ENCODER: Final = msgspec.json.Encoder()
_REGIONS_AND_DAY: Final = attrgetter("insured_region", "treatment_region", "on")
_PARTS: Final = attrgetter(*Stored.__struct_fields__)
"""Makes the tuple of a `Stored`, which costs more to make."""
_STORED: Final = msgspec.json.Decoder(Stored)
_LIFE: Final = msgspec.json.Decoder(Life)


@lru_cache(4_096)
def corridor_day(insured: RegionCode, treatment: RegionCode, day: date) -> int:
    """Return the number under which the claims of two regions and a day are found."""
    return day.toordinal() * _PAIRS + int(insured) * _CODES + int(treatment)


def _regions_and_day(number: int) -> dict[str, object]:
    """Return what a corridor's day says of its claims. Raises: ValueError where it is none."""
    ordinal, pair = divmod(number, _PAIRS)
    insured, treatment = divmod(pair, _CODES)
    return {
        "insured_region": f"{insured:06d}",
        "treatment_region": f"{treatment:06d}",
        "on": date.fromordinal(ordinal),
    }


def settled_columns(
    positions: Sequence[int], claims: Sequence[Claim | ClaimSettled | Settled]
) -> SettledColumns:
    """Return claims as they were settled as columns of rows, each claim at its position."""
    ids = [each.claim_id for each in claims]
    days = list(starmap(corridor_day, map(_REGIONS_AND_DAY, claims)))
    stored = _ENCODER.encode_lines(map(_PARTS, claims)).decode().split("\n")
    return positions, ids, days, stored[:-1]  # each line ends with a "\n"


def row_of(position: int, claim: Claim) -> Row:
    """Return a claim as a row; `life` is empty until something happens to it."""
    life = _ENCODER.encode(_life_of(claim)).decode() if _touched(claim) else None
    (at,), (claim_id,), (day,), (stored,) = settled_columns([position], [claim])
    return at, claim_id, day, stored, life


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
    """Return the claim that a row holds.

    Raises: msgspec.DecodeError, ValueError where it holds none.
    """
    stored = _STORED.decode(row.claim)
    known = {"claim_id": row.claim_id, "outstanding": stored.items, **asdict(stored)}
    known |= _regions_and_day(row.corridor_day)
    if row.life is not None:
        known |= asdict(_LIFE.decode(row.life))
    return Claim(**known)


def marks_as_columns(
    claims: Iterable[ClaimSettled | Settled],
) -> tuple[list[bytes], list[ClaimId]]:
    """Return the marks of claims' visits as columns of `claim_marks`."""
    marks: list[str] = []
    ids: list[ClaimId] = []
    for claim in claims:
        of_claim = marks_of(claim, claim.medfee_sumamt)
        marks += of_claim
        ids += [claim.claim_id] * len(of_claim)
    return keys_of("mark", marks), ids
