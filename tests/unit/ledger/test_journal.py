from datetime import date
from typing import Any

import pytest

from ledger.commands import HospitalLine
from ledger.events import (
    AdvanceInterestCredited,
    AdvancePaid,
    AdvanceReceived,
    AdvanceReturnPaid,
    AdvanceReturnReceived,
    BookOpened,
    ClaimAuditDeducted,
    ClaimDeductionReleased,
    ClaimRecovered,
    ClaimRefunded,
    ClaimReversed,
    ClearingPaid,
    ClearingReceived,
    ClearingStatementConfirmed,
    Event,
    HospitalPaid,
    HospitalRecovered,
    PoolOpened,
    ReturnPaid,
    ReturnReceived,
)
from ledger.journal import Care, account, care_postings, dimensions, postings
from ledger.vocabulary import Fen
from schemas.envelope import EVENTS
from tests.unit.ledger.given import AH, AH_SH, DAY, JS, SH, settled

# domain.md 5.2, as "debit > credit amount"; book/family/counterparty/class/item/institution.
CARE = [
    "340000/EXP/310000/EMPLOYEE/hifp_pay/ > 340000/PAY.ACCRUED/310000/EMPLOYEE// 9000",
    "340000/EXP/310000/EMPLOYEE/acct_pay/ > 340000/PAY.ACCRUED/310000/EMPLOYEE// 1000",
    "310000/ADV.CARE/340000/EMPLOYEE// > 310000/PAY.HOSP/340000///H1 10000",
]
CARE_BACK = [
    "340000/PAY.ACCRUED/310000/EMPLOYEE// > 340000/EXP/310000/EMPLOYEE/hifp_pay/ 9000",
    "340000/PAY.ACCRUED/310000/EMPLOYEE// > 340000/EXP/310000/EMPLOYEE/acct_pay/ 1000",
    "310000/PAY.HOSP/340000///H1 > 310000/ADV.CARE/340000/EMPLOYEE// 10000",
]
TOOK: dict[str, Any] = {
    "claim_id": "K1",
    "institution": "H1",
    "clearing_class": "EMPLOYEE",
    "items": {"hifp_pay": Fen(9_000), "acct_pay": Fen(1_000)},
    "period": "202503",
    "original_period": "202503",
}
MONEY: dict[str, Any] = {"amount": Fen(700), "bank_serial": "B1"}
LINE: dict[str, Any] = {"period": "202503", **MONEY}
WARD: dict[str, Any] = {
    "treatment_region": SH,
    "institution": "H1",
    "lines": (
        HospitalLine(insured_region=AH, amount=Fen(30)),
        HospitalLine(insured_region=JS, amount=Fen(4)),
    ),
    "bank_serial": "B1",
}


def confirmed(employee: int, resident: int, *, booked: bool = True) -> Event:
    return ClearingStatementConfirmed(
        on=DAY,
        **AH_SH._asdict(),
        period="202503",  # type: ignore[arg-type]
        region=AH,
        booked=booked,
        employee=employee,
        resident=resident,
    )


def of_corridor(cls: Any, **fields: Any) -> Event:
    event: Event = cls(on=DAY, **AH_SH._asdict(), **fields)
    return event


