"""Every account with its dimensions, debit positive."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple, TypeAlias, TypedDict

from sqlalchemy import ColumnElement, Connection, and_, or_, select, true, union_all
from sqlalchemy.sql.expression import ColumnCollection

from ledger.money import yuan
from ledger.vocabulary import ITEMS
from projections.tables import live
from reports.reading import position, total, until
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
    """Return the sums of the accounts, in fen: whole months, then the days of the running one."""
    sums: dict[Account, int] = defaultdict(int)
    for moves in (
        _accounts(connection, as_of),
        _care(connection, as_of, ends),
        _hospitals(connection, as_of, ends),
    ):
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
    moves = _moves(as_of, "account", ("account", "amount"))
    sums = (
        select(moves.account, total(moves.amount).label("amount"))
        .group_by(moves.account)
        .subquery()
    )
    dimensions = (accounts.c[name] for name in Account._fields)
    query = select(*dimensions, sums.c.amount).join(sums, sums.c.account == accounts.c.account)
    for *parts, amount in connection.execute(query):
        yield Account(*parts), amount


def _care(connection: Connection, as_of: date, ends: Ends) -> Iterator[tuple[Account, int]]:
    """Return what care moves but what hospitals are owed, item by item (domain.md 5.2)."""
    for i, t, cls, *amounts in _of_care(connection, as_of, ends, "clearing_class"):
        for item, amount in zip(ITEMS, amounts, strict=True):
            yield Account(i, "EXP", t, cls, item), amount
        yield Account(i, "PAY.ACCRUED", t, cls), -sum(amounts)
        yield Account(t, "ADV.CARE", i, cls), sum(amounts)


def _hospitals(connection: Connection, as_of: date, ends: Ends) -> Iterator[tuple[Account, int]]:
    """Return what care moves on the accounts of hospitals."""
    for i, t, hospital, *amounts in _of_care(connection, as_of, ends, "institution"):
        yield Account(t, "PAY.HOSP", i, institution=hospital), -sum(amounts)


def _of_care(
    connection: Connection, as_of: date, ends: Ends, dimension: str
) -> Iterable[Sequence[Any]]:
    """Return the sums of care by corridor and one dimension more, a column an item."""
    key = ("insured_region", "treatment_region", dimension)
    moves = _moves(as_of, "care", (*key, *ITEMS))
    named = [moves[name] for name in key]
    query = (
        select(*named, *(total(moves[item]) for item in ITEMS))
        .where(_between(moves, ends))
        .group_by(*named)
    )
    return connection.execute(query)


def _between(moves: ColumnCollection[str, ColumnElement[Any]], ends: Ends) -> ColumnElement[bool]:
    """Return the care whose book and counterparty may be those asked for, in either direction."""
    i, t = moves.insured_region, moves.treatment_region
    asked = [
        [side == end for side, end in zip(way, ends, strict=True) if end is not None]
        for way in ((i, t), (t, i))
    ]
    return or_(*(and_(true(), *conditions) for conditions in asked))


def _moves(
    as_of: date, name: str, columns: Iterable[str]
) -> ColumnCollection[str, ColumnElement[Any]]:
    """Return what moved up to a day: in whole months, then in the days of the running one."""
    tables, last = live("balances"), until(as_of)
    months, days = tables[f"{name}_months"].c, tables[f"{name}_days"].c
    return (
        union_all(
            select(*(months[each] for each in columns)).where(months.month < last[:7]),
            select(*(days[each] for each in columns)).where(
                days.day >= f"{last[:7]}-01", days.day <= last
            ),
        )
        .subquery()
        .c
    )


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
