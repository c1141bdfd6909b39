"""Measure the embedded form: `python -m benchmarks [CLAIMS ...]`, a table on standard output.

Every figure is that of a whole process, started fresh. The yardstick of the same run is a plain
`json.loads` + `executemany` of the same lines into SQLite with synchronous=FULL.
"""

import json
import os
import sqlite3
import sys
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from benchmarks.calls import Run, row, run
from benchmarks.claims import FIRST, write_file, write_statements

_BATCH = 1_000


def main(sizes: Sequence[int]) -> None:
    """Measure each size, smallest first."""
    row("claims", "what", "figure", "ratio to yardstick", "seconds", "peak MB")
    for claims in sizes:
        with TemporaryDirectory(prefix="clearing-bench-", dir=os.environ.get("BENCH_DIR")) as name:
            measure(Path(name), claims)


def measure(folder: Path, claims: int) -> None:
    """Measure one size."""
    file = folder / "claims.jsonl"
    lines = write_file(file, claims)
    yard = lines / _yardstick(folder, file)
    row(claims, "yardstick", f"{yard:,.0f} lines/s", "1.00", "", "")
    submit = run(folder, "submit", str(file))
    _rate(claims, "submit", lines / submit.seconds, "claims/s", yard, submit)
    for processes in (1, 2):
        rebuild = run(folder, "rebuild", "--processes", str(processes))
        what = f"rebuild, {processes} process{'es' if processes > 1 else ''}"
        _rate(claims, what, lines / rebuild.seconds, "events/s", yard, rebuild)
    verify = run(folder, "verify")
    _rate(claims, "verify", lines / verify.seconds, "events/s", yard, verify)
    statements = write_statements(folder, FIRST)
    _time(claims, "statements of 992 corridors", run(folder, "submit", str(statements)))
    for name, *args in _REPORTS:
        _time(claims, name, run(folder, name, *args, "--format", "json"))
    _time(claims, "--help", run(folder, "--help"))
    books = sum(path.stat().st_size for path in (folder / "clearing-data").iterdir())
    row(claims, "log and books", f"{books / lines:,.0f} bytes/event", "", "", "")


_REPORTS = (
    ("trial-balance", "--as-of", "2025-03-17"),
    ("balances", "--as-of", "2025-03-17"),
    ("statement", "--scheme", "CROSS_PROVINCE", "--period", "202503"),
    ("payments", "--scheme", "CROSS_PROVINCE", "--as-of", "2025-04-30"),
    ("pools", "--as-of", "2025-04-30"),
    ("breaks", "--as-of", "2025-04-30"),
    ("history", "--claim", "K-000000000000"),
)


def _yardstick(folder: Path, file: Path) -> float:
    """Return the seconds that the plainest loader takes for the same lines."""
    database = sqlite3.connect(folder / "yardstick.db", isolation_level=None)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    database.execute("CREATE TABLE lines (id TEXT, line BLOB)")
    start = perf_counter()
    with file.open("rb") as stream:
        while lines := list(islice(stream, _BATCH)):
            batch = [(json.loads(line)["command_id"], line) for line in lines]
            database.execute("BEGIN")
            database.executemany("INSERT INTO lines VALUES (?, ?)", batch)
            database.execute("COMMIT")
    database.close()
    return perf_counter() - start


def _rate(claims: int, what: str, rate: float, unit: str, yard: float, run: Run) -> None:  # noqa: PLR0917
    figures = (f"{rate:,.0f} {unit}", f"{rate / yard:.2f}", f"{run.seconds:.1f}")
    row(claims, what, *figures, f"{run.peak_mb:.0f}")


def _time(claims: int, what: str, run: Run) -> None:
    row(claims, what, f"{run.seconds:.2f} s", "", f"{run.seconds:.2f}", f"{run.peak_mb:.0f}")


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or [100_000, 1_000_000])
