"""What an event changes in the decider's state. It never refuses and never looks at a clock."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final, TypeAlias

from ledger import claim as claims
from ledger.claim import Claim, Inquiry, contribution
from ledger.corridor import (
    CorridorState,
    EmergencyRequest,
    HeldClaim,
    MoneyLine,
    Pool,
    Statement,
    with_paid,
    with_received,
)
from ledger.errors import require
from ledger.events import (
    AdvancePaid,
    AdvanceQuotaAdjusted,
    AdvanceReceived,
    AdvanceReturnPaid,
    AnnualClearingClosed,
    BookOpened,
    BreakAssigned,
    BreakEscalated,
    BreakOpened,
    BreakResolved,
    ClaimAdjusted,
    ClaimHeld,
    ClaimInquiryAnswered,
    ClaimInquiryConfirmed,
    ClaimInquiryOpened,
    ClaimManuallyReimbursed,
    ClaimReleased,
    ClaimSettled,
    ClearingNoticeIssued,
    ClearingPaid,
    ClearingPeriodClosed,
    ClearingStatementConfirmed,
    ClearingStatementDisputed,
    ClearingStatementGenerated,
    ClearingSubmittedToFinance,
    DailyClaimsReported,
    EmergencyIncreaseDecided,
    EmergencyIncreaseRequested,
    Event,
    OfAdvanceLine,
    OfClearingLine,
    PolicyParameterChanged,
    PoolOpened,
    RegionRegistered,
    ReturnPaid,
    WorkCalendarPublished,
)
from ledger.ports import Break
from ledger.state import SchemeState, State
from ledger.vocabulary import ClaimId, Corridor, Fen, Hundredths, Scheme

_INQUIRY: Final[Mapping[type, Inquiry]] = {
    ClaimInquiryOpened: "OPENED",
    ClaimInquiryAnswered: "ANSWERED",
    ClaimInquiryConfirmed: "CONFIRMED",
}
InquiryEvent: TypeAlias = ClaimInquiryOpened | ClaimInquiryAnswered | ClaimInquiryConfirmed


def evolve(state: State, event: Event) -> None:
    """Fold one event into the state."""
    if type(event) is ClaimSettled:  # nearly all events are
        _settle(state, event)
        return
    match event:
        case ClaimAdjusted() | ClaimHeld() | ClaimReleased() | ClearingStatementDisputed():
            _change_claim(state, event)
        case ClaimInquiryOpened() | ClaimInquiryAnswered() | ClaimInquiryConfirmed():
            _inquire(state, event)
        case ClaimManuallyReimbursed():
            state.store.put_manual(event)
        case DailyClaimsReported():
            state.store.put_daily_rows(event.corridor, event.date, event.party, event.rows)
        case BreakOpened() | BreakAssigned() | BreakEscalated() | BreakResolved():
            _change_break(state, event)
        case PoolOpened() | AdvanceQuotaAdjusted() | OfAdvanceLine():
            _change_pool(state, event)
        case EmergencyIncreaseRequested() | EmergencyIncreaseDecided():
            _change_request(state, event)
        case ClearingStatementGenerated():
            _state_period(state, event)
        case ClearingStatementConfirmed() | ClearingNoticeIssued() | ClearingSubmittedToFinance():
            _change_statement(state, event)
        case OfClearingLine():
            _move_on_line(state, event)
        case _:
            _change_registers(state, event)


def _change_registers(state: State, event: Event) -> None:
    """Fold what concerns registers, books and closing; the rest moves no state."""
    match event:
        case RegionRegistered():
            state.reference.evolve_region(event)
            state.routes.clear()
        case WorkCalendarPublished():
            state.reference.evolve_calendar(event)
        case PolicyParameterChanged():
            state.reference.evolve_parameter(event)
        case BookOpened():
            state.books[event.region] = event.on
        case ClearingPeriodClosed():
            _scheme(state, event.scheme).closed_periods[event.period] = event.on
        case AnnualClearingClosed():
            _scheme(state, event.scheme).closed_years[event.year] = event.on
        case _:
            pass


def _scheme(state: State, scheme: Scheme) -> SchemeState:
    return state.schemes.setdefault(scheme, SchemeState())


def _corridor(state: State, corridor: Corridor) -> CorridorState:
    known = state.corridors.get(corridor)
    if known is None:
        known = state.corridors[corridor] = CorridorState()
    return known


def _claim(state: State, claim_id: ClaimId) -> Claim:
    claim = state.store.claim(claim_id)
    require(claim is not None, f"an event names claim {claim_id}, which was never settled")
    return claim  # type: ignore[return-value]  # `require` has seen to it


def _settle(state: State, event: ClaimSettled) -> None:
    key = (event.scheme, event.insured_region, event.treatment_region)
    known = state.corridors.get(key) or _corridor(state, event.corridor)  # type: ignore[call-overload]
    totals = known.total_to_change(event.period)
    totals.add_new(event.claim_id, event.clearing_class, event.medfee_sumamt, event.items.values())
    state.store.put_settled(event)


def _change_claim(
    state: State, event: ClaimAdjusted | ClaimHeld | ClaimReleased | ClearingStatementDisputed
) -> None:
    """Fold an event of a claim; the period's totals change by what the claim brings to it."""
    before = _claim(state, event.claim_id)
    known = _corridor(state, event.corridor)
    match event:
        case ClaimHeld() | ClearingStatementDisputed():
            after = claims.held(before, event.period)
            missed = int(isinstance(event, ClearingStatementDisputed))
            known.held[event.claim_id] = HeldClaim(
                period=event.period, deferrals=before.deferrals + missed
            )
        case ClaimReleased():
            after = claims.released(before, event)
            del known.held[event.claim_id]
        case _:
            after = claims.adjusted(before, event)
    cls = before.clearing_class
    totals = known.total_to_change(event.period)
    totals.add(cls, contribution(before, event.period), -1)
    totals.add(cls, contribution(after, event.period))
    if isinstance(event, ClearingStatementDisputed):
        statement = known.statements[event.period]
        known.statements[event.period] = replace(statement, level=event.figures.level)
    state.store.put_claim(after)


