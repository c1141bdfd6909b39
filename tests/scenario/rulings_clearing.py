"""Rulings on monthly clearing: statements, disputes, notices, payments, hospitals, closing."""

from collections.abc import Iterator
from typing import Final

from .reports import balances, line, notices_of, payments, pools, statement, trial_balance
from .ruling import KNOWN, Report, Ruling, accepted, rejected, ruling
from .world import (
    AH,
    HEFEI,
    INTRA,
    JS,
    SH,
    WUHU,
    Command,
    book,
    close_period,
    close_year,
    confirm,
    corridor,
    deduct,
    dispute,
    escalate,
    generate,
    hold,
    missing_at_insured,
    noticed,
    notices,
    paid_and_received,
    parameter,
    pay,
    pay_hospital,
    pay_return,
    pool,
    provinces,
    receive,
    receive_return,
    recover_from_hospital,
    refund,
    registry,
    release,
    resident,
    resolve,
    return_line,
    reverse,
    settle,
    size,
    stated,
    submit_to_finance,
)

_GENERATE: Final = (
    "`GenerateStatements`, in this order: before `statement_day` of M+1 `too_early`;"
    " `statement_exists`; where the corridor's log holds anything for an earlier period not stated"
    " `statement_missing`"
)
_TAKEN_OUT: Final = (
    "takes the claim and what is booked to it in this period out of the statement, whose figures"
    " and digest are made anew"
)
_REFUSED: Final = (
    "refused from the first confirmation on (`statement_confirmed`), and for a claim of another"
    " corridor or period (`claim_unknown`)"
)
_DEFERRED: Final = (
    "the missed period counts as a deferral, each statement missed afterwards as another"
)
_ZERO: Final = "A zero line is a statement whose `net` is 0.00, with items or without."
_ZERO_WAIT: Final = "Both sides confirm it, `ClosePeriod` and own Q4 wait for that"
_ZERO_NO_LINE: Final = (
    "it gets no notice, and submitting, paying or receiving on it is `no_line`, also before notices"
)
_NOTICES: Final = (
    "`IssueNotices` gives a notice to each line that is not zero, is confirmed by both sides and"
    " has none; any other line that is not zero refuses: `statement_not_confirmed`, or"
    " `notices_issued`."
)
_SUBMIT: Final = (
    "`SubmitToFinance` names the corridor as always, for a clearing line (i will pay) and for a"
    " return line (t will pay) alike"
)
_ONCE: Final = (
    "Once for a line, and before its first payment, else `no_line`; a payment needs no submission."
)
_STATUS: Final = (
    "Status of a statement: GENERATED (no side has confirmed), PART_CONFIRMED (one), CONFIRMED"
    " (both), NOTICED (it has its notice; never a zero line), CLOSED (its period was closed by"
    " `ClosePeriod`)."
)
_CLASSES: Final = (
    "Statements are booked class by class, with the accounts that the sign of `net` calls for: a"
    " class of the other sign is booked to the same accounts the other way round, a class of 0.00"
    " not at all, and a zero line not at all, even if its classes are not zero."
)
_HOSPITAL: Final = "PAY.HOSP may go to either side, without limit"
_CLOSE: Final = (
    "`ClosePeriod` needs every corridor of the scheme stated and every line confirmed, noticed,"
    " paid and received (a zero line: confirmed), else `period_open`"
)
_CLOSE_YEAR: Final = (
    "`CloseYear` needs December stated everywhere and every stated period of the year closed, else"
    " `period_open`"
)
_NO_CORRIDOR: Final = "of a scheme without any corridor: `period_open`"
_SECOND: Final = (
    "a second time, and any submission, payment or receipt in a closed period: `period_closed`"
    " (before `no_line` and amounts)"
)
_LATER: Final = "where the period is closed and this corridor began later `period_closed`"
_PARTS: Final = "(i pays t; parts allowed, never above what is due)"
_MARCH, _APRIL, _MAY = "202503", "202504", "202505"
_END: Final = "2025-12-31"
_NO_LINE: Final = rejected("no_line")
_OPEN: Final = rejected("period_open")
_CLOSED: Final = rejected("period_closed")


def _march(**cells: object) -> Report:
    return statement(line(**cells), period=_MARCH)


def _due() -> list[Command]:
    """A line of 100.00 with its notice."""
    return [*corridor(), settle("K1"), *noticed()]


def _paid() -> list[Command]:
    return [*_due(), *paid_and_received("100.00")]


def _zero_with_items() -> list[Command]:
    """March is a zero line: a claim that was refunded within the month."""
    return [*corridor(), settle("K1"), refund("K1"), generate()]


# -- statements -----------------------------------------------------------------------------------


