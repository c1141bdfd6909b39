"""Books on a real PostgreSQL server, for tests that were written for books of any kind."""

from collections.abc import Callable, Iterator
from itertools import count
from secrets import token_hex

import psycopg
import pytest
from sqlalchemy import Engine, make_url

from projections.database import make_tables, open_database
from tests.property import memory
from tests.property.conftest import seed_of_this_run

__all__ = ["seed_of_this_run"]


@pytest.fixture(scope="session")
def postgres(postgres_url: str) -> Iterator[Callable[[], str]]:
    """Return a maker of databases that sort otherwise than bytes do; they are dropped at the end."""
    made: list[str] = []

    def make() -> str:
        name = f"clearing_{token_hex(4)}"
        how = "TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C' LOCALE_PROVIDER icu ICU_LOCALE 'en-US'"
        with psycopg.connect(postgres_url, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} {how}")
        made.append(name)
        return make_url(postgres_url).set(database=name).render_as_string(hide_password=False)

    yield make
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        for name in made:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def database(postgres: Callable[[], str]) -> str:
    """Return the URL of one database; each ledger has a schema of its own in it."""
    return postgres()


@pytest.fixture(scope="session")
def new_name() -> Callable[[], str]:
    """Return a maker of names for ledgers."""
    numbers = count(1)
    return lambda: f"ledger-{next(numbers)}"


@pytest.fixture
def empty_books(database: str, new_name: Callable[[], str]) -> Iterator[Callable[[], Engine]]:
    """Return a maker of books without a row."""
    made: list[Engine] = []

    def make() -> Engine:
        engine = open_database(database, writer=True, ledger=new_name())
        make_tables(engine)
        made.append(engine)
        return engine

    yield make
    for engine in made:
        engine.dispose()


@pytest.fixture(autouse=True)
def on_postgres(monkeypatch: pytest.MonkeyPatch, empty_books: Callable[[], Engine]) -> None:
    """Let every ledger of a test keep its books on the server."""
    monkeypatch.setattr(memory, "empty_books", empty_books)
