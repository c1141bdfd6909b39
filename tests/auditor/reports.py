"""The reports, each made from all facts dated up to its day, in the shapes of the contract."""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from . import codes
from .facts import (
    EVER,
    ZERO,
    Break,
    Corridor,
    Facts,
    Line,
    Money,
    NoCalendar,
    Pool,
    Statement,
    reached,
    total,
)

Row = dict[str, Any]


def yuan(amount: Decimal) -> str:
    return f"{amount + ZERO:.2f}"


def ends(corridor: Corridor) -> Row:
    return {"insured_region": corridor.insured, "treatment_region": corridor.treatment}


# -- balances ---------------------------------------------------------------------------------


def trial_balance(facts: Facts, as_of: date) -> Row:
    books = {}
    for book, opened in sorted(facts.books.items()):
        amounts = {family: facts.balance(book, family, as_of=as_of) for family in codes.FAMILIES}
        # A book that opens later is shown once something is dated up to the day.
        if opened <= as_of or any(amounts.values()):
            books[book] = {family: yuan(amount) for family, amount in amounts.items()}
    return {"as_of": as_of.isoformat(), "books": books}


def balances(facts: Facts, as_of: date) -> Row:
    """Every account with its dimensions, those of 0.00 left out."""
    sums: dict[tuple[str, Any], Decimal] = {}
    for posting in facts.postings:
        if posting.on <= as_of:
            key = (posting.book, posting.account)
            sums[key] = sums.get(key, ZERO) + posting.amount
    rows = [
        {"book": book, **account._asdict(), "amount": yuan(amount)}
        for (book, account), amount in sums.items()
        if amount
    ]
    return {"as_of": as_of.isoformat(), "rows": sorted(rows, key=_account_order)}


def _account_order(row: Row) -> list[str]:
    return [str(value or "") for name, value in row.items() if name != "amount"]


# -- statements and notices -------------------------------------------------------------------


def statements_at(facts: Facts, scheme: str, as_of: date) -> list[Statement]:
    made = [
        statement
        for statement in facts.statements
        if statement.corridor.scheme == scheme and statement.on <= as_of
    ]
    return sorted(made, key=lambda statement: (statement.corridor, statement.period))


def statement(facts: Facts, scheme: str, period: str, as_of: date = EVER) -> Row:
    rows = [
        statement_row(facts, each, as_of)
        for each in statements_at(facts, scheme, as_of)
        if each.period == period and each.taken(as_of)
    ]
    return {"scheme": scheme, "period": period, "rows": rows}


def statement_row(facts: Facts, made: Statement, as_of: date) -> Row:
    members = made.taken(as_of)
    reversed_ids = {member.claim_id for member in members if member.kind == "reverse"}
    visits = [
        member
        for member in members
        if member.kind == "settle" and member.claim_id not in reversed_ids
    ]
    deducted = [member.amount for member in members if member.kind in ("deduct", "release")]
    return {
        **ends(made.corridor),
        "visits": len(visits),
        "medfee_sumamt": yuan(sum((member.medfee for member in visits), ZERO)),
        "employee": yuan(made.net("EMPLOYEE", as_of)),
        "resident": yuan(made.net("RESIDENT", as_of)),
        "deduction": yuan(-sum(deducted, ZERO)),
        "net": yuan(made.net(as_of=as_of)),
        "principal": yuan(made.principal),
        "usage_percent": made.usage_percent(as_of),
        "level": made.level(as_of),
        "status": status(facts, made, as_of),
    }


def status(facts: Facts, made: Statement, as_of: date) -> str:
    closed = facts.closed_periods.get((made.corridor.scheme, made.period))
    if closed is not None and closed <= as_of:
        return "CLOSED"
    if made.notice is not None and made.notice["on"] <= as_of:
        return "NOTICED"
    sides = [on for on in made.confirmed.values() if on <= as_of]
    return ("GENERATED", "PART_CONFIRMED", "CONFIRMED")[len(sides)]


def noticed_at(facts: Facts, scheme: str, as_of: date) -> list[tuple[Statement, Line, Row]]:
    return [
        (made, made.line, made.notice)
        for made in statements_at(facts, scheme, EVER)
        if made.line is not None and made.notice is not None and made.notice["on"] <= as_of
    ]


