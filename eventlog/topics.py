"""The topics of a ledger: names, settings, and making what is missing."""

from collections.abc import Mapping
from typing import Any, Final

from kafka.admin import KafkaAdminClient
from kafka.errors import NoError, TopicAlreadyExistsError, for_code

from eventlog.cluster import Cluster
from ledger.record import record
from schemas.feed import PARTITIONS

RECORD_BYTES_MAX: Final = 16 * 1024 * 1024
"""The largest record: a command of 8 MiB, what its decision adds, envelope and headers."""
REPLICAS: Final = 3
"""How many brokers hold a topic where there are so many."""


@record
class Topics:
    """The names of a ledger's topics."""

    ledger: str

    @property
    def commands(self) -> str:
        """Intent, as sent."""
        return f"{self.ledger}.commands.v1"

    @property
    def events(self) -> str:
        """The truth."""
        return f"{self.ledger}.events.v1"

    @property
    def parked(self) -> str:
        """Bytes that are no command."""
        return f"{self.ledger}.parked.v1"

    @property
    def balances(self) -> str:
        """The feed for finance systems."""
        return f"{self.ledger}.balances.v1"

    @property
    def retired(self) -> str:
        """Exists once the ledger goes on elsewhere; its record says where."""
        return f"{self.ledger}.retired.v1"

    def required(self) -> tuple[str, ...]:
        """Return what a ledger needs to run."""
        return (self.commands, self.events, self.parked, self.balances)

    def partitions(self, topic: str) -> int:
        """Return how many partitions a topic has."""
        return PARTITIONS if topic == self.balances else 1

    def settings(self, topic: str, replicas: int) -> Mapping[str, str]:
        """Return the settings that a topic must have, as the broker spells them."""
        settings = {
            "cleanup.policy": "compact" if topic == self.balances else "delete",
            "retention.ms": "-1",
            "retention.bytes": "-1",
            "max.message.bytes": str(RECORD_BYTES_MAX),
            "min.insync.replicas": str(min(2, replicas)),
            "unclean.leader.election.enable": "false",
        }
        if topic == self.commands:
            settings["message.timestamp.type"] = "LogAppendTime"  # the time of receipt
        return settings


def make_topics(cluster: Cluster, topics: Topics, *names: str) -> None:
    """Make what is missing of these topics, or of all required; what is there stays as it is."""
    with cluster.translated("cannot make topics"):
        admin = KafkaAdminClient(**cluster.options())
        try:
            there = set(admin.list_topics())
            replicas = min(REPLICAS, len(admin.describe_cluster()["brokers"]))
            missing = [name for name in names or topics.required() if name not in there]
            if missing:
                wanted = {name: _wanted(topics, name, replicas) for name in missing}
                _check(admin.create_topics(wanted, raise_errors=False, wait_for_metadata=True))
        finally:
            admin.close()


def _wanted(topics: Topics, name: str, replicas: int) -> dict[str, object]:
    return {
        "num_partitions": topics.partitions(name),
        "replication_factor": replicas,
        "configs": dict(topics.settings(name, replicas)),
    }


def _check(answer: Mapping[str, Any]) -> None:
    """Raise what went wrong; that another process was faster is well."""
    for made in answer["topics"]:
        fault = for_code(made["error_code"])
        if fault not in (NoError, TopicAlreadyExistsError):
            raise fault(made["error_message"])