def _generating() -> Iterator[Ruling]:
    world = [*corridor(), settle("K1")]
    yield ruling("clearing: statements on day 21", _GENERATE, world, generate(on="2025-04-21"))
    yield ruling(
        "clearing: statements before day 21",
        _GENERATE,
        *(world, generate(on="2025-04-20")),
        expect=rejected("too_early"),
    )
    yield ruling(
        "clearing: statements of a month within itself",
        _GENERATE,
        *(world, generate(on="2025-03-31")),
        expect=rejected("too_early"),
    )
    yield ruling(
        "clearing: statements of December in January",
        "before `statement_day` of M+1 `too_early`",
        *(corridor(2024), generate("202412", on="2025-01-21")),
    )
    yield ruling(
        "clearing: statements of December too early",
        "before `statement_day` of M+1 `too_early`",
        *(corridor(2024), generate("202412", on="2025-01-20")),
        expect=rejected("too_early"),
    )
    for day, outcome in (("2024-11-20", rejected("too_early")), ("2024-11-21", accepted())):
        yield ruling(
            f"clearing: statements of October on {day}",
            "before `statement_day` of M+1 `too_early`",
            *(corridor(2024), generate("202410", on=day)),
            expect=outcome,
        )
    yield ruling(
        "clearing: a second statement",
        _GENERATE,
        world,
        generate(),
        generate(),
        expect=rejected("statement_exists"),
    )
    yield ruling(
        "clearing: an earlier month with items is missing",
        _GENERATE,
        *(world, generate(_APRIL)),
        expect=rejected("statement_missing"),
    )
    yield ruling(
        "clearing: an earlier month without items is not missing",
        "holds anything for an earlier period not stated",
        *(corridor(), settle("K1", on="2025-04-05"), generate(_APRIL)),
        reports=statement(line(visits=1), period=_APRIL),
    )
    yield ruling(
        "clearing: a refund alone makes an earlier month missing",
        "holds anything for an earlier period not stated",
        *(world, generate(_MARCH), refund("K1", on="2025-04-25"), generate(_MAY)),
        expect=rejected("statement_missing"),
    )
    yield ruling(
        "clearing: a statement is not changed by what comes after",
        "A statement changes only by a dispute before the first confirmation; from then on never.",
        *(world, generate(), settle("K2"), deduct("K1", "1.00"), refund("K1", "1.00")),
        reports=_march(visits=1, net="100.00", deduction="0.00", medfee_sumamt="100.00"),
    )
    yield ruling(
        "clearing: figures of a statement",
        "One row for each corridor with at least one item in the period.",
        *(corridor(), settle("K1", acct_pay="20.00", psn_cash_pay="5.00")),
        *(resident("K2", hifp_pay="50.00"), deduct("K1", "10.00"), refund("K2", "7.00")),
        *(settle("K3"), reverse("K3"), generate()),
        reports=_march(
            visits=2,
            medfee_sumamt="175.00",
            employee="110.00",
            resident="43.00",
            deduction="10.00",
            net="153.00",
            principal="100000.00",
        ),
    )
    yield ruling(
        "clearing: a corridor without items has no row",
        "it has no row in the report, but it is a zero line that both sides confirm like any other",
        *(corridor(), stated()),
        reports=statement(),
    )
    both_ways = [*corridor(), pool(SH, AH), settle("K1"), settle("K2", SH, AH, hifp_pay="30.00")]
    yield ruling(
        "clearing: two directions are two lines",
        "Gross: `i→t` and `t→i` are two lines, both paid",
        *(both_ways, generate()),
        reports=statement(line(AH, SH, net="100.00"), line(SH, AH, net="30.00")),
    )


