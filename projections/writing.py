"""How rows go into tables: many at once, through the connection's own driver."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from functools import cache, lru_cache
from hashlib import blake2b
from itertools import chain
from types import ModuleType
from typing import Any, Final, Protocol, TypeAlias

from sqlalchemy import Connection, LargeBinary, Table

from projections.database import on_server

Row = Sequence[Any]
Columns: TypeAlias = Sequence[Sequence[Any]]
"""New rows as their values column by column, in the table's order; its last may be left out."""
Connect: TypeAlias = Callable[[], AbstractContextManager[Connection]]
"""Lends a connection to whoever asks; what goes wrong meanwhile is one of our errors."""
_AT_ONCE: Final = 5_000
"""Keys named in one query; SQLite takes 32,766."""
_ROWS: Final = 100
"""Rows of one INSERT: SQLite takes them at half the cost of as many statements."""


def key_of(kind: str, name: str) -> bytes:
    """Return the 16 bytes by which a name is kept for ever."""
    return keys_of(kind, [name])[0]


def keys_of(kind: str, names: Iterable[str]) -> list[bytes]:
    """Return the same for many names of one kind."""
    begin = _of_kind(kind).copy
    keys = []
    for name in names:
        key = begin()
        key.update(name.encode())
        keys.append(key.digest())
    return keys


@cache
def _of_kind(kind: str) -> blake2b:
    return blake2b(f"{kind}\0".encode(), digest_size=16)


def rows_by_key(connect: Connect, query: str, keys: Sequence[bytes | str]) -> list[Any]:
    """Return the rows that a query, ending in IN, finds for these keys."""
    if not keys:
        return []
    with connect() as connection:
        return rows_found(connection, query, keys)


def rows_found(connection: Connection, query: str, keys: Sequence[bytes | str]) -> list[Any]:
    """Return the same, of at least one key, as a transaction that is open sees it."""
    if server := _server(connection):
        return list(server.rows_by_key(connection, query, keys))
    rows: list[Any] = []
    for start in range(0, len(keys), _AT_ONCE):
        some = tuple(map(_bound, keys[start : start + _AT_ONCE]))
        marks = ",".join("?" * len(some))
        rows += connection.exec_driver_sql(f"{query} ({marks})", some).fetchall()
    return rows


def insert_rows(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert new rows, in the order of the table's columns; the last may be left empty."""
    if server := _server(connection):
        server.copy_rows(connection, table, rows)
    else:
        _write(connection, table, rows, "")


def put_rows(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert rows, or replace those of the same key."""
    if server := _server(connection):
        server.put_rows(connection, table, rows)
    else:
        _write(connection, table, rows, _or_replace(table))


def add_rows(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert rows, or add to the sums of those with the same key."""
    if server := _server(connection):
        server.add_rows(connection, table, rows)
    else:
        _write(connection, table, rows, _or_add(table))


def add_unkeyed(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Add to the sums of a copy that is being filled: on a server, of which `keys` adds rows up."""
    if server := _server(connection):
        server.copy_rows(connection, table, rows)
    else:
        add_rows(connection, table, rows)


class NewRows(Protocol):
    """New rows of one table on their way there."""

    def add(self, columns: Columns) -> None:
        """Take rows, each time of as many columns."""

    def write(self, connection: Connection) -> None:
        """Insert what was taken."""


def new_rows(table: Table, *, server: bool) -> NewRows:
    """Return what takes new rows; for a server, whose table has its partitions, as bytes."""
    return _postgres_rows().Blocks(table) if server else _Kept(table)


class _Kept:
    """Rows as a file takes them."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._rows: list[Row] = []

    def add(self, columns: Columns) -> None:
        self._rows += zip(*columns, strict=True)

    def write(self, connection: Connection) -> None:
        insert_rows(connection, self._table, self._rows)
        self._rows.clear()


def _bound(key: bytes | str) -> bytearray | str:
    """Return a key as sqlite3 takes it at once: of each `bytes` it asks what to adapt it to."""
    return bytearray(key) if isinstance(key, bytes) else key


def _server(connection: Connection) -> ModuleType | None:
    """Return how PostgreSQL takes rows, where that is the database."""
    return _postgres_rows() if on_server(connection) else None


def _postgres_rows() -> ModuleType:
    from projections import postgres_rows  # noqa: PLC0415 -- the embedded form needs no psycopg

    return postgres_rows


def _write(connection: Connection, table: Table, rows: Sequence[Row], conflict: str) -> None:
    """Write rows, many in one statement, the rest one by one."""
    if not rows:
        return
    whole = len(rows) - len(rows) % _ROWS
    columns = len(rows[0])
    width = _ROWS * columns
    values = list(chain.from_iterable(rows[:whole]))
    for column in _binary(table, columns):  # as in `_bound`, a column at once
        values[column::columns] = map(bytearray, values[column::columns])
    many = [tuple(values[start : start + width]) for start in range(0, len(values), width)]
    for count, parameters in ((_ROWS, many), (1, rows[whole:])):
        if parameters:
            statement = _insert(table, columns, count) + conflict
            connection.exec_driver_sql(statement, list(parameters))


@lru_cache
def _binary(table: Table, columns: int) -> Sequence[int]:
    """Return which of the first columns hold bytes and never nothing."""
    first = enumerate(list(table.columns)[:columns])
    return [i for i, c in first if isinstance(c.type, LargeBinary) and not c.nullable]


@lru_cache
def _insert(table: Table, columns: int, rows: int) -> str:
    names = ", ".join(column.name for column in list(table.columns)[:columns])
    one = f"({','.join('?' * columns)})"
    return f"INSERT INTO {table.name} ({names}) VALUES {','.join([one] * rows)}"  # noqa: S608 -- our own table


@lru_cache
def _or_replace(table: Table) -> str:
    rest = [f"{name} = excluded.{name}" for name in _beside_key(table)]
    return f" ON CONFLICT ({_key(table)}) DO " + (
        f"UPDATE SET {', '.join(rest)}" if rest else "NOTHING"
    )


@lru_cache
def _or_add(table: Table) -> str:
    sums = [f"{name} = {table.name}.{name} + excluded.{name}" for name in _beside_key(table)]
    return f" ON CONFLICT ({_key(table)}) DO UPDATE SET {', '.join(sums)}"


def _key(table: Table) -> str:
    return ", ".join(column.name for column in table.primary_key)


def _beside_key(table: Table) -> list[str]:
    return [column.name for column in table.columns if column not in set(table.primary_key)]
