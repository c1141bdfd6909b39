"""Code lists, field lists and defaults, copied by hand from the contract."""

from decimal import Decimal

SCHEMES = ("CROSS_PROVINCE", "INTRA_PROVINCE", "INTRA_PREFECTURE")
LEVELS = ("province", "prefecture", "pool")
LEVEL_ABOVE = {"prefecture": "province", "pool": "prefecture"}

CLASS_OF_INSUTYPE = {
    "310": "EMPLOYEE",
    "320": "EMPLOYEE",
    "330": "EMPLOYEE",
    "370": "EMPLOYEE",
    "510": "EMPLOYEE",
    "380": "RESIDENT",
    "390": "RESIDENT",
    "391": "RESIDENT",
    "392": "RESIDENT",
}
CLASSES = ("EMPLOYEE", "RESIDENT")

FUND_ITEMS = (
    "hifp_pay",
    "cvlserv_pay",
    "hifes_pay",
    "hifmi_pay",
    "hifob_pay",
    "hifdm_pay",
    "maf_pay",
    "oth_pay",
)
# What is owed between the regions, in the order of the field list.
ITEMS = (*FUND_ITEMS, "acct_pay")
# Items of one class only; above 0.00 they are refused in the other, in this order.
ONLY_CLASS = {
    "cvlserv_pay": "EMPLOYEE",
    "hifes_pay": "EMPLOYEE",
    "hifmi_pay": "RESIDENT",
    "hifob_pay": "EMPLOYEE",
    "hifdm_pay": "EMPLOYEE",
    "acct_pay": "EMPLOYEE",
    "acct_mulaid_pay": "EMPLOYEE",
}

MED_TYPES = ("11", "12", "13", "14", "19", "21", "23", "24", "41", "51", "52", "53")
INPATIENT = ("21", "23", "24", "52")
PERSON_CATEGORIES = (
    "RESETTLED_RETIREE",
    "LONG_TERM_RESIDENT",
    "STATIONED_WORKER",
    "REFERRAL",
    "EMERGENCY",
    "OTHER_TEMPORARY",
)

REVERSAL_CAUSES = ("CANCEL_SAME_DAY", "TIMEOUT_REVERSAL")
REFUND_CAUSES = (
    "REFUND_NON_CONSECUTIVE",
    "REFUND_CROSS_YEAR",
    "REFUND_AFTER_CLEARING",
    "RECLASSIFY_CHRONIC",
    "DUPLICATE_MANUAL",
)

PARTIES = ("insured", "treatment", "national")
MISSING_AT = {
    "insured": "MISSING_AT_INSURED",
    "treatment": "MISSING_AT_TREATMENT",
    "national": "MISSING_AT_NATIONAL",
}
ROW_STATUSES = ("SETTLED", "REVERSED")
RESOLUTIONS = (
    "INSURED_ACCEPTS",
    "TREATMENT_ACCEPTS",
    "REVERSED",
    "RESETTLED",
    "DEDUCTED",
    "WRITTEN_OFF_ROUNDING",
    "NO_ISSUE",
)
PROVEN_BY_COMMANDS = ("REVERSED", "RESETTLED", "DEDUCTED")
INQUIRY_RESULTS = ("NO_ISSUE", "ISSUE")

PARAMETERS = {
    "warning_yellow": Decimal("0.70"),
    "warning_red": Decimal("0.90"),
    "sizing_months": Decimal(2),
    "submit_working_days": Decimal(5),
    "pay_working_days": Decimal(10),
    "feedback_working_days": Decimal(5),
    "emergency_window_working_days": Decimal(3),
    "inquiry_minimum": Decimal("30000.00"),
    "max_deferrals": Decimal(2),
    "statement_day": Decimal(21),
    "confirm_day": Decimal(25),
}

FAMILIES = (
    "CASH",
    "ADV.PREPAID",
    "ADV.POOL",
    "ADV.CARE",
    "PAY.ACCRUED",
    "RECV.CLEAR",
    "PAY.CLEAR",
    "RECV.RETURN",
    "PAY.RETURN",
    "PAY.HOSP",
    "EXP",
    "INC.INTEREST",
    "SUSPENSE",
    "FUND.OPENING",
)

REASONS = (
    "malformed",
    "command_id_reused",
    "unknown_region",
    "not_cross_region",
    "scheme_mismatch",
    "total_mismatch",
    "zero_amount",
    "item_not_allowed",
    "settled_in_future",
    "claim_exists",
    "claim_unknown",
    "claim_reversed",
    "already_stated",
    "exceeds_outstanding",
    "claim_held",
    "claim_not_held",
    "book_unknown",
    "book_open",
    "pool_unknown",
    "pool_open",
    "quota_exists",
    "no_line",
    "amount_exceeds_due",
    "amount_exceeds_transit",
    "pool_not_red",
    "emergency_window_closed",
    "emergency_open",
    "request_unknown",
    "request_decided",
    "statement_exists",
    "statement_missing",
    "statement_confirmed",
    "statement_not_confirmed",
    "notices_missing",
    "period_closed",
    "calendar_missing",
    "inquiry_not_allowed",
    "inquiry_unknown",
    "break_unknown",
    "break_resolved",
    "report_missing",
    "region_exists",
    "deduction_unknown",
    "break_open",
    "not_escalated",
    "inquiry_open",
    "line_open",
    "too_early",
    "notices_issued",
    "period_open",
    "resolution_not_proven",
    "decider_fault",
)

LARGEST_LINE = 8 * 1024 * 1024
