"""The feed's worker killed between its steps, and its broker taken away."""

import random
import subprocess
import sys
from contextlib import ExitStack, closing, contextmanager
from threading import Event, Thread
from time import monotonic, sleep

import pytest

import bootstrap
from consumers.supervise import keep_running
from consumers.watch import Watch
from eventlog import cluster, partition, producer
from eventlog.kafka import KafkaLog
from projections.database import snapshot
from projections.outbox import unsent
from tests.cli.program import ROOT, environment
from tests.services.resolve import local_kafka

from .conftest import golden
from .readers import Place, compacted, expected, kept

KILLS = 6
AWAY_S = 4


def test_a_killed_worker_tells_everything_and_nothing_too_early(place, feed):
    """SIGKILL between each two steps; after each death readers know only what is committed."""
    values, balances = golden()
    place.append(values)
    seed = random.randrange(10**6)
    chosen = place.chosen
    words = [chosen.log, chosen.db, chosen.ledger, str(KILLS), str(seed)]
    code = [sys.executable, "-m", "tests.integration.feed.dying", *words]
    deaths = []
    with subprocess.Popen(code, cwd=ROOT, env=environment(), stdout=subprocess.PIPE) as dying:
        assert dying.stdout
        for line in dying.stdout:
            deaths.append(line.decode().strip())
            heard = max((each.place[1] for each in place.told(settled=False)), default=0)
            assert heard <= place.checkpoint(), (seed, deaths)
    assert dying.returncode == 0, (seed, deaths)
    assert sum(line.endswith("died") for line in deaths) >= 5, (seed, deaths)
    told = place.told()
    assert {each.change for each in told} == set(expected(values)), (seed, deaths)
    assert len(told) > len(expected(values)), (seed, deaths)  # some came twice, the same bytes
    assert len({str(each.value) for each in told}) == len(expected(values)), (seed, deaths)
    assert kept(told) == kept(told * 2) == compacted(told) == balances, (seed, deaths)
    assert left_in_outbox(place) == 0


def left_in_outbox(place):
    engine = bootstrap.open_books(place.chosen)
    with snapshot(engine) as books:
        left = len(unsent(books, None, 10))
    engine.dispose()
    return left


@pytest.mark.soak
def test_a_broker_that_is_away_for_a_while_delays_the_feed_and_no_more(
    feed_database, ledger_name, monkeypatch
):
    """It is silent in the middle of sending, for longer than a delivery may take, and comes back.

    A request alone the client sends again, and nobody notices.
    """
    monkeypatch.setattr(partition, "READ_MAX", 3)
    monkeypatch.setattr(producer, "DELIVERY_MS", 3_000)
    monkeypatch.setattr(producer, "COMMIT_S", 3.0)
    for module in (cluster, partition):
        monkeypatch.setattr(module, "REQUEST_MS", 1_500)
    values, balances = golden()
    with local_kafka() as brokers, ExitStack() as opened:
        where = bootstrap.cluster_of(brokers.url)
        log = opened.enter_context(closing(KafkaLog(where, ledger_name, writer=True)))
        chosen = bootstrap.Settings(log=brokers.url, db=feed_database, ledger=ledger_name)
        place = Place(chosen, log)
        bootstrap.open_books(chosen, writer=True).dispose()
        place.append(values)
        watch = opened.enter_context(running(place))
        wait_until(lambda: place.checkpoint() > 10)
        (broker,) = brokers.nodes
        broker.pause()
        sleep(AWAY_S)
        assert place.checkpoint() < len(values)
        broker.resume()
        wait_until(lambda: place.checkpoint() == len(values) and not left_in_outbox(place))
        told = place.told()
    assert watch.registry.get_sample_value("clearing_failures_total")
    assert {each.change for each in told} == set(expected(values))
    assert kept(told) == compacted(told) == balances


@contextmanager
def running(place):
    """Feed in the background, as `clearing run` does."""
    stop = Event()
    watch = Watch("feed")
    worker = Thread(target=lambda: keep_running(place.worker, stop, watch))
    worker.start()
    try:
        yield watch
    finally:
        stop.set()
        worker.join()


def wait_until(holds, seconds=60):
    deadline = monotonic() + seconds
    while not holds():
        assert monotonic() < deadline
        sleep(0.02)
