"""What all tests share."""

from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

from tests.services.fixtures import kafka_url, ledger_name, new_database, postgres_url
from tests.support import BlackBox

__all__ = ["kafka_url", "ledger_name", "new_database", "new_ledger", "postgres_url"]


@pytest.fixture
def new_ledger(tmp_path: Path) -> Callable[[], BlackBox]:
    """Return a maker of fresh embedded ledgers."""
    numbers = count()

    def make() -> BlackBox:
        folder = tmp_path / str(next(numbers))
        folder.mkdir()
        return BlackBox(folder)

    return make
