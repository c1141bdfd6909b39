"""A claim's life: what is outstanding, in which period it counts, whether it is held.

Every amount that a claim adds to a corridor's period is its `contribution`; an event changes a
period's totals by the contribution after less the one before. Source: domain.md 3.1, F5.
"""

from collections.abc import Mapping
from dataclasses import field, replace
from datetime import date
from typing import Final, Literal, TypeAlias

from ledger.digest import number_of
from ledger.events import (
    ClaimAdjusted,
    ClaimAuditDeducted,
    ClaimDeductionReleased,
    ClaimReleased,
    ClaimReversed,
    ClaimSettled,
)
from ledger.period import period_of
from ledger.record import record
from ledger.vocabulary import (
    ITEMS,
    ClaimId,
    ClearingClass,
    CommandId,
    Corridor,
    Fen,
    Item,
    MedType,
    Period,
    RegionCode,
    Scheme,
)

Inquiry: TypeAlias = Literal["OPENED", "ANSWERED", "CONFIRMED"]


@record
class Booked:
    """What was taken off a claim in one period; `deduction` is the audit's part of it."""

    entries: int = 0
    negative: int = 0
    deduction: int = 0

    def plus(self, other: "Booked") -> "Booked":
        """Return both together."""
        return Booked(
            entries=self.entries + other.entries,
            negative=self.negative + other.negative,
            deduction=self.deduction + other.deduction,
        )


@record
class Contribution:
    """What one claim brings into one period of its corridor."""

    visits: int
    medfee_sumamt: int
    amount: int
    deduction: int
    items: int
    line: str


@record
class Claim:
    """A claim as folded; `period` is None while it is held.

    `items` is what cleared at first, `outstanding` what is left of it, both in the order of the
    field list.
    """

    claim_id: ClaimId
    scheme: Scheme
    insured_region: RegionCode
    treatment_region: RegionCode
    institution: str
    clearing_class: ClearingClass
    med_type: MedType
    on: date
    medfee_sumamt: Fen
    psn_cash_pay: Fen
    items: Mapping[Item, Fen]
    outstanding: Mapping[Item, Fen]
    period: Period | None
    booked: Mapping[Period, Booked] = field(default_factory=dict)
    aside: Booked | None = None
    deductions: Mapping[CommandId, Mapping[Item, Fen]] = field(default_factory=dict)
    reversed: bool = False
    deferrals: int = 0
    inquiry: Inquiry | None = None

    @property
    def corridor(self) -> Corridor:
        """Return the corridor that the claim belongs to."""
        return Corridor(self.scheme, self.insured_region, self.treatment_region)

    @property
    def month(self) -> Period:
        """Return the month of the settlement date."""
        return period_of(self.on)

    @property
    def payable(self) -> Fen:
        """Return fund and account together (F11)."""
        return Fen(sum(self.items.values()))

    @property
    def acct_pay(self) -> Fen:
        """Return the part of the personal account."""
        return self.items.get("acct_pay", Fen(0))

    @property
    def left(self) -> int:
        """Return what is outstanding in all."""
        return sum(self.outstanding.values())

    @property
    def cleared_payable(self) -> int:
        """Return the payable as reconciliation sees it: 0 once reversed."""
        return 0 if self.reversed else self.payable


_NOTHING: Final = Booked()


def settled(event: ClaimSettled) -> Claim:
    """Return the claim that a settlement begins."""
    return Claim(
        claim_id=event.claim_id,
        scheme=event.scheme,
        insured_region=event.insured_region,
        treatment_region=event.treatment_region,
        institution=event.institution,
        clearing_class=event.clearing_class,
        med_type=event.med_type,
        on=event.on,
        medfee_sumamt=event.medfee_sumamt,
        psn_cash_pay=event.psn_cash_pay,
        items=event.items,
        outstanding=event.items,
        period=event.period,
    )


def contribution(claim: Claim, period: Period) -> Contribution | None:
    """Return what a claim brings into a period, or None if nothing of it is there."""
    booked = claim.booked.get(period, _NOTHING)
    here = claim.period == period
    if not here and not booked.entries:
        return None
    counts = here and not claim.reversed
    amount = (claim.payable if counts else 0) - booked.negative
    items = (1 + claim.reversed if here else 0) + booked.entries
    return Contribution(
        visits=int(counts),
        medfee_sumamt=claim.medfee_sumamt if counts else 0,
        amount=amount,
        deduction=booked.deduction,
        items=items,
        line=member_line(claim.claim_id, claim.clearing_class, amount, booked.deduction, items),
    )


def member_line(
    claim_id: ClaimId, cls: ClearingClass, amount: int, deduction: int, items: int
) -> str:
    """Return a claim's line as the digest of a statement takes it in."""
    return f"{claim_id}|{cls}|{amount}|{deduction}|{items}"


def new_number(claim_id: ClaimId, cls: ClearingClass, amount: int) -> int:
    """Return the number of a new claim's line, to which nothing has happened: nearly all are new.

    The line is that of `member_line(claim_id, cls, amount, 0, 1)`, without a call.
    """
    return number_of(f"{claim_id}|{cls}|{amount}|0|1")


def adjusted(claim: Claim, event: ClaimAdjusted) -> Claim:
    """Return the claim after money moved on it."""
    if isinstance(event, ClaimReversed):
        return replace(claim, reversed=True, outstanding=dict.fromkeys(claim.outstanding, Fen(0)))
    sign = -1 if isinstance(event, ClaimDeductionReleased) else 1
    audit = isinstance(event, ClaimAuditDeducted | ClaimDeductionReleased)
    amount = sign * sum(event.items.values())
    entry = Booked(entries=1, negative=amount, deduction=amount if audit else 0)
    booked = dict(claim.booked)
    booked[event.period] = booked.get(event.period, _NOTHING).plus(entry)
    return replace(
        claim,
        outstanding=_less(claim.outstanding, event.items, sign),
        booked=booked,
        deductions=_deductions(claim, event),
    )


def held(claim: Claim, period: Period) -> Claim:
    """Return the claim out of its period, with what was booked to that."""
    booked = dict(claim.booked)
    aside = booked.pop(period, _NOTHING)
    return replace(claim, period=None, booked=booked, aside=aside)


def released(claim: Claim, event: ClaimReleased) -> Claim:
    """Return the claim in its new period."""
    booked = dict(claim.booked)
    if claim.aside is not None and claim.aside.entries:
        booked[event.period] = booked.get(event.period, _NOTHING).plus(claim.aside)
    return replace(claim, period=event.period, booked=booked, aside=None, deferrals=event.deferrals)


def _less(items: Mapping[Item, Fen], parts: Mapping[Item, Fen], sign: int) -> dict[Item, Fen]:
    return {item: Fen(left - sign * parts.get(item, 0)) for item, left in items.items()}


def _deductions(claim: Claim, event: ClaimAdjusted) -> Mapping[CommandId, Mapping[Item, Fen]]:
    match event:
        case ClaimAuditDeducted():
            return {**claim.deductions, event.deduction: dict(event.items)}
        case ClaimDeductionReleased():
            rest = _less(claim.deductions[event.deduction], event.items, 1)
            return {**claim.deductions, event.deduction: rest}
        case _:
            return claim.deductions


def in_field_order(items: Mapping[Item, Fen]) -> dict[Item, Fen]:
    """Return the items above 0.00 in the order of the field list."""
    return {item: items[item] for item in ITEMS if items.get(item)}
