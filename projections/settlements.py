"""Claims in the moment of their settlement, folded apart from all that happens to them later.

A settlement adds rows of its own and amounts to sums, and looks at nothing that came before. So
settlements of any stretch of the log may be folded first, whatever lies between them; everything
else follows in order, and finds each claim. Source: ADR 0014.
"""

from collections.abc import Iterable
from typing import TypeAlias

from sqlalchemy import Connection

from ledger.corridor import Totals
from ledger.events import ClaimSettled
from ledger.evolve import evolve
from ledger.state import State
from ledger.vocabulary import Corridor, Period
from projections.commands import CommandIds
from projections.store import SqlStore
from projections.tables import Tables
from projections.writing import Connect
from schemas.envelope import Recorded

Sums: TypeAlias = dict[Corridor, dict[Period, Totals]]
"""What settled claims bring to each period of a corridor."""


class SettledClaims:
    """The decider's part of settlements: claims go into its tables, sums stay to be merged."""

    name = "decider"
    wants: tuple[type, ...] = (ClaimSettled,)

    def __init__(self, tables: Tables, connect: Connect, ids: CommandIds) -> None:
        """Start with nothing folded."""
        self._store = SqlStore(tables, connect, ids)
        self._state = State(store=self._store)

    def fold(self, recorded: Recorded) -> None:
        """Take in a settlement."""
        self._store.position = recorded.position
        evolve(self._state, recorded.event)

    @property
    def sums(self) -> Sums:
        """Return what was folded so far brings to periods."""
        return {key: known.totals for key, known in self._state.corridors.items()}

    def flush(self, connection: Connection) -> None:
        """Write the claims."""
        self._store.flush(connection)


def merged(parts: Iterable[Sums]) -> Sums:
    """Return the sums of several stretches of the log as one."""
    whole: Sums = {}
    for part in parts:
        for corridor, periods in part.items():
            known = whole.setdefault(corridor, {})
            for period, totals in periods.items():
                known.setdefault(period, Totals()).merge(totals)
    return whole