def notices(
    facts: Facts, scheme: str, period: str, region: str | None = None, as_of: date = EVER
) -> Row:
    sides: dict[str, Row] = {}
    for made, line, _ in noticed_at(facts, scheme, as_of):
        if made.period != period:
            continue
        _, insured, treatment = made.corridor
        payer, receiver = (treatment, insured) if line.returns else (insured, treatment)
        for owner, side, other in ((payer, "payment", receiver), (receiver, "receipt", payer)):
            if region in (None, owner):
                lines = sides.setdefault(owner, {"payment": [], "receipt": []})[side]
                lines.append(notice_line(made, line, other))
    for lists in sides.values():
        for lines in lists.values():
            lines.sort(key=lambda each: (each["counterparty"], each["marked"]))
    return {"scheme": scheme, "period": period, "notices": dict(sorted(sides.items()))}


def notice_line(made: Statement, line: Line, other: str) -> Row:
    sign = -1 if line.returns else 1
    return {
        "counterparty": other,
        "marked": line.returns,
        "employee": yuan(sign * made.net("EMPLOYEE")),
        "resident": yuan(sign * made.net("RESIDENT")),
        "amount": yuan(line.amount),
    }


# -- payments ---------------------------------------------------------------------------------


def payments(facts: Facts, scheme: str, as_of: date, period: str | None = None) -> Row:
    rows = [
        payment_row(facts, made, line, notice, as_of)
        for made, line, notice in noticed_at(facts, scheme, as_of)
        if period in (None, made.period)
    ]
    rows.sort(key=lambda row: (row["insured_region"], row["treatment_region"], row["period"]))
    return {"as_of": as_of.isoformat(), "rows": rows}


def payment_row(facts: Facts, made: Statement, line: Line, notice: Row, as_of: date) -> Row:
    paid_on = complete_on(line, line.paid, as_of)
    received_on = complete_on(line, line.received, as_of)
    end = paid_on or as_of
    return {
        "period": made.period,
        **ends(made.corridor),
        "direction": "return" if line.returns else "clearing",
        "amount": yuan(line.amount),
        "paid": yuan(total(line.paid, as_of)),
        "received": yuan(total(line.received, as_of)),
        "paid_on": paid_on and paid_on.isoformat(),
        "received_on": received_on and received_on.isoformat(),
        "submit_due": notice["submit_due"].isoformat(),
        "pay_due": notice["pay_due"].isoformat(),
        "state": payment_state(made, line, notice, as_of),
        "late_working_days": late_working_days(facts, notice["pay_due"], end, as_of),
        "missed_next_clearing": reached(end, made.period, 2, 21),
    }


def complete_on(line: Line, moneys: Iterable[Money], as_of: date) -> date | None:
    """The first day on which what is dated up to it reaches the amount."""
    dated = [money for money in moneys if money.on <= as_of]
    for on in sorted(money.on for money in dated):
        if total(dated, on) >= line.amount:
            return on
    return None


def payment_state(made: Statement, line: Line, notice: Row, as_of: date) -> str:
    paid = total(line.paid, as_of)
    past_year = as_of > date(int(made.period[:4]) + 1, 3, 31)
    states = (
        ("RECEIVED", total(line.received, as_of) == line.amount),
        ("PAID", paid == line.amount),
        ("PAST_YEAR_LIMIT", past_year),
        ("OVER_TWO_PERIODS", reached(as_of, made.period, 3, 21)),
        ("MISSED_NEXT_CLEARING", reached(as_of, made.period, 2, 21)),
        ("PAY_OVERDUE", as_of > notice["pay_due"]),
        ("PART_PAID", paid > 0),
        ("SUBMITTED", any(on <= as_of for on in made.submitted)),
        ("SUBMIT_OVERDUE", as_of > notice["submit_due"]),
    )
    return next((state for state, holds in states if holds), "NOT_DUE")


def late_working_days(facts: Facts, due: date, end: date, as_of: date) -> int | None:
    """F20; null while a year that the lateness runs through has no calendar."""
    late = 0
    try:
        while due < end:
            due += timedelta(days=1)
            late += facts.works(due, as_of)
    except NoCalendar:
        return None
    return late


