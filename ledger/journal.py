"""Posting rules: what an event moves in each region's book. Source: domain.md 5.1, 5.2.

A posting is a move from one account of a book to another, so a book cannot be unbalanced.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple, NewType, TypeAlias

from ledger.commands import HospitalLine
from ledger.events import (
    AdvanceInterestCredited,
    AdvancePaid,
    AdvanceReceived,
    AdvanceReturnPaid,
    AdvanceReturnReceived,
    BookOpened,
    ClaimAdjusted,
    ClaimDeductionReleased,
    ClaimSettled,
    ClearingPaid,
    ClearingReceived,
    ClearingStatementConfirmed,
    Event,
    HospitalPaid,
    HospitalRecovered,
    OfAdvanceLine,
    OfClearingLine,
    PoolOpened,
    ReturnPaid,
    ReturnReceived,
)
from ledger.vocabulary import ClearingClass, Family, Item, RegionCode

Account = NewType("Account", str)
"""Book, family, counterparty, class, item and institution, joined by "/"; empty where a family
has not that dimension. One string, since its hash is kept and a fold looks it up all day.
"""


def account(  # noqa: PLR0917 -- one for each dimension
    book: str,
    family: Family,
    counterparty: str = "",
    clearing_class: str = "",
    item: str = "",
    institution: str = "",
) -> Account:
    """Return an account by its dimensions. Source: commands.md, "Accounts"."""
    return Account(f"{book}/{family}/{counterparty}/{clearing_class}/{item}/{institution}")


def dimensions(code: Account) -> tuple[str, str, str, str, str, str]:
    """Return book, family, counterparty, clearing class, item, institution."""
    book, family, counterparty, clearing_class, item, institution = code.split("/", 5)
    return book, family, counterparty, clearing_class, item, institution


class Posting(NamedTuple):
    """A move of `amount` fen (above 0) inside one book: debit and credit are its accounts."""

    debit: Account
    credit: Account
    amount: int


Journal: TypeAlias = tuple[Posting, ...]
_CLASSES: Final[tuple[ClearingClass, ...]] = ("EMPLOYEE", "RESIDENT")


_ADDS: Final = (ClaimSettled, ClaimDeductionReleased)


Care: TypeAlias = tuple[RegionCode, RegionCode, ClearingClass, str]
"""Whose care it is: insured and treatment region, class, institution."""


def care_of(event: ClaimSettled | ClaimAdjusted) -> tuple[Care, int]:
    """Return whose care a claim's event is about, and the sign of its items."""
    care = (event.insured_region, event.treatment_region, event.clearing_class, event.institution)
    return care, 1 if isinstance(event, _ADDS) else -1


def care_postings(care: Care, items: Iterable[tuple[Item, int]]) -> Journal:
    """Return the postings of care, item by item and as a whole; a sum below 0 turns round."""
    i, t, cls, institution = care
    accrued = account(i, "PAY.ACCRUED", t, cls)
    sums = list(items)
    total = sum(amount for _, amount in sums)
    lines = [(account(i, "EXP", t, cls, item), accrued, amount) for item, amount in sums]
    advanced = account(t, "ADV.CARE", i, cls)
    hospital = account(t, "PAY.HOSP", i, institution=institution)
    lines.append((advanced, hospital, total))
    return tuple(
        Posting(debit, credit, amount) if amount > 0 else Posting(credit, debit, -amount)
        for debit, credit, amount in lines
        if amount
    )


def postings(event: Event) -> Journal:
    """Return what an event moves, in both regions' books; nothing of 0.00."""
    match event:
        case ClaimSettled() | ClaimAdjusted():
            care, sign = care_of(event)
            return care_postings(care, [(k, sign * v) for k, v in event.items.items()])
        case ClearingStatementConfirmed():
            return tuple(_statement_lines(event))
        case HospitalPaid() | HospitalRecovered():
            return tuple(_hospital_line(event, line) for line in event.lines if line.amount)
        case _:
            return tuple(move for move in _moves(event) if move.amount)


def _statement_lines(event: ClearingStatementConfirmed) -> Iterator[Posting]:
    """Book a line class by class; a class of the other sign goes the other way round."""
    if not event.booked:
        return
    i, t = event.insured_region, event.treatment_region
    owes = event.employee + event.resident > 0
    for cls, amount in zip(_CLASSES, (event.employee, event.resident), strict=True):
        accrued = account(i, "PAY.ACCRUED", t, cls)
        care = account(t, "ADV.CARE", i, cls)
        if owes:
            pairs = ((accrued, account(i, "PAY.CLEAR", t)), (account(t, "RECV.CLEAR", i), care))
        else:
            pairs = ((accrued, account(i, "RECV.RETURN", t)), (account(t, "PAY.RETURN", i), care))
        for debit, credit in pairs:
            if amount > 0:
                yield Posting(debit, credit, amount)
            elif amount < 0:
                yield Posting(credit, debit, -amount)


def _hospital_line(event: HospitalPaid | HospitalRecovered, line: HospitalLine) -> Posting:
    book = event.treatment_region
    hospital = account(book, "PAY.HOSP", line.insured_region, institution=event.institution)
    cash = account(book, "CASH")
    if isinstance(event, HospitalPaid):
        return Posting(hospital, cash, line.amount)
    return Posting(cash, hospital, line.amount)


def _moves(event: Event) -> Journal:
    """Return the postings of events that move one amount."""
    match event:
        case BookOpened():
            book = event.region
            return (_move(book, account(book, "CASH"), "FUND.OPENING", event.cash),)
        case AdvanceInterestCredited():
            book = event.region
            return (_move(book, account(book, "CASH"), "INC.INTEREST", event.amount),)
        case PoolOpened():
            i, t, amount = event.insured_region, event.treatment_region, event.principal
            pool = account(t, "ADV.POOL", i)
            return (
                _move(i, account(i, "ADV.PREPAID", t), "FUND.OPENING", amount),
                Posting(account(t, "FUND.OPENING"), pool, amount),
            )
        case OfAdvanceLine() | OfClearingLine():
            return (_cash(event),)
        case _:
            return ()


def _move(book: RegionCode, debit: Account, credit: Family, amount: int) -> Posting:
    return Posting(debit, account(book, credit), amount)


_CASH: Final[Mapping[type[OfAdvanceLine | OfClearingLine], tuple[bool, Family, bool]]] = {
    AdvancePaid: (True, "ADV.PREPAID", True),
    AdvanceReceived: (False, "ADV.POOL", False),
    AdvanceReturnPaid: (False, "ADV.POOL", True),
    AdvanceReturnReceived: (True, "ADV.PREPAID", False),
    ClearingPaid: (True, "PAY.CLEAR", True),
    ClearingReceived: (False, "RECV.CLEAR", False),
    ReturnPaid: (False, "PAY.RETURN", True),
    ReturnReceived: (True, "RECV.RETURN", False),
}
"""Money between regions: whether the insured region's cash moves, against what, whether it pays."""


def _cash(event: OfAdvanceLine | OfClearingLine) -> Posting:
    insured, family, pays = _CASH[type(event)]
    book, other = event.insured_region, event.treatment_region
    if not insured:
        book, other = other, book
    line, cash = account(book, family, other), account(book, "CASH")
    debit, credit = (line, cash) if pays else (cash, line)
    return Posting(debit, credit, event.amount)
