"""A country through the ledger: `python -m benchmarks.national [CLAIMS] [embedded|server]`.

Writes 32 regions and 3 months with `clearing generate`, sends them to the embedded form and to
Kafka with PostgreSQL, compares every report with the generator's answers, and prints a table; a
difference is named and ends with status 1. BENCH_DIR names the disk. A broker and a PostgreSQL
server are started here, or given by CLEARING_TEST_KAFKA and CLEARING_TEST_DB.
"""

import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, sleep
from typing import Any

import click
import psycopg
from kafka.admin import KafkaAdminClient

from benchmarks.answers import differences, read
from benchmarks.calls import Run, arguments, row, run
from benchmarks.server import Workers
from tests.services.resolve import kafka, postgres

_LEDGER = "national"
_ASKED = ("--regions", "32", "--months", "3", "--from", "202410", "--seed", "1")
_RUNS = 5
"""Of each report."""
_NAMED_MOST = 50
"""Differences that are written out."""
_YEAR_EVENTS = 480_000_000
_YEAR_CLAIMS = 397_000_000
_SHARE_ROWS = 10_000_000
"""Rows that one partition of a table of claims may hold with ease."""
_SUSTAINED_PER_S, _BURST_PER_S = 500, 2_000
"""What the country asks for (domain.md 8)."""
_COPIES = 3


class Site:
    """A ledger in one of its forms."""

    name = "embedded"

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.folder = folder
        plain = {k: v for k, v in os.environ.items() if not k.startswith("CLEARING_")}
        self._environment = {**plain, **environment}

    def call(self, *words: str) -> Run:
        """Run the program; what it cannot do ends the bench."""
        return run(self.folder, *words, environment=self._environment)

    def ask(self, report: str, args: Sequence[str]) -> object:
        """Return a report's document."""
        return json.loads(self.call(report, *args, "--format", "json").out)

    def settle(self, position: int) -> None:
        """Wait until a position can be asked for: here it can once `submit` has ended."""

    def sizes(self) -> tuple[int, int]:
        """Return the bytes of log and books."""
        data = self.folder / "clearing-data"
        log, books = (
            sum(path.stat().st_size for path in data.glob(pattern))
            for pattern in ("log.db*", "books.db*")
        )
        return log, books

    def peaks(self) -> Mapping[str, float]:
        """Return the peak memory of what runs besides, in MB."""
        return {}


class Server(Site):
    """A log on Kafka, books on PostgreSQL, a decider and a projector."""

    name = "server"

    def __init__(self, folder: Path, log: str, database: str) -> None:
        environment = {
            "CLEARING_LOG": log,
            "CLEARING_DB": database,
            "CLEARING_LEDGER": _LEDGER,
            "CLEARING_ACCEPT_UNSAFE": "1",  # one broker keeps one copy
        }
        super().__init__(folder, environment)
        self._brokers = log.removeprefix("kafka://").split(",")
        self._database = database
        self.workers = Workers(self._environment, folder, ("decider", "projector"))

    def settle(self, position: int) -> None:
        query = f"SELECT min(position) FROM {_LEDGER}.checkpoints"
        with psycopg.connect(self._database, autocommit=True) as connection:
            while (connection.execute(query).fetchone() or (0,))[0] < position:
                sleep(0.05)

    def sizes(self) -> tuple[int, int]:
        admin = KafkaAdminClient(bootstrap_servers=self._brokers)
        log = sum(_sizes(admin.describe_log_dirs([f"{_LEDGER}.events.v1"])))
        admin.close()
        query = (
            "SELECT sum(pg_total_relation_size(c.oid)) FROM pg_class c JOIN pg_namespace n"
            " ON n.oid = c.relnamespace WHERE n.nspname = %s AND c.relkind = 'r'"
        )
        with psycopg.connect(self._database) as connection:
            row = connection.execute(query, (_LEDGER,)).fetchone()
        return log, int(row[0] if row else 0)

    def peaks(self) -> Mapping[str, float]:
        return self.workers.peaks()


def _sizes(described: object) -> Iterator[int]:
    """Return every `partition_size` in what a broker says of its folders."""
    if isinstance(described, Mapping):
        for name, value in described.items():
            if name == "partition_size":
                yield int(value)
            else:
                yield from _sizes(value)
    elif isinstance(described, list | tuple):
        for each in described:
            yield from _sizes(each)


@contextmanager
def embedded(folder: Path) -> Iterator[Site]:
    """Lend an embedded ledger that is empty."""
    yield Site(folder, {})


@contextmanager
def server(folder: Path) -> Iterator[Site]:
    """Lend an empty ledger of the server form, its workers running."""
    with kafka() as log, postgres() as database:
        site = Server(folder, log, database)
        try:
            yield site
        finally:
            site.workers.stop()


_FORMS = {"embedded": embedded, "server": server}


def main(claims: int, forms: Sequence[str]) -> int:
    """Measure each form; return the exit status."""
    row("form", "what", "figure")
    found: list[str] = []
    with TemporaryDirectory(prefix="clearing-bench-", dir=os.environ.get("BENCH_DIR")) as name:
        made = Path(name) / "made"
        _generate(Path(name), made, claims)
        answers = read(made)
        parts = _split(made / "commands.jsonl")
        for form in forms:
            folder = Path(name) / form
            folder.mkdir()
            lent: AbstractContextManager[Site] = _FORMS[form](folder)
            with lent as site:
                found += [f"{form}: {each}" for each in _measure(site, parts, answers, claims)]
    for each in found[:_NAMED_MOST]:
        click.echo(each)
    if len(found) > _NAMED_MOST:
        click.echo(f"... and {len(found) - _NAMED_MOST} more")
    return 1 if found else 0


