"""The log on Kafka: one partition, one fenced writer, one transaction an append."""

from bisect import bisect_right, insort
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from hashlib import sha256
from time import monotonic, sleep
from typing import Any, Final

from eventlog.attributes import attributes_of, position_of
from eventlog.cluster import REQUEST_MS, Cluster
from eventlog.encoding import Message
from eventlog.kafka_parking import KafkaParking
from eventlog.partition import Fetching, PartitionReader
from eventlog.port import READ_MAX, Consumed, Stray, refuse_retired
from eventlog.producer import TransactionalWriter, open_producer, send_confirmed
from eventlog.topics import Topics, make_topics
from ledger.errors import (
    IntegrityError,
    PositionConflict,
    TransientError,
    WriterFenced,
    require,
)
from schemas.envelope import Head

_MARKS_MAX: Final = 4_096
"""How many places are kept in memory, so that reading begins near where it should."""
_NEAR: Final = 500
"""Positions so close together are read in one go."""


class KafkaLog:
    """Records in a topic; the offset is only an address, the position is in the record."""

    def __init__(
        self, cluster: Cluster, ledger: str, *, writer: bool = False, plain: bool = False
    ) -> None:
        """Open the log; a writer makes missing topics and fences the writer before it.

        `plain` reads and writes record by record, by nothing but what the client promises.

        Raises: TransientError if no broker answers or a reader finds no log.
        """
        self._cluster = cluster
        self._topics = Topics(ledger=ledger)
        self._open: list[Any] = []
        self._marks: list[tuple[int, int]] = []
        self._writer: TransactionalWriter | None = None
        self._parking: KafkaParking | None = None
        self._blocks = not plain
        self._coming: PartitionReader | None = None
        self._followed: tuple[int, int] | None = None
        self._end: int | None = None
        self._ended: tuple[int, Head] | None = None
        try:
            if writer:
                make_topics(cluster, self._topics)
                self._writer = TransactionalWriter(cluster, f"{ledger}.decider", plain=plain)
                self._open.append(self._writer)
            self._one = self._reader("little", blocks=False)
            self._check_there()
            self._retired = self._retired_to() if writer else None
            self._many = self._reader("much", blocks=not plain)
            self._head = self._find_head()
        except BaseException:
            self.close()
            raise

    def _reader(self, fetching: Fetching, *, blocks: bool) -> PartitionReader:
        reader = PartitionReader(
            self._cluster, self._topics.events, fetching=fetching, blocks=blocks
        )
        self._open.append(reader)
        return reader

    def _check_there(self) -> None:
        if not self._one.topic_exists(self._topics.events):
            name = self._topics.ledger
            raise TransientError(
                f"there is no log {name} at {self._cluster}; `clearing run` makes one"
            )

    # -- the end -----------------------------------------------------------------------------------

    def head(self) -> Head:
        """Return the end of the log; the writer knows it, a reader asks."""
        if self._writer is None:
            self._head = self._find_head()
        return self._head

    def _find_head(self) -> Head:
        end = self._one.end()
        if self._ended is not None and self._ended[0] == end:
            return self._ended[1]
        found = self._one.last(self._one.begin(), end)
        head = Head()
        if found is not None:
            position = position_of(found.value, found.offset)
            head = Head(position=position, hash=sha256(found.value).digest())
            self._mark(position, found.offset)
        self._ended = (end, head)
        return head

    def follow(self, *, after: int, wait_s: float) -> Iterator[Sequence[tuple[int, bytes]]]:
        """Return what comes after a position; the reader goes on where it was."""
        if self._coming is None:  # its own connection: what waits at the broker lets nothing pass
            self._coming = self._reader("coming", blocks=self._blocks)
        position, offset = after, self._offset_after(after)
        for found in self._coming.coming(offset, wait_s):
            yield list(enumerate(found.values, position + 1))
            position += len(found.values)
        self._followed = position, self._coming.at

    def _offset_after(self, position: int) -> int:
        """Return the offset where the next record is, or will be."""
        if self._followed is not None and self._followed[0] == position:
            return self._followed[1]
        head = self.head()
        if position < head.position:
            return self._offset_of(position + 1)
        require(position == head.position, f"the log ends at {head.position}, not at {position}")
        return self._one.end() if self._ended is None else self._ended[0]

    def backlog(self) -> int:
        """Return how many records are not followed yet of those seen when it was asked before."""
        before, self._end = self._end, self._one.end()
        end = self._end if before is None else before
        return 0 if self._followed is None else max(0, end - self._followed[1])

    # -- writing -----------------------------------------------------------------------------------

    def append(
        self, values: Sequence[bytes], *, expected: Head, consumed: Consumed | None = None
    ) -> None:
        """Add records after `expected`, and how far commands were consumed, in one transaction."""
        if self._writer is None:
            raise WriterFenced(f"{self._topics.events} was opened for reading")
        if not values and consumed is None:
            return
        if values and expected != self._head:
            raise PositionConflict(f"the log ends at {self._head.position}")
        refuse_retired(self._retired)
        messages = _messages(values, expected.position + 1)
        offset = self._writer.write(self._topics.events, messages, consumed, self._topics.commands)
        if values:
            self._await_visible(offset)
            position = expected.position + len(values)
            self._head = Head(position=position, hash=sha256(values[-1]).digest())
            self._mark(position, offset)

    def _await_visible(self, offset: int) -> None:
        """Wait for the transaction's marker: only then do readers see what was committed."""
        deadline = monotonic() + REQUEST_MS / 1000
        while self._one.end() <= offset:
            if monotonic() > deadline:
                raise TransientError(f"records up to offset {offset} are written, not yet readable")
            sleep(0.001)

    # -- reading -----------------------------------------------------------------------------------

    def read(
        self, *, after: int, until: int | None = None
    ) -> Iterator[Sequence[tuple[int, bytes]]]:
        """Return (position, value) in batches; gaps and repeats are the chain's to find."""
        known = until is not None and until <= self._head.position
        end = self._head.position if known else self.head().position
        last = end if until is None else min(until, end)
        if after >= last:
            return
        offset = self._offset_of(after + 1)
        stop = self._many.end() if self._writer or self._ended is None else self._ended[0]
        position = after + 1
        for found in self._many.values(offset, stop):
            values = found.values[: last - position + 1]
            self._mark(position, found.first)
            if len(values) == len(found.values):
                self._mark(position + len(values) - 1, found.last)
            yield list(enumerate(values, position))
            position += len(values)
            if position > last:
                return
        raise IntegrityError(f"position {position}: the log ends at {end} and the record is gone")

    def read_at(self, positions: Sequence[int]) -> Mapping[int, bytes]:
        """Return the records at these positions."""
        wanted = sorted(set(positions))
        end = self.head().position if wanted else 0
        for position in positions:
            if not 0 < position <= end:
                raise IntegrityError(f"the log has no record at position {position}")
        found: dict[int, bytes] = {}
        for first, last in _runs(wanted):
            if first == last:
                found[first] = self._record_at(first).value
                continue
            asked = set(wanted[bisect_right(wanted, first - 1) : bisect_right(wanted, last)])
            for batch in self.read(after=first - 1, until=last):
                found.update(each for each in batch if each[0] in asked)
        return found

    def _offset_of(self, position: int) -> int:
        """Return the offset of a record that is there, or of the marker just before it."""
        mark = self._mark_before(position)
        if mark is not None and position - mark[0] in {0, 1}:
            return mark[1] + position - mark[0]
        return int(self._record_at(position).offset)

    def _record_at(self, position: int) -> Any:  # noqa: ANN401 -- kafka-python's ConsumerRecord
        """Return a record that is there.

        Every record takes one offset at least, so counting from a record before it gives an
        offset that is never too far; what stands there brings the count nearer.
        """
        known, offset = self._mark_before(position) or (1, self._one.begin())
        end = self._one.end()
        while True:
            found = self._one.first(offset + position - known, end)
            if found is None:
                raise IntegrityError(f"position {position}: there is no such record")
            known, offset = position_of(found.value, found.offset), found.offset
            if known > position:
                raise IntegrityError(f"position {position}: missing, offset {offset} holds {known}")
            self._mark(known, offset)
            if known == position:
                return found

    def _mark_before(self, position: int) -> tuple[int, int] | None:
        """Return the nearest place that is known, at a position or before it."""
        place = bisect_right(self._marks, (position, 1 << 63)) - 1
        return self._marks[place] if place >= 0 else None

    def _mark(self, position: int, offset: int) -> None:
        """Remember where a record is."""
        place = bisect_right(self._marks, (position, -1))
        if place < len(self._marks) and self._marks[place][0] == position:
            return
        insort(self._marks, (position, offset))
        if len(self._marks) > _MARKS_MAX:
            del self._marks[1::2]

    # -- parking -----------------------------------------------------------------------------------

    def park(self, strays: Sequence[Stray]) -> None:
        """Keep bytes that are no command, each once."""
        if self._writer is None:
            raise WriterFenced(f"{self._topics.parked} was opened for reading")
        if strays:
            refuse_retired(self._retired)
            self._parked_topic().park(strays)

    def parked(self) -> Iterator[Stray]:
        """Return what was parked."""
        yield from self._parked_topic().read()

    def _parked_topic(self) -> KafkaParking:
        if self._parking is None:
            self._parking = KafkaParking(self._cluster, self._topics.ledger)
            self._open.append(self._parking)
        return self._parking

    # -- moving house ------------------------------------------------------------------------------

    def retire(self, successor: str) -> None:
        """Refuse appends from now on; earlier writers are fenced, later ones find the topic."""
        if self._writer is None:
            raise WriterFenced(f"{self._topics.events} was opened for reading")
        topic = self._topics.retired
        make_topics(self._cluster, self._topics, topic)
        producer = open_producer(self._cluster)
        try:
            send_confirmed(self._cluster, producer, topic, [(b"", successor.encode(), [])])
        finally:
            producer.close(timeout=REQUEST_MS / 1000)
        self._retired = successor

    def retired(self) -> str | None:
        """Return where the ledger goes on, if it does so elsewhere."""
        return self._retired_to()

    def _retired_to(self) -> str | None:
        """Read it from a topic that exists only then."""
        topic = self._topics.retired
        if not self._one.topic_exists(topic):
            return None
        with closing(PartitionReader(self._cluster, topic, fetching="little")) as reader:
            found = reader.last(reader.begin(), reader.end())
        return "an unknown place" if found is None else str(found.value, "utf-8")

    def close(self) -> None:
        """Close all connections."""
        for each in reversed(self._open):
            each.close()
        self._open.clear()


def _messages(values: Sequence[bytes], position: int) -> list[Message]:
    messages: list[Message] = []
    for place, value in enumerate(values, position):
        attributes = attributes_of(value)
        require(attributes.position == place, f"position {place}: sealed as {attributes.position}")
        messages.append((attributes.key(), value, attributes.headers()))
    return messages


def _runs(positions: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield (first, last) of stretches that are worth reading in one go."""
    start = 0
    for place in range(1, len(positions) + 1):
        ends = place == len(positions) or positions[place] - positions[place - 1] > _NEAR
        if ends or positions[place] - positions[start] >= READ_MAX:
            yield positions[start], positions[place - 1]
            start = place
