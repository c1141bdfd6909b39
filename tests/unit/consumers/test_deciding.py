"""The deciding worker, with a log in memory: one thread decides, one appends and writes."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Engine

from consumers import deciding
from consumers.deciding import Deciding
from consumers.watch import Watch
from eventlog.memory import MemoryLog
from eventlog.port import Consumed, Received
from ledger.errors import TransientError, WriterFenced
from projections.answers import answers_at, consumed_until
from projections.build import heads
from schemas.envelope import Head
from tests.scenario import world

NOON = datetime(2026, 1, 2, 4, tzinfo=UTC)


class Commands:
    """A commands topic in a list, given to its only member; it is read batch by batch."""

    def __init__(self, *batches: Sequence[Any]) -> None:
        self.batches = [list(batch) for batch in batches]
        self.next = 0

    def elected(self, wait_s: float) -> bool:
        return True

    def committed(self) -> int | None:
        return None

    def begin(self) -> int:
        return 0

    def end(self) -> int:
        return self.next + sum(map(len, self.batches))

    def backlog(self) -> int:
        return self.end() - self.next

    def seek(self, offset: int) -> None:
        assert offset == self.next

    def read(self, wait_s: float, most: int = 0) -> list[Received]:
        batch = self.batches.pop(0) if self.batches else []
        first, self.next = self.next, self.next + len(batch)
        return [
            Received(offset=offset, value=json.dumps(line).encode(), received_at=NOON)
            for offset, line in enumerate(batch, first)
        ]

    def forget(self, before: datetime, decided: int) -> int:
        return 0

    def consumed(self) -> Consumed:
        return Consumed(offset=self.next, group="deciders")

    def close(self) -> None: ...


class Log(MemoryLog):
    """A log that takes so many appends, and keeps how far commands were consumed."""

    def __init__(self, takes: int = 99) -> None:
        super().__init__()
        self.consumed: list[int] = []
        self.takes = takes

    def append(
        self, values: Sequence[bytes], *, expected: Head, consumed: Consumed | None = None
    ) -> None:
        if len(self.consumed) == self.takes:
            raise WriterFenced("another writer took over the log")
        super().append(values, expected=expected)
        assert consumed is not None
        self.consumed.append(consumed.offset)


def worker(commands: Commands, log: Log, engine: Engine) -> Deciding:
    made = Deciding(commands, lambda: log, engine, Watch("decider"))
    made.step()  # takes over
    return made


def answered(engine: Engine, offsets: Sequence[int]) -> list[str]:
    with engine.connect() as connection:
        found = answers_at(connection, offsets)
    return [json.loads(found[offset])["outcome"] for offset in offsets if offset in found]


BATCHES = (
    [*world.corridor(), world.settle("K1")],
    [world.settle("K1"), world.settle("K2")],  # the first was settled a batch before
    [world.deduct("K2", "7.00"), {"type": "Nothing"}, world.settle("K3")],
)
COUNT = sum(len(batch) for batch in BATCHES)
REFUSED = len(BATCHES[0])
MALFORMED = len(BATCHES[0]) + len(BATCHES[1]) + 1


@pytest.mark.parametrize("many", [1, 1_000])
def test_batches_are_appended_and_written_in_order(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, many: int
) -> None:
    """Whether it waits for an append or goes on meanwhile, each batch sees the one before."""
    monkeypatch.setattr(deciding, "_MANY", many)
    commands, log = Commands(*BATCHES), Log()
    made = worker(commands, log, engine)
    assert [made.step() for _ in BATCHES] == [True] * len(BATCHES)
    assert made.step() is False  # it is written by now
    wanted = ["accepted"] * COUNT
    wanted[REFUSED] = wanted[MALFORMED] = "rejected"
    assert answered(engine, range(COUNT)) == wanted
    assert log.consumed == [len(BATCHES[0]), len(BATCHES[0]) + 2, COUNT]
    assert [stray.place for stray in log.parked()] == [f"commands@{MALFORMED}"]
    assert set(heads(engine, ["commands", "decider"]).values()) == {log.head()}
    with engine.connect() as connection:
        assert consumed_until(connection) == COUNT
    made.close()


def test_a_known_command_gets_its_first_answer_while_that_is_being_written(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deciding, "_MANY", 1)
    again = world.settle("K9")
    made = worker(Commands([*world.corridor(), again], [again]), Log(), engine)
    made.step()
    made.step()
    made.step()
    assert answered(engine, [len(world.corridor()), len(world.corridor()) + 1]) == [
        "accepted",
        "known",
    ]
    made.close()


@pytest.mark.parametrize("many", [1, 1_000])
def test_what_follows_a_failed_append_is_never_appended(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, many: int
) -> None:
    monkeypatch.setattr(deciding, "_MANY", many)
    log = Log(takes=1)
    made = worker(Commands(*BATCHES), log, engine)
    with pytest.raises(WriterFenced, match="took over"):
        all(made.step() for _ in range(COUNT))
    log.takes = 99
    made.close()
    assert log.consumed == [len(BATCHES[0])]
    with engine.connect() as connection:
        assert consumed_until(connection) == len(BATCHES[0])


def test_a_write_that_fails_is_told_although_nothing_follows(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = worker(Commands(BATCHES[0]), Log(), engine)

    def fails(*_: object) -> None:
        raise TransientError("the database is away")

    monkeypatch.setattr(deciding, "write_decided", fails)
    assert made.step() is True
    with pytest.raises(TransientError, match="is away"):
        made.step()
    made.close()
