"""The breaks: how old, whose, and how they ended."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any, Final, NamedTuple, TypedDict

from sqlalchemy import Connection, Row, select

from ledger.money import yuan
from projections.tables import live
from reports.reading import position, until
from reports.shapes import (
    BreakCategory,
    BreakState,
    Bucket,
    Day,
    Position,
    Region,
    Resolution,
    Yuan,
)

_BUCKETS: Final[tuple[tuple[int, Bucket], ...]] = (
    (3, "0-3"),
    (10, "4-10"),
    (30, "11-30"),
    (60, "31-60"),
)
"""The last day of each bucket."""


class Life(NamedTuple):
    """A break's head, and its steps in the order of the log: day, step, note."""

    head: Row[Any]
    steps: list[tuple[str, str, str | None]]


class BreakRow(TypedDict):
    """One break; its age is in calendar days, up to its resolution."""

    break_id: str
    category: BreakCategory
    insured_region: Region
    treatment_region: Region
    claim_id: str
    difference: Yuan
    opened_on: Day
    age_days: int
    bucket: Bucket
    owner: str | None
    state: BreakState
    resolved_on: Day | None
    resolution: Resolution | None


class Breaks(TypedDict):
    """Every break opened up to the day."""

    as_of: Day
    position: Position
    rows: list[BreakRow]


def breaks(connection: Connection, as_of: date) -> Breaks:
    """Return the breaks on a day."""
    return document(rows(connection, as_of), as_of, position(connection, "breaks"))


def rows(connection: Connection, as_of: date) -> list[Life]:
    """Return each break opened up to a day, with its steps up to it."""
    tables, last_day = live("breaks"), until(as_of)
    t, heads = tables["break_steps"].c, tables["break_heads"]
    taken = select(t.break_id, t.day, t.step, t.note).where(t.day <= last_day).order_by(t.position)
    steps: dict[str, list[tuple[str, str, str | None]]] = defaultdict(list)
    for break_id, *step in connection.execute(taken):
        steps[break_id].append((step[0], step[1], step[2]))
    opened = select(heads).where(heads.c.opened_on <= last_day)
    return [Life(head, steps[head.break_id]) for head in connection.execute(opened)]


def document(lives: Iterable[Life], as_of: date, at: int) -> Breaks:
    """Return the answer, in the order of the breaks' ids."""
    return {
        "as_of": as_of.isoformat(),
        "position": at,
        "rows": sorted((_row(life, as_of) for life in lives), key=lambda row: row["break_id"]),
    }


def _row(life: Life, as_of: date) -> BreakRow:
    head = life.head
    notes: dict[str, tuple[str, Any]] = {step: (day, note) for day, step, note in life.steps}
    resolved_on, resolution = notes.get("RESOLVED", (None, None))
    ended = date.fromisoformat(resolved_on) if resolved_on else as_of
    age = (ended - date.fromisoformat(head.opened_on)).days
    return {
        "break_id": head.break_id,
        "category": head.category,
        "insured_region": head.insured_region,
        "treatment_region": head.treatment_region,
        "claim_id": head.claim_id,
        "difference": yuan(head.difference),
        "opened_on": head.opened_on,
        "age_days": age,
        "bucket": bucket_of(age),
        "owner": notes.get("ASSIGNED", (None, None))[1],
        "state": _state(notes.keys()),
        "resolved_on": resolved_on,
        "resolution": resolution,
    }


def _state(steps: Iterable[str]) -> BreakState:
    """Return the furthest step: an escalated break stays so until it is resolved."""
    reached: tuple[BreakState, ...] = ("RESOLVED", "ESCALATED", "ASSIGNED")
    taken = set(steps)
    return next((state for state in reached if state in taken), "OPEN")


def bucket_of(age_days: int) -> Bucket:
    """Return the bucket of an age; one resolved before the day it was opened is in the first."""
    return next((bucket for last, bucket in _BUCKETS if age_days <= last), ">60")
