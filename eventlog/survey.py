"""What a cluster says of itself: its brokers, a ledger's topics, and what both are set to."""

from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from kafka import KafkaProducer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient, OffsetSpec

from eventlog.cluster import Cluster
from eventlog.topics import REPLICAS, Topics
from ledger.errors import ConfigurationError
from ledger.record import record

INTERNAL: Final = ("__transaction_state", "__consumer_offsets")
"""Kafka's own topics: transactions that were promised, and how far groups have come."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@record
class FoundTopic:
    """A topic as it is, or as it would be made."""

    name: str
    there: bool
    partitions: int
    replicas: int
    """How many brokers hold each partition, of the one with the fewest."""
    in_sync: int
    """How many of them have all of it now."""
    settings: Mapping[str, str | None]


@record
class Survey:
    """A cluster as one ledger meets it."""

    brokers: Mapping[str, Mapping[str, str | None]]
    """What each broker that is not away is set to, by its number."""
    topics: Sequence[FoundTopic]
    internal: Sequence[FoundTopic]
    """Those of Kafka's own topics that are there; without their settings."""
    newest: datetime | None
    """When the newest command was received, by the broker's clock."""


def survey(cluster: Cluster, topics: Topics) -> Survey:
    """Look at a cluster; nothing is changed.

    Raises: TransientError where no broker answers, ConfigurationError where we may not look.
    """
    with (
        cluster.translated("cannot look at the settings"),
        closing(KafkaAdminClient(**cluster.options())) as admin,
    ):
        found = {each["name"]: each for each in _described(admin, topics)}
        known = admin.describe_cluster()["brokers"]
        there = [str(each["broker_id"]) for each in known if not each["is_fenced"]]
        brokers = _settings(admin, ConfigResourceType.BROKER, there)
        names = [name for name in topics.required() if name in found]
        settings = _settings(admin, ConfigResourceType.TOPIC, names)
        replicas = min(REPLICAS, len(known))
        return Survey(
            brokers=brokers,
            topics=[
                _found(found[name], settings[name])
                if name in found
                else _planned(topics, name, replicas)
                for name in topics.required()
            ],
            internal=[_found(found[name], {}) for name in INTERNAL if name in found],
            newest=_newest(admin, topics.commands) if topics.commands in found else None,
        )


def writes_once() -> bool:
    """Say whether the client writes a send that it repeats only once."""
    return bool(KafkaProducer.DEFAULT_CONFIG["enable_idempotence"])


def _described(admin: KafkaAdminClient, topics: Topics) -> list[Mapping[str, Any]]:
    answers = admin.describe_topics([*topics.required(), *INTERNAL])
    return [each for each in answers if each["partitions"]]


def _settings(
    admin: KafkaAdminClient, kind: ConfigResourceType, names: Sequence[str]
) -> dict[str, dict[str, str | None]]:
    """Return all settings of topics or brokers; what may not be looked at comes empty."""
    if not names:
        return {}
    asked = [ConfigResource(kind, name) for name in names]
    answer = admin.describe_configs(asked, config_filter="all")  # else: changed ones only
    (found,) = answer.values()
    hidden = [name for name in names if not found.get(name)]
    if hidden:
        what = f"{kind.name.lower()} {', '.join(hidden)}"
        raise ConfigurationError(f"no right to look at the settings (DescribeConfigs) of {what}")
    return {
        name: {key: each["value"] for key, each in values.items()} for name, values in found.items()
    }


def _found(topic: Mapping[str, Any], settings: Mapping[str, str | None]) -> FoundTopic:
    partitions = topic["partitions"]
    return FoundTopic(
        name=topic["name"],
        there=True,
        partitions=len(partitions),
        replicas=min(len(each["replica_nodes"]) for each in partitions),
        in_sync=min(len(each["isr_nodes"]) for each in partitions),
        settings=settings,
    )


def _planned(topics: Topics, name: str, replicas: int) -> FoundTopic:
    return FoundTopic(
        name=name,
        there=False,
        partitions=topics.partitions(name),
        replicas=replicas,
        in_sync=replicas,
        settings=topics.settings(name, replicas),
    )


def _newest(admin: KafkaAdminClient, topic: str) -> datetime | None:
    place = TopicPartition(topic, 0)
    found = admin.list_partition_offsets({place: OffsetSpec.MAX_TIMESTAMP})[place]
    return _EPOCH + timedelta(milliseconds=found.timestamp) if found.timestamp >= 0 else None
