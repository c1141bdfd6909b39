"""Rulings on accounts: which dimensions each family has, and what is posted where."""

from collections.abc import Iterator
from typing import Final

from .reports import balances, trial_balance
from .ruling import Ruling, ruling
from .world import (
    AH,
    HEFEI,
    JS,
    SH,
    WUHU,
    book,
    corridor,
    deduct,
    interest,
    noticed,
    notices,
    paid_and_received,
    pay,
    pay_advance,
    pay_hospital,
    pay_return,
    pool,
    receive_advance,
    recover,
    refund,
    region,
    registry,
    release_deduction,
    resident,
    return_line,
    settle,
    size,
)

_NONE: Final = "| `CASH`, `FUND.OPENING`, `INC.INTEREST`, `SUSPENSE` | none |"
_PARTNER: Final = (
    "| `ADV.PREPAID`, `ADV.POOL`, `PAY.CLEAR`, `RECV.CLEAR`, `PAY.RETURN`, `RECV.RETURN` |"
    " counterparty |"
)
_CLASS: Final = "| `PAY.ACCRUED`, `ADV.CARE` | counterparty, clearing class |"
_ITEM: Final = (
    "| `EXP` | counterparty, clearing class, item (fund item or `acct_pay`; `acct_mulaid_pay` is"
    " inside `acct_pay`) |"
)
_HOSPITAL: Final = "| `PAY.HOSP` | institution, counterparty (the insured region) |"
_SUSPENSE: Final = "nothing posts to `SUSPENSE` yet"
_CLASSES: Final = "employee and resident balances never cross"
_END: Final = "2025-12-31"
_EMPLOYEE, _RESIDENT = "EMPLOYEE", "RESIDENT"


def _dimensions() -> Iterator[Ruling]:
    both = [*corridor(), pool(AH, JS, "300.00"), pool(JS, SH, "50.00")]
    yield ruling(
        "accounts: cash and fund have no dimensions",
        _NONE,
        both,
        reports=balances(
            _END,
            {
                (AH, "CASH"): {(): "1000000.00"},
                (AH, "FUND.OPENING"): {(): "-1100300.00"},
                (SH, "FUND.OPENING"): {(): "-899950.00"},
            },
        ),
    )
    yield ruling(
        "accounts: interest has no dimensions",
        _NONE,
        *(both, interest(SH, "50.00"), interest(SH, "7.00")),
        reports=balances(_END, {(SH, "INC.INTEREST"): {(): "-57.00"}}),
    )
    yield ruling(
        "accounts: pools by counterparty",
        _PARTNER,
        both,
        reports=balances(
            _END,
            {
                (AH, "ADV.PREPAID"): {(SH,): "100000.00", (JS,): "300.00"},
                (SH, "ADV.POOL"): {(AH,): "-100000.00", (JS,): "-50.00"},
                (SH, "ADV.PREPAID"): {},
            },
        ),
    )
    claims = [
        settle("K1", acct_pay="20.00", hifob_pay="5.00"),
        resident("K2", maf_pay="3.00"),
        settle("K3", AH, JS, institution="H9"),
        settle("K4", institution="H2"),
        settle("K5", JS, SH),
    ]
    yield ruling(
        "accounts: accrued care by counterparty and class",
        _CLASS,
        *(both, claims),
        reports=balances(
            _END,
            {
                (AH, "PAY.ACCRUED"): {
                    (SH, _EMPLOYEE): "-225.00",
                    (SH, _RESIDENT): "-103.00",
                    (JS, _EMPLOYEE): "-100.00",
                },
                (SH, "ADV.CARE"): {
                    (AH, _EMPLOYEE): "225.00",
                    (AH, _RESIDENT): "103.00",
                    (JS, _EMPLOYEE): "100.00",
                },
            },
        ),
    )
    yield ruling(
        "accounts: expense by counterparty, class and item",
        _ITEM,
        *(both, claims),
        reports=balances(
            _END,
            {
                (AH, "EXP"): {
                    (SH, _EMPLOYEE, "hifp_pay"): "200.00",
                    (SH, _EMPLOYEE, "hifob_pay"): "5.00",
                    (SH, _EMPLOYEE, "acct_pay"): "20.00",
                    (SH, _RESIDENT, "hifp_pay"): "100.00",
                    (SH, _RESIDENT, "maf_pay"): "3.00",
                    (JS, _EMPLOYEE, "hifp_pay"): "100.00",
                },
                (SH, "EXP"): {},
            },
        ),
    )
    yield ruling(
        "accounts: the family's part is inside the account's",
        "`acct_mulaid_pay` is inside `acct_pay`",
        *(both, settle("K1", acct_pay="20.00", acct_mulaid_pay="15.00")),
        reports=balances(
            _END,
            {
                (AH, "EXP"): {
                    (SH, _EMPLOYEE, "hifp_pay"): "100.00",
                    (SH, _EMPLOYEE, "acct_pay"): "20.00",
                }
            },
        ),
    )
    yield ruling(
        "accounts: hospitals by institution and insured region",
        _HOSPITAL,
        *(both, claims, pay_hospital([(AH, "50.00"), (JS, "130.00")])),
        reports=balances(
            _END,
            {
                (SH, "PAY.HOSP"): {
                    ("H1", AH): "-178.00",  # 125.00 + 103.00 - 50.00
                    ("H1", JS): "30.00",
                    ("H2", AH): "-100.00",
                },
                (JS, "PAY.HOSP"): {("H9", AH): "-100.00"},
            },
        ),
    )
    yield ruling(
        "accounts: cleared care by counterparty alone",
        _PARTNER,
        *(corridor(), settle("K1"), resident("K2"), noticed(), pay("150.00")),
        reports=balances(
            _END,
            {
                (AH, "PAY.CLEAR"): {(SH,): "-50.00"},
                (SH, "RECV.CLEAR"): {(AH,): "200.00"},
                (AH, "PAY.ACCRUED"): {},
            },
        ),
    )
    yield ruling(
        "accounts: returns by counterparty alone",
        _PARTNER,
        *(return_line(), notices("202504"), pay_return("60.00")),
        reports=balances(
            _END,
            {
                (AH, "RECV.RETURN"): {(SH,): "100.00"},
                (SH, "PAY.RETURN"): {(AH,): "-40.00"},
            },
        ),
    )
    yield ruling(
        "accounts: balances of one book",
        "`clearing balances --as-of DATE [--region R] [--counterparty R]`",
        *(both, claims),
        reports=balances(_END, {(AH, "CASH"): {(): "1000000.00"}, (SH, "CASH"): {}}, region=AH),
    )
    yield ruling(
        "accounts: balances with one counterparty",
        "`clearing balances --as-of DATE [--region R] [--counterparty R]`",
        both,
        reports=balances(
            _END, {(AH, "ADV.PREPAID"): {(JS,): "300.00"}}, region=AH, counterparty=JS
        ),
    )