def _disputes() -> Iterator[Ruling]:
    two = [*corridor(), settle("K1"), settle("K2", hifp_pay="200.00")]
    yield ruling(
        "clearing: a dispute takes a claim out",
        _TAKEN_OUT,
        *(two, generate(), dispute("K1")),
        reports=_march(
            visits=1,
            medfee_sumamt="200.00",
            employee="200.00",
            net="200.00",
            usage_percent="0.2000",
        ),
    )
    yield ruling(
        "clearing: a dispute takes out what is booked to the claim",
        _TAKEN_OUT,
        *(two, deduct("K1", "30.00"), refund("K1", "10.00"), generate(), dispute("K1")),
        reports=_march(visits=1, deduction="0.00", net="200.00"),
    )
    yield ruling(
        "clearing: a dispute leaves what is booked to others",
        _TAKEN_OUT,
        *(two, deduct("K2", "30.00"), generate(), dispute("K1")),
        reports=_march(visits=1, deduction="30.00", net="170.00"),
    )
    yield ruling(
        "clearing: a dispute takes a resident's claim out of its class",
        _TAKEN_OUT,
        *(corridor(), settle("K1"), resident("K2"), resident("K3", hifp_pay="40.00")),
        *(generate(), dispute("K2")),
        reports=_march(visits=2, employee="100.00", resident="40.00", net="140.00"),
    )
    yield ruling(
        "clearing: a dispute of the only claim leaves a zero line",
        _TAKEN_OUT,
        *(corridor(), settle("K1"), generate(), dispute("K1"), confirm(_MARCH, AH)),
        confirm(_MARCH, SH),
        reports=statement(),
    )
    yield ruling(
        "clearing: a dispute turns the level",
        _TAKEN_OUT,
        *(corridor(), settle("K1", hifp_pay="60000.00"), settle("K2", hifp_pay="50000.00")),
        *(generate(), dispute("K1")),
        reports=[
            _march(net="50000.00", usage_percent="50.0000", level="NORMAL"),
            pools(_END, line(clearing_amount="50000.00", usage_percent="50.0000", level="NORMAL")),
        ],
    )
    yield ruling(
        "clearing: the first confirmation of either side ends disputes",
        _REFUSED,
        *(two, generate(), confirm(_MARCH, SH), dispute("K1")),
        expect=rejected("statement_confirmed"),
    )
    yield ruling(
        "clearing: a dispute after both confirmations",
        _REFUSED,
        *(two, stated(), dispute("K1")),
        expect=rejected("statement_confirmed"),
    )
    yield ruling(
        "clearing: a dispute of another corridor's claim",
        _REFUSED,
        *(two, settle("K9", JS, SH), generate(), dispute("K9")),
        expect=rejected("claim_unknown"),
    )
    yield ruling(
        "clearing: a dispute of another period's claim",
        _REFUSED,
        *(two, settle("K9", on="2025-04-05"), generate(), dispute("K9")),
        expect=rejected("claim_unknown"),
    )
    yield ruling(
        "clearing: a dispute of a late claim in the period that it has",
        "for a claim of another corridor or period",
        *(corridor(), generate(), settle("K1"), generate(_APRIL), dispute("K1", _APRIL)),
        reports=statement(period=_APRIL),
    )
    yield ruling(
        "clearing: a dispute before the statement",
        "`statement_missing`",
        *(two, dispute("K1")),
        expect=rejected("statement_missing"),
    )
    yield ruling(
        "clearing: a disputed claim is held",
        "the claim is held out of the statement",
        *(two, generate(), dispute("K1"), dispute("K1")),
        expect=rejected("claim_held"),
    )
    yield ruling(
        "clearing: a release ends a dispute",
        "`ReleaseClaim` ends it",
        *(two, deduct("K1", "30.00"), generate(), dispute("K1"), release("K1", on="2025-05-02")),
        generate(_APRIL),
        reports=[
            _march(visits=1, net="200.00"),
            statement(line(visits=1, net="70.00", deduction="30.00"), period=_APRIL),
        ],
    )
    yield ruling(
        "clearing: a dispute and one missed statement are two deferrals",
        _DEFERRED,
        *(two, generate(), dispute("K1"), generate(_APRIL), release("K1", on="2025-05-22")),
    )
    yield ruling(
        "clearing: a dispute and two missed statements are three deferrals",
        _DEFERRED,
        *(two, generate(), dispute("K1"), generate(_APRIL), generate(_MAY)),
        release("K1", on="2025-06-22"),
        expect=rejected("not_escalated"),
    )
    yield ruling(
        "clearing: a dispute of a claim with an open break is released after it",
        "`ReleaseClaim` while a break of the claim is unresolved: `break_open`",
        *(two, generate(), missing_at_insured("K1"), dispute("K1"), release("K1")),
        expect=rejected("break_open"),
    )
    yield ruling(
        "clearing: an escalated break lets a disputed claim go after three deferrals",
        _DEFERRED,
        *(two, generate(), missing_at_insured("K1"), dispute("K1"), generate(_APRIL)),
        *(generate(_MAY), escalate("MISSING_AT_INSURED:K1"), resolve("MISSING_AT_INSURED:K1")),
        release("K1", on="2025-06-22"),
    )


# -- zero lines -----------------------------------------------------------------------------------


