"""Statements made again from the claims that are in them: figures and digest (I8, I9)."""

from collections.abc import Iterator

from sqlalchemy import Connection, text

from ledger.claim import contribution
from ledger.corridor import Totals
from ledger.digest import MemberDigest
from ledger.vocabulary import Corridor, Period
from projections.store import claim_of

_STATED = """
    SELECT scheme, period, insured_region, treatment_region, sum(visits), sum(medfee_sumamt),
           sum(employee), sum(resident), sum(deduction), sum(items)
    FROM statements GROUP BY 1, 2, 3, 4
"""
_DIGESTS = """
    SELECT scheme, period, insured_region, treatment_region, digest
    FROM statements ORDER BY 1, 2, 3, 4, position
"""


def wrong_statements(connection: Connection) -> Iterator[str]:
    """Return a sentence for each claim or statement that is wrong in itself."""
    sums: dict[tuple[Corridor, Period], Totals] = {}
    for row in connection.execute(text("SELECT * FROM claims")):
        claim = claim_of(row)
        if any(not 0 <= claim.outstanding[item] <= claim.items[item] for item in claim.items):
            yield f"I9: claim {claim.claim_id} has more taken off than it had: {claim.outstanding}"
        periods = {*claim.booked, *({claim.period} if claim.period else ())}
        for period in periods:
            totals = sums.setdefault((claim.corridor, period), Totals())
            totals.add(claim.clearing_class, contribution(claim, period))
    digests = _digests(connection)
    for scheme, period, i, t, *figures in connection.execute(text(_STATED)):
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
        elif digests[key] != totals.digest:
            yield f"I8: statement {period} of {key[0]}: its digest is not that of its claims"


def _digests(connection: Connection) -> dict[tuple[Corridor, Period], MemberDigest]:
    """Return each statement's digest, less what disputes took out of it."""
    digests: dict[tuple[Corridor, Period], MemberDigest] = {}
    for scheme, period, i, t, digest in connection.execute(text(_DIGESTS)):
        key = (Corridor(scheme, i, t), Period(period))
        mine = MemberDigest.from_hex(digest)
        digests[key] = digests[key].less(mine) if key in digests else mine
    return digests
