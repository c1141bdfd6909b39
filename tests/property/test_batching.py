"""Batches, flushes, restarts and copies are invisible; corridors do not look at each other.

The time of receipt is the same throughout, so that a record is compared to its last byte.
"""

import json
import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, tzinfo
from itertools import islice, repeat
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consumers.followed import FollowedLedger
from consumers.projector import fold_log
from producers.files import Line as Sent
from projections.build import NAMES, flush, folder_at
from projections.tables import METADATA
from schemas.door import admit
from schemas.envelope import Head
from tests.auditor.auditor import Auditor
from tests.auditor.facts import Corridor, Facts, Refused
from tests.auditor.streams import TODAY, stream

from .memory import (
    NOON,
    Line,
    MemoryLedger,
    Row,
    Table,
    bare,
    empty_books,
    in_batches,
    records_of,
    tables_of,
    without_checkpoints,
)

NewLedger = Callable[[], MemoryLedger]
SEEDS = (11, 12)


class Told:
    """A history and all that came of it when it was decided in one batch."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self.lines = lines
        ledger = MemoryLedger()
        self.outcomes = ledger.submit(lines)
        ledger.flush()
        self.records = ledger.records()
        self.tables = ledger.tables()
        self.reports = reports(ledger)
        ledger.close()


@pytest.fixture(scope="module", params=SEEDS, ids=lambda seed: f"seed {seed}")
def told(request: pytest.FixtureRequest) -> Told:
    return Told(stream(request.param, provinces=4, months=4, commands=600))


@pytest.fixture(scope="module")
def short() -> Told:
    return Told(stream(13, provinces=3, months=3, commands=220))


def reports(ledger: MemoryLedger) -> list[Row]:
    """Every account, pool, break, statement and payment at the end."""
    at = TODAY.isoformat()
    schemes = ("CROSS_PROVINCE", "INTRA_PROVINCE", "INTRA_PREFECTURE")
    dated = [
        ledger.report(name, as_of=at) for name in ("trial-balance", "balances", "pools", "breaks")
    ]
    owed = [ledger.report("payments", as_of=at, scheme=scheme) for scheme in schemes]
    stated = sorted({row[:2] for row in ledger.tables()["statements"]})
    return [
        *dated,
        *owed,
        *(ledger.report("statement", scheme=s, period=p) for s, p in stated),
        *(ledger.report("notices", scheme=s, period=p) for s, p in stated),
    ]


def sizes_of(seed: int) -> Iterator[int]:
    """Return batch sizes, most of them small."""
    rng = random.Random(seed)
    while True:
        yield rng.choice((1, 1, 2, 3, 7, 20, 90))


# -- any split gives the same events -----------------------------------------------------------


@pytest.mark.parametrize("size", [1, 2, 7])
def test_batches_of_any_size_give_the_same_records(
    size: int, told: Told, new_memory_ledger: NewLedger
) -> None:
    """One by one, in pairs or in sevens: the same bytes at the same positions, the same answers."""
    ledger = new_memory_ledger()
    outcomes = in_batches(ledger, told.lines, repeat(size))
    assert outcomes == told.outcomes
    assert ledger.records() == told.records


def test_batches_of_this_run_give_the_same_records(
    told: Told, seed_of_this_run: int, new_memory_ledger: NewLedger
) -> None:
    """Sizes that nobody has tried yet, books written after each: nothing shows."""
    ledger = new_memory_ledger()
    outcomes = in_batches(ledger, told.lines, sizes_of(seed_of_this_run), ledger.flush)
    assert outcomes == told.outcomes
    assert ledger.records() == told.records
    assert ledger.tables() == told.tables


@settings(max_examples=40)
@given(cuts=st.sets(st.integers(min_value=1, max_value=219), max_size=40))
def test_any_cuts_give_the_same_records(short: Told, cuts: set[int]) -> None:
    """T1: what a batch accepts is what is accepted one by one, wherever it is cut."""
    ends = [*sorted(cuts), len(short.lines)]
    ledger = MemoryLedger()
    outcomes = in_batches(
        ledger, short.lines, [b - a for a, b in zip([0, *ends], ends, strict=False)]
    )
    assert outcomes == short.outcomes
    assert ledger.records() == short.records
    ledger.close()


# -- when the books are written, and by whom, does not show ------------------------------------


@pytest.mark.parametrize("size", [1, 50], ids=["every command", "every fifty"])
def test_books_written_after_every_batch_are_those_written_once(
    size: int, told: Told, new_memory_ledger: NewLedger
) -> None:
    """All tables, row by row."""
    ledger = new_memory_ledger()
    in_batches(ledger, told.lines, repeat(size), ledger.flush)
    assert ledger.tables() == told.tables


def test_a_restart_after_every_batch_does_not_show(
    told: Told, new_memory_ledger: NewLedger
) -> None:
    """What the decider remembers is in its tables to the last detail."""
    ledger = new_memory_ledger()
    outcomes = in_batches(ledger, told.lines, sizes_of(5), ledger.restart)
    assert outcomes == told.outcomes
    assert ledger.records() == told.records
    assert ledger.tables() == told.tables


def test_books_folded_from_the_log_are_those_folded_live(told: Told) -> None:
    """A fold of the records alone gives every row again."""
    source = MemoryLedger()
    source.submit(told.lines)
    engine = empty_books()
    fold_log(source.log, engine, folder_at(engine, NAMES, Head()))
    assert tables_of(engine) == told.tables
    engine.dispose()
    source.close()


class Laggard:
    """Folds for a decider as late as it may: only when that waits, and no further than it must."""

    def __init__(self, ledger: MemoryLedger) -> None:
        self._log = ledger.log
        self._engine = ledger.engine
        self._folder = folder_at(ledger.engine, NAMES, Head())
        self._told = 0
        self.waits = 0

    def tell(self, position: int) -> None:
        assert self._told <= position <= self._log.head().position
        self._told = position

    def wait(self, reached: Callable[[], bool]) -> None:
        self.waits += 1
        while not reached():
            self._fold(self._folder.head.position + 1)
        assert self._folder.head.position <= self._told

    def finish(self) -> None:
        self._fold(self._log.head().position)

    def _fold(self, until: int) -> None:
        fold_log(self._log, self._engine, self._folder, until=until)
        flush(self._engine, self._folder)


class Noon(datetime):
    """A clock that stands still."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        return NOON.astimezone(tz)


