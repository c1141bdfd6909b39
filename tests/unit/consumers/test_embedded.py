from collections.abc import Iterator

import pytest

from consumers import embedded
from consumers.embedded import Ledger
from eventlog.memory import MemoryLog
from projections.build import NAMES, heads
from schemas.door import LINE_BYTES_MAX
from tests.property.memory import empty_books, report_of, sent
from tests.scenario import world


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    made = Ledger(MemoryLog(), empty_books())
    made.submit(sent(*world.corridor()))
    yield made
    made.close()


def books_at(ledger: Ledger) -> int:
    (position,) = {head.position for head in heads(ledger.engine).values()}
    return position


def test_books_are_level_before_the_answer(ledger: Ledger) -> None:
    (outcome,) = ledger.submit(sent(world.settle("K1")))
    assert books_at(ledger) == ledger.position() == outcome.events[0].position


def test_books_may_wait_while_more_comes_and_are_level_at_the_end(ledger: Ledger) -> None:
    before = books_at(ledger)
    ledger.submit(sent(world.settle("K1")), more=True)
    ledger.submit(sent(world.settle("K2")), more=True)
    assert (books_at(ledger), ledger.position()) == (before, before + 2)
    ledger.finish()
    assert books_at(ledger) == before + 2


@pytest.mark.parametrize(("name", "value"), [("_PROJECT_S", -1.0), ("FLUSH_RECORDS", 2)])
def test_books_wait_neither_long_nor_for_much(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, name: str, value: object
) -> None:
    """A few seconds, or so many records, whichever comes first."""
    monkeypatch.setattr(embedded, name, value)
    ledger.submit(sent(world.settle("K1"), world.settle("K2")), more=True)
    assert books_at(ledger) == ledger.position()


def test_bytes_that_are_no_command_are_kept_with_their_place(ledger: Ledger) -> None:
    lines = sent(b"nonsense", world.settle("K1"), b"\xff")
    ledger.submit(lines)
    ledger.submit(lines)
    kept = list(ledger.log.parked())
    assert [(each.place, each.value) for each in kept] == [
        ("march.jsonl:1", b"nonsense"),
        ("march.jsonl:3", b"\xff"),
    ]
    assert all(each.reason.startswith("not JSON") for each in kept)


def test_of_a_line_without_end_the_beginning_is_kept(ledger: Ledger) -> None:
    ledger.submit(sent(b"x" * (LINE_BYTES_MAX + 1)))
    (kept,) = ledger.log.parked()
    assert len(kept.value) == LINE_BYTES_MAX
    assert "8 MiB" in kept.reason


def test_a_ledger_opened_again_goes_on(ledger: Ledger) -> None:
    claim = world.settle("K1")
    ledger.submit(sent(claim))
    again = Ledger(ledger.log, ledger.engine)
    known, refused, new = again.submit(
        sent(claim, {**claim, "command_id": "x"}, world.settle("K2"))
    )
    assert (known.outcome, refused.reason, new.outcome) == ("known", "claim_exists", "accepted")
    rows = report_of(again.engine, "balances", as_of="2025-03-31")["rows"]
    assert {row["amount"] for row in rows if row["family"] == "EXP"} == {"200.00"}
    assert {head.position for head in heads(again.engine).values()} == {again.position()}
    assert heads(again.engine).keys() == {*NAMES}
