"""Rulings on reports: rounding, levels, payment states, deadlines, pools, days."""

from collections.abc import Iterator
from typing import Final

from .reports import balances, breaks, line, notices_of, payments, pools, statement, trial_balance
from .ruling import A, Cells, Report, Ruling, ruling
from .world import (
    AH,
    CROSS,
    FIRST_DAY,
    HEFEI,
    INTRA,
    JS,
    SH,
    WUHU,
    Command,
    book,
    calendar,
    confirm,
    confirm_all,
    corridor,
    deduct,
    generate,
    missing_at_insured,
    noticed,
    notices,
    pay,
    pay_advance,
    pay_hospital,
    pay_return,
    pool,
    receive,
    receive_advance,
    receive_advance_return,
    receive_return,
    recover_from_hospital,
    refund,
    registry,
    release_deduction,
    resident,
    return_advance,
    return_line,
    reverse,
    settle,
    size,
    stated,
    submit_to_finance,
    three_provinces,
)

_USAGE: Final = (
    "`usage_percent` is rounded half up; with principal 0.00 it is null and the level RED if net >"
    " 0, else NORMAL."
)
_LEVEL: Final = "compare exact decimals, never rounded percent (69.9999% is NORMAL)"
_STATE: Final = (
    "`state` is the first that holds of: RECEIVED; PAID; PAST_YEAR_LIMIT (after 31 March of the next"
    " year); OVER_TWO_PERIODS (from day 21 of M+3); MISSED_NEXT_CLEARING (from day 21 of M+2);"
    " PAY_OVERDUE (after pay_due); PART_PAID; SUBMITTED; SUBMIT_OVERDUE (after submit_due); NOT_DUE."
)
_DUE: Final = "`pay_due` = `submit_due` + 10 working days, however early the submission."
_PAID_ON: Final = (
    "`paid_on`, `received_on`: the day the line was complete, else null; lateness is counted to"
    " `paid_on`, for an open line to the as-of date."
)
_NULL: Final = (
    "`late_working_days` is null while a year that the lateness runs through has no calendar; the"
    " report is given all the same."
)
_RETURN: Final = 'A return line keeps its corridor and a positive amount, `direction` "return".'
_MADE: Final = "Usage, level and clearing amount are those of the last statement made"
_IN_USE: Final = "`in_use(i,t) = paid to hospitals for i − clearing received from i`"
_NO_RETURNS: Final = "returns do not change `in_use` (F18)"
_VISITS: Final = (
    "`visits`, `medfee_sumamt`: claims of the period not reversed (refunds do not lessen them)."
)
_DEDUCTION: Final = "`deduction` = deductions less releases; refunds and recoveries are not in it."
_INCLUSIVE: Final = "Dates are inclusive"
_MARCH, _APRIL, _END = "202503", "202504", "2025-12-31"


# -- statement ------------------------------------------------------------------------------------


