"""Plausible commands for a stream: a builder for each type, which peeks at an auditor's facts.

A builder returns the fields of a command beyond the common ones, or None where the history
holds nothing that such a command could be about. What it makes is mostly accepted;
`stream_twists` spoils it.
"""

from collections.abc import Callable

from . import stream_claims, stream_money
from .stream_maker import Fields, Maker

Builder = Callable[[Maker], Fields | None]

BUILDERS: dict[str, Builder] = {
    "RegisterRegion": stream_claims.register_region,
    "PublishWorkCalendar": stream_claims.publish_work_calendar,
    "SetPolicyParameter": stream_claims.set_policy_parameter,
    "RegisterFiscalAccount": stream_claims.register_fiscal_account,
    "OpenBook": stream_claims.open_book,
    "OpenPool": stream_claims.open_pool,
    "SettleClaim": stream_claims.settle_claim,
    "ReverseClaim": stream_claims.reverse_claim,
    "DeductClaim": stream_claims.take_part,
    "ReleaseDeduction": stream_claims.release_deduction,
    "RefundClaim": stream_claims.refund_claim,
    "RecoverClaim": stream_claims.take_part,
    "HoldClaim": stream_claims.hold_claim,
    "ReleaseClaim": stream_claims.release_claim,
    "RecordManualReimbursement": stream_claims.record_manual_reimbursement,
    "OpenInquiry": stream_claims.open_inquiry,
    "AnswerInquiry": stream_claims.answer_inquiry,
    "ConfirmInquiry": stream_claims.confirm_inquiry,
    "SizeAdvance": stream_money.size_advance,
    "PayAdvance": lambda maker: stream_money.on_advance(maker, returns=False, receipt=False),
    "ConfirmAdvanceReceipt": lambda maker: stream_money.on_advance(
        maker, returns=False, receipt=True
    ),
    "PayAdvanceReturn": lambda maker: stream_money.on_advance(maker, returns=True, receipt=False),
    "ConfirmAdvanceReturnReceipt": lambda maker: stream_money.on_advance(
        maker, returns=True, receipt=True
    ),
    "RequestEmergencyIncrease": stream_money.request_emergency_increase,
    "DecideEmergencyIncrease": stream_money.decide_emergency_increase,
    "CreditPoolInterest": stream_money.credit_pool_interest,
    "GenerateStatements": stream_money.scheme_period,
    "ConfirmStatement": stream_money.confirm_statement,
    "DisputeStatementLine": stream_money.dispute_statement_line,
    "IssueNotices": stream_money.scheme_period,
    "SubmitToFinance": stream_money.submit_to_finance,
    "PayClearing": lambda maker: stream_money.on_clearing(maker, returns=False, receipt=False),
    "ConfirmClearingReceipt": lambda maker: stream_money.on_clearing(
        maker, returns=False, receipt=True
    ),
    "PayReturn": lambda maker: stream_money.on_clearing(maker, returns=True, receipt=False),
    "ConfirmReturnReceipt": lambda maker: stream_money.on_clearing(
        maker, returns=True, receipt=True
    ),
    "PayHospital": lambda maker: stream_money.hospital_fields(maker, 1),
    "RecoverFromHospital": lambda maker: stream_money.hospital_fields(maker, -1),
    "ClosePeriod": stream_money.scheme_period,
    "CloseYear": stream_money.close_year,
    "ReportDailyClaims": stream_money.report_daily_claims,
    "ReconcileDay": stream_money.reconcile_day,
    "AssignBreak": stream_money.assign_break,
    "EscalateBreak": stream_money.escalate_break,
    "ResolveBreak": stream_money.resolve_break,
}
