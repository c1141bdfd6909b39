"""How a worker is kept running: begun anew after faults of the world, ended by all others."""

from collections.abc import Callable, Sequence
from threading import Event

import pytest

from consumers import supervise
from consumers.supervise import keep_running
from consumers.watch import Watch
from ledger.errors import IntegrityError, LedgerError, TransientError, WriterFenced

Step = bool | LedgerError


class Worker:
    """Does what it is told to, step by step, or waits at its broker; then it asks to be stopped."""

    def __init__(self, steps: list[Step], stop: "Stop") -> None:
        self._steps = steps
        self._stop = stop
        self.closed = 0

    def step(self) -> bool:
        step = self._steps.pop(0)
        if not self._steps:
            self._stop.set()
        if isinstance(step, LedgerError):
            raise step
        if not step:
            self._stop.clock[0] += 0.02
        return step

    def close(self) -> None:
        self.closed += 1


class Stop(Event):
    """Counts time only where somebody waits for it."""

    def __init__(self, clock: list[float]) -> None:
        super().__init__()
        self.clock = clock
        self.waits: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.waits.append(timeout or 0.0)
        self.clock[0] += timeout or 0.0
        return self.is_set()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [0.0]
    monkeypatch.setattr(supervise, "monotonic", lambda: now[0])
    return now


@pytest.fixture
def lived(clock: list[float]) -> Callable[..., tuple[list[Worker], Stop, Watch]]:
    """Return what lives through steps: its workers, its waits, its watch."""

    def live(steps: Sequence[Step], *, patience_s: float = 1e9) -> tuple[list[Worker], Stop, Watch]:
        stop, left, made = Stop(clock), list(steps), list[Worker]()
        watch = Watch("projector")

        def make() -> Worker:
            made.append(Worker(left, stop))
            return made[-1]

        try:
            keep_running(make, stop, watch, patience_s=patience_s)
        finally:
            assert [each.closed for each in made] == [1] * len(made)
        return made, stop, watch

    return live


def test_it_never_waits_itself_while_all_goes_well(lived):
    """Who has nothing to do waits at its broker."""
    made, stop, watch = lived([True, False, True, False])
    assert len(made) == 1
    assert stop.waits == []
    assert watch.ready


def test_it_begins_anew_with_longer_pauses_up_to_a_bound(lived):
    made, stop, watch = lived([TransientError("away")] * 10 + [True])
    assert len(made) == 11
    assert stop.waits == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10.0, 10.0, 10.0]
    assert watch.registry.get_sample_value("clearing_failures_total") == 10


def test_pauses_begin_anew_once_something_was_done(lived):
    away = TransientError("away")
    _, stop, _ = lived([away, away, True, away, True])
    assert stop.waits == [0.1, 0.2, 0.1]


def test_to_be_elected_and_fail_at_once_is_no_work(lived):
    """A step without work resets nothing: else a full database would be asked ten times a second."""
    fenced = WriterFenced("another one")
    _, stop, _ = lived([False, fenced, False, fenced, False, fenced, True])
    assert stop.waits == [0.1, 0.2, 0.4]


def test_standing_by_for_a_while_is_work(lived, monkeypatch):
    monkeypatch.setattr(supervise, "_PAUSE_S", (0.1, 0.03))
    away = TransientError("away")
    _, stop, _ = lived([away, False, False, False, away, True])
    assert stop.waits == [0.1, 0.1]


def test_without_hope_it_ends_with_the_last_reason(lived):
    faults = [TransientError(f"away {number}") for number in range(50)]
    with pytest.raises(TransientError, match="away 10"):
        lived(faults, patience_s=40.0)


def test_a_broken_invariant_ends_it_at_once(lived):
    with pytest.raises(IntegrityError, match="gap"):
        lived([True, IntegrityError("gap"), True])
