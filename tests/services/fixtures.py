"""Fixtures of real services: one broker and one server a session, a place of one's own a test."""

from collections.abc import Callable, Iterator
from itertools import count
from secrets import token_hex

import pytest

from .processes import ServiceError

_numbers = count(1)


@pytest.fixture(scope="session")
def kafka_url() -> Iterator[str]:
    """The URL of the session's broker."""
    from .resolve import kafka

    yield from _lent(kafka)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The URL of the session's server; a test takes `new_database`."""
    from .resolve import postgres

    yield from _lent(postgres)


def _lent(service: Callable) -> Iterator[str]:
    """Lend a service; where there is none, fail and say what to install."""
    lending = service()
    try:
        url = lending.__enter__()
    except ServiceError as fault:
        pytest.fail(str(fault), pytrace=False)
    try:
        yield url
    finally:
        lending.__exit__(None, None, None)


@pytest.fixture
def ledger_name() -> str:
    """A ledger that no other test has: prefix of its topics."""
    return f"t{next(_numbers)}-{token_hex(4)}"


@pytest.fixture
def new_database(postgres_url) -> Iterator[Callable[[], str]]:
    """A maker of empty databases, dropped afterwards."""
    import psycopg
    from sqlalchemy.engine import make_url

    made: list[str] = []

    def make() -> str:
        name = f"t{next(_numbers)}_{token_hex(4)}"
        with psycopg.connect(postgres_url, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        made.append(name)
        return make_url(postgres_url).set(database=name).render_as_string(hide_password=False)

    yield make
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        for name in made:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
