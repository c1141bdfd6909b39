"""The feed's outbox: messages committed with what they tell of, until they are known to be sent."""

from collections.abc import Iterable, Iterator
from itertools import count, islice
from typing import Final, NamedTuple

from sqlalchemy import Connection, select, text, tuple_

from ledger.journal import Account
from projections.tables import FEED, GENERATION, OUTBOX, PREFIX
from projections.writing import insert_rows
from schemas.feed import Place, corrected

_PORTION: Final = 5_000
"""Messages that are held at once."""


class Line(NamedTuple):
    """A message's place in the outbox, which is the order of sending."""

    generation: int
    position: int
    line: int


def begin_generation(connection: Connection, generation: int) -> None:
    """Note the generation of a feed that begins; one that goes on keeps its own."""
    values = "VALUES (:feed, :generation) ON CONFLICT DO NOTHING"
    connection.execute(
        text(f"INSERT INTO {GENERATION.name} {values}"),
        {"feed": FEED, "generation": generation},
    )


def generation_of(connection: Connection) -> int:
    """Return the generation that messages go out under."""
    return int(connection.scalar(select(GENERATION.c.generation)) or 1)


def queue(connection: Connection, rows: Iterable[tuple[int, int, int, str]]) -> int:
    """Put messages into the outbox, and return how many; only a portion is held at once."""
    waiting, queued = iter(rows), 0
    while portion := list(islice(waiting, _PORTION)):
        insert_rows(connection, OUTBOX, portion)
        queued += len(portion)
    return queued


def unsent(connection: Connection, after: Line | None, most: int) -> list[tuple[Line, str]]:
    """Return the next messages to be sent; `after` is the last one that was."""
    query = select(OUTBOX).order_by(*OUTBOX.primary_key).limit(most)
    if after is not None:  # passes over what was deleted and is not swept out yet
        query = query.where(tuple_(*OUTBOX.primary_key) > tuple_(*after))
    return [(Line(*place), message) for *place, message in connection.execute(query)]


def forget(connection: Connection, last: Line) -> None:
    """Delete what was sent, up to a message."""
    connection.execute(OUTBOX.delete().where(tuple_(*OUTBOX.primary_key) <= tuple_(*last)))


def correct(connection: Connection, position: int, time: str) -> int:
    """Before a copy of the feed takes over: say which balances it changes, as a new generation.

    Returns how many; none, and the generation stays.
    """
    generation = generation_of(connection) + 1
    queued = queue(connection, _corrections(connection, Place(generation, position), time))
    if queued:
        connection.execute(GENERATION.update().values(generation=generation))
    return queued


def _corrections(
    connection: Connection, place: Place, time: str
) -> Iterator[tuple[int, int, int, str]]:
    lines = count()
    rows = connection.execute(text(_CHANGED)).all()
    for code, before, after in rows:
        message = corrected(Account(code), after - before, after, place, time)
        yield *place, next(lines), message.decode()


_CHANGED: Final = f"""
    SELECT again.account, COALESCE(live.balance, 0), again.balance
    FROM {PREFIX}feed_balances again LEFT JOIN feed_balances live ON live.account = again.account
    WHERE again.balance <> COALESCE(live.balance, 0)
    UNION ALL
    SELECT live.account, live.balance, 0
    FROM feed_balances live LEFT JOIN {PREFIX}feed_balances again ON again.account = live.account
    WHERE again.account IS NULL AND live.balance <> 0
    ORDER BY 1
"""  # noqa: S608 -- our own tables
