"""Keys of journals: indexes beside them, so that a journal can be filled first.

A row put into an index at a random place costs more than the row does; an index made of a whole
table, sorted once, costs a third of that. Source: ADR 0014.
"""

from collections.abc import Iterable
from typing import Final

from sqlalchemy import Connection, Engine, Table, inspect, text

from projections.database import scanning, translated
from projections.tables import JOURNAL, PREFIX

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
    with scanning(engine) as connection:
        if connection.dialect.name == "sqlite":
            connection.execute(text(f"PRAGMA threads={_SORTERS}"))
        for table in tables:
            _add_key(connection, table)
            connection.commit()


def _add_key(connection: Connection, table: Table) -> None:
    """Give a table its key, if that is an index beside it."""
    if _is_journal(table):
        columns = ", ".join(f'"{column.name}"' for column in table.primary_key)
        name = _free_name(connection, table.name)
        made = f'CREATE UNIQUE INDEX "{name}" ON "{table.name}" ({columns})'
        connection.execute(text(made))


def _is_journal(table: Table) -> bool:
    return bool(table.info.get(JOURNAL))


def _free_name(connection: Connection, table: str) -> str:
    """Return a name for a key: its table's, or its twin's, since a file renames no index."""
    name = f"{table}_key"
    if connection.dialect.name == "sqlite":
        taken = text("SELECT 1 FROM sqlite_master WHERE name = :name")
        if connection.scalar(taken, {"name": name}):
            return name.removeprefix(PREFIX)
    return name
