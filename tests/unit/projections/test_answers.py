"""Answers by offset, and how far the commands topic was decided."""

import pytest
from sqlalchemy import Engine

from ledger.errors import LedgerError, WriterFenced
from projections.answers import (
    answers_at,
    consumed_until,
    forget_answers,
    move_consumed,
    write_answers,
)
from projections.database import translated


def test_a_place_is_moved_only_from_where_it_is(engine: Engine):
    with engine.begin() as connection:
        assert consumed_until(connection) is None
        move_consumed(connection, None, 0)
        move_consumed(connection, 0, 7)
        with pytest.raises(WriterFenced, match="no longer decided up to offset 0"):
            move_consumed(connection, 0, 9)
        with pytest.raises(WriterFenced, match="another one decides"):
            move_consumed(connection, None, 0)
        assert consumed_until(connection) == 7


def test_answers_are_found_by_the_offsets_of_their_commands(engine: Engine):
    with engine.begin() as connection:
        write_answers(connection, [(place, f"{place}") for place in range(10)])
        assert answers_at(connection, []) == {}
        assert answers_at(connection, [2, 5, 77]) == {2: "2", 5: "5"}
        forget_answers(connection, 5)
        assert answers_at(connection, [4, 5]) == {5: "5"}


def test_an_offset_has_one_answer(engine: Engine):
    with engine.begin() as connection:
        write_answers(connection, [(1, "one")])
        with pytest.raises(LedgerError), translated():
            write_answers(connection, [(1, "two")])