def _zero_lines() -> Iterator[Ruling]:
    kinds = {"with items": _zero_with_items(), "without items": [*corridor(), generate()]}
    confirmed = [confirm(_MARCH, AH), confirm(_MARCH, SH)]
    sent = (
        *(submit_to_finance(), pay("1.00"), receive("1.00"), pay_return("1.00", _MARCH)),
        receive_return("1.00", _MARCH),
    )
    for kind, world in kinds.items():
        for command in sent:
            yield ruling(
                f"clearing: {command['type']} on a zero line {kind}",
                _ZERO_NO_LINE,
                *(world, confirmed, command),
                expect=_NO_LINE,
            )
        yield ruling(
            f"clearing: a zero line {kind} gets no notice",
            _ZERO_NO_LINE,
            *(world, confirmed, notices()),
            reports=[notices_of({AH: {"payment": []}, SH: {"receipt": []}}), payments(_END)],
        )
        yield ruling(
            f"clearing: a zero line {kind} is closed once confirmed",
            _ZERO_WAIT,
            *(world, confirmed, close_period()),
        )
        for region in (AH, SH):
            yield ruling(
                f"clearing: a zero line {kind} confirmed by {region} alone is not closed",
                _ZERO_WAIT,
                *(world, confirm(_MARCH, region), close_period()),
                expect=_OPEN,
            )
    yield ruling(
        "clearing: a zero line with items has its row",
        _ZERO,
        *(_zero_with_items(), confirmed),
        reports=_march(
            visits=1, net="0.00", usage_percent="0.0000", level="NORMAL", status="CONFIRMED"
        ),
    )
    yield ruling(
        "clearing: a zero line is never noticed",
        "NOTICED (it has its notice; never a zero line)",
        *(_zero_with_items(), confirmed, notices()),
        reports=_march(status="CONFIRMED"),
    )
    yield ruling(
        "clearing: an unconfirmed zero line, paid",
        "`statement_not_confirmed`",
        *(_zero_with_items(), pay("1.00")),
        expect=rejected("statement_not_confirmed"),
    )


# -- notices, submission, status ------------------------------------------------------------------


def _notices() -> Iterator[Ruling]:
    world = [*corridor(), settle("K1")]
    for region in (AH, SH):
        yield ruling(
            f"clearing: no notice where {region} alone has confirmed",
            _NOTICES,
            *(world, generate(), confirm(_MARCH, region), notices()),
            expect=rejected("statement_not_confirmed"),
        )
    yield ruling(
        "clearing: a line has one notice",
        _NOTICES,
        _due(),
        notices(),
        expect=rejected("notices_issued"),
    )
    yield ruling(
        "clearing: a notice on both sides",
        "put |amount|",
        _due(),
        reports=notices_of(
            {
                AH: {
                    "payment": [
                        {
                            "counterparty": SH,
                            "marked": False,
                            "employee": "100.00",
                            "resident": "0.00",
                            "amount": "100.00",
                        }
                    ],
                    "receipt": [],
                },
                SH: {
                    "payment": [],
                    "receipt": [{"counterparty": AH, "marked": False, "amount": "100.00"}],
                },
            }
        ),
    )
    yield ruling(
        "clearing: a return line's notice is marked, on both sides",
        "put |amount| on **t's payment notice** marked `*i` and on **i's receipt notice** marked"
        " `*t`",
        *(return_line(), notices(_APRIL)),
        reports=notices_of(
            {
                SH: {
                    "payment": [
                        {
                            "counterparty": AH,
                            "marked": True,
                            "employee": "100.00",
                            "amount": "100.00",
                        }
                    ],
                    "receipt": [],
                },
                AH: {
                    "payment": [],
                    "receipt": [{"counterparty": SH, "marked": True, "amount": "100.00"}],
                },
            },
            period=_APRIL,
        ),
    )


def _submission() -> Iterator[Ruling]:
    back = [*return_line(), notices(_APRIL)]
    yield ruling("clearing: a clearing line is submitted", _SUBMIT, _due(), submit_to_finance())
    yield ruling("clearing: a return line is submitted", _SUBMIT, back, submit_to_finance(_APRIL))
    yield ruling(
        "clearing: a line is submitted once",
        _ONCE,
        *(_due(), submit_to_finance(), submit_to_finance()),
        expect=_NO_LINE,
    )
    yield ruling(
        "clearing: a line is not submitted after its first payment",
        _ONCE,
        *(_due(), pay("0.01"), submit_to_finance()),
        expect=_NO_LINE,
    )
    yield ruling(
        "clearing: a return line is not submitted after its first payment",
        _ONCE,
        *(back, pay_return("0.01"), submit_to_finance(_APRIL)),
        expect=_NO_LINE,
    )
    yield ruling(
        "clearing: a payment needs no submission",
        "a payment needs no submission",
        *(_due(), pay("100.00")),
    )
    yield ruling(
        "clearing: a submitted line is paid", _ONCE, _due(), submit_to_finance(), pay("100.00")
    )