def _levels() -> Iterator[Ruling]:
    def row(name: str, principal: str, amount: str, quote: str = _USAGE, **cells: object) -> Ruling:
        return ruling(
            f"reports: {name}",
            quote,
            *(corridor(principal=principal), settle("K1", hifp_pay=amount), generate()),
            reports=[
                statement(line(net=amount, principal=principal, **cells)),
                pools(_END, line(clearing_period=_MARCH, clearing_amount=amount, **cells)),
            ],
        )

    yield row(
        "usage of four decimals", "60000.00", "1300.00", usage_percent="2.1667", level="NORMAL"
    )
    yield row("usage rounded half up", "20000.00", "0.01", usage_percent="0.0001")
    yield row("usage rounded half up, not to even", "20000.00", "0.05", usage_percent="0.0003")
    yield row("usage rounded down", "300000.00", "0.10", usage_percent="0.0000")
    yield row("usage above 100%", "100.00", "250.00", usage_percent="250.0000", level="RED")
    yield row(
        "usage of 70%", "10000.00", "7000.00", _LEVEL, usage_percent="70.0000", level="YELLOW"
    )
    yield row(
        "usage of 69.9999%", "10000.00", "6999.99", _LEVEL, usage_percent="69.9999", level="NORMAL"
    )
    yield row(
        "usage that rounds to 70% and is below",
        "1000000.00",
        "699999.99",
        _LEVEL,
        usage_percent="70.0000",
        level="NORMAL",
    )
    yield row("usage of 90%", "10000.00", "9000.00", _LEVEL, usage_percent="90.0000", level="RED")
    yield row(
        "usage that rounds to 90% and is below",
        "1000000.00",
        "899999.99",
        _LEVEL,
        usage_percent="90.0000",
        level="YELLOW",
    )
    yield row("usage of an empty pool", "0.00", "0.01", usage_percent=None, level="RED")
    yield ruling(
        "reports: usage of no pool at all",
        _USAGE,
        *(three_provinces()[:-6], settle("K1"), generate()),
        reports=statement(line(principal="0.00", usage_percent=None, level="RED")),
    )
    empty = [*corridor(principal="0.00"), settle("K1"), *stated()]
    yield ruling(
        "reports: a negative line on an empty pool",
        _USAGE,
        *(empty, refund("K1", on="2025-04-25"), generate(_APRIL)),
        reports=statement(
            line(net="-100.00", principal="0.00", usage_percent=None, level="NORMAL"),
            period=_APRIL,
        ),
    )
    yield ruling(
        "reports: a zero line on an empty pool",
        _USAGE,
        *(corridor(principal="0.00"), settle("K1"), refund("K1"), generate()),
        reports=statement(line(net="0.00", usage_percent=None, level="NORMAL")),
    )
    yield ruling(
        "reports: a negative line uses nothing",
        "`usage(i,t,p) = max(clearing(i,t,p), 0) / pool principal(i,t)`",
        return_line(),
        reports=statement(
            line(net="-100.00", usage_percent="0.0000", level="NORMAL"), period=_APRIL
        ),
    )


def _statement_figures() -> Iterator[Ruling]:
    world = [*corridor(), settle("K1", psn_cash_pay="50.00")]
    yield ruling(
        "reports: a refund does not lessen the visits",
        _VISITS,
        *(world, refund("K1"), generate()),
        reports=statement(line(visits=1, medfee_sumamt="150.00", net="0.00")),
    )
    yield ruling(
        "reports: a reversed claim is no visit",
        _VISITS,
        *(world, settle("K2"), reverse("K2"), generate()),
        reports=statement(line(visits=1, medfee_sumamt="150.00")),
    )
    yield ruling(
        "reports: a row of nothing but a reversed claim",
        "One row for each corridor with at least one item in the period.",
        *(world, reverse("K1"), generate()),
        reports=statement(
            line(
                visits=0,
                medfee_sumamt="0.00",
                employee="0.00",
                resident="0.00",
                net="0.00",
                deduction="0.00",
            )
        ),
    )
    yield ruling(
        "reports: deductions less releases",
        _DEDUCTION,
        *(world, deduct("K1", "30.00", command_id="D1"), release_deduction("K1", "D1", "12.00")),
        *(refund("K1", "7.00"), generate()),
        reports=statement(line(deduction="18.00", net="75.00", employee="75.00")),
    )
    yield ruling(
        "reports: the principal is that of the statement's making",
        "principal = received balance on the statement date",
        *(corridor(), settle("K1", hifp_pay="60000.00"), size("120000.00")),
        *(pay_advance("20000.00"), generate(), receive_advance("20000.00", on="2025-04-25")),
        reports=[
            statement(line(principal="100000.00", usage_percent="60.0000")),
            pools(_END, line(principal="120000.00", usage_percent="60.0000")),
        ],
    )
    yield ruling(
        "reports: the principal is what is received, not the quota",
        "principal = received balance on the statement date",
        *(corridor(), settle("K1", hifp_pay="60000.00"), size("120000.00")),
        *(pay_advance("20000.00"), receive_advance("15000.00"), generate()),
        reports=statement(line(principal="115000.00", usage_percent="52.1739")),
    )
    yield ruling(
        "reports: a statement has a digest and says where it was made",
        "states the log position it was made at",
        *(world, generate()),
        reports=Report(
            "statement",
            {"scheme": CROSS, "period": _MARCH},
            {
                "scheme": CROSS,
                "period": _MARCH,
                "position": A.WHOLE_NUMBER,
                "rows": [line(digest=A.TEXT)],
            },
        ),
    )
    yield ruling(
        "reports: a statement of a period that was never made",
        '`statement`: `{"scheme", "period", "rows": [',
        world,
        reports=statement(),
    )


