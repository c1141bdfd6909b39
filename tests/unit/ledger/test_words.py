"""Periods, codes and reasons: the small words that everything else is made of."""

from datetime import date

import pytest

from ledger.errors import REASONS, UNBOUND
from ledger.period import fourth_quarter, next_period, on_or_after, period_of
from ledger.vocabulary import ITEMS, Period, clearing_class
from tests.auditor import codes


@pytest.mark.parametrize(
    ("period", "months", "expected"),
    [
        ("202512", 1, "202601"),
        ("202501", 1, "202502"),
        ("202511", 14, "202701"),
        ("202501", -1, "202412"),
        ("202503", 0, "202503"),
    ],
)
def test_months_are_counted_over_the_year_end(period: str, months: int, expected: str) -> None:
    assert next_period(Period(period), months) == expected


def test_a_date_lies_in_its_month() -> None:
    assert period_of(date(2025, 12, 31)) == "202512"
    assert period_of(date(999, 1, 1)) == "099901"
    assert fourth_quarter(2024) == ("202410", "202411", "202412")


@pytest.mark.parametrize(
    ("day", "reached"),
    [
        (date(2025, 4, 29), False),
        (date(2025, 4, 30), False),
        (date(2025, 5, 1), True),
        (date(2026, 1, 1), True),
        (date(2024, 12, 31), False),
    ],
)
def test_a_day_that_a_month_has_not_is_reached_in_the_next(day: date, reached: bool) -> None:
    assert on_or_after(day, Period("202504"), 31) == reached


def test_reasons_are_those_of_the_contract_in_its_order() -> None:
    """Append-only: a reason keeps its place, and the last one stays the last of today."""
    assert set(REASONS) == set(codes.REASONS)
    assert REASONS[:3] == ("malformed", "command_id_reused", "unknown_region")
    assert REASONS[-2:] == ("resolution_not_proven", "decider_fault")
    assert len(REASONS) == len(set(REASONS)) == 52


def test_three_refusals_bind_no_id() -> None:
    assert {*REASONS} > UNBOUND == {"malformed", "command_id_reused", "decider_fault"}


def test_every_insurance_type_clears_in_the_class_of_the_contract() -> None:
    found = {code: clearing_class(code) for code in codes.CLASS_OF_INSUTYPE}  # type: ignore[arg-type]
    assert found == codes.CLASS_OF_INSUTYPE
    assert codes.ITEMS == ITEMS
