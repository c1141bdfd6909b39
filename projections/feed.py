"""The balance feed's own balances: what each account holds after each event, put into the outbox.

Rows, checkpoint and what is to be sent are one transaction (law 5). Source: ADR 0012.
"""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from sqlalchemy import Connection

from ledger.events import Happened
from ledger.journal import Account, postings
from projections.outbox import generation_of, queue
from projections.tables import FEED, Tables
from projections.writing import put_rows, rows_found
from schemas.envelope import Recorded
from schemas.feed import PARTITIONS, changed, partition_of, subject_of

UNHEARD: Final = (0,) * PARTITIONS
"""Nothing has been said yet, in any partition."""


class _Change(NamedTuple):
    recorded: Recorded
    account: Account
    amount: int


class Feed:
    """Folds each account's balance and puts a message for each change into the outbox.

    In a partition nothing is said of positions before the last one that its readers have heard. A
    copy says nothing at all.
    """

    name = FEED
    wants: tuple[type, ...] = (Happened,)

    def __init__(self, tables: Tables, heard: Sequence[int] | None) -> None:
        """`heard` is the last position in each partition of the topic; None for a copy."""
        self._table = tables["feed_balances"]
        self._heard = heard
        self._changes: list[_Change] = []

    def fold(self, recorded: Recorded) -> None:
        """Note what an event moves on each account; what comes out as 0.00 changes nothing."""
        moved: dict[Account, int] = {}
        for debit, credit, amount in postings(recorded.event):
            moved[debit] = moved.get(debit, 0) + amount
            moved[credit] = moved.get(credit, 0) - amount
        self._changes += [_Change(recorded, code, sum_) for code, sum_ in moved.items() if sum_]

    def flush(self, connection: Connection) -> None:
        """Write the balances of the accounts that were moved, and the messages about them."""
        if not self._changes:
            return
        balances = self._stored(connection)
        if self._heard is None:
            for _ in self._after(balances):
                pass
        else:
            queue(connection, self._messages(balances, self._heard, generation_of(connection)))
        last = {code: recorded.position for recorded, code, _ in self._changes}
        rows = [(code, balances[code], position) for code, position in last.items()]
        put_rows(connection, self._table, rows)
        self._changes.clear()

    def _stored(self, connection: Connection) -> dict[Account, int]:
        """Return what the accounts of these changes hold before them."""
        codes = list({change.account: None for change in self._changes})
        query = f"SELECT account, balance FROM {self._table.name} WHERE account IN"  # noqa: S608 -- our own table
        return {**dict.fromkeys(codes, 0), **dict(rows_found(connection, query, codes))}

    def _after(self, balances: dict[Account, int]) -> Iterator[tuple[_Change, int]]:
        """Return each change with the balance after it, which is left in `balances`."""
        for change in self._changes:
            balances[change.account] += change.amount
            yield change, balances[change.account]

    def _messages(
        self, balances: dict[Account, int], heard: Sequence[int], generation: int
    ) -> Iterator[tuple[int, int, int, str]]:
        """Return the outbox rows: generation, position, line, message."""
        silent = max(heard)
        position = line = 0
        for (recorded, code, amount), after in self._after(balances):
            line = line + 1 if recorded.position == position else 0
            position = recorded.position
            if position >= silent or position >= heard[partition_of(subject_of(code))]:
                message = changed(recorded, code, amount, after, generation)
                yield generation, position, line, message.decode()
