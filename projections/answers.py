"""What each command of the commands topic got, by its offset, and how far the topic was decided.

No projection: the events alone do not say at which offset a command came. The decider writes the
answers of a batch, and how far it has come, in one transaction with what it folded.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import Connection, delete, select, text, update

from ledger.errors import WriterFenced
from projections.tables import ANSWERS, CONSUMED
from projections.writing import insert_rows

_COMMANDS: Final = "commands"


def consumed_until(connection: Connection) -> int | None:
    """Return the offset of the next command to decide; None before the first."""
    query = select(CONSUMED.c.next_offset).where(CONSUMED.c.topic == _COMMANDS)
    found: int | None = connection.scalar(query)
    return found


def move_consumed(connection: Connection, old: int | None, new: int) -> None:
    """Note how far commands were decided, from where that stood before.

    To be called before anything is written: whoever moves it owns the rows until the commit.
    Raises: WriterFenced if another decider has moved it.
    """
    if old is None:
        values = "VALUES (:topic, :next) ON CONFLICT DO NOTHING"
        made = connection.execute(
            text(f"INSERT INTO {CONSUMED.name} (topic, next_offset) {values}"),
            {"topic": _COMMANDS, "next": new},
        )
        if made.rowcount != 1:
            raise WriterFenced("another one decides the commands already")
        return
    moved = connection.execute(
        update(CONSUMED)
        .where(CONSUMED.c.topic == _COMMANDS, CONSUMED.c.next_offset == old)
        .values(next_offset=new)
    )
    if moved.rowcount != 1:
        raise WriterFenced(f"commands are no longer decided up to offset {old}: another one does")


def write_answers(connection: Connection, answers: Sequence[tuple[int, str]]) -> None:
    """Keep answers by the offsets of their commands."""
    insert_rows(connection, ANSWERS, answers)


def answers_at(connection: Connection, offsets: Sequence[int]) -> Mapping[int, str]:
    """Return the answers that are there, for commands sent in one go."""
    if not offsets:
        return {}
    place = ANSWERS.c.command_offset
    query = select(ANSWERS).where(place >= min(offsets), place <= max(offsets))
    wanted = set(offsets)
    return {offset: answer for offset, answer in connection.execute(query) if offset in wanted}


def forget_answers(connection: Connection, before: int) -> None:
    """Drop the answers of commands that the topic no longer holds."""
    connection.execute(delete(ANSWERS).where(ANSWERS.c.command_offset < before))
