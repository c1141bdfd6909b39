"""Claims in the moment of their settlement, folded apart from all that happens to them later.

A settlement adds rows of its own and amounts to sums, and looks at nothing that came before. So
settlements of any stretch of the log may be folded first, whatever lies between them; everything
else follows in order, and finds each claim. Source: ADR 0014.
"""

from collections.abc import Iterable
from typing import TypeAlias

from sqlalchemy import Connection

from ledger.corridor import Totals
from ledger.vocabulary import ClaimId, Corridor, Period, RegionCode, Scheme
from projections.claims import SettledRow, marks_as_rows, settled_row
from projections.commands import binding, kept
from projections.tables import Tables
from projections.writing import insert_rows
from schemas.settled import SettledRecord

Sums: TypeAlias = dict[Corridor, dict[Period, Totals]]
"""What settled claims bring to each period of a corridor."""


class SettledIds:
    """The ids of settlements, as rows."""

    def __init__(self, tables: Tables) -> None:
        """Start with nothing folded."""
        self._table = tables["commands"]
        self._rows: list[tuple[bytes, bytes, int, int]] = []

    def fold_settled(self, records: Iterable[SettledRecord]) -> None:
        """Bind the ids of settlements, each with its last record."""
        self._rows += [
            binding(each.command_id, kept(each.digest), each.position - each.step, accepted=1)
            for each in records
            if each.last
        ]

    def flush(self, connection: Connection) -> None:
        """Write the ids."""
        insert_rows(connection, self._table, self._rows)
        self._rows.clear()


class SettledClaims:
    """The decider's part of settlements: claims as rows, and sums that stay to be merged."""

    def __init__(self, tables: Tables) -> None:
        """Start with nothing folded."""
        self._tables = tables
        self._totals: dict[tuple[Scheme, RegionCode, RegionCode, Period], Totals] = {}
        self._claims: list[SettledRow] = []
        self._marks: list[tuple[bytes, ClaimId]] = []

    def fold_settled(self, records: Iterable[SettledRecord]) -> None:
        """Keep claims and the marks of their visits as rows, and add up what they bring."""
        for record in records:
            event = record.event
            key = (event.scheme, event.insured_region, event.treatment_region, event.period)
            totals = self._totals.get(key)
            if totals is None:
                totals = self._totals[key] = Totals()
            items = event.items.values()
            totals.add_new(event.claim_id, event.clearing_class, event.medfee_sumamt, items)
            self._claims.append(settled_row(record.position, event))
            if event.mdtrt_id or event.person_token:
                self._marks += marks_as_rows(event)

    @property
    def sums(self) -> Sums:
        """Return what was folded so far brings to periods."""
        found: Sums = {}
        for (scheme, insured, treatment, period), totals in self._totals.items():
            found.setdefault(Corridor(scheme, insured, treatment), {})[period] = totals
        return found

    def flush(self, connection: Connection) -> None:
        """Write claims and marks."""
        insert_rows(connection, self._tables["claims"], self._claims)
        insert_rows(connection, self._tables["claim_marks"], self._marks)
        self._claims.clear()
        self._marks.clear()


def merged(parts: Iterable[Sums]) -> Sums:
    """Return the sums of several stretches of the log as one."""
    whole: Sums = {}
    for part in parts:
        for corridor, periods in part.items():
            known = whole.setdefault(corridor, {})
            for period, totals in periods.items():
                known.setdefault(period, Totals()).merge(totals)
    return whole