def _status() -> Iterator[Ruling]:
    world = [*corridor(), settle("K1")]
    steps: dict[str, tuple[list[Command], str]] = {
        "no side has confirmed": ([generate()], "GENERATED"),
        "i has confirmed": ([generate(), confirm(_MARCH, AH)], "PART_CONFIRMED"),
        "t has confirmed": ([generate(), confirm(_MARCH, SH)], "PART_CONFIRMED"),
        "both have confirmed": (stated(), "CONFIRMED"),
        "it has its notice": (noticed(), "NOTICED"),
        "it is submitted": ([*noticed(), submit_to_finance()], "NOTICED"),
        "it is paid": ([*noticed(), pay("100.00")], "NOTICED"),
        "it is received": ([*noticed(), *paid_and_received("100.00")], "NOTICED"),
        "its period is closed": (
            [*noticed(), *paid_and_received("100.00"), close_period()],
            "CLOSED",
        ),
    }
    for name, (done, status) in steps.items():
        quote = "Submission and payment do not change it." if "it is" in name else _STATUS
        yield ruling(
            f"clearing: status when {name}", quote, world, done, reports=_march(status=status)
        )
    yield ruling(
        "clearing: status of a zero line whose period is closed",
        "CLOSED (its period was closed by `ClosePeriod`)",
        *(_zero_with_items(), confirm(_MARCH, AH), confirm(_MARCH, SH), close_period()),
        reports=_march(status="CLOSED"),
    )
    yield ruling(
        "clearing: a second confirmation of a side",
        "`statement_confirmed`",
        *(world, generate(), confirm(_MARCH, AH), confirm(_MARCH, AH)),
        expect=rejected("statement_confirmed"),
    )


# -- booking --------------------------------------------------------------------------------------


def _booking() -> Iterator[Ruling]:
    world = [*corridor(), settle("K1"), resident("K2"), *noticed()]
    yield ruling(
        "clearing: a line is booked when both sides have confirmed",
        "a line is booked when both sides have confirmed",
        *(corridor(), settle("K1"), generate(), confirm(_MARCH, AH)),
        reports=trial_balance(
            _END,
            r340000={"PAY.ACCRUED": "-100.00", "PAY.CLEAR": "0.00"},
            r310000={"ADV.CARE": "100.00", "RECV.CLEAR": "0.00"},
        ),
    )
    yield ruling(
        "clearing: both classes of a positive line",
        _CLASSES,
        *(corridor(), settle("K1"), resident("K2"), stated()),
        reports=balances(
            _END,
            {
                (AH, "PAY.CLEAR"): {(SH,): "-200.00"},
                (SH, "RECV.CLEAR"): {(AH,): "200.00"},
                (AH, "PAY.ACCRUED"): {},
                (SH, "ADV.CARE"): {},
            },
        ),
    )
    april = settle("K3", on="2025-04-05", hifp_pay="170.00")
    yield ruling(
        "clearing: a negative class of a positive line",
        _CLASSES,
        *(world, april, refund("K2", on="2025-04-10"), stated(_APRIL)),
        reports=balances(
            _END,
            {
                (AH, "PAY.CLEAR"): {(SH,): "-270.00"},  # March 200.00, April 170.00 - 100.00
                (SH, "RECV.CLEAR"): {(AH,): "270.00"},
                (AH, "RECV.RETURN"): {},
                (SH, "PAY.RETURN"): {},
                (AH, "PAY.ACCRUED"): {},
                (SH, "ADV.CARE"): {},
            },
        ),
    )
    little = settle("K3", on="2025-04-05", hifp_pay="30.00")
    yield ruling(
        "clearing: a positive class of a negative line",
        _CLASSES,
        *(world, little, refund("K2", on="2025-04-10"), stated(_APRIL)),
        reports=balances(
            _END,
            {
                (AH, "PAY.CLEAR"): {(SH,): "-200.00"},
                (SH, "RECV.CLEAR"): {(AH,): "200.00"},
                (AH, "RECV.RETURN"): {(SH,): "70.00"},
                (SH, "PAY.RETURN"): {(AH,): "-70.00"},
                (AH, "PAY.ACCRUED"): {},
                (SH, "ADV.CARE"): {},
            },
        ),
    )
    same = settle("K3", on="2025-04-05")
    yield ruling(
        "clearing: the classes of a zero line are not booked",
        _CLASSES,
        *(world, same, refund("K2", on="2025-04-10"), stated(_APRIL)),
        reports=balances(
            _END,
            {
                (AH, "PAY.CLEAR"): {(SH,): "-200.00"},
                (SH, "RECV.CLEAR"): {(AH,): "200.00"},
                (AH, "PAY.ACCRUED"): {(SH, "EMPLOYEE"): "-100.00", (SH, "RESIDENT"): "100.00"},
                (SH, "ADV.CARE"): {(AH, "EMPLOYEE"): "100.00", (AH, "RESIDENT"): "-100.00"},
            },
        ),
    )
    yield ruling(
        "clearing: a line of one class leaves the other alone",
        "a class of 0.00 not at all",
        *(corridor(), settle("K1"), resident("K2", on="2025-04-05"), stated()),
        reports=balances(
            _END,
            {
                (AH, "PAY.CLEAR"): {(SH,): "-100.00"},
                (AH, "PAY.ACCRUED"): {(SH, "RESIDENT"): "-100.00"},
                (SH, "ADV.CARE"): {(AH, "RESIDENT"): "100.00"},
            },
        ),
    )


