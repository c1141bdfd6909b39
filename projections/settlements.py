"""Claims in the moment of their settlement, folded apart from all that happens to them later.

A settlement adds rows of its own and amounts to sums, and looks at nothing that came before. So
settlements of any stretch of the log may be folded first, whatever lies between them; everything
else follows in order, and finds each claim. Source: ADR 0014.
"""

from collections.abc import Iterable, Sequence
from typing import TypeAlias

from sqlalchemy import Connection

from ledger.corridor import Totals
from ledger.vocabulary import Corridor, Period
from projections.brought import SettledSums, add_up
from projections.claims import marks_as_columns, settled_columns
from projections.commands import kept
from projections.fold import AddsSettled, write_out
from projections.tables import Tables
from projections.writing import keys_of, new_rows
from schemas.settled import SettledRecord

Periods: TypeAlias = dict[Corridor, dict[Period, Totals]]
"""What settled claims bring to each period of a corridor."""


class SettledIds:
    """The ids of settlements, as rows."""

    def __init__(self, tables: Tables, *, server: bool) -> None:
        """Start with nothing folded; `server` says where the tables are."""
        self._ids = new_rows(tables["commands"], server=server)

    def fold_settled(self, records: Iterable[SettledRecord]) -> None:
        """Bind the ids of settlements, each with its last record."""
        last = [each for each in records if each.last]
        self._ids.add(
            [
                keys_of("command", [each.command_id for each in last]),
                [kept(each.digest) for each in last],
                [each.position - each.step for each in last],
                [1] * len(last),
            ]
        )

    def flush(self, connection: Connection) -> None:
        """Write the ids."""
        self._ids.write(connection)


class SettledClaims:
    """Claims and the marks of their visits, as rows."""

    def __init__(self, tables: Tables, *, server: bool) -> None:
        """Start with nothing folded; `server` says where the tables are."""
        self._claims = new_rows(tables["claims"], server=server)
        self._marks = new_rows(tables["claim_marks"], server=server)

    def fold_settled(self, records: Sequence[SettledRecord]) -> None:
        """Keep claims and marks as rows."""
        events = [record.event for record in records]
        self._claims.add(settled_columns([record.position for record in records], events))
        marked = (event for event in events if event.mdtrt_id or event.person_token)
        self._marks.add(marks_as_columns(marked))

    def flush(self, connection: Connection) -> None:
        """Write claims and marks."""
        self._claims.write(connection)
        self._marks.write(connection)


class SettledPeriods:
    """What settlements bring to periods; nothing is written, it stays to be merged."""

    def __init__(self) -> None:
        """Start with nothing."""
        self.sums: Periods = {}

    def add_settled(self, sums: SettledSums) -> None:
        """Add sums of settlements to those of their periods."""
        for (_, insured, treatment, scheme, period), kinds in sums.items():
            periods = self.sums.setdefault(Corridor(scheme, insured, treatment), {})
            totals = periods.get(period)
            if totals is None:
                totals = periods[period] = Totals()
            for (cls, _), brought in kinds.items():
                amount = sum(brought.items)
                totals.add_all_new(
                    cls, brought.medfee_sumamt, amount, brought.visits, brought.digest
                )

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
        sums = self._take(least)
        for part in self._parts:
            part.add_settled(sums)
        write_out(self._parts, connection, sums_from=least)

    def _take(self, least: int) -> SettledSums:
        """Take sums out; the newest day, if of few, stays: more of it will come."""
        taken, self._sums = self._sums, {}
        newest = max((on for on, *_ in taken), default=None)
        days = [day for day in taken if day[0] == newest]
        if sum(len(taken[day]) for day in days) < least:
            self._sums = {day: taken.pop(day) for day in days}
        return taken


def merged(parts: Iterable[Periods]) -> Periods:
    """Return the sums of several stretches of the log as one."""
    whole: Periods = {}
    for part in parts:
        for corridor, periods in part.items():
            known = whole.setdefault(corridor, {})
            for period, totals in periods.items():
                known.setdefault(period, Totals()).merge(totals)
    return whole
