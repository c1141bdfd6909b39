import json
import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from consumers.decider import Decider, first_answer
from ledger import decide as law
from ledger.commands import OpenBook, SettleClaim
from ledger.errors import IntegrityError, PositionConflict, TransientError
from projections.build import NAMES, folder_at
from schemas.door import Admitted, Malformed, admit
from tests.property.memory import NOON, MemoryLedger, bare
from tests.scenario import world
from tests.scenario.world import AH, SH, Command


@pytest.fixture
def ledger() -> Iterator[MemoryLedger]:
    made = MemoryLedger()
    made.submit([*world.corridor(), world.region("620000")])
    yield made
    made.close()


def answers(ledger: MemoryLedger, *lines: Any) -> list[tuple[str, str | None]]:
    return [(each["outcome"], each["reason"]) for each in ledger.submit(list(lines))]


def arrivals(*lines: Command) -> list[Admitted | Malformed]:
    return [admit(bare(line)) for line in lines]


# -- a fault of the program ------------------------------------------------------------------------


class Flaky:
    """The rule of OpenBook, which fails some times before it works."""

    def __init__(self, times: int, fault: Exception) -> None:
        self.left = times
        self._fault = fault
        self._rule: Callable[..., Any] = law._RULES[OpenBook]

    def __call__(self, *args: Any) -> Any:
        if self.left:
            self.left -= 1
            raise self._fault
        return self._rule(*args)


def broken(monkeypatch: pytest.MonkeyPatch, times: int, fault: Exception) -> Flaky:
    flaky = Flaky(times, fault)
    monkeypatch.setitem(law._RULES, OpenBook, flaky)
    return flaky


