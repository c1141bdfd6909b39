"""A ledger of its own on the real broker and server, with a log that is already decided."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from functools import cache

import pytest

import bootstrap
from eventlog.kafka import KafkaLog
from tests.auditor.golden import three_provinces
from tests.property.memory import MemoryLedger

from .readers import Place, level


@cache
def golden() -> tuple[list[bytes], dict[str, str]]:
    """The records of the three provinces, and the balances that the embedded form reports."""
    with closing(MemoryLedger()) as ledger:
        ledger.submit(three_provinces().lines)
        ledger.flush()
        rows = ledger.report("balances", as_of="2026-12-31")["rows"]
        return ledger.records(), {f"{r['book']}:{r['account']}": r["amount"] for r in rows}


@pytest.fixture
def place(kafka_url: str, feed_database: str, ledger_name: str) -> Iterator[Place]:
    """A ledger with an empty log."""
    chosen = bootstrap.Settings(log=kafka_url, db=feed_database, ledger=ledger_name)
    with closing(KafkaLog(bootstrap.cluster_of(kafka_url), ledger_name, writer=True)) as log:
        yield Place(chosen, log)


@pytest.fixture(scope="session")
def feed_database(new_database: Callable[[], str]) -> str:
    """One database; each ledger has a schema of its own in it."""
    return new_database()


@pytest.fixture
def feed(place: Place) -> Iterator[Callable[..., object]]:
    """A maker of feed workers, closed afterwards."""
    with ExitStack() as opened:

        def make(place: Place = place):
            worker = place.worker()
            opened.callback(worker.close)
            return worker

        yield make


@pytest.fixture
def fed(place: Place, feed) -> Place:
    """A ledger whose golden log was fed to its end."""
    place.append(golden()[0])
    with closing(feed()) as worker:
        level(worker)
    return place
