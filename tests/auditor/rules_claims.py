"""Decisions about reference data and claims, each in the order of checks of the contract."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from . import codes
from .facts import ZERO, Account, Claim, Facts, Item, Refused, month_of, spread

Command = dict[str, Any]
Rule = Callable[[Facts, Command], None]


def day(command: Command, name: str = "on") -> date:
    return date.fromisoformat(command[name])


def money(command: Command, name: str = "amount") -> Decimal:
    return Decimal(command.get(name, "0.00"))


def corridor_of(facts: Facts, command: Command) -> Any:
    return facts.corridor(
        command["insured_region"], command["treatment_region"], command.get("scheme")
    )


def refuse_if(fault: bool, reason: str, field: str | None = None) -> None:
    if fault:
        raise Refused(reason, field)


# -- reference --------------------------------------------------------------------------------


def register_region(facts: Facts, command: Command) -> None:
    parent, level = command.get("parent"), command["level"]
    if parent is not None:
        refuse_if(parent not in facts.regions, "unknown_region", "parent")
        above = codes.LEVEL_ABOVE[level]
        refuse_if(facts.regions[parent]["level"] != above, "malformed", "parent")
    known = facts.regions.get(command["code"])
    if known is not None:
        refuse_if((known["level"], known["parent"]) != (level, parent), "region_exists")
    facts.regions[command["code"]] = {
        "level": level,
        "parent": parent,
        "single_pool": command.get("single_pool", False),
    }


def publish_work_calendar(facts: Facts, command: Command) -> None:
    facts.calendars.append((day(command), command))


def set_policy_parameter(facts: Facts, command: Command) -> None:
    facts.parameters.append(command)


def register_fiscal_account(facts: Facts, command: Command) -> None:
    refuse_if(command["region"] not in facts.regions, "unknown_region", "region")


def open_book(facts: Facts, command: Command) -> None:
    region = command["region"]
    refuse_if(region not in facts.regions, "unknown_region", "region")
    refuse_if(region in facts.books, "book_open")
    facts.books[region] = day(command)
    opening, cash = Account("FUND.OPENING"), Account("CASH")
    facts.move(day(command), region, cash, opening, money(command, "cash"))


# -- settlement -------------------------------------------------------------------------------


def post_care(facts: Facts, claim: Claim, item: Item) -> None:
    """Postings 5.2: expense and accrual in book i, care and hospital in book t."""
    _, insured, treatment = claim.corridor
    kind = claim.clearing_class
    accrued = Account("PAY.ACCRUED", treatment, kind)
    care = Account("ADV.CARE", insured, kind)
    hospital = Account("PAY.HOSP", insured, institution=claim.sent["institution"])
    for name, amount in item.amounts.items():
        expense = Account("EXP", treatment, kind, name)
        facts.move(item.on, insured, expense, accrued, amount)
    facts.move(item.on, treatment, care, hospital, item.total())


def settle_claim(facts: Facts, command: Command) -> None:
    corridor = corridor_of(facts, command)
    on = day(command)
    refuse_if(command["claim_id"] in facts.claims, "claim_exists")
    refuse_if(
        corridor.insured not in facts.books or corridor.treatment not in facts.books,
        "book_unknown",
    )
    refuse_if((corridor.scheme, on.year) in facts.closed_years, "period_closed")
    check_parts(command)
    claim = Claim(
        claim_id=command["claim_id"],
        corridor=corridor,
        on=on,
        clearing_class=codes.CLASS_OF_INSUTYPE[command["insutype"]],
        sent=command,
        period=facts.first_open(corridor, month_of(on)),
    )
    parts = {name: money(command, name) for name in codes.ITEMS if money(command, name)}
    book(facts, claim, Item("settle", on, parts, claim.period, command["command_id"]))
    facts.claims[claim.claim_id] = claim
    for manual in facts.manuals:
        check_double(facts, claim, manual, on)


def check_parts(command: Command) -> None:
    clearing_class = codes.CLASS_OF_INSUTYPE[command["insutype"]]
    for name, only in codes.ONLY_CLASS.items():
        refuse_if(only != clearing_class and money(command, name) > 0, "item_not_allowed", name)
    shared, account = money(command, "acct_mulaid_pay"), money(command, "acct_pay")
    refuse_if(shared > account, "total_mismatch", "acct_mulaid_pay")
    payable = sum((money(command, name) for name in codes.ITEMS), ZERO)
    others = money(command, "psn_cash_pay") + money(command, "hosp_part_amt")
    wrong = payable + others != money(command, "medfee_sumamt")
    refuse_if(wrong, "total_mismatch", "medfee_sumamt")
    refuse_if(payable == 0, "zero_amount", "medfee_sumamt")


def book(facts: Facts, claim: Claim, item: Item) -> None:
    claim.items.append(item)
    post_care(facts, claim, item)


# -- what happens to a claim afterwards -------------------------------------------------------


def claim_of(facts: Facts, command: Command) -> Claim:
    refuse_if(command["claim_id"] not in facts.claims, "claim_unknown")
    return facts.claims[command["claim_id"]]


def live_claim(facts: Facts, command: Command) -> Claim:
    claim = claim_of(facts, command)
    refuse_if(claim.reversed, "claim_reversed")
    return claim


def free_claim(facts: Facts, command: Command) -> Claim:
    claim = live_claim(facts, command)
    refuse_if(claim.held, "claim_held")
    return claim


def unstated_claim(facts: Facts, command: Command) -> Claim:
    claim = free_claim(facts, command)
    assert claim.period is not None
    refuse_if(facts.stated(claim.corridor, claim.period), "already_stated")
    return claim


def minus(parts: dict[str, Decimal]) -> dict[str, Decimal]:
    return {name: -amount for name, amount in parts.items() if amount}


def reverse_claim(facts: Facts, command: Command) -> None:
    claim = unstated_claim(facts, command)
    left = claim.outstanding()
    refuse_if(left != claim.parts, "exceeds_outstanding")
    item = Item("reverse", day(command), minus(left), claim.period, command["command_id"])
    book(facts, claim, item)


def period_of_deduction(facts: Facts, claim: Claim, on: date) -> str:
    """The claim's period while that is not stated; else month of its own date, or later."""
    assert claim.period is not None
    if not facts.stated(claim.corridor, claim.period):
        return claim.period
    return facts.first_open(claim.corridor, month_of(on))


