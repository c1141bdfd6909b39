"""A ledger in its production form: broker, server, and workers as processes of their own."""

import json
import os
import re
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from functools import cached_property
from itertools import count
from pathlib import Path
from time import monotonic, sleep
from typing import Any
from unittest.mock import patch

from sqlalchemy import select

import bootstrap
from bootstrap.workers import ROLES
from eventlog.cluster import Cluster
from eventlog.topics import Topics, make_topics
from ledger.errors import TransientError
from projections.build import heads
from projections.database import snapshot
from projections.fold import checkpoints_of
from projections.tables import ANSWERS, CONSUMED, OWNED
from tests.cli.program import START, Done, call, environment, outcomes_in, start
from tests.services.processes import Child, free_port

Holds = dict[str, Any]
WAIT_S = 60.0
"""How long a test waits for what must come."""
PATIENT = "import consumers.remote; consumers.remote.RemoteLedger.__init__.__defaults__ = (300.0,);"
"""A submission that waits longer than deciders need that are killed one after the other."""

SOON = "import eventlog.kafka_commands; eventlog.kafka_commands.SESSION_MS = 2_500;"
"""A decider that the group gives up sooner than in production."""


def few_at_once(commands: int, pause_s: float = 0.0) -> str:
    """Code with which a decider takes its commands in small batches, so that there are many."""
    return (
        "import time; from eventlog.kafka_commands import KafkaCommandReader as R; read = R.read;"
        f"R.read = lambda s, wait_s, most={commands}:"
        f" (time.sleep({pause_s}), read(s, wait_s, most))[1];"
    )


def until(holds: Callable[[], object], what: str, wait_s: float = WAIT_S) -> float:
    """Wait until something holds; say how long it took."""
    began = monotonic()
    while not holds():
        assert monotonic() - began < wait_s, f"not in {wait_s:.0f} s: {what}"
        sleep(0.05)
    return monotonic() - began


class Worker(Child):
    """A worker as a process, with what it says of itself."""

    def __init__(self, command: Sequence[str], folder: Path, environ: Mapping[str, str]) -> None:
        self.port = free_port(following=len(ROLES) - 1)  # `--role all` takes one for each
        folder.mkdir(parents=True)
        self.place = folder
        words = [*command, "--port", str(self.port)]
        super().__init__(words, folder=folder, environ=environ)

    def ended(self, wait_s: float = WAIT_S) -> int:
        """Wait for its end and return its status."""
        assert self._process is not None
        try:
            return self._process.wait(wait_s)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"it goes on:\n{self.output()}") from None

    def asks(self, page: str) -> tuple[int, str]:
        """Return status and text of one of its pages; 0 while nobody answers."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/{page}", timeout=5) as found:
                return found.status, found.read().decode()
        except urllib.error.HTTPError as fault:
            with fault:
                return fault.code, fault.read().decode()
        except OSError:
            return 0, ""

    def metric(self, name: str) -> float:
        """Return a metric, summed over its labels; 0 while nobody answers."""
        status, page = self.asks("metrics")
        found = re.findall(rf"^{name}(?:{{.*}})? (\S+)$", page, re.MULTILINE)
        assert found or status != 200 or f"# TYPE {name}" in page, f"there is no {name}:\n{page}"
        return sum(map(float, found))

    def active(self) -> bool:
        return self.metric("clearing_active") == 1

    def ready(self) -> bool:
        assert self.running(), f"it has ended:\n{self.output()}"
        return self.asks("ready")[0] == 200

    def said(self) -> list[dict[str, Any]]:
        """Return its log; the processes that it started may have said more than JSON."""
        lines = (self.place / "out").read_text("utf-8").splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]


class Site:
    """One ledger: where it is, its workers, what is sent to it, what it holds."""

    def __init__(self, folder: Path, log: str, db: str, ledger: str) -> None:
        self.folder = folder
        self.settings = bootstrap.Settings(log=log, db=db, ledger=ledger, accept_unsafe=True)
        self.workers: list[Worker] = []
        self.sendings: list[Sending] = []
        self._numbers = count(1)

    @property
    def words(self) -> list[str]:
        return ["--log", self.settings.log, "--db", self.settings.db]

    @property
    def own(self) -> dict[str, str]:
        return {"CLEARING_LEDGER": self.settings.ledger, "CLEARING_ACCEPT_UNSAFE": "1"}

    # -- processes -----------------------------------------------------------------------------

    def run(self, role: str, code: str = "", *more: str) -> Worker:
        """Start a worker; `code` runs in it before anything else."""
        program = [sys.executable, "-c", f"{code}\n{START}", "run", "--role", role]
        place = self.folder / f"{next(self._numbers)}-{role}"
        worker = Worker([*program, *self.words, *more], place, environment(self.own))
        worker.start()
        self.workers.append(worker)
        return worker

    def submit(self, lines: Sequence[bytes], code: str = "") -> list[dict[str, Any]]:
        """Send lines and return their outcomes."""
        return self.outcomes(self.send(lines, code))

    def send(self, lines: Sequence[bytes], code: str = "") -> "Sending":
        """Begin to send lines."""
        folder = self.folder / f"{next(self._numbers)}-submit"
        folder.mkdir(parents=True)
        (folder / "in.jsonl").write_bytes(b"\n".join(lines) + b"\n")
        words = (str(folder / "in.jsonl"), "--outcomes", str(folder / "out"))
        process = start("submit", *words, *self.words, code=f"{code}\n{START}", env=self.own)
        self.sendings.append(Sending(process, folder / "out"))
        return self.sendings[-1]

    def outcomes(
        self, sending: "Sending", statuses: Sequence[int] = (0, 1)
    ) -> list[dict[str, Any]]:
        """Wait for a submission's end and return the outcomes."""
        done = sending.done
        assert done.status in statuses, done
        assert "Traceback" not in done.err, done.err
        return outcomes_in(sending.out)

    def ask(self, *words: str) -> Done:
        """Call the program in this process."""
        with patch.dict(os.environ, self.own):
            return call(*words, *self.words)

    def stop(self) -> None:
        for worker in self.workers:
            worker.kill()
        for sending in self.sendings:
            sending.process.kill()
            sending.done  # noqa: B018 -- waits, and closes its pipes

    # -- what it holds -------------------------------------------------------------------------

    def until_level(self) -> None:
        """Wait until the read models stand where the decider does."""
        with closing_engine(self.settings) as engine:

            def level() -> bool:
                with snapshot(engine) as books:
                    found = checkpoints_of(books)
                    at = {found.get(name) for name in OWNED}
                    return len(at) == 1 and None not in at

            until(level, "the books are level")

    def positions(self) -> int:
        """Return how many records are decided and told; 0 while there are no books."""
        with closing_engine(self.settings) as engine, suppress(TransientError):
            return heads(engine)["decider"].position
        return 0

    def make_topics(self) -> None:
        """Make what workers would make: topics and tables."""
        topics = Topics(ledger=self.settings.ledger)
        make_topics(self.cluster, topics, *topics.required())
        bootstrap.open_books(self.settings, writer=True).dispose()

    @property
    def cluster(self) -> Cluster:
        return bootstrap.cluster_of(self.settings.log)

    def records(self) -> list[dict[str, Any]]:
        with closing(bootstrap.open_log(self.settings)) as log:
            return [json.loads(value) for batch in log.read(after=0) for _, value in batch]

    def holds(self) -> Holds:
        """Return all that two runs of the same commands must have in common."""
        return holds(self.settings)


