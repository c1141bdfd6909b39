"""The pool of a corridor: sizing, its line, emergency top-ups, interest.

Source: domain.md 3.2, F1, F2, F9, F10; commands.md, "Advances".
"""

from datetime import date

from ledger.calendar import CalendarMissing, add_working_days
from ledger.commands import (
    ConfirmAdvanceReceipt,
    ConfirmAdvanceReturnReceipt,
    CreditPoolInterest,
    DecideEmergencyIncrease,
    OnCorridor,
    PayAdvance,
    PayAdvanceReturn,
    RequestEmergencyIncrease,
    SizeAdvance,
)
from ledger.corridor import EmergencyRequest, MoneyLine, Pool, Statement, name_of
from ledger.errors import refuse
from ledger.events import (
    AdvanceInterestCredited,
    AdvancePaid,
    AdvanceQuotaAdjusted,
    AdvanceReceived,
    AdvanceReturnPaid,
    AdvanceReturnReceived,
    EmergencyIncreaseDecided,
    EmergencyIncreaseRequested,
    Fact,
)
from ledger.money import bounded, half_up, round_up, yuan
from ledger.period import fourth_quarter
from ledger.state import State
from ledger.vocabulary import CommandId, Corridor, Fen, Period


def _pool(command: OnCorridor, state: State) -> tuple[Corridor, Pool]:
    corridor = state.corridor(command.insured_region, command.treatment_region, command.scheme)
    known = state.corridors.get(corridor)
    if known is None or known.pool is None:
        refuse("pool_unknown", f"{name_of(corridor)} has no pool")
    return corridor, known.pool


def due_dates(state: State, on: date) -> tuple[date, date]:
    """Return submit_due and pay_due of a line noticed on a date (F7). Refuses: calendar_missing."""
    calendars = state.reference.calendars
    try:
        submit = add_working_days(calendars, on, state.reference.whole("submit_working_days", on))
        pay = add_working_days(calendars, submit, state.reference.whole("pay_working_days", on))
    except CalendarMissing as missing:
        refuse("calendar_missing", f"{missing}; publish it first")
    return submit, pay


def size_advance(command: SizeAdvance, state: State) -> tuple[Fact, ...]:
    """Size a pool for a year: quota = months x the mean of the fourth quarter, rounded once."""
    corridor, pool = _pool(command, state)
    if command.year in pool.sized_years:
        refuse("quota_exists", f"{name_of(corridor)} is sized for {command.year} already")
    running = any(request.running for request in pool.requests.values())
    if running or (pool.line is not None and not pool.line.complete):
        refuse("line_open", f"an advance line of {name_of(corridor)} is open or in transit")
    months = command.q4 or _own_fourth_quarter(state, corridor, int(command.year) - 1)
    factor = state.reference.parameter("sizing_months", command.on)
    quota = bounded(half_up(factor * sum(months), 100 * len(months)))
    adjustment = quota - pool.principal
    submit_due, pay_due = due_dates(state, command.on) if adjustment else (None, None)
    return (
        AdvanceQuotaAdjusted(
            on=command.on,
            **corridor._asdict(),
            year=command.year,
            base_months=months,
            quota=quota,
            principal=Fen(pool.principal),
            adjustment=adjustment,
            submit_due=submit_due,
            pay_due=pay_due,
        ),
    )


def _own_fourth_quarter(state: State, corridor: Corridor, year: int) -> tuple[Fen, Fen, Fen]:
    known = state.corridors[corridor]
    periods = fourth_quarter(year)
    for period in periods:
        if period not in known.statements:
            refuse("statement_missing", f"{name_of(corridor)} has no statement of {period}")
    for period in periods:
        if not known.statements[period].signed:
            detail = f"the statement of {period} is not confirmed by both sides"
            refuse("statement_not_confirmed", detail)
    first, second, third = (Fen(max(known.total(period).net, 0)) for period in periods)
    return first, second, third


def _line(pool: Pool, *, request: CommandId | None, returns: bool) -> MoneyLine:
    """Return the line that money goes to. Refuses: request_unknown, no_line."""
    if request is not None:
        line = _request(pool, request).line
    else:
        line = pool.line if pool.returns == returns else None
    if line is None:
        refuse("no_line", "there is no advance line to pay in this direction")
    return line


def _request(pool: Pool, request: CommandId) -> EmergencyRequest:
    found = pool.requests.get(request)
    if found is None:
        refuse("request_unknown", f"there is no emergency request {request} of this corridor")
    return found


def check_payment(amount: int, due: int) -> None:
    """Check money that is paid. Refuses: zero_amount, amount_exceeds_due."""
    if not amount:
        refuse("zero_amount", "an amount of 0.00 moves nothing", "amount")
    if amount > due:
        refuse("amount_exceeds_due", f"{yuan(due)} is left to pay")


def check_receipt(amount: int, transit: int) -> None:
    """Check money that has arrived. Refuses: zero_amount, amount_exceeds_transit."""
    if not amount:
        refuse("zero_amount", "an amount of 0.00 moves nothing", "amount")
    if amount > transit:
        refuse("amount_exceeds_transit", f"{yuan(transit)} is in transit")


def pay_advance(command: PayAdvance, state: State) -> tuple[Fact, ...]:
    """Pay on the annual line or on an emergency request."""
    corridor, pool = _pool(command, state)
    check_payment(command.amount, _line(pool, request=command.request, returns=False).due)
    return (
        AdvancePaid(
            on=command.on,
            **corridor._asdict(),
            amount=command.amount,
            bank_serial=command.bank_serial,
            request=command.request,
        ),
    )


