"""Books on a real PostgreSQL server, for tests that were written for books of any kind."""

from collections.abc import Callable, Iterator
from itertools import count

import pytest
from sqlalchemy import Engine

from projections.database import make_tables, open_database
from tests.property import memory
from tests.property.conftest import seed_of_this_run

__all__ = ["seed_of_this_run"]


@pytest.fixture(scope="session")
def database(new_database: Callable[[], str]) -> str:
    """Return the URL of one database; each ledger has a schema of its own in it."""
    return new_database()


@pytest.fixture(scope="session")
def new_name() -> Callable[[], str]:
    """Return a maker of names for ledgers."""
    numbers = count(1)
    return lambda: f"ledger_{next(numbers)}"


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
