"""The commands topic: sending what shall be decided, and reading it in order."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any, Final

from kafka import ConsumerRebalanceListener, KafkaConsumer, TopicPartition
from kafka.admin import KafkaAdminClient
from kafka.coordinator.assignors.cooperative_sticky import CooperativeStickyAssignor

from eventlog.blocks import read_blocks
from eventlog.cluster import REQUEST_MS, Cluster
from eventlog.encoding import Message
from eventlog.port import READ_MAX, Consumed, NotConfirmed, Received
from eventlog.producer import abandon, open_producer, send_confirmed
from eventlog.topics import Topics
from ledger.errors import IntegrityError, TransientError, WriterFenced

SESSION_MS: Final = 6_000
"""After this silence the group gives the commands to another member."""
_LOOK_AGAIN_MS: Final = 3_000
"""A topic that was made a moment ago may be missing at the first look: then nobody is elected."""
_SILENT_S: Final = 5.0
"""After so long without a command it asks the broker: `poll` never says that nobody answers."""
_BLOCKS: Final = 8
"""How many record batches are taken at once, of somewhat under 1 MB each."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_CHUNK_BYTES: Final = 500_000
"""So much fits into one batch of the producer, which is written or not as a whole."""
_GATHER_MS: Final = 5_000
"""Longer than it takes to put a chunk together: `flush` sends it, as one batch."""


class KafkaCommandSender:
    """Sends one batch at a time, so that nothing follows what was not confirmed."""

    def __init__(self, cluster: Cluster, ledger: str) -> None:
        """Connect. Raises: TransientError."""
        self._cluster = cluster
        self._topic = Topics(ledger=ledger).commands
        self._producer = open_producer(
            cluster, linger_ms=_GATHER_MS, max_in_flight_requests_per_connection=1
        )

    def send(self, commands: Sequence[tuple[str, bytes]]) -> list[int]:
        """Send (command id, bytes) and return their offsets."""
        offsets: list[int] = []
        for chunk in _chunks(commands):
            messages: list[Message] = [(name.encode(), value, []) for name, value in chunk]
            try:
                sent = send_confirmed(self._cluster, self._producer, self._topic, messages)
            except TransientError as fault:
                abandon(self._producer)
                raise NotConfirmed(str(fault), offsets) from fault
            offsets += sent
        return offsets

    def close(self) -> None:
        """Close the connection."""
        self._producer.close(timeout=REQUEST_MS / 1000)


def _chunks(commands: Sequence[tuple[str, bytes]]) -> Iterator[Sequence[tuple[str, bytes]]]:
    start = size = 0
    for place, (name, value) in enumerate(commands):
        more = len(name.encode()) + len(value) + 100
        if place > start and size + more > _CHUNK_BYTES:
            yield commands[start:place]
            start, size = place, 0
        size += more
    if start < len(commands):
        yield commands[start:]


