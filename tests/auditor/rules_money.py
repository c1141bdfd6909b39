"""Decisions about pools, hospitals, statements and payments, in the contract's order of checks."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from . import codes
from .facts import (
    ZERO,
    Account,
    Claim,
    Corridor,
    Facts,
    Line,
    Member,
    Money,
    NoCalendar,
    Pool,
    Refused,
    Request,
    Statement,
    month_of,
    reached,
    round2,
    total,
)
from .rules_claims import Command, Rule, corridor_of, day, money, put_aside, refuse_if

CASH = Account("CASH")
OPENING = Account("FUND.OPENING")

# -- pools ------------------------------------------------------------------------------------


def open_pool(facts: Facts, command: Command) -> None:
    corridor = corridor_of(facts, command)
    _, insured, treatment = corridor
    refuse_if(insured not in facts.books or treatment not in facts.books, "book_unknown")
    refuse_if(corridor in facts.pools, "pool_open")
    on, principal = day(command), money(command, "principal")
    facts.pools[corridor] = Pool(on, principal)
    facts.move(on, insured, Account("ADV.PREPAID", treatment), OPENING, principal)
    facts.move(on, treatment, OPENING, Account("ADV.POOL", insured), principal)


def pool_of(facts: Facts, command: Command) -> tuple[Corridor, Pool]:
    corridor = corridor_of(facts, command)
    refuse_if(corridor not in facts.pools, "pool_unknown")
    return corridor, facts.pools[corridor]


def line_open(pool: Pool) -> bool:
    """Whether a line or request is open or in transit."""
    if pool.line is not None and not pool.line.done():
        return True
    for request in pool.requests.values():
        if request.decided is None or (request.line is not None and not request.line.done()):
            return True
    return False


def own_quarter(facts: Facts, corridor: Corridor, year: int) -> list[Decimal]:
    statements = []
    for month in ("10", "11", "12"):
        statement = facts.statement(corridor, f"{year - 1:04}{month}")
        if statement is None:
            raise Refused("statement_missing")
        statements.append(statement)
    for statement in statements:
        refuse_if(not statement.both_confirmed(), "statement_not_confirmed")
    return [max(statement.net(), ZERO) for statement in statements]


def size_advance(facts: Facts, command: Command) -> None:
    corridor, pool = pool_of(facts, command)
    on = day(command)
    refuse_if(command["year"] in pool.years, "quota_exists")
    refuse_if(line_open(pool), "line_open")
    if "q4" in command:
        quarter = [Decimal(month) for month in command["q4"]]
    else:
        quarter = own_quarter(facts, corridor, command["year"])
    quota = round2(facts.parameter("sizing_months", on) * sum(quarter, ZERO) / 3)
    difference = quota - facts.principal(corridor)
    if difference:
        facts.deadlines(on)
    pool.years.append(command["year"])
    pool.quotas.append((on, "set", quota))
    pool.line = Line(abs(difference), returns=difference < 0) if difference else None


# -- money on a line --------------------------------------------------------------------------


def advance_line(facts: Facts, command: Command, returns: bool) -> tuple[Corridor, Line]:
    corridor, pool = pool_of(facts, command)
    line = pool.line
    if "request" in command:
        refuse_if(command["request"] not in pool.requests, "request_unknown")
        line = pool.requests[command["request"]].line
    if line is None or line.returns != returns:
        raise Refused("no_line")
    return corridor, line


def pay(line: Line, command: Command) -> Decimal:
    amount = money(command)
    refuse_if(amount == 0, "zero_amount", "amount")
    refuse_if(total(line.paid) + amount > line.amount, "amount_exceeds_due")
    line.paid.append(Money(day(command), amount))
    return amount


def receive(line: Line, command: Command) -> Decimal:
    amount = money(command)
    refuse_if(amount == 0, "zero_amount", "amount")
    refuse_if(total(line.received) + amount > total(line.paid), "amount_exceeds_transit")
    line.received.append(Money(day(command), amount))
    return amount


def pay_advance(facts: Facts, command: Command) -> None:
    (_, insured, treatment), line = advance_line(facts, command, returns=False)
    amount = pay(line, command)
    facts.move(day(command), insured, Account("ADV.PREPAID", treatment), CASH, amount)


def confirm_advance_receipt(facts: Facts, command: Command) -> None:
    (_, insured, treatment), line = advance_line(facts, command, returns=False)
    amount = receive(line, command)
    facts.move(day(command), treatment, CASH, Account("ADV.POOL", insured), amount)


def pay_advance_return(facts: Facts, command: Command) -> None:
    (_, insured, treatment), line = advance_line(facts, command, returns=True)
    amount = pay(line, command)
    facts.move(day(command), treatment, Account("ADV.POOL", insured), CASH, amount)


def confirm_advance_return_receipt(facts: Facts, command: Command) -> None:
    (_, insured, treatment), line = advance_line(facts, command, returns=True)
    amount = receive(line, command)
    facts.move(day(command), insured, CASH, Account("ADV.PREPAID", treatment), amount)


# -- emergency increases ----------------------------------------------------------------------


def request_emergency_increase(facts: Facts, command: Command) -> None:
    corridor, pool = pool_of(facts, command)
    on = day(command)
    statement = facts.statement(corridor, command["period"])
    if statement is None:
        raise Refused("statement_missing")
    confirmed = statement.confirmed.get(corridor.treatment)
    if confirmed is None or on < confirmed:
        raise Refused("statement_not_confirmed")
    refuse_if(statement.level() != "RED", "pool_not_red")
    refuse_if(any(under_way(each) for each in pool.requests.values()), "emergency_open")
    refuse_if(on > window_end(facts, confirmed, on), "emergency_window_closed")
    # Only an amount that was sent can be a fault; where it is left out F10 may give 0.00.
    refuse_if("amount" in command and money(command) == 0, "zero_amount", "amount")
    pool.requests[command["command_id"]] = Request(on, command["period"])


def under_way(request: Request) -> bool:
    """Undecided, or approved and not fully paid."""
    if request.decided is None:
        return True
    return request.line is not None and total(request.line.paid) < request.line.amount


def window_end(facts: Facts, confirmed: date, on: date) -> date:
    window = facts.parameter("emergency_window_working_days", on)
    try:
        return facts.add_working_days(confirmed, window)
    except NoCalendar:
        raise Refused("calendar_missing") from None


def decide_emergency_increase(facts: Facts, command: Command) -> None:
    _, pool = pool_of(facts, command)
    on, amount = day(command), money(command, "approved_amount")
    refuse_if(command["request"] not in pool.requests, "request_unknown")
    request = pool.requests[command["request"]]
    refuse_if(request.decided is not None, "request_decided")
    if amount:
        facts.deadlines(on)
        request.line = Line(amount)
        pool.quotas.append((on, "add", amount))
    request.decided = Money(on, amount)


def credit_pool_interest(facts: Facts, command: Command) -> None:
    region, amount = command["region"], money(command)
    refuse_if(region not in facts.regions, "unknown_region", "region")
    holds = any(corridor.treatment == region for corridor in facts.pools)
    refuse_if(not holds, "pool_unknown")
    refuse_if(amount == 0, "zero_amount", "amount")
    facts.move(day(command), region, CASH, Account("INC.INTEREST"), amount)


# -- hospitals --------------------------------------------------------------------------------


def hospital(sign: int) -> Rule:
    """Money to a hospital (1) or back from it (-1), for the insured regions of `lines`."""

    def rule(facts: Facts, command: Command) -> None:
        treatment, institution = command["treatment_region"], command["institution"]
        moved = []
        for line in command["lines"]:
            corridor = facts.corridor(line["insured_region"], treatment, None)
            moved.append((corridor, Decimal(line["amount"]) * sign))
        refuse_if(treatment not in facts.books, "book_unknown")
        refuse_if(any(amount == 0 for _, amount in moved), "zero_amount", "lines")
        for corridor, amount in moved:
            owed = Account("PAY.HOSP", corridor.insured, institution=institution)
            facts.move(day(command), treatment, owed, CASH, amount)
            facts.hospital.append((corridor, Money(day(command), amount)))

    return rule


# -- a command on many corridors --------------------------------------------------------------


def on_each(corridors: list[Corridor], step: Callable[[Corridor], bool]) -> None:
    """Each corridor decides for itself; refused if none carried it out and one refused."""
    first: Refused | None = None
    done = 0
    for corridor in corridors:
        try:
            done += step(corridor)
        except Refused as refused:
            first = first or refused
    if first is not None and not done:
        raise first


def generate_statements(facts: Facts, command: Command) -> None:
    on, period = day(command), command["period"]

    def step(corridor: Corridor) -> bool:
        first_day = facts.parameter("statement_day", on)
        refuse_if(not reached(on, period, 1, int(first_day)), "too_early")
        refuse_if(facts.statement(corridor, period) is not None, "statement_exists")
        refuse_if(behind(facts, corridor, period), "statement_missing")
        refuse_if(facts.closed(corridor, period), "period_closed")
        make_statement(facts, corridor, period, on)
        return True

    on_each(facts.corridors(command["scheme"]), step)


def behind(facts: Facts, corridor: Corridor, period: str) -> bool:
    """Whether the log holds anything for an earlier period that is not stated."""
    return any(
        item.period is not None and item.period < period and not facts.stated(corridor, item.period)
        for claim in facts.claims_of(corridor)
        for item in claim.items
    )


def make_statement(facts: Facts, corridor: Corridor, period: str, on: date) -> None:
    claims = facts.claims_of(corridor)
    for claim in claims:
        breaks = facts.breaks_of(claim.claim_id)
        in_it = claim.period == period and not claim.reversed
        if in_it and any(not each.resolved() for each in breaks):
            put_aside(claim)
    members = [member for claim in claims for member in members_of(claim, period)]
    for claim in claims:
        # A statement of an earlier month than the claim's own is not one that it missed.
        if claim.held and month_of(claim.on) <= period:
            claim.deferrals += 1
    facts.statements.append(
        Statement(
            corridor=corridor,
            period=period,
            on=on,
            members=members,
            principal=facts.principal(corridor),
            yellow=facts.parameter("warning_yellow", on),
            red=facts.parameter("warning_red", on),
        )
    )


def members_of(claim: Claim, period: str) -> list[Member]:
    return [
        Member(claim.claim_id, claim.clearing_class, item.kind, item.total(), claim.medfee)
        for item in claim.items
        if item.period == period
    ]


# -- confirmation and dispute -----------------------------------------------------------------


def confirm_statement(facts: Facts, command: Command) -> None:
    region = command["region"]
    refuse_if(region not in facts.regions, "unknown_region", "region")

    def step(corridor: Corridor) -> bool:
        statement = facts.statement(corridor, command["period"])
        if statement is None:
            raise Refused("statement_missing")
        refuse_if(region in statement.confirmed, "statement_confirmed")
        statement.confirmed[region] = day(command)
        if statement.both_confirmed():
            post_statement(facts, statement, day(command))
        return True

    ends = facts.corridors(command["scheme"])
    on_each([each for each in ends if region in (each.insured, each.treatment)], step)


def post_statement(facts: Facts, statement: Statement, on: date) -> None:
    """Class by class; the sign of the whole line chooses the accounts; a zero line posts none."""
    _, insured, treatment = statement.corridor
    net = statement.net()
    if net == 0:
        return
    for kind in codes.CLASSES:
        amount = statement.net(kind)
        accrued = Account("PAY.ACCRUED", treatment, kind)
        care = Account("ADV.CARE", insured, kind)
        due = Account("PAY.CLEAR" if net > 0 else "RECV.RETURN", treatment)
        owed = Account("RECV.CLEAR" if net > 0 else "PAY.RETURN", insured)
        facts.move(on, insured, accrued, due, amount)
        facts.move(on, treatment, owed, care, amount)


def dispute_statement_line(facts: Facts, command: Command) -> None:
    corridor = corridor_of(facts, command)
    claim = facts.claims.get(command["claim_id"])
    if claim is None:
        raise Refused("claim_unknown")
    statement = facts.statement(corridor, command["period"])
    if statement is None:
        raise Refused("statement_missing")
    refuse_if(claim.corridor != corridor, "claim_unknown")
    refuse_if(len(statement.confirmed) > 0, "statement_confirmed")
    refuse_if(claim.held, "claim_held")
    refuse_if(claim.reversed, "claim_reversed")
    refuse_if(claim.period != command["period"], "claim_unknown")
    statement.disputes.append((day(command), claim.claim_id))
    put_aside(claim)
    claim.deferrals += 1


# -- notices and payments ---------------------------------------------------------------------


def issue_notices(facts: Facts, command: Command) -> None:
    def step(corridor: Corridor) -> bool:
        statement = facts.statement(corridor, command["period"])
        if statement is None:
            raise Refused("statement_missing")
        net = statement.net()
        if net == 0:
            return False
        refuse_if(not statement.both_confirmed(), "statement_not_confirmed")
        refuse_if(statement.notice is not None, "notices_issued")
        statement.notice = facts.deadlines(day(command))
        statement.line = Line(abs(net), returns=net < 0)
        return True

    on_each(facts.corridors(command["scheme"]), step)


def noticed(facts: Facts, command: Command) -> tuple[Statement, Line]:
    """The checks that submission, payments and receipts of clearing share."""
    corridor = corridor_of(facts, command)
    statement = facts.statement(corridor, command["period"])
    if statement is None:
        raise Refused("statement_missing")
    refuse_if(not statement.both_confirmed(), "statement_not_confirmed")
    refuse_if(facts.closed(corridor, command["period"]), "period_closed")
    refuse_if(statement.net() == 0, "no_line")
    if statement.line is None:
        raise Refused("notices_missing")
    return statement, statement.line


def clearing_line(facts: Facts, command: Command, returns: bool) -> tuple[Corridor, Line]:
    statement, line = noticed(facts, command)
    refuse_if(line.returns != returns, "no_line")
    return statement.corridor, line


def submit_to_finance(facts: Facts, command: Command) -> None:
    statement, line = noticed(facts, command)
    refuse_if(bool(statement.submitted or line.paid), "no_line")
    statement.submitted.append(day(command))


def pay_clearing(facts: Facts, command: Command) -> None:
    (_, insured, treatment), line = clearing_line(facts, command, returns=False)
    amount = pay(line, command)
    facts.move(day(command), insured, Account("PAY.CLEAR", treatment), CASH, amount)


def confirm_clearing_receipt(facts: Facts, command: Command) -> None:
    (_, insured, treatment), line = clearing_line(facts, command, returns=False)
    amount = receive(line, command)
    facts.move(day(command), treatment, CASH, Account("RECV.CLEAR", insured), amount)


def pay_return(facts: Facts, command: Command) -> None:
    (_, insured, treatment), line = clearing_line(facts, command, returns=True)
    amount = pay(line, command)
    facts.move(day(command), treatment, Account("PAY.RETURN", insured), CASH, amount)


def confirm_return_receipt(facts: Facts, command: Command) -> None:
    (_, insured, treatment), line = clearing_line(facts, command, returns=True)
    amount = receive(line, command)
    facts.move(day(command), insured, CASH, Account("RECV.RETURN", treatment), amount)


# -- closing ----------------------------------------------------------------------------------


def settled(statement: Statement | None) -> bool:
    """Confirmed by both; if it is no zero line also noticed, paid and received."""
    if statement is None or not statement.both_confirmed():
        return False
    return statement.net() == 0 or (statement.line is not None and statement.line.done())


def close_period(facts: Facts, command: Command) -> None:
    scheme, period = command["scheme"], command["period"]
    refuse_if((scheme, period) in facts.closed_periods, "period_closed")
    corridors = facts.corridors(scheme)
    refuse_if(not corridors, "period_open")
    done = all(settled(facts.statement(corridor, period)) for corridor in corridors)
    refuse_if(not done, "period_open")
    facts.closed_periods[scheme, period] = day(command)


def close_year(facts: Facts, command: Command) -> None:
    # Closing a year refuses late claims of it, and nothing else: a month that nobody stated
    # stays as it was.
    scheme, year = command["scheme"], command["year"]
    refuse_if((scheme, year) in facts.closed_years, "period_closed")
    corridors = facts.corridors(scheme)
    december = all(facts.stated(corridor, f"{year}12") for corridor in corridors)
    refuse_if(not corridors or not december, "period_open")
    for statement in facts.statements:
        if statement.corridor.scheme == scheme and statement.period.startswith(str(year)):
            refuse_if(not facts.closed(statement.corridor, statement.period), "period_open")
    facts.closed_years[scheme, year] = day(command)


RULES: dict[str, Rule] = {
    "OpenPool": open_pool,
    "SizeAdvance": size_advance,
    "PayAdvance": pay_advance,
    "ConfirmAdvanceReceipt": confirm_advance_receipt,
    "PayAdvanceReturn": pay_advance_return,
    "ConfirmAdvanceReturnReceipt": confirm_advance_return_receipt,
    "RequestEmergencyIncrease": request_emergency_increase,
    "DecideEmergencyIncrease": decide_emergency_increase,
    "CreditPoolInterest": credit_pool_interest,
    "PayHospital": hospital(1),
    "RecoverFromHospital": hospital(-1),
    "GenerateStatements": generate_statements,
    "ConfirmStatement": confirm_statement,
    "DisputeStatementLine": dispute_statement_line,
    "IssueNotices": issue_notices,
    "SubmitToFinance": submit_to_finance,
    "PayClearing": pay_clearing,
    "ConfirmClearingReceipt": confirm_clearing_receipt,
    "PayReturn": pay_return,
    "ConfirmReturnReceipt": confirm_return_receipt,
    "ClosePeriod": close_period,
    "CloseYear": close_year,
}
