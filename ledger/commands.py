"""What a user asks for, in the imperative. Source: commands.md, "Commands".

Every command also has `command_id`, `on` (the business date), `actor` and `correlation_id`.
"""

from collections.abc import Mapping
from datetime import date
from datetime import date as Day  # noqa: N812 -- `date` is also a field
from typing import TypeAlias

from ledger.record import record
from ledger.vocabulary import (
    ClaimId,
    CommandId,
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
    RefundCause,
    RegionCode,
    Resolution,
    ReversalCause,
    RowStatus,
    Scheme,
    Year,
)


@record
class Sent:
    """What every command carries."""

    command_id: CommandId
    on: date
    actor: str | None = None
    correlation_id: str | None = None


@record
class OnCorridor(Sent):
    """What a command about one corridor carries; `scheme` is derived where left out."""

    insured_region: RegionCode
    treatment_region: RegionCode
    scheme: Scheme | None = None


@record
class RegisterRegion(Sent):
    """Enter a region, or replace its names and flag."""

    code: RegionCode
    name_zh: str
    name_en: str
    level: Level
    parent: RegionCode | None = None
    single_pool: bool = False


@record
class PublishWorkCalendar(Sent):
    """Publish, or replace, the days off and the make-up days of a year."""

    year: Year
    holidays: tuple[date, ...]
    makeup_workdays: tuple[date, ...]


@record
class SetPolicyParameter(Sent):
    """Set a policy number from a date on; `value` as sent, e.g. "0.70"."""

    name: ParameterName
    value: str
    effective_from: date


@record
class RegisterFiscalAccount(Sent):
    """Enter the bank account that a region receives money on."""

    region: RegionCode
    account_name: str
    bank: str
    account_number: str


@record
class OpenBook(Sent):
    """Open a region's book with its cash."""

    region: RegionCode
    cash: Fen


@record
class OpenPool(OnCorridor):
    """Open a corridor's pool with the principal that both books hold already."""

    principal: Fen


@record
class SettleClaim(OnCorridor):
    """One settlement at the hospital; `on` is its date."""

    claim_id: ClaimId
    institution: str
    insutype: InsuranceType
    med_type: MedType
    medfee_sumamt: Fen
    hifp_pay: Fen
    psn_cash_pay: Fen
    person_category: PersonCategory | None = None
    cvlserv_pay: Fen = Fen(0)
    hifes_pay: Fen = Fen(0)
    hifmi_pay: Fen = Fen(0)
    hifob_pay: Fen = Fen(0)
    hifdm_pay: Fen = Fen(0)
    maf_pay: Fen = Fen(0)
    oth_pay: Fen = Fen(0)
    acct_pay: Fen = Fen(0)
    acct_mulaid_pay: Fen = Fen(0)
    hosp_part_amt: Fen = Fen(0)
    dise_codg: str | None = None
    admitted_on: date | None = None
    mdtrt_id: str | None = None
    person_token: str | None = None


@record
class ReverseClaim(Sent):
    """Take a whole claim back before its statement."""

    claim_id: ClaimId
    cause: ReversalCause


@record
class DeductClaim(Sent):
    """Deduct a cost that the review does not accept (Art. 43)."""

    claim_id: ClaimId
    amount: Fen
    reason_code: str
    items: Mapping[Item, Fen] | None = None


@record
class ReleaseDeduction(Sent):
    """Restore a deduction, or a part of it, after an appeal."""

    claim_id: ClaimId
    deduction: CommandId
    amount: Fen


@record
class RefundClaim(Sent):
    """Give a claim's money back; without `amount` all that is outstanding."""

    claim_id: ClaimId
    cause: RefundCause
    amount: Fen | None = None
    items: Mapping[Item, Fen] | None = None


@record
class RecoverClaim(Sent):
    """Recover a violating cost (Art. 54)."""

    claim_id: ClaimId
    amount: Fen
    reason_code: str
    items: Mapping[Item, Fen] | None = None


@record
class HoldClaim(Sent):
    """Keep a claim out of the next statement."""

    claim_id: ClaimId
    reason: str


@record
class ReleaseClaim(Sent):
    """Let a held claim into the next statement."""

    claim_id: ClaimId


@record
class RecordManualReimbursement(Sent):
    """Note a reimbursement paid by hand; feeds duplicate detection only."""

    claim_ref: str
    insured_region: RegionCode
    treatment_region: RegionCode
    institution: str
    person_token: str
    amount: Fen
    admitted_on: date | None = None
    mdtrt_id: str | None = None


@record
class OpenInquiry(Sent):
    """Question a costly stay (Art. 58)."""

    claim_id: ClaimId
    question: str


@record
class AnswerInquiry(Sent):
    """Answer the question about a stay; ISSUE needs a reason."""

    claim_id: ClaimId
    result: InquiryResult
    reason: str | None = None


@record
class ConfirmInquiry(Sent):
    """Accept the answer."""

    claim_id: ClaimId


@record
class SizeAdvance(OnCorridor):
    """Size a pool for a year from three amounts, or from the ledger's own fourth quarter."""

    year: Year
    q4: tuple[Fen, Fen, Fen] | None = None


@record
class PayAdvance(OnCorridor):
    """Pay on the annual line, or on an emergency request."""

    amount: Fen
    bank_serial: str
    request: CommandId | None = None


