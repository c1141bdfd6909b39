"""Partitions on PostgreSQL, made when rows need them: a month of business dates, a share of ids."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection, Table

from projections.postgres import without_vacuum
from projections.tables import PREFIX, SPLIT

_SHARES: Final = 16
"""Into how many partitions a table goes that is split by hash."""
_CHILDREN: Final = """
    SELECT c.relname, pg_get_expr(c.relpartbound, c.oid)
    FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = to_regclass(%s)
"""


def make_partitions(connection: Connection, table: Table, rows: Sequence[Sequence[Any]]) -> None:
    """Make the partitions that these rows go into, where they are missing.

    Attaching one takes no lock that a reader would wait for; creating it in place would.
    """
    split = table.info[SPLIT]
    if not split:
        return
    wanted = dict(_wanted(table, split, rows))
    if not _missing(connection, table, wanted):
        return
    connection.exec_driver_sql(f'LOCK TABLE ONLY "{table.name}" IN SHARE UPDATE EXCLUSIVE MODE')
    for name in _missing(connection, table, wanted):  # who waited finds what another one made
        _attach(connection, table, name, wanted[name])


def make_same_partitions(connection: Connection, copy: Table, live: Table) -> None:
    """Give a copy the partitions of the live table.

    Processes that fill it side by side need not wait for each other's.
    """
    if live.info[SPLIT]:
        for name, bounds in _partitions(connection, live):
            _attach(connection, copy, PREFIX + name, bounds)


def _attach(connection: Connection, table: Table, name: str, bounds: str) -> None:
    parent, options = table.name, without_vacuum(table)
    made = f'CREATE TABLE "{name}" (LIKE "{parent}" INCLUDING DEFAULTS){options}'
    connection.exec_driver_sql(made)
    connection.exec_driver_sql(f'ALTER TABLE "{parent}" ATTACH PARTITION "{name}" {bounds}')


def _missing(connection: Connection, table: Table, wanted: Mapping[str, str]) -> Sequence[str]:
    there = {name for name, _ in _partitions(connection, table)}
    return [name for name in wanted if name not in there]


def _partitions(connection: Connection, table: Table) -> Sequence[tuple[str, str]]:
    """Return the names of a table's partitions, with what goes into them."""
    found = connection.exec_driver_sql(_CHILDREN, (table.name,))
    return [(name, bounds) for name, bounds in found]


def _wanted(table: Table, split: str, rows: Sequence[Sequence[Any]]) -> Iterator[tuple[str, str]]:
    """Return the names of partitions, with what goes into them."""
    if split.startswith("HASH"):
        for share in range(_SHARES):
            bounds = f"WITH (MODULUS {_SHARES}, REMAINDER {share})"
            yield f"{table.name}_{share:02d}", f"FOR VALUES {bounds}"
        return
    day = [column.name for column in table.columns].index("day")
    for month in sorted({row[day][:7] for row in rows}):
        bounds = f"FROM ('{month}-00') TO ('{month}-99')"  # days as text, in the order of bytes
        yield f"{table.name}_{month.replace('-', '_')}", f"FOR VALUES {bounds}"