class KafkaCommandReader:
    """Reads the commands topic; with `group` only while the group gives it the topic."""

    def __init__(
        self, cluster: Cluster, ledger: str, *, group: bool = False, plain: bool = False
    ) -> None:
        """Connect; a member stands in line for the topic. Raises: TransientError.

        `plain` reads record by record, by nothing but what the client promises.
        """
        self._cluster = cluster
        self._topic = Topics(ledger=ledger).commands
        self._partition = TopicPartition(self._topic, 0)
        self._group = f"{ledger}.decider"
        self._seat = _Seat() if group else None
        with cluster.translated("cannot reach Kafka"):
            self._consumer = KafkaConsumer(
                **cluster.options(),
                group_id=self._group,
                session_timeout_ms=SESSION_MS,
                metadata_max_age_ms=_LOOK_AGAIN_MS,
                heartbeat_interval_ms=SESSION_MS // 4,
                partition_assignment_strategy=(CooperativeStickyAssignor,),
                enable_auto_commit=False,
                isolation_level="read_committed",
                auto_offset_reset="earliest",
                allow_auto_create_topics=False,
                metrics_enabled=False,
                max_poll_records=READ_MAX,
                fetch_max_bytes=64 << 20,
                max_partition_fetch_bytes=8 << 20,
                fetch_max_wait_ms=500,
            )
            if self._seat is not None:
                self._seat.consumer = self._consumer
                self._consumer.partitions_for_topic(self._topic)  # else it may be given to nobody
                self._consumer.subscribe([self._topic], listener=self._seat)
            else:
                self._consumer.assign([self._partition])
        self._blocks = not plain and read_blocks(self._consumer, timed=True)
        self._held: list[Received] = []
        self._next: int | None = None
        self._turn = 0
        self._heard_at = monotonic()

    def elected(self, wait_s: float) -> bool:
        """Wait so long for the topic; say whether it was given."""
        if self._seat is None:
            return True
        deadline = monotonic() + wait_s
        with self._cluster.translated("cannot wait in the deciders' group"):
            while not self._seat.held and monotonic() < deadline:
                self._consumer.poll(100)  # the partition is paused: nothing comes
        self._listen(heard=self._seat.held)
        return self._seat.held

    def _listen(self, *, heard: bool) -> None:
        """Make sure that a broker is there. Raises: TransientError."""
        if not heard and monotonic() - self._heard_at > _SILENT_S:
            self.end()
            heard = True
        if heard:
            self._heard_at = monotonic()

    def committed(self) -> int | None:
        """Return how far the group says that commands were consumed."""
        with self._cluster.translated(f"cannot ask how far {self._topic} was consumed"):
            offset = self._consumer.committed(self._partition, timeout_ms=REQUEST_MS)
        return None if offset is None else int(offset)

    def begin(self) -> int:
        """Return the first offset that is kept."""
        with self._cluster.translated(f"cannot ask where {self._topic} begins"):
            return int(self._consumer.beginning_offsets([self._partition])[self._partition])

    def end(self) -> int:
        """Return the offset after the last command."""
        with self._cluster.translated(f"cannot ask where {self._topic} ends"):
            return int(self._consumer.end_offsets([self._partition])[self._partition])

    def backlog(self) -> int:
        """Return how many commands there are after those read, as the broker last said.

        It says so with every fetch; asking would wait behind the fetch that waits for commands.
        """
        end = self._consumer.highwater(self._partition)
        return 0 if end is None or self._next is None else max(0, end - self._next)

    def seek(self, offset: int) -> None:
        """Go on at an offset that is kept, or at the end."""
        begin, end = self.begin(), self.end()
        if not begin <= offset <= end:
            raise IntegrityError(
                f"{self._topic}: commands from offset {offset} on are wanted,"
                f" {begin} to {end} are kept"
            )
        if self._seat is not None:
            self._turn = self._seat.turn
        self._check_seat()
        with self._cluster.translated(f"cannot go on at offset {offset} of {self._topic}"):
            self._consumer.seek(self._partition, offset)
            self._consumer.resume(self._partition)
        self._next = offset
        self._held.clear()

    def read(self, wait_s: float, most: int = READ_MAX) -> list[Received]:
        """Return the next commands; none if none came in so long."""
        if self._next is None:
            raise IntegrityError(f"{self._topic}: say where to begin: seek")
        if not self._held:
            self._fetch(wait_s, most)
        self._check_seat()
        found, self._held = self._held[:most], self._held[most:]
        if found:
            self._next = found[-1].offset + 1
        self._listen(heard=bool(found))
        return found

    def _fetch(self, wait_s: float, most: int) -> None:
        """Hold the next commands: as many as wanted, or all that are here."""
        with self._cluster.translated(f"cannot read {self._topic}"):
            polled = self._poll(wait_s, most)
            while polled:
                for each in polled:
                    self._hold(each)
                polled = self._poll(0.0, most) if len(self._held) < most else []

    def _poll(self, wait_s: float, most: int) -> list[Any]:
        most = _BLOCKS if self._blocks else most
        found = self._consumer.poll(wait_s * 1000, max_records=most)
        return list(found.get(self._partition, []))

    def _hold(self, found: Any) -> None:  # noqa: ANN401 -- kafka-python's ConsumerRecord
        """Take in a record, or a block of them: it may begin before what is wanted."""
        values = found.value if self._blocks else [found.value]
        first = found.offset - len(values) + 1
        wanted = self._held[-1].offset + 1 if self._held else self._next or 0
        if found.offset < wanted:
            raise IntegrityError(f"{self._topic}: offset {found.offset} came again")
        moment = _EPOCH + timedelta(milliseconds=found.timestamp)
        self._held += [
            Received(offset=offset, value=value or b"", received_at=moment)
            for offset, value in enumerate(values, first)
            if offset >= wanted
        ]

    def forget(self, before: datetime, decided: int) -> int:
        """Delete what was received before a time and is decided; return the first offset kept."""
        with self._cluster.translated(f"cannot delete old commands of {self._topic}"):
            moment = int((before - _EPOCH).total_seconds() * 1000)
            found = self._consumer.offsets_for_times({self._partition: moment})[self._partition]
            keep = decided if found is None else min(int(found.offset), decided)
            if keep > self.begin():
                admin = KafkaAdminClient(**self._cluster.options())
                try:
                    admin.delete_records({self._partition: keep}, timeout_ms=REQUEST_MS)
                finally:
                    admin.close()
        return self.begin()

    def consumed(self) -> Consumed:
        """Return how far was read, and as whom."""
        if self._next is None:
            raise IntegrityError(f"{self._topic}: nothing was read yet")
        member = self._consumer.group_metadata() if self._seat is not None else self._group
        return Consumed(offset=self._next, group=member)

    def _check_seat(self) -> None:
        if self._seat is not None and not (self._seat.held and self._seat.turn == self._turn):
            raise WriterFenced("another member of the group was given the commands")

    def close(self) -> None:
        """Close the connection and leave the group."""
        self._consumer.close(autocommit=False, timeout_ms=REQUEST_MS)


class _Seat(ConsumerRebalanceListener):  # type: ignore[misc]
    """Whether the group gives us the topic, and how often it did: between two turns others had it.

    Cooperative: a standby that joins or leaves takes nothing from who decides.
    """

    def __init__(self) -> None:
        self.consumer: Any = None
        self.held = False
        self.turn = 0

    def on_partitions_assigned(self, assigned: Sequence[TopicPartition]) -> None:
        """Take the seat; nothing is fetched until the reader has said from where."""
        if assigned:
            self.consumer.pause(*assigned)
            self.turn += 1
            self.held = True

    def on_partitions_revoked(self, revoked: Sequence[TopicPartition]) -> None:
        """Lose the seat."""
        if revoked:
            self.held = False
