"""A projector goes on while the database looks at its rows."""

from collections.abc import Iterator, Sequence
from threading import Event

import pytest
from sqlalchemy import Engine, Table

from consumers import projecting
from consumers.projecting import Projecting
from consumers.watch import Watch
from eventlog.memory import MemoryLog
from ledger.errors import TransientError
from projections.build import heads
from tests.contract.records import append

NAMES = ["breaks", "clearing"]


class Growing(MemoryLog):
    """A log in memory that is followed."""

    def follow(self, *, after: int, wait_s: float) -> Iterator[Sequence[tuple[int, bytes]]]:
        assert wait_s > 0
        return self.read(after=after)

    def backlog(self) -> int:
        return 0


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Growing:
    """A log, of which each step folds enough for the database to look again."""
    monkeypatch.setattr(projecting, "_ANALYZE_RECORDS", 2)
    return Growing()


def test_nobody_waits_for_a_database_that_looks(
    log: Growing, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen, begun = Event(), Event()
    looked: list[set[str]] = []

    def look(_: Engine, tables: Sequence[Table]) -> None:
        begun.set()
        assert seen.wait(10)
        looked.append({table.name for table in tables})

    monkeypatch.setattr(projecting, "analyze", look)
    worker = Projecting(log, engine, NAMES, Watch("projector"))
    for _ in range(3):
        append(log, 4)
        assert worker.step()
    assert begun.wait(10)
    assert {heads(engine)[name].position for name in NAMES} == {12}
    assert not looked
    seen.set()
    worker.close()
    first, *more = looked
    assert {"break_heads", "statements"} <= first
    assert not more, "it looks once at a time"


def test_what_went_wrong_beside_is_told(
    log: Growing, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = Event()

    def fail(*_: object) -> None:
        done.set()
        raise TransientError("no room")

    monkeypatch.setattr(projecting, "analyze", fail)
    worker = Projecting(log, engine, NAMES, Watch("projector"))
    append(log, 4)
    assert worker.step()
    assert done.wait(10)
    worker._beside.shutdown()
    with pytest.raises(TransientError, match="no room"):
        worker.step()
    worker.close()


def test_a_busy_projector_asks_seldom_how_far_it_is_behind_and_an_idle_one_always(
    log: Growing, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = iter([7, 0, 0])
    monkeypatch.setattr(projecting, "_ASK_EVERY_S", 1_000.0)
    monkeypatch.setattr(log, "backlog", lambda: next(left))
    watch = Watch("projector")
    worker = Projecting(log, engine, NAMES, watch)
    for _ in range(3):
        append(log, 4)
        assert worker.step()
        assert watch.lag.records == 7
    for _ in range(2):
        assert not worker.step()
        assert watch.lag.records == 0
    worker.close()
    assert next(left, None) is None
