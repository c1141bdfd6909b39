"""Every account's moves by day, with sums by month and by book and family."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from operator import add
from typing import Any, Final, TypeAlias, TypeVar

from sqlalchemy import Connection, Table, select

from ledger.events import BookOpened, ClaimAdjusted, ClaimSettled, Happened
from ledger.journal import Account, account, care_of, dimensions, postings
from ledger.vocabulary import ITEMS, ClearingClass, Pair
from projections.brought import COLUMN, SettledSums
from projections.tables import Tables
from projections.writing import add_rows, insert_rows
from schemas.envelope import Recorded

Books: TypeAlias = dict[tuple[str, str, str], int]
"""Sums by day, book and family."""
Given: TypeAlias = dict[tuple[ClearingClass, str], list[int]]
"""Sums of care by class and institution, a column an item."""
Add: TypeAlias = Callable[[Connection, Table, Sequence[tuple[object, ...]]], None]
"""Adds rows to the sums of a table."""
K = TypeVar("K", bound=tuple[Any, ...])


_OF_CARE: Final = (ClaimSettled, ClaimAdjusted)


class Balances:
    """Folds postings into sums; no posting is kept, the log has them.

    Care, which is nearly all of them, is summed by whose care it is, a column an item: each row
    stands for the EXP, PAY.ACCRUED, ADV.CARE and PAY.HOSP that `care_postings` makes of it.
    Everything else is summed by account.
    """

    name = "balances"
    wants: tuple[type, ...] = (Happened,)

    def __init__(self, tables: Tables, add_care: Add = add_rows) -> None:
        """Start with nothing folded; `add_care` adds rows to the sums of care."""
        self._tables = tables
        self._add_care = add_care
        self._care: dict[date, dict[Pair, Given]] = defaultdict(lambda: defaultdict(dict))
        self._months: dict[str, dict[Pair, Given]] = {}
        self._moves: dict[date, dict[Account, int]] = {}
        self._met: dict[Account, None] = {}
        self._numbers: dict[Account, int] = {}

    def fold(self, recorded: Recorded) -> None:
        """Add what an event posts to the sums of its day."""
        event = recorded.event
        if isinstance(event, _OF_CARE):
            self._fold_care(event)
            return
        journal = postings(event)
        if journal:
            day = self._moves.setdefault(event.on, {})
            for debit, credit, amount in journal:
                day[debit] = day.get(debit, 0) + amount
                day[credit] = day.get(credit, 0) - amount
                self._met[debit] = self._met[credit] = None
        elif isinstance(event, BookOpened):  # with 0.00 it posts nothing, and is a book
            cash = account(event.region, "CASH")
            self._moves.setdefault(event.on, {}).setdefault(cash, 0)
            self._met[cash] = None

    def _fold_care(self, event: ClaimSettled | ClaimAdjusted) -> None:
        _, sign = care_of(event)
        sums = self._sums(event)
        for item, amount in event.items.items():
            sums[COLUMN[item]] += sign * amount

    def add_settled(self, sums: SettledSums) -> None:
        """Add what settlements post: the same as `fold` does, in fewer steps."""
        for (on, insured, treatment, _, _), kinds in sums.items():
            given = self._care[on][insured, treatment]
            _add_given(given, {kind: brought.items for kind, brought in kinds.items()})

    def _sums(self, event: ClaimSettled | ClaimAdjusted) -> list[int]:
        """Return the sums of care that an event adds to."""
        given = self._care[event.on][event.insured_region, event.treatment_region]
        kind = (event.clearing_class, event.institution)
        sums = given.get(kind)
        if sums is None:
            sums = given[kind] = [0] * len(ITEMS)
        return sums

    def flush(self, connection: Connection) -> None:
        """Add the sums to the tables."""
        self.flush_many(connection, 0)

    def flush_many(self, connection: Connection, least: int) -> None:
        """Add sums to the tables, those of care by day and those by month where they are many."""
        books: Books = {}
        if _cells(self._care.values()) >= least:
            self._flush_days(connection, books)
        if _cells(self._months.values()) >= least:
            self._flush_months(connection)
        self._flush_moves(connection, books)
        add_rows(connection, self._tables["book_days"], _rows(books))

    def _flush_days(self, connection: Connection, books: Books) -> None:
        """Add care to the table of days, and here to the sums by month."""
        rows: list[tuple[object, ...]] = []
        for day, pairs in sorted(self._care.items()):
            iso = day.isoformat()
            of_month = self._months.setdefault(iso[:7], {})
            totals: dict[Pair, int] = {}
            for pair in sorted(pairs):
                given = pairs[pair]
                rows += _rows_of(iso, pair, given)
                totals[pair] = sum(map(sum, given.values()))
                _add_given(of_month.setdefault(pair, {}), given)
            _add_to_books(books, iso, totals)
        self._add_care(connection, self._tables["care_days"], rows)
        self._care.clear()

    def _flush_months(self, connection: Connection) -> None:
        rows = [
            row
            for month, pairs in sorted(self._months.items())
            for pair in sorted(pairs)
            for row in _rows_of(month, pair, pairs[pair])
        ]
        self._add_care(connection, self._tables["care_months"], rows)
        self._months.clear()

    def _flush_moves(self, connection: Connection, books: Books) -> None:
        self._number_accounts(connection)
        days: list[tuple[str, int, int]] = []
        months: dict[tuple[str, int], int] = {}
        for day, moves in sorted(self._moves.items()):
            iso = day.isoformat()
            for code, amount in moves.items():
                number = self._numbers[code]
                days.append((iso, number, amount))
                key = (iso[:7], number)
                months[key] = months.get(key, 0) + amount
                book, family, _ = code.split("/", 2)
                owner = (iso, book, family)
                books[owner] = books.get(owner, 0) + amount
        add_rows(connection, self._tables["account_days"], sorted(days))
        add_rows(connection, self._tables["account_months"], _rows(months))
        self._moves.clear()

    def _number_accounts(self, connection: Connection) -> None:
        """Give each account met for the first time the next number, in the order of the log."""
        table = self._tables["accounts"]
        if not self._numbers:
            for number, *parts in connection.execute(select(table)):
                self._numbers[Account("/".join(parts))] = number
        last = len(self._numbers)
        unknown = [code for code in self._met if code not in self._numbers]
        numbered = {code: last + i for i, code in enumerate(unknown, 1)}
        rows = [(number, *dimensions(code)) for code, number in numbered.items()]
        insert_rows(connection, table, rows)
        self._numbers.update(numbered)
        self._met.clear()


def _cells(care: Iterable[Mapping[Pair, Given]]) -> int:
    """Return how many sums of care there are."""
    return sum(len(given) for pairs in care for given in pairs.values())


def _rows_of(when: str, pair: Pair, given: Given) -> Iterator[tuple[object, ...]]:
    """Return care of a day or month as rows, in the order of their keys."""
    for kind in sorted(given):
        yield (when, *pair, *kind, *given[kind])


def _add_given(known: Given, more: Given) -> None:
    """Add sums to those of the same care."""
    if not known:
        known.update(more)
        return
    for kind, sums in more.items():
        before = known.get(kind)
        known[kind] = list(map(add, before, sums)) if before else sums


def _add_to_books(books: Books, day: str, totals: Mapping[Pair, int]) -> None:
    """Add what care of a day moves in the books of who is insured and of who treats."""
    for (insured, treatment), amount in totals.items():
        for book, family, change in (
            (insured, "EXP", amount),
            (insured, "PAY.ACCRUED", -amount),
            (treatment, "ADV.CARE", amount),
            (treatment, "PAY.HOSP", -amount),
        ):
            key = (day, book, family)
            books[key] = books.get(key, 0) + change


def _rows(sums: Mapping[K, int]) -> list[tuple[object, ...]]:
    return [(*key, amount) for key, amount in sorted(sums.items())]
