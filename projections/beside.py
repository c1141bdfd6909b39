"""A second copy of a projection: folded beside the live one, compared, and put in its place."""

from collections.abc import Iterator, Sequence
from typing import Final

from sqlalchemy import Connection, MetaData, Table, text

from ledger.record import record
from projections.tables import CHECKPOINTS, OWNED, Tables, beside

PREFIX: Final = "new_"


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
    return {name: beside(name, PREFIX)[1] for name in names}


def checkpoints() -> Table:
    """Return the second set's checkpoints."""
    return CHECKPOINTS.to_metadata(MetaData(), name=PREFIX + CHECKPOINTS.name)


def make(connection: Connection, names: Sequence[str]) -> None:
    """Make empty tables for a second copy; what an interrupted run left is dropped."""
    for name in names:
        metadata, _ = beside(name, PREFIX)
        metadata.drop_all(connection)
        metadata.create_all(connection)
    checkpoints().metadata.drop_all(connection)
    checkpoints().metadata.create_all(connection)


def drop(connection: Connection, names: Sequence[str]) -> None:
    """Drop the second copy."""
    for name in names:
        beside(name, PREFIX)[0].drop_all(connection)
    checkpoints().metadata.drop_all(connection)


def first_difference(connection: Connection, name: str, again: str = PREFIX) -> Difference | None:
    """Return the first row that the live tables and the copy do not share, by table and key.

    `again` stands before the names of the copy's tables.
    """
    for table in OWNED[name]:
        for found in _differences(connection, name, table, again):
            return found
    return None


def _differences(
    connection: Connection, projection: str, table: Table, again: str
) -> Iterator[Difference]:
    keys = [column.name for column in table.primary_key]
    names = [column.name for column in table.columns]
    same_key = " AND ".join(f'a."{key}" = b."{key}"' for key in keys)
    same_row = " AND ".join(f'a."{name}" IS b."{name}"' for name in names)
    live, copy = f'main."{table.name}"', f"{again}{table.name}"
    order = ", ".join(f'a."{key}"' for key in keys)
    for here, there, mine in ((live, copy, True), (copy, live, False)):
        if not mine and _count(connection, live) == _count(connection, copy):
            return  # every live row has its equal, and there are no more
        missing = f"""
            SELECT {", ".join(f'a."{n}"' for n in names)},
                   {", ".join(f'b."{n}"' for n in names)}
            FROM {here} a LEFT JOIN {there} b ON {same_key}
            WHERE NOT ({same_row}) ORDER BY {order} LIMIT 1
        """  # noqa: S608 -- our own tables
        row = connection.execute(text(missing)).first()
        if row is not None:
            first, second = tuple(row[: len(names)]), tuple(row[len(names) :])
            absent = second[names.index(keys[0])] is None
            other = None if absent else _shown(names, second)
            yield Difference(
                projection=projection,
                table=table.name,
                key=_shown(keys, [first[names.index(key)] for key in keys]),
                live=_shown(names, first) if mine else other,
                again=other if mine else _shown(names, first),
            )


def _count(connection: Connection, table: str) -> int:
    query = text(f"SELECT count(*) FROM {table}")  # noqa: S608
    return int(connection.execute(query).scalar_one())


def _shown(names: Sequence[str], values: Sequence[object]) -> str:
    def shown(value: object) -> str:
        if not isinstance(value, bytes):
            return str(value)
        return value.decode(errors="replace") if value[:1] in (b"{", b"[") else value.hex()

    return ", ".join(f"{name}={shown(value)}" for name, value in zip(names, values, strict=True))


def switch(connection: Connection, names: Sequence[str]) -> None:
    """Put the copy in the place of the live tables, checkpoint and all."""
    for name in names:
        for table in OWNED[name]:
            connection.execute(text(f'DROP TABLE "{table.name}"'))
            old, new = f"{PREFIX}{table.name}", table.name
            connection.execute(text(f'ALTER TABLE "{old}" RENAME TO "{new}"'))
            for index in table.indexes:
                index.create(connection)
        live, again = CHECKPOINTS.name, checkpoints().name
        connection.execute(
            text(f"DELETE FROM {live} WHERE projection = :name"),  # noqa: S608
            {"name": name},
        )
        connection.execute(
            text(f"INSERT INTO {live} SELECT * FROM {again} WHERE projection = :name"),  # noqa: S608
            {"name": name},
        )