# -- payments -------------------------------------------------------------------------------------


def _paying() -> Iterator[Ruling]:
    exceeds_due = rejected("amount_exceeds_due")
    exceeds_transit = rejected("amount_exceeds_transit")
    yield ruling(
        "clearing: a line is paid and received",
        "Dr PAY.CLEAR:t / Cr CASH",
        _paid(),
        reports=trial_balance(
            _END,
            r340000={"CASH": "999900.00", "PAY.CLEAR": "0.00"},
            r310000={"CASH": "1000100.00", "RECV.CLEAR": "0.00"},
        ),
    )
    yield ruling("clearing: parts of a line", _PARTS, _due(), pay("60.00"), pay("40.00"))
    yield ruling(
        "clearing: a payment above what is due", _PARTS, _due(), pay("100.01"), expect=exceeds_due
    )
    yield ruling(
        "clearing: a payment above what is left",
        _PARTS,
        _due(),
        pay("60.00"),
        pay("40.01"),
        expect=exceeds_due,
    )
    yield ruling(
        "clearing: a payment on a line that is paid",
        _PARTS,
        _paid(),
        pay("0.01"),
        expect=exceeds_due,
    )
    yield ruling(
        "clearing: a receipt of nothing paid",
        "`amount_exceeds_transit`",
        _due(),
        receive("0.01"),
        expect=exceeds_transit,
    )
    yield ruling(
        "clearing: a receipt above what is in transit",
        "`amount_exceeds_transit`",
        *(_due(), pay("60.00"), receive("50.00"), receive("10.01")),
        expect=exceeds_transit,
    )
    yield ruling(
        "clearing: a receipt's serial is not matched",
        "its serial is kept, not matched",
        *(_due(), pay("60.00"), pay("40.00"), receive("100.00", bank_serial="other")),
    )
    fen = [*corridor(), settle("K1", hifp_pay="0.01"), *noticed()]
    yield ruling(
        "clearing: a line of a fen",
        "F6",
        *(fen, paid_and_received("0.01")),
        reports=[
            trial_balance(_END, r340000={"CASH": "999999.99", "PAY.CLEAR": "0.00"}),
            payments(_END, line(direction="clearing", amount="0.01", state="RECEIVED")),
        ],
    )
    yield ruling(
        "clearing: a return line of a fen",
        "F6",
        *(fen, refund("K1", on="2025-04-28"), noticed(_APRIL), pay_return("0.01")),
        receive_return("0.01"),
        reports=[
            trial_balance(_END, r310000={"PAY.RETURN": "0.00"}, r340000={"RECV.RETURN": "0.00"}),
            payments(
                _END, line(direction="return", amount="0.01", state="RECEIVED"), period=_APRIL
            ),
        ],
    )
    back = [*return_line(), notices(_APRIL)]
    yield ruling(
        "clearing: a return line is paid and received",
        "Dr PAY.RETURN:i / Cr CASH",
        *(back, pay_return("100.00"), receive_return("60.00")),
        reports=trial_balance(
            _END,
            r310000={"CASH": "999900.00", "PAY.RETURN": "0.00"},
            r340000={"CASH": "1000060.00", "RECV.RETURN": "40.00"},
        ),
    )
    yield ruling(
        "clearing: a payment back above what is due",
        "(a negative line: t pays i)",
        back,
        pay_return("100.01"),
        expect=exceeds_due,
    )
    yield ruling(
        "clearing: a receipt back above what is in transit",
        "`amount_exceeds_transit`",
        *(back, pay_return("60.00"), receive_return("60.01")),
        expect=exceeds_transit,
    )
    wrong: dict[str, tuple[list[Command], Command]] = {
        "PayReturn on a clearing line": (_due(), pay_return("1.00", _MARCH)),
        "ConfirmReturnReceipt on a clearing line": (_due(), receive_return("1.00", _MARCH)),
        "PayClearing on a return line": (back, pay("1.00", _APRIL)),
        "ConfirmClearingReceipt on a return line": (back, receive("1.00", _APRIL)),
    }
    for name, (world, sent) in wrong.items():
        yield ruling(f"clearing: {name}", "`no_line` (a return line)", world, sent, expect=_NO_LINE)
    yield ruling(
        "clearing: a payment before the notice",
        "`notices_missing`",
        *(corridor(), settle("K1"), stated(), pay("1.00")),
        expect=rejected("notices_missing"),
    )


