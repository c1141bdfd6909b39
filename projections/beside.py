"""A second copy of a projection: folded beside the live one, compared, and put in its place."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Final

from sqlalchemy import Connection, Engine, MetaData, Table, text

from ledger.record import record
from projections.database import on_server
from projections.differences import Copy, alike, first_odd
from projections.partitions import make_same_partitions
from projections.postgres import lock_tables, unvacuumed
from projections.tables import CHECKPOINTS, PREFIX, Tables, beside, owned
from projections.tables import live as tables_of

_READERS_MS: Final = 10_000
"""How long a switch waits for those who read the live tables, before it is given up."""
_ATTACHED: Final = "again"
"""What another file is called in the live connection."""


@record
class Difference:
    """The first row in which two copies of a projection differ."""

    projection: str
    table: str
    key: str
    live: str | None
    again: str | None


def copies(names: Sequence[str]) -> dict[str, Tables]:
    """Return the second set of tables of some projections."""
    return {name: beside(name)[1] for name in names}


def checkpoints() -> Table:
    """Return the second set's checkpoints."""
    return CHECKPOINTS.to_metadata(MetaData(), name=PREFIX + CHECKPOINTS.name)


def make(connection: Connection, names: Sequence[str]) -> None:
    """Make empty tables for a second copy, journals without keys; a former run's are dropped."""
    for name in names:
        metadata, again = beside(name)
        metadata.drop_all(connection)
        metadata.create_all(connection)
        if on_server(connection):
            for table in owned(name):
                make_same_partitions(connection, again[table.name], table)
    checkpoints().metadata.drop_all(connection)
    checkpoints().metadata.create_all(connection)


def drop(connection: Connection, names: Sequence[str]) -> None:
    """Drop the second copy."""
    for name in names:
        beside(name)[0].drop_all(connection)
    checkpoints().metadata.drop_all(connection)


def first_difference(connection: Connection, name: str) -> Difference | None:
    """Return the first row that the live tables and the copy do not share, by table and key."""
    again = beside(name)[1]
    return difference_from(connection, name, connection, again)


def difference_from(
    live: Connection, name: str, connection: Connection, again: Tables
) -> Difference | None:
    """Return the first row that the live tables do not share with others, of any database."""
    for table in owned(name):
        if live is connection and alike(live, table, again[table.name]):
            continue
        found = first_odd(Copy(live, table), Copy(connection, again[table.name]))
        if found is not None:
            return Difference(projection=name, table=table.name, **found._asdict())
    return None


def reachable(live: Connection, connection: Connection, name: str) -> tuple[Connection, Tables]:
    """Return another database's tables, through the live connection where both are files.

    Then the database compares the copies itself.
    """
    path = connection.engine.url.database
    if {live.dialect.name, connection.dialect.name} != {"sqlite"} or not path:
        return connection, tables_of(name)
    attached = {row.name for row in live.exec_driver_sql("PRAGMA database_list")}
    if _ATTACHED not in attached:
        live.exec_driver_sql(f"ATTACH ? AS {_ATTACHED}", (path,))
    metadata = MetaData()
    return live, {
        table.name: table.to_metadata(metadata, schema=_ATTACHED) for table in owned(name)
    }


@contextmanager
def awaited(engine: Engine, names: Sequence[str]) -> Iterator[None]:
    """Keep a server from housekeeping in the live tables that copies will soon replace."""
    with unvacuumed(engine, _named(names)) if on_server(engine) else nullcontext():
        yield


def switch(connection: Connection, names: Sequence[str]) -> None:
    """Put the copy in the place of the live tables; the checkpoints say the same already."""
    if on_server(connection):
        connection.execute(text(f"SET LOCAL lock_timeout = {_READERS_MS}"))
        lock_tables(connection, _named(names), "ACCESS EXCLUSIVE")
    for name in names:
        for table in owned(name):
            connection.execute(text(f'DROP TABLE "{table.name}"'))
            for kind, old, kept in _parts(connection, f"{PREFIX}{table.name}"):
                new = old.removeprefix(PREFIX)
                connection.execute(text(f'ALTER {kind} "{old}" RENAME TO "{new}"'))
                if kept:
                    connection.execute(text(f'ALTER {kind} "{new}" RESET (autovacuum_enabled)'))


def _named(projections: Sequence[str]) -> list[str]:
    """Return the names of the live tables of projections."""
    return [table.name for name in projections for table in owned(name)]


def _parts(connection: Connection, name: str) -> Sequence[tuple[str, str, bool]]:
    """Return a table with all that bears its name, and which of it was kept from autovacuum."""
    if not on_server(connection):
        return [("TABLE", name, False)]
    return [tuple(part) for part in connection.execute(text(_PARTS), {"name": name})]


_PARTS: Final = """
    WITH tables AS (
        SELECT to_regclass(:name)::oid AS id
        UNION SELECT relid FROM pg_partition_tree(to_regclass(:name))
    )
    SELECT 'TABLE', c.relname, c.reloptions IS NOT NULL
    FROM pg_class c JOIN tables ON c.oid = tables.id
    UNION ALL
    SELECT 'INDEX', c.relname, false FROM pg_index i JOIN tables ON i.indrelid = tables.id
    JOIN pg_class c ON c.oid = i.indexrelid
"""
"""PostgreSQL's partitions and the indexes of keys have names of their own."""
