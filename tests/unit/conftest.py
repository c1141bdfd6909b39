"""What unit tests of projections and of their consumers share."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from tests.property.memory import empty_books


@pytest.fixture
def books() -> Iterator[Engine]:
    """Books in memory that nothing was folded into."""
    engine = empty_books()
    yield engine
    engine.dispose()
