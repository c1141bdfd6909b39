"""The schema: up and down, the same as the tables the program knows, made once by many."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, inspect, text

from consumers.projector import catch_up
from consumers.rebuild import prepare
from eventlog.memory import MemoryLog
from ledger.errors import ConfigurationError
from ledger.vocabulary import ITEMS
from projections import beside
from projections.build import NAMES, heads
from projections.database import REVISION, migrate, migrations, open_database, revision
from projections.keys import make_indexes, make_keys
from projections.postgres import hold_schema
from projections.tables import METADATA, flat, live
from projections.writing import insert_rows
from tests.contract.records import append


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(
    request: pytest.FixtureRequest, tmp_path: Path, database: str, new_name: Callable[[], str]
) -> Iterator[Engine]:
    """A database without a table."""
    url = f"sqlite:///{tmp_path}/books.db" if request.param == "sqlite" else database
    made = open_database(url, writer=True, ledger=new_name())
    yield made
    made.dispose()


def tables_in(engine: Engine) -> set[str]:
    with engine.connect() as connection:
        return set(inspect(connection).get_table_names())


def test_what_is_migrated_is_what_the_program_knows(engine: Engine) -> None:
    migrate(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []
        assert revision(connection) == REVISION


def test_down_to_nothing_and_up_again(engine: Engine) -> None:
    migrate(engine)
    with engine.begin() as connection:
        command.downgrade(migrations(connection), "base")
    assert tables_in(engine) == {"alembic_version"}
    migrate(engine)
    assert tables_in(engine) == {"alembic_version", *METADATA.tables}


def test_books_are_not_made_among_other_tables(engine: Engine) -> None:
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            hold_schema(connection)
        connection.execute(text("CREATE TABLE patients (number BIGINT)"))
    with pytest.raises(ConfigurationError, match="it has the table patients"):
        migrate(engine)
    assert tables_in(engine) == {"patients"}


@pytest.mark.parametrize("rebuilds", [1, 2])
def test_down_after_rebuilds_whose_copies_took_over(engine: Engine, rebuilds: int) -> None:
    """Copies bring their own keys and indexes, which in a file keep the names they were made by."""
    migrate(engine)
    for _ in range(rebuilds):
        prepare(engine, NAMES)
        make_keys(engine, flat(beside.copies(NAMES)))
        make_indexes(engine, flat(beside.copies(NAMES)))
        with engine.begin() as connection:
            beside.switch(connection, NAMES)
            beside.drop(connection, [])
    with engine.begin() as connection:
        command.downgrade(migrations(connection), "base")
    assert tables_in(engine) == {"alembic_version"}


_MADE = """
    SELECT CASE WHEN i.indexrelid IS NULL THEN c.relname ELSE '' END AS name, c.reloptions,
        pg_get_partkeydef(c.oid), pg_get_expr(c.relpartbound, c.oid),
        regexp_replace(pg_get_indexdef(i.indexrelid), 'INDEX .* ON ', 'ON ') AS index,
        i.indisprimary
    FROM pg_class c LEFT JOIN pg_index i ON i.indexrelid = c.oid
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p', 'i', 'I')
    ORDER BY name, index
"""
"""How tables and indexes were made; of indexes not how they are called, for names may be cut."""


def test_tables_that_took_over_are_made_as_the_first_ones(
    database: str, new_name: Callable[[], str]
) -> None:
    """With their partitions, keys and indexes, and open to the server's housekeeping."""
    engine = open_database(database, writer=True, ledger=new_name())
    migrate(engine)
    row = ("2025-03-05", "1", "2", "EMPLOYEE", "H", *[1] * len(ITEMS))
    claim = (1, "K-1", 1, "[]")
    with engine.begin() as connection:
        insert_rows(connection, live("balances")["care_days"], [row, ("2025-04-05", *row[1:])])
        insert_rows(connection, live("decider")["claims"], [claim])
        before = connection.execute(text(_MADE)).all()
    prepare(engine, NAMES)
    copies = beside.copies(NAMES)
    with engine.begin() as connection:
        kept = "SELECT count(*) FROM pg_class WHERE reloptions = '{autovacuum_enabled=false}'"
        assert connection.scalar(text(kept)) > len(copies)
    make_keys(engine, flat(copies))
    make_indexes(engine, flat(copies))
    with engine.begin() as connection:
        beside.switch(connection, NAMES)
        beside.drop(connection, [])
        assert connection.execute(text(_MADE)).all() == before
    engine.dispose()


def test_a_second_migration_changes_nothing(engine: Engine) -> None:
    migrate(engine)
    migrate(engine)
    assert tables_in(engine) == {"alembic_version", *METADATA.tables}


def test_many_that_start_at_once_make_the_tables_once(
    database: str, new_name: Callable[[], str]
) -> None:
    name = new_name()

    def start(_: int) -> None:
        engine = open_database(database, writer=True, ledger=name)
        migrate(engine)
        engine.dispose()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(start, range(4)))
    engine = open_database(database, writer=True, ledger=name)
    assert tables_in(engine) == {"alembic_version", *METADATA.tables}
    engine.dispose()


def test_text_is_in_the_order_of_its_bytes(database: str, new_name: Callable[[], str]) -> None:
    """Whatever the server's locale; no sequence numbers anything; three tables are split."""
    engine = open_database(database, writer=True, ledger=new_name())
    migrate(engine)
    columns = """
        SELECT table_name, column_name FROM information_schema.columns
        WHERE table_schema = current_schema() AND table_name != 'alembic_version'
        AND data_type LIKE 'character%' AND collation_name IS DISTINCT FROM 'C'
    """
    split = """
        SELECT relname, pg_get_partkeydef(oid) FROM pg_class
        WHERE relkind = 'p' AND relnamespace = current_schema()::regnamespace
    """
    sequences = "SELECT count(*) FROM pg_class WHERE relkind = 'S' AND relnamespace = current_schema()::regnamespace"
    with engine.connect() as connection:
        assert connection.execute(text(columns)).all() == []
        assert connection.scalar(text("SELECT 'a' < 'B'"))  # not so in the order of bytes
        assert {tuple(row) for row in connection.execute(text(split))} == {
            ("account_days", "RANGE (day)"),
            ("care_days", "RANGE (day)"),
            ("claims", "HASH (claim_id)"),
        }  # fmt: skip
        assert connection.scalar(text(sequences)) == 0
    engine.dispose()


def test_books_of_a_later_program_are_left_alone(engine: Engine) -> None:
    migrate(engine)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(ConfigurationError, match=r"revision 9999, .* use a later program"):
        migrate(engine)


def test_claims_of_another_form_are_folded_again(engine: Engine) -> None:
    """The decider's tables alone are emptied, and brought level like any that was left behind."""
    log = MemoryLog()
    append(log, 3)
    migrate(engine)
    catch_up(log, engine, NAMES)
    with engine.begin() as connection:
        command.downgrade(migrations(connection), "0001")
        insert_rows(connection, live("decider")["claims"], [(2, "K-1", 1, '["CROSS_PROVINCE"]')])
    migrate(engine)
    at = {name: head.position for name, head in heads(engine).items()}
    assert at == dict.fromkeys(NAMES, 3) | {"decider": 0}
    catch_up(log, engine, NAMES)
    assert {head.position for head in heads(engine).values()} == {3}
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM claims")) == 0
        assert revision(connection) == REVISION
