"""A log that is folded in spans, side by side, gives the rows that the deciding left behind."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest

import consumers.spans
from consumers.spans import Span, fold_rest, fold_settlements, kept_in, spans
from ledger.errors import IntegrityError
from projections.build import NAMES
from projections.settlements import merged
from projections.tables import live
from tests.auditor.streams import stream

from . import memory
from .memory import MemoryLedger, Table, tables_of

SEEDS = (31, 32, 33)
TABLES = {name: live(name) for name in NAMES}


@pytest.fixture(params=SEEDS, ids=lambda seed: f"seed {seed}")
def ledger(
    request: pytest.FixtureRequest, new_memory_ledger: Callable[[], MemoryLedger]
) -> MemoryLedger:
    """A ledger that decided and wrote its books in small batches."""
    made = new_memory_ledger()
    lines = stream(request.param, provinces=4, months=4, commands=500)
    memory.in_batches(made, lines, [37] * len(lines), made.flush)
    return made


def folded(ledger: MemoryLedger, cut: list[Span], folder: Path) -> dict[str, Table]:
    """Fold spans by up to three processes in any order, and the rest after them."""
    engine, head = memory.empty_books(), ledger.log.head()
    mixed = random.sample(cut, len(cut))
    processes = random.randint(1, 3)
    sums = [
        fold_settlements(ledger.log, engine, TABLES, mixed[number::processes], head, rest=folder)
        for number in range(processes)
    ]
    rest = [kept_in(folder, span) for span in cut]
    fold_rest(engine, TABLES, rest, merged(sums), until=head)
    rows = tables_of(engine)
    engine.dispose()
    return rows


@pytest.mark.parametrize("parts", [1, 2, 3, 16])
@pytest.mark.parametrize("written", [7, 50_000], ids=lambda records: f"written each {records}")
def test_any_number_of_spans_gives_the_same_rows(
    ledger: MemoryLedger,
    parts: int,
    written: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(consumers.spans, "SETTLED_MAX", written)
    monkeypatch.setattr(consumers.spans, "SUMS_MAX", 2 * written)
    monkeypatch.setattr(consumers.spans, "SHORTEST", 5)
    monkeypatch.setattr(consumers.spans, "nobody_writes", lambda _: random.random() < 0.5)
    cut = spans(ledger.log.head().position, parts)
    assert folded(ledger, cut, tmp_path) == ledger.tables()


def test_a_log_without_a_record_has_one_span(
    new_memory_ledger: Callable[[], MemoryLedger], tmp_path: Path
) -> None:
    ledger = new_memory_ledger()
    rows = folded(ledger, spans(0, 1), tmp_path)
    assert {name for name, table in rows.items() if table} <= {"checkpoints"}


def test_a_changed_record_is_named_by_the_span_that_it_follows_or_lies_in(
    ledger: MemoryLedger, tmp_path: Path
) -> None:
    """At a cut, the record after it does not follow; elsewhere as in a plain reading."""
    cut = spans(ledger.log.head().position, 3)
    border = cut[0].until
    for position in (border - 1, border, border + 1):
        values = ledger.log._values
        kept = values[position - 1]
        values[position - 1] = kept.replace(b'"on":"20', b'"on":"19', 1)
        assert values[position - 1] != kept
        with pytest.raises(IntegrityError, match=f"^position {position + 1}: the record before"):
            folded(ledger, cut, tmp_path)
        values[position - 1] = kept
