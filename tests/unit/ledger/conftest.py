"""What the tests of the law share."""

from collections.abc import Iterator

import pytest

from tests.unit.ledger.given import Given


@pytest.fixture
def law() -> Iterator[Given]:
    """Return a state in which nothing has happened."""
    given = Given()
    yield given
    given.engine.dispose()
