"""One partition of a topic, read by offset: committed records only, every wait with a bound."""

from collections.abc import Iterator, Mapping, Sequence
from time import monotonic
from typing import Any, Final, Literal, NamedTuple, TypeAlias

from kafka import KafkaConsumer, TopicPartition

from eventlog.blocks import read_blocks
from eventlog.cluster import REQUEST_MS, Cluster
from eventlog.port import READ_MAX
from ledger.errors import TransientError

STALL_S: Final = 30.0
"""How long reading may stand still before the end that the broker named."""
_POLL_S: Final = 0.05
"""How long one poll waits: one that meets nothing but a transaction's end says so only then."""
_MUCH: Final[dict[str, int]] = {
    "fetch_max_bytes": 64 << 20,
    "max_partition_fetch_bytes": 8 << 20,
    "fetch_min_bytes": 1,
    "fetch_max_wait_ms": 20,
}
_LITTLE: Final[dict[str, int]] = {
    "fetch_max_bytes": 1 << 20,
    "max_partition_fetch_bytes": 64 << 10,
    "fetch_min_bytes": 1,
    "fetch_max_wait_ms": 20,
}
_COMING: Final[dict[str, int]] = {**_MUCH, "fetch_max_wait_ms": 500}
Fetching: TypeAlias = Literal["little", "much", "coming"]
"""How a reader asks: for single records, for long runs, at the end for what comes."""
_FETCHING: Final[Mapping[Fetching, Mapping[str, int]]] = {
    "little": _LITTLE,
    "much": _MUCH,
    "coming": _COMING,
}
_BLOCKS: Final = 32
"""How many record batches are taken at once, of somewhat under 1 MB each."""


def _open(cluster: Cluster, partition: TopicPartition, fetching: Mapping[str, int]) -> Any:  # noqa: ANN401 -- kafka-python's KafkaConsumer
    with cluster.translated("cannot reach Kafka"):
        consumer = KafkaConsumer(
            **cluster.options(),
            **fetching,
            metrics_enabled=False,
            enable_auto_commit=False,
            isolation_level="read_committed",
            auto_offset_reset="none",
            allow_auto_create_topics=False,
            max_poll_records=READ_MAX,
        )
        consumer.assign([partition])
    return consumer


class Values(NamedTuple):
    """Values that follow each other, and the offsets of the first and the last."""

    first: int
    last: int
    values: list[bytes]


