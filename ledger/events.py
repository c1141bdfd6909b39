"""What has happened, in the past tense; immutable, each with all that its postings need.

Amounts are fen, `on` is the booking date. Class names and fields are the storage format: they
are never renamed. Source: domain.md 3.0.
"""

from collections.abc import Mapping
from datetime import date
from datetime import date as Day  # noqa: N812 -- `date` is also a field
from typing import TypeAlias

from ledger.commands import ClaimRow, HospitalLine
from ledger.record import record
from ledger.vocabulary import (
    BreakCategory,
    ClaimId,
    ClearingClass,
    CommandId,
    Corridor,
    Fen,
    InquiryResult,
    InsuranceType,
    Item,
    Level,
    MedType,
    ParameterName,
    Party,
    Period,
    PersonCategory,
    PoolLevel,
    RefundCause,
    RegionCode,
    Resolution,
    ReversalCause,
    Scheme,
    Year,
)


@record
class Happened:
    """What every event carries."""

    on: date


@record
class OfCorridor(Happened):
    """An event in the life of one corridor."""

    scheme: Scheme
    insured_region: RegionCode
    treatment_region: RegionCode

    @property
    def corridor(self) -> Corridor:
        """Return the corridor."""
        return Corridor(self.scheme, self.insured_region, self.treatment_region)


@record
class RegionRegistered(Happened):
    """A region was entered or its names and flag replaced."""

    code: RegionCode
    name_zh: str
    name_en: str
    level: Level
    parent: RegionCode | None
    single_pool: bool


@record
class WorkCalendarPublished(Happened):
    """A year got its working days."""

    year: Year
    holidays: tuple[date, ...]
    makeup_workdays: tuple[date, ...]


@record
class PolicyParameterChanged(Happened):
    """A policy number holds from a date on."""

    name: ParameterName
    value: str
    effective_from: date


@record
class FiscalAccountChanged(Happened):
    """A region receives money on this account."""

    region: RegionCode
    account_name: str
    bank: str
    account_number: str


@record
class BookOpened(Happened):
    """A region's book was opened with its cash."""

    region: RegionCode
    cash: Fen


@record
class PoolOpened(OfCorridor):
    """A pool was opened; quota and principal are this amount."""

    principal: Fen


@record
class ClaimSettled(OfCorridor):
    """The patient has left; the insured region owes the sum of `items`.

    `items` holds what is above 0.00, in the order of the field list. `original_period` is the
    claim's own month where that had its statement already.
    """

    claim_id: ClaimId
    institution: str
    insutype: InsuranceType
    clearing_class: ClearingClass
    med_type: MedType
    medfee_sumamt: Fen
    items: Mapping[Item, Fen]
    psn_cash_pay: Fen
    period: Period
    original_period: Period | None = None
    acct_mulaid_pay: Fen = Fen(0)
    hosp_part_amt: Fen = Fen(0)
    person_category: PersonCategory | None = None
    dise_codg: str | None = None
    admitted_on: date | None = None
    mdtrt_id: str | None = None
    person_token: str | None = None


@record
class OfClaim(OfCorridor):
    """An event in the life of one claim."""

    claim_id: ClaimId


@record
class ClaimAdjusted(OfClaim):
    """Money moved on a settled claim; `items` sums to the amount, always above 0."""

    institution: str
    clearing_class: ClearingClass
    items: Mapping[Item, Fen]
    period: Period
    original_period: Period


@record
class ClaimReversed(ClaimAdjusted):
    """A whole claim was taken back before its statement."""

    cause: ReversalCause


@record
class ClaimAuditDeducted(ClaimAdjusted):
    """The review deducted a cost."""

    deduction: CommandId
    reason_code: str


@record
class ClaimDeductionReleased(ClaimAdjusted):
    """A deduction was restored."""

    deduction: CommandId


@record
class ClaimRefunded(ClaimAdjusted):
    """A claim's money was given back."""

    cause: RefundCause


