"""Every account with its dimensions, debit positive."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final, NamedTuple, TypeAlias, TypedDict

from sqlalchemy import ColumnElement, Connection, and_, or_, select, true
from sqlalchemy.sql.expression import ColumnCollection

from ledger.money import yuan
from ledger.vocabulary import ITEMS
from projections.tables import live
from reports.reading import position, total
from reports.shapes import Day, Family, Position, Region, Yuan


class Account(NamedTuple):
    """Where an amount stands; a dimension that the family has not is empty."""

    book: str
    family: Family
    counterparty: str = ""
    clearing_class: str = ""
    item: str = ""
    institution: str = ""


Sums: TypeAlias = Mapping[Account, int]
"""Fen by account."""
Ends: TypeAlias = tuple[str | None, str | None]
"""The book and the counterparty that are asked for; None = any."""
Columns: TypeAlias = ColumnCollection[str, Any]
_HALF: Final = 15
"""After this day of a month fewer days are left of it than have passed."""


class Balance(TypedDict):
    """One account. `account` joins family and dimensions; a dimension it has not is null."""

    book: Region
    account: str
    family: Family
    counterparty: Region | None
    clearing_class: str | None
    item: str | None
    institution: str | None
    amount: Yuan


class Balances(TypedDict):
    """Every account that is not 0.00 on the day."""

    as_of: Day
    position: Position
    rows: list[Balance]


def balances(
    connection: Connection,
    as_of: date,
    region: str | None = None,
    counterparty: str | None = None,
) -> Balances:
    """Return every account on a day; of one book, or with one counterparty, if named."""
    sums = rows(connection, as_of, (region, counterparty))
    return document(sums, as_of, position(connection, "balances"))


def rows(connection: Connection, as_of: date, ends: Ends) -> Sums:
    """Return the sums of the accounts, in fen."""
    sums: dict[Account, int] = defaultdict(int)
    for moves in (_accounts(connection, as_of), _care(connection, as_of, ends)):
        for account, amount in moves:
            sums[account] += amount
    region, counterparty = ends
    return {
        account: amount
        for account, amount in sums.items()
        if region in (None, account.book) and counterparty in (None, account.counterparty)
    }


def _accounts(connection: Connection, as_of: date) -> Iterator[tuple[Account, int]]:
    """Return the sums of everything but care."""
    accounts = live("balances")["accounts"]
    sums: dict[int, int] = defaultdict(int)
    for moves, moved, sign in _moves("account", as_of):
        query = select(moves.account, total(moves.amount)).where(moved).group_by(moves.account)
        for number, amount in connection.execute(query):
            sums[number] += sign * amount
    columns = [accounts.c[name] for name in ("account", *Account._fields)]
    for number, *parts in connection.execute(select(*columns)):
        yield Account(*parts), sums[number]


def _care(connection: Connection, as_of: date, ends: Ends) -> Iterator[tuple[Account, int]]:
    """Return what care moves: item by item, and on the accounts of hospitals (domain.md 5.2)."""
    care: dict[tuple[str, str, str], list[int]] = defaultdict(lambda: [0] * len(ITEMS))
    hospitals: dict[tuple[str, str, str], int] = defaultdict(int)
    for moves, moved, sign in _moves("care", as_of):
        key = (moves.insured_region, moves.treatment_region, moves.clearing_class)
        sums = [total(moves[item]) for item in ITEMS]
        query = select(*key, moves.institution, *sums).where(moved, _between(moves, ends))
        for i, t, cls, hospital, *amounts in connection.execute(
            query.group_by(*key, moves.institution)
        ):
            care[i, t, cls] = [a + sign * b for a, b in zip(care[i, t, cls], amounts, strict=True)]
            hospitals[i, t, hospital] += sign * sum(amounts)
    for (i, t, cls), amounts in care.items():
        for item, amount in zip(ITEMS, amounts, strict=True):
            if amount:
                yield Account(i, "EXP", t, cls, item), amount
        yield Account(i, "PAY.ACCRUED", t, cls), -sum(amounts)
        yield Account(t, "ADV.CARE", i, cls), sum(amounts)
    for (i, t, hospital), owed in hospitals.items():
        yield Account(t, "PAY.HOSP", i, "", "", hospital), -owed


def _moves(name: str, as_of: date) -> Iterator[tuple[Columns, ColumnElement[bool], int]]:
    """Return the tables of moves, what of each is meant, and 1 to add it or -1 to take it away.

    Whole months, and the days of the running one: those up to the day, or without those after it.
    """
    tables, day = live("balances"), as_of.isoformat()
    months, days = tables[f"{name}_months"].c, tables[f"{name}_days"].c
    if as_of.day <= _HALF:
        yield months, months.month < day[:7], 1
        yield days, and_(days.day >= f"{day[:7]}-01", days.day <= day), 1
    else:
        yield months, months.month <= day[:7], 1
        yield days, and_(days.day > day, days.day <= f"{day[:7]}-31"), -1


def _between(moves: Columns, ends: Ends) -> ColumnElement[bool]:
    """Return the care whose book and counterparty may be those asked for, in either direction."""
    i, t = moves.insured_region, moves.treatment_region
    asked = [
        [side == end for side, end in zip(way, ends, strict=True) if end is not None]
        for way in ((i, t), (t, i))
    ]
    return or_(*(and_(true(), *conditions) for conditions in asked))


def document(sums: Sums, as_of: date, at: int) -> Balances:
    """Return the answer, in the order of books and accounts; what is 0.00 is left out."""
    return {
        "as_of": as_of.isoformat(),
        "position": at,
        "rows": [_balance(account, amount) for account, amount in sorted(sums.items()) if amount],
    }


def _balance(account: Account, amount: int) -> Balance:
    return {
        "book": account.book,
        "account": ":".join(filter(None, account[1:])),
        "family": account.family,
        "counterparty": account.counterparty or None,
        "clearing_class": account.clearing_class or None,
        "item": account.item or None,
        "institution": account.institution or None,
        "amount": yuan(amount),
    }