class PartitionReader:
    """Reads a partition from any offset; control records take offsets of their own."""

    def __init__(
        self,
        cluster: Cluster,
        topic: str,
        *,
        fetching: Fetching,
        blocks: bool = False,
        partition: int = 0,
    ) -> None:
        """Connect; `blocks` is for `values` and `coming` alone.

        Raises: TransientError.
        """
        self._cluster = cluster
        self._topic = topic
        self._partition = TopicPartition(topic, partition)
        self._consumer = _open(cluster, self._partition, _FETCHING[fetching])
        self._blocks = blocks and read_blocks(self._consumer)
        self._after = self._at = -1  # nothing lies between: records end here, it goes on there
        self._block = 1  # how many offsets a block took last: beyond the end none is unpacked

    def topic_exists(self, topic: str) -> bool:
        """Tell whether the cluster has a topic."""
        with self._cluster.translated(f"cannot ask for {topic}"):
            return bool(self._consumer.partitions_for_topic(topic))

    def partitions(self) -> int:
        """Return how many partitions the topic has."""
        with self._cluster.translated(f"cannot ask for {self._topic}"):
            return len(self._consumer.partitions_for_topic(self._topic) or ())

    def begin(self) -> int:
        """Return the first offset that is kept."""
        with self._cluster.translated(f"cannot ask where {self._topic} begins"):
            return int(self._consumer.beginning_offsets([self._partition])[self._partition])

    def end(self) -> int:
        """Return the offset after the last one that is committed."""
        with self._cluster.translated(f"cannot ask where {self._topic} ends"):
            found = self._consumer.end_offsets([self._partition], timeout_ms=REQUEST_MS)
            return int(found[self._partition])

    def batches(self, offset: int, end: int, most: int = READ_MAX) -> Iterator[Sequence[Any]]:
        """Return the records from `offset` to before `end`, `most` of them at once."""
        while offset < end:
            records = self._poll(offset, most)
            offset = self._at
            if records and records[-1].offset >= end:
                records = [each for each in records if each.offset < end]
            if records:
                yield records

    def values(self, offset: int, end: int) -> Iterator[Values]:
        """Return the values from `offset` to before `end`, READ_MAX at most at once."""
        if not self._blocks:
            for records in self.batches(offset, end):
                yield _values_of(records)
            return
        while offset < end:
            blocks = self._poll(offset, min(_BLOCKS, 1 + (end - offset) // self._block))
            yield from _gathered([_cut(block, offset, end) for block in blocks])
            if blocks:
                self._block = max(1, (self._at - offset) // len(blocks))
            offset = self._at

    def coming(self, offset: int, wait_s: float) -> Iterator[Values]:
        """Return the values from `offset` on, as `values`; nothing if none came in so long."""
        with self._cluster.translated(f"cannot read {self._topic}"):
            found = self._poll_once(offset, _BLOCKS if self._blocks else READ_MAX, wait_s)
        if self._blocks:
            yield from _gathered([_cut(block, offset, self._at) for block in found])
        elif found:
            yield _values_of(found)

    @property
    def at(self) -> int:
        """Return the offset where reading goes on."""
        return self._at

    def first(self, offset: int, end: int) -> Any:  # noqa: ANN401 -- kafka-python's ConsumerRecord
        """Return the first record from `offset` to before `end`, or None."""
        return next((records[0] for records in self.batches(offset, end, 1)), None)

    def last(self, begin: int, end: int) -> Any:  # noqa: ANN401
        """Return the last record before `end`, or None; looks back in growing strides."""
        stride = 2
        start = end
        while start > begin:
            start, before = max(begin, start - stride), start
            found = None
            for records in self.batches(start, before):
                found = records[-1]
            if found is not None:
                return found
            stride *= 4
        return None

    def _poll(self, offset: int, most: int) -> list[Any]:
        """Return some records from `offset` on, perhaps none; sets where to go on."""
        deadline = monotonic() + STALL_S
        with self._cluster.translated(f"cannot read {self._topic}"):
            while True:
                found = self._poll_once(offset, most, _POLL_S)
                if found or self._at != offset:
                    return found
                if monotonic() > deadline:
                    detail = f"nothing came from offset {offset} for {STALL_S:.0f} s"
                    raise TransientError(f"cannot read {self._topic} at {self._cluster}: {detail}")

    def _poll_once(self, offset: int, most: int, wait_s: float) -> list[Any]:
        """Return what came from `offset` on in so long; sets where to go on."""
        if not self._after <= offset <= self._at:
            self._consumer.seek(self._partition, offset)
            self._after = self._at = offset
        found = self._consumer.poll(wait_s * 1000, max_records=most).get(self._partition, [])
        self._at = self._consumer.position(self._partition, timeout_ms=REQUEST_MS)
        if found:
            self._after = found[-1].offset + 1
        return list(found)

    def close(self) -> None:
        """Close the connection."""
        self._consumer.close(timeout_ms=REQUEST_MS)


def _values_of(records: Sequence[Any]) -> Values:
    """Return what single records hold, at least one."""
    return Values(records[0].offset, records[-1].offset, [each.value or b"" for each in records])


def _cut(block: Any, offset: int, end: int) -> tuple[int, list[bytes]]:  # noqa: ANN401
    """Return what a block holds from `offset` to before `end`; its offsets are dense."""
    first = block.offset - len(block.value) + 1
    skipped = max(0, offset - first)
    return first + skipped, block.value[skipped : max(0, end - first)]


def _gathered(blocks: list[tuple[int, list[bytes]]]) -> Iterator[Values]:
    """Return the same values in few lists, of READ_MAX at most."""
    held = Values(0, 0, [])
    for offset, values in blocks:
        for start in range(0, len(values), READ_MAX):
            part = values[start : start + READ_MAX]
            if held.values and len(held.values) + len(part) > READ_MAX:
                yield held
                held = Values(0, 0, [])
            first = held.first if held.values else offset + start
            held.values.extend(part)
            held = Values(first, offset + start + len(part) - 1, held.values)
    if held.values:
        yield held
