"""What goes on side by side where a second process folds the books."""

from collections.abc import Iterator, Sequence
from threading import Event

import pytest

from consumers.embedded import Ledger
from consumers.followed import FollowedLedger
from eventlog.memory import MemoryLog
from ledger.errors import TransientError
from producers.files import Line
from schemas.envelope import Head
from tests.property.memory import empty_books, sent
from tests.scenario import world

WAIT_S = 30


class Careful(MemoryLog):
    """Appends only when it may, and says when it has begun."""

    def __init__(self) -> None:
        super().__init__()
        self.begun, self.may = Event(), Event()
        self.may.set()
        self.fails_in = -1

    def append(self, values: Sequence[bytes], *, expected: Head) -> None:
        self.begun.set()
        assert self.may.wait(WAIT_S)
        self.fails_in -= 1
        if self.fails_in == 0:
            raise TransientError("no space")
        super().append(values, expected=expected)


class Follower:
    """Notes what it is told."""

    def __init__(self) -> None:
        self.told: list[int] = []

    def tell(self, position: int) -> None:
        self.told.append(position)

    def leave(self) -> None:
        pass


@pytest.fixture
def log() -> Careful:
    """A log with a corridor to settle claims in."""
    made, books = Careful(), empty_books()
    Ledger(made, books).submit(sent(*world.corridor()))
    return made


@pytest.fixture
def follower() -> Follower:
    return Follower()


@pytest.fixture
def ledger(
    log: Careful, follower: Follower, monkeypatch: pytest.MonkeyPatch
) -> Iterator[FollowedLedger]:
    """A ledger for which two lines are many."""
    monkeypatch.setattr("consumers.followed._MANY", 2)
    books = empty_books()
    Ledger(MemoryLog(), books).submit(sent(*world.corridor()))
    made = FollowedLedger(log, books, follower)  # type: ignore[arg-type]  # a double
    yield made
    log.may.set()
    made.close()


def claims(*names: str) -> list[Line]:
    return sent(*(world.settle(name) for name in names))


def test_many_lines_are_appended_while_others_come_and_answered_after(
    ledger: FollowedLedger, log: Careful, follower: Follower
) -> None:
    before = log.head().position
    log.may.clear()
    log.begun.clear()

    def batches() -> Iterator[list[Line]]:
        yield claims("K1", "K2")
        assert log.begun.wait(WAIT_S)  # the first are on their way, and nobody waits for them
        assert (log.head().position, follower.told) == (before, [])
        log.may.set()
        yield claims("K3", "K4")

    for number, (_, outcomes) in enumerate(ledger.answers(batches()), 1):
        assert [each.outcome for each in outcomes] == ["accepted", "accepted"]
        assert outcomes[-1].events[0].position == before + 2 * number <= log.head().position
    assert follower.told == [before + 2, before + 4]


def test_few_lines_are_answered_before_others_are_waited_for(ledger: FollowedLedger) -> None:
    answered: list[int] = []

    def batches() -> Iterator[list[Line]]:
        for number, name in enumerate(("K1", "K2", "K3")):
            assert len(answered) == number
            yield claims(name)

    for lines, _ in ledger.answers(batches()):
        answered.append(len(lines))
    assert answered == [1, 1, 1]


def test_what_could_not_be_appended_is_not_answered_and_nothing_follows_it(
    ledger: FollowedLedger, log: Careful
) -> None:
    """After the third there is room again, and the fourth is refused all the same."""
    before = log.head().position
    log.fails_in = 3
    batches = [claims(f"K{number}", f"L{number}") for number in range(4)]
    answers = ledger.answers(batches)
    assert [next(answers)[0], next(answers)[0]] == batches[:2]
    with pytest.raises(TransientError, match="no space"):
        next(answers)
    ledger.close()
    assert log.head().position == before + 4
