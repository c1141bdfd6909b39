"""What all tests share."""

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from tests.services.postgres import databases, postgres_server
from tests.support import BlackBox


@pytest.fixture
def new_ledger(tmp_path: Path) -> Callable[[], BlackBox]:
    """Return a maker of fresh embedded ledgers."""
    numbers = count()

    def make() -> BlackBox:
        folder = tmp_path / str(next(numbers))
        folder.mkdir()
        return BlackBox(folder)

    return make


@pytest.fixture(scope="session")
def postgres() -> Iterator[Callable[[], str]]:
    """Return a maker of fresh databases on a real PostgreSQL server; it gives their URLs."""
    with postgres_server() as url:
        yield databases(url)
