"""How every report reads: up to which day, at which position, with sums that are whole numbers."""

from datetime import date
from time import sleep
from typing import Any, Final

from sqlalchemy import BigInteger, ColumnElement, Connection, Engine, cast, func, select

from ledger.errors import TransientError
from projections.database import snapshot
from projections.tables import CHECKPOINTS

READ: Final = ("balances", "clearing", "pools", "breaks")
"""The projections that reports are made from."""
WAIT_MS_MAX: Final = 30_000
_POLL_MS: Final = 100


def until(as_of: date | None) -> str:
    """Return the last day that counts, as the tables write it; without a date, the last of all."""
    return (as_of or date.max).isoformat()


def iso(day: date | None) -> str | None:
    """Return a date as the answers write it."""
    return day.isoformat() if day else None


def total(column: ColumnElement[Any]) -> ColumnElement[int]:
    """Return a sum that is a whole number in every database, 0 of nothing."""
    return cast(func.coalesce(func.sum(column), 0), BigInteger)


def position(connection: Connection, *projections: str) -> int:
    """Return the last log record that all of these projections hold."""
    rows = connection.execute(select(CHECKPOINTS.c.projection, CHECKPOINTS.c.position))
    stored: dict[str, int] = {name: reached for name, reached in rows}  # noqa: C416 -- for types
    return min(stored.get(name, 0) for name in projections)


def wait_for(engine: Engine, wanted: int, *, wait_ms_max: int = WAIT_MS_MAX) -> None:
    """Return once the books hold a position. Raises: TransientError when the wait is over."""
    for _ in range(0, wait_ms_max, _POLL_MS):
        if _reached(engine) >= wanted:
            return
        sleep(_POLL_MS / 1000)
    reached = _reached(engine)
    if reached < wanted:
        waited = f"after {wait_ms_max / 1000:g} s"
        raise TransientError(f"the books stand at position {reached} {waited}, not at {wanted}")


def _reached(engine: Engine) -> int:
    with snapshot(engine) as connection:
        return position(connection, *READ)
