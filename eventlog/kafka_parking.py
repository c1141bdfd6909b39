"""Bytes that are no command, on a topic of their own."""

from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import Any

from eventlog.cluster import REQUEST_MS, Cluster
from eventlog.partition import PartitionReader
from eventlog.port import Stray
from eventlog.producer import open_producer, send_confirmed
from eventlog.topics import Topics


class KafkaParking:
    """The topic of strays; whoever reads commands may park."""

    def __init__(self, cluster: Cluster, ledger: str) -> None:
        """Connect. Raises: TransientError."""
        self._cluster = cluster
        self._topic = topic = Topics(ledger=ledger).parked
        self._reader = PartitionReader(cluster, topic, fetching="much")
        self._producer: Any = None
        self._seen: set[bytes] = set()
        self._read_to = 0

    def park(self, strays: Sequence[Stray]) -> None:
        """Keep bytes that are no command, each once. Raises: TransientError."""
        for _ in self._since(self._read_to):
            pass  # know what others parked
        new = {_name(stray): stray for stray in reversed(strays)}
        messages = [
            (stray.place.encode(), stray.value, [("reason", stray.reason.encode())])
            for name, stray in reversed(new.items())
            if name not in self._seen
        ]
        if self._producer is None:
            self._producer = open_producer(self._cluster, linger_ms=20)
        send_confirmed(self._cluster, self._producer, self._topic, messages)

    def read(self) -> Iterator[Stray]:
        """Yield each stray once, also where two processes parked it at the same time."""
        seen: set[bytes] = set()
        for stray in self._since(0):
            name = _name(stray)
            if name not in seen:
                seen.add(name)
                yield stray

    def _since(self, offset: int) -> Iterator[Stray]:
        end = self._reader.end()
        for records in self._reader.batches(max(offset, self._reader.begin()), end):
            for each in records:
                stray = Stray(
                    place=each.key.decode(),
                    value=each.value or b"",
                    reason=dict(each.headers)["reason"].decode(),
                )
                self._seen.add(_name(stray))
                yield stray
        self._read_to = max(self._read_to, end)

    def close(self) -> None:
        """Close the connections."""
        self._reader.close()
        if self._producer is not None:
            self._producer.close(timeout=REQUEST_MS / 1000)


def _name(stray: Stray) -> bytes:
    place = stray.place.encode()
    return sha256(b"%d:%b%b" % (len(place), place, stray.value)).digest()[:16]
