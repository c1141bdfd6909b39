"""Rulings on dates out of order: the log's order finds, `on` books."""

from collections.abc import Iterator
from typing import Final

from .reports import line, notices_of, payments, pools, statement, trial_balance
from .ruling import ACCEPTED, Ruling, rejected, ruling
from .world import (
    AH,
    SH,
    ask_increase,
    assign,
    close_period,
    confirm,
    corridor,
    deduct,
    dispute,
    generate,
    hold,
    missing_at_insured,
    noticed,
    notices,
    paid_and_received,
    pay,
    pay_advance,
    pay_return,
    receive,
    receive_advance,
    receive_return,
    refund,
    release,
    return_line,
    reverse,
    settle,
    size,
    stated,
    submit_to_finance,
)

_FINDS: Final = (
    "The log's order decides what a command finds; `on` is its booking date and decides month,"
    " parameters, deadlines and every as-of report."
)
_ACCEPTED: Final = (
    "An `on` before that of earlier commands is accepted: a confirmation dated before the statement"
    " or before the other side's, a notice before the confirmations, a receipt before its payment."
)
_TWO_ONLY: Final = (
    "Two dates only are refused as too soon: `too_early`, and `statement_not_confirmed` of an"
    " emergency request dated before t's confirmation."
)
_POSTED: Final = "Every posting has the `on` of its command."
_BOOKED: Final = (
    "A line is booked when the second confirmation arrives, with the `on` of that one, even where"
    " the other's is later."
)
_COUNT: Final = (
    "Payments and receipts count in a report by their `on`: as of a day between, a receipt dated"
    " before its payment stands alone, and what is in transit may be negative."
)
_COMPLETE: Final = (
    "`paid_on` and `received_on` are the first day on which what is dated up to it reaches the"
    " amount."
)
_MARCH, _APRIL = "202503", "202504"


def _accepted() -> Iterator[Ruling]:
    world = [*corridor(), settle("K1")]
    early = "2025-01-15"
    yield ruling(
        "dates: a confirmation dated before its statement",
        _ACCEPTED,
        *(world, generate(), confirm(_MARCH, AH, on=early)),
        reports=statement(line(status="PART_CONFIRMED")),
    )
    yield ruling(
        "dates: a confirmation dated before the other side's",
        _ACCEPTED,
        *(world, generate(), confirm(_MARCH, AH), confirm(_MARCH, SH, on="2025-04-22")),
        reports=statement(line(status="CONFIRMED")),
    )
    yield ruling(
        "dates: a notice dated before the confirmations",
        _ACCEPTED,
        *(world, stated(), notices(on="2025-04-22")),
        reports=payments("2025-04-30", line(submit_due="2025-04-28", pay_due="2025-05-15")),
    )
    yield ruling(
        "dates: a receipt dated before its payment",
        _ACCEPTED,
        *(world, noticed(), pay("100.00", on="2025-05-15"), receive("100.00", on="2025-05-10")),
    )
    yield ruling(
        "dates: a payment dated before its notice",
        _FINDS,
        *(world, noticed(), pay("100.00", on="2025-04-01")),
    )
    yield ruling(
        "dates: a submission dated before its notice",
        _FINDS,
        *(world, noticed(), submit_to_finance(on="2025-04-01")),
    )
    commands = {
        "a deduction before its claim": deduct("K1", "1.00", on=early),
        "a reversal before its claim": reverse("K1", on=early),
        "a refund before its claim": refund("K1", on=early),
        "a hold before its claim": hold("K1", on=early),
    }
    for name, sent in commands.items():
        yield ruling(
            f"dates: {name}", "An `on` before that of earlier commands is accepted", world, sent
        )
    yield ruling(
        "dates: a dispute before its statement",
        "An `on` before that of earlier commands is accepted",
        *(world, generate(), dispute("K1", on=early)),
    )
    yield ruling(
        "dates: a release before its hold",
        "An `on` before that of earlier commands is accepted",
        *(world, hold("K1"), release("K1", on=early)),
    )
    yield ruling(
        "dates: an assignment before its break",
        "An `on` before that of earlier commands is accepted",
        *(world, missing_at_insured("K1"), assign("MISSING_AT_INSURED:K1", on=early)),
    )
    yield ruling(
        "dates: an advance received before it is paid",
        _ACCEPTED,
        *(corridor(), size("120000.00"), pay_advance("20000.00", on="2025-02-14")),
        receive_advance("20000.00", on="2025-02-10"),
    )
    yield ruling(
        "dates: what comes later in the log is not found, whatever its date",
        _FINDS,
        *(corridor(), deduct("K1", "1.00", on="2025-05-01"), settle("K1", on="2025-03-05")),
        expect=[rejected("claim_unknown"), ACCEPTED],
    )
    yield ruling(
        "dates: a statement takes what the log holds, whatever its date",
        "then takes what the corridor's log holds at that point",
        *(world, deduct("K1", "30.00", on="2025-06-10"), generate(on="2025-04-21")),
        reports=statement(line(net="70.00", deduction="30.00")),
    )
    yield ruling(
        "dates: a claim that arrives after its statement is late, whatever the statement's date",
        _FINDS,
        *(corridor(), generate(on="2025-06-21"), settle("K1"), generate(_APRIL)),
        reports=statement(line(visits=1), period=_APRIL),
    )