@record
class ClaimRecovered(ClaimAdjusted):
    """A violating cost was recovered."""

    reason_code: str


@record
class ClaimHeld(OfClaim):
    """A claim left its period, with what was booked to that."""

    period: Period
    reason: str


@record
class ClaimReleased(OfClaim):
    """A held claim entered a period."""

    period: Period
    deferrals: int


@record
class ClaimManuallyReimbursed(OfCorridor):
    """Somebody was paid by hand for a stay; no money between regions."""

    claim_ref: str
    institution: str
    person_token: str
    amount: Fen
    admitted_on: date | None
    mdtrt_id: str | None


@record
class ClaimInquiryOpened(OfClaim):
    """The insured region questions a stay."""

    question: str


@record
class ClaimInquiryAnswered(OfClaim):
    """The treatment region has answered."""

    result: InquiryResult
    reason: str | None


@record
class ClaimInquiryConfirmed(OfClaim):
    """The insured region accepts the answer."""


@record
class AdvanceQuotaAdjusted(OfCorridor):
    """A pool was sized for a year; `adjustment` is the line, > 0 to pay, < 0 to return."""

    year: Year
    base_months: tuple[Fen, Fen, Fen]
    quota: Fen
    principal: Fen
    adjustment: int
    submit_due: date | None
    pay_due: date | None


@record
class OfAdvanceLine(OfCorridor):
    """Money on an advance line; `request` names an emergency request."""

    amount: Fen
    bank_serial: str
    request: CommandId | None = None


@record
class AdvancePaid(OfAdvanceLine):
    """The insured region has paid into its pool."""


@record
class AdvanceReceived(OfAdvanceLine):
    """The treatment region has the money."""


@record
class AdvanceReturnPaid(OfAdvanceLine):
    """The treatment region has paid back from the pool."""


@record
class AdvanceReturnReceived(OfAdvanceLine):
    """The insured region has the money back."""


@record
class EmergencyIncreaseRequested(OfCorridor):
    """A larger pool is asked for."""

    request: CommandId
    period: Period
    amount: Fen
    usage_percent: str | None


@record
class EmergencyIncreaseDecided(OfCorridor):
    """A request was granted (amount above 0) or refused."""

    request: CommandId
    approved_amount: Fen
    submit_due: date | None
    pay_due: date | None


@record
class AdvanceInterestCredited(Happened):
    """Interest on pool money went to the region that holds it."""

    region: RegionCode
    amount: Fen
    bank_serial: str


@record
class StatementFigures:
    """What a statement says of one corridor and period. Source: cli.md, `statement`."""

    visits: int
    medfee_sumamt: Fen
    employee: int
    resident: int
    deduction: int
    items: int
    digest: str
    principal: Fen
    level: PoolLevel

    @property
    def net(self) -> int:
        """Return what the insured region owes; negative: it gets money back."""
        return self.employee + self.resident


@record
class ClearingStatementGenerated(OfCorridor):
    """A corridor has its statement for a period; thresholds in hundredths."""

    period: Period
    figures: StatementFigures
    warning_yellow: int
    warning_red: int


@record
class ClearingStatementDisputed(OfClaim):
    """A claim was taken out of a statement: `figures` new, `removed` what went."""

    period: Period
    reason: str
    figures: StatementFigures
    removed: StatementFigures


@record
class ClearingStatementConfirmed(OfCorridor):
    """One side signed; with the second signature the line is booked, class by class."""

    period: Period
    region: RegionCode
    booked: bool
    employee: int
    resident: int


@record
class ClearingNoticeIssued(OfCorridor):
    """A line has its notices: `net` above 0 the insured region pays, below 0 the other."""

    period: Period
    employee: int
    resident: int
    submit_due: date
    pay_due: date


@record
class ClearingSubmittedToFinance(OfCorridor):
    """A line went to the finance department."""

    period: Period


