"""A claim from settlement to refund. Source: commands.md, "Claims"; domain.md 3.1, 3.3, F11."""

from collections.abc import Mapping
from datetime import date
from operator import attrgetter
from typing import Any

from ledger.claim import Claim, in_field_order
from ledger.commands import (
    AnswerInquiry,
    ConfirmInquiry,
    DeductClaim,
    HoldClaim,
    OpenInquiry,
    RecordManualReimbursement,
    RecoverClaim,
    RefundClaim,
    ReleaseClaim,
    ReleaseDeduction,
    ReverseClaim,
    SettleClaim,
)
from ledger.errors import refuse
from ledger.events import (
    ClaimAuditDeducted,
    ClaimDeductionReleased,
    ClaimHeld,
    ClaimInquiryAnswered,
    ClaimInquiryConfirmed,
    ClaimInquiryOpened,
    ClaimManuallyReimbursed,
    ClaimRecovered,
    ClaimRefunded,
    ClaimReleased,
    ClaimReversed,
    ClaimSettled,
    Fact,
)
from ledger.money import spread, yuan
from ledger.period import next_period, period_of
from ledger.ports import marks_of
from ledger.rules.breaks import duplicate_breaks
from ledger.rules.registers import need_books
from ledger.state import State
from ledger.vocabulary import (
    EMPLOYEE_ONLY,
    INPATIENT,
    ITEMS,
    RESIDENT_ONLY,
    RESIDENT_TYPES,
    ClaimId,
    Corridor,
    Fen,
    Item,
    Period,
    Year,
    clearing_class,
)


def settle_claim(command: SettleClaim, state: State) -> tuple[Fact, ...]:
    """Settle a claim; its period is fixed here."""
    corridor = state.corridor(command.insured_region, command.treatment_region, command.scheme)
    if state.store.claim(command.claim_id) is not None:
        refuse("claim_exists", f"claim {command.claim_id} exists already")
    need_books(state, corridor.insured_region, corridor.treatment_region)
    if Year(command.on.year) in state.scheme(corridor.scheme).closed_years:
        refuse("period_closed", f"the year {command.on.year} is closed")
    items = _items_of(command)
    month = period_of(command.on)
    period = first_unstated(state, corridor, month)
    event = ClaimSettled(
        on=command.on,
        scheme=corridor.scheme,
        insured_region=corridor.insured_region,
        treatment_region=corridor.treatment_region,
        claim_id=command.claim_id,
        institution=command.institution,
        insutype=command.insutype,
        clearing_class=clearing_class(command.insutype),
        med_type=command.med_type,
        medfee_sumamt=command.medfee_sumamt,
        items=items,
        psn_cash_pay=command.psn_cash_pay,
        period=period,
        original_period=None if period == month else month,
        acct_mulaid_pay=command.acct_mulaid_pay,
        hosp_part_amt=command.hosp_part_amt,
        person_category=command.person_category,
        dise_codg=command.dise_codg,
        admitted_on=command.admitted_on,
        mdtrt_id=command.mdtrt_id,
        person_token=command.person_token,
    )
    marks = marks_of(event, event.medfee_sumamt)
    if marks and state.store.manual_with_marks(marks):
        payable = sum(items.values())
        return (event, *duplicate_breaks(state, [(command.claim_id, corridor, payable)], event.on))
    return (event,)


_PARTS = attrgetter(*ITEMS)


def _items_of(command: SettleClaim) -> dict[Item, Fen]:
    """Return what clears, above 0.00, after the checks of form F11."""
    items = {item: part for item, part in zip(ITEMS, _PARTS(command), strict=True) if part}
    barred = EMPLOYEE_ONLY if command.insutype in RESIDENT_TYPES else RESIDENT_ONLY
    if command.acct_mulaid_pay or not barred.isdisjoint(items):
        _check_allowed(command, items, barred)
    if command.acct_mulaid_pay > command.acct_pay:
        refuse("total_mismatch", "acct_mulaid_pay is part of acct_pay", "acct_mulaid_pay")
    payable = sum(items.values())
    total = payable + command.psn_cash_pay + command.hosp_part_amt
    if total != command.medfee_sumamt:
        detail = f"the parts are {yuan(total)}, the total is {yuan(command.medfee_sumamt)}"
        refuse("total_mismatch", detail, "medfee_sumamt")
    if not payable:
        refuse("zero_amount", "nothing is payable between the regions", "medfee_sumamt")
    return items


def _check_allowed(command: SettleClaim, items: Mapping[Item, Fen], barred: frozenset[str]) -> None:
    """Check the items against the class. Refuses: item_not_allowed, naming the first."""
    named = (*items, "acct_mulaid_pay") if command.acct_mulaid_pay else tuple(items)
    for item in named:
        if item in barred:
            refuse("item_not_allowed", f"{item} is not allowed for {command.insutype}", item)


