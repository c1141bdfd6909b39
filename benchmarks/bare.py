"""The bounds of one run: the same records through Kafka and PostgreSQL, nothing of ours between.

`loop` is what the accept path does without its business: commands are sent one by one, a second
process polls them and writes each to the events topic in transactions with its offset, a third
polls those and copies them into a table. `refill` is what a rebuild by two processes does: each
polls a half and copies two rows of each record.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter
from typing import Any, TypeAlias

import psycopg
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient
from kafka.structs import OffsetAndMetadata

Span: TypeAlias = tuple[TopicPartition, int, int]
"""Where records are: the first one's offset, and how many."""
_POLL: dict[str, Any] = {
    "enable_auto_commit": False,
    "isolation_level": "read_committed",
    "max_poll_records": 5_000,
    "fetch_max_bytes": 64 << 20,
    "max_partition_fetch_bytes": 8 << 20,
    "fetch_max_wait_ms": 20,
}
_SEND: dict[str, Any] = {
    "acks": "all",
    "compression_type": "zstd",
    "batch_size": 900_000,
    "linger_ms": 50,
    "retry_backoff_ms": 1,
}


def bounds(servers: list[str], database: str, file: Path, most: int) -> dict[str, float]:
    """Return records a second of: produce, consume, copy, refill, loop."""
    with file.open("rb") as stream:
        values = [line.rstrip() for line in islice(stream, most)]
    topics = ("bare.commands", "bare.events")
    _make_topics(servers, topics)
    produced = _timed(lambda: _produce(servers, topics[0], values))
    consumed = _timed(lambda: _consume(servers, topics[0], len(values)))
    copied = _timed(lambda: _copy(database, values))
    refilled = _timed(lambda: _refill(servers, database, len(values)))
    looped = _timed(lambda: _loop(servers, database, values))
    rates = {"produce": produced, "consume": consumed, "copy": copied, "refill": refilled}
    return {name: len(values) / seconds for name, seconds in {**rates, "loop": looped}.items()}


def _timed(step: Callable[[], object]) -> float:
    start = perf_counter()
    step()
    return perf_counter() - start


def _make_topics(servers: list[str], topics: Sequence[str]) -> None:
    admin = KafkaAdminClient(bootstrap_servers=servers)
    made = {name: {"num_partitions": 1, "replication_factor": 1, "configs": {}} for name in topics}
    admin.create_topics(made, wait_for_metadata=True)
    admin.close()


def _produce(servers: list[str], topic: str, values: Sequence[bytes]) -> None:
    producer = KafkaProducer(bootstrap_servers=servers, **_SEND)
    for value in values:
        producer.send(topic, value, b"key", partition=0)
    producer.flush()
    producer.close()


def _consume(servers: list[str], topic: str, wanted: int) -> None:
    consumer = KafkaConsumer(bootstrap_servers=servers, **_POLL)
    place = TopicPartition(topic, 0)
    consumer.assign([place])
    consumer.seek(place, 0)
    seen = 0
    while seen < wanted:
        seen += len(consumer.poll(1_000).get(place, ()))
    consumer.close()


def _copy(database: str, values: Sequence[bytes]) -> None:
    with psycopg.connect(database) as connection:
        connection.execute("DROP TABLE IF EXISTS bare")
        connection.execute("CREATE TABLE bare (id bigint, value bytea)")
        with connection.cursor().copy("COPY bare FROM STDIN") as copy:
            for number, value in enumerate(values):
                copy.write_row((number, value))


def _refill(servers: list[str], database: str, wanted: int) -> None:
    half = wanted // 2
    place = TopicPartition("bare.commands", 0)
    spans = (place, 0, half), (place, half, wanted - half)
    with _processes(*((_fill, servers, database, span, 2) for span in spans)):
        pass


def _loop(servers: list[str], database: str, values: Sequence[bytes]) -> None:
    span = (TopicPartition("bare.events", 0), 0, len(values))
    with _processes((_decide, servers, len(values)), (_fill, servers, database, span, 1)):
        _produce(servers, "bare.commands", values)


@contextmanager
def _processes(*targets: tuple[Any, ...]) -> Iterator[None]:
    """Run functions, each with its arguments, as processes, and wait for their end."""
    started = [get_context("spawn").Process(target=run, args=args) for run, *args in targets]
    for process in started:
        process.start()
    yield
    for process in started:
        process.join()
    if any(process.exitcode for process in started):
        raise SystemExit("a process of the bare loops failed")


def _decide(servers: list[str], wanted: int) -> None:
    """Take the second half of the commands: the first is what `produce` left."""
    producer = KafkaProducer(bootstrap_servers=servers, transactional_id="bare", **_SEND)
    producer.init_transactions()
    consumer = KafkaConsumer(bootstrap_servers=servers, group_id="bare", **_POLL)
    place = TopicPartition("bare.commands", 0)
    consumer.assign([place])
    consumer.seek(place, wanted)
    done = 0
    while done < wanted:
        batch = consumer.poll(1_000).get(place, ())
        if not batch:
            continue
        producer.begin_transaction()
        for record in batch:
            producer.send("bare.events", record.value, b"key", partition=0)
        producer.flush()
        offsets = {place: OffsetAndMetadata(batch[-1].offset + 1, "", -1)}
        producer.send_offsets_to_transaction(offsets, "bare")
        producer.commit_transaction()
        done += len(batch)
    producer.close()
    consumer.close()


def _fill(servers: list[str], database: str, span: Span, rows: int) -> None:
    """Copy the records of a span into the table, each as so many rows."""
    place, offset, wanted = span
    consumer = KafkaConsumer(bootstrap_servers=servers, **_POLL)
    consumer.assign([place])
    consumer.seek(place, offset)
    seen = 0
    with psycopg.connect(database, autocommit=True) as connection:
        while seen < wanted:
            batch = consumer.poll(1_000).get(place, ())[: wanted - seen]
            if batch:
                with connection.cursor().copy("COPY bare FROM STDIN") as copy:
                    for record in batch:
                        for _ in range(rows):
                            copy.write_row((record.offset, record.value))
                seen += len(batch)
    consumer.close()
