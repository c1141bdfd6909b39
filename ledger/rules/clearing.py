"""The month: statements, signatures, notices, payments, closing.

Source: domain.md 3.4; commands.md, "Clearing".
"""

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from ledger.claim import Claim, contribution
from ledger.commands import (
    ClosePeriod,
    CloseYear,
    ConfirmClearingReceipt,
    ConfirmReturnReceipt,
    ConfirmStatement,
    DisputeStatementLine,
    GenerateStatements,
    IssueNotices,
    OnCorridor,
    OnLine,
    PayClearing,
    PayReturn,
    SubmitToFinance,
)
from ledger.corridor import (
    CorridorState,
    MoneyLine,
    Statement,
    Totals,
    figures_of,
    level_of,
    name_of,
)
from ledger.errors import Refused, refuse
from ledger.events import (
    AnnualClearingClosed,
    ClaimHeld,
    ClearingNoticeIssued,
    ClearingPaid,
    ClearingPeriodClosed,
    ClearingReceived,
    ClearingStatementConfirmed,
    ClearingStatementDisputed,
    ClearingStatementGenerated,
    ClearingSubmittedToFinance,
    Fact,
    ReturnPaid,
    ReturnReceived,
    StatementFigures,
)
from ledger.period import next_period, on_or_after
from ledger.rules.advances import check_payment, check_receipt, due_dates, statement_of
from ledger.rules.claims import known_claim
from ledger.state import State
from ledger.vocabulary import Corridor, Fen, Period, Year

Member: TypeAlias = tuple[Corridor, CorridorState]


def on_each(
    members: Iterable[Member], carry_out: Callable[[Corridor, CorridorState], tuple[Fact, ...]]
) -> tuple[tuple[Fact, ...], str]:
    """Let each corridor decide for itself; return the events and who refused, with reasons.

    Refuses: what the first refused, if none carried the command out.
    """
    events: list[Fact] = []
    refused: list[tuple[Corridor, Refused]] = []
    for key, known in members:
        try:
            events += carry_out(key, known)
        except Refused as answer:
            refused.append((key, answer))
    detail = "; ".join(f"{name_of(key)}: {each.refusal.reason}" for key, each in refused)
    if refused and not events:
        first = refused[0][1].refusal
        refuse(first.reason, f"{first.detail} [{detail}]", first.field)
    return tuple(events), detail


def generate_statements(command: GenerateStatements, state: State) -> tuple[tuple[Fact, ...], str]:
    """Make the statement of a period for every corridor of the scheme."""
    disputed: dict[Corridor, list[Claim]] = {}
    for claim in state.store.claims_with_open_breaks():
        if claim.period == command.period and not claim.reversed:
            disputed.setdefault(claim.corridor, []).append(claim)

    def generate(key: Corridor, known: CorridorState) -> tuple[Fact, ...]:
        _check_may_state(command, state, key, known)
        held = sorted(disputed.get(key, ()), key=lambda claim: claim.claim_id)
        return _generated(command, state, (key, known), held)

    return on_each(state.members(command.scheme), generate)


def _check_may_state(
    command: GenerateStatements, state: State, key: Corridor, known: CorridorState
) -> None:
    first_day = state.reference.whole("statement_day", command.on)
    if not on_or_after(command.on, next_period(command.period), first_day):
        detail = f"statements of {command.period} are made from day {first_day} of the next month"
        refuse("too_early", detail)
    if command.period in known.statements:
        refuse("statement_exists", f"{name_of(key)} has its statement of {command.period}")
    closed = state.scheme(key.scheme).closed_periods
    if known.unstated_before(command.period, closed):
        detail = f"{name_of(key)} has items of an earlier period that is not stated"
        refuse("statement_missing", detail)
    if command.period in closed:
        refuse("period_closed", f"{command.period} is closed and {name_of(key)} began later")


def _generated(
    command: GenerateStatements, state: State, member: Member, held: Iterable[Claim]
) -> tuple[Fact, ...]:
    """Hold the claims with an open break, then state what is left."""
    key, known = member
    totals = known.total(command.period)
    events: list[Fact] = []
    for claim in held:
        totals = totals.without(claim.clearing_class, contribution(claim, command.period))
        events.append(
            ClaimHeld(
                on=command.on,
                **key._asdict(),
                claim_id=claim.claim_id,
                period=command.period,
                reason="OPEN_BREAK",
            )
        )
    yellow = state.reference.parameter("warning_yellow", command.on)
    red = state.reference.parameter("warning_red", command.on)
    level = level_of(totals.net, known.principal, yellow, red)
    statement = ClearingStatementGenerated(
        on=command.on,
        **key._asdict(),
        period=command.period,
        figures=figures_of(totals, known.principal, level),
        warning_yellow=yellow,
        warning_red=red,
    )
    return (*events, statement)