def test_a_fault_of_the_program_is_answered_and_stops_nothing(
    ledger: MemoryLedger, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Tried twice, alarmed twice, recorded; the lines around it are decided as ever."""
    flaky = broken(monkeypatch, 99, ZeroDivisionError("x"))
    book = world.book("620000")
    with caplog.at_level(logging.ERROR):
        found = answers(ledger, world.settle("K1"), book, world.settle("K2"))
    assert found == [("accepted", None), ("rejected", "decider_fault"), ("accepted", None)]
    assert flaky.left == 97
    assert [each.levelname for each in caplog.records] == ["ERROR", "ERROR"]
    assert str(book["command_id"]) in caplog.text
    recorded = json.loads(ledger.records()[-2])
    assert (recorded["type"], recorded["data"]["reason"]) == ("CommandRefused", "decider_fault")


def test_a_command_on_which_the_program_failed_may_be_sent_again(
    ledger: MemoryLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The id is not bound; not even to the content."""
    book = world.book("620000")
    with monkeypatch.context() as patched:
        broken(patched, 99, KeyError("x"))
        assert answers(ledger, book, book) == [("rejected", "decider_fault")] * 2
    assert answers(ledger, {**book, "cash": "7.00"}, book) == [
        ("accepted", None),
        ("rejected", "command_id_reused"),
    ]


def test_a_fault_that_passes_costs_nothing(
    ledger: MemoryLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken(monkeypatch, 1, RuntimeError("x"))
    assert answers(ledger, world.book("620000")) == [("accepted", None)]


@pytest.mark.parametrize("fault", [IntegrityError("books"), MemoryError()], ids=repr)
def test_what_must_stop_the_ledger_stops_it(
    ledger: MemoryLedger, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    """A broken invariant is no fault of a command; nothing of the batch is in the log."""
    before = ledger.records()
    broken(monkeypatch, 99, fault)
    with pytest.raises(type(fault)):
        ledger.submit([world.settle("K1"), world.book("620000")])
    assert ledger.records() == before


# -- the day of receipt ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("received_at", "expected"),
    [
        (datetime(2025, 3, 4, 15, 59, 59, tzinfo=UTC), "settled_in_future"),
        (datetime(2025, 3, 4, 16, 0, tzinfo=UTC), None),
        (datetime(2025, 3, 4, 20, 0, tzinfo=timezone(timedelta(hours=4))), None),
        (datetime(2025, 3, 4, 19, 59, tzinfo=timezone(timedelta(hours=4))), "settled_in_future"),
    ],
)
def test_a_day_begins_in_shanghai(received_at: datetime, expected: str | None) -> None:
    """Eight hours before UTC's, wherever the program runs; the record says the time in UTC."""
    ledger = MemoryLedger(received_at)
    (answer,) = ledger.submit([world.region(AH, on="2025-03-05")])
    assert answer["reason"] == expected
    recorded = json.loads(ledger.records()[0])
    assert recorded["time"] == received_at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    ledger.close()


# -- copies ----------------------------------------------------------------------------------------


def test_a_copy_carries_what_the_first_answer_carried(ledger: MemoryLedger) -> None:
    """Of several records, with a detail, in the same batch and in a later one."""
    setup = [
        world.pool(SH, AH),
        world.settle("K1"),
        world.settle("K2"),
        world.manual(mdtrt_id="V1"),
        world.settle("K3", mdtrt_id="V1"),
        world.generate("202503"),
        world.confirm("202503", AH),
        world.settle("K4", SH, world.JS),
        world.generate("202503", on="2025-04-22"),
    ]
    first = ledger.submit([*setup, setup[-1], setup[5]])
    later = ledger.submit(setup)
    for one, other in zip(first, later, strict=False):
        assert {**other, "outcome": one["outcome"]} == one
        assert other["outcome"] == "known"
    partly = first[-2]
    assert partly["outcome"] == "known"
    assert "statement_exists" in partly["detail"]
    assert len(first[-1]["events"]) > 1
    assert {**first[-1], "line": 6, "outcome": "accepted"} == first[5]


def test_an_answer_is_found_by_the_place_of_its_first_record(ledger: MemoryLedger) -> None:
    (refused, accepted) = ledger.submit([world.deduct("K9", "1.00"), world.settle("K1")])
    last = ledger.log.head().position
    assert first_answer(ledger.log, last).document()["events"] == accepted["events"]
    found = first_answer(ledger.log, last - 1).document()
    assert (found["reason"], found["detail"]) == ("claim_unknown", refused["detail"])


def test_text_that_is_no_command_leaves_no_record(ledger: MemoryLedger) -> None:
    before = ledger.records()
    assert answers(ledger, b"nonsense", {"type": "X"}) == [("rejected", "malformed")] * 2
    assert ledger.records() == before


def test_who_sent_it_is_in_the_record_and_the_detail_in_the_last(ledger: MemoryLedger) -> None:
    manual = world.manual(mdtrt_id="V1")
    ledger.submit([manual, world.settle("K1", mdtrt_id="V1", actor="clerk", correlation_id="c1")])
    settled, opened = (json.loads(value) for value in ledger.records()[-2:])
    assert (settled["type"], opened["type"]) == ("ClaimSettled", "BreakOpened")
    assert {each["actor"] for each in (settled, opened)} == {"clerk"}
    assert {each["correlationid"] for each in (settled, opened)} == {"c1"}
    assert [(each["step"], each["last"]) for each in (settled, opened)] == [(0, False), (1, True)]


# -- the race --------------------------------------------------------------------------------------


def test_a_decider_that_others_overtook_writes_nothing(ledger: MemoryLedger) -> None:
    """Two that began at one place: the second learns of it when it appends."""
    ledger.flush()
    second = Decider(ledger.log, folder_at(ledger.engine, NAMES, ledger.log.head()))
    ledger.submit([world.settle("K1")])
    after = ledger.records()
    with pytest.raises(PositionConflict):
        second.handle(arrivals(world.settle("K2")), [NOON])
    assert ledger.records() == after


def test_a_decider_begins_where_its_folder_stands(ledger: MemoryLedger) -> None:
    ledger.flush()
    again = Decider(ledger.log, folder_at(ledger.engine, NAMES, ledger.log.head()))
    assert again.head() == ledger.log.head()
    (outcome,) = again.handle(arrivals(world.settle("K1")), [NOON])
    assert outcome.events[0].position == ledger.log.head().position
    assert SettleClaim in law._RULES


def test_an_empty_batch_changes_nothing(ledger: MemoryLedger) -> None:
    before = ledger.records()
    assert ledger.decider.handle([], []) == []
    assert ledger.records() == before


def test_a_database_that_fails_while_a_command_is_decided_is_no_fault_of_the_program(
    ledger: MemoryLedger,
) -> None:
    """The command may be right: nothing is answered, and the decider begins anew."""
    with ledger.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE daily_rows")
    with pytest.raises(TransientError, match="daily_rows"):
        ledger.submit([world.report_day("national", world.day_row("K1")), world.reconcile()])
