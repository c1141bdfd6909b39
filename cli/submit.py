"""`clearing submit`: commands from files or standard input, an outcome for each."""

import json
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO, Final

import click

from cli.options import accept_unsafe, chosen, common_options
from cli.progress import progress

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from bootstrap import Submission
    from producers.files import Line
    from schemas.outcome import Outcome

_STDIN: Final = "-"
_LONG_BYTES: Final = 16 << 20
"""Files longer than this together are worth a second process."""


@click.command("submit")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--csv", "as_csv", is_flag=True, help="Read CSV, whatever the file's name.")
@click.option(
    "--outcomes", type=click.Path(dir_okay=False), help="Write one JSON line per command here."
)
@accept_unsafe
@common_options
@click.pass_context
def submit(
    ctx: click.Context, files: tuple[str, ...], outcomes: str | None, *, as_csv: bool
) -> None:
    """Send commands from JSON Lines or CSV files ("-": standard input).

    Each command gets one outcome. A second run of the same file changes nothing: what was done
    is `known`. Exit status 1 if any command was rejected.
    """
    import bootstrap

    _check_files(files, outcomes, as_csv=as_csv)
    tally: Counter[str] = Counter()
    with ExitStack() as stack:
        long = _STDIN not in files and _size_of(files) > _LONG_BYTES
        ledger = stack.enter_context(bootstrap.open_ledger(chosen(ctx), long=long))
        out = stack.enter_context(_outcome_file(outcomes))
        show = stack.enter_context(_progress(files))
        for name in files:
            _submit_file(ledger, name, as_csv or name.endswith(".csv"), out, tally, show)
        position = ledger.position()
    counts = ", ".join(f"{tally[key]} {key}" for key in ("accepted", "known", "rejected"))
    if tally["unknown"]:
        counts += f", {tally['unknown']} unknown"
    click.echo(f"{counts}; the log ends at position {position}")
    if tally["faults"]:
        ctx.exit(1)


COMMANDS: Final[list[click.Command]] = [submit]


def _check_files(files: tuple[str, ...], outcomes: str | None, *, as_csv: bool) -> None:
    """Look at every file before anything is sent. Raises: click's usage error."""
    from producers.files import csv_header

    for name in files:
        if name == _STDIN:
            continue
        shown = click.format_filename(name)
        try:
            if Path(name).is_fifo():
                continue  # what is read from a pipe here would be missing there
            with Path(name).open("rb") as stream:
                if outcomes and Path(outcomes).exists() and Path(outcomes).samefile(name):
                    message = f"{shown} cannot take the outcomes: it holds commands"
                    raise click.UsageError(message)
                if as_csv or name.endswith(".csv"):
                    csv_header(next((line for line in stream if line.strip()), b""), shown)
        except OSError as fault:
            message = f"{shown} cannot be read: {fault.strerror}"
            raise click.UsageError(message) from fault


def _size_of(files: tuple[str, ...]) -> int:
    return sum(Path(name).stat().st_size for name in files)


def _submit_file(  # noqa: PLR0917 -- what a file needs on its way
    ledger: "Submission",
    name: str,
    as_csv: bool,
    out: "IO[str] | None",
    tally: Counter[str],
    show: "Callable[[int], None]",
) -> None:
    from producers.files import read_lines

    shown = "<stdin>" if name == _STDIN else click.format_filename(name)
    with ExitStack() as stack:
        stream: BinaryIO = (
            sys.stdin.buffer if name == _STDIN else stack.enter_context(Path(name).open("rb"))
        )
        for lines, outcomes in ledger.answers(read_lines(stream, shown, as_csv=as_csv)):
            for line, outcome in zip(lines, outcomes, strict=True):
                _note(line, outcome, out, tally)
            if out is not None:
                out.flush()
            show(sum(len(line.value) + 1 for line in lines))


def _note(line: "Line", outcome: "Outcome", out: "IO[str] | None", tally: Counter[str]) -> None:
    """Count an outcome, say a rejection, and write it out where that was asked for."""
    tally[outcome.outcome] += 1
    if outcome.reason is not None:
        tally["faults"] += 1
        known = " (known)" if outcome.outcome == "known" else ""
        field = f" [{outcome.field}]" if outcome.field else ""
        reason = f"{outcome.reason}{known}{field}"
        click.echo(f"{line.file}:{line.number}: {reason}: {outcome.detail}", err=True)
    if out is not None:
        document = {"file": line.file, "line": line.number, **outcome.document()}
        out.write(json.dumps(document, ensure_ascii=False) + "\n")


@contextmanager
def _outcome_file(path: str | None) -> Iterator[IO[str] | None]:
    if path is None:
        yield None
        return
    try:
        stream = Path(path).open("w", encoding="utf-8")  # noqa: SIM115 -- closed below
    except OSError as fault:
        message = f"{click.format_filename(path)} cannot be written: {fault.strerror}"
        raise click.UsageError(message) from fault
    with stream:
        yield stream


def _progress(files: tuple[str, ...]) -> "AbstractContextManager[Callable[[int], None]]":
    """Show a bar of bytes; of standard input nobody knows how many will come."""
    if _STDIN in files:
        return nullcontext(lambda _: None)
    return progress("submitting", _size_of(files))
