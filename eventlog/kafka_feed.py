"""The balance feed on Kafka: a compacted topic, written in transactions by one sender at a time."""

from collections.abc import Sequence
from contextlib import closing
from typing import Final

from eventlog.attributes import attributes_of
from eventlog.cluster import Cluster
from eventlog.encoding import Message
from eventlog.partition import PartitionReader
from eventlog.producer import TransactionalWriter
from eventlog.topics import Topics
from ledger.errors import ConfigurationError
from schemas.feed import PARTITIONS, Place, partition_of, place_of

_NOTHING: Final = Place(0, 0)


class KafkaFeed:
    """Sends balance messages; opening it ends whoever sent before.

    So nobody who wakes up late can put an older balance behind a newer one, where compaction
    would keep it.
    """

    def __init__(self, cluster: Cluster, ledger: str) -> None:
        """Fence the last sender; what it left open is aborted. Raises: TransientError."""
        self._cluster = cluster
        self._topic = Topics(ledger=ledger).balances
        self._writer = TransactionalWriter(cluster, f"{ledger}.feed")

    def heard(self) -> list[Place]:
        """Return the place of the last message in each partition.

        Raises: ConfigurationError where accounts would be in other partitions.
        """
        return [self._last(partition) for partition in range(PARTITIONS)]

    def _last(self, partition: int) -> Place:
        reader = PartitionReader(self._cluster, self._topic, fetching="little", partition=partition)
        with closing(reader):
            there = reader.partitions()
            if there != PARTITIONS:
                raise ConfigurationError(
                    f"{self._topic} has {there} partitions and must have {PARTITIONS}"
                )
            found = reader.last(reader.begin(), reader.end())
        return _NOTHING if found is None else place_of(found.value)

    def send(self, messages: Sequence[bytes]) -> None:
        """Send messages in their order, all or none, held by every replica on return.

        Raises: WriterFenced, TransientError; this sender is of no use then.
        """
        parts: dict[int, list[Message]] = {}
        for value in messages:
            attributes = attributes_of(value)
            part = parts.setdefault(partition_of(attributes.subject), [])
            part.append((attributes.key(), value, attributes.headers()))
        self._writer.write_parted(self._topic, parts)

    def close(self) -> None:
        """Close the connection."""
        self._writer.close()