# -- payments -------------------------------------------------------------------------------------


def _due() -> list[Command]:
    """100.00 of March, noticed on 30 April: to be submitted by 12 May, to be paid by 26 May."""
    return [*corridor(), settle("K1"), *noticed()]


def _noticed_early() -> list[Command]:
    """100.00 of March, noticed on 24 April: to be submitted by 30 April, to be paid by 19 May."""
    return [*corridor(), settle("K1"), *stated(), notices(on="2025-04-24")]


def _states() -> Iterator[Ruling]:
    submitted = submit_to_finance(on="2025-05-06")
    part = pay("30.00", on="2025-05-07")
    rest = pay("70.00", on="2025-05-08")
    received = receive("100.00", on="2025-05-09")
    lives: dict[str, tuple[list[Command], dict[str, str]]] = {
        "open": (
            _due(),
            {
                "2025-04-30": "NOT_DUE",
                "2025-05-12": "NOT_DUE",
                "2025-05-13": "SUBMIT_OVERDUE",
                "2025-05-20": "SUBMIT_OVERDUE",
                "2025-05-21": "MISSED_NEXT_CLEARING",
                "2025-06-20": "MISSED_NEXT_CLEARING",
                "2025-06-21": "OVER_TWO_PERIODS",
                "2026-03-31": "OVER_TWO_PERIODS",
                "2026-04-01": "PAST_YEAR_LIMIT",
            },
        ),
        "submitted": (
            [*_due(), submitted],
            {
                "2025-05-05": "NOT_DUE",
                "2025-05-06": "SUBMITTED",
                "2025-05-13": "SUBMITTED",
                "2025-05-20": "SUBMITTED",
                "2025-05-21": "MISSED_NEXT_CLEARING",
            },
        ),
        "paid in part": (
            [*_due(), part],
            {
                "2025-05-06": "NOT_DUE",
                "2025-05-07": "PART_PAID",
                "2025-05-20": "PART_PAID",
                "2025-05-21": "MISSED_NEXT_CLEARING",
                "2025-06-21": "OVER_TWO_PERIODS",
            },
        ),
        "paid by a fen": ([*_due(), pay("0.01", on="2025-05-07")], {"2025-05-07": "PART_PAID"}),
        "submitted and paid in part": (
            [*_due(), submitted, part],
            {"2025-05-06": "SUBMITTED", "2025-05-07": "PART_PAID"},
        ),
        "paid": (
            [*_due(), part, rest],
            {
                "2025-05-07": "PART_PAID",
                "2025-05-08": "PAID",
                "2025-06-21": "PAID",
                "2026-04-01": "PAID",
            },
        ),
        "received": (
            [*_due(), part, rest, received],
            {"2025-05-08": "PAID", "2025-05-09": "RECEIVED", "2026-04-01": "RECEIVED"},
        ),
        "received in part": (
            [*_due(), part, rest, receive("99.99", on="2025-05-09")],
            {"2025-05-09": "PAID"},
        ),
        "noticed early": (
            _noticed_early(),
            {
                "2025-04-30": "NOT_DUE",
                "2025-05-01": "SUBMIT_OVERDUE",
                "2025-05-19": "SUBMIT_OVERDUE",
                "2025-05-20": "PAY_OVERDUE",
                "2025-05-21": "MISSED_NEXT_CLEARING",
            },
        ),
        "noticed early and paid in part": (
            [*_noticed_early(), part],
            {"2025-05-19": "PART_PAID", "2025-05-20": "PAY_OVERDUE"},
        ),
        "noticed early and submitted": (
            [*_noticed_early(), submitted],
            {"2025-05-19": "SUBMITTED", "2025-05-20": "PAY_OVERDUE"},
        ),
    }
    for name, (world, states) in lives.items():
        for day, state in states.items():
            yield ruling(
                f"reports: a line {name} on {day} is {state}",
                _STATE,
                world,
                reports=payments(day, line(state=state)),
            )
    december = [
        *corridor(2024),
        settle("K1", on="2024-12-05"),
        *stated("202412"),
        notices("202412", on="2025-01-24"),
    ]
    for day, state in (("2025-03-31", "OVER_TWO_PERIODS"), ("2025-04-01", "PAST_YEAR_LIMIT")):
        yield ruling(
            f"reports: a line of December on {day} is {state}",
            _STATE,
            december,
            reports=payments(day, line(period="202412", state=state)),
        )
    november = [*corridor(2024), settle("K1", on="2024-11-05"), *noticed("202411")]
    for day, state in (
        ("2025-01-20", "SUBMIT_OVERDUE"),
        ("2025-01-21", "MISSED_NEXT_CLEARING"),
        ("2025-02-20", "MISSED_NEXT_CLEARING"),
        ("2025-02-21", "OVER_TWO_PERIODS"),
    ):
        yield ruling(
            f"reports: a line of November on {day} is {state}",
            _STATE,
            november,
            reports=payments(day, line(period="202411", state=state)),
        )
    back = [*return_line(), notices(_APRIL)]
    for day, state in (("2025-06-20", "SUBMIT_OVERDUE"), ("2025-06-21", "MISSED_NEXT_CLEARING")):
        yield ruling(
            f"reports: a return line on {day} is {state}",
            _STATE,
            back,
            reports=payments(day, line(state=state), period=_APRIL),
        )


