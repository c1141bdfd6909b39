"""Every report of the golden histories, cell by cell, asked as a user asks, on PostgreSQL."""

from collections.abc import Callable

import pytest

from tests.scenario.test_golden_reports import *  # noqa: F403 -- every test, and its fixtures


@pytest.fixture(scope="module", name="new_books")
def new_books_on_a_server(new_database: Callable[[], str]) -> Callable[[], str]:
    """Return a maker of URLs for books that are not there yet."""
    return new_database
