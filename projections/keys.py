"""Keys of journals and indexes of copies: made when the tables are full.

A row put into an index at a random place costs more than the row does; an index made of a whole
table, sorted once, costs a third of that. Source: ADR 0014.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from typing import Final

from sqlalchemy import Connection, Engine, Table, inspect, text

from projections.database import scanning, translated
from projections.tables import JOURNAL, PREFIX, owned

_SORTERS: Final = 2
"""How many threads SQLite may sort with."""


def drop_keys(engine: Engine, tables: Iterable[Table]) -> None:
    """Take the keys from journals that are about to be filled."""
    with translated(), engine.begin() as connection:
        for table in filter(_is_journal, tables):
            for index in inspect(connection).get_indexes(table.name):
                connection.execute(text(f'DROP INDEX "{index["name"]}"'))


def make_keys(engine: Engine, tables: Iterable[Table]) -> None:
    """Give journals their keys. Raises: IntegrityError where a key comes twice."""
    with _sorting(engine) as connection:
        for table in filter(_is_journal, tables):
            keys = [column.name for column in table.primary_key]
            _make(connection, f"{table.name}_key", table.name, keys, kind="UNIQUE INDEX")


def make_indexes(engine: Engine, names: Iterable[str]) -> None:
    """Give the copies of some projections the indexes by which reports and rules ask."""
    with _sorting(engine) as connection:
        for table in chain.from_iterable(map(owned, names)):
            for index in table.indexes:
                if not index.unique:
                    columns = [column.name for column in index.columns]
                    name, on = f"{PREFIX}{index.name}", f"{PREFIX}{table.name}"
                    _make(connection, name, on, columns, kind="INDEX")


@contextmanager
def _sorting(engine: Engine) -> Iterator[Connection]:
    with scanning(engine) as connection:
        if connection.dialect.name == "sqlite":
            connection.execute(text(f"PRAGMA threads={_SORTERS}"))
        yield connection


def _make(
    connection: Connection, name: str, table: str, columns: Sequence[str], *, kind: str
) -> None:
    asked = ", ".join(f'"{column}"' for column in columns)
    free = _free_name(connection, name)
    connection.execute(text(f'CREATE {kind} "{free}" ON "{table}" ({asked})'))
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
