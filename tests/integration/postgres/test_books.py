"""Books on a server as an operator meets them: rebuild, verify, rivals, outages, doctor."""

import json
import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from psycopg.pq import TransactionStatus
from sqlalchemy import BigInteger, Column, Connection, Engine, LargeBinary, make_url, text

import bootstrap
import consumers.rebuild
from eventlog.port import read_records
from ledger.errors import (
    CheckpointMoved,
    ConfigurationError,
    IntegrityError,
    TransientError,
    WriterFenced,
)
from producers.files import read_lines
from projections import beside
from projections.build import NAMES, flush, folder_at, heads
from projections.database import asking, connected, migrate, open_database, translated
from projections.differences import alike
from projections.tables import OWNED, live
from projections.writing import insert_rows, put_rows
from reports.reading import wait_for
from tests.cli.program import call
from tests.fault.books import whole_cycle
from tests.property.memory import MemoryLedger, tables_of
from tests.scenario import world
from tests.services.processes import wait_for as until

LINES = whole_cycle().splitlines()
NOWHERE = "postgresql://nobody:secret@127.0.0.1:1/none"


@pytest.fixture(scope="module")
def settings(
    tmp_path_factory: pytest.TempPathFactory, new_database: Callable[[], str]
) -> bootstrap.Settings:
    """A ledger with a row in every table: its log in a file, its books on the server."""
    chosen = bootstrap.Settings(
        log=f"sqlite:///{tmp_path_factory.mktemp('log')}/log.db", db=new_database(), ledger="whole"
    )
    with bootstrap.open_embedded(chosen) as ledger:
        for some in (LINES[:9], LINES[9:]):  # in two flushes: what is there is changed
            for chunk in read_lines(BytesIO(b"\n".join(some)), "test", as_csv=False):
                assert {each.outcome for each in ledger.submit(chunk)} == {"accepted"}
    return chosen


@pytest.fixture
def engine(settings: bootstrap.Settings) -> Iterator[Engine]:
    made = bootstrap.open_books(settings, writer=True)
    yield made
    made.dispose()


def names_in(engine: Engine) -> list[str]:
    query = "SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace"
    with engine.connect() as connection:
        return sorted(name[:50] for name in connection.scalars(text(query)))  # some are cut short


def words(settings: bootstrap.Settings) -> list[str]:
    return ["--log", settings.log, "--db", settings.db]


# -- rebuild and verify ----------------------------------------------------------------------------


def test_every_table_of_a_projection_has_a_row(engine: Engine) -> None:
    tables = tables_of(engine)
    assert all(tables[table.name] for owned in OWNED.values() for table in owned)


def test_equal_copies_take_over_under_the_same_names(
    settings: bootstrap.Settings, engine: Engine
) -> None:
    before, names = tables_of(engine), names_in(engine)
    for processes in (1, 3):
        rebuilt = bootstrap.rebuild(settings, processes=processes)
        assert [each.difference for each in rebuilt] == [None] * len(NAMES)
        assert tables_of(engine) == before
        assert names_in(engine) == names
    assert bootstrap.verify(settings)[1] == []


