"""`clearing doctor` on a broker, and what it keeps from starting."""

from collections.abc import Callable
from contextlib import closing

import pytest
from kafka.admin import KafkaAdminClient

import bootstrap
from eventlog.cluster import Cluster
from eventlog.topics import Topics, make_topics
from tests.services.processes import free_port

from .running import Place, Worker

ONE_BROKER = {
    "log: replication factor",
    "log: min.insync.replicas",
    "log: transaction.state.log.replication.factor",
    "log: transaction.state.log.min.isr",
}
"""What is unsafe about the one broker of the tests."""
WRONG = {
    "events": {"retention.ms": "604800000", "cleanup.policy": "compact"},
    "commands": {"message.timestamp.type": "CreateTime"},
    "parked": {"max.message.bytes": "1000000", "unclean.leader.election.enable": "true"},
    "balances": {"cleanup.policy": "delete", "retention.bytes": "1000000"},
}
"""What an administrator might have made beforehand."""


@pytest.fixture
def cluster(kafka_url: str) -> Cluster:
    return Cluster(servers=tuple(kafka_url.removeprefix("kafka://").split(",")))


def unsafe(place: Place) -> dict[str, str]:
    found = place.call("doctor", "--format", "json")
    assert found.status == 1
    return {each["name"]: each["detail"] for each in found.document["checks"] if each["unsafe"]}


def test_topics_that_this_program_made_are_right(place: Place, cluster: Cluster) -> None:
    topics = Topics(ledger=place.settings["CLEARING_LEDGER"])
    before = unsafe(place)  # there are none: what would be made is judged
    make_topics(cluster, topics, *topics.required())
    assert set(before) == set(unsafe(place)) == ONE_BROKER
    assert f"1 copy of {topics.commands}" in before["log: replication factor"]


def test_topics_that_were_made_wrongly_stop_writers(place: Place, cluster: Cluster) -> None:
    topics = Topics(ledger=place.settings["CLEARING_LEDGER"])
    wanted = {
        getattr(topics, kind): {
            "num_partitions": 2 if kind == "commands" else topics.partitions(getattr(topics, kind)),
            "replication_factor": 1,
            "configs": {**topics.settings(getattr(topics, kind), 1), **settings},
        }
        for kind, settings in WRONG.items()
    }
    with closing(KafkaAdminClient(**cluster.options())) as admin:
        admin.create_topics(wanted, wait_for_metadata=True)
    found = unsafe(place)
    names = {f"log: {name}" for settings in WRONG.values() for name in settings}
    assert set(found) == ONE_BROKER | names | {"log: partitions"}
    assert found["log: retention.ms"] == f"retention.ms=604800000 of {topics.events}, -1 wanted"
    for words in (["submit", "-"], ["run", "--role", "decider"], ["run", "--role", "projector"]):
        refused = place.call(*words)
        assert refused.status == 2
        said = next(line for line in refused.err.splitlines() if line.startswith("clearing: "))
        assert "--accept-unsafe" in said
        assert all(detail in said for detail in found.values())


def test_what_is_accepted_is_said_for_as_long_as_it_runs(
    place: Place, run: Callable[..., Worker]
) -> None:
    del place.settings["CLEARING_ACCEPT_UNSAFE"]
    worker = run("decider", "--accept-unsafe")
    told = worker.health()["unsafe"]
    assert any("min.insync.replicas=1" in each for each in told)
    assert worker.metric("clearing_unsafe_settings") == len(told) == len(ONE_BROKER)
    assert "unsafe, and accepted" in worker.output()


def test_the_doctor_says_that_broker_and_server_are_away() -> None:
    chosen = bootstrap.Settings(
        log=f"kafka://127.0.0.1:{free_port()}", db="postgresql://nobody:secret@127.0.0.1:1/none"
    )
    position, checks = bootstrap.doctor(chosen)
    assert (position, {each.name for each in checks}) == (0, {"log: cluster", "books: server"})
    assert not any(each.well for each in checks)
