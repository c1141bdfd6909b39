"""How far each statement line is paid, and how late."""

from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from json import loads
from typing import Any, NamedTuple, TypeAlias, TypedDict

from sqlalchemy import ColumnElement, Connection, and_, case, func, select

from ledger.calendar import WorkCalendar, working_days_after
from ledger.money import yuan
from ledger.period import next_period, on_or_after
from ledger.vocabulary import Period, Year
from projections.tables import live
from reports.reading import iso, position, total, until
from reports.shapes import (
    Count,
    Day,
    Direction,
    Month,
    PaymentState,
    Position,
    Region,
    Scheme,
    Yuan,
)
from reports.statements import IS_MADE, STATEMENTS

Calendars: TypeAlias = Mapping[Year, WorkCalendar]
Line: TypeAlias = tuple[str, str, str]
"""Period, insured region, treatment region."""
_STEPS = live("clearing")["statement_steps"]
_LINE = ("period", "insured_region", "treatment_region")
_STATEMENT_DAY = 21
"""Fixed here: the parameter of that name moves only how early a statement may be made."""
_YEAR_LIMIT = (3, 31)


class Steps(NamedTuple):
    """What has happened to a line; all but `noticed` is dated up to the day of the report."""

    noticed: int | None
    """The amount of its notice whenever that was issued; it changes no more."""
    submit_due: str | None
    pay_due: str | None
    paid: int
    received: int
    last_paid: str | None
    last_received: str | None
    submitted: int


class Payment(NamedTuple):
    """A line and its money, in fen; `net` below 0 is a return."""

    period: str
    insured_region: str
    treatment_region: str
    net: int
    submit_due: date | None
    pay_due: date | None
    paid: int
    received: int
    paid_on: date | None
    received_on: date | None
    submitted: bool


class PaymentRow(TypedDict):
    """A line; before its notice it has no due dates."""

    period: Month
    insured_region: Region
    treatment_region: Region
    direction: Direction
    amount: Yuan
    paid: Yuan
    received: Yuan
    paid_on: Day | None
    received_on: Day | None
    submit_due: Day | None
    pay_due: Day | None
    state: PaymentState
    late_working_days: Count | None
    missed_next_clearing: bool


class Payments(TypedDict):
    """Every statement line that is not zero."""

    scheme: Scheme
    period: Month | None
    as_of: Day
    position: Position
    rows: list[PaymentRow]


def payments(
    connection: Connection, scheme: Scheme, as_of: date, period: str | None = None
) -> Payments:
    """Return how far the lines of a scheme are paid on a day; those of one month, if named."""
    lines = rows(connection, scheme, as_of, period)
    known = calendars(connection, as_of)
    return {
        "scheme": scheme,
        "period": period,
        "as_of": as_of.isoformat(),
        "position": position(connection, "clearing"),
        "rows": document(lines, known, as_of),
    }


def rows(connection: Connection, scheme: Scheme, as_of: date, period: str | None) -> list[Payment]:
    """Return the lines that are not zero: stated, noticed or paid on up to a day."""
    stated = _stated(connection, scheme, until(as_of), period)
    steps = _steps(connection, scheme, until(as_of), period)
    nothing = Steps(None, None, None, 0, 0, None, None, 0)
    lines = (
        _payment(line, stated.get(line, 0), steps.get(line, nothing))
        for line in sorted(stated.keys() | steps.keys())
    )
    return [line for line in lines if line.net]


def _stated(
    connection: Connection, scheme: Scheme, last_day: str, period: str | None
) -> dict[Line, int]:
    """Return the net of each statement made up to a day, less what was disputed up to it."""
    t = STATEMENTS.c
    line = [t[name] for name in _LINE]
    query = (
        select(*line, total(t.employee + t.resident))
        .where(t.scheme == scheme, t.day <= last_day)
        .group_by(*line)
        .having(func.max(case((IS_MADE, 1), else_=0)) == 1)
    )
    if period is not None:
        query = query.where(t.period == period)
    return {(row[0], row[1], row[2]): row[3] for row in connection.execute(query)}