def negative_parts(
    command: Command, amount: Decimal, left: dict[str, Decimal]
) -> dict[str, Decimal]:
    """`items` as sent, or the amount spread over what is outstanding."""
    if "items" not in command:
        return spread(amount, left)
    items = {name: Decimal(value) for name, value in command["items"].items()}
    wrong = (
        sum(items.values(), ZERO) != amount
        or any(value == 0 for value in items.values())
        or any(name not in left for name in items)
    )
    refuse_if(wrong, "total_mismatch", "items")
    refuse_if(any(items[name] > left[name] for name in items), "exceeds_outstanding")
    return items


def take_from_claim(facts: Facts, command: Command) -> tuple[Claim, dict[str, Decimal]]:
    """The checks that deduction, refund and recovery share; the negative parts."""
    claim = free_claim(facts, command)
    left = claim.outstanding()
    open_sum = sum(left.values(), ZERO)
    amount = Decimal(command["amount"]) if "amount" in command else open_sum
    refuse_if("amount" in command and amount == 0, "zero_amount", "amount")
    refuse_if(amount > open_sum or open_sum == 0, "exceeds_outstanding")
    return claim, minus(negative_parts(command, amount, left))


def deduct_claim(facts: Facts, command: Command) -> None:
    claim, parts = take_from_claim(facts, command)
    on = day(command)
    period = period_of_deduction(facts, claim, on)
    book(facts, claim, Item("deduct", on, parts, period, command["command_id"]))


def take_later(kind: str) -> Rule:
    """A refund or recovery: the month of its own date, else the first not stated after it."""

    def rule(facts: Facts, command: Command) -> None:
        claim, parts = take_from_claim(facts, command)
        on = day(command)
        period = facts.first_open(claim.corridor, month_of(on))
        book(facts, claim, Item(kind, on, parts, period, command["command_id"]))

    return rule


def release_deduction(facts: Facts, command: Command) -> None:
    claim = claim_of(facts, command)
    deduction = command["deduction"]
    deductions = [item for item in claim.items if item.kind == "deduct"]
    known = any(item.command_id == deduction for item in deductions)
    refuse_if(not known, "deduction_unknown")
    refuse_if(claim.reversed, "claim_reversed")
    refuse_if(claim.held, "claim_held")
    left = open_deduction(claim, deduction)
    amount = money(command)
    refuse_if(amount == 0, "zero_amount", "amount")
    refuse_if(amount > sum(left.values(), ZERO), "exceeds_outstanding")
    on = day(command)
    period = period_of_deduction(facts, claim, on)
    parts = spread(amount, left)
    item = Item("release", on, parts, period, command["command_id"], deduction)
    book(facts, claim, item)


