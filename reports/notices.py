"""The payment and receipt notices of one scheme and month, by region."""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple, TypedDict

from sqlalchemy import Connection, and_, or_, select

from ledger.money import yuan
from projections.tables import live
from reports.reading import iso, position, total, until
from reports.shapes import Day, Month, Position, Region, Scheme, Yuan
from reports.statements import STATEMENTS


class NoticedLine(NamedTuple):
    """A statement line that has its notice, in fen; below 0 the treatment region pays."""

    insured_region: str
    treatment_region: str
    employee: int
    resident: int


class NoticeLine(TypedDict):
    """One line of a notice; `marked` is the `*` of a return, with the statement's signs turned."""

    counterparty: Region
    marked: bool
    employee: Yuan
    resident: Yuan
    amount: Yuan


class RegionNotices(TypedDict):
    """What a region pays, and what it receives."""

    payment: list[NoticeLine]
    receipt: list[NoticeLine]


class Notices(TypedDict):
    """The notices issued up to the day, of each region that has one."""

    scheme: Scheme
    period: Month
    as_of: Day | None
    position: Position
    notices: dict[Region, RegionNotices]


def notices(
    connection: Connection,
    scheme: Scheme,
    period: str,
    region: str | None = None,
    as_of: date | None = None,
) -> Notices:
    """Return the notices of a month, of one region if it is named."""
    return {
        "scheme": scheme,
        "period": period,
        "as_of": iso(as_of),
        "position": position(connection, "clearing"),
        "notices": document(rows(connection, scheme, period, region, as_of), region),
    }


def rows(
    connection: Connection,
    scheme: Scheme,
    period: str,
    region: str | None,
    as_of: date | None,
) -> list[NoticedLine]:
    """Return the lines noticed up to a day, with the figures that were confirmed."""
    t, steps = STATEMENTS.c, live("clearing")["statement_steps"]
    same = and_(
        *(
            steps.c[name] == t[name]
            for name in ("scheme", "period", "insured_region", "treatment_region")
        )
    )
    ends = (t.insured_region, t.treatment_region)
    query = (
        select(*ends, total(t.employee), total(t.resident))
        .join(steps, same)
        .where(t.scheme == scheme, t.period == period)
        .where(steps.c.step == "noticed", steps.c.day <= until(as_of))
        .group_by(*ends)
    )
    if region is not None:
        query = query.where(or_(*(end == region for end in ends)))
    return [NoticedLine(*row) for row in connection.execute(query)]


def document(lines: Iterable[NoticedLine], region: str | None) -> dict[Region, RegionNotices]:
    """Return the notices by region: each line stands on its payer's and on its receiver's."""
    sides: dict[Region, RegionNotices] = {}
    for line in sorted(lines):
        insured, treatment, *_ = line
        marked = line.employee + line.resident < 0
        payer, receiver = (treatment, insured) if marked else (insured, treatment)
        if region in (None, payer):
            _of(sides, payer)["payment"].append(_notice(line, receiver, marked=marked))
        if region in (None, receiver):
            _of(sides, receiver)["receipt"].append(_notice(line, payer, marked=marked))
    for owned in sides.values():
        owned["payment"].sort(key=_order)
        owned["receipt"].sort(key=_order)
    return dict(sorted(sides.items()))


def _of(sides: dict[Region, RegionNotices], region: str) -> RegionNotices:
    return sides.setdefault(region, {"payment": [], "receipt": []})


def _order(line: NoticeLine) -> tuple[str, bool]:
    return line["counterparty"], line["marked"]


def _notice(line: NoticedLine, counterparty: str, *, marked: bool) -> NoticeLine:
    classes = [yuan(line.employee), yuan(line.resident)]
    if marked:
        classes = [_turned(amount) for amount in classes]
    return {
        "counterparty": counterparty,
        "marked": marked,
        "employee": classes[0],
        "resident": classes[1],
        "amount": yuan(abs(line.employee + line.resident)),
    }


def _turned(amount: str) -> str:
    """Return an amount with its sign turned; the golden notices turn that of 0.00, too."""
    return amount.removeprefix("-") if amount.startswith("-") else f"-{amount}"