def test_copies_that_cannot_be_made_end_a_rebuild_with_the_reason(
    settings: bootstrap.Settings, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Goal: no process waits for tables that will never be. Method: two have begun to fold."""
    before = tables_of(engine)

    def refused(*_: object) -> None:
        raise TransientError("there is no room")

    with monkeypatch.context() as patch:
        patch.setattr(consumers.rebuild, "prepare", refused)
        with pytest.raises(TransientError, match="there is no room"):
            bootstrap.rebuild(settings, processes=2)
    assert tables_of(engine) == before
    assert all(each.switched for each in bootstrap.rebuild(settings, processes=2))


@pytest.mark.parametrize("projection", NAMES)
def test_a_lost_row_of_any_table_is_found_and_stays_lost_until_it_is_replaced(
    settings: bootstrap.Settings, engine: Engine, projection: str
) -> None:
    before = tables_of(engine)
    owner = random.choice(OWNED[projection])
    table = owner.name
    with engine.begin() as connection:
        lost = connection.execute(text(f"DELETE FROM {table} WHERE {_first(connection, owner)}"))
        assert lost.rowcount == 1
    damaged = tables_of(engine)
    findings = bootstrap.verify(settings)[1]
    assert any(f"projection {projection}, table {table}, row " in each for each in findings)
    (rebuilt,) = bootstrap.rebuild(settings, [projection])
    assert rebuilt.difference is not None
    assert (rebuilt.difference.table, rebuilt.difference.live) == (table, None)
    assert tables_of(engine) == damaged
    (rebuilt,) = bootstrap.rebuild(settings, [projection], replace=True)
    assert rebuilt.switched
    assert tables_of(engine) == before
    assert not [name for name in names_in(engine) if name.startswith("new_")]


@pytest.mark.parametrize("projection", NAMES)
def test_a_change_of_any_cell_and_any_row_too_many_are_seen(
    engine: Engine, projection: str
) -> None:
    again = beside.copies([projection])[projection]
    with engine.connect() as connection:
        for table in OWNED[projection]:
            name = again[table.name].name
            first = f'ctid = (SELECT min(ctid) FROM "{name}")'
            connection.execute(text(f'CREATE TABLE "{name}" AS TABLE "{table.name}"'))
            assert alike(connection, table, again[table.name])
            changes = [f"UPDATE {name} SET {_changed(c)} WHERE {first}" for c in table.columns]
            doubled = f"INSERT INTO {name} SELECT * FROM {name} WHERE {first}"
            for change in (*changes, doubled, f"DELETE FROM {name} WHERE {first}"):
                nested = connection.begin_nested()
                assert connection.execute(text(change)).rowcount == 1
                assert not alike(connection, table, again[table.name]), change
                nested.rollback()


def test_a_value_in_another_column_that_may_be_empty_is_seen(engine: Engine) -> None:
    name = "statement_steps"
    again = beside.copies(["clearing"])["clearing"][name]
    ways = ("submit_due = NULL, pay_due = 'X'", "submit_due = 'X', pay_due = NULL")
    with engine.connect() as connection:
        for change in ways:
            connection.execute(text(f'CREATE TABLE "{again.name}" AS TABLE "{name}"'))
            connection.execute(text(f'UPDATE "{again.name}" SET {change}'))
            for other in ways:
                nested = connection.begin_nested()
                connection.execute(text(f"UPDATE {name} SET {other}"))
                assert alike(connection, live("clearing")[name], again) == (other == change)
                nested.rollback()
            connection.execute(text(f'DROP TABLE "{again.name}"'))


def _changed(column: Column[Any]) -> str:
    if isinstance(column.type, BigInteger):
        return f"{column.name} = {column.name} + 1"
    if isinstance(column.type, LargeBinary):
        return f"{column.name} = {column.name} || '\\x00'::bytea"
    return f"{column.name} = coalesce({column.name}, '') || 'x'"


@pytest.mark.parametrize("projection", NAMES)
def test_a_reader_of_two_tables_and_a_switch_do_not_wait_for_each_other(
    settings: bootstrap.Settings, engine: Engine, projection: str
) -> None:
    """Goal: no deadlock. Method: read a table, let a switch wait for it, read those after it."""
    names = sorted(table.name for table in OWNED[projection])
    first = random.randrange(len(names))
    with ThreadPoolExecutor(1) as pool, engine.connect() as reader:
        reader.execute(text(f"SELECT 1 FROM {names[first]}"))
        rebuilt = pool.submit(bootstrap.rebuild, settings, [projection])
        until(lambda: _a_switch_waits(engine), None, 30, "a switch that waits")
        reader.execute(text("SET LOCAL lock_timeout = '2s'"))
        for name in names[first:]:
            reader.execute(text(f"SELECT 1 FROM {name}"))
        reader.rollback()
        assert [each.switched for each in rebuilt.result()] == [True]


def _a_switch_waits(engine: Engine) -> bool:
    waits = "SELECT 1 FROM pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock'"
    with engine.connect() as connection:
        return connection.scalar(text(waits)) is not None


def _first(connection: Connection, table: Any) -> str:
    keys = [f'"{column.name}"' for column in table.primary_key]
    row = connection.execute(text(f"SELECT {', '.join(keys)} FROM {table.name} LIMIT 1")).one()

    def literal(value: Any) -> str:
        return f"'\\x{value.hex()}'" if isinstance(value, bytes) else f"'{value}'"

    return " AND ".join(f"{k} = {literal(v)}" for k, v in zip(keys, row, strict=True))


# -- the calls ---------------------------------------------------------------------------------


def test_every_read_call_answers_as_with_a_file(
    settings: bootstrap.Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same log folded into a file gives the same bytes of every answer."""
    monkeypatch.setenv("CLEARING_LEDGER", settings.ledger)
    file = ["--log", settings.log, "--db", f"sqlite:///{tmp_path}/books.db"]
    assert call("submit", *file, "-").status == 0
    end = json.loads(call("pools", "--as-of", "2026-01-01", "--format", "json", *file).out)
    dated = ["--as-of", "2025-12-31"]
    of = ["--scheme", "CROSS_PROVINCE", "--period", "202503"]
    for each in (
        ["trial-balance", *dated],
        ["balances", *dated],
        ["balances", *dated, "--region", world.AH, "--counterparty", world.SH],
        ["statement", *of],
        ["notices", *of],
        ["payments", *of, *dated],
        ["pools", *dated],
        ["breaks", *dated],
        ["pools", *dated, "--at-position", "20"],
        ["breaks", *dated, "--wait-for", str(end["position"])],
        ["history", "--claim", "K1"],
        ["history", "--claim", "K1", "--at-position", "12"],
        ["outcome", json.loads(LINES[0])["command_id"]],
    ):
        forms = [["--format", form] for form in ("table", "json", "csv")]
        for form in [[]] if each[0] == "outcome" else forms:
            here, there = call(*each, *form, *words(settings)), call(*each, *form, *file)
            assert here == there, each
            assert here.out, each


def test_wait_for_ends_when_the_books_never_come_there(
    settings: bootstrap.Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = bootstrap.open_books(settings)
    with pytest.raises(TransientError, match="the books stand at position"):
        wait_for(engine, 1_000_000, wait_ms_max=200)
    engine.dispose()


def test_a_question_that_stands_alone_opens_no_transaction(engine: Engine) -> None:
    """And whoever has the connection next has transactions again."""
    wanted = {asking: TransactionStatus.IDLE, connected: TransactionStatus.INTRANS}
    for lent, status in (*wanted.items(), *wanted.items()):
        with lent(engine) as connection:
            assert connection.scalar(text("SELECT count(*) FROM claims"))
            driver: Any = connection.connection.driver_connection
            assert driver.info.transaction_status == status


# -- rivals ------------------------------------------------------------------------------------


def test_one_of_two_that_fold_at_the_same_time_is_refused_before_it_writes(
    empty_books: Callable[[], Engine],
) -> None:
    """The first holds the checkpoint; the rival waits for it, and then finds it moved."""
    ledger = MemoryLedger()
    head = ledger.log.head()
    ledger.submit([*world.corridor(), world.settle("K1")])
    rival = folder_at(ledger.engine, NAMES, head)
    for batch in read_records(ledger.log, after=head):
        rival.fold(batch.records, batch.head)
    with ThreadPoolExecutor(1) as pool:
        with ledger.engine.begin() as connection:
            ledger.folder.flush(connection)
            late = pool.submit(flush, ledger.engine, rival)
            with pytest.raises(TimeoutError):
                late.result(0.5)
        with pytest.raises(CheckpointMoved, match="another one folds it"):
            late.result(20)
    ledger.folder.written()
    before = tables_of(ledger.engine)
    ledger.submit([world.settle("K2")])
    ledger.flush()
    assert len(tables_of(ledger.engine)["claims"]) == len(before["claims"]) + 1
    ledger.close()


def test_only_one_program_folds(
    settings: bootstrap.Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap.stores, "FOLDING_S", 0.3)
    with (
        bootstrap.folding(settings),
        pytest.raises(WriterFenced, match=r"another program is folding into postgresql://"),
        bootstrap.folding(settings),
    ):
        pass
    with bootstrap.folding(settings):
        pass


def test_ledgers_share_a_database(settings: bootstrap.Settings, engine: Engine) -> None:
    other = open_database(settings.db, writer=True, ledger="another")
    before = tables_of(engine)
    migrate(other)
    assert {head.position for head in heads(other).values()} == {0}
    assert not tables_of(other)["claims"]
    assert tables_of(engine) == before
    other.dispose()


# -- what goes wrong ---------------------------------------------------------------------------


def test_a_server_that_is_not_there_is_told_in_one_sentence_without_the_password() -> None:
    ended = call("pools", "--as-of", "2025-03-05", "--db", NOWHERE, "--log", "sqlite:///none.db")
    assert ended.status == 3
    engine = open_database(NOWHERE, writer=False)
    with pytest.raises(TransientError, match="the database cannot be used") as told:
        heads(engine)
    assert "secret" not in str(told.value)
    assert "\n" not in str(told.value)
    engine.dispose()
    assert bootstrap.shown(NOWHERE) == "postgresql://nobody:***@127.0.0.1:1/none"
    assert bootstrap.shown("sqlite:///a:b@c") == "sqlite:///a:b@c"


def test_books_that_were_never_made(database: str) -> None:
    engine = open_database(database, writer=False, ledger="never_made")
    with pytest.raises(TransientError, match="there are no books in this database yet"):
        heads(engine)
    engine.dispose()


@pytest.mark.parametrize("name", ["", "Clearing", "a b", "1st", 'x"; DROP', "a" * 41])
def test_a_name_that_no_ledger_may_have(name: str) -> None:
    with pytest.raises(ConfigurationError, match="is no name of a ledger"):
        open_database("postgresql://127.0.0.1/x", writer=False, ledger=name)


def test_a_reader_cannot_write(settings: bootstrap.Settings) -> None:
    engine = bootstrap.open_books(settings)
    with (
        pytest.raises(TransientError, match="takes no writes"),
        translated(),
        engine.begin() as connection,
    ):
        connection.execute(text("DELETE FROM claims"))
    engine.dispose()


def test_rows_that_are_there_already_break_an_invariant(empty_books: Callable[[], Engine]) -> None:
    engine = empty_books()
    table = live("decider")["manual_marks"]

    def write_twice() -> None:
        with translated(), engine.begin() as connection:
            insert_rows(connection, table, [(b"1",)])
            insert_rows(connection, table, [(b"1",)])

    with pytest.raises(IntegrityError, match="refuses a row: duplicate key"):
        write_twice()
    assert tables_of(engine)["manual_marks"] == []


@pytest.mark.parametrize("during", ["COPY", "upsert"])
def test_a_connection_that_ends_in_the_middle_leaves_nothing_and_can_be_tried_again(
    empty_books: Callable[[], Engine], during: str
) -> None:
    engine = empty_books()
    write = insert_rows if during == "COPY" else put_rows
    table = live("decider")["manual_marks"]

    def write_and_be_cut_off() -> None:
        with translated(), engine.begin() as connection:
            write(connection, table, [(b"1",)])
            mine = connection.scalar(text("SELECT pg_backend_pid()"))
            with engine.connect() as other:
                other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": mine})
            write(connection, table, [(b"2",)])

    with pytest.raises(TransientError, match="the database cannot be used"):
        write_and_be_cut_off()
    with translated(), engine.begin() as connection:
        write(connection, table, [(b"3",)])
    assert tables_of(engine)["manual_marks"] == [(b"3",)]


# -- the doctor --------------------------------------------------------------------------------


def test_the_doctor_finds_all_well(settings: bootstrap.Settings) -> None:
    position, checks = bootstrap.doctor(settings)
    assert position > 0
    assert {each.name for each in checks} > {
        "books: server",
        "books: fsync",
        "books: full_page_writes",
        "books: synchronous_commit",
        "books: encoding",
        "books: primary",
        "books: schema",
        "books: rights",
        "books: clock",
        "writer",
    }
    assert not [each for each in checks if each.unsafe or not each.well]


def test_an_unsafe_setting_stops_a_writer_unless_it_is_accepted(
    new_database: Callable[[], str], tmp_path: Path
) -> None:
    url = new_database()
    chosen = ["--log", f"sqlite:///{tmp_path}/log.db", "--db", url]
    engine = open_database(url, writer=True, ledger="clearing")
    name = url.rpartition("/")[2].partition("?")[0]
    with engine.begin() as connection:
        connection.execute(text(f"ALTER DATABASE {name} SET synchronous_commit = off"))
    engine.dispose()
    refused = call("submit", "-", *chosen)
    assert refused.status == 2
    assert "synchronous_commit=off, on wanted" in refused.sentence
    assert "--accept-unsafe" in refused.sentence
    assert call("submit", "-", "--accept-unsafe", *chosen).status == 0
    found = call("doctor", "--format", "json", *chosen)
    assert found.status == 1
    assert [c["name"] for c in found.document["checks"] if c["unsafe"]] == [
        "books: synchronous_commit"
    ]


def test_the_doctor_says_that_the_server_is_away() -> None:
    chosen = bootstrap.Settings(log="sqlite:///none.db", db=NOWHERE)
    (found,) = [each for each in bootstrap.doctor(chosen)[1] if each.name == "books: server"]
    assert not found.well
    assert "cannot be used" in found.detail
    assert "secret" not in found.detail


def test_the_doctor_asks_for_the_right_to_make_what_is_missing(
    new_database: Callable[[], str],
) -> None:
    url = new_database()
    owner = open_database(url, writer=True)
    with owner.begin() as connection:
        connection.execute(text("DROP ROLE IF EXISTS clearing_reader"))
        connection.execute(text("CREATE ROLE clearing_reader LOGIN PASSWORD 'nothing'"))
    mine = make_url(url).set(username="clearing_reader", password="nothing")
    chosen = bootstrap.Settings(db=mine.render_as_string(hide_password=False))
    checks = {each.name: each for each in bootstrap.check_books(chosen)}
    assert not checks["books: rights"].well
    assert checks["books: schema"].well
    with pytest.raises(ConfigurationError, match="too few rights"):
        bootstrap.open_books(chosen, writer=True)
    owner.dispose()
