"""Rows into PostgreSQL: new ones by COPY, others by one upsert of arrays; no statement for a row.

Columns are turned into what it reads as a whole, which costs a tenth of giving value by value.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from itertools import chain, repeat
from operator import itemgetter
from struct import Struct
from typing import Any, Final

import psycopg
from sqlalchemy import BigInteger, Column, Connection, LargeBinary, Table

from projections.partitions import make_partitions
from projections.postgres import fault_of
from projections.tables import quoted
from projections.writing import Columns, Row

_AT_ONCE: Final = 20_000
"""Rows of one statement: bounds what is held as text."""
_BLOCK_ROWS: Final = 1_000
"""Rows that become bytes at once for COPY: so many stay in a core's own memory."""
_BEGIN: Final = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_END: Final = b"\xff\xff"
"""What a binary COPY begins and ends with. Source: PostgreSQL's documentation of COPY."""
_LENGTH: Final = Struct(">i")
_NUMBER_BYTES: Final = 8
_ARRAY_ESCAPES: Final = str.maketrans({"\\": "\\\\", '"': '\\"'})


def rows_by_key(connection: Connection, query: str, keys: Sequence[Any]) -> Sequence[Any]:
    """Return the rows that a query, ending in IN, finds for these keys.

    Key by key: with all of them in one condition every partition is asked for every key.
    """
    of_bytes = isinstance(keys[0], bytes)
    array = _array_of_bytes(keys) if of_bytes else _array_of_texts(keys)
    one = f"{query.removesuffix('IN')} = wanted.key OFFSET 0"
    found = (
        f"SELECT found.* FROM unnest(%s::{'bytea' if of_bytes else 'text'}[]) AS wanted(key)"  # noqa: S608
        f" CROSS JOIN LATERAL ({one}) AS found"
    )
    return connection.exec_driver_sql(found, (array,)).fetchall()


class Blocks:
    """New rows of a table that has its partitions, kept as the bytes that COPY reads.

    They become bytes while they are near: a row that was put by is slow to come back to.
    """

    def __init__(self, table: Table) -> None:
        """Start with none."""
        self._table = table
        self._values: list[list[Any]] = []
        self._blocks: list[bytes] = []

    def add(self, columns: Columns) -> None:
        """Take rows, each time of as many columns."""
        self._values = self._values or [[] for _ in columns]
        for taken, values in zip(self._values, columns, strict=True):
            taken.extend(values)
        if len(self._values[0]) >= _BLOCK_ROWS:
            self._end_block()

    def _end_block(self) -> None:
        if self._values and self._values[0]:
            self._blocks.append(_block(self._filled(), self._values))
            for taken in self._values:
                taken.clear()

    def _filled(self) -> Sequence[Column[Any]]:
        return _filled(self._table, len(self._values))

    def write(self, connection: Connection) -> None:
        """Copy them. Raises: as `copy_rows`."""
        self._end_block()
        if self._blocks:
            _copy(connection, self._table, self._filled(), self._blocks)
            self._blocks.clear()