def first_unstated(state: State, corridor: Corridor, period: Period) -> Period:
    """Return the first period of a corridor, from this one on, that is not stated."""
    while state.stated(corridor, period):
        period = next_period(period)
    return period


def known_claim(state: State, claim_id: ClaimId) -> Claim:
    """Return a claim. Refuses: claim_unknown."""
    claim = state.store.claim(claim_id)
    if claim is None:
        refuse("claim_unknown", f"there is no claim {claim_id}")
    return claim


def _live_claim(state: State, claim_id: ClaimId) -> Claim:
    claim = known_claim(state, claim_id)
    if claim.reversed:
        refuse("claim_reversed", f"claim {claim_id} was reversed")
    return claim


def _free(claim: Claim) -> Period:
    """Return the period of a claim that is not held. Refuses: claim_held."""
    if claim.period is None:
        refuse("claim_held", f"claim {claim.claim_id} is held; release it first")
    return claim.period


def _unstated_period(state: State, claim: Claim) -> Period:
    period = _free(claim)
    if state.stated(claim.corridor, period):
        refuse("already_stated", f"claim {claim.claim_id} is in the statement of {period}")
    return period


def _about(claim: Claim) -> dict[str, Any]:
    """Return the fields by which an event names a claim."""
    return {**claim.corridor._asdict(), "claim_id": claim.claim_id}


def _adjustment(
    claim: Claim, on: date, items: Mapping[Item, Fen], period: Period
) -> dict[str, Any]:
    return {
        "on": on,
        **_about(claim),
        "institution": claim.institution,
        "clearing_class": claim.clearing_class,
        "items": items,
        "period": period,
        "original_period": claim.month,
    }


def _own_or_dated(state: State, claim: Claim, on: date) -> Period:
    """Return the period of a deduction or its release: the claim's own while that is open."""
    period = _free(claim)
    if not state.stated(claim.corridor, period):
        return period
    return first_unstated(state, claim.corridor, period_of(on))


def _split(claim: Claim, amount: Fen | None, given: Mapping[Item, Fen] | None) -> dict[Item, Fen]:
    """Return the items of a negative amount (None: all that is outstanding), checked."""
    if amount == 0:
        refuse("zero_amount", "an amount of 0.00 moves nothing", "amount")
    left = claim.left
    wanted = left if amount is None else amount
    if wanted > left or left == 0:
        detail = f"{yuan(left)} is outstanding on claim {claim.claim_id}"
        refuse("exceeds_outstanding", detail)
    if given is None:
        return spread(wanted, claim.outstanding)
    if sum(given.values()) != wanted:
        refuse("total_mismatch", f"the items do not sum to {yuan(wanted)}", "items")
    for item, part in given.items():
        if not part or item not in claim.outstanding:
            refuse("total_mismatch", f"{item} is 0.00 or not on the claim", "items")
    for item, part in given.items():
        if part > claim.outstanding[item]:
            detail = f"{yuan(claim.outstanding[item])} is left of {item}"
            refuse("exceeds_outstanding", detail)
    return in_field_order(given)


def reverse_claim(command: ReverseClaim, state: State) -> tuple[Fact, ...]:
    """Take a whole claim back before its statement."""
    claim = _live_claim(state, command.claim_id)
    period = _unstated_period(state, claim)
    if claim.left != claim.payable:
        detail = f"claim {claim.claim_id} was deducted or refunded in part; refund the rest"
        refuse("exceeds_outstanding", detail)
    items = {item: left for item, left in claim.outstanding.items() if left}
    common = _adjustment(claim, command.on, items, period)
    return (ClaimReversed(**common, cause=command.cause),)


def deduct_claim(command: DeductClaim, state: State) -> tuple[Fact, ...]:
    """Deduct a cost after review."""
    claim = _live_claim(state, command.claim_id)
    _free(claim)
    items = _split(claim, command.amount, command.items)
    period = _own_or_dated(state, claim, command.on)
    return (
        ClaimAuditDeducted(
            **_adjustment(claim, command.on, items, period),
            deduction=command.command_id,
            reason_code=command.reason_code,
        ),
    )


def release_deduction(command: ReleaseDeduction, state: State) -> tuple[Fact, ...]:
    """Restore a deduction over its own open items."""
    claim = known_claim(state, command.claim_id)
    open_items = claim.deductions.get(command.deduction)
    if open_items is None:
        detail = f"claim {claim.claim_id} has no deduction {command.deduction}"
        refuse("deduction_unknown", detail)
    if claim.reversed:
        refuse("claim_reversed", f"claim {claim.claim_id} was reversed")
    _free(claim)
    if not command.amount:
        refuse("zero_amount", "an amount of 0.00 moves nothing", "amount")
    left = sum(open_items.values())
    if command.amount > left:
        refuse("exceeds_outstanding", f"{yuan(left)} of the deduction is left")
    items = spread(command.amount, open_items)
    period = _own_or_dated(state, claim, command.on)
    return (
        ClaimDeductionReleased(
            **_adjustment(claim, command.on, items, period), deduction=command.deduction
        ),
    )


