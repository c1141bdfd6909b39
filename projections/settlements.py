"""Claims in the moment of their settlement, folded apart from all that happens to them later.

A settlement adds rows of its own and amounts to sums, and looks at nothing that came before. So
settlements of any stretch of the log may be folded first, whatever lies between them; everything
else follows in order, and finds each claim. Source: ADR 0014.
"""

from collections.abc import Iterable, Sequence
from typing import TypeAlias

from sqlalchemy import Connection

from ledger.corridor import Totals
from ledger.vocabulary import ClaimId, Corridor, Period
from projections.brought import SettledSums, add_up
from projections.claims import SettledRow, marks_as_rows, settled_rows
from projections.commands import binding, kept
from projections.fold import AddsSettled, write_out
from projections.tables import Tables
from projections.writing import insert_rows
from schemas.settled import SettledRecord

Periods: TypeAlias = dict[Corridor, dict[Period, Totals]]
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
    """Claims and the marks of their visits, as rows."""

    def __init__(self, tables: Tables) -> None:
        """Start with nothing folded."""
        self._tables = tables
        self._claims: list[SettledRow] = []
        self._marks: list[tuple[bytes, ClaimId]] = []

    def fold_settled(self, records: Sequence[SettledRecord]) -> None:
        """Keep claims and marks as rows."""
        events = [record.event for record in records]
        self._claims += settled_rows([record.position for record in records], events)
        for event in events:
            if event.mdtrt_id or event.person_token:
                self._marks += marks_as_rows(event)

    def flush(self, connection: Connection) -> None:
        """Write claims and marks."""
        insert_rows(connection, self._tables["claims"], self._claims)
        insert_rows(connection, self._tables["claim_marks"], self._marks)
        self._claims.clear()
        self._marks.clear()


class SettledPeriods:
    """What settlements bring to periods; nothing is written, it stays to be merged."""

    def __init__(self) -> None:
        """Start with nothing."""
        self.sums: Periods = {}

    def add_settled(self, sums: SettledSums) -> None:
        """Add sums of settlements to those of their periods."""
        for (_, insured, treatment, cls, _, scheme, period), brought in sums.items():
            periods = self.sums.setdefault(Corridor(scheme, insured, treatment), {})
            totals = periods.get(period)
            if totals is None:
                totals = periods[period] = Totals()
            amount = sum(brought.items)
            totals.add_all_new(cls, brought.medfee_sumamt, amount, brought.lines)

    def flush(self, connection: Connection) -> None:
        """Write nothing."""


class Settlements:
    """Adds settlements up, once for all that keep sums of them."""

    def __init__(self, parts: Sequence[AddsSettled]) -> None:
        """Start with nothing folded."""
        self._parts = parts
        self._sums: SettledSums = {}

    def fold_settled(self, records: Iterable[SettledRecord]) -> None:
        """Add settlements up."""
        add_up(self._sums, records)

    def flush(self, connection: Connection) -> None:
        """Hand sums on and let all be written."""
        self.flush_many(connection, 0)

    def flush_many(self, connection: Connection, least: int) -> None:
        """Do the same; sums of a kind that are fewer are held on to."""
        for part in self._parts:
            part.add_settled(self._sums)
        self._sums.clear()
        write_out(self._parts, connection, sums_from=least)


def merged(parts: Iterable[Periods]) -> Periods:
    """Return the sums of several stretches of the log as one."""
    whole: Periods = {}
    for part in parts:
        for corridor, periods in part.items():
            known = whole.setdefault(corridor, {})
            for period, totals in periods.items():
                known.setdefault(period, Totals()).merge(totals)
    return whole
