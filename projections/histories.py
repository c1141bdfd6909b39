"""Where a claim's later events stand in the log; its settlement is found by its id."""

from sqlalchemy import Connection

from ledger.events import (
    BreakOpened,
    OfBreak,
    OfClaim,
)
from projections.store import key_of
from projections.tables import Tables
from projections.writing import insert_rows
from schemas.envelope import Recorded


class Histories:
    """An index from a claim to the positions of its events."""

    name = "histories"
    wants = (OfClaim, OfBreak, BreakOpened)

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
