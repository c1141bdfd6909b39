"""`clearing` called as a user calls it: in this process, which is fast, or in one of its own."""

import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any
from unittest.mock import patch

import structlog

from cli.main import main

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "tests/golden/three-provinces/commands.jsonl"
START = "from cli.main import main; main()"
LONG = (
    "import cli.submit; cli.submit._LONG_BYTES = 0;"
    f"import consumers.followed; consumers.followed._MANY = 10; {START}"
)
"""Takes every file for a long one: a thread beside appends, a second process folds the books."""


@dataclass(frozen=True)
class Done:
    """How a call ended."""

    status: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        return json.loads(self.out)

    @property
    def sentence(self) -> str:
        """The one line in which a call that failed says why; no traceback, nothing besides."""
        lines = [line for line in self.err.splitlines() if not line.startswith(("Usage:", "Try "))]
        lines = [line for line in lines if line.strip()]
        assert len(lines) == 1, self.err
        assert self.out == ""
        return lines[0]


def call(*words: str, stdin: bytes = b"") -> Done:
    """Run the program in this process."""
    out, err = BytesIO(), BytesIO()
    status: object = None
    with (
        logs_as_before(),
        patch.object(sys, "argv", ["clearing", *words]),
        patch.object(sys, "stdin", TextIOWrapper(BytesIO(stdin), encoding="utf-8")),
        patch.object(sys, "stdout", TextIOWrapper(out, encoding="utf-8", write_through=True)),
        patch.object(sys, "stderr", TextIOWrapper(err, encoding="utf-8", write_through=True)),
        patch("cli.main._drop_output"),  # would close this process's own output
    ):
        try:
            main()
        except SystemExit as end:
            status = end.code
        sys.stdout.flush()
        sys.stderr.flush()
        assert status is None or isinstance(status, int), status
        return Done(status=status or 0, out=out.getvalue().decode(), err=err.getvalue().decode())


@contextmanager
def logs_as_before() -> Iterator[None]:
    """Undo what a worker changes for its whole process: where logs go."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        structlog.reset_defaults()
        structlog.contextvars.clear_contextvars()


def environment(given: Mapping[str, str] | None = None) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("CLEARING_")}
    return {**own, "PYTHONPATH": str(ROOT), **(given or {})}


def start(*words: str, code: str = START, **how: Any) -> subprocess.Popen[bytes]:
    """Start the program in a process of its own."""
    streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    how["env"] = environment(how.pop("env", None))
    return subprocess.Popen([sys.executable, "-c", code, *words], **{**streams, **how})


def run(*words: str, stdin: bytes = b"", code: str = START, **how: Any) -> Done:
    """Run the program in a process of its own, to its end."""
    process = start(*words, code=code, stdin=subprocess.PIPE, **how)
    out, err = process.communicate(stdin)
    return Done(status=process.returncode, out=out.decode(), err=err.decode())


@dataclass(frozen=True)
class Place:
    """Where a ledger is: a folder with log and books."""

    folder: Path

    @property
    def log(self) -> Path:
        return self.folder / "log.db"

    @property
    def books(self) -> Path:
        return self.folder / "books.db"

    @property
    def words(self) -> Sequence[str]:
        return "--log", f"sqlite:///{self.log}", "--db", f"sqlite:///{self.books}"

    def call(self, *words: str, stdin: bytes = b"") -> Done:
        return call(*words, *self.words, stdin=stdin)

    def run(self, *words: str, **how: Any) -> Done:
        return run(*words, *self.words, **how)

    def start(self, *words: str, **how: Any) -> subprocess.Popen[bytes]:
        return start(*words, *self.words, **how)


def lines_of(commands: Sequence[Mapping[str, Any] | bytes]) -> bytes:
    """Commands as the bytes of a file of JSON Lines."""
    lines = (
        each if isinstance(each, bytes) else json.dumps(each, ensure_ascii=False).encode()
        for each in commands
    )
    return b"".join(line + b"\n" for line in lines)


def outcomes_in(path: Path) -> list[dict[str, Any]]:
    """What `--outcomes` has written; a last line that is not complete does not count."""
    whole = path.read_bytes().split(b"\n")[:-1]
    return [json.loads(line) for line in whole]
