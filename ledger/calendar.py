"""Working days: weekends off, State-Council holidays off, make-up weekends on.

Day 1 is the day after the start. Source: domain.md 4 ("Working day").
"""

from collections.abc import Mapping
from datetime import date, timedelta

from ledger.record import record
from ledger.vocabulary import Year

_DAY = timedelta(days=1)
_SATURDAY = 5


@record
class WorkCalendar:
    """The days of one year that break the rule of the week."""

    holidays: tuple[date, ...]
    makeup_workdays: tuple[date, ...]


class CalendarMissing(LookupError):
    """A count of working days ran into a year without a calendar."""

    def __init__(self, year: int) -> None:
        """Name the year."""
        super().__init__(f"no working calendar for {year}")


def is_working_day(calendars: Mapping[Year, WorkCalendar], day: date) -> bool:
    """Say whether people work on a day. Raises: CalendarMissing."""
    calendar = calendars.get(Year(day.year))
    if calendar is None:
        raise CalendarMissing(day.year)
    if day in calendar.makeup_workdays:
        return True
    return day.weekday() < _SATURDAY and day not in calendar.holidays


def add_working_days(calendars: Mapping[Year, WorkCalendar], start: date, days: int) -> date:
    """Return the n-th working day after a date. Raises: CalendarMissing."""
    day = start
    while days > 0:
        if day == date.max:
            raise CalendarMissing(day.year + 1)
        day += _DAY
        days -= is_working_day(calendars, day)
    return day


def working_days_after(
    calendars: Mapping[Year, WorkCalendar], start: date, end: date
) -> int | None:
    """Count the working days after `start` up to and with `end`; None without a calendar."""
    count = 0
    day = start
    try:
        while day < end:
            day += _DAY
            count += is_working_day(calendars, day)
    except CalendarMissing:
        return None
    return count
