"""A ledger in memory, taken step by step: lines in, outcomes, records, tables and reports out."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final

from sqlalchemy import Engine, select

from consumers.decider import Decider
from eventlog.memory import MemoryLog
from producers.files import Line as SentLine
from projections.build import NAMES, flush, folder_at
from projections.database import make_tables, open_database, snapshot
from projections.tables import CHECKPOINTS, METADATA
from reports.balances import balances
from reports.breaks import breaks
from reports.notices import notices
from reports.payments import payments
from reports.pools import pools
from reports.statement import statement
from reports.trial_balance import trial_balance
from schemas.door import admit
from schemas.envelope import Head
from tests.auditor.streams import TODAY

Line = dict[str, Any] | bytes
Row = dict[str, Any]
Table = list[tuple[Any, ...]]

NOON: Final = datetime(TODAY.year, TODAY.month, TODAY.day, 4, tzinfo=UTC)
"""Noon in Shanghai on the day on which the auditor takes its commands."""
REPORTS: Final[Mapping[str, Callable[..., Any]]] = {
    "trial-balance": trial_balance,
    "balances": balances,
    "statement": statement,
    "notices": notices,
    "payments": payments,
    "pools": pools,
    "breaks": breaks,
}


class MemoryLedger:
    """Decides on a log and books in memory; every command is received at the same moment."""

    def __init__(self, received_at: datetime = NOON) -> None:
        self.log = MemoryLog()
        self.engine = empty_books()
        self.folder = folder_at(self.engine, NAMES, Head())
        self.decider = Decider(self.log, self.folder)
        self._received_at = received_at

    def submit(self, lines: Sequence[Line]) -> list[Row]:
        """Answer some lines as one batch, one outcome for each that is not blank."""
        numbered = [(number, raw) for number, line in enumerate(lines, 1) if (raw := bare(line))]
        outcomes = self.decider.handle(
            [admit(raw) for _, raw in numbered], [self._received_at] * len(numbered)
        )
        return [
            {"line": number, **outcome.document()}
            for (number, _), outcome in zip(numbered, outcomes, strict=True)
        ]

    def flush(self) -> None:
        """Write what was decided into the books."""
        flush(self.engine, self.folder)

    def restart(self) -> None:
        """Forget what is in memory and go on from books and log, as a new process does."""
        self.flush()
        self.folder = folder_at(self.engine, NAMES, self.log.head())
        self.decider = Decider(self.log, self.folder)

    def records(self) -> list[bytes]:
        """Return the log."""
        return records_of(self.log)

    def tables(self) -> dict[str, Table]:
        """Return every row of the books; the checkpoints too."""
        return tables_of(self.engine)

    def report(self, name: str, **args: Any) -> Row:
        """Return an answer as JSON says it; a date may be text."""
        return report_of(self.engine, name, **args)

    def close(self) -> None:
        """Let the books go."""
        self.engine.dispose()


def bare(line: Line) -> bytes:
    """Return a line's bytes as a file holds them, without blanks around."""
    raw = line if isinstance(line, bytes) else json.dumps(line, ensure_ascii=False).encode()
    return raw.strip(b" \t\r\n")


def sent(*lines: Line) -> list[SentLine]:
    """Return lines as a file gives them."""
    raws = enumerate(map(bare, lines), 1)
    return [SentLine(file="march.jsonl", number=n, value=v, arrival=admit(v)) for n, v in raws]


def empty_books() -> Engine:
    """Return books in memory without a row."""
    engine = open_database("sqlite://", writer=True)
    make_tables(engine)
    return engine


def records_of(log: MemoryLog) -> list[bytes]:
    """Return the bytes of every record."""
    return [value for batch in log.read(after=0) for _, value in batch]


def tables_of(engine: Engine) -> dict[str, Table]:
    """Return every row of every table, in the order of its key."""
    with snapshot(engine) as connection:
        return {
            table.name: [
                tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key))
            ]
            for table in METADATA.sorted_tables
        }


def without_checkpoints(tables: Mapping[str, Table]) -> dict[str, Table]:
    """Return the tables less the place in the log at which they stand."""
    return {name: rows for name, rows in tables.items() if name != CHECKPOINTS.name}


def report_of(engine: Engine, name: str, **args: Any) -> Row:
    """Return an answer from these books."""
    wanted = {key: _date(key, value) for key, value in args.items()}
    with snapshot(engine) as books:
        answer: Row = json.loads(json.dumps(REPORTS[name](books, **wanted)))
    return answer


def _date(key: str, value: Any) -> Any:
    return date.fromisoformat(value) if key == "as_of" and isinstance(value, str) else value


def in_batches(
    ledger: MemoryLedger,
    lines: Sequence[Line],
    sizes: Iterable[int],
    between: Callable[[], None] = lambda: None,
) -> list[Row]:
    """Submit lines in batches of these sizes until all are sent; lines are numbered from 1."""
    outcomes: list[Row] = []
    start = 0
    for size in sizes:
        if start >= len(lines):
            break
        answers = ledger.submit(lines[start : start + size])
        outcomes += [{**answer, "line": answer["line"] + start} for answer in answers]
        between()
        start += size
    return outcomes
