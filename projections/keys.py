"""Keys of journals and indexes of copies: made when the tables are full.

A row put into an index at a random place costs more than the row does; an index made of a whole
table, sorted once, costs a third of that. Source: ADR 0014.
"""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import chain
from typing import Any, Final, NamedTuple

from sqlalchemy import Column, Connection, Engine, Table, inspect, text

from projections.database import scanning, translated
from projections.tables import JOURNAL, PREFIX, owned

_SORTERS: Final = 2
"""How many threads SQLite may sort with."""
_AT_ONCE: Final = 2
"""How many indexes a server makes at once, each with processes of its own."""


def drop_keys(engine: Engine, tables: Iterable[Table]) -> None:
    """Take the keys from journals that are about to be filled."""
    with translated(), engine.begin() as connection:
        for table in filter(_is_journal, tables):
            for index in inspect(connection).get_indexes(table.name):
                connection.execute(text(f'DROP INDEX "{index["name"]}"'))


def make_keys(engine: Engine, tables: Iterable[Table]) -> None:
    """Give journals their keys. Raises: IntegrityError where a key comes twice."""
    _make_all(
        engine,
        [
            _Wanted(f"{t.name}_key", t.name, [*t.primary_key], "UNIQUE INDEX")
            for t in filter(_is_journal, tables)
        ],
    )


def make_indexes(engine: Engine, names: Iterable[str]) -> None:
    """Give the copies of some projections the indexes by which reports and rules ask."""
    _make_all(
        engine,
        [
            _Wanted(PREFIX + str(index.name), PREFIX + table.name, [*index.columns], "INDEX")
            for table in chain.from_iterable(map(owned, names))
            for index in table.indexes
            if not index.unique
        ],
    )


class _Wanted(NamedTuple):
    """An index to make: its name, table and columns, and what kind it is."""

    name: str
    table: str
    columns: Sequence[Column[Any]]
    kind: str


def _make_all(engine: Engine, wanted: Sequence[_Wanted]) -> None:
    """Make indexes, on a server side by side; a file takes one writer."""
    make = partial(_make, engine)
    if engine.dialect.name == "sqlite":
        for each in wanted:
            make(each)
        return
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for _ in pool.map(make, wanted):
            pass


def _make(engine: Engine, wanted: _Wanted) -> None:
    columns = ", ".join(f'"{column.name}"' for column in wanted.columns)
    with scanning(engine) as connection:
        if connection.dialect.name == "sqlite":
            connection.execute(text(f"PRAGMA threads={_SORTERS}"))
        name = _free_name(connection, wanted.name)
        connection.execute(text(f'CREATE {wanted.kind} "{name}" ON "{wanted.table}" ({columns})'))
        connection.commit()


def _is_journal(table: Table) -> bool:
    return bool(table.info.get(JOURNAL))


def _free_name(connection: Connection, name: str) -> str:
    """Return the name, or that of the live table's twin, since a file renames no index."""
    if connection.dialect.name == "sqlite":
        taken = text("SELECT 1 FROM sqlite_master WHERE name = :name")
        if connection.scalar(taken, {"name": name}):
            return name.removeprefix(PREFIX)
    return name