def _inquire(state: State, event: InquiryEvent) -> None:
    claim = _claim(state, event.claim_id)
    state.store.put_claim(replace(claim, inquiry=_INQUIRY[type(event)]))


def _change_break(
    state: State, event: BreakOpened | BreakAssigned | BreakEscalated | BreakResolved
) -> None:
    if isinstance(event, BreakOpened):
        opened = Break(
            break_id=event.break_id,
            category=event.category,
            corridor=event.corridor,
            claim_id=event.claim_id,
            difference=event.difference,
            state="OPEN",
            escalated=False,
        )
        state.store.put_break(opened)
        return
    found = state.store.break_by_id(event.break_id)
    require(found is not None, f"an event names break {event.break_id}, which was never opened")
    assert found is not None  # for the type checker
    match event:
        case BreakAssigned():
            state.store.put_break(
                replace(found, state="ESCALATED" if found.escalated else "ASSIGNED")
            )
        case BreakEscalated():
            state.store.put_break(replace(found, state="ESCALATED", escalated=True))
        case _:
            state.store.put_break(replace(found, state="RESOLVED"))


def _pool_of(state: State, corridor: Corridor) -> tuple[CorridorState, Pool]:
    known = _corridor(state, corridor)
    require(known.pool is not None, f"an event names the pool {corridor}, never opened")
    assert known.pool is not None  # for the type checker
    return known, known.pool


def _change_pool(state: State, event: PoolOpened | AdvanceQuotaAdjusted | OfAdvanceLine) -> None:
    if isinstance(event, PoolOpened):
        known = _corridor(state, event.corridor)
        known.pool = Pool(quota=event.principal, principal=event.principal)
        return
    known, pool = _pool_of(state, event.corridor)
    if isinstance(event, AdvanceQuotaAdjusted):
        line = MoneyLine(amount=abs(event.adjustment)) if event.adjustment else None
        known.pool = replace(
            pool,
            quota=event.quota,
            sized_years=(*pool.sized_years, event.year),
            line=line,
            returns=event.adjustment < 0,
        )
        return
    known.pool = _with_line(pool, event)
    match event:
        case AdvanceReceived():
            known.pool = replace(known.pool, principal=pool.principal + event.amount)
        case AdvanceReturnPaid():
            known.pool = replace(known.pool, principal=pool.principal - event.amount)
        case _:
            pass


def _with_line(pool: Pool, event: OfAdvanceLine) -> Pool:
    request = pool.requests[event.request] if event.request is not None else None
    line = request.line if request else pool.line
    require(line is not None, f"advance money of {event.corridor} moved without a line")
    assert line is not None  # for the type checker
    moved = with_paid if isinstance(event, AdvancePaid | AdvanceReturnPaid) else with_received
    line = moved(line, event.amount)
    if request is None:
        return replace(pool, line=line)
    assert event.request is not None  # for the type checker
    return replace(pool, requests={**pool.requests, event.request: replace(request, line=line)})


def _change_request(
    state: State, event: EmergencyIncreaseRequested | EmergencyIncreaseDecided
) -> None:
    known, pool = _pool_of(state, event.corridor)
    if isinstance(event, EmergencyIncreaseRequested):
        known.pool = replace(pool, requests={**pool.requests, event.request: EmergencyRequest()})
        return
    granted = event.approved_amount
    decided = EmergencyRequest(decided=True, line=MoneyLine(amount=granted) if granted else None)
    known.pool = replace(
        pool,
        quota=pool.quota + granted,
        requests={**pool.requests, event.request: decided},
    )


def _state_period(state: State, event: ClearingStatementGenerated) -> None:
    """Fold a statement; each claim held from this period or an earlier one missed it."""
    known = _corridor(state, event.corridor)
    known.statements[event.period] = Statement(
        generated_on=event.on,
        principal=event.figures.principal,
        warning_yellow=Hundredths(event.warning_yellow),
        warning_red=Hundredths(event.warning_red),
        level=event.figures.level,
    )
    for claim_id, held in known.held.items():
        if held.period <= event.period:
            known.held[claim_id] = replace(held, deferrals=held.deferrals + 1)


def _change_statement(
    state: State,
    event: ClearingStatementConfirmed | ClearingNoticeIssued | ClearingSubmittedToFinance,
) -> None:
    known = _corridor(state, event.corridor)
    statement = known.statements[event.period]
    match event:
        case ClearingStatementConfirmed() if event.region == event.insured_region:
            statement = replace(statement, insured_signed=event.on)
        case ClearingStatementConfirmed():
            statement = replace(statement, treatment_signed=event.on)
        case ClearingNoticeIssued():
            amount = Fen(abs(event.employee + event.resident))
            statement = replace(statement, line=MoneyLine(amount=amount))
        case _:
            statement = replace(statement, submitted=True)
    known.statements[event.period] = statement


def _move_on_line(state: State, event: OfClearingLine) -> None:
    known = _corridor(state, event.corridor)
    statement = known.statements[event.period]
    require(statement.line is not None, f"money moved on a line without notice: {event.corridor}")
    assert statement.line is not None  # for the type checker
    match event:
        case ClearingPaid() | ReturnPaid():
            line = with_paid(statement.line, event.amount)
        case _:
            line = with_received(statement.line, event.amount)
    known.statements[event.period] = replace(statement, line=line)
