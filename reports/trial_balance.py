"""The trial balance: every book by account family, debit positive."""

from collections.abc import Mapping
from datetime import date
from typing import TypeAlias, TypedDict

from sqlalchemy import Connection, select

from ledger.money import yuan
from ledger.vocabulary import FAMILIES
from projections.tables import live
from reports.reading import position, total, until
from reports.shapes import Day, Family, Position, Region, Yuan

Sums: TypeAlias = Mapping[tuple[str, str], int]
"""Fen by book and family."""


class TrialBalance(TypedDict):
    """Every book opened or moved, with every family, zero included; each sums to 0.00."""

    as_of: Day
    position: Position
    books: dict[Region, dict[Family, Yuan]]
    sums: dict[Region, Yuan]


def trial_balance(connection: Connection, as_of: date) -> TrialBalance:
    """Return what each family of each book holds on a day."""
    return document(rows(connection, as_of), as_of, position(connection, "balances"))


def rows(connection: Connection, as_of: date) -> Sums:
    """Return the sums of all moves up to a day, in fen."""
    table = live("balances")["book_days"]
    query = (
        select(table.c.book, table.c.family, total(table.c.amount))
        .where(table.c.day <= until(as_of))
        .group_by(table.c.book, table.c.family)
    )
    return {(book, family): amount for book, family, amount in connection.execute(query)}


def document(sums: Sums, as_of: date, at: int) -> TrialBalance:
    """Return the answer: books in the order of their codes, families in the contract's."""
    books = sorted({book for book, _ in sums})
    return {
        "as_of": as_of.isoformat(),
        "position": at,
        "books": {
            book: {family: yuan(sums.get((book, family), 0)) for family in FAMILIES}
            for book in books
        },
        "sums": {
            book: yuan(sum(amount for (each, _), amount in sums.items() if each == book))
            for book in books
        },
    }
