"""Writing to Kafka: transactions that one writer at a time can make, and plain confirmed sends."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from threading import Event, Thread
from typing import Any, Final

from kafka import KafkaProducer, TopicPartition
from kafka.errors import (
    CommitFailedError,
    InvalidProducerEpochError,
    KafkaError,
    KafkaTimeoutError,
    ProducerFencedError,
)
from kafka.structs import OffsetAndMetadata

from eventlog.cluster import REQUEST_MS, Cluster
from eventlog.encoding import BATCH_BYTES, Message, send_all
from eventlog.port import Consumed
from eventlog.topics import RECORD_BYTES_MAX
from ledger.errors import ConcurrencyError, TransientError, WriterFenced, require

DELIVERY_MS: Final = 20_000
"""How long a send is tried."""
COMMIT_S: Final = 12.0
"""How long sending or committing a transaction may take before its outcome counts as unknown.

Where a broker has died the client does not always find the new leader or coordinator; one that
begins anew does. By default Kafka lets nine seconds pass before others take over from a broker.
"""
HEADROOM_BYTES: Final = 64 * 1024
"""What key, headers and batch may add to a value."""
_CLOSE_S: Final = 1.0
_FENCED: Final = (ProducerFencedError, InvalidProducerEpochError)


def open_producer(cluster: Cluster, **more: Any) -> KafkaProducer:  # noqa: ANN401
    """Return an idempotent producer that waits for all replicas."""
    with cluster.translated("cannot reach Kafka"):
        return KafkaProducer(
            **cluster.options(),
            metrics_enabled=False,
            acks="all",
            compression_type="zstd",
            batch_size=BATCH_BYTES,
            max_request_size=RECORD_BYTES_MAX,
            delivery_timeout_ms=DELIVERY_MS,
            max_block_ms=DELIVERY_MS,
            allow_auto_create_topics=False,
            **more,
        )


def abandon(producer: KafkaProducer) -> None:
    """Let go of a producer without waiting for what it still wants to send."""
    with suppress(KafkaError):
        producer._sender.force_close()  # noqa: SLF001 -- close() alone would wait for lost sends
        producer.close(timeout=_CLOSE_S)


class TransactionalWriter:
    """Writes in transactions; opening it ends whoever held its name before."""

    def __init__(self, cluster: Cluster, name: str, *, plain: bool = False) -> None:
        """Fence the last owner of the name; what it left open is aborted."""
        self._cluster = cluster
        self._plain = plain
        self._producer: KafkaProducer | None = open_producer(
            cluster,
            transactional_id=name,
            transaction_timeout_ms=DELIVERY_MS,
            linger_ms=50 if plain else 0,  # what is not plain comes in whole batches
            retry_backoff_ms=1,  # else a small transaction waits 100 ms for the last one's markers
        )
        try:
            with cluster.translated("cannot become the writer"):
                self._producer.init_transactions()
        except BaseException:
            self.abandon()
            raise

    def write(
        self, topic: str, messages: Sequence[Message], consumed: Consumed | None, source: str
    ) -> int:
        """Write messages, and how far `source` was consumed, all or none; return the last offset.

        Raises: WriterFenced, TransientError (outcome unknown); this writer is of no use then.
        """
        sent = self._write(topic, {0: messages}, consumed, source)
        return _offsets(sent)[-1] if sent else -1

    def write_parted(self, topic: str, parts: Mapping[int, Sequence[Message]]) -> None:
        """Write messages into several partitions, all or none. Raises: as `write`."""
        self._write(topic, parts)

    def _write(
        self,
        topic: str,
        parts: Mapping[int, Sequence[Message]],
        consumed: Consumed | None = None,
        source: str = "",
    ) -> list[tuple[Any, int]]:
        producer = self._producer
        if producer is None:
            raise WriterFenced("this writer lost its place; open the log anew")
        require(
            all(
                len(value) <= RECORD_BYTES_MAX - HEADROOM_BYTES
                for messages in parts.values()
                for _, value, _ in messages
            ),
            f"a record is larger than {RECORD_BYTES_MAX - HEADROOM_BYTES} bytes",
        )
        sent: list[tuple[Any, int]] = []
        try:
            producer.begin_transaction()
            for place, messages in parts.items():
                sent += send_all(producer, topic, messages, partition=place, plain=self._plain)
            self._within(lambda: _commit(producer, consumed, source))
        except CommitFailedError as fault:
            with suppress(KafkaError):  # else the next one's fence aborts it
                self._within(producer.abort_transaction)
            self.abandon()
            raise WriterFenced("another member of the group took over the commands") from fault
        except KafkaError as fault:
            self.abandon()
            raise self._explained(fault, sent) from fault
        except BaseException:
            self.abandon()
            raise
        return sent

    def _within(self, step: Callable[[], None]) -> None:
        """Do a step that knows no time limit.

        Raises: KafkaError, its own or KafkaTimeoutError; IntegrityError if it failed otherwise.
        """
        faults: list[KafkaError] = []
        done = Event()

        def run() -> None:
            try:
                step()
            except KafkaError as fault:
                faults.append(fault)
            else:
                done.set()

        thread = Thread(target=run, daemon=True)
        thread.start()
        thread.join(COMMIT_S)
        if thread.is_alive():
            raise KafkaTimeoutError(f"no answer in {COMMIT_S:.0f} s")
        if faults:
            raise faults[0]
        require(done.is_set(), "the Kafka client failed in a way of its own, which it has told")

    def _explained(
        self, fault: KafkaError, sent: Sequence[tuple[Any, int]]
    ) -> ConcurrencyError | TransientError:
        causes = [fault, *(future.exception for future, _ in sent if future.failed())]
        if any(isinstance(cause, _FENCED) for cause in causes):
            return WriterFenced("another writer took over the log; start anew from its end")
        return TransientError(
            f"whether the records were written at {self._cluster} is unknown ({fault});"
            " start anew from the log's end"
        )

    def abandon(self) -> None:
        """Let go without waiting; safe to call again."""
        if self._producer is not None:
            abandon(self._producer)
            self._producer = None

    def close(self) -> None:
        """Close in good order."""
        if self._producer is not None:
            with suppress(KafkaError):
                self._producer.close(timeout=REQUEST_MS / 1000)
            self._producer = None


def _commit(producer: KafkaProducer, consumed: Consumed | None, source: str) -> None:
    """End a transaction, with how far `source` was consumed."""
    if consumed is not None:
        _consume(producer, consumed, source)
    producer.flush(timeout=COMMIT_S)  # else linger is dead after the commit
    producer.commit_transaction()


def _consume(producer: KafkaProducer, consumed: Consumed, source: str) -> None:
    """Note how far was consumed, while the records are on their way."""
    offsets = {TopicPartition(source, 0): OffsetAndMetadata(consumed.offset, "", -1)}
    producer.send_offsets_to_transaction(offsets, consumed.group)


def send_confirmed(
    cluster: Cluster, producer: KafkaProducer, topic: str, messages: Sequence[Message]
) -> list[int]:
    """Send, wait, and return the offsets. Raises: TransientError if one is not confirmed."""
    with cluster.translated(f"a send to {topic} was not confirmed"):
        sent = send_all(producer, topic, messages)
        producer.flush(timeout=DELIVERY_MS / 1000)
        return _offsets(sent)


def _offsets(sent: Sequence[tuple[Any, int]]) -> list[int]:
    """Return the offsets of all that was sent; those of one batch are dense."""
    offsets: list[int] = []
    for future, count in sent:
        last = int(future.get(timeout=0).offset)
        offsets += range(last - count + 1, last + 1)
    return offsets
