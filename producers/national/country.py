"""What all parts of the generator share: the plan, today, what is due when, what is sent."""

from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from random import Random
from typing import Final, TypeAlias

import msgspec

from ledger.vocabulary import CommandId, Family, Scheme
from producers.national.books import Accounts, Corridor
from producers.national.flows import flows
from producers.national.plan import Plan
from producers.national.workdays import WorkingDays

SCHEME: Final[Scheme] = "CROSS_PROVINCE"
Step: TypeAlias = Callable[[], object]
_INSTITUTIONS_MOST: Final = 24


@dataclass(slots=True, eq=False)
class Followed:
    """A claim that something more befalls; forgotten when that is done. Amounts in fen."""

    claim_id: str
    on: date
    month: int
    corridor: Corridor
    cls: int
    hospital: int
    medfee_sumamt: int
    payable: int
    token: str
    mdtrt_id: str
    period: int | None
    """The month in which it is cleared; None while it is held."""
    left: int = 0

    def __post_init__(self) -> None:
        """Begin with all of it outstanding."""
        self.left = self.payable


class Country:
    """The state of a run. `lines` are the commands not yet written, in their order."""

    def __init__(self, plan: Plan) -> None:
        """Make the regions and their corridors."""
        self.plan = plan
        self.random = Random(plan.seed)
        self.today = plan.start
        self.on = plan.start.isoformat()
        """Today, as commands say it."""
        self.end = plan.end
        self.month = 0
        self.stated = -1
        """The last month that has its statements."""
        self.workdays = WorkingDays(range(plan.start.year, plan.end.year + 2))
        self.accounts = Accounts(plan.regions, plan.all_months)
        self.institutions = [
            max(2, _INSTITUTIONS_MOST * member.draws // 100) for member in plan.members
        ]
        self.flows = flows(plan.members, self.random)
        self.corridors = [self._corridor(*ends) for ends in sorted(self.flows)]
        self.lines: list[str] = []
        self.sent = 0
        self._agenda: dict[date, deque[Step]] = defaultdict(deque)

    def _corridor(self, i: int, t: int) -> Corridor:
        codes = (self.plan.members[i].code, self.plan.members[t].code)
        return Corridor(i, t, codes, self.plan.all_months, [0] * self.institutions[t])

    def institution(self, region: int, number: int) -> str:
        """Return the code of a region's institution."""
        return f"H{self.plan.members[region].code}{number + 1:05d}"

    def at(self, day: date, step: Callable[..., object], *args: object) -> None:
        """Let a step be done on a day; after the plan's end nothing is."""
        if day <= self.end:
            self._agenda[max(day, self.today)].append(partial(step, *args))

    def in_days(self, days: int, step: Callable[..., object], *args: object) -> None:
        """Let a step be done so many calendar days from today."""
        self.at(self.today + timedelta(days=days), step, *args)

    def begin(self, day: date) -> None:
        """Go on to a day."""
        self.today = day
        self.on = day.isoformat()
        start = self.plan.start
        self.month = (day.year - start.year) * 12 + day.month - start.month

    def do_what_is_due(self) -> None:
        """Do today's steps, and those that they bring for today."""
        steps = self._agenda.get(self.today)
        while steps:
            steps.popleft()()
        self._agenda.pop(self.today, None)

    def send(self, kind: str, /, **fields: object) -> CommandId:
        """Send a command dated today; return its id."""
        self.sent += 1
        command_id = CommandId(f"{kind}-{self.sent:09d}")
        content = {"type": kind, "command_id": command_id, "on": self.on, **fields}
        self.lines.append(msgspec.json.encode(content).decode())
        return command_id

    def serial(self) -> str:
        """Return a bank's number for the next command's money."""
        return f"BK{self.today:%Y%m%d}{self.sent + 1:09d}"

    def move(self, region: int, debit: Family, credit: Family, amount: int) -> None:
        """Book an amount, in fen, today in one region's book."""
        self.accounts.move(self.month, region, debit, credit, amount)

    def first_unstated(self, month: int) -> int:
        """Return the first month not stated, from this one on."""
        return max(month, self.stated + 1)
