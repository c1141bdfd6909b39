"""The fields of every command, required and optional, with a sample of each in its right form."""

from typing import Final

from .world import AH, CROSS, FIRST_DAY, HEFEI, SH, Command, command, day_row, hospital_lines

_CORRIDOR: Final = "insured_region treatment_region"
_PAYMENT: Final = f"{_CORRIDOR} amount bank_serial"
_LINE_PAYMENT: Final = f"{_PAYMENT} period"

# type: (required fields, optional fields)
SHAPES: Final = {
    "RegisterRegion": ("code name_zh name_en level", "parent single_pool"),
    "PublishWorkCalendar": ("year holidays makeup_workdays", ""),
    "SetPolicyParameter": ("name value effective_from", ""),
    "RegisterFiscalAccount": ("region account_name bank account_number", ""),
    "OpenBook": ("region cash", ""),
    "OpenPool": (f"{_CORRIDOR} principal", "scheme"),
    "SettleClaim": (
        f"claim_id {_CORRIDOR} institution insutype med_type medfee_sumamt hifp_pay psn_cash_pay",
        (
            "scheme person_category cvlserv_pay hifes_pay hifmi_pay hifob_pay hifdm_pay maf_pay"
            " oth_pay acct_pay acct_mulaid_pay hosp_part_amt dise_codg admitted_on mdtrt_id"
            " person_token"
        ),
    ),
    "ReverseClaim": ("claim_id cause", ""),
    "DeductClaim": ("claim_id amount reason_code", "items"),
    "ReleaseDeduction": ("claim_id deduction amount", ""),
    "RefundClaim": ("claim_id cause", "amount items"),
    "RecoverClaim": ("claim_id amount reason_code", "items"),
    "HoldClaim": ("claim_id reason", ""),
    "ReleaseClaim": ("claim_id", ""),
    "RecordManualReimbursement": (
        f"claim_ref {_CORRIDOR} institution person_token amount",
        "admitted_on mdtrt_id",
    ),
    "OpenInquiry": ("claim_id question", ""),
    "AnswerInquiry": ("claim_id result", "reason"),
    "ConfirmInquiry": ("claim_id", ""),
    "SizeAdvance": (f"{_CORRIDOR} year", "scheme q4"),
    "PayAdvance": (_PAYMENT, "scheme request"),
    "ConfirmAdvanceReceipt": (_PAYMENT, "scheme request"),
    "PayAdvanceReturn": (_PAYMENT, "scheme"),
    "ConfirmAdvanceReturnReceipt": (_PAYMENT, "scheme"),
    "RequestEmergencyIncrease": (f"{_CORRIDOR} period", "scheme amount"),
    "DecideEmergencyIncrease": (f"{_CORRIDOR} request approved_amount", "scheme"),
    "CreditPoolInterest": ("region amount bank_serial", ""),
    "GenerateStatements": ("scheme period", ""),
    "ConfirmStatement": ("scheme period region", ""),
    "DisputeStatementLine": (f"{_CORRIDOR} period claim_id reason", "scheme"),
    "IssueNotices": ("scheme period", ""),
    "SubmitToFinance": (f"{_CORRIDOR} period", "scheme"),
    "PayClearing": (_LINE_PAYMENT, "scheme"),
    "ConfirmClearingReceipt": (_LINE_PAYMENT, "scheme"),
    "PayReturn": (_LINE_PAYMENT, "scheme"),
    "ConfirmReturnReceipt": (_LINE_PAYMENT, "scheme"),
    "PayHospital": ("treatment_region institution lines bank_serial", ""),
    "RecoverFromHospital": ("treatment_region institution lines bank_serial", ""),
    "ClosePeriod": ("scheme period", ""),
    "CloseYear": ("scheme year", ""),
    "ReportDailyClaims": (f"party {_CORRIDOR} date rows", "scheme"),
    "ReconcileDay": (f"{_CORRIDOR} date", "scheme"),
    "AssignBreak": ("break_id owner", ""),
    "EscalateBreak": ("break_id reason", ""),
    "ResolveBreak": ("break_id resolution", "reason corrections"),
}

_VALUES: Final[Command] = {
    "code": HEFEI,
    "level": "prefecture",
    "parent": AH,
    "single_pool": True,
    "year": 2025,
    "holidays": ["2025-05-01"],
    "makeup_workdays": ["2025-04-27"],
    "name": "warning_yellow",
    "value": "0.75",
    "effective_from": FIRST_DAY,
    "region": AH,
    "insured_region": AH,
    "treatment_region": SH,
    "scheme": CROSS,
    "insutype": "310",
    "med_type": "21",
    "person_category": "REFERRAL",
    "medfee_sumamt": "100.00",
    "hifp_pay": "100.00",
    "admitted_on": "2025-03-01",
    "cause": "CANCEL_SAME_DAY",
    "amount": "100.00",
    "items": {"hifp_pay": "100.00"},
    "result": "ISSUE",
    "q4": ["1.00", "2.00", "3.00"],
    "approved_amount": "100.00",
    "cash": "100.00",
    "principal": "100.00",
    "period": "202503",
    "lines": hospital_lines((AH, "100.00")),
    "party": "insured",
    "date": "2025-03-05",
    "rows": [day_row("K1")],
    "resolution": "NO_ISSUE",
    "corrections": ["a-command"],
}
_MONEY_PARTS: Final = (
    *("psn_cash_pay", "cvlserv_pay", "hifes_pay", "hifmi_pay", "hifob_pay", "hifdm_pay"),
    *("maf_pay", "oth_pay", "acct_pay", "acct_mulaid_pay", "hosp_part_amt"),
)


def required(kind: str) -> list[str]:
    return SHAPES[kind][0].split()


def optional(kind: str) -> list[str]:
    return SHAPES[kind][1].split()


def sample(kind: str, on: str = FIRST_DAY, **changes: object) -> Command:
    """A command of this type with every field, each in its right form."""
    fields = {name: _sample_of(kind, name) for name in (*required(kind), *optional(kind))}
    return {**command(kind, on, **fields), **changes}


def _sample_of(kind: str, name: str) -> object:
    if (kind, name) == ("RefundClaim", "cause"):
        return "REFUND_CROSS_YEAR"
    return "0.00" if name in _MONEY_PARTS else _VALUES.get(name, "a text")


def of_another_kind(value: object) -> object:
    """A JSON value that can never stand in the place of this one."""
    if isinstance(value, bool):
        return "true"
    if isinstance(value, int):
        return str(value)
    return 7 if isinstance(value, str) else "a text"
