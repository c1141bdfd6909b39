"""Months of clearing and the dates that hang on them."""

from datetime import date
from functools import lru_cache

from ledger.vocabulary import Period


@lru_cache(maxsize=4_096)
def period_of(day: date) -> Period:
    """Return the month of a date."""
    return Period(f"{day.year:04d}{day.month:02d}")


def next_period(period: Period, months: int = 1) -> Period:
    """Return the period some months later."""
    index = int(period[:4]) * 12 + int(period[4:]) - 1 + months
    return Period(f"{index // 12:04d}{index % 12 + 1:02d}")


def on_or_after(day: date, period: Period, day_of_month: int) -> bool:
    """Say whether a date has reached a day of a period, however short its month."""
    return (day.year, day.month, day.day) >= (int(period[:4]), int(period[4:]), day_of_month)


def fourth_quarter(year: int) -> tuple[Period, Period, Period]:
    """Return October, November and December of a year."""
    return Period(f"{year:04d}10"), Period(f"{year:04d}11"), Period(f"{year:04d}12")
