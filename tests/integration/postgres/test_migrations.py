"""The schema: up and down, the same as the tables the program knows, made once by many."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, inspect, text

from consumers.rebuild import prepare
from projections import beside
from projections.build import NAMES
from projections.database import REVISION, migrate, migrations, open_database, revision
from projections.keys import make_indexes, make_keys
from projections.tables import METADATA, flat


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


@pytest.mark.parametrize("rebuilds", [1, 2])
def test_down_after_rebuilds_whose_copies_took_over(engine: Engine, rebuilds: int) -> None:
    """Copies bring their own keys and indexes, which in a file keep the names they were made by."""
    migrate(engine)
    for _ in range(rebuilds):
        prepare(engine, NAMES)
        make_keys(engine, flat(beside.copies(NAMES)))
        make_indexes(engine, NAMES)
        with engine.begin() as connection:
            beside.switch(connection, NAMES)
            beside.drop(connection, [])
    with engine.begin() as connection:
        command.downgrade(migrations(connection), "base")
    assert tables_in(engine) == {"alembic_version"}


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