class Sending:
    """A submission under way."""

    def __init__(self, process: subprocess.Popen[bytes], out: Path) -> None:
        self.process = process
        self.out = out

    @cached_property
    def done(self) -> Done:
        """Wait for its end."""
        out, err = self.process.communicate()
        return Done(self.process.returncode, out.decode(), err.decode())


class closing_engine:  # noqa: N801 -- reads as contextlib's
    """Books that are let go of at the end of the block."""

    def __init__(self, settings: bootstrap.Settings) -> None:
        self._engine = bootstrap.open_books(settings)

    def __enter__(self) -> Any:
        return self._engine

    def __exit__(self, *_: object) -> None:
        self._engine.dispose()


def holds(settings: bootstrap.Settings) -> Holds:
    """Return log, strays and tables of a ledger of either form, less times and hashes."""
    without = ("time", "previous")
    with closing(bootstrap.open_log(settings)) as log, closing_engine(settings) as engine:
        values = [json.loads(value) for batch in log.read(after=0) for _, value in batch]
        strays = [(each.place.rpartition(":")[2], each.value, each.reason) for each in log.parked()]
        with snapshot(engine) as books:
            tables = {
                table.name: sorted((tuple(row) for row in books.execute(select(table))), key=repr)
                for owned in OWNED.values()
                for table in owned
            }
            places = {
                name: head.position for name, head in checkpoints_of(books).items() if name in OWNED
            }
    return {
        "log": [{k: v for k, v in each.items() if k not in without} for each in values],
        "strays": sorted(strays),
        "tables": {**tables, "checkpoints": places},
    }


def assert_answered_once(site: Site) -> None:
    """Every command of the topic has one answer, and none is left to decide."""
    from eventlog.kafka_commands import KafkaCommandReader

    cluster = bootstrap.cluster_of(site.settings.log)
    with closing(KafkaCommandReader(cluster, site.settings.ledger)) as commands:
        end = commands.end()
    with closing_engine(site.settings) as engine, snapshot(engine) as books:
        offsets = list(
            books.scalars(select(ANSWERS.c.command_offset).order_by(ANSWERS.c.command_offset))
        )
        decided = books.scalar(select(CONSUMED.c.next_offset))
    assert (decided, offsets) == (end, list(range(end)))
