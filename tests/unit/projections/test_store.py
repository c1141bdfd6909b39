"""The store's two overlays and its tables give one answer, wherever a fact lies."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import event

from consumers.decider import one_of
from ledger.errors import IntegrityError
from projections.decider import DeciderTables
from projections.store import SqlStore
from tests.property.memory import MemoryLedger
from tests.scenario import world
from tests.unit.ledger.given import AH_SH, DAY

Step = Callable[[MemoryLedger], None]


def in_memory(_: MemoryLedger) -> None:
    """Leave all that was folded in the newest overlay."""


def rotated(ledger: MemoryLedger) -> None:
    """Move all that was folded into the older overlay."""
    ledger.decider.rotate()


def flushed(ledger: MemoryLedger) -> None:
    """Write all that was folded into the tables."""
    ledger.flush()


def restarted(ledger: MemoryLedger) -> None:
    """Forget all that is in memory."""
    ledger.restart()


PLACES = (in_memory, rotated, flushed, restarted)
PATHS = [
    *((step, later) for step in (in_memory, flushed, restarted) for later in PLACES),
    (rotated, in_memory),
]
"""Where the first fact lies, and where the second: who rotates leaves the writing to another."""


def store_of(ledger: MemoryLedger) -> SqlStore:
    return one_of(ledger.folder, DeciderTables).store


def after(step: Step, *lines: Any) -> MemoryLedger:
    ledger = MemoryLedger()
    outcomes = ledger.submit(list(lines))
    assert {each["outcome"] for each in outcomes} == {"accepted"}, outcomes
    step(ledger)
    return ledger


@pytest.mark.parametrize("step", PLACES)
def test_a_claim_is_found_wherever_it_lies(step: Step) -> None:
    ledger = after(step, *world.corridor(), world.settle("K1"), world.deduct("K1", "7.00"))
    store = store_of(ledger)
    claim = store.claim("K1")  # type: ignore[arg-type]
    assert claim is not None
    assert (claim.left, claim.payable, claim.period) == (9_300, 10_000, "202503")
    assert store.claim("K2") is None  # type: ignore[arg-type]
    assert [each.claim_id for each in store.claims_of_day(AH_SH, DAY)] == ["K1"]
    ledger.close()


@pytest.mark.parametrize("step", PLACES)
def test_marks_of_a_visit_are_found_wherever_they_lie(step: Step) -> None:
    """The older claim lies there, the newer one in memory; both carry the mark."""
    ledger = after(step, *world.corridor(), world.settle("K1", mdtrt_id="V1"), world.manual())
    ledger.submit([world.settle("K2", mdtrt_id="V1"), world.settle("K3", mdtrt_id="V2")])
    store = store_of(ledger)
    found = store.claims_with_marks(["visit\0V1"])
    assert [each.claim_id for each in found] == ["K1", "K2"]
    assert store.manual_with_marks(["person\0nobody\0H1\0\0" + "10000"])
    assert not store.manual_with_marks(["visit\0V1"])
    ledger.close()


def test_a_batch_is_looked_up_at_once_however_many_claims_it_has() -> None:
    """T: one query for a claim made a country's file a hundred times slower."""
    ledger = after(in_memory, *world.corridor(), world.manual(mdtrt_id="V7"))
    asked: list[str] = []
    event.listen(ledger.engine, "before_cursor_execute", lambda *told: asked.append(told[2]))
    counts = []
    for size in (2, 60):
        lines = [
            world.settle(f"K{size}-{n}", mdtrt_id=f"V{size}-{n}", person_token=f"P{size}-{n}")
            for n in range(size)
        ]
        asked.clear()
        assert {each["outcome"] for each in ledger.submit(lines)} == {"accepted"}
        counts.append(len(asked))
    assert counts[0] == counts[1] < 10, asked
    ledger.close()


@pytest.mark.parametrize(("step", "later"), PATHS)
def test_the_newest_state_of_a_break_counts(step: Step, later: Step) -> None:
    """Opened in one place and resolved in another: it is not open any more."""
    name = "DUPLICATE_MANUAL:K1"
    lines = [*world.corridor(), world.settle("K1", mdtrt_id="V1"), world.manual(mdtrt_id="V1")]
    ledger = after(step, *lines)
    store = store_of(ledger)
    assert [each.claim_id for each in store.claims_with_open_breaks()] == ["K1"]
    ledger.submit([world.resolve(name)])
    later(ledger)
    store = store_of(ledger)
    assert store.claims_with_open_breaks() == []
    found = store.break_by_id(name)
    assert found is not None
    assert found.state == "RESOLVED"
    assert store.breaks_of("K1") == [found]  # type: ignore[arg-type]
    assert store.break_by_id("nothing") is None
    ledger.close()


@pytest.mark.parametrize(("step", "later"), PATHS)
def test_a_partys_last_report_counts(step: Step, later: Step) -> None:
    first = world.report_day("insured", world.day_row("K1"))
    ledger = after(step, *world.corridor(), first)
    ledger.submit([world.report_day("insured", world.day_row("K2"))])
    later(ledger)
    rows = store_of(ledger).daily_rows(AH_SH, DAY, "insured")
    assert rows is not None
    assert list(rows) == ["K2"]
    assert store_of(ledger).daily_rows(AH_SH, DAY, "national") is None
    ledger.close()


@pytest.mark.parametrize("step", PLACES)
def test_a_command_id_is_bound_wherever_it_lies(step: Step) -> None:
    settle = world.settle("K1")
    refused = world.settle("K2", medfee_sumamt="1.00")
    ledger = MemoryLedger()
    ledger.submit([*world.corridor(), settle, refused])
    step(ledger)
    again = ledger.submit([settle, refused, {**settle, "actor": "x"}])
    assert [(each["outcome"], each["reason"]) for each in again] == [
        ("known", None),
        ("known", "total_mismatch"),
        ("rejected", "command_id_reused"),
    ]
    accepted = store_of(ledger).accepted
    assert accepted(settle["command_id"])  # type: ignore[arg-type]
    assert not accepted(refused["command_id"])  # type: ignore[arg-type]
    assert not accepted("never sent")  # type: ignore[arg-type]
    ledger.close()


def test_a_claim_that_changes_before_it_was_settled_stops_the_fold() -> None:
    ledger = after(in_memory, *world.corridor(), world.settle("K1"))
    store = store_of(ledger)
    claim = store.claim("K1")  # type: ignore[arg-type]
    assert claim is not None
    ledger.close()
    other = MemoryLedger()
    with pytest.raises(IntegrityError, match="before it was settled"):
        store_of(other).put_claim(claim)
    other.close()


def test_two_claims_of_one_day_are_told_apart_by_their_corridor() -> None:
    ledger = after(
        flushed,
        *world.three_provinces(),
        world.settle("K1"),
        world.settle("K2", world.JS, world.SH),
    )
    assert [each.claim_id for each in store_of(ledger).claims_of_day(AH_SH, DAY)] == ["K1"]
    ledger.close()
