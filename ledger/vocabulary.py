"""The words of the field: codes, lists and names. Source: domain.md 2; commands.md "Rulings"."""

from typing import Final, Literal, NamedTuple, NewType, TypeAlias, get_args

RegionCode = NewType("RegionCode", str)
"""Six digits, e.g. 340000."""
Period = NewType("Period", str)
"""A month of clearing, e.g. 202503."""
Year = NewType("Year", int)
ClaimId = NewType("ClaimId", str)
CommandId = NewType("CommandId", str)
Fen = NewType("Fen", int)
"""Money in fen (0.01 yuan)."""
Hundredths = NewType("Hundredths", int)
"""A policy parameter's value times 100."""

Scheme: TypeAlias = Literal["CROSS_PROVINCE", "INTRA_PROVINCE", "INTRA_PREFECTURE"]
Level: TypeAlias = Literal["province", "prefecture", "pool"]
ClearingClass: TypeAlias = Literal["EMPLOYEE", "RESIDENT"]
InsuranceType: TypeAlias = Literal["310", "320", "330", "370", "510", "380", "390", "391", "392"]
MedType: TypeAlias = Literal["11", "12", "13", "14", "19", "21", "23", "24", "41", "51", "52", "53"]
PersonCategory: TypeAlias = Literal[
    "RESETTLED_RETIREE",
    "LONG_TERM_RESIDENT",
    "STATIONED_WORKER",
    "REFERRAL",
    "EMERGENCY",
    "OTHER_TEMPORARY",
]
FundItem: TypeAlias = Literal[
    "hifp_pay",
    "cvlserv_pay",
    "hifes_pay",
    "hifmi_pay",
    "hifob_pay",
    "hifdm_pay",
    "maf_pay",
    "oth_pay",
]
Item: TypeAlias = Literal[
    "hifp_pay",
    "cvlserv_pay",
    "hifes_pay",
    "hifmi_pay",
    "hifob_pay",
    "hifdm_pay",
    "maf_pay",
    "oth_pay",
    "acct_pay",
]
ReversalCause: TypeAlias = Literal["CANCEL_SAME_DAY", "TIMEOUT_REVERSAL"]
RefundCause: TypeAlias = Literal[
    "REFUND_NON_CONSECUTIVE",
    "REFUND_CROSS_YEAR",
    "REFUND_AFTER_CLEARING",
    "RECLASSIFY_CHRONIC",
    "DUPLICATE_MANUAL",
]
InquiryResult: TypeAlias = Literal["NO_ISSUE", "ISSUE"]
Party: TypeAlias = Literal["insured", "treatment", "national"]
RowStatus: TypeAlias = Literal["SETTLED", "REVERSED"]
BreakCategory: TypeAlias = Literal[
    "MISSING_AT_INSURED",
    "MISSING_AT_TREATMENT",
    "MISSING_AT_NATIONAL",
    "STATUS_MISMATCH",
    "AMOUNT_MISMATCH",
    "FUND_ITEM_MISMATCH",
    "PERIOD_MISMATCH",
    "DUPLICATE_MANUAL",
]
Resolution: TypeAlias = Literal[
    "INSURED_ACCEPTS",
    "TREATMENT_ACCEPTS",
    "REVERSED",
    "RESETTLED",
    "DEDUCTED",
    "WRITTEN_OFF_ROUNDING",
    "NO_ISSUE",
]
PoolLevel: TypeAlias = Literal["NORMAL", "YELLOW", "RED"]
ParameterName: TypeAlias = Literal[
    "warning_yellow",
    "warning_red",
    "sizing_months",
    "submit_working_days",
    "pay_working_days",
    "feedback_working_days",
    "emergency_window_working_days",
    "inquiry_minimum",
    "max_deferrals",
    "statement_day",
    "confirm_day",
]
Family: TypeAlias = Literal[
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
]

SCHEMES: Final[tuple[Scheme, ...]] = get_args(Scheme)
FUND_ITEMS: Final[tuple[FundItem, ...]] = get_args(FundItem)
ITEMS: Final[tuple[Item, ...]] = get_args(Item)
PARTIES: Final[tuple[Party, ...]] = get_args(Party)
FAMILIES: Final[tuple[Family, ...]] = get_args(Family)
INPATIENT: Final = frozenset({"21", "23", "24", "52"})
"""The med_types of a stay in hospital: only these may be inquired into (F15)."""
RESIDENT_TYPES: Final = frozenset({"380", "390", "391", "392"})
EMPLOYEE_ONLY: Final = frozenset(
    {"cvlserv_pay", "hifes_pay", "hifob_pay", "hifdm_pay", "acct_pay", "acct_mulaid_pay"}
)
RESIDENT_ONLY: Final = frozenset({"hifmi_pay"})


Pair: TypeAlias = tuple[RegionCode, RegionCode]
"""Insured and treatment region, whatever the scheme."""


class Corridor(NamedTuple):
    """An ordered pair of regions: people insured in one, treated in the other."""

    scheme: Scheme
    insured_region: RegionCode
    treatment_region: RegionCode

    def __str__(self) -> str:
        """Return the corridor's name in logs and streams."""
        return "/".join(self)


def clearing_class(insutype: InsuranceType) -> ClearingClass:
    """Return the class that an insurance type clears in. Source: commands.md, Reference."""
    return "RESIDENT" if insutype in RESIDENT_TYPES else "EMPLOYEE"
