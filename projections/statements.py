"""Statements made again from the claims that are in them: figures and digest (I8, I9)."""

from collections.abc import Iterator

import msgspec
from sqlalchemy import Connection, text

from ledger.claim import Claim, contribution
from ledger.corridor import Totals
from ledger.digest import MemberDigest
from ledger.vocabulary import Corridor, Period
from projections.claims import claim_of

_STATED = """
    SELECT scheme, period, insured_region, treatment_region, sum(visits), sum(medfee_sumamt),
           sum(employee), sum(resident), sum(deduction), sum(items)
    FROM statements GROUP BY 1, 2, 3, 4
"""
_IN_PORTIONS = {"yield_per": 5_000}
"""Of all claims only so many are held at once."""
_DIGESTS = """
    SELECT scheme, period, insured_region, treatment_region, digest
    FROM statements ORDER BY 1, 2, 3, 4, position
"""


def wrong_statements(connection: Connection) -> Iterator[str]:
    """Return a sentence for each claim or statement that is wrong in itself."""
    sums: dict[tuple[Corridor, Period], Totals] = {}
    claims = connection.execute(text("SELECT * FROM claims"), execution_options=_IN_PORTIONS)
    for row in claims:
        try:
            claim = claim_of(row)
            over = any(
                not 0 <= claim.outstanding[item] <= claim.items[item] for item in claim.items
            )
            _add(sums, claim)
        except (msgspec.DecodeError, ValueError, KeyError) as fault:
            yield f"I9: claim {row.claim_id} cannot be read: {fault}"
            continue
        if over:
            yield f"I9: claim {claim.claim_id} has more taken off than it had: {claim.outstanding}"
    digests = _digests(connection)
    for scheme, period, i, t, *stated in connection.execute(text(_STATED)):
        figures = [int(figure) for figure in stated]  # PostgreSQL sums to a decimal
        key = (Corridor(scheme, i, t), Period(period))
        totals = sums.get(key) or Totals()
        made = [
            totals.visits,
            totals.medfee_sumamt,
            totals.employee,
            totals.resident,
            totals.deduction,
            totals.items,
        ]
        if made != figures:
            yield f"I8: statement {period} of {key[0]}: claims make {made}, it says {figures}"
        elif digests.get(key) != totals.digest:
            yield f"I8: statement {period} of {key[0]}: its digest is not that of its claims"


def _add(sums: dict[tuple[Corridor, Period], Totals], claim: Claim) -> None:
    """Add what a claim contributes to each of its periods."""
    for period in {*claim.booked, *({claim.period} if claim.period else ())}:
        totals = sums.setdefault((claim.corridor, period), Totals())
        totals.add(claim.clearing_class, contribution(claim, period))


def _digests(connection: Connection) -> dict[tuple[Corridor, Period], MemberDigest]:
    """Return each statement's digest, less what disputes took out of it; none that is no digest."""
    digests: dict[tuple[Corridor, Period], MemberDigest] = {}
    unreadable = set()
    for scheme, period, i, t, digest in connection.execute(text(_DIGESTS)):
        key = (Corridor(scheme, i, t), Period(period))
        try:
            mine = MemberDigest.from_hex(digest)
        except ValueError:
            unreadable.add(key)
            continue
        digests[key] = digests[key].less(mine) if key in digests else mine
    return {key: digest for key, digest in digests.items() if key not in unreadable}
