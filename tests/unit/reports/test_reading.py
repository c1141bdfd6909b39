from datetime import date

import pytest
from sqlalchemy import create_engine

from ledger.errors import TransientError
from projections.tables import CHECKPOINTS
from reports.reading import iso, position, until, wait_for


@pytest.fixture
def books():
    engine = create_engine("sqlite://")
    CHECKPOINTS.create(engine)
    yield engine
    engine.dispose()


def stand(engine, **positions):
    rows = [{"projection": name, "position": at, "hash": b""} for name, at in positions.items()]
    with engine.begin() as connection:
        connection.execute(CHECKPOINTS.insert(), rows)


def test_a_position_is_the_smallest_of_those_read(books):
    stand(books, pools=7, clearing=5, breaks=3)
    with books.connect() as connection:
        assert position(connection, "pools", "clearing") == 5
        assert position(connection, "pools") == 7
        assert position(connection, "pools", "balances") == 0


def test_a_wait_ends_when_all_projections_have_arrived(books):
    stand(books, pools=7, clearing=7, breaks=7, balances=7)
    wait_for(books, 7, wait_ms_max=0)


def test_a_wait_has_an_end_that_says_how_far_the_books_are(books):
    stand(books, pools=7, clearing=7, breaks=6, balances=7)
    with pytest.raises(TransientError, match=r"stand at position 6 after 0\.2 s, not at 7"):
        wait_for(books, 7, wait_ms_max=200)


def test_without_a_date_every_day_counts():
    assert until(None) == "9999-12-31"
    assert until(date(2025, 3, 5)) == iso(date(2025, 3, 5)) == "2025-03-05"
    assert iso(None) is None