def _generate(folder: Path, made: Path, claims: int) -> None:
    run = Site(folder, {}).call("generate", *_ASKED, "--claims", str(claims), "--to-dir", str(made))
    lines = read(made)["outcomes"]["accepted"]
    size = (made / "commands.jsonl").stat().st_size
    row("", "generate", f"{lines / run.seconds:,.0f} commands/s, {run.peak_mb:.0f} MB at most")
    row("", "commands", f"{lines:,} ({claims:,} claims), {size / 1e6:,.0f} MB")


def _split(file: Path) -> tuple[Path, Path, Path]:
    """Cut a file at its last statements, so that they can be timed alone."""
    start, end, place = 0, 0, 0
    with file.open("rb") as stream:
        for line in stream:
            if line.startswith(b'{"type":"GenerateStatements"'):
                start, end = place, place + len(line)
            place += len(line)
        parts = tuple(file.with_name(f"part-{number}.jsonl") for number in (1, 2, 3))
        stream.seek(0)
        for part, bound in zip(parts, (start, end, place), strict=True):
            with part.open("wb") as out:
                while left := min(1 << 20, bound - stream.tell()):
                    out.write(stream.read(left))
    file.unlink()
    return parts[0], parts[1], parts[2]


def _measure(
    site: Site, parts: Sequence[Path], answers: Mapping[str, Any], claims: int
) -> Iterator[str]:
    """Send a country's months, then ask for every report; yield the differences."""
    runs, outcomes, position = [], {"accepted": 0, "known": 0, "rejected": 0}, 0
    for part in parts:
        start = perf_counter()
        run = site.call("submit", str(part))
        *_, said = run.out.splitlines()
        position = int(said.split()[-1])
        site.settle(position)
        runs.append(run._replace(seconds=perf_counter() - start))
        counts = said.split(";")[0].split(", ")
        for count, name in (each.split() for each in counts):
            outcomes[name] = outcomes.get(name, 0) + int(count)
    seconds = sum(run.seconds for run in runs)
    rate = outcomes["accepted"] / seconds
    row(
        site.name,
        "submit, to queryable",
        f"{rate:,.0f} commands/s, {claims / seconds:,.0f} claims/s",
    )
    row(site.name, "statements of a month", f"{runs[1].seconds:.1f} s")
    peaks = {"submit": max(run.peak_mb for run in runs), **site.peaks()}
    for what, peak in peaks.items():
        row(site.name, f"peak memory, {what}", f"{peak:.0f} MB")
    log, books = site.sizes()
    row(site.name, "events", f"{position:,}")
    row(site.name, "log", f"{log / 1e6:,.0f} MB, {log / position:,.0f} bytes/event")
    row(site.name, "books", f"{books / 1e6:,.0f} MB, {books / position:,.0f} bytes/event")
    _time_reports(site, answers)
    _on_paper(site.name, position / seconds, log / position, books / position)
    if outcomes != answers["outcomes"]:
        yield f"the outcomes are {outcomes}, not {answers['outcomes']}"
    yield from _refold(site, position)
    found = list(differences(answers, site.ask))
    row(site.name, "reports compared", f"{len(answers['reports'])}, {len(found)} differences")
    yield from found


def _refold(site: Site, position: int) -> Iterator[str]:
    """Fold the whole log again, to switch and to verify; yield what the program says against it."""
    for word, bad in (("rebuild", "differs"), ("verify", ":")):
        run = site.call(word)
        rate = f"{position / run.seconds:,.0f} events/s, {run.peak_mb:.0f} MB at most"
        row(site.name, word, rate)
        yield from (line for line in run.out.splitlines() if bad in line)


def _time_reports(site: Site, answers: Mapping[str, Any]) -> None:
    """Time each kind of report, as a program of its own, the last of its kind in the answers."""
    last = {each["report"]: each["args"] for each in answers["reports"]}
    last["balances"] = last["trial-balance"]
    taken: list[float] = []
    for report, args in sorted(last.items()):
        seconds = [site.call(report, *args, "--format", "json").seconds for _ in range(_RUNS)]
        row(site.name, report, f"p50 {median(seconds):.2f} s, most {max(seconds):.2f} s")
        taken += seconds
    taken.sort()
    most = taken[min(len(taken) - 1, len(taken) * 99 // 100)]
    row(site.name, "all reports", f"p50 {median(taken):.2f} s, p99 {most:.2f} s")


def _on_paper(form: str, rate: float, log: float, books: float) -> None:
    """Say what a year of the whole country takes at these figures, and what must grow for it."""
    name = f"{form}, a year of {_YEAR_EVENTS / 1e6:.0f} M events"
    copies = _COPIES if form == "server" else 1
    year_log, year_books = log * _YEAR_EVENTS / 1e9, books * _YEAR_EVENTS / 1e9
    row(name, "disk for the log", f"{year_log * copies:,.0f} GB, kept {copies}-fold")
    row(name, "disk for the books", f"{year_books:,.0f} GB, twice that while they are rebuilt")
    hours = _YEAR_EVENTS / rate / 3_600
    row(name, "one decider, without a pause", f"{hours:,.0f} h of 8,760")
    for what, wanted in (("sustained", _SUSTAINED_PER_S), ("burst", _BURST_PER_S)):
        needed = -(-wanted // max(1, int(rate)))
        row(name, f"deciders for {wanted:,}/s {what}", f"{needed} (ADR 0009 where above 1)")
    shares = -(-_YEAR_CLAIMS // _SHARE_ROWS)
    row(name, "partitions of the tables of claims", f"{shares} of {_SHARE_ROWS:,} rows; 16 today")
    row(name, "partitions of the sums by day", "12, made as months come")


if __name__ == "__main__":
    sys.exit(main(*arguments(sys.argv[1:], claims=2_000_000)))