def _movements() -> Iterator[Ruling]:
    claim = settle("K1", acct_pay="20.00")
    taken = {"EXP": "90.00", "PAY.ACCRUED": "-90.00"}
    given = {"PAY.HOSP": "-90.00", "ADV.CARE": "90.00"}
    for made in (deduct, refund, recover):
        sent = made("K1", "30.00")
        yield ruling(
            f"accounts: {sent['type']} takes off both books",
            "Dr PAY.ACCRUED:t / Cr EXP",
            *(corridor(), claim, sent),
            reports=trial_balance(_END, r340000=taken, r310000=given),
        )
    yield ruling(
        "accounts: a release of a deduction posts like a claim",
        "| ClaimDeductionReleased | as ClaimSettled | as ClaimSettled |",
        *(corridor(), claim, deduct("K1", "40.00", command_id="D1")),
        release_deduction("K1", "D1", "10.00"),
        reports=trial_balance(_END, r340000=taken, r310000=given),
    )
    yield ruling(
        "accounts: a deduction after clearing is accrued anew",
        "same event types in the currently OPEN period",
        *(corridor(), claim, noticed(), deduct("K1", "30.00", on="2025-04-25")),
        reports=balances(
            _END,
            {
                (AH, "PAY.CLEAR"): {(SH,): "-120.00"},
                (AH, "PAY.ACCRUED"): {(SH, _EMPLOYEE): "30.00"},
                (SH, "ADV.CARE"): {(AH, _EMPLOYEE): "-30.00"},
            },
        ),
    )
    yield ruling(
        "accounts: classes never cross",
        _CLASSES,
        *(corridor(), claim, resident("K2"), refund("K2")),
        reports=balances(
            _END,
            {
                (AH, "PAY.ACCRUED"): {(SH, _EMPLOYEE): "-120.00"},
                (SH, "ADV.CARE"): {(AH, _EMPLOYEE): "120.00"},
            },
        ),
    )
    yield ruling(
        "accounts: nothing posts to SUSPENSE",
        _SUSPENSE,
        *(corridor(), size("120000.00"), pay_advance("20000.00"), receive_advance("15000.00")),
        *(claim, noticed(), paid_and_received("120.00"), interest(), pay_hospital()),
        reports=trial_balance(_END, r340000={"SUSPENSE": "0.00"}, r310000={"SUSPENSE": "0.00"}),
    )
    yield ruling(
        "accounts: a book of a prefecture",
        "For L1/L2 schemes the *book* is the pooling area and the same table applies.",
        *(registry(), book(HEFEI, "0.00"), book(WUHU, "0.00"), settle("K1", HEFEI, WUHU)),
        reports=trial_balance(
            _END,
            r340100={"EXP": "100.00", "PAY.ACCRUED": "-100.00"},
            r340200={"ADV.CARE": "100.00"},
        ),
    )
    yield ruling(
        "accounts: a region without a claim of its own",
        "debit positive",
        *(corridor(), claim),
        reports=trial_balance(_END, r320000={"EXP": "0.00", "CASH": "1000000.00"}),
    )
    yield ruling(
        "accounts: a region registered again keeps its book",
        "replaces names, flags or days for what is decided afterwards",
        *(corridor(), region(AH, name_en="New name")),
        reports=trial_balance(_END, r340000={"CASH": "1000000.00", "ADV.PREPAID": "100000.00"}),
    )


ROWS = tuple(row for part in (_dimensions, _movements) for row in part())
