"""A corridor's state: totals of its periods, statements, pool. All rules of money are local to it.

Source: commands.md ("Which period an item belongs to"); domain.md 3.2, 3.4.
"""

from collections.abc import Container, Iterable
from dataclasses import dataclass, field, replace
from datetime import date

from ledger.claim import Contribution, new_number
from ledger.digest import MemberDigest
from ledger.events import StatementFigures
from ledger.record import record
from ledger.vocabulary import (
    ClaimId,
    ClearingClass,
    CommandId,
    Corridor,
    Fen,
    Hundredths,
    Period,
    PoolLevel,
    Year,
)


@dataclass(slots=True, kw_only=True)
class Totals:
    """The running sums of one period, changed in place as the events come."""

    visits: int = 0
    medfee_sumamt: int = 0
    employee: int = 0
    resident: int = 0
    deduction: int = 0
    items: int = 0
    digest: MemberDigest = field(default_factory=MemberDigest)

    def add(self, cls: ClearingClass, part: Contribution | None, sign: int = 1) -> None:
        """Put a claim's contribution in, or (sign -1) take it out."""
        if part is None:
            return
        self.visits += sign * part.visits
        self.medfee_sumamt += sign * part.medfee_sumamt
        if cls == "EMPLOYEE":
            self.employee += sign * part.amount
        else:
            self.resident += sign * part.amount
        self.deduction += sign * part.deduction
        self.items += sign * part.items
        self.digest.add(part.line, sign)

    def add_new(
        self, claim_id: ClaimId, cls: ClearingClass, medfee_sumamt: Fen, items: Iterable[Fen]
    ) -> None:
        """Put a new claim in: its `contribution`, without making one, since nearly all are new."""
        amount = sum(items)
        self.add_all_new(cls, medfee_sumamt, amount, 1, new_number(claim_id, cls, amount))

    def add_all_new(
        self, cls: ClearingClass, medfee_sumamt: int, amount: int, visits: int, digest: int
    ) -> None:
        """Put new claims of a class in: what they sum to, and the sum of their numbers."""
        self.visits += visits
        self.medfee_sumamt += medfee_sumamt
        if cls == "EMPLOYEE":
            self.employee += amount
        else:
            self.resident += amount
        self.items += visits
        self.digest.add_number(digest)

    def merge(self, other: "Totals") -> None:
        """Put in what other claims add up to."""
        self.visits += other.visits
        self.medfee_sumamt += other.medfee_sumamt
        self.employee += other.employee
        self.resident += other.resident
        self.deduction += other.deduction
        self.items += other.items
        self.digest.merge(other.digest)

    def without(self, cls: ClearingClass, part: Contribution | None) -> "Totals":
        """Return the totals as they would be without a claim's contribution."""
        rest = replace(self, digest=self.digest.copy())
        rest.add(cls, part, -1)
        return rest

    @property
    def net(self) -> int:
        """Return what the insured region owes for the period; may be negative."""
        return self.employee + self.resident


@record
class MoneyLine:
    """An amount to be moved, and how far it has come."""

    amount: int
    paid: int = 0
    received: int = 0

    @property
    def due(self) -> int:
        """Return what is still to be paid."""
        return self.amount - self.paid

    @property
    def transit(self) -> int:
        """Return what is paid and not yet received."""
        return self.paid - self.received

    @property
    def complete(self) -> bool:
        """Say whether all of it has arrived."""
        return self.received == self.amount


@record
class Statement:
    """A statement's signatures and its line; its figures are the period's totals."""

    generated_on: date
    principal: Fen
    warning_yellow: Hundredths
    warning_red: Hundredths
    level: PoolLevel
    insured_signed: date | None = None
    treatment_signed: date | None = None
    submitted: bool = False
    line: MoneyLine | None = None

    @property
    def signed(self) -> bool:
        """Say whether both sides have confirmed."""
        return self.insured_signed is not None and self.treatment_signed is not None

    @property
    def noticed(self) -> bool:
        """Say whether the line has its notice."""
        return self.line is not None

    @property
    def touched(self) -> bool:
        """Say whether any side has confirmed."""
        return self.insured_signed is not None or self.treatment_signed is not None


@record
class EmergencyRequest:
    """A request for a larger pool; `line` once it is granted."""

    decided: bool = False
    line: MoneyLine | None = None

    @property
    def unpaid(self) -> bool:
        """Say whether it is undecided, or granted and not paid in full."""
        return not self.decided or (self.line is not None and self.line.due > 0)

    @property
    def running(self) -> bool:
        """Say whether it is undecided, or granted and not yet received in full."""
        return not self.decided or (self.line is not None and not self.line.complete)


@record
class Pool:
    """The advance of one corridor; `returns` says that the annual line is paid back."""

    quota: int
    principal: int
    sized_years: tuple[Year, ...] = ()
    line: MoneyLine | None = None
    returns: bool = False
    requests: dict[CommandId, EmergencyRequest] = field(default_factory=dict)


@record
class HeldClaim:
    """A claim in no period: the one it left, and how many statements it has missed."""

    period: Period
    deferrals: int


@dataclass(slots=True, kw_only=True)
class CorridorState:
    """All that decides about one corridor, but its claims."""

    pool: Pool | None = None
    totals: dict[Period, Totals] = field(default_factory=dict)
    statements: dict[Period, Statement] = field(default_factory=dict)
    held: dict[ClaimId, HeldClaim] = field(default_factory=dict)

    @property
    def principal(self) -> Fen:
        """Return the pool's principal; 0 where there is no pool."""
        return Fen(self.pool.principal if self.pool else 0)

    def total(self, period: Period) -> Totals:
        """Return a period's totals."""
        return self.totals.get(period) or Totals()

    def total_to_change(self, period: Period) -> Totals:
        """Return a period's totals for the fold to change."""
        totals = self.totals.get(period)
        if totals is None:
            totals = self.totals[period] = Totals()
        return totals

    def unstated_before(self, period: Period, closed: Container[Period]) -> bool:
        """Say whether anything lies in an earlier period that is not stated."""
        return any(
            earlier < period
            and totals.items > 0
            and earlier not in self.statements
            and earlier not in closed
            for earlier, totals in self.totals.items()
        )


def level_of(net: int, principal: int, yellow: int, red: int) -> PoolLevel:
    """Return the warning level of a pool by exact comparison (F3, F4); levels in hundredths."""
    if principal == 0:
        return "RED" if net > 0 else "NORMAL"
    usage = max(net, 0) * 100
    if usage >= red * principal:
        return "RED"
    return "YELLOW" if usage >= yellow * principal else "NORMAL"


def figures_of(totals: Totals, principal: Fen, level: PoolLevel) -> StatementFigures:
    """Return what a statement says of a period's totals."""
    return StatementFigures(
        visits=totals.visits,
        medfee_sumamt=Fen(totals.medfee_sumamt),
        employee=totals.employee,
        resident=totals.resident,
        deduction=totals.deduction,
        items=totals.items,
        digest=totals.digest.hex(),
        principal=principal,
        level=level,
    )


def name_of(key: Corridor) -> str:
    """Return a corridor as people read it."""
    return f"{key.insured_region} to {key.treatment_region} ({key.scheme})"


def with_paid(line: MoneyLine, amount: int) -> MoneyLine:
    """Return the line with more paid."""
    return replace(line, paid=line.paid + amount)


def with_received(line: MoneyLine, amount: int) -> MoneyLine:
    """Return the line with more received."""
    return replace(line, received=line.received + amount)
