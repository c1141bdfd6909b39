"""Breaks: how each began, and each step of its life with its business date."""

from typing import Any

from sqlalchemy import Connection

from ledger.events import BreakAssigned, BreakEscalated, BreakOpened, BreakResolved, OfBreak
from projections.tables import Tables
from projections.writing import insert_rows
from schemas.envelope import Recorded


class Breaks:
    """Keeps each step of a break as a dated row."""

    name = "breaks"
    wants: tuple[type, ...] = (BreakOpened, OfBreak)

    def __init__(self, tables: Tables) -> None:
        """Start with nothing folded."""
        self._tables = tables
        self._heads: list[tuple[Any, ...]] = []
        self._steps: list[tuple[Any, ...]] = []

    def fold(self, recorded: Recorded) -> None:
        """Note a step."""
        event = recorded.event
        match event:
            case BreakOpened():
                self._heads.append(
                    (
                        event.break_id,
                        event.category,
                        *event.corridor,
                        event.claim_id,
                        event.difference,
                        event.on.isoformat(),
                    )
                )
            case BreakAssigned():
                self._step(recorded, event, "ASSIGNED", event.owner)
            case BreakEscalated():
                self._step(recorded, event, "ESCALATED", event.reason)
            case BreakResolved():
                self._step(recorded, event, "RESOLVED", event.resolution)
            case _:
                pass

    def _step(
        self,
        recorded: Recorded,
        event: BreakAssigned | BreakEscalated | BreakResolved,
        step: str,
        note: str,
    ) -> None:
        row = (event.break_id, recorded.position, event.on.isoformat(), step, note)
        self._steps.append(row)

    def flush(self, connection: Connection) -> None:
        """Write the steps."""
        insert_rows(connection, self._tables["break_heads"], self._heads)
        insert_rows(connection, self._tables["break_steps"], self._steps)
        self._heads.clear()
        self._steps.clear()
