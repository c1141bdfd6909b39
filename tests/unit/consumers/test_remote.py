"""A submission to a ledger that others decide: what is sent, what is told, what stays unknown."""

from collections.abc import Iterator, Sequence
from io import BytesIO
from time import monotonic
from typing import Any

import msgspec
import pytest
from sqlalchemy import Engine

from consumers.remote import RemoteLedger
from eventlog.memory import MemoryLog
from eventlog.port import NotConfirmed
from ledger.errors import TransientError
from producers.files import read_lines
from projections.answers import consumed_until, move_consumed, write_answers
from schemas.outcome import Outcome
from tests.cli.program import lines_of
from tests.scenario import world


class Sender:
    """Takes commands at dense offsets; a decider answers at once, or never."""

    def __init__(self, engine: Engine, *, takes: int = 99, answers: bool = True) -> None:
        self._engine = engine
        self._takes = takes
        self._answers = answers
        self.sent: list[str] = []

    def send(self, commands: Sequence[tuple[str, bytes]]) -> list[int]:
        first = len(self.sent)
        taken = commands[: self._takes - first]
        self.sent += [name for name, _ in taken]
        offsets = list(range(first, len(self.sent)))
        if self._answers:
            self._decide(offsets)
        if len(taken) < len(commands):
            raise NotConfirmed("a send was not confirmed", offsets)
        return offsets

    def _decide(self, offsets: Sequence[int]) -> None:
        with self._engine.begin() as connection:
            documents = [Outcome(outcome="accepted", command_id=self.sent[at]) for at in offsets]
            rows = [
                (at, msgspec.json.encode(each.document()).decode())
                for at, each in zip(offsets, documents, strict=True)
            ]
            write_answers(connection, rows)
            move_consumed(connection, consumed_until(connection), len(self.sent))

    def close(self) -> None:
        """Nothing is open."""


COMMANDS = world.corridor()[:4]


def answered(ledger: RemoteLedger, *batches: bytes) -> Iterator[Any]:
    lines = (next(read_lines(BytesIO(each), "f", as_csv=False)) for each in batches)
    for _, outcomes in ledger.answers(lines):
        yield [(each.outcome, each.command_id) for each in outcomes]


def names(*places: int) -> list[str]:
    return [str(COMMANDS[place]["command_id"]) for place in places]


def test_each_line_gets_its_answer_and_what_is_malformed_is_parked_and_not_sent(engine: Engine):
    sender, log = Sender(engine), MemoryLog()
    ledger = RemoteLedger(sender, log, engine, wait_s=5)
    first = lines_of([COMMANDS[0], b"no command", COMMANDS[1]])
    found = list(answered(ledger, first, lines_of(COMMANDS[2:])))
    one, two, three, four = names(0, 1, 2, 3)
    assert found == [
        [("accepted", one), ("rejected", None), ("accepted", two)],
        [("accepted", three), ("accepted", four)],
    ]
    assert sender.sent == [one, two, three, four]
    assert [(each.place, each.value) for each in log.parked()] == [("f:2", b"no command")]
    assert ledger.position() == 0


def test_after_a_send_that_is_not_confirmed_nothing_follows(engine: Engine):
    sender = Sender(engine, takes=1)
    found = answered(
        RemoteLedger(sender, MemoryLog(), engine, wait_s=5),
        lines_of(COMMANDS[:3]),
        lines_of(COMMANDS[3:]),
    )
    one, two, three = names(0, 1, 2)
    assert next(found) == [("accepted", one), ("unknown", two), ("unknown", three)]
    with pytest.raises(TransientError, match="not confirmed"):
        next(found)
    assert sender.sent == [one]


def test_what_nobody_decides_in_time_is_unknown_with_the_id_to_ask_for(engine: Engine):
    ledger = RemoteLedger(Sender(engine, answers=False), MemoryLog(), engine, wait_s=0.1)
    lines = next(read_lines(BytesIO(lines_of(COMMANDS[:1])), "f", as_csv=False))
    ((_, (outcome,)),) = ledger.answers([lines])
    assert (outcome.outcome, outcome.reason) == ("unknown", "unknown")
    assert outcome.detail == (
        f"sent, and not answered in time; ask again: clearing outcome {names(0)[0]}"
    )


def test_what_is_waited_for_in_vain_is_waited_for_once(engine: Engine):
    """Many batches are on their way when the deciders fall silent: one wait, not one for each."""
    ledger = RemoteLedger(Sender(engine, answers=False), MemoryLog(), engine, wait_s=0.5)
    began = monotonic()
    found = list(answered(ledger, *(lines_of([each]) for each in COMMANDS)))
    assert found == [[("unknown", name)] for name in names(0, 1, 2, 3)]
    assert 0.5 <= monotonic() - began < 1.5


def test_a_database_that_stays_away_ends_it(engine: Engine):
    sender = Sender(engine, answers=False)
    ledger = RemoteLedger(sender, MemoryLog(), engine, wait_s=0.3)
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE consumed")
    with pytest.raises(TransientError, match="consumed"):
        list(answered(ledger, lines_of(COMMANDS[:1])))
    assert sender.sent == names(0)