def confirm_statement(command: ConfirmStatement, state: State) -> tuple[tuple[Fact, ...], str]:
    """Sign all lines of a region; the second signature of a line books it."""
    state.reference.known(command.region, "region")
    members = [
        (key, known) for key, known in state.members(command.scheme) if command.region in key
    ]

    def confirm(key: Corridor, known: CorridorState) -> tuple[Fact, ...]:
        statement = statement_of(state, key, command.period)
        insured = command.region == key.insured_region
        mine, other = statement.insured_signed, statement.treatment_signed
        if not insured:
            mine, other = other, mine
        if mine is not None:
            refuse("statement_confirmed", f"{command.region} has confirmed {command.period}")
        totals = known.total(command.period)
        booked = other is not None and totals.net != 0
        return (
            ClearingStatementConfirmed(
                on=command.on,
                **key._asdict(),
                period=command.period,
                region=command.region,
                booked=booked,
                employee=totals.employee,
                resident=totals.resident,
            ),
        )

    return on_each(members, confirm)


def dispute_statement_line(command: DisputeStatementLine, state: State) -> tuple[Fact, ...]:
    """Take a claim, and what is booked to it in this period, out of an unsigned statement."""
    corridor = _corridor(command, state)
    claim = known_claim(state, command.claim_id)
    statement = statement_of(state, corridor, command.period)
    if claim.corridor != corridor:
        refuse("claim_unknown", f"claim {claim.claim_id} is not of {name_of(corridor)}")
    if statement.touched:
        refuse("statement_confirmed", "a side has confirmed; refund or deduct instead")
    if claim.period is None:
        refuse("claim_held", f"claim {claim.claim_id} is held")
    if claim.reversed:
        refuse("claim_reversed", f"claim {claim.claim_id} was reversed")
    part = contribution(claim, command.period)
    if claim.period != command.period or part is None:
        refuse("claim_unknown", f"claim {claim.claim_id} is not in {command.period}")
    before = state.corridors[corridor].total(command.period)
    after = before.without(claim.clearing_class, part)
    level = level_of(
        after.net, statement.principal, statement.warning_yellow, statement.warning_red
    )
    return (
        ClearingStatementDisputed(
            on=command.on,
            **corridor._asdict(),
            claim_id=claim.claim_id,
            period=command.period,
            reason=command.reason,
            figures=figures_of(after, statement.principal, level),
            removed=_removed(before, after, statement),
        ),
    )


def _removed(before: Totals, after: Totals, statement: Statement) -> StatementFigures:
    return StatementFigures(
        visits=before.visits - after.visits,
        medfee_sumamt=Fen(before.medfee_sumamt - after.medfee_sumamt),
        employee=before.employee - after.employee,
        resident=before.resident - after.resident,
        deduction=before.deduction - after.deduction,
        items=before.items - after.items,
        digest=before.digest.less(after.digest).hex(),
        principal=statement.principal,
        level=statement.level,
    )


def issue_notices(command: IssueNotices, state: State) -> tuple[tuple[Fact, ...], str]:
    """Issue a notice for each line that is not zero and is confirmed by both sides."""

    def notice(key: Corridor, known: CorridorState) -> tuple[Fact, ...]:
        statement = statement_of(state, key, command.period)
        totals = known.total(command.period)
        if not totals.net:
            return ()
        if not statement.signed:
            detail = f"{name_of(key)}: both sides confirm before the notice"
            refuse("statement_not_confirmed", detail)
        if statement.noticed:
            refuse("notices_issued", f"{name_of(key)} has its notice of {command.period}")
        submit_due, pay_due = due_dates(state, command.on)
        return (
            ClearingNoticeIssued(
                on=command.on,
                **key._asdict(),
                period=command.period,
                employee=totals.employee,
                resident=totals.resident,
                submit_due=submit_due,
                pay_due=pay_due,
            ),
        )

    return on_each(state.members(command.scheme), notice)


def _corridor(command: OnCorridor, state: State) -> Corridor:
    return state.corridor(command.insured_region, command.treatment_region, command.scheme)


def _noticed(
    command: SubmitToFinance | OnLine, state: State
) -> tuple[Corridor, Statement, MoneyLine, int]:
    """Return a line that has its notice, with its net. Refuses in the order of the contract."""
    corridor = _corridor(command, state)
    period = command.period
    statement = statement_of(state, corridor, period)
    if not statement.signed:
        refuse("statement_not_confirmed", f"{name_of(corridor)}: both sides confirm first")
    if period in state.scheme(corridor.scheme).closed_periods:
        refuse("period_closed", f"{period} is closed")
    net = state.corridors[corridor].total(period).net
    if not net:
        refuse("no_line", f"the line of {name_of(corridor)} in {period} is zero")
    if statement.line is None:
        refuse("notices_missing", f"{name_of(corridor)} has no notice of {period} yet")
    return corridor, statement, statement.line, net