def _lateness() -> Iterator[Ruling]:
    days: dict[str, int] = {
        "2025-05-26": 0,
        "2025-05-27": 1,
        "2025-05-30": 4,
        "2025-06-01": 4,
        "2025-06-02": 4,
        "2025-06-04": 6,
    }
    for day, late in days.items():
        yield ruling(
            f"reports: an open line on {day} is {late} working days late",
            _PAID_ON,
            _due(),
            reports=payments(day, line(late_working_days=late, paid_on=None)),
        )
        yield ruling(
            f"reports: a line paid on {day} is {late} working days late",
            _PAID_ON,
            *(_due(), pay("100.00", on=day)),
            reports=payments(_END, line(late_working_days=late, paid_on=day)),
        )
    yield ruling(
        "reports: a line paid early is not late",
        _PAID_ON,
        *(_due(), pay("100.00", on="2025-05-06")),
        reports=payments(_END, line(late_working_days=0)),
    )
    yield ruling(
        "reports: lateness runs to the last part",
        _PAID_ON,
        *(_due(), pay("99.99", on="2025-05-20"), pay("0.01", on="2025-05-28")),
        reports=[
            payments("2025-05-27", line(late_working_days=1, paid_on=None, paid="99.99")),
            payments(_END, line(late_working_days=2, paid_on="2025-05-28")),
        ],
    )
    yield ruling(
        "reports: lateness does not run to the receipt",
        "lateness is counted to `paid_on`",
        *(_due(), pay("100.00", on="2025-05-26"), receive("100.00", on="2025-06-20")),
        reports=payments(_END, line(late_working_days=0, received_on="2025-06-20")),
    )
    yield ruling(
        "reports: lateness through a year without calendar",
        _NULL,
        _due(),
        reports=[
            payments("2025-12-31", line(late_working_days=156)),
            payments("2026-01-05", line(late_working_days=None, state="OVER_TWO_PERIODS")),
        ],
    )
    yield ruling(
        "reports: lateness once the calendar is published",
        _NULL,
        *(_due(), calendar(2026)),
        reports=payments("2026-01-05", line(late_working_days=159)),
    )
    yield ruling(
        "reports: a calendar counts from its own day on",
        "as-of DATE holds every event whose business date `on` is not after DATE",
        *(_due(), calendar(2026, on="2026-01-06")),
        reports=[
            payments("2026-01-05", line(late_working_days=None)),
            payments("2026-01-06", line(late_working_days=160)),
        ],
    )
    yield ruling(
        "reports: a line that was paid in time needs no later calendar",
        _NULL,
        *(_due(), pay("100.00", on="2025-05-26")),
        reports=payments("2026-01-05", line(late_working_days=0)),
    )
    for day, missed in (("2025-05-20", False), ("2025-05-21", True)):
        yield ruling(
            f"reports: an open line on {day}, missed {missed}",
            "MISSED_NEXT_CLEARING (from day 21 of M+2)",
            _due(),
            reports=payments(day, line(missed_next_clearing=missed)),
        )
        yield ruling(
            f"reports: a line paid on {day}, missed {missed}",
            "in principle paid before the next clearing",
            *(_due(), pay("100.00", on=day)),
            reports=payments(_END, line(missed_next_clearing=missed)),
        )
        yield ruling(
            f"reports: a line complete on {day}, missed {missed}",
            "the day the line was complete",
            *(_due(), pay("60.00", on="2025-05-06"), pay("40.00", on=day)),
            reports=payments(_END, line(missed_next_clearing=missed)),
        )