def _hospitals() -> Iterator[Ruling]:
    yield ruling(
        "clearing: a hospital is paid without any claim",
        _HOSPITAL,
        *(corridor(), pay_hospital([(AH, "70.00"), (JS, "30.00")])),
        reports=trial_balance(_END, r310000={"CASH": "999900.00", "PAY.HOSP": "100.00"}),
    )
    yield ruling(
        "clearing: a hospital pays back without any payment",
        _HOSPITAL,
        *(corridor(), recover_from_hospital([(AH, "70.00")])),
        reports=trial_balance(_END, r310000={"CASH": "1000070.00", "PAY.HOSP": "-70.00"}),
    )
    yield ruling(
        "clearing: a hospital of the region's own people",
        "for each of `lines` in turn *corridor* with the line's insured_region",
        *(corridor(), pay_hospital([(SH, "1.00")])),
        expect=rejected("not_cross_region"),
    )


# -- closing --------------------------------------------------------------------------------------


def _closing() -> Iterator[Ruling]:
    back = [*return_line(), *paid_and_received("100.00"), notices(_APRIL)]
    yield ruling("clearing: a period that is received is closed", _CLOSE, _paid(), close_period())
    open_worlds: dict[str, list[Command]] = {
        "not stated": [*corridor()],
        "not confirmed": [*corridor(), settle("K1"), generate()],
        "confirmed by one side": [*corridor(), settle("K1"), generate(), confirm(_MARCH, AH)],
        "not noticed": [*corridor(), settle("K1"), *stated()],
        "not paid": _due(),
        "paid in part": [*_due(), pay("99.99"), receive("99.99")],
        "not received": [*_due(), pay("100.00")],
        "received in part": [*_due(), pay("100.00"), receive("99.99")],
        "not stated in one corridor": [*_paid(), settle("K9", JS, SH)],
        "not confirmed in one corridor": [*_paid(), settle("K9", JS, SH), generate()],
        "not confirmed in a corridor with a pool alone": [*_paid(), pool(JS, SH), generate()],
        "not stated in a corridor with a pool alone": [*_paid(), pool(JS, SH)],
    }
    for name, world in open_worlds.items():
        yield ruling(
            f"clearing: a period {name} is not closed", _CLOSE, world, close_period(), expect=_OPEN
        )
    yield ruling(
        "clearing: a return line is not received",
        _CLOSE,
        *(back, pay_return("100.00"), close_period(_APRIL)),
        expect=_OPEN,
    )
    yield ruling(
        "clearing: a return line is received",
        _CLOSE,
        *(back, pay_return("100.00"), receive_return("100.00"), close_period(_APRIL)),
    )
    yield ruling(
        "clearing: an earlier period need not be closed",
        _CLOSE,
        *(corridor(), stated("202502"), stated(_MARCH), close_period(_MARCH)),
    )
    yield ruling(
        "clearing: a period of a scheme without corridors",
        _NO_CORRIDOR,
        *(corridor(), close_period(_MARCH, INTRA)),
        expect=_OPEN,
    )
    yield ruling(
        "clearing: a year of a scheme without corridors",
        _NO_CORRIDOR,
        *(provinces(), close_year(2024)),
        expect=_OPEN,
    )
    yield ruling(
        "clearing: a period is closed once",
        _SECOND,
        _paid(),
        close_period(),
        close_period(),
        expect=_CLOSED,
    )
    yield ruling(
        "clearing: a known closing is known",
        "`known`",
        *(_paid(), (sent := close_period()), sent),
        expect=KNOWN,
    )
    closed = [*_paid(), close_period()]
    after = (
        *(submit_to_finance(), pay("0.01"), receive("0.01"), pay_return("0.01", _MARCH)),
        receive_return("0.01", _MARCH),
    )
    for sent in after:
        yield ruling(
            f"clearing: {sent['type']} in a closed period", _SECOND, closed, sent, expect=_CLOSED
        )
    yield ruling(
        "clearing: a corridor that began later is not stated for a closed period",
        _LATER,
        *(closed, settle("K9", JS, SH), generate(), dispute("K9", _MARCH, JS, SH)),
        expect=[_CLOSED, rejected("statement_missing")],
    )
    yield ruling(
        "clearing: a corridor that has its statement is not late for a closed period",
        "(one that has its statement is `statement_exists`, closed or not)",
        *(closed, generate()),
        expect=rejected("statement_exists"),
    )
    yield ruling(
        "clearing: a corridor that began later keeps nothing open",
        "A closed period counts as stated for every corridor of the scheme",
        *(closed, pool(JS, SH), generate(_APRIL), confirm(_APRIL, AH), confirm(_APRIL, SH)),
        *(confirm(_APRIL, JS), close_period(_APRIL)),
    )


