"""The generator's own sums: what the books must say, added up beside the commands.

Nothing here comes from the ledger's rules; it is a second reading of the same contract. Amounts
are fen, months are numbered from the plan's first.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from ledger.vocabulary import FAMILIES, Family, Fen, RegionCode

EMPLOYEE: Final = 0
RESIDENT: Final = 1
YELLOW: Final = 70
RED: Final = 90
"""Warning levels in percent of the principal (F4)."""


@dataclass(slots=True, eq=False)
class Sums:
    """What one corridor has in one month of clearing; `classes` are employees and residents."""

    visits: int = 0
    medfee_sumamt: int = 0
    classes: list[int] = field(default_factory=lambda: [0, 0])
    deduction: int = 0
    items: int = 0

    @property
    def net(self) -> int:
        """Return both classes."""
        return self.classes[EMPLOYEE] + self.classes[RESIDENT]


@dataclass(slots=True, eq=False)
class Line:
    """A statement of one corridor and month, and how its money goes."""

    corridor: "Corridor"
    month: int
    sums: Sums
    principal: int
    signed: set[int] = field(default_factory=set)
    noticed: bool = False
    submit_due: date | None = None
    pay_due: date | None = None
    submitted: bool = False
    paid: int = 0
    received: int = 0
    paid_on: date | None = None
    received_on: date | None = None

    @property
    def level(self) -> str:
        """Return the warning level of its usage (F3, F4)."""
        net = max(self.sums.net, 0)
        if self.principal == 0:
            return "RED" if net else "NORMAL"
        if 100 * net >= RED * self.principal:
            return "RED"
        return "YELLOW" if 100 * net >= YELLOW * self.principal else "NORMAL"

    @property
    def usage_percent(self) -> str | None:
        """Return how much of the principal is used, four decimals half up; None without one."""
        if not self.principal:
            return None
        parts = (20_000 * 100 * max(self.sums.net, 0) + self.principal) // (2 * self.principal)
        return f"{parts // 10_000}.{parts % 10_000:04d}"

    @property
    def complete(self) -> bool:
        """Say whether nothing is left to do on it but closing."""
        if len(self.signed) < 2:
            return False
        return not self.sums.net or (self.noticed and self.received == abs(self.sums.net))


@dataclass(slots=True, eq=False)
class Request:
    """An emergency request; `approved` is None until it is decided."""

    command_id: str
    approved: int | None = None
    paid: int = 0
    received: int = 0

    @property
    def running(self) -> bool:
        """Say whether money may still come of it."""
        return self.approved is None or self.received < self.approved


@dataclass(slots=True, eq=False)
class Corridor:
    """People insured in `i` and treated in `t`, and the pool between them."""

    i: int
    t: int
    codes: tuple[RegionCode, RegionCode]
    months: int
    hospitals: list[int]
    """What t owes each of its institutions for i's people; since when does not matter."""
    care: list[int] = field(default_factory=list)
    """What care moved by the month of its date."""
    periods: dict[int, Sums] = field(default_factory=dict)
    lines: dict[int, Line] = field(default_factory=dict)
    last_line: Line | None = None
    quota: int = 0
    principal: int = 0
    transit: int = 0
    in_use: int = 0
    request: Request | None = None
    to_size: int | None = None
    """The year of a sizing that waits for an emergency request."""

    def __post_init__(self) -> None:
        """Begin with nothing."""
        self.care = [0] * self.months

    def sums(self, period: int) -> Sums:
        """Return the sums of a month of clearing, made when it is first asked for."""
        found = self.periods.get(period)
        if found is None:
            found = self.periods[period] = Sums()
        return found

    @property
    def fields(self) -> dict[str, str]:
        """Return the corridor as commands and reports name it."""
        return {"insured_region": self.codes[0], "treatment_region": self.codes[1]}


class Accounts:
    """Moves of all families but those of care, by region and month; debit positive."""

    def __init__(self, regions: int, months: int) -> None:
        """Begin with nothing."""
        self._regions = regions
        self._moves = [defaultdict[tuple[int, Family], int](int) for _ in range(months)]

    def move(self, month: int, region: int, debit: Family, credit: Family, amount: int) -> None:
        """Book an amount in one region's book; a negative one the other way round."""
        self._moves[month][region, debit] += amount
        self._moves[month][region, credit] -= amount

    def balances(self, corridors: list[Corridor]) -> Iterator[list[dict[Family, Fen]]]:
        """Return, for the end of each month, what each region's families hold."""
        held = [dict.fromkeys(FAMILIES, 0) for _ in range(self._regions)]
        for month, moves in enumerate(self._moves):
            for (region, family), amount in moves.items():
                held[region][family] += amount
            for corridor in corridors:
                amount = corridor.care[month]
                held[corridor.i]["EXP"] += amount
                held[corridor.i]["PAY.ACCRUED"] -= amount
                held[corridor.t]["ADV.CARE"] += amount
                held[corridor.t]["PAY.HOSP"] -= amount
            yield [{family: Fen(amount) for family, amount in book.items()} for book in held]