def _payment_rows() -> Iterator[Ruling]:
    yield ruling(
        "reports: an early submission moves no deadline",
        _DUE,
        *(_due(), submit_to_finance(on="2025-05-01")),
        reports=payments(_END, line(submit_due="2025-05-12", pay_due="2025-05-26")),
    )
    yield ruling(
        "reports: a deadline counts make-up days and leaves out holidays",
        "Counting: day after the start date is 1.",
        _noticed_early(),
        reports=payments(_END, line(submit_due="2025-04-30", pay_due="2025-05-19")),
    )
    yield ruling(
        "reports: a line that is paid and received in parts",
        _PAID_ON,
        *(_due(), pay("60.00", on="2025-05-06"), pay("40.00", on="2025-05-07")),
        *(receive("70.00", on="2025-05-08"), receive("30.00", on="2025-05-09")),
        reports=[
            payments(
                "2025-05-08",
                line(
                    amount="100.00",
                    paid="100.00",
                    received="70.00",
                    paid_on="2025-05-07",
                    received_on=None,
                    direction="clearing",
                    period=_MARCH,
                ),
            ),
            payments(_END, line(received="100.00", received_on="2025-05-09")),
        ],
    )
    yield ruling(
        "reports: a return line",
        _RETURN,
        *(return_line(), notices(_APRIL), pay_return("60.00", on="2025-06-10")),
        receive_return("50.00", on="2025-06-11"),
        reports=payments(
            _END,
            line(direction="return", amount="100.00", paid="60.00", received="50.00"),
            period=_APRIL,
        ),
    )
    yield ruling(
        "reports: payments of all periods",
        "`clearing payments --scheme S [--period P] --as-of DATE`",
        *(return_line(), notices(_APRIL)),
        reports=payments(
            _END,
            line(period=_MARCH, direction="clearing", amount="100.00"),
            line(period=_APRIL, direction="return", amount="100.00"),
        ),
    )
    towns = [*registry(), book(HEFEI), book(WUHU), settle("K9", HEFEI, WUHU, hifp_pay="7.00")]
    inner = [
        generate(_MARCH, INTRA),
        *confirm_all(_MARCH, (HEFEI, WUHU), INTRA),
        notices(_MARCH, INTRA),
    ]
    yield ruling(
        "reports: payments, statements and notices of each scheme are its own",
        "`clearing payments --scheme S [--period P] --as-of DATE`",
        *(_due(), towns, inner),
        reports=[
            payments(_END, line(amount="100.00")),
            payments(_END, line(HEFEI, WUHU, amount="7.00"), scheme=INTRA),
            statement(line(net="100.00")),
            statement(line(HEFEI, WUHU, net="7.00"), scheme=INTRA),
            notices_of({AH: {"payment": [{"counterparty": SH, "amount": "100.00"}]}}),
            notices_of(
                {
                    AH: {"payment": []},
                    HEFEI: {"payment": [{"counterparty": WUHU, "amount": "7.00"}]},
                },
                scheme=INTRA,
            ),
        ],
    )
    yield ruling(
        "reports: payments of another scheme",
        "`clearing payments --scheme S [--period P] --as-of DATE`",
        _due(),
        reports=payments(_END, scheme="INTRA_PROVINCE"),
    )


