"""Where the time of a claim goes: `python -m benchmarks.stages [CLAIMS]`, a table each.

One process, one stage after the other, in microseconds of its CPU a claim: what waits for a disk or
a broker does not count here, and stands in the last column as seconds gone by.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import ParamSpec, TypeVar
from unittest.mock import patch

import click

import bootstrap
import consumers.decider
import producers.files
from benchmarks.claims import write_file
from consumers.decider import Decider
from consumers.garbage import left_out
from consumers.rebuild import prepare, settle
from consumers.spans import fold_rest, fold_settlements, spans
from eventlog.sqlite import SqliteLog
from projections import beside
from projections.balances import Balances
from projections.build import NAMES
from projections.clearing import Clearing
from projections.commands import CommandIds
from projections.decider import DeciderTables
from projections.fold import Routes, begin_at
from projections.pools import Pools
from projections.settlements import SettledClaims
from projections.store import SqlStore
from schemas.envelope import Chain

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
    "decode, prove the chain": (Chain, "take"),
    "fold into all read models": (Routes, "fold"),
    "write ids": (CommandIds, "flush"),
    "write claims": (SettledClaims, "flush"),
    "write balances": (Balances, "flush"),
    "write pools": (Pools, "flush"),
    "compare": (beside, "first_difference"),
    "switch": (beside, "switch"),
}


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
            cpu, begun = process_time(), perf_counter()
            try:
                return call(*args, **named)
            finally:
                self.cpu[stage] += process_time() - cpu - _CLOCK_S
                self.gone[stage] += perf_counter() - begun

        return timed


def _clock() -> float:
    """Return what asking for this process's CPU costs, in seconds: it asks the kernel."""
    begun = process_time()
    for _ in range(10_000):
        process_time()
    return (process_time() - begun) / 10_000


_CLOCK_S = _clock()


def main(claims: int) -> None:
    """Measure accepting and rebuilding, in the embedded form."""
    with TemporaryDirectory(prefix="clearing-bench-") as name:
        folder = Path(name)
        file = folder / "claims.jsonl"
        lines = write_file(file, claims)
        at = bootstrap.Settings(log=f"sqlite:///{folder}/log.db", db=f"sqlite:///{folder}/books.db")
        _measure("accept", lines, _ACCEPT, partial(_accept, at, file))
        _measure("rebuild", lines, _REBUILD, partial(_rebuild, at, folder / "rest"))


def _measure(what: str, lines: int, stages: Stages, run: Callable[[], None]) -> None:
    watch = Watch()
    with watch.on(stages):
        cpu, begun = process_time(), perf_counter()
        run()
        watch.cpu["all, with what is no stage"] = process_time() - cpu
        watch.gone["all, with what is no stage"] = perf_counter() - begun
    _row(what, "us of CPU a claim", "seconds")
    for stage, seconds in watch.cpu.items():
        _row(stage, f"{1e6 * seconds / lines:.1f}", f"{watch.gone[stage]:.2f}")
    click.echo()


def _accept(at: bootstrap.Settings, file: Path) -> None:
    """Submit a file without a second process."""
    with bootstrap.open_embedded(at) as ledger, file.open("rb") as stream:
        for _ in ledger.answers(producers.files.read_lines(stream, str(file), as_csv=False)):
            pass


def _rebuild(at: bootstrap.Settings, rest: Path) -> None:
    """Rebuild all projections in one process."""
    engine = bootstrap.open_books(at, writer=True)
    with closing(bootstrap.open_log(at)) as log, left_out():
        prepare(engine, NAMES)
        tables = beside.copies(NAMES)
        (span,) = spans(log, log.head(), 1)
        sums = fold_settlements(log, engine, tables, span, rest=rest)
        finish = partial(begin_at, names=NAMES, head=span.until, table=beside.checkpoints())
        fold_rest(engine, tables, [rest], sums, finish)
        settle(log, engine, NAMES, replace=False, alone=True)
    engine.dispose()


def _row(*cells: str) -> None:
    click.echo("| " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
