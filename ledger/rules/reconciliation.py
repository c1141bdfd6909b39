"""Three parties' views of a day against the ledger. Source: commands.md, "Reconciliation"."""

from collections.abc import Mapping

from ledger.claim import Claim
from ledger.commands import ClaimRow, ReconcileDay, ReportDailyClaims
from ledger.errors import refuse
from ledger.events import BreakOpened, DailyClaimsReported, DailyReconciled, Fact
from ledger.rules.breaks import opened
from ledger.state import State
from ledger.vocabulary import PARTIES, BreakCategory, ClaimId, Party

_MISSING: Mapping[Party, BreakCategory] = {
    "insured": "MISSING_AT_INSURED",
    "treatment": "MISSING_AT_TREATMENT",
    "national": "MISSING_AT_NATIONAL",
}


def report_daily_claims(command: ReportDailyClaims, state: State) -> tuple[Fact, ...]:
    """Take in one party's view of a day."""
    corridor = state.corridor(command.insured_region, command.treatment_region, command.scheme)
    return (
        DailyClaimsReported(
            on=command.on,
            **corridor._asdict(),
            party=command.party,
            date=command.date,
            rows=command.rows,
        ),
    )


def reconcile_day(command: ReconcileDay, state: State) -> tuple[Fact, ...]:
    """Compare the views of a day, and open a break for each kind of difference of a claim."""
    corridor = state.corridor(command.insured_region, command.treatment_region, command.scheme)
    views: dict[Party, Mapping[ClaimId, ClaimRow]] = {}
    for party in PARTIES:
        rows = state.store.daily_rows(corridor, command.date, party)
        if rows is None:
            refuse("report_missing", f"{party} has not reported {corridor} on {command.date}")
        views[party] = rows
    own = {claim.claim_id: claim for claim in state.store.claims_of_day(corridor, command.date)}
    breaks: list[BreakOpened] = []
    names = sorted({*own, *views["insured"], *views["treatment"], *views["national"]})
    for claim_id in names:
        for category, difference in _differences(claim_id, own.get(claim_id), views, state):
            found = opened(state, command.on, category, claim_id, corridor, difference)
            if found is not None:
                breaks.append(found)
    summary = DailyReconciled(
        on=command.on,
        **corridor._asdict(),
        date=command.date,
        claims=len(names),
        breaks=len(breaks),
    )
    return (summary, *breaks)


def _differences(
    claim_id: ClaimId,
    own: Claim | None,
    views: Mapping[Party, Mapping[ClaimId, ClaimRow]],
    state: State,
) -> list[tuple[BreakCategory, int]]:
    """Return each category that a claim differs in, once, with the first party's difference."""
    elsewhere = state.store.claim(claim_id) if own is None else None
    found: dict[BreakCategory, int] = {}
    for party in PARTIES:
        row = views[party].get(claim_id)
        if own is not None:
            category = _against(own, row, party)
            payable = own.cleared_payable
        else:
            category = _stray(elsewhere, row)
            payable = elsewhere.cleared_payable if elsewhere else 0
        if category is not None:
            found.setdefault(category, _payable(row) - payable)
    return list(found.items())


def _payable(row: ClaimRow | None) -> int:
    if row is None or row.status == "REVERSED":
        return 0
    return row.fund_pay_sumamt + row.acct_pay


def _against(own: Claim, row: ClaimRow | None, party: Party) -> BreakCategory | None:
    """Return how a party's row differs from the ledger's, the first kind of them."""
    if own.reversed:
        return "STATUS_MISMATCH" if row and row.status == "SETTLED" else None
    if row is None:
        return _MISSING[party]
    if row.status == "REVERSED":
        return "STATUS_MISMATCH"
    if row.medfee_sumamt != own.medfee_sumamt:
        return "AMOUNT_MISMATCH"
    reported = (row.fund_pay_sumamt, row.acct_pay, row.psn_cash_pay)
    if reported != (own.payable - own.acct_pay, own.acct_pay, own.psn_cash_pay):
        return "FUND_ITEM_MISMATCH"
    return None


def _stray(elsewhere: Claim | None, row: ClaimRow | None) -> BreakCategory | None:
    """Return what a reported claim is that the ledger has not on this day and corridor."""
    if row is None:
        return None
    if elsewhere is None:
        return "MISSING_AT_NATIONAL"
    if elsewhere.reversed and row.status == "REVERSED":
        return None
    return "PERIOD_MISMATCH"
