"""A finance system in small: keeps its own balances from the feed of a ledger, and prints them.

    python examples/balance_consumer.py HOST:PORT[,HOST:PORT...] [LEDGER] [--follow]

Needs kafka-python and nothing of this project. It keeps its balances in memory and reads the topic
from its beginning; a system with a database would keep balance, generation and position of each
account there, and its offsets beside them in the same transaction.
"""

import json
import sys
from typing import NamedTuple

from kafka import KafkaConsumer, TopicPartition


class Balance(NamedTuple):
    """What an account holds, and after which change."""

    place: tuple[int, int]  # generation, position: the larger one is the later one
    amount: str  # yuan, two decimals, debit positive


class Balances:
    """The balances of all accounts, by region and account."""

    def __init__(self) -> None:
        self.kept: dict[str, Balance] = {}

    def take(self, key: str, message: dict) -> bool:
        """Keep a message unless it is one that came before; say whether it was kept."""
        found = Balance((message["generation"], message["position"]), message["data"]["balance"])
        known = self.kept.get(key)
        if known is not None and known.place >= found.place:
            return False  # sent twice, or sent again after a crash
        self.kept[key] = found
        return True


def read(servers: list[str], ledger: str, *, follow: bool) -> Balances:
    """Read the feed to its end as it is now; with `follow` go on and print each change."""
    balances = Balances()
    topic = f"{ledger}.balances.v1"
    consumer = KafkaConsumer(
        bootstrap_servers=servers,
        isolation_level="read_committed",  # what was given up half-way is never seen
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    partitions = [TopicPartition(topic, n) for n in consumer.partitions_for_topic(topic) or ()]
    consumer.assign(partitions)
    consumer.seek_to_beginning()
    ends = consumer.end_offsets(partitions)
    while follow or any(consumer.position(each) < ends[each] for each in partitions):
        for records in consumer.poll(timeout_ms=500).values():
            for record in records:
                key = record.key.decode()
                if balances.take(key, json.loads(record.value)) and follow:
                    show(key, balances.kept[key])
    consumer.close()
    return balances


def show(key: str, balance: Balance) -> None:
    """Print one balance: region, account, amount, and the position it was changed at."""
    region, _, account = key.partition(":")
    print(region, account, balance.amount, balance.place[1], sep="\t", flush=True)


def main(words: list[str]) -> str | None:
    """Do what the words of the command line say; return what is wrong with them."""
    given = [word for word in words if word != "--follow"]
    if not 1 <= len(given) <= 2:
        return __doc__
    servers, ledger = given[0].split(","), given[1] if len(given) == 2 else "clearing"
    for key, balance in sorted(read(servers, ledger, follow="--follow" in words).kept.items()):
        show(key, balance)
    return None


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