# -- notices --------------------------------------------------------------------------------------


def _notices() -> Iterator[Ruling]:
    marked = "`marked` = the official `*`, with the statement's signs turned."
    world = [*corridor(), settle("K1"), resident("K2"), *noticed()]
    mixed = [
        *world,
        settle("K3", on="2025-04-05", hifp_pay="30.00"),
        refund("K2", on="2025-04-10"),
        *stated(_APRIL),
        notices(_APRIL),
    ]
    cells = {"marked": True, "employee": "-30.00", "resident": "100.00", "amount": "70.00"}
    yield ruling(
        "reports: a marked notice turns the signs of both classes",
        marked,
        mixed,
        reports=notices_of(
            {
                SH: {"payment": [{"counterparty": AH, **cells}], "receipt": []},
                AH: {"payment": [], "receipt": [{"counterparty": SH, **cells}]},
            },
            period=_APRIL,
        ),
    )
    positive = [
        *world,
        settle("K3", on="2025-04-05", hifp_pay="170.00"),
        refund("K2", on="2025-04-10"),
        *stated(_APRIL),
        notices(_APRIL),
    ]
    cells = {"marked": False, "employee": "170.00", "resident": "-100.00", "amount": "70.00"}
    yield ruling(
        "reports: a notice that is not marked keeps the signs",
        marked,
        positive,
        reports=notices_of({AH: {"payment": [{"counterparty": SH, **cells}]}}, period=_APRIL),
    )
    both = [*three_provinces(), settle("K1"), settle("K2", SH, AH, hifp_pay="30.00")]
    done = [generate(), *confirm_all(_MARCH, (AH, SH, JS)), notices()]
    lines: dict[str, dict[str, list[Cells]]] = {
        AH: {
            "payment": [{"counterparty": SH, "marked": False, "amount": "100.00"}],
            "receipt": [{"counterparty": SH, "marked": False, "amount": "30.00"}],
        },
        SH: {
            "payment": [{"counterparty": AH, "marked": False, "amount": "30.00"}],
            "receipt": [{"counterparty": AH, "marked": False, "amount": "100.00"}],
        },
        JS: {"payment": [], "receipt": []},
    }
    yield ruling(
        "reports: notices are gross, one for each direction",
        "both paid (按月全额清算)",
        *(both, done),
        reports=notices_of(lines),
    )
    yield ruling(
        "reports: notices of one region",
        "`clearing notices --scheme S --period P [--region R] [--as-of DATE]`",
        *(both, done),
        reports=notices_of({AH: lines[AH], SH: {"payment": [], "receipt": []}}, region=AH),
    )


# -- pools ----------------------------------------------------------------------------------------