@record
class OfClearingLine(OfCorridor):
    """Money on a statement line."""

    period: Period
    amount: Fen
    bank_serial: str


@record
class ClearingPaid(OfClearingLine):
    """The insured region has paid."""


@record
class ClearingReceived(OfClearingLine):
    """The treatment region has the money."""


@record
class ReturnPaid(OfClearingLine):
    """The treatment region has paid on a negative line."""


@record
class ReturnReceived(OfClearingLine):
    """The insured region has the returned money."""


@record
class OfHospital(Happened):
    """Money between a treatment region and an institution."""

    treatment_region: RegionCode
    institution: str
    lines: tuple[HospitalLine, ...]
    bank_serial: str


@record
class HospitalPaid(OfHospital):
    """An institution was paid."""


@record
class HospitalRecovered(OfHospital):
    """An institution has paid money back."""


@record
class ClearingPeriodClosed(Happened):
    """A period of a scheme is over."""

    scheme: Scheme
    period: Period


@record
class AnnualClearingClosed(Happened):
    """A year of a scheme is over."""

    scheme: Scheme
    year: Year


@record
class DailyClaimsReported(OfCorridor):
    """One party's view of one day."""

    party: Party
    date: Day
    rows: tuple[ClaimRow, ...]


@record
class DailyReconciled(OfCorridor):
    """The three views of a day were compared; the breaks follow."""

    date: Day
    claims: int
    breaks: int


@record
class BreakOpened(OfCorridor):
    """The parties disagree on a claim; difference = the party's payable less the ledger's."""

    break_id: str
    category: BreakCategory
    claim_id: ClaimId
    difference: int


@record
class OfBreak(OfCorridor):
    """An event in the life of a break."""

    break_id: str
    claim_id: ClaimId


@record
class BreakAssigned(OfBreak):
    """Somebody owns the break."""

    owner: str


@record
class BreakEscalated(OfBreak):
    """The break is with the national agency."""

    reason: str


@record
class BreakResolved(OfBreak):
    """The break is over; `corrections` are the commands that put it right."""

    resolution: Resolution
    reason: str | None
    corrections: tuple[CommandId, ...]


@record
class CommandRefused(Happened):
    """A command was refused; a late copy of it gets the same answer."""

    reason: str
    detail: str
    field: str | None


@record
class CommandHadNoEffect(Happened):
    """A command was accepted and had nothing to do."""


Fact: TypeAlias = (
    RegionRegistered
    | WorkCalendarPublished
    | PolicyParameterChanged
    | FiscalAccountChanged
    | BookOpened
    | PoolOpened
    | ClaimSettled
    | ClaimReversed
    | ClaimAuditDeducted
    | ClaimDeductionReleased
    | ClaimRefunded
    | ClaimRecovered
    | ClaimHeld
    | ClaimReleased
    | ClaimManuallyReimbursed
    | ClaimInquiryOpened
    | ClaimInquiryAnswered
    | ClaimInquiryConfirmed
    | AdvanceQuotaAdjusted
    | AdvancePaid
    | AdvanceReceived
    | AdvanceReturnPaid
    | AdvanceReturnReceived
    | EmergencyIncreaseRequested
    | EmergencyIncreaseDecided
    | AdvanceInterestCredited
    | ClearingStatementGenerated
    | ClearingStatementDisputed
    | ClearingStatementConfirmed
    | ClearingNoticeIssued
    | ClearingSubmittedToFinance
    | ClearingPaid
    | ClearingReceived
    | ReturnPaid
    | ReturnReceived
    | HospitalPaid
    | HospitalRecovered
    | ClearingPeriodClosed
    | AnnualClearingClosed
    | DailyClaimsReported
    | DailyReconciled
    | BreakOpened
    | BreakAssigned
    | BreakEscalated
    | BreakResolved
)
Answer: TypeAlias = CommandRefused | CommandHadNoEffect
Event: TypeAlias = Fact | Answer
