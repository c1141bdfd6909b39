"""How rows go into tables: many at once, through the connection's own driver."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import sqlite

Row = Sequence[Any]
_DIALECT: Final = sqlite.dialect(paramstyle="qmark")  # type: ignore[no-untyped-call]


def insert_rows(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert new rows, in the order of the table's columns."""
    if rows:
        connection.exec_driver_sql(_insert(table), list(rows))


def put_rows(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert rows, or replace those of the same key."""
    if rows:
        connection.exec_driver_sql(_put(table), list(rows))


def add_rows(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert rows, or add to `amount` of those with the same key."""
    if rows:
        connection.exec_driver_sql(_add(table), list(rows))


@lru_cache
def _insert(table: Table) -> str:
    return str(sqlite.insert(table).compile(dialect=_DIALECT))


@lru_cache
def _put(table: Table) -> str:
    statement = sqlite.insert(table)
    keys = [column.name for column in table.primary_key]
    rest = {c.name: statement.excluded[c.name] for c in table.columns if c.name not in keys}
    if rest:
        upsert = statement.on_conflict_do_update(index_elements=keys, set_=rest)
    else:
        upsert = statement.on_conflict_do_nothing(index_elements=keys)
    return str(upsert.compile(dialect=_DIALECT))


@lru_cache
def _add(table: Table) -> str:
    statement = sqlite.insert(table)
    keys = [column.name for column in table.primary_key]
    total = table.c.amount + statement.excluded.amount
    upsert = statement.on_conflict_do_update(index_elements=keys, set_={"amount": total})
    return str(upsert.compile(dialect=_DIALECT))
