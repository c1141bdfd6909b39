"""What a claim costs as a ledger grows: `python -m benchmarks.growth [CLAIMS ...]`, a table.

One embedded ledger goes from size to size, a month for each, with the month's statements at its
end. A column that gets worse from row to row is a curve that bends.
"""

import os
import sys
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.calls import row, run
from benchmarks.claims import FIRST, next_month, write_file, write_statements

_SIZES = (100_000, 1_000_000, 3_000_000)
_SCHEME = ("--scheme", "CROSS_PROVINCE")
_HEAD = (
    "claims in all",
    "`submit`, claims/s",
    "MB at most",
    "`rebuild`, events/s",
    "MB at most",
    "statements of 992 corridors, s",
    "trial balance, s",
    "balances, s",
    "payments, s",
    "pools, s",
    "log and books, bytes/event",
)


def main(sizes: Sequence[int]) -> None:
    """Grow a ledger to each size."""
    row(*_HEAD)
    row(*["---"] * len(_HEAD))
    with TemporaryDirectory(prefix="clearing-bench-", dir=os.environ.get("BENCH_DIR")) as name:
        month, events = FIRST, 0
        for before, claims in pairwise((0, *sizes)):
            events += _grow(Path(name), month, before, claims, events)
            month = next_month(month)


def _grow(folder: Path, month: date, before: int, claims: int, events: int) -> int:
    """Send a month that brings the ledger to `claims`; measure; return how many lines it had."""
    file = folder / "claims.jsonl"
    lines = write_file(file, claims - before, first=month, before=before)
    submit = run(folder, "submit", str(file))
    file.unlink()
    rebuild = run(folder, "rebuild")
    statements = run(folder, "submit", str(write_statements(folder, month)))
    middle = (month + timedelta(days=16)).isoformat()
    reports = (
        ("trial-balance", "--as-of", middle),
        ("balances", "--as-of", middle),
        ("payments", *_SCHEME, "--as-of", middle),
        ("pools", "--as-of", middle),
    )
    seconds = [run(folder, *words, "--format", "json").seconds for words in reports]
    size = sum(path.stat().st_size for path in (folder / "clearing-data").iterdir())
    row(
        f"{claims:,}",
        f"{lines / submit.seconds:,.0f}",
        f"{submit.peak_mb:.0f}",
        f"{(events + lines) / rebuild.seconds:,.0f}",
        f"{rebuild.peak_mb:.0f}",
        *(f"{each:.2f}" for each in (statements.seconds, *seconds)),
        f"{size / (events + lines):,.0f}",
    )
    return lines


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or _SIZES)
