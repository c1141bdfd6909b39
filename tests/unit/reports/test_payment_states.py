from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest

from ledger.calendar import WorkCalendar
from ledger.vocabulary import Year
from reports.payments import Payment, document, state_of

PERIOD = "202503"  # M; M+2 = May, M+3 = June
SUBMIT_DUE, PAY_DUE = date(2025, 5, 12), date(2025, 5, 26)
CALENDARS = {
    Year(2025): WorkCalendar(
        holidays=(date(2025, 5, 31), date(2025, 6, 1), date(2025, 6, 2)), makeup_workdays=()
    )
}


def line(**changes: Any) -> Payment:
    noticed = Payment(
        period=PERIOD,
        insured_region="340000",
        treatment_region="310000",
        net=100_00,
        submit_due=SUBMIT_DUE,
        pay_due=PAY_DUE,
        paid=0,
        received=0,
        paid_on=None,
        received_on=None,
        submitted=False,
    )
    return noticed._replace(**changes)


PAID = {"paid": 100_00, "paid_on": date(2025, 6, 4)}
RECEIVED = {**PAID, "received": 100_00, "received_on": date(2025, 6, 5)}
# With deadlines far away, what comes before them in the list can be seen.
FAR = {"submit_due": date(2030, 1, 1), "pay_due": date(2030, 1, 1)}


@pytest.mark.parametrize(
    ("as_of", "changes", "state"),
    [
        ("2025-05-12", {}, "NOT_DUE"),
        ("2025-05-13", {}, "SUBMIT_OVERDUE"),
        ("2025-05-13", {"submitted": True}, "SUBMITTED"),
        ("2025-05-13", {"submitted": True, "paid": 1}, "PART_PAID"),
        ("2025-05-13", {"paid": 99_99}, "PART_PAID"),
        ("2025-05-20", {}, "SUBMIT_OVERDUE"),
        ("2025-05-21", {}, "MISSED_NEXT_CLEARING"),
        ("2025-05-21", {"submitted": True, "paid": 99_99}, "MISSED_NEXT_CLEARING"),
        ("2025-06-20", {}, "MISSED_NEXT_CLEARING"),
        ("2025-06-21", {}, "OVER_TWO_PERIODS"),
        ("2026-03-31", {}, "OVER_TWO_PERIODS"),
        ("2026-04-01", {}, "PAST_YEAR_LIMIT"),
        ("2026-04-01", FAR, "PAST_YEAR_LIMIT"),
        ("2026-04-01", PAID, "PAID"),
        ("2026-04-01", RECEIVED, "RECEIVED"),
        # received is first, even where the receipt is dated before its payment
        ("2025-05-13", {"received": 100_00, "received_on": date(2025, 5, 13)}, "RECEIVED"),
        ("2025-05-13", {"received": 1}, "SUBMIT_OVERDUE"),
        # a line without its notice has no deadlines
        ("2025-05-20", {"submit_due": None, "pay_due": None}, "NOT_DUE"),
        ("2025-05-20", {"submit_due": None, "pay_due": None, **PAID}, "PAID"),
        # a return line
        ("2025-05-20", {"net": -100_00, "paid": 100_00, "paid_on": date(2025, 5, 20)}, "PAID"),
    ],
)
def test_state_is_the_first_that_holds(as_of, changes, state):
    assert state_of(line(**changes), date.fromisoformat(as_of)) == state


@pytest.mark.parametrize(
    ("as_of", "state"), [("2025-04-16", "SUBMITTED"), ("2025-04-17", "PAY_OVERDUE")]
)
def test_pay_overdue_begins_after_pay_due(as_of, state):
    early = line(submit_due=date(2025, 4, 2), pay_due=date(2025, 4, 16), submitted=True)
    assert state_of(early, date.fromisoformat(as_of)) == state


def test_periods_run_over_the_year_end():
    november = line(period="202411", **FAR)
    assert state_of(november, date(2025, 1, 20)) == "NOT_DUE"
    assert state_of(november, date(2025, 1, 21)) == "MISSED_NEXT_CLEARING"
    assert state_of(november, date(2025, 2, 21)) == "OVER_TWO_PERIODS"
    assert state_of(november, date(2025, 3, 31)) == "OVER_TWO_PERIODS"
    assert state_of(november, date(2025, 4, 1)) == "PAST_YEAR_LIMIT"


@dataclass(frozen=True)
class Late:
    as_of: str
    changes: dict
    days: int | None
    missed: bool


@pytest.mark.parametrize(
    "case",
    [
        Late("2025-05-20", {}, 0, missed=False),
        Late("2025-05-21", {}, 0, missed=True),
        Late("2025-05-26", {}, 0, missed=True),
        Late("2025-05-27", {}, 1, missed=True),
        Late("2025-06-02", {}, 4, missed=True),  # a weekend and a holiday do not count
        Late("2025-06-30", PAID, 6, missed=True),  # counted to the day of payment
        Late("2025-06-30", {**PAID, "paid_on": date(2025, 5, 20)}, 0, missed=False),
        Late("2026-01-02", {}, None, missed=True),  # 2026 has no calendar yet
        Late("2026-01-02", PAID, 6, missed=True),
        Late("2026-01-02", {"submit_due": None, "pay_due": None}, 0, missed=True),
    ],
)
def test_lateness(case):
    (row,) = document([line(**case.changes)], CALENDARS, date.fromisoformat(case.as_of))
    assert row["late_working_days"] == case.days
    assert row["missed_next_clearing"] is case.missed


def test_without_any_calendar_a_line_in_time_is_not_late():
    (row,) = document([line()], {}, PAY_DUE)
    assert row["late_working_days"] == 0
    (row,) = document([line()], {}, date(2025, 5, 27))
    assert row["late_working_days"] is None


def test_a_return_has_a_positive_amount():
    (row,) = document([line(net=-1_300_00)], CALENDARS, PAY_DUE)
    assert (row["direction"], row["amount"]) == ("return", "1300.00")
