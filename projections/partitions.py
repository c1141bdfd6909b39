"""Partitions on PostgreSQL, made when rows need them: a month of business dates, a share of ids."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection, Table

from projections.tables import SPLIT

_SHARES: Final = 16
"""Into how many partitions a table goes that is split by hash."""
_CHILDREN: Final = """
    SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = to_regclass(%s)
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
    parent = table.name
    connection.exec_driver_sql(f'LOCK TABLE ONLY "{parent}" IN SHARE UPDATE EXCLUSIVE MODE')
    for name in _missing(connection, table, wanted):  # who waited finds what another one made
        connection.exec_driver_sql(f'CREATE TABLE "{name}" (LIKE "{parent}" INCLUDING DEFAULTS)')
        connection.exec_driver_sql(
            f'ALTER TABLE "{parent}" ATTACH PARTITION "{name}" FOR VALUES {wanted[name]}'
        )


def _missing(connection: Connection, table: Table, wanted: Mapping[str, str]) -> Sequence[str]:
    there = {name for (name,) in connection.exec_driver_sql(_CHILDREN, (table.name,))}
    return [name for name in wanted if name not in there]


def _wanted(table: Table, split: str, rows: Sequence[Sequence[Any]]) -> Iterator[tuple[str, str]]:
    """Return the names of partitions, with what goes into them."""
    if split.startswith("HASH"):
        for share in range(_SHARES):
            yield f"{table.name}_{share:02d}", f"WITH (MODULUS {_SHARES}, REMAINDER {share})"
        return
    day = [column.name for column in table.columns].index("day")
    for month in sorted({row[day][:7] for row in rows}):
        name = f"{table.name}_{month.replace('-', '_')}"
        yield name, f"FROM ('{month}-00') TO ('{month}-99')"  # days as text, in the order of bytes