def open_deduction(claim: Claim, deduction: str) -> dict[str, Decimal]:
    """What of one deduction is not released yet, item by item."""
    left: dict[str, Decimal] = {}
    for item in claim.items:
        if deduction in (item.command_id, item.deduction):
            for name, amount in item.amounts.items():
                left[name] = left.get(name, ZERO) - amount
    return left


# -- holding ----------------------------------------------------------------------------------


def put_aside(claim: Claim) -> None:
    """A held claim is in no period, and what is booked to its own period goes with it."""
    for item in claim.items:
        if item.period == claim.period:
            item.period = None
    claim.held, claim.period = True, None


def hold_claim(facts: Facts, command: Command) -> None:
    put_aside(unstated_claim(facts, command))


def release_claim(facts: Facts, command: Command) -> None:
    claim = claim_of(facts, command)
    refuse_if(not claim.held, "claim_not_held")
    breaks = facts.breaks_of(claim.claim_id)
    refuse_if(any(not each.resolved() for each in breaks), "break_open")
    if claim.deferrals > facts.parameter("max_deferrals", day(command)):
        refuse_if(not any(each.escalated() for each in breaks), "not_escalated")
    claim.held = False
    claim.period = facts.first_open(claim.corridor, month_of(claim.on))
    for item in claim.items:
        if item.period is None:
            item.period = claim.period


# -- doubles and inquiries --------------------------------------------------------------------


def record_manual_reimbursement(facts: Facts, command: Command) -> None:
    corridor_of(facts, command)
    facts.manuals.append(command)
    for claim in list(facts.claims.values()):
        check_double(facts, claim, command, day(command))


def check_double(facts: Facts, claim: Claim, manual: Command, on: date) -> None:
    if claim.reversed:
        return
    sent = claim.sent
    same_visit = "mdtrt_id" in sent and sent["mdtrt_id"] == manual.get("mdtrt_id")
    same_stay = (
        sent.get("person_token") == manual["person_token"]
        and sent["institution"] == manual["institution"]
        and sent.get("admitted_on") == manual.get("admitted_on")
        and claim.medfee == money(manual)
    )
    if same_visit or same_stay:
        facts.open_break("DUPLICATE_MANUAL", claim.claim_id, claim.corridor, claim.payable, on)


def open_inquiry(facts: Facts, command: Command) -> None:
    claim = live_claim(facts, command)
    refuse_if(claim.inquiry is not None, "inquiry_open")
    allowed = (
        claim.corridor.scheme == "CROSS_PROVINCE"
        and claim.sent["med_type"] in codes.INPATIENT
        and claim.medfee >= facts.parameter("inquiry_minimum", day(command))
    )
    refuse_if(not allowed, "inquiry_not_allowed")
    claim.inquiry = "opened"


def answer_inquiry(facts: Facts, command: Command) -> None:
    claim = live_claim(facts, command)
    refuse_if(claim.inquiry != "opened", "inquiry_unknown")
    claim.inquiry = "answered"


def confirm_inquiry(facts: Facts, command: Command) -> None:
    claim = live_claim(facts, command)
    refuse_if(claim.inquiry != "answered", "inquiry_unknown")
    claim.inquiry = "confirmed"


RULES: dict[str, Rule] = {
    "RegisterRegion": register_region,
    "PublishWorkCalendar": publish_work_calendar,
    "SetPolicyParameter": set_policy_parameter,
    "RegisterFiscalAccount": register_fiscal_account,
    "OpenBook": open_book,
    "SettleClaim": settle_claim,
    "ReverseClaim": reverse_claim,
    "DeductClaim": deduct_claim,
    "ReleaseDeduction": release_deduction,
    "RefundClaim": take_later("refund"),
    "RecoverClaim": take_later("recover"),
    "HoldClaim": hold_claim,
    "ReleaseClaim": release_claim,
    "RecordManualReimbursement": record_manual_reimbursement,
    "OpenInquiry": open_inquiry,
    "AnswerInquiry": answer_inquiry,
    "ConfirmInquiry": confirm_inquiry,
}
