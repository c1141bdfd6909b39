"""Daily reconciliation: where the parties' totals differ, all three send their claims of the day.

Details are sent for such days of a corridor only, and for some quiet ones; for the others equal
totals are enough. So what is reported stays small, and a report far below the size of a command.
Source: domain.md 3.5; commands.md, "Reconciliation".
"""

from dataclasses import dataclass
from datetime import date
from typing import Final, NamedTuple

from ledger.money import yuan
from ledger.ports import BreakState
from ledger.vocabulary import BreakCategory, Party
from producers.national.books import Corridor
from producers.national.corrections import Corrections
from producers.national.country import Country, Followed

ROWS_MOST: Final = 2_000
"""Days of a corridor with more claims are not reported: three reports stay below 1 MB each."""
PARTIES: Final[tuple[Party, ...]] = ("insured", "treatment", "national")
_NEVER: Final = 0.04
_LATE: Final = 0.25


class Row(NamedTuple):
    """A claim in a report; amounts in fen."""

    claim_id: str
    total: int
    fund: int
    account: int
    cash: int
    status: str = "SETTLED"

    @property
    def payable(self) -> int:
        """Return what the row makes i owe t."""
        return 0 if self.status == "REVERSED" else self.fund + self.account


class Difference(NamedTuple):
    """A way to differ: whose report, what it is called, and the row there (None: missing)."""

    party: Party
    category: BreakCategory
    cents: int = 0
    """How much more the fund part is; of the total too, unless the cash part makes up for it."""


DIFFERENCES: Final = (
    Difference("insured", "MISSING_AT_INSURED"),
    Difference("insured", "AMOUNT_MISMATCH", 1),
    Difference("treatment", "FUND_ITEM_MISMATCH", -350),
    Difference("insured", "STATUS_MISMATCH"),
    Difference("insured", "MISSING_AT_INSURED"),
    Difference("national", "MISSING_AT_NATIONAL"),
    Difference("insured", "AMOUNT_MISMATCH", 12_000),
    Difference("treatment", "MISSING_AT_TREATMENT"),
)
"""In turn. Half of all is what the insured side has not taken in yet."""


@dataclass(slots=True, eq=False)
class Break:
    """A break and how far it has come; `difference` in fen."""

    break_id: str
    category: BreakCategory
    claim: Followed
    difference: int
    opened_on: date
    owner: str | None = None
    escalated: bool = False
    resolved_on: date | None = None
    resolution: str | None = None
    held: bool = False

    @property
    def state(self) -> BreakState:
        """Return the furthest step."""
        if self.resolved_on:
            return "RESOLVED"
        if self.escalated:
            return "ESCALATED"
        return "ASSIGNED" if self.owner else "OPEN"


class Day:
    """The claims of one corridor and day, kept until they are reported."""

    def __init__(self, corridor: Corridor, on: date) -> None:
        """Begin without a claim."""
        self.corridor = corridor
        self.on = on
        self.rows: list[Row] = []
        self.differing: dict[str, tuple[Difference, Followed]] = {}


