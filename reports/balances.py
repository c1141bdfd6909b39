"""Every account with its dimensions, debit positive."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from operator import add
from typing import Any, Final, NamedTuple, TypeAlias, TypedDict

from sqlalchemy import ColumnElement, Connection, and_, literal_column, or_, select, true, union_all
from sqlalchemy.sql.expression import ColumnCollection

from ledger.money import yuan
from ledger.vocabulary import ITEMS
from projections.tables import CARE, live
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
    moves = _moves("account", as_of, ("account",), ("amount",))
    query = select(moves.account, total(moves.amount)).group_by(moves.account)
    sums = {number: amount for number, amount in connection.execute(query)}  # noqa: C416 -- rows
    columns = [accounts.c[name] for name in ("account", *Account._fields)]
    for number, *parts in connection.execute(select(*columns)):
        yield Account(*parts), sums.get(number, 0)


def _care(connection: Connection, as_of: date, ends: Ends) -> Iterator[tuple[Account, int]]:
    """Return what care moves: item by item, and on the accounts of hospitals (domain.md 5.2)."""
    care: dict[tuple[str, str, str], list[int]] = {}
    hospitals: dict[tuple[str, str, str], int] = defaultdict(int)
    moves = _moves("care", as_of, CARE, ITEMS)
    keys, sums = [moves[name] for name in CARE], [total(moves[item]) for item in ITEMS]
    query = select(*keys, *sums).where(_between(moves, ends)).group_by(*keys)
    for i, t, cls, hospital, *amounts in connection.execute(query):
        known = care.get((i, t, cls))
        care[i, t, cls] = list(map(add, known, amounts)) if known else amounts
        hospitals[i, t, hospital] += sum(amounts)
    for (i, t, cls), amounts in care.items():
        for item, amount in zip(ITEMS, amounts, strict=True):
            if amount:
                yield Account(i, "EXP", t, cls, item), amount
        yield Account(i, "PAY.ACCRUED", t, cls), -sum(amounts)
        yield Account(t, "ADV.CARE", i, cls), sum(amounts)
    for (i, t, hospital), owed in hospitals.items():
        yield Account(t, "PAY.HOSP", i, "", "", hospital), -owed


def _moves(name: str, as_of: date, keys: Sequence[str], amounts: Sequence[str]) -> Columns:
    """Return rows, to be added up, that say what has moved up to a day.

    Whole months, and the days of the running one: those up to the day, or without those after it.
    """
    tables, day = live("balances"), as_of.isoformat()
    months, days = tables[f"{name}_months"].c, tables[f"{name}_days"].c
    if as_of.day <= _HALF:
        whole, sign = months.month < day[:7], 1
        part = and_(days.day >= f"{day[:7]}-01", days.day <= day)
    else:
        whole, sign = months.month <= day[:7], -1
        part = and_(days.day > day, days.day <= f"{day[:7]}-31")
    return (
        union_all(
            select(*(months[column] for column in (*keys, *amounts))).where(whole),
            select(
                *(days[key] for key in keys),
                *((literal_column(str(sign)) * days[amount]).label(amount) for amount in amounts),
            ).where(part),
        )
        .subquery()
        .c
    )


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
