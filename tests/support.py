"""A ledger as a black box for tests: lines in, outcomes and reports out."""

import json
import shutil
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import cache
from io import BytesIO
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import bootstrap
from producers.files import read_lines
from projections.database import snapshot
from reports.balances import balances
from reports.breaks import breaks
from reports.notices import notices
from reports.payments import payments
from reports.pools import pools
from reports.statement import statement
from reports.trial_balance import trial_balance


class BlackBox:
    """The embedded ledger in a folder; `batch` lines are decided at once."""

    def __init__(self, folder: Path, batch: int | None = None) -> None:
        """Start empty."""
        self.settings = bootstrap.Settings(
            log=f"sqlite:///{folder}/log.db", db=f"sqlite:///{folder}/books.db"
        )
        self._batch = batch
        shutil.copy(_empty_books(), folder / "books.db")

    def submit(self, lines: Iterable[dict[str, Any] | bytes | str]) -> list[dict[str, Any]]:
        """Return one outcome for each line that is not blank, as `submit --outcomes` writes it."""
        stream = BytesIO(b"\n".join(_bytes(line) for line in lines))
        outcomes: list[dict[str, Any]] = []
        with bootstrap.open_embedded(self.settings) as ledger:
            for chunk in read_lines(stream, "test", as_csv=False):
                size = self._batch or max(len(chunk), 1)
                for start in range(0, len(chunk), size):
                    some = chunk[start : start + size]
                    for line, outcome in zip(some, ledger.submit(some, more=True), strict=True):
                        outcomes.append({"line": line.number, **outcome.document()})
        return outcomes

    def report(self, name: str, *, at: int | None = None, **args: Any) -> dict[str, Any]:
        """Return the answer of a report as JSON says it; dates may be text."""
        wanted = {key: _date(key, value) for key, value in args.items()}
        with bootstrap.reading_books(self.settings, at=at) as engine, snapshot(engine) as books:
            answer: dict[str, Any] = json.loads(json.dumps(_REPORTS[name](books, **wanted)))
        return answer


@cache
def _empty_books() -> Path:
    """Return books without a row: made once, since making tables takes longer than most tests."""
    path = Path(mkdtemp(prefix="clearing-test-")) / "books.db"
    bootstrap.open_books(bootstrap.Settings(db=f"sqlite:///{path}"), writer=True).dispose()
    return path


_REPORTS: Mapping[str, Callable[..., Any]] = {
    "trial-balance": trial_balance,
    "balances": balances,
    "statement": statement,
    "notices": notices,
    "payments": payments,
    "pools": pools,
    "breaks": breaks,
}


def _date(key: str, value: Any) -> Any:
    return date.fromisoformat(value) if key == "as_of" and isinstance(value, str) else value


def _bytes(line: dict[str, Any] | bytes | str) -> bytes:
    if isinstance(line, dict):
        return json.dumps(line, ensure_ascii=False).encode()
    return line.encode() if isinstance(line, str) else line
