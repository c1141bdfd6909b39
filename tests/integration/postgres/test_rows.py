"""Rows as they are written: every character, every byte, many at once, on both databases alike."""

import random
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from time import sleep

import pytest
from sqlalchemy import Engine, select, text

from consumers.rebuild import prepare
from ledger.vocabulary import ITEMS
from projections import beside
from projections.database import analyze, make_tables, on_server, open_database, snapshot
from projections.differences import _AT_ONCE, Copy, _portions
from projections.keys import make_keys
from projections.postgres_rows import _BLOCK_ROWS
from projections.tables import flat, live
from projections.writing import (
    Columns,
    Row,
    add_rows,
    add_unkeyed,
    insert_rows,
    key_of,
    new_rows,
    put_rows,
    rows_by_key,
)
from tests.auditor.streams import stream
from tests.property import memory
from tests.property.memory import MemoryLedger, tables_of

ODD = [
    "",
    "a\\b",
    'q"q',
    "{,}",
    "tab\tnew\nline\r",
    "NULL",
    "\\N",
    "\\.",
    "安徽",
    "é~",
    "\x01",
    "'",
]


@pytest.fixture
def both(empty_books: Callable[[], Engine]) -> Iterator[tuple[Engine, Engine]]:
    """Empty books of either kind."""
    file = open_database("sqlite://", writer=True)
    make_tables(file)
    yield file, empty_books()
    file.dispose()


@pytest.mark.parametrize("write", [insert_rows, put_rows])
def test_odd_texts_and_bytes_arrive_as_they_were(
    both: tuple[Engine, Engine], write: Callable[..., None]
) -> None:
    table = live("decider")["breaks"]
    rows = [(each, each, number, each.encode()) for number, each in enumerate(ODD)]
    steps = [(each, number, "2025-03-05", "X", each or None) for number, each in enumerate(ODD)]
    for engine in both:
        with engine.begin() as connection:
            write(connection, table, rows)
            write(connection, live("breaks")["break_steps"], steps)
    found = [tables_of(engine) for engine in both]
    assert found[0] == found[1]
    assert sorted(rows) == found[1]["breaks"]


def test_new_rows_taken_some_at_a_time_arrive_in_their_order(both: tuple[Engine, Engine]) -> None:
    """More than a block, to its very end, and none at all."""
    table = live("commands")["commands"]
    rows = [(key_of("command", str(n)), bytes(16), n, 1) for n in range(2 * _BLOCK_ROWS + 7)]

    def columns(some: Sequence[Row]) -> Columns:
        return list(zip(*some, strict=True)) or [()] * 4

    for engine in both:
        taken = new_rows(table, server=on_server(engine))
        for some in (rows[:3], rows[3:_BLOCK_ROWS], [], rows[_BLOCK_ROWS:-1]):
            taken.add(columns(some))
        for more in ([], rows[-1:], []):  # what was written is not written again
            taken.add(columns(more))
            with engine.begin() as connection:
                taken.write(connection)
        with engine.connect() as connection:
            found = connection.execute(select(table).order_by("position")).all()
        assert [tuple(row) for row in found] == rows


def test_sums_that_come_before_their_key_are_added_up_when_it_is_made(
    both: tuple[Engine, Engine],
) -> None:
    """Of two processes, three times, in months of their own and in the same."""
    one, other, third = (("2025-03-31", "1", "2", "EMPLOYEE", name) for name in "ABC")
    later = ("2025-04-01", *one[1:])
    parts = [{one: 1, other: 10}, {one: 2, later: 20}, {one: 3, third: -5}]
    right = [(*one, 6), (*other, 10), (*third, -5), (*later, 20)]
    for engine in both:
        prepare(engine, ["balances"])
        copies = beside.copies(["balances"])
        table = copies["balances"]["care_days"]
        for part in parts:
            with engine.begin() as connection:
                rows = [(*key, *[amount] * len(ITEMS)) for key, amount in part.items()]
                add_unkeyed(connection, table, rows)
        make_keys(engine, flat(copies))
        with engine.begin() as connection:
            add_rows(connection, table, [(*later, *[1] * len(ITEMS))])
            found = connection.execute(select(table).order_by(*table.primary_key)).all()
        assert [tuple(row) for row in found] == [
            (*key, *[amount + (tuple(key) == later)] * len(ITEMS)) for *key, amount in right
        ]


def test_rows_are_compared_some_at_a_time(both: tuple[Engine, Engine]) -> None:
    """Left to itself a file hands over one row, and a server all of them."""
    table = live("decider")["manual_marks"]
    rows = sorted((key_of("mark", str(number)),) for number in range(2 * _AT_ONCE + 7))
    sizes = []
    for engine in both:
        with engine.begin() as connection:
            insert_rows(connection, table, rows)
        with engine.connect() as connection, _portions(Copy(connection, table)) as portions:
            sizes.append([len(some) for some in portions])
    assert sizes == [[_AT_ONCE, _AT_ONCE, 7]] * 2


