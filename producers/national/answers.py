"""The right answers to a generated file, in the shapes of the reports.

A cell that is left out is free. Amounts are yuan as text.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final, TypeAlias

from ledger.money import yuan
from ledger.vocabulary import FAMILIES
from producers.national.books import EMPLOYEE, RESIDENT, Corridor, Line
from producers.national.clearing import Clearing
from producers.national.country import SCHEME, Country
from producers.national.reconciliation import Break, Reconciliation

Cells: TypeAlias = dict[str, Any]
Report: TypeAlias = dict[str, Any]
"""`report` and `args` are the call, `answer` is what it must say."""
_BUCKETS: Final = ((3, "0-3"), (10, "4-10"), (30, "11-30"), (60, "31-60"))


def end_of_month(country: Country) -> Report:
    """Return the pools of tonight."""
    rows = [_pool(country, corridor) for corridor in country.corridors]
    return _report("pools", country.today, {"rows": rows})


def _report(name: str, as_of: date, answer: Cells, *args: str) -> Report:
    day = as_of.isoformat()
    return {"report": name, "args": [*args, "--as-of", day], "answer": {"as_of": day, **answer}}


def _pool(country: Country, corridor: Corridor) -> Cells:
    cells: Cells = {
        **corridor.fields,
        "quota": yuan(corridor.quota),
        "principal": yuan(corridor.principal),
        "unfunded": yuan(corridor.quota - corridor.principal),
        "in_transit": yuan(corridor.transit),
        "in_use": yuan(corridor.in_use),
        "free": yuan(corridor.principal - corridor.in_use),
    }
    line = corridor.last_line
    if line:
        cells |= {
            "clearing_period": country.plan.period(line.month),
            "clearing_amount": yuan(line.sums.net),
            "usage_percent": line.usage_percent,
            "level": line.level,
        }
    return cells


def at_the_end(
    country: Country, clearing: Clearing, reconciliation: Reconciliation
) -> Iterator[Report]:
    """Return what every other report says when all is sent."""
    yield from _trial_balances(country)
    for month, lines in enumerate(clearing.lines):
        period = country.plan.period(month)
        named = ["--scheme", SCHEME, "--period", period]
        rows = [_statement_row(each, month in clearing.closed) for each in lines if each.sums.items]
        head: Cells = {"scheme": SCHEME, "period": period}
        yield {
            "report": "statement",
            "args": named,
            "answer": {**head, "rows": rows, "totals": _totals(lines)},
        }
        yield {"report": "notices", "args": named, "answer": {**head, "notices": _notices(lines)}}
    rows = [_payment(country, each) for lines in clearing.lines for each in lines if each.sums.net]
    yield _report("payments", country.end, {"rows": rows}, "--scheme", SCHEME)
    found = [_break(each, country.end) for each in reconciliation.breaks]
    yield _report("breaks", country.end, {"rows": found})


def _trial_balances(country: Country) -> Iterator[Report]:
    plan = country.plan
    for month, books in enumerate(country.accounts.balances(country.corridors)):
        by_region = {
            member.code: {family: yuan(book[family]) for family in FAMILIES}
            for member, book in zip(plan.members, books, strict=True)
        }
        yield _report("trial-balance", plan.day(month, 31), {"books": by_region})


def _statement_row(line: Line, closed: bool) -> Cells:  # noqa: FBT001 -- one of two
    sums = line.sums
    return {
        **line.corridor.fields,
        "visits": sums.visits,
        "medfee_sumamt": yuan(sums.medfee_sumamt),
        "employee": yuan(sums.classes[EMPLOYEE]),
        "resident": yuan(sums.classes[RESIDENT]),
        "deduction": yuan(sums.deduction),
        "net": yuan(sums.net),
        "principal": yuan(line.principal),
        "usage_percent": line.usage_percent,
        "level": line.level,
        "status": "CLOSED" if closed else _status(line),
    }


def _status(line: Line) -> str:
    if line.noticed:
        return "NOTICED"
    return ("GENERATED", "PART_CONFIRMED", "CONFIRMED")[len(line.signed)]


def _totals(lines: Sequence[Line]) -> Cells:
    every = [line.sums for line in lines]
    return {
        "visits": sum(each.visits for each in every),
        "medfee_sumamt": yuan(sum(each.medfee_sumamt for each in every)),
        "employee": yuan(sum(each.classes[EMPLOYEE] for each in every)),
        "resident": yuan(sum(each.classes[RESIDENT] for each in every)),
        "deduction": yuan(sum(each.deduction for each in every)),
        "net": yuan(sum(each.net for each in every)),
    }


def _notices(lines: Sequence[Line]) -> Mapping[str, Mapping[str, list[Cells]]]:
    sides: dict[str, dict[str, list[Cells]]] = {}
    for line in lines:
        if not line.noticed:
            continue
        marked = line.sums.net < 0
        ends = line.corridor.codes[::-1] if marked else line.corridor.codes
        for owner, other, side in ((*ends, "payment"), (*ends[::-1], "receipt")):
            owned = sides.setdefault(owner, {"payment": [], "receipt": []})
            owned[side].append(_notice(line, other, marked=marked))
    return sides


def _notice(line: Line, counterparty: str, *, marked: bool) -> Cells:
    sign = -1 if marked else 1
    cells: Cells = {
        "counterparty": counterparty,
        "marked": marked,
        "amount": yuan(abs(line.sums.net)),
    }
    named = zip(("employee", "resident"), line.sums.classes, strict=True)
    return cells | {name: yuan(sign * amount) for name, amount in named if amount}


def _payment(country: Country, line: Line) -> Cells:
    end, plan = country.end, country.plan
    until = line.paid_on or end
    return {
        "period": plan.period(line.month),
        **line.corridor.fields,
        "direction": "return" if line.sums.net < 0 else "clearing",
        "amount": yuan(abs(line.sums.net)),
        "paid": yuan(line.paid),
        "received": yuan(line.received),
        "paid_on": _iso(line.paid_on),
        "received_on": _iso(line.received_on),
        "submit_due": _iso(line.submit_due),
        "pay_due": _iso(line.pay_due),
        "state": _payment_state(country, line),
        "late_working_days": country.workdays.between(line.pay_due, until) if line.pay_due else 0,
        "missed_next_clearing": until >= _day_21(country, line.month + 2),
    }


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _day_21(country: Country, month: int) -> date:
    return country.plan.day(month, 21)


def _payment_state(country: Country, line: Line) -> str:
    """Return the first state that holds, in the order of the contract."""
    end = country.end
    year = int(country.plan.period(line.month)[:4])
    states = (
        (line.received_on, "RECEIVED"),
        (line.paid_on, "PAID"),
        (end > date(year + 1, 3, 31), "PAST_YEAR_LIMIT"),
        (end >= _day_21(country, line.month + 3), "OVER_TWO_PERIODS"),
        (end >= _day_21(country, line.month + 2), "MISSED_NEXT_CLEARING"),
        (line.pay_due and end > line.pay_due, "PAY_OVERDUE"),
        (line.paid, "PART_PAID"),
        (line.submitted, "SUBMITTED"),
        (line.submit_due and end > line.submit_due, "SUBMIT_OVERDUE"),
    )
    return next((state for holds, state in states if holds), "NOT_DUE")


def _break(found: Break, as_of: date) -> Cells:
    age = ((found.resolved_on or as_of) - found.opened_on).days
    return {
        "break_id": found.break_id,
        "category": found.category,
        **found.claim.corridor.fields,
        "claim_id": found.claim.claim_id,
        "difference": yuan(found.difference),
        "opened_on": found.opened_on.isoformat(),
        "age_days": age,
        "bucket": next((bucket for last, bucket in _BUCKETS if age <= last), ">60"),
        "owner": found.owner,
        "state": found.state,
        "resolved_on": _iso(found.resolved_on),
        "resolution": found.resolution,
    }
