"""Every account's moves by day, with sums by month and by book and family."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Final

from sqlalchemy import Connection, func, select

from ledger.events import Happened
from ledger.journal import Account, dimensions, postings
from projections.tables import Tables
from projections.writing import add_rows, insert_rows
from schemas.envelope import Recorded

_ACCOUNTS_MAX: Final = 300_000
"""How many account numbers are remembered; beyond it the table is asked."""


class Balances:
    """Folds postings into sums; no posting is kept, the log has them."""

    name = "balances"
    wants = (Happened,)

    def __init__(self, tables: Tables, connect: Callable[[], Connection]) -> None:
        """Start with nothing folded."""
        self._tables = tables
        self._connect = connect
        self._moves: dict[date, dict[Account, int]] = {}
        self._numbers: dict[Account, int] = {}

    def fold(self, recorded: Recorded) -> None:
        """Add an event's postings to the sums of its day."""
        journal = postings(recorded.event)
        if not journal:
            return
        day = self._moves.setdefault(recorded.event.on, {})
        for debit, credit, amount in journal:
            day[debit] = day.get(debit, 0) + amount
            day[credit] = day.get(credit, 0) - amount

    def flush(self, connection: Connection) -> None:
        """Add the sums to the tables."""
        self._number_accounts(connection)
        days: list[tuple[str, int, int]] = []
        months: dict[tuple[str, int], int] = {}
        books: dict[tuple[str, str, str], int] = {}
        for day, moves in sorted(self._moves.items()):
            iso = day.isoformat()
            month = iso[:7]
            for code, amount in moves.items():
                number = self._numbers[code]
                days.append((iso, number, amount))
                key = (month, number)
                months[key] = months.get(key, 0) + amount
                book, family, _ = code.split("/", 2)
                owner = (iso, book, family)
                books[owner] = books.get(owner, 0) + amount
        days.sort()
        add_rows(connection, self._tables["account_days"], days)
        add_rows(connection, self._tables["account_months"], _rows(months))
        add_rows(connection, self._tables["book_days"], _rows(books))
        self._moves.clear()
        if len(self._numbers) > _ACCOUNTS_MAX:
            self._numbers.clear()

    def _number_accounts(self, connection: Connection) -> None:
        """Give each account met for the first time the next number."""
        met = dict.fromkeys(code for moves in self._moves.values() for code in moves)
        unknown = [code for code in met if code not in self._numbers]
        if not unknown:
            return
        table = self._tables["accounts"]
        if not self._numbers:
            for number, *parts in connection.execute(select(table)):
                self._numbers[Account("/".join(parts))] = number
            unknown = [code for code in unknown if code not in self._numbers]
        last = connection.scalar(select(func.max(table.c.account))) or 0
        numbered = {code: last + i for i, code in enumerate(unknown, 1)}
        rows = [(number, *dimensions(code)) for code, number in numbered.items()]
        insert_rows(connection, table, rows)
        self._numbers.update(numbered)


def _rows(sums: Mapping[tuple[str, ...] | tuple[str, int], int]) -> list[tuple[object, ...]]:
    return [(*key, amount) for key, amount in sorted(sums.items())]
