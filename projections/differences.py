"""Where two copies of a table differ: both are read in the order of their keys, side by side."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import reduce
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    CursorResult,
    LargeBinary,
    Table,
    and_,
    func,
    select,
    text,
)

from projections.database import on_server
from projections.tables import quoted, told_by

_AT_ONCE: Final = 500
"""Rows read at once; where these are equal, that is seen in one step."""
Rows = list[tuple[Any, ...]]


class Odd(NamedTuple):
    """The first row, by key, that two copies do not share; None where one has no such row."""

    key: str
    live: str | None
    again: str | None


class Copy(NamedTuple):
    """One copy of a table: where it is, and the table there."""

    connection: Connection
    table: Table


def first_odd(live: Copy, again: Copy) -> Odd | None:
    """Return the first row that the copies do not share, None where they are equal.

    Raises: nothing of its own; both are read as the caller's transactions see them.
    """
    with _portions(live) as here, _portions(again) as there:
        mine: Rows = []
        other: Rows = []
        while True:
            mine = mine or next(here, [])
            other = other or next(there, [])
            both = min(len(mine), len(other))
            if mine[:both] != other[:both]:
                pairs = zip(mine, other, strict=False)
                return _odd(live.table, *next(pair for pair in pairs if pair[0] != pair[1]))
            if not both:
                return _left_over(live.table, mine, other)
            mine, other = mine[both:], other[both:]


def alike(connection: Connection, live: Table, again: Table) -> bool:
    """Say whether two copies in one database hold the same rows; the database looks itself.

    A file looks for each row of the new copy, which has each but once: as many, and all of them.
    A server compares fingerprints, which costs it half of what joining all rows does.
    """
    if on_server(connection):
        return _fingerprint(connection, live) == _fingerprint(connection, again)
    here, there = live.alias("here"), again.alias("there")
    keys = [column.name for column in told_by(live)]
    found = (here.c[name] == there.c[name] for name in keys)
    same = (c.is_not_distinct_from(there.c[c.name]) for c in here.c if c.name not in keys)
    rows = there.outerjoin(here, and_(*found, *same))
    missing = select(func.count()).select_from(rows).where(here.c[keys[0]].is_(None))
    counts = {connection.scalar(select(func.count()).select_from(table)) for table in (live, again)}
    return len(counts) == 1 and connection.scalar(missing) == 0


def _fingerprint(connection: Connection, table: Table) -> tuple[Any, ...]:
    """Return how many rows there are, and the sum of their 64-bit hashes.

    What may be nothing is hashed first, where its seed is short: that stands in the query twice.
    """
    row = hash_of(sorted(table.columns, key=lambda column: not column.nullable))
    found = connection.exec_driver_sql(f'SELECT count(*), sum({row}) FROM "{table.name}"')  # noqa: S608
    return tuple(found.one())


def hash_of(columns: Iterable[Column[Any]]) -> str:
    """Return how PostgreSQL (11 and newer) makes a 64-bit hash of a row's values.

    Each value's hash is the seed of the next one's: half the cost of hashing rows as records.
    """
    return reduce(_hash, columns, "0")


def _hash(seed: str, column: Column[Any]) -> str:
    """Return the hash of a value, begun with a seed; nothing is no empty text."""
    value = f'"{column.name}"'
    if isinstance(column.type, LargeBinary):
        value = f"encode({value}, 'hex') COLLATE \"C\""  # of others it asks how they compare
    function = "hashint8extended" if isinstance(column.type, BigInteger) else "hashtextextended"
    found = f"{function}({value}, {seed})"
    return f"coalesce({found}, {seed} # 1)" if column.nullable else found


@contextmanager
def _portions(copy: Copy) -> Iterator[Iterator[Rows]]:
    """Lend the rows, some at a time; a server hands over no more than that."""
    names, order = quoted(copy.table.columns), quoted(copy.table.primary_key)
    table = copy.connection.dialect.identifier_preparer.format_table(copy.table)
    query = text(f"SELECT {names} FROM {table} ORDER BY {order}")  # noqa: S608
    found = copy.connection.execute(query, execution_options={"yield_per": _AT_ONCE})
    with closing(found):
        yield _tuples(found)


def _tuples(found: CursorResult[Any]) -> Iterator[Rows]:
    for some in found.partitions(_AT_ONCE):  # without a number a file gives one row, a server all
        yield list(map(tuple, some))


def _left_over(table: Table, mine: Rows, other: Rows) -> Odd | None:
    if mine:
        return Odd(_key(table, mine[0]), _shown(_names(table), mine[0]), None)
    if other:
        return Odd(_key(table, other[0]), None, _shown(_names(table), other[0]))
    return None


def _odd(table: Table, mine: tuple[Any, ...], other: tuple[Any, ...]) -> Odd:
    names = _names(table)
    at = [names.index(column.name) for column in table.primary_key]
    here, there = [mine[i] for i in at], [other[i] for i in at]
    return Odd(
        key=_key(table, mine if here <= there else other),
        live=_shown(names, mine) if here <= there else None,
        again=_shown(names, other) if there <= here else None,
    )


def _names(table: Table) -> list[str]:
    return [column.name for column in table.columns]


def _key(table: Table, row: Sequence[Any]) -> str:
    names = _names(table)
    keys = [column.name for column in table.primary_key]
    return _shown(keys, [row[names.index(key)] for key in keys])


def _shown(names: Sequence[str], values: Sequence[object]) -> str:
    def shown(value: object) -> str:
        if not isinstance(value, bytes):
            return str(value)
        return value.decode(errors="replace") if value[:1] in (b"{", b"[") else value.hex()

    return ", ".join(f"{name}={shown(value)}" for name, value in zip(names, values, strict=True))
