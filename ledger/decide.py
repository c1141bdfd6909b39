"""Judge one command against the state: the events, or the first fault."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final

from ledger import commands as c
from ledger.commands import Command
from ledger.errors import Refusal, Refused
from ledger.events import Fact
from ledger.record import record
from ledger.rules import (
    advances,
    breaks,
    claims,
    clearing,
    hospitals,
    reconciliation,
    registers,
)
from ledger.state import State


@record
class Accepted:
    """A command's events, perhaps none; `detail` names the corridors that refused."""

    events: tuple[Fact, ...]
    detail: str | None = None


_RULES: Final[Mapping[type, Callable[[Any, State], tuple[Fact, ...]]]] = {
    c.RegisterRegion: registers.register_region,
    c.PublishWorkCalendar: registers.publish_work_calendar,
    c.SetPolicyParameter: registers.set_policy_parameter,
    c.RegisterFiscalAccount: registers.register_fiscal_account,
    c.OpenBook: registers.open_book,
    c.OpenPool: registers.open_pool,
    c.SettleClaim: claims.settle_claim,
    c.ReverseClaim: claims.reverse_claim,
    c.DeductClaim: claims.deduct_claim,
    c.ReleaseDeduction: claims.release_deduction,
    c.RefundClaim: claims.refund_claim,
    c.RecoverClaim: claims.recover_claim,
    c.HoldClaim: claims.hold_claim,
    c.ReleaseClaim: claims.release_claim,
    c.RecordManualReimbursement: claims.record_manual,
    c.OpenInquiry: claims.open_inquiry,
    c.AnswerInquiry: claims.answer_inquiry,
    c.ConfirmInquiry: claims.confirm_inquiry,
    c.SizeAdvance: advances.size_advance,
    c.PayAdvance: advances.pay_advance,
    c.ConfirmAdvanceReceipt: advances.confirm_advance_receipt,
    c.PayAdvanceReturn: advances.pay_advance_return,
    c.ConfirmAdvanceReturnReceipt: advances.confirm_advance_return_receipt,
    c.RequestEmergencyIncrease: advances.request_emergency_increase,
    c.DecideEmergencyIncrease: advances.decide_emergency_increase,
    c.CreditPoolInterest: advances.credit_pool_interest,
    c.DisputeStatementLine: clearing.dispute_statement_line,
    c.SubmitToFinance: clearing.submit_to_finance,
    c.PayClearing: clearing.pay_clearing,
    c.ConfirmClearingReceipt: clearing.confirm_clearing_receipt,
    c.PayReturn: clearing.pay_return,
    c.ConfirmReturnReceipt: clearing.confirm_return_receipt,
    c.PayHospital: hospitals.pay_hospital,
    c.RecoverFromHospital: hospitals.recover_from_hospital,
    c.ClosePeriod: clearing.close_period,
    c.CloseYear: clearing.close_year,
    c.ReportDailyClaims: reconciliation.report_daily_claims,
    c.ReconcileDay: reconciliation.reconcile_day,
    c.AssignBreak: breaks.assign_break,
    c.EscalateBreak: breaks.escalate_break,
    c.ResolveBreak: breaks.resolve_break,
}
"""The rule of each command that concerns what it names."""

_ON_MANY: Final[Mapping[type, Callable[[Any, State], tuple[tuple[Fact, ...], str]]]] = {
    c.GenerateStatements: clearing.generate_statements,
    c.ConfirmStatement: clearing.confirm_statement,
    c.IssueNotices: clearing.issue_notices,
}
"""The rule of each command that many corridors carry out, each for itself."""


def decide(command: Command, state: State, *, received_on: date) -> Accepted | Refusal:
    """Return the command's events, or why it is refused; the state stays as it is.

    `received_on` is the day of receipt in Asia/Shanghai, stamped at the door.
    """
    if command.on > received_on:
        detail = f"dated {command.on}, received on {received_on}"
        return Refusal(reason="settled_in_future", detail=detail)
    kind = type(command)
    try:
        if kind in _ON_MANY:
            events, detail = _ON_MANY[kind](command, state)
            return Accepted(events=events, detail=detail or None)
        return Accepted(events=_RULES[kind](command, state))
    except Refused as answer:
        return answer.refusal
