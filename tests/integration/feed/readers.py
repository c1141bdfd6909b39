"""A ledger's feed seen from outside, and worked out by hand."""

import json
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from hashlib import sha256
from time import monotonic, sleep
from typing import Any

from kafka import KafkaConsumer, TopicPartition

import bootstrap
from bootstrap import workers
from consumers.feeding import Feeding
from consumers.watch import Watch
from eventlog.kafka import KafkaLog
from ledger.journal import postings
from projections.build import heads
from projections.tables import FEED
from schemas.envelope import Head, unseal
from schemas.feed import subject_of


@dataclass
class Told:
    """One message as it stands in the topic."""

    partition: int
    offset: int
    key: str
    headers: dict[str, str]
    value: dict[str, Any]

    @property
    def change(self) -> tuple[int, str, str, str]:
        """What it tells: position, account, moved, balance."""
        data = self.value["data"]
        return self.value["position"], self.key, data["moved"], data["balance"]

    @property
    def place(self) -> tuple[int, int]:
        return self.value["generation"], self.value["position"]


@dataclass
class Place:
    """A ledger on broker and server."""

    chosen: bootstrap.Settings
    log: KafkaLog

    def append(self, values: Sequence[bytes], after: int = 0, last: bytes = b"") -> None:
        """Write records that were decided elsewhere."""
        head = Head(position=after, hash=sha256(last).digest()) if after else Head()
        self.log.append(values, expected=head)

    def worker(self) -> Feeding:
        made = workers._MAKERS["feed"](self.chosen, Watch("feed"))
        assert isinstance(made, Feeding)
        return made

    def elsewhere(self, database: str) -> "Place":
        """The same ledger after its database was lost."""
        return Place(replace(self.chosen, db=database), self.log)

    def checkpoint(self) -> int:
        engine = bootstrap.open_books(self.chosen)
        try:
            return heads(engine, [FEED])[FEED].position
        finally:
            engine.dispose()

    def told(self, *, settled: bool = True) -> list[Told]:
        """Everything in the topic, by partition and offset, as a consumer that starts late reads it.

        `settled` waits until readers may see all: a transaction's markers come after its commit.
        """
        with closing(self._consumer("read_committed")) as consumer:
            parts = consumer.assignment()
            ends = self._ends(consumer) if settled else consumer.end_offsets(parts)
            found: list[Told] = []
            while any(consumer.position(part) < ends[part] for part in parts):
                for records in consumer.poll(500).values():
                    found += [_told(record) for record in records]
        return sorted(found, key=lambda each: (each.partition, each.offset))

    def _ends(self, consumer: KafkaConsumer) -> dict[TopicPartition, int]:
        with closing(self._consumer("read_uncommitted")) as other:
            ends: dict[TopicPartition, int] = other.end_offsets(consumer.assignment())
        deadline = monotonic() + 10
        while consumer.end_offsets(consumer.assignment()) != ends:
            assert monotonic() < deadline, "a transaction stays open"
            sleep(0.01)
        return ends

    def _consumer(self, isolation: str) -> KafkaConsumer:
        consumer = KafkaConsumer(
            bootstrap_servers=self.chosen.log.removeprefix("kafka://").split(","),
            isolation_level=isolation,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
        )
        topic = f"{self.chosen.ledger}.balances.v1"
        numbers = consumer.partitions_for_topic(topic) or ()
        consumer.assign([TopicPartition(topic, number) for number in numbers])
        return consumer


def _told(record: Any) -> Told:
    headers = {name: content.decode() for name, content in record.headers}
    value = json.loads(record.value)
    return Told(record.partition, record.offset, record.key.decode(), headers, value)


def level(worker: Feeding) -> None:
    """Let a worker do all that there is to do."""
    while worker.step():
        pass


def expected(values: Sequence[bytes]) -> list[tuple[int, str, str, str]]:
    """Every change of a balance, added up by hand: position, account, moved, balance."""
    held: dict[str, int] = {}
    changes = []
    for value in values:
        recorded = unseal(value)
        moved: dict[str, int] = {}
        for debit, credit, amount in postings(recorded.event):
            for code, sign in ((debit, 1), (credit, -1)):
                key = subject_of(code)
                moved[key] = moved.get(key, 0) + sign * amount
        for key, amount in moved.items():
            if amount:
                held[key] = held.get(key, 0) + amount
                changes.append((recorded.position, key, money(amount), money(held[key])))
    return changes


def money(fen: int) -> str:
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def kept(messages: Sequence[Told]) -> dict[str, str]:
    """What a reader holds that keeps the last (generation, position) of each key."""
    held: dict[str, tuple[tuple[int, int], str]] = {}
    for each in messages:
        known = held.get(each.key)
        if known is None or each.place > known[0]:
            held[each.key] = each.place, each.value["data"]["balance"]
    return {key: balance for key, (_, balance) in held.items() if balance != "0.00"}


def compacted(messages: Sequence[Told]) -> dict[str, str]:
    """What compaction leaves: the last of each key by its place in the topic."""
    last = {each.key: each.value["data"]["balance"] for each in messages}
    return {key: balance for key, balance in last.items() if balance != "0.00"}
