"""Where the time of a claim goes: `python -m benchmarks.stages [CLAIMS] [embedded|server]`.

A table for each part of the work, one stage after the other in one process, in microseconds of CPU
a claim. What waits for a disk, a broker or a database does not count there, and stands in the last
column as seconds gone by; what the client's own threads, broker and database did meanwhile is in
the lines at the end.
"""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time, thread_time
from typing import ParamSpec, TypeVar
from unittest.mock import patch

import click

import bootstrap
import consumers.decider
import consumers.deciding
import consumers.watch
import producers.files
from benchmarks.calls import arguments, row
from benchmarks.claims import write_file
from bootstrap.spreading import Target, fold_in_spans, lent_helpers
from bootstrap.workers import Role, make_worker
from consumers.decider import Decider
from consumers.garbage import left_out
from consumers.rebuild import prepare, settle
from eventlog.kafka import KafkaLog
from eventlog.kafka_commands import KafkaCommandReader, KafkaCommandSender
from eventlog.sqlite import SqliteLog
from eventlog.topics import Topics, make_topics
from projections import beside
from projections.balances import Balances
from projections.build import NAMES, heads
from projections.clearing import Clearing
from projections.commands import CommandIds
from projections.decider import DeciderTables
from projections.fold import Routes
from projections.pools import Pools
from projections.settlements import SettledClaims, SettledIds, Settlements
from projections.store import SqlStore
from schemas.door import Admitted
from schemas.envelope import Chain
from tests.services.resolve import kafka, postgres

P = ParamSpec("P")
R = TypeVar("R")
Stages = dict[str, tuple[object, str]]
"""The function that a stage is, by the name of the stage; none calls another."""
_ACCEPT: Stages = {
    "door: JSON, form, digest": (producers.files, "admit"),
    "look up ids": (CommandIds, "prefetch"),
    "look up claims": (SqlStore, "prefetch"),
    "decide": (consumers.decider, "decide"),
    "seal: envelope, JSON, SHA-256": (consumers.decider, "seal"),
    "fold into all read models": (Decider, "remember"),
    "outcome": (consumers.decider, "outcome_of"),
    "append to the log": (SqliteLog, "append"),
    "write ids": (CommandIds, "flush"),
    "write claims and states": (DeciderTables, "flush"),
    "write balances": (Balances, "flush"),
    "write pools": (Pools, "flush"),
    "write clearing": (Clearing, "flush"),
}
_REBUILD: Stages = {
    "decode, prove the chain": (Chain, "take_as"),
    "fold ids": (SettledIds, "fold_settled"),
    "fold claims": (SettledClaims, "fold_settled"),
    "add up": (Settlements, "fold_settled"),
    "fold the rest": (Routes, "fold"),
    "write ids": (SettledIds, "flush"),
    "write claims": (SettledClaims, "flush"),
    "write balances": (Balances, "flush"),
    "write pools": (Pools, "flush"),
    "compare": (beside, "first_difference"),
    "switch": (beside, "switch"),
}
_SEND: Stages = {
    "door: JSON, form, digest": (producers.files, "admit"),
    "send": (KafkaCommandSender, "send"),
}
_DECIDER: Stages = {
    "read": (KafkaCommandReader, "read"),
    "door: JSON, form, digest": (consumers.deciding, "admit"),
    "look up ids": (CommandIds, "prefetch"),
    "look up claims": (SqlStore, "prefetch"),
    "decide": (consumers.decider, "decide"),
    "seal: envelope, JSON, SHA-256": (consumers.decider, "seal"),
    "fold into its own tables": (Decider, "remember"),
    "outcome": (consumers.decider, "outcome_of"),
    "append to the log": (KafkaLog, "append"),
    "write tables and answers": (consumers.deciding, "write_decided"),
}
_PROJECTOR: Stages = {
    "ask for the end": (KafkaLog, "head"),
    "decode, prove the chain": (Chain, "take"),
    "fold": (Routes, "fold"),
    "write balances": (Balances, "flush"),
    "write pools": (Pools, "flush"),
    "write clearing": (Clearing, "flush"),
}
_OTHERS = ("java", "postgres")


class Watch:
    """Adds up CPU and time of stages, in seconds."""

    def __init__(self) -> None:
        self.cpu: dict[str, float] = {}
        self.gone: dict[str, float] = {}

    @contextmanager
    def on(self, stages: Stages) -> Iterator[None]:
        """Time these functions meanwhile."""
        with ExitStack() as patched:
            for stage, (owner, name) in stages.items():
                timed = self._timed(stage, getattr(owner, name))
                patched.enter_context(patch.object(owner, name, timed))
            yield

    def _timed(self, stage: str, call: Callable[P, R]) -> Callable[P, R]:
        self.cpu[stage] = self.gone[stage] = 0.0

        def timed(*args: P.args, **named: P.kwargs) -> R:
            cpu, begun = thread_time(), perf_counter()
            try:
                return call(*args, **named)
            finally:
                self.cpu[stage] += thread_time() - cpu - _CLOCK_S
                self.gone[stage] += perf_counter() - begun

        return timed