class Reconciliation:
    """Sends reports, and keeps the breaks that they open."""

    def __init__(self, country: Country, corrections: Corrections) -> None:
        """Take part in a run."""
        self._country = country
        self._corrections = corrections
        self._random = country.random
        self._turn = 0
        self.breaks: list[Break] = []

    def differ(self, day: Day, claim: Followed) -> None:
        """Let the parties differ on a claim."""
        difference = DIFFERENCES[self._turn % len(DIFFERENCES)]
        self._turn += 1
        day.differing[claim.claim_id] = (difference, claim)

    def report(self, day: Day) -> None:
        """Send the three views of a day and compare them."""
        about = {**day.corridor.fields, "date": day.on.isoformat()}
        for party in PARTIES:
            rows = [each for row in day.rows if (each := self._seen(day, party, row))]
            view = [_content(row) for row in rows]
            self._country.send("ReportDailyClaims", party=party, **about, rows=view)
        self._country.send("ReconcileDay", **about)
        for row in day.rows:
            if row.claim_id in day.differing:
                difference, claim = day.differing[row.claim_id]
                seen = self._seen(day, difference.party, row)
                self._open(difference.category, claim, (seen.payable if seen else 0) - row.payable)

    @staticmethod
    def _seen(day: Day, party: Party, row: Row) -> Row | None:
        """Return a row as one party has it."""
        difference, _ = day.differing.get(row.claim_id, (None, None))
        if difference is None or difference.party != party:
            return row
        fund = row.fund + difference.cents
        match difference.category:
            case "STATUS_MISMATCH":
                return row._replace(status="REVERSED")
            case "AMOUNT_MISMATCH":
                return row._replace(fund=fund, total=row.total + difference.cents)
            case "FUND_ITEM_MISMATCH":
                return row._replace(fund=fund, cash=row.cash - difference.cents)
            case _:
                return None

    def record_manual(self, claim: Followed) -> None:
        """Let a claim be reimbursed by hand, too, some days after it was settled."""
        self._country.in_days(self._random.randint(4, 18), self._record_manual, claim)

    def _record_manual(self, claim: Followed) -> None:
        country = self._country
        country.send(
            "RecordManualReimbursement",
            claim_ref=f"HAND-{claim.claim_id}",
            **claim.corridor.fields,
            institution=country.institution(claim.corridor.t, claim.hospital),
            person_token=claim.token,
            amount=yuan(claim.medfee_sumamt),
            mdtrt_id=claim.mdtrt_id,
        )
        self._open("DUPLICATE_MANUAL", claim, claim.payable)

    def _open(self, category: BreakCategory, claim: Followed, difference: int) -> None:
        name = f"{category}:{claim.claim_id}"
        found = Break(name, category, claim, difference, self._country.today)
        self.breaks.append(found)
        lot = self._random.random()
        if lot < 0.6:
            self._country.in_days(1, self._assign, found)
        if lot < _NEVER:
            self._country.in_days(12, self._escalate, found)
        else:
            late = lot < _NEVER + _LATE
            days = self._random.randint(15, 45) if late else self._random.randint(1, 5)
            self._country.in_days(days, self._resolve, found)

    def _assign(self, found: Break) -> None:
        if not found.resolved_on:
            found.owner = f"desk {found.claim.corridor.codes[0]}"
            self._country.send("AssignBreak", break_id=found.break_id, owner=found.owner)

    def _escalate(self, found: Break) -> None:
        found.escalated = True
        self._country.send("EscalateBreak", break_id=found.break_id, reason="no answer")

    def _resolve(self, found: Break) -> None:
        found.resolution, proof = self._resolution(found)
        found.resolved_on = self._country.today
        self._country.send(
            "ResolveBreak", break_id=found.break_id, resolution=found.resolution, **proof
        )
        if found.held:
            self._country.in_days(1, self._corrections.release, found.claim)

    def _resolution(self, found: Break) -> tuple[str, dict[str, object]]:
        if found.difference in {1, -1}:
            return "WRITTEN_OFF_ROUNDING", {}
        if found.category == "DUPLICATE_MANUAL" and not found.held:
            sent = self._corrections.refund(found.claim, None, "DUPLICATE_MANUAL")
            return "DEDUCTED", {"corrections": [sent]}
        if found.category in {"MISSING_AT_TREATMENT", "FUND_ITEM_MISMATCH"}:
            return "TREATMENT_ACCEPTS", {}
        if found.category.startswith(("DUPLICATE", "MISSING_AT_NATIONAL")):
            return "NO_ISSUE", {"reason": "both sides agree with the ledger"}
        return "INSURED_ACCEPTS", {}

    def hold_disputed(self, period: int) -> None:
        """Do as the ledger does when it states a month: claims with an open break stay out."""
        for found in self.breaks:
            if not found.resolved_on and found.claim.period == period:
                found.held = True
                self._corrections.set_aside(found.claim)


def _content(row: Row) -> dict[str, str]:
    return {
        "claim_id": row.claim_id,
        "medfee_sumamt": yuan(row.total),
        "fund_pay_sumamt": yuan(row.fund),
        "acct_pay": yuan(row.account),
        "psn_cash_pay": yuan(row.cash),
        "status": row.status,
    }
