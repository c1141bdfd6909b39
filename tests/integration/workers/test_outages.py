"""Broker and server go away and come back; workers say so, wait and go on, with a bound."""

from collections.abc import Iterator
from unittest.mock import patch

import psycopg
import pytest

from tests.fault.books import assert_same, first_answers, say
from tests.scenario import world
from tests.services.brokers import Brokers
from tests.services.resolve import local_kafka, local_postgres

from .conftest import NewSite, Undisturbed
from .site import PATIENT, SOON, Site, assert_answered_once, few_at_once, until
from .test_commands import START, line

SLOW = few_at_once(10, 0.05)
QUICK = (
    "import eventlog.cluster as c, eventlog.producer as p;"
    "c.BOOTSTRAP_MS = 1_000; c.REQUEST_MS = 2_000; p.DELIVERY_MS = 8_000;"
)
"""A program that gives a broker up sooner than in production."""
GOES_ON_S = 30.0
"""After the death of one broker of three; half of it on an idle machine."""
WAITS = "from tests.integration.workers.test_outages import wait_at_last; wait_at_last()"
IMPATIENT = (
    "import consumers.supervise as s; s.keep_running.__kwdefaults__['patience_s'] = 3.0;"
    "s._PAUSE_S = (0.1, 0.8);"
)


@pytest.fixture(scope="module")
def mortal() -> Iterator[Brokers]:
    """A broker to be killed and started again."""
    with local_kafka() as brokers:
        yield brokers


@pytest.fixture
def own_broker(mortal: Brokers) -> Brokers:
    """The same, and it runs."""
    if not mortal.nodes[0].running():
        mortal.start()
    return mortal


def assert_undisturbed(site: Site, history: Undisturbed, answers: list) -> None:
    assert answers == history.answers
    site.until_level()
    assert_same(site.holds(), history.holds, "after the outage")
    assert_answered_once(site)


@pytest.mark.soak
@pytest.mark.timeout(300)
def test_broker_and_server_start_anew_in_mid_load(
    new_site: NewSite, own_broker: Brokers, short: Undisturbed
):
    """Each dies without a word and comes back; nothing is lost, nothing comes twice."""
    with local_postgres() as server:
        site = new_site(own_broker.url, server.url)
        workers = [site.run("decider", SOON + SLOW), site.run("projector")]
        sending = site.send(short.lines, PATIENT)
        until(lambda: site.positions() > 50, "it decides")
        own_broker.nodes[0].kill()
        own_broker.start()
        decided = site.positions()
        until(lambda: site.positions() > decided + 50, "it goes on without its broker's memory")
        server.kill()
        server.start()
        assert_undisturbed(site, short, first_answers(site.outcomes(sending)))
        assert all(each.running() for each in workers)
        assert workers[0].metric("clearing_failures_total") > 0
        site.stop()


def test_without_a_broker_a_submission_ends_with_a_sentence(new_site: NewSite, own_broker: Brokers):
    """Before it begins, and in the middle: nobody waits for what cannot come."""
    site = new_site(own_broker.url)
    site.make_topics()
    sooner = "import eventlog.kafka_commands as k; k._GATHER_MS = 100; p.DELIVERY_MS = 3_000;"
    code = f"{QUICK} {sooner} {WAITS}"
    sending = site.send([line(world.settle("K1")), line(world.settle("K2"))], code)
    place = sending.out.parent / "waits"
    until(place.exists, "it is about to send")
    own_broker.nodes[0].kill()
    place.unlink()
    done = sending.done
    assert (done.status, "Traceback" in done.err) == (3, False)
    assert "was not confirmed at kafka://" in done.err.splitlines()[-1]
    outcomes = site.outcomes(sending, [3])
    assert [each["outcome"] for each in outcomes] == ["unknown", "unknown"]
    assert "perhaps not sent" in outcomes[0]["detail"]
    with patch("eventlog.cluster.BOOTSTRAP_MS", 1_000):
        for words in (("submit", "-"), ("outcome", "K1"), ("history", "--claim", "K1")):
            ended = site.ask(*words)
            assert ended.status == 3, ended
            assert "kafka://" in ended.sentence
        assert site.ask("pools", "--as-of", "2025-04-30").status == 0  # the books are there


