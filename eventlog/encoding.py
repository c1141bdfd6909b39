"""Writing to Kafka by record batches: a list of messages becomes one batch, in one go.

The client keeps sequence numbers, transactions, compression, retries, flushing and fencing; only
the way from messages to a batch's bytes is ours. It uses what the client does not promise to keep,
so with any other version than the one that it was tested with, messages are sent one by one.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from time import time
from typing import Any, Final

import kafka
from kafka import KafkaProducer, TopicPartition
from kafka.producer.future import FutureRecordMetadata
from kafka.producer.producer_batch import ProducerBatch
from kafka.record.memory_records import MemoryRecordsBuilder

TESTED: Final = "3.0.12"
"""The client's version that this was tested with."""
BATCH_BYTES: Final = 900_000
"""How large a batch may be; a single message may be larger."""
_VERSION: Final = 2

Message = tuple[bytes, bytes, list[tuple[str, bytes]]]
"""Key, value, headers."""


def send_all(
    producer: KafkaProducer,
    topic: str,
    messages: Sequence[Message],
    *,
    partition: int = 0,
    plain: bool = False,
) -> list[tuple[Any, int]]:
    """Give messages to the producer; return a future of each batch's last one, and their number.

    `plain` sends one by one, by nothing but what the client promises.
    """
    if plain or kafka.__version__ != TESTED:
        return [
            (producer.send(topic, value, key, head, partition), 1) for key, value, head in messages
        ]
    place = TopicPartition(topic, partition)
    producer.partitions_for(topic)  # knows the leader from here on
    return [_put(producer, place, records) for records in _batched(messages)]


def _batched(messages: Sequence[Message]) -> Iterator[list[bytes]]:
    """Return the records of one batch after the other."""
    records: list[bytes] = []
    size = 0
    for message in messages:
        record = _record(len(records), *message)
        if records and size + len(record) > BATCH_BYTES:
            yield records
            records, size = [], 0
            record = _record(0, *message)
        records.append(record)
        size += len(record)
    if records:
        yield records


def _put(producer: Any, partition: TopicPartition, records: list[bytes]) -> tuple[Any, int]:  # noqa: ANN401
    """Hand a finished batch to the client, as its own `send` does with one that is full."""
    now = int(time() * 1000)
    built = MemoryRecordsBuilder(_VERSION, producer.config["compression_attrs"], BATCH_BYTES)
    _fill(built, records, now)
    batch = ProducerBatch(partition, built)
    last = len(records) - 1
    future = FutureRecordMetadata(batch.produce_future, last, now, None, -1, len(records[-1]), -1)
    batch._record_futures.append(future)  # noqa: SLF001
    batch.max_record_size = max(map(len, records))
    manager, accumulator = producer._transaction_manager, producer._accumulator  # noqa: SLF001
    if manager.is_transactional():
        manager.maybe_add_partition_to_transaction(partition)
    with accumulator._tp_lock(partition):  # noqa: SLF001
        accumulator._batches[partition].append(batch)  # noqa: SLF001
        accumulator._incomplete.add(batch)  # noqa: SLF001
    producer._sender.wakeup()  # noqa: SLF001
    return future, len(records)


def _fill(built: Any, records: list[bytes], now: int) -> None:  # noqa: ANN401
    """Leave the client's builder as if it had appended the records itself."""
    builder = built._builder  # noqa: SLF001
    builder._buffer += b"".join(records)  # noqa: SLF001
    builder._first_timestamp = builder._max_timestamp = now  # noqa: SLF001
    builder._num_records = len(records)  # noqa: SLF001
    builder._last_offset = len(records) - 1  # noqa: SLF001
    built._next_offset = len(records)  # noqa: SLF001


def _record(offset: int, key: bytes, value: bytes, headers: list[tuple[str, bytes]]) -> bytes:
    """Return a record of a batch: length, attributes, time, offset, key, value, headers.

    Source: Kafka's record format, version 2.
    """
    head = b"".join([_header(name, content) for name, content in headers])
    body = b"".join(
        [
            b"\x00\x00",
            _number(offset),
            _number(len(key)),
            key,
            _number(len(value)),
            value,
            _number(len(headers)),
            head,
        ]
    )
    return _number(len(body)) + body


@lru_cache(maxsize=4_096)
def _header(name: str, content: bytes) -> bytes:
    spelled = name.encode()
    return _number(len(spelled)) + spelled + _number(len(content)) + content


def _number(number: int) -> bytes:
    """Return a number from 0 on as a zigzag varint."""
    return _SMALL[number] if number < len(_SMALL) else _varint(number << 1)


def _varint(number: int) -> bytes:
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    found.append(number)
    return bytes(found)


_SMALL: Final = [_varint(number << 1) for number in range(1 << 13)]
