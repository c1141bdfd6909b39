"""Decisions about the parties' daily reports and the breaks between them and the ledger."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from . import codes
from .facts import FEN, ZERO, Break, Claim, Corridor, Facts, Refused
from .rules_claims import Command, Rule, corridor_of, day, refuse_if

Row = dict[str, Any]
Views = dict[str, dict[str, Row]]  # party: claim_id: row


def report_daily_claims(facts: Facts, command: Command) -> None:
    corridor = corridor_of(facts, command)
    facts.reported[corridor, command["date"], command["party"]] = command["rows"]


def reconcile_day(facts: Facts, command: Command) -> None:
    corridor = corridor_of(facts, command)
    views: Views = {}
    for party in codes.PARTIES:
        rows = facts.reported.get((corridor, command["date"], party))
        if rows is None:
            raise Refused("report_missing")
        views[party] = {row["claim_id"]: row for row in rows}
    here = {
        claim.claim_id
        for claim in facts.claims_of(corridor)
        if claim.on.isoformat() == command["date"]
    }
    told = {claim_id for view in views.values() for claim_id in view}
    for claim_id in sorted(here | told):
        found = differences(facts.claims.get(claim_id), claim_id in here, claim_id, views)
        open_found(facts, command, corridor, claim_id, found)


def differences(
    claim: Claim | None, here: bool, claim_id: str, views: Views
) -> list[tuple[str, Decimal]]:
    """Category and difference for each party that differs, in the order of the parties."""
    found = []
    for party in codes.PARTIES:
        row = views[party].get(claim_id)
        if claim is None:
            category = "MISSING_AT_NATIONAL" if row is not None else None
        elif not here:
            category = elsewhere(claim, row)
        else:
            category = against(claim, row, party)
        if category is not None:
            found.append((category, told_payable(row) - ledger_payable(claim)))
    return found


def elsewhere(claim: Claim, row: Row | None) -> str | None:
    if row is None or (claim.reversed and row["status"] == "REVERSED"):
        return None
    return "PERIOD_MISMATCH"


def against(claim: Claim, row: Row | None, party: str) -> str | None:
    """The first difference between the ledger's claim of that day and a party's row."""
    if claim.reversed:
        agrees = row is None or row["status"] == "REVERSED"
        return None if agrees else "STATUS_MISMATCH"
    if row is None:
        return codes.MISSING_AT[party]
    if row["status"] == "REVERSED":
        return "STATUS_MISMATCH"
    if Decimal(row["medfee_sumamt"]) != claim.medfee:
        return "AMOUNT_MISMATCH"
    return None if parts_of(row) == ledger_parts(claim) else "FUND_ITEM_MISMATCH"


def parts_of(row: Row) -> list[Decimal]:
    return [Decimal(row[name]) for name in ("fund_pay_sumamt", "acct_pay", "psn_cash_pay")]


def ledger_parts(claim: Claim) -> list[Decimal]:
    account = claim.parts.get("acct_pay", ZERO)
    return [claim.payable - account, account, Decimal(claim.sent["psn_cash_pay"])]


def told_payable(row: Row | None) -> Decimal:
    if row is None or row["status"] == "REVERSED":
        return ZERO
    return Decimal(row["fund_pay_sumamt"]) + Decimal(row["acct_pay"])


def ledger_payable(claim: Claim | None) -> Decimal:
    return ZERO if claim is None or claim.reversed else claim.payable


def open_found(
    facts: Facts,
    command: Command,
    corridor: Corridor,
    claim_id: str,
    found: list[tuple[str, Decimal]],
) -> None:
    """One break for each category; its first party gives the difference."""
    for category in dict(found):
        difference = next(amount for name, amount in found if name == category)
        facts.open_break(category, claim_id, corridor, difference, day(command))


# -- the life of a break ----------------------------------------------------------------------


def unresolved(facts: Facts, command: Command) -> Break:
    refuse_if(command["break_id"] not in facts.breaks, "break_unknown")
    found = facts.breaks[command["break_id"]]
    refuse_if(found.resolved(), "break_resolved")
    return found


def step(name: str, told: Callable[[Command], str]) -> Rule:
    def rule(facts: Facts, command: Command) -> None:
        unresolved(facts, command).life.append((day(command), name, told(command)))

    return rule


def resolve_break(facts: Facts, command: Command) -> None:
    found = unresolved(facts, command)
    resolution, corrections = command["resolution"], command.get("corrections", [])
    needed = resolution in codes.PROVEN_BY_COMMANDS
    proven = all(command_id in facts.accepted for command_id in corrections)
    if resolution == "WRITTEN_OFF_ROUNDING":
        proven = proven and abs(found.difference) == FEN
    refuse_if(not proven or (needed and not corrections), "resolution_not_proven")
    found.life.append((day(command), "resolve", resolution))


RULES: dict[str, Rule] = {
    "ReportDailyClaims": report_daily_claims,
    "ReconcileDay": reconcile_day,
    "AssignBreak": step("assign", lambda command: str(command["owner"])),
    "EscalateBreak": step("escalate", lambda command: str(command["reason"])),
    "ResolveBreak": resolve_break,
}
