"""The clearing table of one scheme and month."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, NamedTuple, TypedDict

from sqlalchemy import Connection, Row, select

from ledger.digest import MemberDigest
from ledger.money import yuan
from projections.tables import live
from reports.reading import iso, position, until
from reports.shapes import (
    Count,
    Day,
    Digest,
    Month,
    Percent,
    PoolLevel,
    Position,
    Region,
    Scheme,
    StatementStatus,
    Yuan,
)
from reports.statements import STATEMENTS, Ends, Usage

_SIGNATURES = ("insured_signed", "treatment_signed")


class Stated(NamedTuple):
    """What a statement says, in fen, and how far it has come."""

    insured_region: str
    treatment_region: str
    visits: int
    medfee_sumamt: int
    employee: int
    resident: int
    deduction: int
    items: int
    usage: Usage
    status: StatementStatus
    digest: str


class StatementRow(TypedDict):
    """One corridor. `level` is that of its making's limits; `digest` tells its members."""

    insured_region: Region
    treatment_region: Region
    visits: Count
    medfee_sumamt: Yuan
    employee: Yuan
    resident: Yuan
    deduction: Yuan
    net: Yuan
    principal: Yuan
    usage_percent: Percent | None
    level: PoolLevel
    status: StatementStatus
    digest: Digest


class StatementTotals(TypedDict):
    """The sums of all rows."""

    visits: Count
    medfee_sumamt: Yuan
    employee: Yuan
    resident: Yuan
    deduction: Yuan
    net: Yuan


class Statement(TypedDict):
    """Each corridor with at least one item in the month; without a date, all that is known."""

    scheme: Scheme
    period: Month
    as_of: Day | None
    position: Position
    rows: list[StatementRow]
    totals: StatementTotals


def statement(
    connection: Connection, scheme: Scheme, period: str, as_of: date | None = None
) -> Statement:
    """Return the clearing table of a month."""
    found = rows(connection, scheme, period, as_of)
    at = position(connection, "clearing")
    return document(found, scheme, period, as_of, at)


def rows(connection: Connection, scheme: Scheme, period: str, as_of: date | None) -> list[Stated]:
    """Return the statements dated up to a day, less what disputes up to it took out."""
    last_day = until(as_of)
    t = STATEMENTS.c
    query = (
        select(STATEMENTS)
        .where(t.scheme == scheme, t.period == period, t.day <= last_day)
        .order_by(t.insured_region, t.treatment_region, t.position)
    )
    lines: dict[Ends, list[Row[Any]]] = defaultdict(list)
    for row in connection.execute(query):
        lines[row.insured_region, row.treatment_region].append(row)
    steps = _steps(connection, scheme, period, last_day)
    closed = _is_closed(connection, scheme, period, last_day)
    return [
        _stated(made, disputes, _status(steps[ends], closed=closed))
        for ends, (made, *disputes) in lines.items()
        if made.items >= 0  # a dispute dated before its statement stands alone: nothing is made
    ]


def _steps(
    connection: Connection, scheme: Scheme, period: str, last_day: str
) -> Mapping[Ends, set[str]]:
    t = live("clearing")["statement_steps"].c
    query = select(t.insured_region, t.treatment_region, t.step).where(
        t.scheme == scheme,
        t.period == period,
        t.day <= last_day,
        t.step.in_((*_SIGNATURES, "noticed")),
    )
    steps: dict[Ends, set[str]] = defaultdict(set)
    for insured, treatment, step in connection.execute(query):
        steps[insured, treatment].add(step)
    return steps


def _is_closed(connection: Connection, scheme: Scheme, period: str, last_day: str) -> bool:
    t = live("clearing")["closed_periods"].c
    query = select(t.day).where(t.scheme == scheme, t.period == period, t.day <= last_day)
    return connection.execute(query).first() is not None


def _status(steps: set[str], *, closed: bool) -> StatementStatus:
    if closed:
        return "CLOSED"
    if "noticed" in steps:
        return "NOTICED"
    made: tuple[StatementStatus, ...] = ("GENERATED", "PART_CONFIRMED", "CONFIRMED")
    return made[len(steps)]


def _stated(made: Row[Any], disputes: Iterable[Row[Any]], status: StatementStatus) -> Stated:
    """Return a statement's figures; the rows of disputes hold theirs with the sign turned."""
    parts = (made, *disputes)
    digest = MemberDigest.from_hex(made.digest)
    for removed in parts[1:]:
        digest = digest.less(MemberDigest.from_hex(removed.digest))
    employee = sum(part.employee for part in parts)
    resident = sum(part.resident for part in parts)
    net = employee + resident
    return Stated(
        insured_region=made.insured_region,
        treatment_region=made.treatment_region,
        visits=sum(part.visits for part in parts),
        medfee_sumamt=sum(part.medfee_sumamt for part in parts),
        employee=employee,
        resident=resident,
        deduction=sum(part.deduction for part in parts),
        items=sum(part.items for part in parts),
        usage=Usage(made.period, net, made.principal, made.warning_yellow, made.warning_red),
        status=status,
        digest=digest.hex(),
    )


def document(
    found: Iterable[Stated], scheme: Scheme, period: str, as_of: date | None, at: int
) -> Statement:
    """Return the answer: a row for each corridor that has an item, and the sums."""
    shown = sorted((each for each in found if each.items), key=lambda each: each[:2])
    return {
        "scheme": scheme,
        "period": period,
        "as_of": iso(as_of),
        "position": at,
        "rows": [_row(each) for each in shown],
        "totals": {
            "visits": sum(each.visits for each in shown),
            "medfee_sumamt": yuan(sum(each.medfee_sumamt for each in shown)),
            "employee": yuan(sum(each.employee for each in shown)),
            "resident": yuan(sum(each.resident for each in shown)),
            "deduction": yuan(sum(each.deduction for each in shown)),
            "net": yuan(sum(each.usage.net for each in shown)),
        },
    }


def _row(each: Stated) -> StatementRow:
    return {
        "insured_region": each.insured_region,
        "treatment_region": each.treatment_region,
        "visits": each.visits,
        "medfee_sumamt": yuan(each.medfee_sumamt),
        "employee": yuan(each.employee),
        "resident": yuan(each.resident),
        "deduction": yuan(each.deduction),
        "net": yuan(each.usage.net),
        "principal": yuan(each.usage.principal),
        "usage_percent": each.usage.percent,
        "level": each.usage.level,
        "status": each.status,
        "digest": each.digest,
    }
