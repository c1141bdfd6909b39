"""The bounds of one run: the same records through Kafka and PostgreSQL, nothing of ours between.

`loop` is what the accept path does without its business: commands are sent one by one, a second
process polls them and writes each to the events topic in transactions with its offset, a third
polls those and copies them into a table.
"""

from collections.abc import Callable, Sequence
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter
from typing import Any

import psycopg
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient
from kafka.structs import OffsetAndMetadata

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
    """Return records a second of: produce, consume, copy, loop."""
    with file.open("rb") as stream:
        values = [line.rstrip() for line in islice(stream, most)]
    topics = ("bare.commands", "bare.events")
    _make_topics(servers, topics)
    produced = _timed(lambda: _produce(servers, topics[0], values))
    consumed = _timed(lambda: _consume(servers, topics[0], len(values)))
    copied = _timed(lambda: _copy(database, values))
    looped = _timed(lambda: _loop(servers, database, values))
    rates = {"produce": produced, "consume": consumed, "copy": copied, "loop": looped}
    return {name: len(values) / seconds for name, seconds in rates.items()}


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


def _loop(servers: list[str], database: str, values: Sequence[bytes]) -> None:
    context = get_context("spawn")
    wanted = len(values)
    rest = [
        context.Process(target=_decide, args=(servers, wanted)),
        context.Process(target=_project, args=(servers, database, wanted)),
    ]
    for process in rest:
        process.start()
    _produce(servers, "bare.commands", values)
    for process in rest:
        process.join()


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


def _project(servers: list[str], database: str, wanted: int) -> None:
    consumer = KafkaConsumer(bootstrap_servers=servers, **_POLL)
    place = TopicPartition("bare.events", 0)
    consumer.assign([place])
    consumer.seek(place, 0)
    seen = 0
    with psycopg.connect(database, autocommit=True) as connection:
        while seen < wanted:
            batch = consumer.poll(1_000).get(place, ())
            if batch:
                with connection.cursor().copy("COPY bare FROM STDIN") as copy:
                    for record in batch:
                        copy.write_row((record.offset, record.value))
                seen += len(batch)
    consumer.close()