def copy_rows(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Add new rows; the last columns may be left empty.

    Raises: IntegrityError, TransientError as the server's fault says.
    """
    if rows:
        make_partitions(connection, table, rows)
        columns = _filled(table, len(rows[0]))
        portions = _portions(rows, _BLOCK_ROWS)
        blocks = (_block(columns, [*zip(*some, strict=True)]) for some in portions)
        _copy(connection, table, columns, blocks)


def _filled(table: Table, number: int) -> Sequence[Column[Any]]:
    """Return the columns of which rows hold a value: the first ones, so many."""
    return list(table.columns)[:number]


def _copy(
    connection: Connection, table: Table, columns: Sequence[Column[Any]], blocks: Iterable[bytes]
) -> None:
    driver = connection.connection.driver_connection
    assert driver is not None  # the connection is open
    into = f'COPY "{table.name}" ({quoted(columns)}) FROM STDIN (FORMAT BINARY)'
    try:
        with driver.cursor() as cursor, cursor.copy(into) as copy:
            copy.write(_BEGIN)
            for block in blocks:
                copy.write(block)
            copy.write(_END)
    except psycopg.Error as fault:  # came past SQLAlchemy, which would have noticed the end
        if driver.closed:
            connection.invalidate(fault)
        raise fault_of(fault) from fault


def put_rows(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert rows, or replace those of the same key."""
    _upsert(connection, table, rows, _put(table))


def add_rows(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert rows, or add to the sums of those with the same key."""
    _upsert(connection, table, rows, _add(table))


def _upsert(connection: Connection, table: Table, rows: Sequence[Row], statement: str) -> None:
    if not rows:
        return
    make_partitions(connection, table, rows)
    in_order = sorted(rows, key=_key_of(table))  # no two writers wait for each other crosswise
    for some in _portions(in_order, _AT_ONCE):
        columns = zip(table.columns, zip(*some, strict=True), strict=True)
        connection.exec_driver_sql(statement, tuple(_array(c, values) for c, values in columns))


def _portions(rows: Sequence[Row], most: int) -> Iterable[Sequence[Row]]:
    return (rows[start : start + most] for start in range(0, len(rows), most))


def _key_of(table: Table) -> Callable[[Row], Any]:
    names = [column.name for column in table.columns]
    return itemgetter(*(names.index(column.name) for column in table.primary_key))


def _array(column: Column[Any], values: Sequence[Any]) -> str:
    """Return a column's values as PostgreSQL writes an array."""
    if isinstance(column.type, BigInteger):
        return "{" + ",".join(map(str, values)) + "}"
    if column.nullable:
        return "{" + ",".join([_element(column, value) for value in values]) + "}"
    if isinstance(column.type, LargeBinary):
        return _array_of_bytes(values)
    return _array_of_texts(values)


def _array_of_bytes(values: Iterable[bytes]) -> str:
    return "{" + ",".join([f'"\\\\x{value.hex()}"' for value in values]) + "}"


def _array_of_texts(values: Sequence[str]) -> str:
    joined = "".join(values)
    if "\\" in joined or '"' in joined:
        values = [value.translate(_ARRAY_ESCAPES) for value in values]
    return '{"' + '","'.join(values) + '"}'


def _element(column: Column[Any], value: Any) -> str:  # noqa: ANN401 -- of any column
    if value is None:
        return "NULL"
    if isinstance(column.type, LargeBinary):
        return f'"\\\\x{value.hex()}"'
    return f'"{value.translate(_ARRAY_ESCAPES)}"'


def _block(columns: Sequence[Column[Any]], values: Columns) -> bytes:
    """Return rows as a binary COPY reads them: each value after its length, which is -1 of none.

    What lies between values of various lengths is packed in one step.
    """
    form = ">h"
    fixed: list[Iterable[Any]] = [repeat(len(columns), len(values[0]))]
    parts: list[Iterable[bytes]] = []
    for column, of_column in zip(columns, values, strict=True):
        more, packed, cells = _field(column, of_column)
        form, fixed = form + more, fixed + packed
        if cells is not None:
            parts += [*_packed(form, fixed), cells]
            form, fixed = ">", []
    parts += _packed(form, fixed)
    return b"".join(chain.from_iterable(zip(*parts, strict=True)))


def _packed(form: str, fixed: Sequence[Iterable[Any]]) -> Sequence[Iterable[bytes]]:
    return [map(Struct(form).pack, *fixed)] if fixed else []


def _field(
    column: Column[Any], values: Sequence[Any]
) -> tuple[str, list[Iterable[Any]], Sequence[bytes] | None]:
    """Return how a column is packed, what is, and what follows it as it is."""
    if isinstance(column.type, BigInteger):
        return "iq", [repeat(_NUMBER_BYTES, len(values)), values], None
    if column.nullable:
        return "", [], [_cell(column, value) for value in values]
    binary = isinstance(column.type, LargeBinary)
    cells: Sequence[bytes] = values if binary else [*map(str.encode, values)]
    lengths = set(map(len, cells))
    if len(lengths) > 1:
        return "i", [map(len, cells)], cells
    (length,) = lengths
    return f"i{length}s", [repeat(length, len(cells)), cells], None


def _cell(column: Column[Any], value: Any) -> bytes:  # noqa: ANN401 -- of any column
    """Return a value that may be none, with its length."""
    if value is None:
        return _LENGTH.pack(-1)
    cell: bytes = value if isinstance(column.type, LargeBinary) else value.encode()
    return _LENGTH.pack(len(cell)) + cell


@lru_cache
def _put(table: Table) -> str:
    keys = [column.name for column in table.primary_key]
    rest = [column.name for column in table.columns if column.name not in keys]
    sets = ", ".join(f'"{name}" = excluded."{name}"' for name in rest)
    return _insert(table, f"DO UPDATE SET {sets}" if rest else "DO NOTHING")


@lru_cache
def _add(table: Table) -> str:
    keys = [column.name for column in table.primary_key]
    rest = [column.name for column in table.columns if column.name not in keys]
    sets = ", ".join(f'"{name}" = "{table.name}"."{name}" + excluded."{name}"' for name in rest)
    return _insert(table, f"DO UPDATE SET {sets}")


def _insert(table: Table, conflict: str) -> str:
    arrays = ", ".join(f"%s::{_type_of(column)}[]" for column in table.columns)
    return (
        f'INSERT INTO "{table.name}" ({quoted(table.columns)}) SELECT * FROM unnest({arrays}) '  # noqa: S608
        f"ON CONFLICT ({quoted(table.primary_key)}) {conflict}"
    )


def _type_of(column: Column[Any]) -> str:
    if isinstance(column.type, BigInteger):
        return "bigint"
    return "bytea" if isinstance(column.type, LargeBinary) else "text"