def confirm_advance_receipt(command: ConfirmAdvanceReceipt, state: State) -> tuple[Fact, ...]:
    """Confirm that advance money has arrived."""
    corridor, pool = _pool(command, state)
    check_receipt(command.amount, _line(pool, request=command.request, returns=False).transit)
    return (
        AdvanceReceived(
            on=command.on,
            **corridor._asdict(),
            amount=command.amount,
            bank_serial=command.bank_serial,
            request=command.request,
        ),
    )


def pay_advance_return(command: PayAdvanceReturn, state: State) -> tuple[Fact, ...]:
    """Pay back what a smaller quota frees."""
    corridor, pool = _pool(command, state)
    check_payment(command.amount, _line(pool, request=None, returns=True).due)
    return (
        AdvanceReturnPaid(
            on=command.on,
            **corridor._asdict(),
            amount=command.amount,
            bank_serial=command.bank_serial,
        ),
    )


def confirm_advance_return_receipt(
    command: ConfirmAdvanceReturnReceipt, state: State
) -> tuple[Fact, ...]:
    """Confirm that returned advance money has arrived."""
    corridor, pool = _pool(command, state)
    check_receipt(command.amount, _line(pool, request=None, returns=True).transit)
    return (
        AdvanceReturnReceived(
            on=command.on,
            **corridor._asdict(),
            amount=command.amount,
            bank_serial=command.bank_serial,
        ),
    )


def request_emergency_increase(command: RequestEmergencyIncrease, state: State) -> tuple[Fact, ...]:
    """Ask for an emergency top-up: after a RED statement, within the window after t signed."""
    corridor, pool = _pool(command, state)
    known = state.corridors[corridor]
    statement = known.statements.get(command.period)
    if statement is None:
        refuse("statement_missing", f"{name_of(corridor)} has no statement of {command.period}")
    signed = statement.treatment_signed
    if signed is None or command.on < signed:
        detail = f"{corridor.treatment_region} has not confirmed {command.period} by then"
        refuse("statement_not_confirmed", detail)
    if statement.level != "RED":
        refuse("pool_not_red", f"the pool was {statement.level} in {command.period}")
    if any(request.unpaid for request in pool.requests.values()):
        refuse("emergency_open", f"{name_of(corridor)} has an emergency request that is open")
    _check_window(state, signed, command.on)
    net = known.total(command.period).net
    amount = _suggested(state, command, net, pool) if command.amount is None else command.amount
    if not amount:
        refuse("zero_amount", "an increase of 0.00 is none", "amount")
    return (
        EmergencyIncreaseRequested(
            on=command.on,
            **corridor._asdict(),
            request=command.command_id,
            period=command.period,
            amount=amount,
            usage_percent=usage_percent(net, statement),
        ),
    )


def _check_window(state: State, signed: date, on: date) -> None:
    """Check that `on` is at most so many working days after the signature (F9)."""
    days = state.reference.whole("emergency_window_working_days", on)
    try:
        last = add_working_days(state.reference.calendars, signed, days)
    except CalendarMissing as missing:
        refuse("calendar_missing", f"{missing}; publish it first")
    if on > last:
        refuse("emergency_window_closed", f"the window closed on {last}")


def _suggested(state: State, command: RequestEmergencyIncrease, net: int, pool: Pool) -> Fen:
    """Return what brings usage down to the yellow level (F10)."""
    yellow = state.reference.parameter("warning_yellow", command.on)
    if not yellow:
        return Fen(0)
    return bounded(max(0, round_up(net * 100, yellow) - pool.principal))


def usage_percent(net: int, statement: Statement) -> str | None:
    """Return a statement's usage in percent with four decimals, None without principal (F3)."""
    if not statement.principal:
        return None
    # percent x 10**4 = net / principal x 100 x 10**4
    scaled = half_up(max(net, 0) * 1_000_000, statement.principal)
    return f"{scaled // 10_000}.{scaled % 10_000:04d}"


def decide_emergency_increase(command: DecideEmergencyIncrease, state: State) -> tuple[Fact, ...]:
    """Grant an emergency request, or refuse it with 0.00."""
    corridor, pool = _pool(command, state)
    if _request(pool, command.request).decided:
        refuse("request_decided", f"request {command.request} is decided")
    granted = command.approved_amount > 0
    submit_due, pay_due = due_dates(state, command.on) if granted else (None, None)
    return (
        EmergencyIncreaseDecided(
            on=command.on,
            **corridor._asdict(),
            request=command.request,
            approved_amount=command.approved_amount,
            submit_due=submit_due,
            pay_due=pay_due,
        ),
    )


def credit_pool_interest(command: CreditPoolInterest, state: State) -> tuple[Fact, ...]:
    """Book interest for a region that holds at least one pool."""
    state.reference.known(command.region, "region")
    holds = any(
        key.treatment_region == command.region and known.pool is not None
        for key, known in state.corridors.items()
    )
    if not holds:
        refuse("pool_unknown", f"{command.region} holds no pool")
    if not command.amount:
        refuse("zero_amount", "an amount of 0.00 moves nothing", "amount")
    return (
        AdvanceInterestCredited(
            on=command.on,
            region=command.region,
            amount=command.amount,
            bank_serial=command.bank_serial,
        ),
    )


def statement_of(state: State, corridor: Corridor, period: Period) -> Statement:
    """Return a statement. Refuses: statement_missing."""
    known = state.corridors.get(corridor)
    statement = known.statements.get(period) if known else None
    if statement is None:
        refuse("statement_missing", f"{name_of(corridor)} has no statement of {period}")
    return statement