# -- pools and breaks -------------------------------------------------------------------------


def pools(facts: Facts, as_of: date) -> Row:
    rows = []
    for corridor, pool in sorted(facts.pools.items(), key=lambda each: each[0][1:]):
        row = pool_row(facts, corridor, pool, as_of)
        # A pool that opens later is shown once money of it is dated up to the day.
        money = (row[cell] != "0.00" for cell in ("quota", "principal", "in_transit"))
        if pool.on <= as_of or any(money):
            rows.append(row)
    return {"as_of": as_of.isoformat(), "rows": rows}


def pool_row(facts: Facts, corridor: Corridor, pool: Pool, as_of: date) -> Row:
    _, insured, treatment = corridor
    prepaid = facts.balance(insured, "ADV.PREPAID", treatment, as_of)
    principal = facts.principal(corridor, as_of)
    quota = quota_at(pool, as_of)
    in_use = in_use_at(facts, corridor, as_of)
    return {
        **ends(corridor),
        "quota": yuan(quota),
        "principal": yuan(principal),
        "unfunded": yuan(quota - principal),
        "in_transit": yuan(prepaid - principal),
        **last_statement(facts, corridor, as_of),
        "in_use": yuan(in_use),
        "free": yuan(principal - in_use),
    }


def quota_at(pool: Pool, as_of: date) -> Decimal:
    quota = pool.principal if pool.on <= as_of else ZERO
    for on, step, amount in pool.quotas:
        if on <= as_of:
            quota = amount if step == "set" else quota + amount
    return quota


def in_use_at(facts: Facts, corridor: Corridor, as_of: date) -> Decimal:
    """F18: paid to hospitals for i (less what came back) less clearing received from i."""
    hospitals = [money for each, money in facts.hospital if each == corridor]
    received = [
        money
        for made in facts.statements
        if made.corridor == corridor and made.line is not None and not made.line.returns
        for money in made.line.received
    ]
    return total(hospitals, as_of) - total(received, as_of)


def last_statement(facts: Facts, corridor: Corridor, as_of: date) -> Row:
    """Of the last statement made, by the order of the log; before the first nothing is said."""
    made = [each for each in facts.statements if each.corridor == corridor and each.on <= as_of]
    if not made:
        return {}
    last = made[-1]
    return {
        "clearing_period": last.period,
        "clearing_amount": yuan(last.net(as_of=as_of)),
        "usage_percent": last.usage_percent(as_of),
        "level": last.level(as_of),
    }


def breaks(facts: Facts, as_of: date) -> Row:
    opened = [each for each in facts.breaks.values() if each.opened_on <= as_of]
    rows = [break_row(each, as_of) for each in sorted(opened, key=lambda each: each.break_id)]
    return {"as_of": as_of.isoformat(), "rows": rows}


def break_row(found: Break, as_of: date) -> Row:
    life = [(on, step, told) for on, step, told in found.life if on <= as_of]
    owner = resolved_on = resolution = None
    state = "OPEN"
    for on, step, told in life:
        if step == "assign":
            owner = told
            state = state if state == "ESCALATED" else "ASSIGNED"
        elif step == "escalate":
            state = "ESCALATED"
        else:
            resolved_on, resolution, state = on, told, "RESOLVED"
    age = ((resolved_on or as_of) - found.opened_on).days
    return {
        "break_id": found.break_id,
        "category": found.category,
        **ends(found.corridor),
        "claim_id": found.claim_id,
        "difference": yuan(found.difference),
        "opened_on": found.opened_on.isoformat(),
        "age_days": age,
        "bucket": bucket(age),
        "owner": owner,
        "state": state,
        "resolved_on": resolved_on and resolved_on.isoformat(),
        "resolution": resolution,
    }


def bucket(age: int) -> str:
    # A break resolved on a day before it was opened has a negative age: the first bucket.
    for limit, name in ((3, "0-3"), (10, "4-10"), (30, "11-30"), (60, "31-60")):
        if age <= limit:
            return name
    return ">60"
