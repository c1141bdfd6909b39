"""A ledger on a real broker and server, and its workers as processes."""

import json
import re
import sys
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

from tests.cli.program import START, Done, call, environment
from tests.services.processes import Child, free_port, wait_for

READY_S = 60


class Place:
    """A ledger that is nobody else's."""

    def __init__(self, log: str, db: str, ledger: str, folder: Path) -> None:
        self.settings = {"CLEARING_LOG": log, "CLEARING_DB": db, "CLEARING_LEDGER": ledger}
        self.folder = folder

    def call(self, *words: str, stdin: bytes = b"") -> Done:
        """Run the program in this process."""
        return call(*words, stdin=stdin)

    def worker(self, role: str, *more: str) -> "Worker":
        """Start a worker and wait until it is ready."""
        worker = Worker(self, role, *more)
        worker.start()
        wait_for(worker.ready, worker, READY_S, f"the {role}")
        return worker


class Worker(Child):
    """`clearing run` of one role; not started yet."""

    def __init__(self, place: Place, role: str, *more: str) -> None:
        self.port = free_port()
        folder = place.folder / f"{role}-{self.port}"
        folder.mkdir()
        words = ["run", "--role", role, "--port", str(self.port), *more]
        super().__init__(
            [sys.executable, "-c", START, *words],
            folder=folder,
            environ=environment(place.settings),
        )

    def ask(self, what: str) -> tuple[int, Any]:
        """Return status and body of an answer over HTTP."""
        try:
            with urlopen(f"http://127.0.0.1:{self.port}/{what}", timeout=5) as answer:
                return answer.status, answer.read()
        except HTTPError as refused:
            with refused:
                return refused.code, refused.read()

    def health(self) -> dict[str, Any]:
        """Return what it says of its health."""
        told: dict[str, Any] = json.loads(self.ask("ready")[1])
        return told

    def metric(self, name: str) -> float:
        """Return the value of a metric without labels."""
        found = re.search(rf"^{name} (\S+)$", self.ask("metrics")[1].decode(), re.MULTILINE)
        assert found, name
        return float(found[1])

    def ready(self) -> bool:
        """Tell whether it has done its first step."""
        try:
            return self.ask("ready")[0] == 200
        except OSError:
            return False