@pytest.mark.soak
def test_a_decider_notices_that_its_broker_is_away(new_site: NewSite, own_broker: Brokers):
    """Goal: not even one that waits for commands takes silence for peace; it ends with the reason."""
    site = new_site(own_broker.url)
    decider = site.run("decider", QUICK + IMPATIENT)
    assert {each["outcome"] for each in site.submit(START)} == {"accepted"}
    own_broker.nodes[0].kill()
    assert decider.ended() == 3, decider.output()
    assert [each["pause_s"] for each in decider.said() if "pause_s" in each][:1] == [0.1]
    own_broker.start()
    site.run("decider")
    assert {each["outcome"] for each in site.submit(START)} == {"known"}
    site.stop()


def wait_at_last() -> None:
    """Let this very program wait before it sends, until the test has done what it wants to."""
    import sys
    from pathlib import Path
    from time import sleep

    from eventlog.kafka_commands import KafkaCommandSender

    send = KafkaCommandSender.send

    def waiting(self, commands):
        place = Path(sys.argv[2]).parent / "waits"
        place.touch()
        while place.exists():
            sleep(0.05)
        return send(self, commands)

    KafkaCommandSender.send = waiting  # type: ignore[method-assign]


@pytest.mark.soak
def test_a_full_database_is_told_waited_for_and_filled_afterwards(site: Site, history: Undisturbed):
    """The server has no room for some rows; decider and projector say so until it has."""
    workers = [site.run("decider", SOON + SLOW), site.run("projector")]
    until(lambda: all(each.ready() for each in workers), "both work")
    with psycopg.connect(site.settings.db, autocommit=True) as server:
        schema = f'"{site.settings.ledger}"'
        server.execute(
            f"CREATE FUNCTION {schema}.no_room() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE disk_full USING MESSAGE = 'no space left on device'; END $$"
        )
        for table in ("claims", "accounts"):
            server.execute(
                f"CREATE TRIGGER no_room BEFORE INSERT ON {schema}.{table}"
                f" FOR EACH ROW EXECUTE FUNCTION {schema}.no_room()"
            )
        sending = site.send(history.lines, PATIENT)
        for worker in workers:
            until(lambda it=worker: it.metric("clearing_failures_total") >= 3, "they try again")  # type: ignore[misc]
            assert any(
                "no space left on device" in each.get("reason", "") for each in worker.said()
            )
            assert worker.running()
            pauses = [each["pause_s"] for each in worker.said() if "pause_s" in each]
            assert pauses[:3] == sorted(pauses[:3]), pauses
        assert workers[1].asks("ready")[0] == 503
        for table in ("claims", "accounts"):
            server.execute(f"DROP TRIGGER no_room ON {schema}.{table}")
    assert_undisturbed(site, history, first_answers(site.outcomes(sending)))


@pytest.mark.soak
@pytest.mark.timeout(300)
def test_one_of_three_brokers_dies_in_mid_load(new_site: NewSite, short: Undisturbed):
    """With three copies and two that must agree, the loss of one costs a pause."""
    with local_kafka(nodes=3) as brokers:
        site = new_site(brokers.url)
        workers = [site.run("decider", SLOW), site.run("projector")]
        sending = site.send(short.lines, PATIENT)
        until(lambda: site.positions() > 50, "it decides")
        brokers.nodes[leader_of(site)].kill()
        decided = site.positions()
        pause_s = until(lambda: site.positions() > decided + 10, "it goes on with two", GOES_ON_S)
        standby = site.run("decider")  # and so does one that begins now
        until(standby.ready, "a standby stands by", GOES_ON_S)
        say(f"a broker's death cost {pause_s:.1f} s")
        assert_undisturbed(site, short, first_answers(site.outcomes(sending)))
        assert all(each.running() for each in workers)
        site.stop()


def leader_of(site: Site) -> int:
    """Return the place of the broker that leads the topic of events."""
    from kafka.admin import KafkaAdminClient

    admin = KafkaAdminClient(**site.cluster.options())
    try:
        (found,) = admin.describe_topics([f"{site.settings.ledger}.events.v1"])
        leader: int = found["partitions"][0]["leader_id"]
        return leader - 1
    finally:
        admin.close()