@record
class ConfirmAdvanceReceipt(OnCorridor):
    """Confirm that advance money has arrived."""

    amount: Fen
    bank_serial: str
    request: CommandId | None = None


@record
class PayAdvanceReturn(OnCorridor):
    """Give back what a smaller quota frees (Art. 27)."""

    amount: Fen
    bank_serial: str


@record
class ConfirmAdvanceReturnReceipt(OnCorridor):
    """Confirm that returned advance money has arrived."""

    amount: Fen
    bank_serial: str


@record
class RequestEmergencyIncrease(OnCorridor):
    """Ask for a larger pool after a RED statement (Art. 24); its id is the request."""

    period: Period
    amount: Fen | None = None


@record
class DecideEmergencyIncrease(OnCorridor):
    """Grant a request, or refuse it with 0.00."""

    request: CommandId
    approved_amount: Fen


@record
class CreditPoolInterest(Sent):
    """Book interest on pool money, which belongs to the region that holds it."""

    region: RegionCode
    amount: Fen
    bank_serial: str


@record
class GenerateStatements(Sent):
    """Make the statements of a period for every corridor of a scheme (Art. 46)."""

    scheme: Scheme
    period: Period


@record
class ConfirmStatement(Sent):
    """Sign all lines of one region, on both sides."""

    scheme: Scheme
    period: Period
    region: RegionCode


@record
class DisputeStatementLine(OnCorridor):
    """Take a claim out of a statement that nobody has signed yet (Art. 55)."""

    period: Period
    claim_id: ClaimId
    reason: str


@record
class IssueNotices(Sent):
    """Issue the payment and receipt notices of a period (Art. 47)."""

    scheme: Scheme
    period: Period


@record
class SubmitToFinance(OnCorridor):
    """Pass a line on to the finance department."""

    period: Period


@record
class OnLine(OnCorridor):
    """Money on one statement line."""

    period: Period
    amount: Fen
    bank_serial: str


@record
class PayClearing(OnLine):
    """The insured region pays on its line."""


@record
class ConfirmClearingReceipt(OnLine):
    """The treatment region confirms the money."""


@record
class PayReturn(OnLine):
    """The treatment region pays on a negative line (Art. 51)."""


@record
class ConfirmReturnReceipt(OnLine):
    """The insured region confirms the returned money."""


@record
class HospitalLine:
    """What a hospital payment holds for the people of one region."""

    insured_region: RegionCode
    amount: Fen


@record
class WithHospital(Sent):
    """Money between a treatment region and an institution."""

    treatment_region: RegionCode
    institution: str
    lines: tuple[HospitalLine, ...]
    bank_serial: str


@record
class PayHospital(WithHospital):
    """Pay an institution."""


@record
class RecoverFromHospital(WithHospital):
    """Take money back from an institution."""


@record
class ClosePeriod(Sent):
    """Close a period of a scheme."""

    scheme: Scheme
    period: Period


@record
class CloseYear(Sent):
    """Close a year of a scheme."""

    scheme: Scheme
    year: Year


@record
class ClaimRow:
    """One claim as a party reports it; fund_pay_sumamt is the sum of the fund items."""

    claim_id: ClaimId
    medfee_sumamt: Fen
    fund_pay_sumamt: Fen
    acct_pay: Fen
    psn_cash_pay: Fen
    status: RowStatus


@record
class ReportDailyClaims(OnCorridor):
    """Report one party's view of one day of a corridor."""

    party: Party
    date: Day
    rows: tuple[ClaimRow, ...]


@record
class ReconcileDay(OnCorridor):
    """Compare the parties' views of a day with the ledger."""

    date: Day


@record
class AssignBreak(Sent):
    """Give a break to somebody."""

    break_id: str
    owner: str


@record
class EscalateBreak(Sent):
    """Take a break to the national agency."""

    break_id: str
    reason: str


@record
class ResolveBreak(Sent):
    """End a break, with the commands that put it right."""

    break_id: str
    resolution: Resolution
    reason: str | None = None
    corrections: tuple[CommandId, ...] = ()


Command: TypeAlias = (
    RegisterRegion
    | PublishWorkCalendar
    | SetPolicyParameter
    | RegisterFiscalAccount
    | OpenBook
    | OpenPool
    | SettleClaim
    | ReverseClaim
    | DeductClaim
    | ReleaseDeduction
    | RefundClaim
    | RecoverClaim
    | HoldClaim
    | ReleaseClaim
    | RecordManualReimbursement
    | OpenInquiry
    | AnswerInquiry
    | ConfirmInquiry
    | SizeAdvance
    | PayAdvance
    | ConfirmAdvanceReceipt
    | PayAdvanceReturn
    | ConfirmAdvanceReturnReceipt
    | RequestEmergencyIncrease
    | DecideEmergencyIncrease
    | CreditPoolInterest
    | GenerateStatements
    | ConfirmStatement
    | DisputeStatementLine
    | IssueNotices
    | SubmitToFinance
    | PayClearing
    | ConfirmClearingReceipt
    | PayReturn
    | ConfirmReturnReceipt
    | PayHospital
    | RecoverFromHospital
    | ClosePeriod
    | CloseYear
    | ReportDailyClaims
    | ReconcileDay
    | AssignBreak
    | EscalateBreak
    | ResolveBreak
)
