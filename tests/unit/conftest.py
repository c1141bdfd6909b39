"""What unit tests of projections and of their consumers share."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from projections.database import make_tables, open_database
from tests.property.memory import empty_books


@pytest.fixture
def books() -> Iterator[Engine]:
    """Books in memory that nothing was folded into."""
    engine = empty_books()
    yield engine
    engine.dispose()


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """Empty books in a file, which several connections may use at once."""
    made = open_database(f"sqlite:///{tmp_path}/books.db", writer=True)
    make_tables(made)
    yield made
    made.dispose()