ROWS: list[tuple[Event, list[str]]] = [
    (settled(), CARE),
    (of_corridor(ClaimDeductionReleased, **TOOK, deduction="D1"), CARE),
    (of_corridor(ClaimReversed, **TOOK, cause="CANCEL_SAME_DAY"), CARE_BACK),
    (of_corridor(ClaimAuditDeducted, **TOOK, deduction="D1", reason_code="x"), CARE_BACK),
    (of_corridor(ClaimRefunded, **TOOK, cause="REFUND_CROSS_YEAR"), CARE_BACK),
    (of_corridor(ClaimRecovered, **TOOK, reason_code="x"), CARE_BACK),
    (
        confirmed(500, 20),
        [
            "340000/PAY.ACCRUED/310000/EMPLOYEE// > 340000/PAY.CLEAR/310000/// 500",
            "310000/RECV.CLEAR/340000/// > 310000/ADV.CARE/340000/EMPLOYEE// 500",
            "340000/PAY.ACCRUED/310000/RESIDENT// > 340000/PAY.CLEAR/310000/// 20",
            "310000/RECV.CLEAR/340000/// > 310000/ADV.CARE/340000/RESIDENT// 20",
        ],
    ),
    (
        confirmed(500, -20),
        [
            "340000/PAY.ACCRUED/310000/EMPLOYEE// > 340000/PAY.CLEAR/310000/// 500",
            "310000/RECV.CLEAR/340000/// > 310000/ADV.CARE/340000/EMPLOYEE// 500",
            "340000/PAY.CLEAR/310000/// > 340000/PAY.ACCRUED/310000/RESIDENT// 20",
            "310000/ADV.CARE/340000/RESIDENT// > 310000/RECV.CLEAR/340000/// 20",
        ],
    ),
    (
        confirmed(0, -20),
        [
            "340000/RECV.RETURN/310000/// > 340000/PAY.ACCRUED/310000/RESIDENT// 20",
            "310000/ADV.CARE/340000/RESIDENT// > 310000/PAY.RETURN/340000/// 20",
        ],
    ),
    (confirmed(500, 20, booked=False), []),
    (
        HospitalPaid(on=DAY, **WARD),
        [
            "310000/PAY.HOSP/340000///H1 > 310000/CASH//// 30",
            "310000/PAY.HOSP/320000///H1 > 310000/CASH//// 4",
        ],
    ),
    (
        HospitalRecovered(on=DAY, **WARD),
        [
            "310000/CASH//// > 310000/PAY.HOSP/340000///H1 30",
            "310000/CASH//// > 310000/PAY.HOSP/320000///H1 4",
        ],
    ),
    (of_corridor(ClearingPaid, **LINE), ["340000/PAY.CLEAR/310000/// > 340000/CASH//// 700"]),
    (of_corridor(ClearingReceived, **LINE), ["310000/CASH//// > 310000/RECV.CLEAR/340000/// 700"]),
    (of_corridor(ReturnPaid, **LINE), ["310000/PAY.RETURN/340000/// > 310000/CASH//// 700"]),
    (of_corridor(ReturnReceived, **LINE), ["340000/CASH//// > 340000/RECV.RETURN/310000/// 700"]),
    (of_corridor(AdvancePaid, **MONEY), ["340000/ADV.PREPAID/310000/// > 340000/CASH//// 700"]),
    (of_corridor(AdvanceReceived, **MONEY), ["310000/CASH//// > 310000/ADV.POOL/340000/// 700"]),
    (of_corridor(AdvanceReturnPaid, **MONEY), ["310000/ADV.POOL/340000/// > 310000/CASH//// 700"]),
    (
        of_corridor(AdvanceReturnReceived, **MONEY),
        ["340000/CASH//// > 340000/ADV.PREPAID/310000/// 700"],
    ),
    (
        of_corridor(PoolOpened, principal=Fen(900)),
        [
            "340000/ADV.PREPAID/310000/// > 340000/FUND.OPENING//// 900",
            "310000/FUND.OPENING//// > 310000/ADV.POOL/340000/// 900",
        ],
    ),
    (of_corridor(PoolOpened, principal=Fen(0)), []),
    (
        BookOpened(on=DAY, region=AH, cash=Fen(5)),
        ["340000/CASH//// > 340000/FUND.OPENING//// 5"],
    ),
    (BookOpened(on=DAY, region=AH, cash=Fen(0)), []),
    (
        AdvanceInterestCredited(on=DAY, region=SH, **MONEY),
        ["310000/CASH//// > 310000/INC.INTEREST//// 700"],
    ),
]


@pytest.mark.parametrize(("event", "expected"), ROWS, ids=lambda value: type(value).__name__)
def test_an_event_posts_what_the_table_of_postings_says(event: Event, expected: list[str]) -> None:
    assert [f"{debit} > {credit} {amount}" for debit, credit, amount in postings(event)] == expected


def test_all_other_events_post_nothing() -> None:
    """Quota, notice, inquiry, break, hold and the registers move no money."""
    silent = EVENTS.keys() - {type(event).__name__ for event, _ in ROWS}
    assert silent == {
        *("RegionRegistered", "WorkCalendarPublished", "PolicyParameterChanged"),
        *("FiscalAccountChanged", "ClaimHeld", "ClaimReleased", "ClaimManuallyReimbursed"),
        *("ClaimInquiryOpened", "ClaimInquiryAnswered", "ClaimInquiryConfirmed"),
        *("AdvanceQuotaAdjusted", "EmergencyIncreaseRequested", "EmergencyIncreaseDecided"),
        *("ClearingStatementGenerated", "ClearingStatementDisputed", "ClearingNoticeIssued"),
        *("ClearingSubmittedToFinance", "ClearingPeriodClosed", "AnnualClearingClosed"),
        *("DailyClaimsReported", "DailyReconciled", "BreakOpened", "BreakAssigned"),
        *("BreakEscalated", "BreakResolved", "CommandRefused", "CommandHadNoEffect"),
    }
    for name in silent:
        blank: Event = object.__new__(EVENTS[name])
        assert postings(blank) == ()


def test_care_that_sums_to_less_than_nothing_turns_round() -> None:
    care: Care = (AH, SH, "RESIDENT", "H1")
    lines = care_postings(care, [("hifp_pay", 50), ("hifmi_pay", -80), ("maf_pay", 0)])
    assert [(line.debit, line.credit, line.amount) for line in lines] == [
        (f"{AH}/EXP/{SH}/RESIDENT/hifp_pay/", f"{AH}/PAY.ACCRUED/{SH}/RESIDENT//", 50),
        (f"{AH}/PAY.ACCRUED/{SH}/RESIDENT//", f"{AH}/EXP/{SH}/RESIDENT/hifmi_pay/", 80),
        (f"{SH}/PAY.HOSP/{AH}///H1", f"{SH}/ADV.CARE/{AH}/RESIDENT//", 30),
    ]


def test_an_institution_may_be_named_with_a_slash() -> None:
    code = account(SH, "PAY.HOSP", AH, institution="H/1/2")
    assert dimensions(code) == (SH, "PAY.HOSP", AH, "", "", "H/1/2")


def test_postings_do_not_depend_on_the_day() -> None:
    early, late = settled(on=date(2020, 1, 1)), settled(on=date(2030, 1, 1))
    assert postings(early) == postings(late)