def _too_soon() -> Iterator[Ruling]:
    red = [*corridor(), settle("K1", hifp_pay="95000.00")]
    yield ruling(
        "dates: statements dated too early",
        _TWO_ONLY,
        *(corridor(), settle("K1"), generate(on="2025-04-20")),
        expect=rejected("too_early"),
    )
    yield ruling(
        "dates: an increase dated before t's confirmation",
        _TWO_ONLY,
        *(red, stated(), ask_increase(on="2025-04-23")),
        expect=rejected("statement_not_confirmed"),
    )
    yield ruling(
        "dates: an increase on the day of t's confirmation",
        _TWO_ONLY,
        *(red, stated(), ask_increase(on="2025-04-24")),
    )
    yield ruling(
        "dates: an increase after t's confirmation that is dated early",
        "(`calendar_missing` where it cannot be counted)",
        *(red, generate(), confirm(_MARCH, SH, on="2025-03-03"), ask_increase(on="2025-03-06")),
    )
    yield ruling(
        "dates: the window runs from the date of t's confirmation",
        "requested_at <= confirm_date(t) + 3 wd",
        *(red, generate(), confirm(_MARCH, SH, on="2025-03-03"), ask_increase(on="2025-03-07")),
        expect=rejected("emergency_window_closed"),
    )


def _postings() -> Iterator[Ruling]:
    world = [*corridor(), settle("K1")]
    yield ruling(
        "dates: a claim is posted on its day",
        _POSTED,
        world,
        reports=[
            trial_balance("2025-03-04", r340000={"EXP": "0.00"}),
            trial_balance("2025-03-05", r340000={"EXP": "100.00"}),
        ],
    )
    yield ruling(
        "dates: a deduction is posted on its day, not in its period",
        _POSTED,
        *(world, deduct("K1", "30.00", on="2025-04-16")),
        reports=[
            trial_balance("2025-04-15", r340000={"EXP": "100.00"}),
            trial_balance("2025-04-16", r340000={"EXP": "70.00"}),
        ],
    )
    yield ruling(
        "dates: a deduction dated before its claim stands alone",
        _POSTED,
        *(world, deduct("K1", "30.00", on="2025-03-01")),
        reports=[
            trial_balance("2025-03-01", r340000={"EXP": "-30.00"}, r310000={"PAY.HOSP": "30.00"}),
            trial_balance("2025-03-05", r340000={"EXP": "70.00"}),
        ],
    )
    cleared = {"PAY.CLEAR": "-100.00", "PAY.ACCRUED": "0.00"}
    accrued = {"PAY.CLEAR": "0.00", "PAY.ACCRUED": "-100.00"}
    yield ruling(
        "dates: a line is booked on the day of the second confirmation",
        _BOOKED,
        *(
            world,
            generate(),
            confirm(_MARCH, AH, on="2025-04-22"),
            confirm(_MARCH, SH, on="2025-04-25"),
        ),
        reports=[
            trial_balance("2025-04-24", r340000=accrued),
            trial_balance("2025-04-25", r340000=cleared),
        ],
    )
    yield ruling(
        "dates: the second confirmation is dated before the first",
        _BOOKED,
        *(
            world,
            generate(),
            confirm(_MARCH, AH, on="2025-04-25"),
            confirm(_MARCH, SH, on="2025-04-22"),
        ),
        reports=[
            trial_balance("2025-04-21", r340000=accrued),
            trial_balance("2025-04-22", r340000=cleared),
        ],
    )
    yield ruling(
        "dates: the second confirmation is dated before the statement",
        _BOOKED,
        *(world, generate(), confirm(_MARCH, AH), confirm(_MARCH, SH, on="2025-03-06")),
        reports=trial_balance("2025-03-06", r340000=cleared),
    )
    yield ruling(
        "dates: a reversal is posted on its own day",
        _POSTED,
        *(world, reverse("K1", on="2025-04-03")),
        reports=[
            trial_balance("2025-04-02", r340000={"EXP": "100.00"}),
            trial_balance("2025-04-03", r340000={"EXP": "0.00"}),
        ],
    )


