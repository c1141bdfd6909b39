"""What the second process of a long submission does with what it is told."""

from multiprocessing import Pipe

import pytest

from consumers.follower import follow
from eventlog.memory import MemoryLog
from projections.build import heads
from projections.database import make_tables, open_database
from tests.contract.records import append


@pytest.mark.parametrize("told", [[], [3], [1, 2, 3], [2, 5]])
def test_what_was_told_is_folded_even_if_the_end_comes_with_it(told: list[int]) -> None:
    """The decider may be done before the follower has looked at its pipe once."""
    log = MemoryLog()
    append(log, 5)
    engine = open_database("sqlite://", writer=True)
    make_tables(engine)
    receive, send = Pipe(duplex=False)
    for position in told:
        send.send(position)
    send.close()
    follow(log, engine, receive)
    assert {head.position for head in heads(engine).values()} == {max(told, default=0)}
    engine.dispose()
