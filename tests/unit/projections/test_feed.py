"""The feed's fold on books in memory: any flushes give the same, copies are silent."""

import json
import random
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text

from eventlog.port import read_records
from projections import beside, outbox
from projections.build import build, flush, folder_at
from projections.feed import Feed
from projections.fold import Folder
from projections.outbox import Line, begin_generation, forget, unsent
from projections.tables import FEED, live
from schemas.envelope import Head
from schemas.feed import PARTITIONS, partition_of
from tests.auditor.golden import three_provinces
from tests.property.memory import MemoryLedger, empty_books, tables_of

OURS = ("feed_balances", "feed_outbox", "feed_generation")


@pytest.fixture(scope="module")
def ledger() -> Iterator[MemoryLedger]:
    made = MemoryLedger()
    made.submit(three_provinces().lines)
    made.flush()
    yield made
    made.close()


def fed(ledger: MemoryLedger, engine: Engine, folder: Folder, sizes: Iterator[int]) -> dict:
    while folder.head != ledger.log.head():
        until = folder.head.position + next(sizes)
        for batch in read_records(ledger.log, after=folder.head, until=until):
            folder.fold(batch.records, batch.head)
        flush(engine, folder)
    return {name: tables_of(engine)[name] for name in OURS}


def always(size: int) -> Iterator[int]:
    while True:
        yield size


def test_batching_is_invisible(ledger: MemoryLedger, books: Engine) -> None:
    one, other = empty_books(), empty_books()
    whole = fed(ledger, books, folder_at(books, [FEED], Head()), always(10**6))
    single = fed(ledger, one, folder_at(one, [FEED], Head()), always(1))
    some = iter(lambda: random.randint(1, 9), 0)
    assert whole == single == fed(ledger, other, folder_at(other, [FEED], Head()), some)
    one.dispose()
    other.dispose()


def test_balances_are_those_of_the_report(ledger: MemoryLedger, books: Engine) -> None:
    fed(ledger, books, folder_at(books, [FEED], Head()), always(10))
    rows = ledger.report("balances", as_of="2026-12-31")["rows"]
    wanted = {f"{row['book']}:{row['account']}": row["amount"] for row in rows}
    with books.connect() as connection:
        sent = [json.loads(message) for _, message in unsent(connection, None, 10**6)]
    told = {each["subject"]: each["data"]["balance"] for each in sent}
    assert {key: amount for key, amount in told.items() if amount != "0.00"} == wanted


def test_a_copy_is_silent(ledger: MemoryLedger, books: Engine) -> None:
    folder = Folder(build([FEED], books, {FEED: live(FEED)}), Head())
    found = fed(ledger, books, folder, always(10))
    assert found["feed_outbox"] == []
    assert found["feed_balances"]


def test_what_readers_have_heard_is_not_told_again(ledger: MemoryLedger, books: Engine) -> None:
    heard = [0, 40, 80, ledger.log.head().position]
    whole = empty_books()
    told = fed(ledger, whole, folder_at(whole, [FEED], Head()), always(10))["feed_outbox"]
    folder = Folder([Feed(live(FEED), heard)], Head())
    found = fed(ledger, books, folder, always(10))["feed_outbox"]
    subject = {row: json.loads(row[3])["subject"] for row in told}
    assert found == [row for row in told if row[1] >= heard[partition_of(subject[row])]]
    assert len(heard) == PARTITIONS
    whole.dispose()


def test_the_outbox_is_emptied_in_order(ledger: MemoryLedger, books: Engine) -> None:
    rows = fed(ledger, books, folder_at(books, [FEED], Head()), always(50))["feed_outbox"]
    taken: list[Line] = []
    last = None
    while True:
        with books.begin() as connection:
            some = [line for line, _ in unsent(connection, last, 7)]
            if not some:
                break
            taken, last = taken + some, some[-1]
            if random.random() < 0.5:
                forget(connection, last)
    assert taken == [row[:3] for row in rows]
    with books.begin() as connection:
        assert last is not None
        forget(connection, last)
    assert tables_of(books)["feed_outbox"] == []


def test_corrections_are_a_generation_of_their_own(ledger: MemoryLedger, books: Engine) -> None:
    fed(ledger, books, folder_at(books, [FEED], Head()), always(50))
    with books.begin() as connection:
        begin_generation(connection, 4)
        begin_generation(connection, 1)  # goes on with its own
        beside.make(connection, [FEED])
        copy = "INSERT INTO new_feed_balances SELECT * FROM feed_balances"
        connection.execute(text(copy))
        assert outbox.correct(connection, 9_000, "now") == 0
        assert outbox.generation_of(connection) == 4
        connection.execute(text("UPDATE new_feed_balances SET balance = balance + 1"))
        connection.execute(text("DELETE FROM feed_balances WHERE account LIKE '%CASH%'"))
        changed = outbox.correct(connection, 9_000, "now")
        accounts = connection.execute(text("SELECT count(*) FROM new_feed_balances")).scalar()
        assert changed == accounts
        assert outbox.generation_of(connection) == 5