def _as_of() -> Iterator[Ruling]:
    due = [*corridor(), settle("K1"), *noticed()]
    paid = [*due, pay("100.00", on="2025-05-15"), receive("100.00", on="2025-05-10")]
    yield ruling(
        "dates: a receipt stands alone as of a day before its payment",
        _COUNT,
        paid,
        reports=[
            payments(
                "2025-05-10",
                line(
                    paid="0.00",
                    received="100.00",
                    paid_on=None,
                    received_on="2025-05-10",
                    state="RECEIVED",
                ),
            ),
            trial_balance(
                "2025-05-10",
                r340000={"CASH": "1000000.00", "PAY.CLEAR": "-100.00"},
                r310000={"CASH": "1000100.00", "RECV.CLEAR": "0.00"},
            ),
        ],
    )
    yield ruling(
        "dates: both count as of the payment's day",
        _COUNT,
        paid,
        reports=payments(
            "2025-05-15",
            line(paid="100.00", received="100.00", paid_on="2025-05-15", received_on="2025-05-10"),
        ),
    )
    yield ruling(
        "dates: neither counts as of the day before",
        _COUNT,
        paid,
        reports=payments(
            "2025-05-09",
            line(paid="0.00", received="0.00", paid_on=None, received_on=None, state="NOT_DUE"),
        ),
    )
    up = [*corridor(), size("120000.00"), pay_advance("20000.00", on="2025-02-14")]
    yield ruling(
        "dates: what is in transit may be negative",
        _COUNT,
        *(up, receive_advance("15000.00", on="2025-02-10")),
        reports=[
            pools("2025-02-09", line(in_transit="0.00", principal="100000.00")),
            pools("2025-02-10", line(in_transit="-15000.00", principal="115000.00")),
            pools("2025-02-14", line(in_transit="5000.00", principal="115000.00")),
        ],
    )
    turned = [*due, pay("60.00", on="2025-05-20"), pay("40.00", on="2025-05-10")]
    yield ruling(
        "dates: a line is paid on the latest of its parts' days",
        _COMPLETE,
        turned,
        reports=[
            payments("2025-05-10", line(paid="40.00", paid_on=None)),
            payments("2025-05-19", line(paid="40.00", paid_on=None)),
            payments("2025-05-20", line(paid="100.00", paid_on="2025-05-20", state="PAID")),
        ],
    )
    yield ruling(
        "dates: a line is received on the latest of its parts' days",
        _COMPLETE,
        *(turned, receive("60.00", on="2025-05-22"), receive("40.00", on="2025-05-21")),
        reports=payments("2025-06-30", line(received="100.00", received_on="2025-05-22")),
    )
    back = [*return_line(), notices(_APRIL), pay_return("100.00", on="2025-06-15")]
    yield ruling(
        "dates: a return received before it is paid",
        _COUNT,
        *(back, receive_return("100.00", on="2025-06-10")),
        reports=payments(
            "2025-06-10",
            line(period=_APRIL, direction="return", paid="0.00", received="100.00"),
            line(period=_MARCH, direction="clearing"),
        ),
    )


def _statements_as_of() -> Iterator[Ruling]:
    world = [*corridor(), settle("K1"), settle("K2")]
    done = [generate(), confirm(_MARCH, AH, on="2025-04-22"), confirm(_MARCH, SH, on="2025-04-24")]
    day = (
        "as-of DATE holds every event whose business date `on` is not after DATE, whatever the"
        " order of arrival"
    )
    yield ruling(
        "dates: a statement as of the days of its life",
        day,
        *(world, done, notices(on="2025-04-30")),
        reports=[
            statement(as_of="2025-04-20"),
            statement(line(status="GENERATED", visits=2), as_of="2025-04-21"),
            statement(line(status="PART_CONFIRMED"), as_of="2025-04-22"),
            statement(line(status="PART_CONFIRMED"), as_of="2025-04-23"),
            statement(line(status="CONFIRMED"), as_of="2025-04-24"),
            statement(line(status="NOTICED"), as_of="2025-04-30"),
        ],
    )
    yield ruling(
        "dates: a statement as of the day that its period was closed",
        day,
        *(world, done, notices(), paid_and_received("200.00"), close_period(on="2025-06-01")),
        reports=[
            statement(line(status="NOTICED"), as_of="2025-05-31"),
            statement(line(status="CLOSED"), as_of="2025-06-01"),
        ],
    )
    yield ruling(
        "dates: a statement as of a day before its dispute",
        day,
        *(world, generate(), dispute("K1", on="2025-04-23")),
        reports=[
            statement(line(visits=2, net="200.00"), as_of="2025-04-22"),
            statement(line(visits=1, net="100.00"), as_of="2025-04-23"),
        ],
    )
    notice = {"counterparty": SH, "amount": "200.00"}
    yield ruling(
        "dates: notices as of the day before and the day",
        day,
        *(world, done, notices(on="2025-04-30")),
        reports=[
            notices_of({AH: {"payment": []}}, as_of="2025-04-29"),
            notices_of({AH: {"payment": [notice]}}, as_of="2025-04-30"),
        ],
    )
    yield ruling(
        "dates: payments have no line before its notice",
        day,
        *(world, done, notices(on="2025-04-30")),
        reports=[payments("2025-04-29"), payments("2025-04-30", line(state="NOT_DUE"))],
    )


ROWS = tuple(
    row for part in (_accepted, _too_soon, _postings, _as_of, _statements_as_of) for row in part()
)