@pytest.mark.parametrize("rotate_records", [1, 30])
@pytest.mark.parametrize("many", [0, 4, 1_000], ids=lambda many: f"{many} are many")
def test_books_that_lag_behind_do_not_show(
    rotate_records: int,
    many: int,
    told: Told,
    new_memory_ledger: NewLedger,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A second process folds; the decider keeps in memory what the books do not hold yet.

    Of `many` lines on, a batch is decided while the one before is appended.
    """
    monkeypatch.setattr("consumers.followed._ROTATE_RECORDS", rotate_records)
    monkeypatch.setattr("consumers.followed._MANY", many)
    monkeypatch.setattr("consumers.embedded.datetime", Noon)
    shared = new_memory_ledger()
    laggard = Laggard(shared)
    ledger = FollowedLedger(shared.log, shared.engine, laggard)  # type: ignore[arg-type]  # a double
    sent = iter(
        Sent(file="history", number=number, value=raw, arrival=admit(raw))
        for number, line in enumerate(told.lines, 1)
        if (raw := bare(line))
    )
    sizes = sizes_of(7)
    batches = iter(lambda: list(islice(sent, next(sizes))), [])
    answered = [
        {"line": line.number, **outcome.document()}
        for lines, outcomes in ledger.answers(batches)
        for line, outcome in zip(lines, outcomes, strict=True)
    ]
    ledger.finish()
    assert answered == told.outcomes
    assert laggard.waits > 5
    assert records_of(shared.log) == told.records
    assert shared.tables() == told.tables


# -- copies ------------------------------------------------------------------------------------


def test_a_second_run_changes_nothing(told: Told, new_memory_ledger: NewLedger) -> None:
    """Every line again: known with its first answer, or refused again where no id was bound."""
    ledger = new_memory_ledger()
    in_batches(ledger, told.lines, repeat(100), ledger.flush)
    again = in_batches(ledger, told.lines, sizes_of(3), ledger.flush)
    assert without_checkpoints(ledger.tables()) == without_checkpoints(told.tables)
    assert [each["line"] for each in again] == [each["line"] for each in told.outcomes]
    for first, second in zip(told.outcomes, again, strict=True):
        if first["reason"] in ("malformed", "command_id_reused"):
            assert second == first
        else:
            assert second == {**first, "outcome": "known"}


def test_a_copy_after_every_command_changes_nothing(
    told: Told, new_memory_ledger: NewLedger
) -> None:
    """Each line twice in a row, in batches that part some of the twins."""
    ledger = new_memory_ledger()
    twice = [line for line in told.lines for _ in range(2)]
    in_batches(ledger, twice, repeat(7), ledger.flush)
    facts = {name: rows_alone(name, rows) for name, rows in ledger.tables().items()}
    expected = {name: rows_alone(name, rows) for name, rows in told.tables.items()}
    assert without_checkpoints(facts) == without_checkpoints(expected)


# -- order between corridors -------------------------------------------------------------------


LOCAL = frozenset(
    {
        "SettleClaim",
        "ReverseClaim",
        "DeductClaim",
        "ReleaseDeduction",
        "RefundClaim",
        "RecoverClaim",
        "HoldClaim",
        "ReleaseClaim",
        "OpenInquiry",
        "AnswerInquiry",
        "ConfirmInquiry",
        "SizeAdvance",
        "PayAdvance",
        "ConfirmAdvanceReceipt",
        "PayAdvanceReturn",
        "ConfirmAdvanceReturnReceipt",
        "RequestEmergencyIncrease",
        "DecideEmergencyIncrease",
        "DisputeStatementLine",
        "SubmitToFinance",
        "PayClearing",
        "ConfirmClearingReceipt",
        "PayReturn",
        "ConfirmReturnReceipt",
    }
)
"""The commands that look at one corridor only, and change that only."""


def test_the_order_between_corridors_does_not_matter(
    told: Told, seed_of_this_run: int, new_memory_ledger: NewLedger
) -> None:
    """Local rules: commands of different corridors change places, the books stay as they are."""
    order = reordered(told.lines, random.Random(seed_of_this_run))
    assert sum(place != line for place, line in enumerate(order)) > len(order) // 5
    ledger = new_memory_ledger()
    answers = ledger.submit([told.lines[place] for place in order])
    ledger.flush()
    moved = {order[answer["line"] - 1] + 1: answer for answer in answers}
    assert [unplaced(moved[each["line"]]) for each in told.outcomes] == [
        unplaced(each) for each in told.outcomes
    ]
    assert facts_of(ledger.records()) == facts_of(told.records)
    assert reports(ledger) == told.reports
    for name, rows in without_checkpoints(ledger.tables()).items():
        assert named(name, rows, ledger.tables()) == named(name, told.tables[name], told.tables)


def reordered(lines: Sequence[Line], rng: random.Random) -> list[int]:
    """Return places of lines so that those of one corridor keep their order, between barriers."""
    order: list[int] = []
    block: dict[Corridor, list[int]] = defaultdict(list)

    def end_block() -> None:
        queues = list(block.values())
        while queues:
            queue = rng.choice(queues)
            order.append(queue.pop(0))
            queues = [each for each in queues if each]
        block.clear()

    for place, corridor in enumerate(concerns(lines)):
        if corridor is not None:
            block[corridor].append(place)
        else:
            end_block()
            order.append(place)
    end_block()
    return order


NOWHERE = Corridor("", "", "")
"""What a line that is no command is about."""


def concerns(lines: Sequence[Line]) -> Iterator[Corridor | None]:
    """Return the one corridor that each line is about; None for what may touch a shared thing."""
    ids: dict[object, set[int]] = defaultdict(set)
    owners: dict[object, set[object]] = defaultdict(set)
    for place, line in enumerate(lines):
        if isinstance(line, dict):
            ids[str(line.get("command_id"))].add(place)
            if line.get("type") == "SettleClaim":
                ends = (line.get("insured_region"), line.get("treatment_region"))
                owners[str(line.get("claim_id"))].add(str(ends))
    auditor = Auditor(TODAY)
    for line in lines:
        alone = isinstance(line, dict) and len(ids[str(line.get("command_id"))]) == 1
        if isinstance(line, dict) and alone and len(owners[str(line.get("claim_id"))]) < 2:
            found = concern(auditor.facts, line)
        else:
            found = None
        answers = auditor.submit([line])
        yield NOWHERE if answers and answers[0]["reason"] == "malformed" else found


def concern(facts: Facts, command: Row) -> Corridor | None:
    if command.get("type") not in LOCAL:
        return None
    claim = facts.claims.get(str(command.get("claim_id")))
    if "insured_region" not in command:
        return claim.corridor if claim else None
    try:
        corridor = facts.corridor(command["insured_region"], command["treatment_region"], None)
    except (Refused, KeyError, TypeError):
        return None
    if command["type"] == "DisputeStatementLine" and (claim is None or claim.corridor != corridor):
        return None
    return corridor


def unplaced(outcome: Row) -> Row:
    """Return an outcome without the line and the positions."""
    events = [(event["event_id"], event["type"]) for event in outcome["events"]]
    return {**outcome, "line": None, "events": events}


def facts_of(records: Sequence[bytes]) -> list[Row]:
    """Return what records say, without where they stand."""
    said = [json.loads(value) for value in records]
    bare_ones = [{**each, "position": None, "previous": None} for each in said]
    return sorted(bare_ones, key=lambda each: json.dumps([each["id"], each], sort_keys=True))


def rows_alone(name: str, rows: Table) -> Table:
    """Return rows without positions, in the order of their content."""
    columns = [column.name for column in METADATA.tables[name].columns]
    kept = [place for place, column in enumerate(columns) if column != "position"]
    return sorted((tuple(row[place] for place in kept) for row in rows), key=repr)


def named(name: str, rows: Table, tables: dict[str, Table]) -> Table:
    """Return rows without positions; an account goes by its dimensions, not by its number."""
    dimensions: dict[Any, tuple[Any, ...]] = {row[0]: row[1:] for row in tables["accounts"]}
    columns = [column.name for column in METADATA.tables[name].columns]
    if "account" in columns:
        place = columns.index("account")
        rows = [(*row[:place], dimensions[row[place]], *row[place + 1 :]) for row in rows]
    return rows_alone(name, rows)