def _clock() -> float:
    """Return what asking for a thread's CPU costs, in seconds: it asks the kernel."""
    begun = thread_time()
    for _ in range(10_000):
        thread_time()
    return (thread_time() - begun) / 10_000


_CLOCK_S = _clock()


def main(claims: int, forms: Sequence[str]) -> None:
    """Measure accepting and rebuilding in each form."""
    with TemporaryDirectory(prefix="clearing-bench-") as name:
        folder = Path(name)
        file = folder / "claims.jsonl"
        lines = write_file(file, claims)
        if "embedded" in forms:
            url = f"sqlite:///{folder}"
            at = bootstrap.Settings(log=f"{url}/log.db", db=f"{url}/books.db")
            _measure("accept, in one process", lines, _ACCEPT, partial(_accept, at, file))
            _measure("rebuild", lines, _REBUILD, partial(_rebuild, at))
        if "server" in forms:
            with kafka() as log, postgres() as database:
                at = bootstrap.Settings(log=log, db=database, ledger="stages", accept_unsafe=True)
                _measure("send", lines, _SEND, partial(_send, at, file))
                decider = partial(_work, at, "decider", lines)
                _measure("decider", lines, _DECIDER, decider)
                _measure("projector", lines, _PROJECTOR, partial(_work, at, "projector", lines))
                _measure("rebuild", lines, _REBUILD, partial(_rebuild, at))


def _measure(what: str, lines: int, stages: Stages, run: Callable[[], None]) -> None:
    watch = Watch()
    with watch.on(stages):
        others = {name: _cpu_of(name) for name in _OTHERS}
        cpu, begun = process_time(), perf_counter()
        run()
        watch.cpu["all, with what is no stage"] = process_time() - cpu
        gone = watch.gone["all, with what is no stage"] = perf_counter() - begun
        for name, before in others.items():
            watch.cpu[f"besides: {name}"] = _cpu_of(name) - before
            watch.gone[f"besides: {name}"] = gone
    row(what, "us of CPU a claim", "seconds")
    for stage, seconds in watch.cpu.items():
        if seconds:
            row(stage, f"{1e6 * seconds / lines:.1f}", f"{watch.gone[stage]:.2f}")
    click.echo()


def _cpu_of(program: str) -> float:
    """Return the seconds of CPU that all processes of a program have taken."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            name, _, rest = stat.read_text().rpartition(")")
            if name.endswith(f"({program}"):
                ticks += sum(map(int, rest.split()[11:15]))  # with those of children that ended
    return ticks / os.sysconf("SC_CLK_TCK")


def _accept(at: bootstrap.Settings, file: Path) -> None:
    """Submit a file without a second process."""
    with bootstrap.open_embedded(at) as ledger, file.open("rb") as stream:
        for _ in ledger.answers(producers.files.read_lines(stream, str(file), as_csv=False)):
            pass


def _send(at: bootstrap.Settings, file: Path) -> None:
    """Send a file; nobody answers."""
    cluster = bootstrap.cluster_of(at.log, {})
    make_topics(cluster, Topics(ledger=at.ledger))
    sender = KafkaCommandSender(cluster, at.ledger)
    with closing(sender), file.open("rb") as stream:
        for batch in producers.files.read_lines(stream, str(file), as_csv=False):
            said = ((line.arrival, line.command) for line in batch)
            sender.send([(a.command.command_id, b) for a, b in said if isinstance(a, Admitted)])


def _work(at: bootstrap.Settings, role: Role, lines: int) -> None:
    """Run a worker until it has done everything."""
    with closing(make_worker(at, role, consumers.watch.Watch(role))) as worker, left_out():
        mine = "decider" if role == "decider" else "balances"
        while True:
            worker.step()
            engine = bootstrap.open_books(at)
            position = heads(engine)[mine].position
            engine.dispose()
            if position >= lines:
                return


def _rebuild(at: bootstrap.Settings) -> None:
    """Rebuild all projections in one process."""
    engine = bootstrap.open_books(at, writer=True)
    with closing(bootstrap.open_log(at)) as log, left_out():
        prepare(engine, NAMES)
        target = Target(source=at, into=at, names=NAMES, copies=True)
        with lent_helpers(at, 1) as helpers:
            fold_in_spans(log, engine, target, log.head(), helpers=helpers, progress=lambda _: None)
        settle(log, engine, NAMES, replace=False, alone=not bootstrap.on_kafka(at))
    engine.dispose()


if __name__ == "__main__":
    main(*arguments(sys.argv[1:], claims=100_000))
