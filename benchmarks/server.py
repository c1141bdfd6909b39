"""Measure the server form: `python -m benchmarks.server [CLAIMS]`, a table on standard output.

A broker and a PostgreSQL server are started here, or given by CLEARING_TEST_KAFKA and
CLEARING_TEST_DB. Beside each figure stands the bound of the same run and the ratio to it.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory
from threading import Thread
from time import monotonic, perf_counter, sleep

import psycopg

import bootstrap
from benchmarks.bare import bounds
from benchmarks.calls import CLEARING, row
from benchmarks.claims import commands, write_file
from eventlog.kafka_commands import KafkaCommandSender
from tests.services.resolve import kafka, postgres

_BOUND_RECORDS = 200_000
_LIVE_PER_S = 500
_LIVE_S = 20
_GATHERS_PER_S = 50
_WAIT_S = 60.0
_STOLEN = 7
"""Where /proc/stat says how much of the cores went to the host's other guests."""


def main(claims: int) -> None:
    """Measure bounds, accepting, rebuilding, waiting, taking over."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="clearing-bench-")))
        log, database = stack.enter_context(kafka()), stack.enter_context(postgres())
        environment = {
            **os.environ,
            "CLEARING_LOG": log,
            "CLEARING_DB": database,
            "CLEARING_LEDGER": "bench",
            "CLEARING_ACCEPT_UNSAFE": "1",  # one broker keeps one copy
        }
        file = folder / "claims.jsonl"
        lines = write_file(file, claims)
        row("what", "figure", "bound", "ratio")
        servers = log.removeprefix("kafka://").split(",")
        bound = bounds(servers, database, file, min(lines, _BOUND_RECORDS))
        for name, rate in bound.items():
            row(f"bare {name}", f"{rate:,.0f} records/s", "", "")
        bench = _Bench(environment, database, folder)
        stolen: dict[str, float] = {}
        with bench.workers("decider", "projector") as workers:
            with _watched(stolen, "accept"):
                rate = bench.accept(file, lines)
            _rate("accept: sent, durable, queryable", rate, bound["loop"], "bare loop")
            with _watched(stolen, "latency"):
                latency = bench.latency()
            row("latency at 500/s, send to queryable", latency, "p99 < 250 ms", "")
            for role, mb in workers.peaks().items():
                row(f"peak memory, {role}", f"{mb:.0f} MB", "300 MB", "")
        for processes in (1, 2):
            counted = f"{processes} process{'es' if processes > 1 else ''}"
            with _watched(stolen, f"rebuild, {counted}"):
                rate = bench.rebuild(processes)
            what = f"rebuild, all projections, {counted}"
            bare = "refill" if processes > 1 else "consume"
            _rate(what, rate, bound[bare], f"bare {bare}")
        with bench.workers("decider", "decider", "projector") as workers:
            row("takeover after kill -9", f"{bench.takeover(workers):.1f} s", "15 s", "")
        for stage, share in stolen.items():
            row(f"of this machine's cores taken by others: {stage}", f"{share:.1%}", "", "")


@contextmanager
def _watched(stolen: dict[str, float], stage: str) -> Iterator[None]:
    """Note which share of the cores others on the same host took meanwhile."""
    before = _ticks()
    yield
    passed = [after - tick for tick, after in zip(before, _ticks(), strict=True)]
    stolen[stage] = passed[_STOLEN] / max(1, sum(passed))


def _ticks() -> list[int]:
    first, *_ = Path("/proc/stat").read_text().splitlines()
    return [int(each) for each in first.split()[1 : _STOLEN + 2]]


class Workers:
    """Processes of `clearing run`."""

    def __init__(self, environment: dict[str, str], folder: Path, roles: tuple[str, ...]) -> None:
        self.processes = []
        for place, role in enumerate(roles):
            with (folder / f"{role}-{place}.log").open("wb") as said:
                words = [CLEARING, "run", "--role", role]
                process = subprocess.Popen(words, env=environment, stdout=said, stderr=said)
                self.processes.append((role, process))

    def peaks(self) -> dict[str, float]:
        """Return the most memory that each has held, in MB."""
        return {
            role: int(_status(process.pid, "VmHWM").split()[0]) / 1024
            for role, process in self.processes
        }

    def stop(self) -> None:
        for _, process in self.processes:
            process.terminate()
        for _, process in self.processes:
            process.wait()


def _status(pid: int, name: str) -> str:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(line.split(":")[1] for line in lines if line.startswith(name))


class _Bench:
    def __init__(self, environment: dict[str, str], database: str, folder: Path) -> None:
        self.environment = environment
        self.database = database
        self.folder = folder

    @contextmanager
    def workers(self, *roles: str) -> Iterator[Workers]:
        """Run workers; they have started when a first command is answered."""
        made = Workers(self.environment, self.folder, roles)
        try:
            self._submit([next(iter(commands(1)))])
            yield made
        finally:
            made.stop()

    def _submit(self, lines: list[dict]) -> None:
        text = "".join(json.dumps(line) + "\n" for line in lines)
        self._call("submit", "-", text=text)

    def _call(self, *words: str, text: str = "") -> str:
        done = subprocess.run(
            [CLEARING, *words], env=self.environment, input=text, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        if done.returncode > 1:
            raise SystemExit(done.stderr)
        return done.stdout

    def _folded(self) -> int:
        """Return the position that every projection has reached."""
        query = "SELECT min(position) FROM bench.checkpoints"
        with psycopg.connect(self.database) as connection:
            ((position,),) = connection.execute(query).fetchall()
            return int(position or 0)

    def accept(self, file: Path, lines: int) -> float:
        """Return claims a second from the start of `submit` to their rows in every read model."""
        start = perf_counter()
        position = int(self._call("submit", str(file)).split()[-1])
        while self._folded() < position:
            sleep(0.05)
        return lines / (perf_counter() - start)

    def rebuild(self, processes: int) -> float:
        """Return events a second, of a server that has done with what came before."""
        with psycopg.connect(self.database, autocommit=True) as connection:
            connection.execute("VACUUM (ANALYZE)")
            connection.execute("CHECKPOINT")
        start = perf_counter()
        self._call("rebuild", "--processes", str(processes))
        return self._folded() / (perf_counter() - start)

    def latency(self) -> str:
        """Send a few claims every 20 ms; return p50 and p99 of send to queryable in all models."""
        claims = [c for c in commands(_LIVE_PER_S * _LIVE_S) if c["type"] == "SettleClaim"]
        for claim in claims:
            claim["command_id"] = claim["claim_id"] = f"live-{claim['claim_id']}"
        base = self._folded()
        sent: list[float] = []
        sender = Thread(target=self._send_live, args=(claims, sent))
        sender.start()
        seen: list[float] = []
        with psycopg.connect(self.database, autocommit=True) as connection:
            query = "SELECT min(position) FROM bench.checkpoints"
            deadline = monotonic() + _LIVE_S + _WAIT_S
            while len(seen) < len(claims) and monotonic() < deadline:
                ((position,),) = connection.execute(query).fetchall()
                seen += [monotonic()] * (position - base - len(seen))
                sleep(0.005)
        sender.join()
        waits = [1_000 * (there - then) for then, there in zip(sent, seen, strict=True)]
        cuts = quantiles(waits, n=100)
        return f"p50 {cuts[49]:.0f} ms, p99 {cuts[98]:.0f} ms"

    def _send_live(self, claims: list[dict], sent: list[float]) -> None:
        log, ledger = self.environment["CLEARING_LOG"], self.environment["CLEARING_LEDGER"]
        sender = KafkaCommandSender(bootstrap.cluster_of(log, {}), ledger)
        step = _LIVE_PER_S // _GATHERS_PER_S
        start = monotonic()
        for turn, place in enumerate(range(0, len(claims), step)):
            sleep(max(0.0, start + turn / _GATHERS_PER_S - monotonic()))
            some = claims[place : place + step]
            sent += [monotonic()] * len(some)
            sender.send([(claim["command_id"], json.dumps(claim).encode()) for claim in some])
        sender.close()

    def takeover(self, workers: Workers) -> float:
        """Kill the active decider; return how long no command is answered."""
        active, *_ = [process for role, process in workers.processes if role == "decider"]
        active.send_signal(signal.SIGKILL)
        start = monotonic()
        self._submit([{**next(iter(commands(1))), "command_id": "after-the-kill"}])
        return monotonic() - start


def _rate(what: str, rate: float, bound: float, name: str) -> None:
    row(what, f"{rate:,.0f}/s", f"{bound:,.0f}/s ({name})", f"{rate / bound:.2f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