def _steps(
    connection: Connection, scheme: Scheme, last_day: str, period: str | None
) -> dict[Line, Steps]:
    t = _STEPS.c

    def dated(step: str, value: ColumnElement[Any]) -> ColumnElement[Any]:
        return case((and_(t.step == step, t.day <= last_day), value))

    line = [t[name] for name in _LINE]
    query = (
        select(
            *line,
            func.max(case((t.step == "noticed", t.amount))),
            func.max(dated("noticed", t.submit_due)),
            func.max(dated("noticed", t.pay_due)),
            total(dated("paid", t.amount)),
            total(dated("received", t.amount)),
            func.max(dated("paid", t.day)),
            func.max(dated("received", t.day)),
            func.count(dated("submitted", t.day)),
        )
        .where(t.scheme == scheme)
        .group_by(*line)
    )
    if period is not None:
        query = query.where(t.period == period)
    return {(row[0], row[1], row[2]): Steps(*row[3:]) for row in connection.execute(query)}


def _payment(line: Line, stated: int, steps: Steps) -> Payment:
    """Return a line; before its notice, and before any money, its amount is the statement's."""
    begun = steps.submit_due is not None or steps.paid or steps.received
    net = (steps.noticed or 0) if begun else stated
    # No payment and no receipt goes beyond the amount, so the last one is the one that reaches it.
    paid_on = steps.last_paid if steps.paid == abs(net) else None
    received_on = steps.last_received if steps.received == abs(net) else None
    return Payment(
        *line,
        net=net,
        submit_due=_day(steps.submit_due),
        pay_due=_day(steps.pay_due),
        paid=steps.paid,
        received=steps.received,
        paid_on=_day(paid_on),
        received_on=_day(received_on),
        submitted=bool(steps.submitted),
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def calendars(connection: Connection, as_of: date) -> Calendars:
    """Return the calendar of each year as published up to a day, the last one sent first."""
    t = live("clearing")["calendar_days"].c
    query = select(t.year, t.value).where(t.day <= until(as_of)).order_by(t.year, t.position)
    return {Year(year): _calendar(value) for year, value in connection.execute(query)}


def _calendar(value: bytes) -> WorkCalendar:
    days = {name: tuple(map(date.fromisoformat, each)) for name, each in loads(value).items()}
    return WorkCalendar(**days)


def document(lines: Iterable[Payment], known: Calendars, as_of: date) -> list[PaymentRow]:
    """Return the rows; lateness runs to the day of payment, for an open line to the as-of date."""

    @cache
    def late(due: date, end: date) -> int | None:
        return working_days_after(known, due, end)

    return [
        {
            "period": line.period,
            "insured_region": line.insured_region,
            "treatment_region": line.treatment_region,
            "direction": "return" if line.net < 0 else "clearing",
            "amount": yuan(abs(line.net)),
            "paid": yuan(line.paid),
            "received": yuan(line.received),
            "paid_on": iso(line.paid_on),
            "received_on": iso(line.received_on),
            "submit_due": iso(line.submit_due),
            "pay_due": iso(line.pay_due),
            "state": state_of(line, as_of),
            "late_working_days": late(line.pay_due, line.paid_on or as_of) if line.pay_due else 0,
            "missed_next_clearing": _reached(line.paid_on or as_of, line.period, 2),
        }
        for line in lines
    ]


def state_of(line: Payment, as_of: date) -> PaymentState:
    """Return the first state that holds, in the order of the contract (domain.md 3.4)."""
    if line.received_on:
        return "RECEIVED"
    if line.paid_on:
        return "PAID"
    if as_of > date(int(line.period[:4]) + 1, *_YEAR_LIMIT):
        return "PAST_YEAR_LIMIT"
    if _reached(as_of, line.period, 3):
        return "OVER_TWO_PERIODS"
    if _reached(as_of, line.period, 2):
        return "MISSED_NEXT_CLEARING"
    if line.pay_due and as_of > line.pay_due:
        return "PAY_OVERDUE"
    if line.paid:
        return "PART_PAID"
    if line.submitted:
        return "SUBMITTED"
    if line.submit_due and as_of > line.submit_due:
        return "SUBMIT_OVERDUE"
    return "NOT_DUE"


def _reached(day: date, period: str, months: int) -> bool:
    """Say whether a day has reached the day of the statements, some months after a period."""
    return on_or_after(day, next_period(Period(period), months), _STATEMENT_DAY)
