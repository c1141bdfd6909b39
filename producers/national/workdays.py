"""Working days of each year, and how claims are spread over days and hours.

Days off and make-up days of 2024 to 2026 are the State Council's, from memory as in domain.md 7;
another year has the fixed holidays only. Source: domain.md 4 ("Working day"), 8 (peaks).
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from itertools import accumulate
from typing import Final

from producers.national.published import (
    AFTER_REST_FACTOR,
    PEAK_HOUR,
    PEAK_HOUR_FACTOR,
    REST_FACTOR,
    WORKING_HOURS,
    WORKING_HOURS_SHARE,
)

_FIXED: Final = "0101 0404 0405 0501 0502 0503 0504 0505 1001 1002 1003 1004 1005 1006 1007"
_OFF: Final[dict[int, str]] = {
    2024: "0101 0212 0213 0214 0215 0216 0404 0405 0501 0502 0503 0610 0916 0917 "
    "1001 1002 1003 1004 1007",
    2025: "0101 0128 0129 0130 0131 0203 0204 0404 0501 0502 0505 0602 "
    "1001 1002 1003 1006 1007 1008",
    2026: "0101 0102 0216 0217 0218 0219 0220 0223 0406 0501 0504 0505 0619 0925 "
    "1001 1002 1005 1006 1007",
}
_MAKE_UP: Final[dict[int, str]] = {
    2024: "0204 0218 0407 0428 0511 0914 0929 1012",
    2025: "0126 0208 0427 0928 1011",
    2026: "0104 0214 0228 0509 0920 1010",
}
_SATURDAY: Final = 5


def holidays(year: int) -> list[date]:
    """Return the days off of a year, weekends left out."""
    return _days(year, _OFF.get(year, _FIXED))


def makeup_workdays(year: int) -> list[date]:
    """Return the weekend days of a year that are worked."""
    return _days(year, _MAKE_UP.get(year, ""))


def _days(year: int, text: str) -> list[date]:
    return [date(year, int(each[:2]), int(each[2:])) for each in text.split()]


class WorkingDays:
    """The working days of some years, in order."""

    def __init__(self, years: Iterable[int]) -> None:
        """List them."""
        self._days = [day for year in years for day in _working(year)]
        self._known = frozenset(self._days)

    def __contains__(self, day: date) -> bool:
        """Say whether people work on a day."""
        return day in self._known

    def after(self, start: date, count: int) -> date:
        """Return the n-th working day after a date; with 0 the date itself."""
        return self._days[bisect_right(self._days, start) + count - 1] if count else start

    def between(self, start: date, end: date) -> int:
        """Count the working days after `start` up to and with `end`; 0 if that is earlier."""
        return max(0, bisect_right(self._days, end) - bisect_right(self._days, start))

    def load(self, day: date) -> float:
        """Return a day's claims against those of a usual working day."""
        if day not in self._known:
            return REST_FACTOR
        return 1.0 if day - timedelta(days=1) in self._known else AFTER_REST_FACTOR


def _working(year: int) -> list[date]:
    off, made_up = set(holidays(year)), set(makeup_workdays(year))
    first = date(year, 1, 1)
    days = (first + timedelta(days=number) for number in range(366))
    return [
        day
        for day in days
        if day.year == year and (day in made_up or (day.weekday() < _SATURDAY and day not in off))
    ]


def apportion(whole: int, weights: Sequence[float]) -> list[int]:
    """Divide a number over weights; the parts sum to it, each is off by less than one."""
    running = list(accumulate(weights))
    marks = [round(whole * each / running[-1]) for each in running]
    return [mark - before for mark, before in zip(marks, [0, *marks[:-1]], strict=True)]


def hours() -> list[float]:
    """Return the share of a day's claims in each of its 24 hours."""
    mean = WORKING_HOURS_SHARE / len(WORKING_HOURS)
    peak = mean * PEAK_HOUR_FACTOR
    usual = (WORKING_HOURS_SHARE - peak) / (len(WORKING_HOURS) - 1)
    quiet = (1 - WORKING_HOURS_SHARE) / (24 - len(WORKING_HOURS))
    shares = [usual if hour in WORKING_HOURS else quiet for hour in range(24)]
    shares[PEAK_HOUR] = peak
    return shares
