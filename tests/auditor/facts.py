"""Everything that happened, as plain dated facts, and what follows from them at any moment.

Lists only grow. A command looks at all of them (the order of the log decides), a report as of
a day looks at those whose business date is not after that day.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple

from . import codes

ZERO = Decimal("0.00")
FEN = Decimal("0.01")
EVER = date.max


class Refused(Exception):
    """A check failed: the reason of the contract, and the field it names, if any."""

    def __init__(self, reason: str, field: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.field = field


class NoCalendar(Exception):
    """A year whose working days are asked for has no calendar."""


class Corridor(NamedTuple):
    scheme: str
    insured: str
    treatment: str


class Account(NamedTuple):
    family: str
    counterparty: str | None = None
    clearing_class: str | None = None
    item: str | None = None
    institution: str | None = None


class Posting(NamedTuple):
    on: date
    book: str
    account: Account
    amount: Decimal  # debit positive


class Money(NamedTuple):
    on: date
    amount: Decimal


@dataclass
class Item:
    """An amount booked to a claim: its settlement, or a change; negative ones carry minus."""

    kind: str  # settle, reverse, deduct, release, refund, recover
    on: date
    amounts: dict[str, Decimal]
    period: str | None  # None while its claim is held
    command_id: str
    deduction: str | None = None

    def total(self) -> Decimal:
        return sum(self.amounts.values(), ZERO)


@dataclass
class Claim:
    claim_id: str
    corridor: Corridor
    on: date
    clearing_class: str
    sent: dict[str, Any]
    period: str | None
    items: list[Item] = field(default_factory=list)
    held: bool = False
    deferrals: int = 0
    inquiry: str | None = None  # opened, answered, confirmed

    @property
    def reversed(self) -> bool:
        return any(item.kind == "reverse" for item in self.items)

    @property
    def parts(self) -> dict[str, Decimal]:
        """What is payable between the regions, item by item, as it was settled."""
        return self.items[0].amounts

    @property
    def payable(self) -> Decimal:
        return sum(self.parts.values(), ZERO)

    @property
    def medfee(self) -> Decimal:
        return Decimal(self.sent["medfee_sumamt"])

    def outstanding(self) -> dict[str, Decimal]:
        left = {}
        for name in self.parts:
            left[name] = sum((item.amounts.get(name, ZERO) for item in self.items), ZERO)
        return left


@dataclass
class Line:
    """Money that one region has to move to the other: an advance line or a clearing line."""

    amount: Decimal
    returns: bool = False  # from the treatment region to the insured region
    paid: list[Money] = field(default_factory=list)
    received: list[Money] = field(default_factory=list)

    def done(self) -> bool:
        return total(self.paid) == self.amount and total(self.received) == self.amount


@dataclass
class Request:
    """An emergency increase of one pool; the decision makes its line."""

    on: date
    period: str
    decided: Money | None = None
    line: Line | None = None


@dataclass
class Pool:
    on: date
    principal: Decimal
    quotas: list[tuple[date, str, Decimal]] = field(default_factory=list)  # "set" or "add"
    years: list[int] = field(default_factory=list)
    line: Line | None = None  # the annual line, that of the last sizing
    requests: dict[str, Request] = field(default_factory=dict)


class Member(NamedTuple):
    """One item of a statement, as it was when the statement was made."""

    claim_id: str
    clearing_class: str
    kind: str
    amount: Decimal
    medfee: Decimal


@dataclass
class Statement:
    corridor: Corridor
    period: str
    on: date
    members: list[Member]
    principal: Decimal
    yellow: Decimal
    red: Decimal
    disputes: list[tuple[date, str]] = field(default_factory=list)
    confirmed: dict[str, date] = field(default_factory=dict)
    notice: dict[str, date] | None = None  # on, submit_due, pay_due
    submitted: list[date] = field(default_factory=list)
    line: Line | None = None  # from the notice on

    def taken(self, as_of: date = EVER) -> list[Member]:
        """The items in it: those of its making without those disputed since.

        As of a day between two disputes it is without the claims disputed up to that day,
        whichever of the two came first.
        """
        out = {claim_id for on, claim_id in self.disputes if on <= as_of}
        return [member for member in self.members if member.claim_id not in out]

    def net(self, clearing_class: str | None = None, as_of: date = EVER) -> Decimal:
        return sum(
            (
                member.amount
                for member in self.taken(as_of)
                if clearing_class in (None, member.clearing_class)
            ),
            ZERO,
        )

    def level(self, as_of: date = EVER) -> str:
        net = max(self.net(as_of=as_of), ZERO)
        if self.principal == 0:
            return "RED" if net > 0 else "NORMAL"
        if net >= self.red * self.principal:
            return "RED"
        return "YELLOW" if net >= self.yellow * self.principal else "NORMAL"

    def usage_percent(self, as_of: date = EVER) -> str | None:
        if self.principal == 0:
            return None
        usage = max(self.net(as_of=as_of), ZERO) * 100 / self.principal
        return str(usage.quantize(Decimal("0.0001"), ROUND_HALF_UP))

    def both_confirmed(self) -> bool:
        return len(self.confirmed) == 2


@dataclass
class Break:
    break_id: str
    category: str
    claim_id: str
    corridor: Corridor
    difference: Decimal
    opened_on: date
    life: list[tuple[date, str, str]] = field(default_factory=list)  # day, step, text

    def resolved(self) -> bool:
        return any(step == "resolve" for _, step, _ in self.life)

    def escalated(self) -> bool:
        return any(step == "escalate" for _, step, _ in self.life)


def total(moneys: Iterable[Money], as_of: date = EVER) -> Decimal:
    return sum((money.amount for money in moneys if money.on <= as_of), ZERO)


def round2(amount: Decimal) -> Decimal:
    return amount.quantize(FEN, ROUND_HALF_UP)


def round_up2(amount: Decimal) -> Decimal:
    return amount.quantize(FEN, ROUND_CEILING)


def month_of(on: date) -> str:
    return f"{on.year:04}{on.month:02}"


def later_month(period: str, months: int) -> tuple[int, int]:
    """Year and month so many months after a period; a tuple, since a year 10000 is no date."""
    count = int(period[:4]) * 12 + int(period[4:]) - 1 + months
    return count // 12, count % 12 + 1


def next_period(period: str) -> str:
    year, month = later_month(period, 1)
    return f"{year:04}{month:02}"


def reached(on: date, period: str, months: int, day: int) -> bool:
    """Whether `on` is at or after that day of the month so many months after the period.

    A day that the month has not (31 April) is reached on the first of the month after it.
    """
    return (on.year, on.month, on.day) >= (*later_month(period, months), day)


def spread(amount: Decimal, over: dict[str, Decimal]) -> dict[str, Decimal]:
    """Pro rata in fen, largest remainder first, ties in the order of the field list."""
    fen = int(amount * 100)
    open_fen = {name: int(over[name] * 100) for name in codes.ITEMS if over.get(name, ZERO) > 0}
    whole = sum(open_fen.values())
    shares = {name: fen * part // whole for name, part in open_fen.items()}
    left = fen - sum(shares.values())
    by_remainder = sorted(open_fen, key=lambda name: -(fen * open_fen[name] % whole))
    for name in by_remainder[:left]:
        shares[name] += 1
    return {name: Decimal(share) / 100 for name, share in shares.items() if share}


@dataclass
class Facts:
    regions: dict[str, dict[str, Any]] = field(default_factory=dict)
    calendars: list[tuple[date, dict[str, Any]]] = field(default_factory=list)
    parameters: list[dict[str, Any]] = field(default_factory=list)
    books: dict[str, date] = field(default_factory=dict)
    postings: list[Posting] = field(default_factory=list)
    claims: dict[str, Claim] = field(default_factory=dict)
    manuals: list[dict[str, Any]] = field(default_factory=list)
    pools: dict[Corridor, Pool] = field(default_factory=dict)
    statements: list[Statement] = field(default_factory=list)  # in the order of the log
    closed_periods: dict[tuple[str, str], date] = field(default_factory=dict)
    closed_years: dict[tuple[str, int], date] = field(default_factory=dict)
    hospital: list[tuple[Corridor, Money]] = field(default_factory=list)  # recovered: minus
    reported: dict[tuple[Corridor, str, str], list[dict[str, Any]]] = field(default_factory=dict)
    breaks: dict[str, Break] = field(default_factory=dict)
    accepted: set[str] = field(default_factory=set)  # ids of the accepted commands

    # -- money ------------------------------------------------------------------------------

    def move(self, on: date, book: str, debit: Account, credit: Account, amount: Decimal) -> None:
        """Two legs in one book; a negative amount turns them round, 0.00 leaves no trace."""
        if amount:
            self.postings.append(Posting(on, book, debit, amount))
            self.postings.append(Posting(on, book, credit, -amount))

    def balance(
        self, book: str, family: str, counterparty: str | None = None, as_of: date = EVER
    ) -> Decimal:
        return sum(
            (
                posting.amount
                for posting in self.postings
                if posting.on <= as_of
                and posting.book == book
                and posting.account.family == family
                and counterparty in (None, posting.account.counterparty)
            ),
            ZERO,
        )

    def principal(self, corridor: Corridor, as_of: date = EVER) -> Decimal:
        return -self.balance(corridor.treatment, "ADV.POOL", corridor.insured, as_of)

    # -- regions ----------------------------------------------------------------------------

    def above(self, code: str) -> list[str]:
        """The region itself, its parent, the parent of that."""
        line = [code]
        while (parent := self.regions[line[-1]]["parent"]) is not None:
            line.append(parent)
        return line

    def derived_scheme(self, insured: str, treatment: str) -> str | None:
        one, other = self.above(insured), self.above(treatment)
        if len(one) != len(other):
            return None
        if len(one) == 1:
            return "CROSS_PROVINCE"
        if one[-1] != other[-1]:
            return None
        return "INTRA_PREFECTURE" if one[1] == other[1] and len(one) == 3 else "INTRA_PROVINCE"

    def one_pool(self, insured: str, treatment: str) -> bool:
        shared = set(self.above(insured)) & set(self.above(treatment))
        return insured == treatment or any(self.regions[code]["single_pool"] for code in shared)

    def corridor(self, insured: str, treatment: str, scheme: str | None) -> Corridor:
        if insured not in self.regions:
            raise Refused("unknown_region", "insured_region")
        if treatment not in self.regions:
            raise Refused("unknown_region", "treatment_region")
        if self.one_pool(insured, treatment):
            raise Refused("not_cross_region")
        derived = self.derived_scheme(insured, treatment)
        if derived is None:
            raise Refused("scheme_mismatch")
        if scheme not in (None, derived):
            raise Refused("scheme_mismatch", "scheme")
        return Corridor(derived, insured, treatment)

    def corridors(self, scheme: str) -> list[Corridor]:
        """Those of a scheme that have a pool or ever had a claim, in the order of the codes."""
        known = set(self.pools) | {claim.corridor for claim in self.claims.values()}
        return sorted(corridor for corridor in known if corridor.scheme == scheme)

    # -- time -------------------------------------------------------------------------------

    def parameter(self, name: str, on: date) -> Decimal:
        """The one with the latest effective_from not after `on`, of one day the last sent."""
        value, since = codes.PARAMETERS[name], date.min
        for sent in self.parameters:
            effective = date.fromisoformat(sent["effective_from"])
            if sent["name"] == name and since <= effective <= on:
                value, since = Decimal(sent["value"]), effective
        return value

    def works(self, on: date, as_of: date = EVER) -> bool:
        calendar = None
        for published, each in self.calendars:
            if each["year"] == on.year and published <= as_of:
                calendar = each
        if calendar is None:
            raise NoCalendar(on.year)
        if on.isoformat() in calendar["holidays"]:
            return False
        return on.weekday() < 5 or on.isoformat() in calendar["makeup_workdays"]

    def add_working_days(self, on: date, count: Decimal) -> date:
        """The day after the start is 1; a year without calendar on the way is a fault."""
        while count > 0:
            on += timedelta(days=1)
            count -= self.works(on)
        return on

    def deadlines(self, on: date) -> dict[str, date]:
        """F7, with the parameters of the day of the command."""
        try:
            submit = self.add_working_days(on, self.parameter("submit_working_days", on))
            pay = self.add_working_days(submit, self.parameter("pay_working_days", on))
        except NoCalendar:
            raise Refused("calendar_missing") from None
        return {"on": on, "submit_due": submit, "pay_due": pay}

    # -- statements and periods ---------------------------------------------------------------

    def statement(self, corridor: Corridor, period: str) -> Statement | None:
        for statement in self.statements:
            if statement.corridor == corridor and statement.period == period:
                return statement
        return None

    def closed(self, corridor: Corridor, period: str) -> bool:
        return (corridor.scheme, period) in self.closed_periods

    def stated(self, corridor: Corridor, period: str) -> bool:
        """A closed period counts as stated, also for a corridor that begins later."""
        return self.closed(corridor, period) or self.statement(corridor, period) is not None

    def first_open(self, corridor: Corridor, period: str) -> str:
        while self.stated(corridor, period):
            period = next_period(period)
        return period

    def claims_of(self, corridor: Corridor) -> list[Claim]:
        return [claim for claim in self.claims.values() if claim.corridor == corridor]

    # -- breaks -----------------------------------------------------------------------------

    def breaks_of(self, claim_id: str) -> list[Break]:
        return [each for each in self.breaks.values() if each.claim_id == claim_id]

    def open_break(
        self, category: str, claim_id: str, corridor: Corridor, difference: Decimal, on: date
    ) -> None:
        """One that is open is not opened again; a further one of its kind is #2, #3."""
        same = [each for each in self.breaks_of(claim_id) if each.category == category]
        if any(not each.resolved() for each in same):
            return
        number = f"#{len(same) + 1}" if same else ""
        break_id = f"{category}:{claim_id}{number}"
        self.breaks[break_id] = Break(break_id, category, claim_id, corridor, difference, on)