def _pools() -> Iterator[Ruling]:
    up = [*corridor(), size("120000.00", on="2025-01-24"), pay_advance("20000.00", on="2025-02-14")]
    received = receive_advance("20000.00", on="2025-02-17")
    yield ruling(
        "reports: a pool as of the days of its line",
        _INCLUSIVE,
        *(up, received),
        reports=[
            pools("2025-01-23", line(quota="100000.00", principal="100000.00", unfunded="0.00")),
            pools(
                "2025-01-24", line(quota="120000.00", principal="100000.00", unfunded="20000.00")
            ),
            pools("2025-02-13", line(in_transit="0.00")),
            pools("2025-02-14", line(in_transit="20000.00", principal="100000.00")),
            pools("2025-02-17", line(in_transit="0.00", principal="120000.00", unfunded="0.00")),
        ],
    )
    down = [*corridor(), size("80000.00"), return_advance("20000.00", on="2025-02-14")]
    yield ruling(
        "reports: a return in transit",
        "`in_transit` counts both directions",
        *(down, receive_advance_return("5000.00", on="2025-02-17")),
        reports=[
            pools("2025-02-14", line(in_transit="20000.00", principal="80000.00")),
            pools("2025-02-17", line(in_transit="15000.00", principal="80000.00")),
        ],
    )
    yield ruling(
        "reports: money in transit both ways",
        "`in_transit` counts both directions",
        *(up, received, size("90000.00", year=2026, on="2025-03-03")),
        *(return_advance("30000.00", on="2025-03-10"),),
        reports=pools(
            "2025-03-10", line(quota="90000.00", principal="90000.00", in_transit="30000.00")
        ),
    )
    paid = [
        *corridor(),
        settle("K1", hifp_pay="500.00"),
        pay_hospital([(AH, "500.00")], on="2025-04-02"),
    ]
    yield ruling(
        "reports: a pool in use",
        _IN_USE,
        paid,
        reports=[
            pools("2025-04-01", line(in_use="0.00", free="100000.00")),
            pools("2025-04-02", line(in_use="500.00", free="99500.00")),
        ],
    )
    yield ruling(
        "reports: clearing received frees a pool",
        _IN_USE,
        *(paid, noticed(), pay("500.00", on="2025-05-15"), receive("300.00", on="2025-05-16")),
        reports=[
            pools("2025-05-15", line(in_use="500.00", free="99500.00")),
            pools("2025-05-16", line(in_use="200.00", free="99800.00")),
        ],
    )
    yield ruling(
        "reports: what a hospital gives back frees a pool",
        _IN_USE,
        *(paid, recover_from_hospital([(AH, "50.00")], on="2025-04-05")),
        reports=pools("2025-04-05", line(in_use="450.00", free="99550.00")),
    )
    yield ruling(
        "reports: a pool may be overdrawn",
        "`free = principal − in_use`",
        *(corridor(principal="100.00"), pay_hospital([(AH, "500.00")])),
        reports=pools(_END, line(in_use="500.00", free="-400.00")),
    )
    yield ruling(
        "reports: a hospital's lines use their own pools",
        _IN_USE,
        *(corridor(), pool(JS, SH, "1000.00"), pay_hospital([(AH, "70.00"), (JS, "30.00")])),
        reports=pools(
            _END, line(AH, SH, in_use="70.00"), line(JS, SH, in_use="30.00", free="970.00")
        ),
    )
    yield ruling(
        "reports: a pool as of the day that it opened",
        _INCLUSIVE,
        corridor(),
        reports=pools(FIRST_DAY, line(quota="100000.00", principal="100000.00", free="100000.00")),
    )
    two = [
        *(corridor(), pool(JS, SH, "1000.00"), settle("K1", hifp_pay="500.00")),
        *(settle("K2", JS, SH, hifp_pay="300.00"), pay_hospital([(AH, "500.00"), (JS, "300.00")])),
        *noticed(_MARCH, (AH, SH, JS)),
    ]
    yield ruling(
        "reports: clearing received frees its own pool alone",
        _IN_USE,
        *(two, pay("500.00"), receive("500.00")),
        reports=pools(
            _END,
            line(AH, SH, in_use="0.00", free="100000.00"),
            line(JS, SH, in_use="300.00", free="700.00"),
        ),
    )
    yield ruling(
        "reports: a pool shows its own statement",
        _MADE,
        two,
        reports=pools(
            _END,
            line(AH, SH, clearing_amount="500.00", usage_percent="0.5000", level="NORMAL"),
            line(JS, SH, clearing_amount="300.00", usage_percent="30.0000", level="NORMAL"),
        ),
    )
    back = [*return_line(), notices(_APRIL), pay_return("100.00"), receive_return("100.00")]
    yield ruling(
        "reports: a return does not change what is in use",
        _NO_RETURNS,
        back,
        reports=pools(_END, line(in_use="0.00", free="100000.00")),
    )
    yield ruling(
        "reports: a pool shows the last statement made",
        _MADE,
        *(corridor(), settle("K1"), settle("K2", on="2025-04-05", hifp_pay="200.00")),
        *(generate(_MARCH), generate(_APRIL)),
        reports=[
            pools(
                "2025-05-20",
                line(clearing_period=_MARCH, clearing_amount="100.00", usage_percent="0.1000"),
            ),
            pools(
                "2025-05-21",
                line(clearing_period=_APRIL, clearing_amount="200.00", usage_percent="0.2000"),
            ),
        ],
    )
    yield ruling(
        "reports: a pool shows a statement that is not confirmed",
        _MADE,
        *(corridor(), settle("K1", hifp_pay="95000.00"), generate(), confirm(_MARCH, AH)),
        reports=pools(_END, line(clearing_amount="95000.00", level="RED")),
    )
    yield ruling(
        "reports: a pool shows a zero line without items",
        _MADE,
        *(corridor(), settle("K1"), generate(_MARCH), generate(_APRIL)),
        reports=pools(
            _END,
            line(
                clearing_period=_APRIL,
                clearing_amount="0.00",
                usage_percent="0.0000",
                level="NORMAL",
            ),
        ),
    )


