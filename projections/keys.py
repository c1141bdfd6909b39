"""Keys of journals and of large sums, and indexes of copies: made when the tables are full.

A row put into an index at a random place costs more than the row does; an index made of a whole
table, sorted once, costs a third of that. Source: ADR 0014.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, Final, TypeAlias

from sqlalchemy import Column, Connection, Engine, Table, inspect, text

from projections.database import on_server, scanning, side_by_side, translated
from projections.differences import hash_of
from projections.tables import JOURNAL, METADATA, PREFIX, SUMS, quoted

Maker: TypeAlias = Callable[[Connection], None]
"""Makes a key or an index."""
_SORTERS: Final = 2
"""How many threads SQLite may sort with."""
_WORK_MB: Final = 64
"""Memory in which a server may look for keys that come more than once."""


def drop_keys(engine: Engine, tables: Iterable[Table]) -> None:
    """Take the keys from journals that are about to be filled."""
    with translated(), engine.begin() as connection:
        for table in filter(_is_journal, tables):
            for index in inspect(connection).get_indexes(table.name):
                connection.execute(text(f'DROP INDEX "{index["name"]}"'))


def make_keys(engine: Engine, tables: Sequence[Table]) -> None:
    """Give journals their keys; on a server also large sums, added up before, and copies all else.

    There indexes are made side by side, each by one process: sorted by several, rows go through
    files, which costs a quarter more.
    Raises: IntegrityError where a key of a journal comes twice.
    """
    makers: list[Maker] = [
        partial(_make_index, name=f"{t.name}_key", on=t.name, of=t.primary_key, kind="UNIQUE INDEX")
        for t in filter(_is_journal, tables)
    ]
    if on_server(engine):
        makers += [partial(_key_sums, table=table) for table in tables if table.info.get(SUMS)]
        makers += _index_makers(tables)
    side_by_side(engine, partial(_make, engine), makers)


def make_indexes(engine: Engine, tables: Iterable[Table]) -> None:
    """Give copies the indexes by which reports and rules ask; a server made them with the keys."""
    if not on_server(engine):
        for maker in _index_makers(tables):
            _make(engine, maker)


def _index_makers(tables: Iterable[Table]) -> list[Maker]:
    return [
        partial(
            _make_index, name=f"{PREFIX}{index.name}", on=t.name, of=index.columns, kind="INDEX"
        )
        for t in tables
        for index in METADATA.tables[t.name.removeprefix(PREFIX)].indexes
        if not index.unique
    ]


def _make(engine: Engine, maker: Maker) -> None:
    with scanning(engine) as connection:
        if on_server(engine):
            connection.execute(text("SET LOCAL max_parallel_maintenance_workers = 0"))
        maker(connection)
        connection.commit()


def _make_index(
    connection: Connection, *, name: str, on: str, of: Iterable[Column[Any]], kind: str
) -> None:
    if not on_server(connection):
        connection.execute(text(f"PRAGMA threads={_SORTERS}"))
    free = _free_name(connection, name)
    connection.execute(text(f'CREATE {kind} "{free}" ON "{on}" ({quoted(of)})'))


def _key_sums(connection: Connection, *, table: Table) -> None:
    """Add up the rows of a key, of those that come more than once, and make it the primary key.

    They are found by the hashes of their keys, since comparing as many texts takes longer.
    """
    keys, of_keys = quoted(table.primary_key), hash_of(table.primary_key)
    sums = [column for column in table.columns if not column.primary_key]
    totals = ", ".join(f'sum("{column.name}")' for column in sums)
    connection.execute(text(f"SET LOCAL work_mem = '{_WORK_MB}MB'"))
    connection.execute(text("SET LOCAL enable_nestloop = off"))  # of a new table nothing is known
    added_up = f"""
        WITH twice AS (
            SELECT {of_keys} FROM "{table.name}" GROUP BY {of_keys} HAVING count(*) > 1
        ), gone AS (
            DELETE FROM "{table.name}" WHERE {of_keys} IN (SELECT * FROM twice) RETURNING *
        )
        INSERT INTO "{table.name}" ({keys}, {quoted(sums)})
        SELECT {keys}, {totals} FROM gone GROUP BY {keys}
    """  # noqa: S608 -- our own table
    connection.execute(text(added_up))
    connection.execute(text(f'ALTER TABLE "{table.name}" ADD PRIMARY KEY ({keys})'))


def _is_journal(table: Table) -> bool:
    return bool(table.info.get(JOURNAL))


def _free_name(connection: Connection, name: str) -> str:
    """Return the name, or that of the live table's twin, since a file renames no index."""
    if not on_server(connection):
        taken = text("SELECT 1 FROM sqlite_master WHERE name = :name")
        if connection.scalar(taken, {"name": name}):
            return name.removeprefix(PREFIX)
    return name
