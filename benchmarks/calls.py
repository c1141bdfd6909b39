"""What benches share: calls of the program as processes of their own, and rows of a table."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

import click

CLEARING = str(Path(sys.executable).with_name("clearing"))
FORMS = ("embedded", "server")


class Run(NamedTuple):
    """What one call took and said: seconds, MB at its peak, its output."""

    seconds: float
    peak_mb: float
    out: str


def run(folder: Path, *words: str, environment: Mapping[str, str] | None = None) -> Run:
    """Run the program in a folder of its own; what it cannot do ends the bench."""
    output = folder / "output.txt"
    start = perf_counter()
    with output.open("wb") as stream:
        process = subprocess.Popen(
            [CLEARING, *words], cwd=folder, env=environment, stdout=stream, stderr=stream
        )
        _, status, usage = os.wait4(process.pid, 0)
    seconds, said = perf_counter() - start, output.read_text(encoding="utf-8")
    if os.waitstatus_to_exitcode(status) > 1:
        raise SystemExit(said)
    return Run(seconds, usage.ru_maxrss / 1024, said)


def row(*cells: object) -> None:
    """Print a row of a table."""
    click.echo("| " + " | ".join(str(cell) for cell in cells) + " |")


def arguments(words: Sequence[str], *, claims: int) -> tuple[int, Sequence[str]]:
    """Return how many claims, and in which forms, what was called says."""
    forms = [word for word in words if word in FORMS]
    numbers = [int(word) for word in words if word not in FORMS]
    return (numbers[0] if numbers else claims), forms or list(FORMS)