# -- days and positions ---------------------------------------------------------------------------


def _days() -> Iterator[Ruling]:
    yield ruling(
        "reports: a day is inclusive",
        _INCLUSIVE,
        *(corridor(), settle("K1", on="2025-03-05")),
        reports=[
            trial_balance("2025-03-04", r340000={"EXP": "0.00"}),
            trial_balance("2025-03-05", r340000={"EXP": "100.00"}),
        ],
    )
    yield ruling(
        "reports: balances as of a day",
        _INCLUSIVE,
        *(corridor(), settle("K1", on="2025-03-05"), settle("K2", on="2025-03-06")),
        reports=balances("2025-03-05", {(AH, "EXP"): {(SH, "EMPLOYEE", "hifp_pay"): "100.00"}}),
    )
    world = [*corridor(), settle("K1"), *missing_at_insured("K1"), *noticed()]
    names = {
        "trial-balance": {"as_of": _END},
        "balances": {"as_of": _END},
        "statement": {"scheme": CROSS, "period": _MARCH},
        "notices": {"scheme": CROSS, "period": _MARCH},
        "payments": {"scheme": CROSS, "as_of": _END},
        "pools": {"as_of": _END},
        "breaks": {"as_of": _END},
    }
    for name, args in names.items():
        yield ruling(
            f"reports: {name} says its position",
            "every answer also carries `position`",
            world,
            reports=Report(name, args, {"position": A.WHOLE_NUMBER}),
        )
    yield ruling(
        "reports: a trial balance says its day",
        '`trial-balance`: `{"as_of": DATE, "books"',
        corridor(),
        reports=Report("trial-balance", {"as_of": _END}, {"as_of": _END}),
    )
    yield ruling(
        "reports: the breaks of a ledger without breaks",
        _INCLUSIVE,
        corridor(),
        reports=breaks(_END),
    )


ROWS = tuple(
    row
    for part in (
        *(_levels, _statement_figures, _states, _lateness, _payment_rows, _notices, _pools, _days),
    )
    for row in part()
)
