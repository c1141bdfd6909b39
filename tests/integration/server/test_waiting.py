"""Workers that have nothing to do cost next to nothing, and wake up at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from time import monotonic, sleep

import pytest

from eventlog.cluster import Cluster
from eventlog.kafka import KafkaLog
from eventlog.port import Batch, follow_records
from schemas.envelope import Head
from tests.contract.records import append

from .running import Worker

IDLE_S = 4.0
CPU_SHARE_MAX = 0.04
"""It is 0.01 on a quiet machine; asking the broker in a loop takes 0.1."""


def cpu_s(pid: int) -> float:
    user, system = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[11:13]
    return (int(user) + int(system)) / 100


def came(reader: KafkaLog, after: Head, wait_s: float) -> list[Batch]:
    return list(follow_records(reader, after=after, wait_s=wait_s))


def test_a_reader_waits_until_there_is_something(kafka_url: str, ledger_name: str) -> None:
    cluster = Cluster(servers=tuple(kafka_url.removeprefix("kafka://").split(",")))
    with (
        closing(KafkaLog(cluster, ledger_name, writer=True)) as log,
        closing(KafkaLog(cluster, ledger_name)) as reader,
        ThreadPoolExecutor(1) as other,
    ):
        for turn in range(3):
            after = reader.head()
            began = monotonic()
            assert not came(reader, after, 0.3)
            assert monotonic() - began >= 0.3
            waiting = other.submit(came, reader, after, 60.0)
            sleep(0.2)
            assert not waiting.done()
            append(log, 1 + turn)
            assert waiting.result(timeout=10)[-1].head == log.head()
            assert reader.backlog() == 0


@pytest.mark.soak
def test_workers_that_are_level_are_idle(run: Callable[..., Worker]) -> None:
    workers = [run("decider"), run("decider"), run("projector")]
    sleep(3)  # the election of the first, the standing by of the second
    before = [cpu_s(worker.pid) for worker in workers]
    sleep(IDLE_S)
    shares = [
        (cpu_s(worker.pid) - was) / IDLE_S for worker, was in zip(workers, before, strict=True)
    ]
    assert max(shares) < CPU_SHARE_MAX, shares
