"""Claims in the moment of their settlement, folded apart from all that happens to them later.

A settlement adds rows of its own and amounts to sums, and looks at nothing that came before. So
settlements of any stretch of the log may be folded first, whatever lies between them; everything
else follows in order, and finds each claim. Source: ADR 0014.
"""

from collections.abc import Iterable
from typing import Any, TypeAlias, cast

from sqlalchemy import Connection

from ledger.corridor import Totals
from ledger.events import ClaimSettled
from ledger.evolve import evolve
from ledger.ports import Store
from ledger.state import State
from ledger.vocabulary import Corridor, Period
from projections.claims import Row, marks_as_rows, row_of
from projections.commands import binding, bound_by
from projections.tables import Tables
from projections.writing import insert_rows
from schemas.envelope import Recorded

Sums: TypeAlias = dict[Corridor, dict[Period, Totals]]
"""What settled claims bring to each period of a corridor."""


class SettledIds:
    """The ids of settlements, as rows."""

    name = "commands"
    wants: tuple[type, ...] = (ClaimSettled,)

    def __init__(self, tables: Tables) -> None:
        """Start with nothing folded."""
        self._table = tables["commands"]
        self._rows: list[tuple[Any, ...]] = []

    def fold(self, recorded: Recorded) -> None:
        """Bind the id of a settlement."""
        found = bound_by(recorded)
        if found is not None:
            self._rows.append(binding(recorded.command_id, found))

    def flush(self, connection: Connection) -> None:
        """Write the ids."""
        insert_rows(connection, self._table, self._rows)
        self._rows.clear()


class SettledClaims:
    """The decider's part of settlements: claims as rows, and sums that stay to be merged."""

    name = "decider"
    wants: tuple[type, ...] = (ClaimSettled,)

    def __init__(self, tables: Tables) -> None:
        """Start with nothing folded."""
        self._tables = tables
        self._state = State(store=cast("Store", self))  # a settlement asks it for nothing
        self._position = 0
        self._claims: list[Row] = []
        self._marks: list[tuple[bytes, str]] = []

    def fold(self, recorded: Recorded) -> None:
        """Take in a settlement."""
        self._position = recorded.position
        evolve(self._state, recorded.event)

    def put_settled(self, event: ClaimSettled) -> None:
        """Keep a claim and the marks of its visit, as rows."""
        self._claims.append(row_of(self._position, event))
        self._marks += marks_as_rows(event)

    @property
    def sums(self) -> Sums:
        """Return what was folded so far brings to periods."""
        return {key: known.totals for key, known in self._state.corridors.items()}

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