def _closing_years() -> Iterator[Ruling]:
    world = corridor(2024)
    december = [*stated("202412"), close_period("202412")]
    yield ruling(
        "clearing: a year whose December is closed",
        _CLOSE_YEAR,
        *(world, december, close_year(2024)),
    )
    yield ruling(
        "clearing: a year whose December is not stated",
        _CLOSE_YEAR,
        *(world, stated("202411"), close_period("202411"), close_year(2024)),
        expect=_OPEN,
    )
    yield ruling(
        "clearing: a year whose December is not closed",
        _CLOSE_YEAR,
        *(world, stated("202412"), close_year(2024)),
        expect=_OPEN,
    )
    yield ruling(
        "clearing: a year with a stated period that is not closed",
        _CLOSE_YEAR,
        *(world, stated("202406"), december, close_year(2024)),
        expect=_OPEN,
    )
    yield ruling(
        "clearing: a stated period of the next year may be open",
        _CLOSE_YEAR,
        *(world, december, stated("202501"), close_year(2024)),
    )
    towns = [*registry(), book(HEFEI), book(WUHU), pool(HEFEI, WUHU, "0.00")]
    yield ruling(
        "clearing: a stated period of another scheme may be open",
        "of a scheme is closed as a whole",
        *(world, towns, generate("202411", INTRA), december, close_year(2024)),
    )
    yield ruling(
        "clearing: another scheme's year is not closed with it",
        "of a scheme is closed as a whole",
        *(world, towns, december, close_year(2024), close_year(2024, INTRA)),
        expect=_OPEN,
    )
    yield ruling(
        "clearing: another scheme's period is not closed with it",
        "of a scheme is closed as a whole",
        *(world, towns, stated(), close_period(), close_period(_MARCH, INTRA)),
        expect=_OPEN,
    )
    yield ruling(
        "clearing: a year is closed once",
        _SECOND,
        *(world, december, close_year(2024), close_year(2024)),
        expect=_CLOSED,
    )
    yield ruling(
        "clearing: a year may be closed on any day",
        "`ClosePeriod` / `CloseYear` | `scheme`, `period` / `scheme`, `year`",
        *(world, december, close_year(2024, on="2025-01-31")),
    )
    yield ruling(
        "clearing: a payment in a period of a closed year",
        "a second time, and any submission, payment or receipt in a closed period",
        *(world, december, close_year(2024), pay("1.00", "202412")),
        expect=_CLOSED,
    )


def _days_that_are_fixed() -> Iterator[Ruling]:
    fixed = (
        'In the payment states and `missed_next_clearing` "day 21" and "31 March" are fixed;'
        " `statement_day` moves only `too_early`."
    )
    for day, state, missed in (
        ("2025-05-20", "SUBMIT_OVERDUE", False),
        ("2025-05-21", "MISSED_NEXT_CLEARING", True),
    ):
        yield ruling(
            f"clearing: statement_day moves no payment state, {day}",
            fixed,
            *(corridor(), parameter("statement_day", "10"), settle("K1"), noticed()),
            reports=payments(day, line(state=state, missed_next_clearing=missed)),
        )
    yield ruling(
        "clearing: a held claim is not in the line",
        "the claim is held out of the statement",
        *(corridor(), settle("K1"), settle("K2"), hold("K2"), noticed(), pay("100.01")),
        expect=rejected("amount_exceeds_due"),
    )
    yield ruling(
        "clearing: own Q4 waits for both sides of a zero line",
        "`ClosePeriod` and own Q4 wait for that",
        *(corridor(2024), settle("K1", on="2024-10-05", hifp_pay="30000.00"), stated("202410")),
        *(stated("202411"), generate("202412"), confirm("202412", AH), size(None)),
        expect=rejected("statement_not_confirmed"),
    )


ROWS = tuple(
    row
    for part in (
        *(_generating, _disputes, _zero_lines, _notices, _submission, _status, _booking),
        *(_paying, _hospitals, _closing, _closing_years, _days_that_are_fixed),
    )
    for row in part()
)
