"""A history in the making: where it plays, what has been sent, and how things are chosen."""

import random
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from . import codes
from .auditor import Auditor
from .facts import ZERO, Claim, Corridor, Facts

Fields = dict[str, Any]
T = TypeVar("T")

TODAY = date(2026, 1, 1)  # every stream is over by then; its commands of the future are later
PROVINCES = ("340000", "310000", "320000", "510000", "360000", "430000", "620000", "650000")
SINGLE_POOL = "460000"
BELOW = {  # of the first province, and of the one that is a single pool
    "340100": "340000",
    "340200": "340000",
    "340101": "340100",
    "340102": "340100",
    "340201": "340200",
    "340202": "340200",
    "460100": SINGLE_POOL,
    "460200": SINGLE_POOL,
}
LOWER_PAIRS = (
    ("340100", "340200"),
    ("340200", "340100"),
    ("340101", "340102"),
    ("340102", "340101"),
    ("340101", "340201"),
    ("340201", "340101"),
)
WITHOUT_BOOK = ("340202", "460100", "460200")
VALUES = {
    "warning_yellow": ("0.70", "0.60", "0.75"),
    "warning_red": ("0.90", "0.85", "0.95"),
    "sizing_months": ("2", "3", "2.00"),
    "submit_working_days": ("5", "4"),
    "pay_working_days": ("10", "8"),
    "feedback_working_days": ("5", "6"),
    "emergency_window_working_days": ("3", "4"),
    "inquiry_minimum": ("30000.00", "20000", "29999.99"),
    "max_deferrals": ("2", "1", "0"),
    "statement_day": ("21", "20", "22"),
    "confirm_day": ("25", "24"),
}


def text(amount: Decimal) -> str:
    return f"{amount:.2f}"


class Maker:
    """A history in the making: the lines so far, and the auditor that has taken them."""

    def __init__(self, seed: int, provinces: int, months: int) -> None:
        self.rng = random.Random(f"stream {seed}")
        self.auditor = Auditor(TODAY)
        self.lines: list[dict[str, Any] | bytes] = []
        self.serial = 0
        last = TODAY.year - 1 - (months + 10) // 12  # so that all months are over by then
        self.start = date(last - self.rng.randint(0, 2), 10, 1)
        self.day = self.start
        self.members = [*PROVINCES[: max(provinces, 2) - 1], SINGLE_POOL]
        cross = [(one, other) for one in self.members for other in self.members if one != other]
        self.pairs = cross * 3 + list(LOWER_PAIRS)
        self.pending: list[Fields] = []  # claims whose manual copy came first

    # -- sending ----------------------------------------------------------------------------

    @property
    def facts(self) -> Facts:
        return self.auditor.facts

    def name(self, prefix: str) -> str:
        self.serial += 1
        return f"{prefix}-{self.serial:05}"

    def command(self, kind: str, fields: Fields, on: date | None = None) -> dict[str, Any]:
        made = {
            "type": kind,
            "command_id": self.name(kind),
            "on": (on or self.jitter()).isoformat(),
        }
        if self.chance(0.05):
            made |= {"actor": self.rng.choice(("tester", "审核员", ""))}
        if self.chance(0.05):
            made |= {"correlation_id": f"c{self.serial}"}
        return {**made, **fields}

    def send(self, kind: str, fields: Fields, on: date | None = None) -> str:
        return self.give(self.command(kind, fields, on))

    def give(self, line: dict[str, Any] | bytes) -> str:
        """Keeps a line and answers what the auditor said to it."""
        self.lines.append(line)
        outcomes = self.auditor.submit([line])
        return outcomes[0]["reason"] or outcomes[0]["outcome"] if outcomes else "blank"

    # -- choosing ---------------------------------------------------------------------------

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def jitter(self) -> date:
        """Mostly the day itself; sometimes a day before or after it, out of order."""
        if not self.chance(0.06):
            return self.day
        return max(self.start, self.day + timedelta(days=self.rng.randint(-20, 4)))

    def pick(self, things: Iterable[T]) -> T | None:
        listed = list(things)
        return self.rng.choice(listed) if listed else None

    def fen(self, least: Decimal | int, most: Decimal | int) -> Decimal:
        return Decimal(self.rng.randint(int(least * 100), int(most * 100))) / 100

    def part(self, amount: Decimal) -> Decimal:
        """All of an amount, or some of it."""
        if amount <= Decimal("0.01") or self.chance(0.5):
            return amount
        return self.fen(Decimal("0.01"), amount)

    def ends(self, corridor: Corridor) -> Fields:
        fields = {"insured_region": corridor.insured, "treatment_region": corridor.treatment}
        return {"scheme": corridor.scheme, **fields} if self.chance(0.6) else fields

    def pair(self) -> Corridor:
        insured, treatment = self.rng.choice(self.pairs)
        return self.facts.corridor(insured, treatment, None)

    def claim(self, *wanted: Callable[[Claim], bool]) -> Claim | None:
        """A claim for which all of this holds; now and then, or if there is none, any claim."""
        claims = list(self.facts.claims.values())
        fitting = [claim for claim in claims if all(holds(claim) for holds in wanted)]
        return self.pick(fitting if fitting and not self.chance(0.03) else claims)

    def scheme(self) -> str:
        return self.rng.choice(codes.SCHEMES)

    def period(self) -> str:
        """A month about now."""
        day = self.day - timedelta(days=self.rng.choice((0, 30, 30, 60, 90)))
        return f"{day.year:04}{day.month:02}"

    def serial_of_bank(self) -> Fields:
        return {"bank_serial": self.name("BK")}


def live(claim: Claim) -> bool:
    return not claim.reversed


def free(claim: Claim) -> bool:
    return not claim.reversed and not claim.held


def owing(claim: Claim) -> bool:
    return free(claim) and sum(claim.outstanding().values(), ZERO) > 0