def refund_claim(command: RefundClaim, state: State) -> tuple[Fact, ...]:
    """Give money back, in the period of the refund's own date."""
    claim = _live_claim(state, command.claim_id)
    _free(claim)
    items = _split(claim, command.amount, command.items)
    period = first_unstated(state, claim.corridor, period_of(command.on))
    common = _adjustment(claim, command.on, items, period)
    return (ClaimRefunded(**common, cause=command.cause),)


def recover_claim(command: RecoverClaim, state: State) -> tuple[Fact, ...]:
    """Recover a violating cost, in the period of its own date."""
    claim = _live_claim(state, command.claim_id)
    _free(claim)
    items = _split(claim, command.amount, command.items)
    period = first_unstated(state, claim.corridor, period_of(command.on))
    common = _adjustment(claim, command.on, items, period)
    return (ClaimRecovered(**common, reason_code=command.reason_code),)


def hold_claim(command: HoldClaim, state: State) -> tuple[Fact, ...]:
    """Take a claim out of its period."""
    claim = _live_claim(state, command.claim_id)
    period = _unstated_period(state, claim)
    return (ClaimHeld(on=command.on, **_about(claim), period=period, reason=command.reason),)


def release_claim(command: ReleaseClaim, state: State) -> tuple[Fact, ...]:
    """Let a held claim into the first period not stated, not before its own month."""
    claim = known_claim(state, command.claim_id)
    if claim.period is not None:
        refuse("claim_not_held", f"claim {claim.claim_id} is not held")
    breaks = state.store.breaks_of(claim.claim_id)
    for found in breaks:
        if found.state != "RESOLVED":
            refuse("break_open", f"break {found.break_id} is not resolved")
    deferrals = state.corridors[claim.corridor].held[claim.claim_id].deferrals
    limit = state.reference.whole("max_deferrals", command.on)
    if deferrals > limit and not any(found.escalated for found in breaks):
        detail = f"deferred {deferrals} times, more than {limit}: escalate a break of it first"
        refuse("not_escalated", detail)
    period = first_unstated(state, claim.corridor, claim.month)
    return (ClaimReleased(on=command.on, **_about(claim), period=period, deferrals=deferrals),)


def record_manual(command: RecordManualReimbursement, state: State) -> tuple[Fact, ...]:
    """Note a reimbursement by hand, and open a break for each direct claim it doubles."""
    corridor = state.corridor(command.insured_region, command.treatment_region, None)
    event = ClaimManuallyReimbursed(
        on=command.on,
        **corridor._asdict(),
        claim_ref=command.claim_ref,
        institution=command.institution,
        person_token=command.person_token,
        amount=command.amount,
        admitted_on=command.admitted_on,
        mdtrt_id=command.mdtrt_id,
    )
    doubled = [
        (claim.claim_id, claim.corridor, claim.payable)
        for claim in state.store.claims_with_marks(marks_of(event, event.amount))
        if not claim.reversed
    ]
    return (event, *duplicate_breaks(state, doubled, command.on))


def open_inquiry(command: OpenInquiry, state: State) -> tuple[Fact, ...]:
    """Question a stay in hospital, once in a claim's life (F15)."""
    claim = _live_claim(state, command.claim_id)
    if claim.inquiry is not None:
        refuse("inquiry_open", f"claim {claim.claim_id} has had its inquiry")
    minimum = state.reference.parameter("inquiry_minimum", command.on)
    allowed = claim.scheme == "CROSS_PROVINCE" and claim.med_type in INPATIENT
    if not allowed or claim.medfee_sumamt < minimum:
        detail = f"only cross-province inpatient claims of {yuan(minimum)} or more"
        refuse("inquiry_not_allowed", detail)
    return (ClaimInquiryOpened(on=command.on, **_about(claim), question=command.question),)


def answer_inquiry(command: AnswerInquiry, state: State) -> tuple[Fact, ...]:
    """Answer an open inquiry."""
    claim = _live_claim(state, command.claim_id)
    if claim.inquiry != "OPENED":
        refuse("inquiry_unknown", f"claim {claim.claim_id} has no inquiry to answer")
    common = _about(claim)
    return (
        ClaimInquiryAnswered(on=command.on, **common, result=command.result, reason=command.reason),
    )


def confirm_inquiry(command: ConfirmInquiry, state: State) -> tuple[Fact, ...]:
    """Accept an answer."""
    claim = _live_claim(state, command.claim_id)
    if claim.inquiry != "ANSWERED":
        refuse("inquiry_unknown", f"claim {claim.claim_id} has no answer to confirm")
    return (ClaimInquiryConfirmed(on=command.on, **_about(claim)),)
