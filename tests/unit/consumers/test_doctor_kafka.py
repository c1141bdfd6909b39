"""What is made of a cluster's own words, without a cluster."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from consumers.doctor import Check
from consumers.doctor_kafka import check_cluster
from eventlog.survey import FoundTopic, Survey
from eventlog.topics import Topics

TOPICS = Topics(ledger="ledger")
BROKER: dict[str, str | None] = {
    "transaction.state.log.replication.factor": "3",
    "transaction.state.log.min.isr": "2",
    "offsets.topic.replication.factor": "3",
    "auto.create.topics.enable": "false",
    "offsets.retention.minutes": "10080",
    "transactional.id.expiration.ms": "604800000",
    "transaction.max.timeout.ms": "900000",
}


def topic(name: str) -> FoundTopic:
    return FoundTopic(
        name=name,
        there=True,
        partitions=TOPICS.partitions(name),
        replicas=3,
        in_sync=3,
        settings=TOPICS.settings(name, 3),
    )


RIGHT = Survey(
    brokers={"1": BROKER, "2": BROKER, "3": BROKER},
    topics=[topic(name) for name in TOPICS.required()],
    internal=[replace(topic("__transaction_state"), partitions=50)],
    newest=None,
)


def findings(found: Survey) -> list[Check]:
    return [check for check in check_cluster(found, TOPICS) if not check.well]


def test_three_brokers_as_they_should_be_give_no_finding() -> None:
    assert findings(RIGHT) == []


@pytest.mark.parametrize(
    ("name", "value", "unsafe"),
    [
        ("transaction.state.log.replication.factor", "1", True),
        ("transaction.state.log.min.isr", "1", True),
        ("offsets.topic.replication.factor", "1", False),
        ("auto.create.topics.enable", "true", False),
        ("offsets.retention.minutes", "60", False),
        ("transactional.id.expiration.ms", None, False),
        ("transaction.max.timeout.ms", "1000", False),
    ],
)
def test_one_broker_that_is_set_otherwise_is_named(name, value, unsafe) -> None:
    (found,) = findings(replace(RIGHT, brokers={**RIGHT.brokers, "2": {**BROKER, name: value}}))
    assert (found.name, found.unsafe) == (f"log: {name}", unsafe)
    assert f"{name}={value} of broker 2" in found.detail


def test_two_copies_are_safe_and_one_is_not() -> None:
    two, one = (
        findings(
            replace(
                RIGHT,
                topics=[replace(each, replicas=count, in_sync=count) for each in RIGHT.topics],
            )
        )
        for count in (2, 1)
    )
    assert [(each.name, each.unsafe) for each in two] == [("log: replication factor", False)]
    assert [(each.name, each.unsafe) for each in one] == [("log: replication factor", True)]


def test_a_copy_that_lags_is_told() -> None:
    first, *rest = RIGHT.topics
    (found,) = findings(replace(RIGHT, topics=[replace(first, in_sync=2), *rest]))
    assert found.detail == f"2 of 3 copies whole of {first.name}, all wanted"
    assert not found.unsafe


def test_a_command_from_the_future_tells_of_a_wrong_clock() -> None:
    later = datetime.now(UTC) + timedelta(minutes=1)
    (found,) = findings(replace(RIGHT, newest=later))
    assert found.name == "log: clock"
    assert findings(replace(RIGHT, newest=later - timedelta(hours=1))) == []
