"""What the law asks of the world: claims, breaks and ids by name, never all of them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Literal, Protocol, TypeAlias

from ledger.claim import Claim
from ledger.commands import ClaimRow
from ledger.events import ClaimManuallyReimbursed, ClaimSettled
from ledger.record import record
from ledger.vocabulary import BreakCategory, ClaimId, CommandId, Corridor, Party

BreakState: TypeAlias = Literal["OPEN", "ASSIGNED", "ESCALATED", "RESOLVED"]


@record
class Break:
    """A disagreement about a claim, as far as rules look at it."""

    break_id: str
    category: BreakCategory
    corridor: Corridor
    claim_id: ClaimId
    difference: int
    state: BreakState
    escalated: bool


class Lookup(Protocol):
    """Questions that a rule may ask; the answers hold what the batch so far has done."""

    def claim(self, claim_id: ClaimId) -> Claim | None:
        """Return a claim by its id."""

    def claims_of_day(self, corridor: Corridor, day: date) -> Sequence[Claim]:
        """Return the claims of a corridor settled on a day."""

    def claims_with_marks(self, marks: Iterable[str]) -> Sequence[Claim]:
        """Return the direct claims that carry one of these marks of a visit."""

    def manual_with_marks(self, marks: Iterable[str]) -> bool:
        """Say whether a manual reimbursement carries one of these marks of a visit."""

    def daily_rows(
        self, corridor: Corridor, day: date, party: Party
    ) -> Mapping[ClaimId, ClaimRow] | None:
        """Return a party's last report of a day, or None."""

    def breaks_of(self, claim_id: ClaimId) -> Sequence[Break]:
        """Return the breaks of a claim, resolved ones too."""

    def break_by_id(self, break_id: str) -> Break | None:
        """Return a break by its id."""

    def claims_with_open_breaks(self) -> Sequence[Claim]:
        """Return the claims that have an unresolved break."""

    def accepted(self, command_id: CommandId) -> bool:
        """Say whether a command of this id was accepted."""


class Store(Lookup, Protocol):
    """A lookup that remembers."""

    def put_settled(self, event: ClaimSettled) -> None:
        """Remember a new claim, and the marks of its visit."""

    def put_claim(self, claim: Claim) -> None:
        """Remember what has become of a claim."""

    def put_manual(self, event: ClaimManuallyReimbursed) -> None:
        """Remember a manual reimbursement by its marks."""

    def put_daily_rows(
        self, corridor: Corridor, day: date, party: Party, rows: Sequence[ClaimRow]
    ) -> None:
        """Remember a party's report, in the place of its last."""

    def put_break(self, found: Break) -> None:
        """Remember a break."""


class Visit(Protocol):
    """What tells one visit from another, in a settlement and in a manual reimbursement."""

    @property
    def mdtrt_id(self) -> str | None:
        """Return the id of the visit."""

    @property
    def person_token(self) -> str | None:
        """Return the token of the person."""

    @property
    def institution(self) -> str:
        """Return where the person was treated."""

    @property
    def admitted_on(self) -> date | None:
        """Return the day of admission."""


def marks_of(visit: Visit, amount: int) -> tuple[str, ...]:
    """Return the marks by which a direct and a manual claim of one visit are known.

    `amount` is its whole cost in fen. An empty id or token marks nothing.
    Source: commands.md, Claims ("Equal `mdtrt_id`, …").
    """
    marks: tuple[str, ...] = (f"visit\0{visit.mdtrt_id}",) if visit.mdtrt_id else ()
    if visit.person_token:
        day = visit.admitted_on.isoformat() if visit.admitted_on else ""
        marks += (f"person\0{visit.person_token}\0{visit.institution}\0{day}\0{amount}",)
    return marks