def submit_to_finance(command: SubmitToFinance, state: State) -> tuple[Fact, ...]:
    """Pass a line on to finance, once and before its first payment."""
    corridor, statement, line, _ = _noticed(command, state)
    if statement.submitted or line.paid:
        refuse("no_line", f"the line of {name_of(corridor)} is submitted or paid already")
    return (ClearingSubmittedToFinance(on=command.on, **corridor._asdict(), period=command.period),)


def _clearing_line(command: OnLine, state: State, *, returns: bool) -> tuple[Corridor, MoneyLine]:
    corridor, _, line, net = _noticed(command, state)
    if (net < 0) != returns:
        kind = "clearing line, the insured region pays" if net > 0 else "return line (`*`)"
        refuse("no_line", f"this is a {kind}")
    return corridor, line


def _on_line(command: OnLine, corridor: Corridor) -> dict[str, Any]:
    return {
        "on": command.on,
        **corridor._asdict(),
        "period": command.period,
        "amount": command.amount,
        "bank_serial": command.bank_serial,
    }


def pay_clearing(command: PayClearing, state: State) -> tuple[Fact, ...]:
    """The insured region pays, in parts if it likes."""
    corridor, line = _clearing_line(command, state, returns=False)
    check_payment(command.amount, line.due)
    return (ClearingPaid(**_on_line(command, corridor)),)


def confirm_clearing_receipt(command: ConfirmClearingReceipt, state: State) -> tuple[Fact, ...]:
    """The treatment region confirms what has arrived."""
    corridor, line = _clearing_line(command, state, returns=False)
    check_receipt(command.amount, line.transit)
    return (ClearingReceived(**_on_line(command, corridor)),)


def pay_return(command: PayReturn, state: State) -> tuple[Fact, ...]:
    """The treatment region pays on a negative line."""
    corridor, line = _clearing_line(command, state, returns=True)
    check_payment(command.amount, line.due)
    return (ReturnPaid(**_on_line(command, corridor)),)


def confirm_return_receipt(command: ConfirmReturnReceipt, state: State) -> tuple[Fact, ...]:
    """The insured region confirms what has come back."""
    corridor, line = _clearing_line(command, state, returns=True)
    check_receipt(command.amount, line.transit)
    return (ReturnReceived(**_on_line(command, corridor)),)


def close_period(command: ClosePeriod, state: State) -> tuple[Fact, ...]:
    """Close a period when every line of the scheme is confirmed, noticed, paid and received."""
    if command.period in state.scheme(command.scheme).closed_periods:
        refuse("period_closed", f"{command.period} of {command.scheme} is closed")
    members = state.members(command.scheme)
    if not members:
        refuse("period_open", f"{command.scheme} has no corridor")
    for key, known in members:
        missing = _still_open(known, command.period)
        if missing:
            refuse("period_open", f"{name_of(key)} is not {missing} in {command.period}")
    return (ClearingPeriodClosed(on=command.on, scheme=command.scheme, period=command.period),)


def _still_open(known: CorridorState, period: Period) -> str | None:
    """Return what a corridor's line still lacks."""
    statement = known.statements.get(period)
    if statement is None:
        return "stated"
    if not statement.signed:
        return "confirmed by both sides"
    if not known.total(period).net:
        return None
    if statement.line is None:
        return "noticed"
    return None if statement.line.complete else "paid and received"


def close_year(command: CloseYear, state: State) -> tuple[Fact, ...]:
    """Close a year: December stated everywhere, each of its stated periods closed (Art. 50)."""
    scheme = state.scheme(command.scheme)
    if command.year in scheme.closed_years:
        refuse("period_closed", f"{command.year} of {command.scheme} is closed")
    members = state.members(command.scheme)
    if not members:
        refuse("period_open", f"{command.scheme} has no corridor")
    december = Period(f"{command.year:04d}12")
    for key, known in members:
        if not state.stated(key, december):
            refuse("period_open", f"{name_of(key)} is not stated in {december}")
        for period in known.statements:
            if _in_year(period, command.year) and period not in scheme.closed_periods:
                refuse("period_open", f"{period} is not closed")
    return (AnnualClearingClosed(on=command.on, scheme=command.scheme, year=command.year),)


def _in_year(period: Period, year: Year) -> bool:
    return int(period[:4]) == year
