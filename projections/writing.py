"""How rows go into tables: many at once, through the connection's own driver."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from hashlib import blake2b
from types import ModuleType
from typing import Any, Final

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import sqlite

Row = Sequence[Any]
_AT_ONCE: Final = 5_000
"""Keys named in one query; SQLite takes 32,766."""
_DIALECT: Final = sqlite.dialect(paramstyle="qmark")


def key_of(kind: str, name: str) -> bytes:
    """Return the 16 bytes by which a name is kept for ever."""
    return blake2b(f"{kind}\0{name}".encode(), digest_size=16).digest()


def rows_by_key(connect: Callable[[], Connection], query: str, keys: Sequence[bytes]) -> list[Any]:
    """Return the rows that a query, ending in IN, finds for these keys."""
    rows: list[Any] = []
    if keys:
        with connect() as connection:
            if server := _server(connection):
                found = f"{query.removesuffix('IN')} = ANY(%s::bytea[])"
                array = server.array_of_bytes(keys)
                return list(connection.exec_driver_sql(found, (array,)).fetchall())
            for start in range(0, len(keys), _AT_ONCE):
                some = tuple(keys[start : start + _AT_ONCE])
                marks = ",".join("?" * len(some))
                rows += connection.exec_driver_sql(f"{query} ({marks})", some).fetchall()
    return rows


def insert_rows(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert new rows, in the order of the table's columns."""
    if not rows:
        return
    if server := _server(connection):
        server.copy_rows(connection, table, rows)
    else:
        connection.exec_driver_sql(_insert(table), list(rows))


def put_rows(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert rows, or replace those of the same key."""
    if not rows:
        return
    if server := _server(connection):
        server.put_rows(connection, table, rows)
    else:
        connection.exec_driver_sql(_put(table), list(rows))


def add_rows(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert rows, or add to the sums of those with the same key."""
    if not rows:
        return
    if server := _server(connection):
        server.add_rows(connection, table, rows)
    else:
        connection.exec_driver_sql(_add(table), list(rows))


def _server(connection: Connection) -> ModuleType | None:
    """Return how PostgreSQL takes rows, where that is the database."""
    if connection.dialect.name != "postgresql":
        return None
    from projections import postgres_rows  # noqa: PLC0415 -- the embedded form needs no psycopg

    return postgres_rows


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
    sums = {c.name: c + statement.excluded[c.name] for c in table.columns if c.name not in keys}
    upsert = statement.on_conflict_do_update(index_elements=keys, set_=sums)
    return str(upsert.compile(dialect=_DIALECT))