def test_a_second_put_replaces_and_a_second_add_adds(both: tuple[Engine, Engine]) -> None:
    table = live("balances")["book_days"]
    for engine in both:
        with engine.begin() as connection:
            put_rows(
                connection, table, [("2025-03-05", "B", "CASH", 5), ("2025-03-05", "A", "CASH", 1)]
            )
            put_rows(connection, table, [("2025-03-05", "B", "CASH", 7)])
            add_rows(connection, table, [("2025-03-05", "B", "CASH", -9), ("2025-03-06", "B", "CASH", 2)])  # fmt: skip
    expected = [("2025-03-05", "A", "CASH", 1), ("2025-03-05", "B", "CASH", -2), ("2025-03-06", "B", "CASH", 2)]  # fmt: skip
    assert [tables_of(engine)["book_days"] for engine in both] == [expected, expected]


def test_rows_are_found_by_many_keys(both: tuple[Engine, Engine]) -> None:
    table = live("decider")["claim_marks"]
    keys = [key_of("claim", str(number)) for number in range(12_000)]
    for engine in both:
        with engine.begin() as connection:
            insert_rows(connection, table, sorted((key, "K1") for key in keys[::2]))
        found = rows_by_key(engine.connect, "SELECT key FROM claim_marks WHERE key IN", keys)
        assert {bytes(key) for (key,) in found} == set(keys[::2])


def test_days_of_any_month_find_their_partition(both: tuple[Engine, Engine]) -> None:
    """Partitions are made when rows need them, also the last that a date can name."""
    days = ["0001-01-01", "2024-02-29", "2025-12-31", "9999-12-31"]
    table = live("balances")["account_days"]
    for engine in both:
        for start in range(len(days)):
            with engine.begin() as connection:
                add_rows(connection, table, [(day, 7, 1) for day in days[: start + 1]])
    assert [tables_of(e)["account_days"] for e in both] == [
        [(day, 7, len(days) - place) for place, day in enumerate(days)]
    ] * 2
    with both[1].connect() as connection:
        names = connection.scalars(
            text(
                "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'account_days'::regclass ORDER BY 1"
            )
        ).all()
    assert names == [f"account_days_{day[:7].replace('-', '_')}" for day in days]


def test_a_server_looks_how_the_rows_of_a_split_table_are_spread(
    both: tuple[Engine, Engine],
) -> None:
    """It never does so by itself, and would plan reports on it as on an empty one."""
    table = live("balances")["account_days"]
    for engine in both:
        with engine.begin() as connection:
            add_rows(connection, table, [(f"2025-{month:02d}-01", 7, 1) for month in range(1, 13)])
        analyze(engine, [table])
    counted = text("SELECT reltuples FROM pg_class WHERE oid = 'account_days'::regclass")
    with both[1].connect() as connection:
        assert connection.scalar(counted) == 12


def test_two_writers_make_a_partition_once(both: tuple[Engine, Engine]) -> None:
    """Spans of a rebuild meet the same month at once: who waited finds what the other made."""
    table = live("balances")["care_days"]
    care = ("110000", "310000", "EMPLOYEE", "H1", *(1 for _ in ITEMS))

    def write(first: bool) -> None:
        with both[1].begin() as connection:
            add_rows(connection, table, [("2031-07-01" if first else "2031-07-02", *care)])
            sleep(0.2)

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(write, (True, False))) == [None, None]
    assert [day for day, *_ in tables_of(both[1])["care_days"]] == ["2031-07-01", "2031-07-02"]


def test_both_databases_hold_the_same_rows_after_any_history(
    both: tuple[Engine, Engine], monkeypatch: pytest.MonkeyPatch, seed_of_this_run: int
) -> None:
    """A generated history, flushed and restarted in between at random."""
    lines = list(stream(seed_of_this_run, provinces=4, months=3, commands=600))
    ledgers = []
    for engine in both:
        monkeypatch.setattr(memory, "empty_books", lambda engine=engine: engine)
        ledgers.append(MemoryLedger())
    rng = random.Random(seed_of_this_run)
    while lines:
        some = rng.randint(1, 200)
        answers = [ledger.submit(lines[:some]) for ledger in ledgers]
        assert answers[0] == answers[1]
        lines = lines[some:]
        if rng.random() < 0.5:
            for ledger in ledgers:
                ledger.restart()
    for ledger in ledgers:
        ledger.flush()
    assert ledgers[0].records() == ledgers[1].records()
    found = [ledger.tables() for ledger in ledgers]
    for name in found[0]:
        assert found[0][name] == found[1][name], name


def test_a_snapshot_sees_one_moment_and_takes_no_writes(both: tuple[Engine, Engine]) -> None:
    engine = both[1]
    table = live("balances")["book_days"]
    with snapshot(engine) as reader:
        count = text("SELECT count(*) FROM book_days")
        assert reader.scalar(count) == 0
        with engine.begin() as writer:
            add_rows(writer, table, [("2025-03-05", "A", "CASH", 1)])
        assert reader.scalar(count) == 0
        assert reader.scalar(text("SHOW transaction_read_only")) == "on"
    with snapshot(engine) as reader:
        assert reader.scalar(count) == 1
