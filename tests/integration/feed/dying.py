"""A process that lets copies of itself feed and be killed: `python -m tests.integration.feed.dying`.

LOG DB LEDGER KILLS SEED. Each copy dies by SIGKILL between two steps; the last one feeds to the end.
It writes a line for each that died. Nothing is connected before the copies are made.
"""

import sys
from random import Random
from typing import Literal

import bootstrap
from bootstrap import workers
from consumers.watch import Watch
from eventlog import partition
from tests.fault.dying import Step, dies

STEPS: list[tuple[Literal["before", "after"], str]] = [
    ("before", "consumers.feeding:flush"),  # folded, nothing written
    ("after", "projections.outbox:insert_rows"),  # written, not committed
    ("after", "consumers.feeding:flush"),  # committed, nothing sent
    ("before", "kafka.producer.kafka:KafkaProducer.commit_transaction"),  # sent, not committed
    ("after", "kafka.producer.kafka:KafkaProducer.commit_transaction"),  # sent, not deleted
    ("after", "consumers.feeding:forget"),  # deleted, that not committed
]
BATCH = 4
"""Records of a batch, so that there are many to die in."""


def feed(chosen: bootstrap.Settings) -> None:
    """Feed to the end of the log."""
    setattr(partition, "READ_MAX", BATCH)  # noqa: B010 -- it is not the module's to give
    worker = workers._MAKERS["feed"](chosen, Watch("feed"))
    while not worker.step():
        pass  # the server gives the right of a process that was killed away when it notices
    while worker.step():
        pass
    worker.close()


def main(log: str, db: str, ledger: str, kills: str, seed: str) -> None:
    """Die as often as asked, then feed to the end."""
    chosen = bootstrap.Settings(log=log, db=db, ledger=ledger)
    random = Random(seed)
    places = [random.choice(STEPS) for _ in range(int(kills) - len(STEPS))] + STEPS
    random.shuffle(places)
    for when, function in places:
        step = Step(when, function, random.randint(1, 3))
        died = dies(step.arm, lambda: feed(chosen))
        sys.stdout.write(f"{step} {'died' if died else 'came through'}\n")
        sys.stdout.flush()
    feed(chosen)


if __name__ == "__main__":
    main(*sys.argv[1:])
