"""Where a claim's later events stand in the log; its settlement is found by its id."""

from sqlalchemy import Connection, select

from ledger.events import (
    BreakOpened,
    OfBreak,
    OfClaim,
)
from projections.tables import Tables, live
from projections.writing import insert_rows, key_of
from schemas.envelope import Recorded


class Histories:
    """An index from a claim to the positions of its events."""

    name = "histories"
    wants: tuple[type, ...] = (OfClaim, OfBreak, BreakOpened)

    def __init__(self, tables: Tables) -> None:
        """Start with nothing folded."""
        self._table = tables["claim_events"]
        self._rows: list[tuple[bytes, int]] = []

    def fold(self, recorded: Recorded) -> None:
        """Note where an event of a claim stands."""
        event = recorded.event
        assert isinstance(event, OfClaim | OfBreak | BreakOpened)  # `wants` says so
        self._rows.append((key_of("claim", event.claim_id), recorded.position))

    def flush(self, connection: Connection) -> None:
        """Write the positions."""
        insert_rows(connection, self._table, sorted(self._rows))
        self._rows.clear()


def positions_of(connection: Connection, claim_id: str) -> list[int]:
    """Return where the events of a claim stand in the log, in order."""
    claims, later = live("decider")["claims"], live("histories")["claim_events"]
    settled = select(claims.c.position).where(claims.c.claim_id == claim_id)
    since = select(later.c.position).where(later.c.key == key_of("claim", claim_id))
    return sorted([*connection.scalars(settled), *connection.scalars(since)])
