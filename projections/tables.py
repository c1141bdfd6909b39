"""Every table, by the projection that owns it. Dates are ISO text, amounts are fen.

A projection's tables can be made again under a prefix, to fold it beside the live one.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    UniqueConstraint,
)
from sqlalchemy.types import UserDefinedType

from ledger.vocabulary import ITEMS

METADATA: Final = MetaData()
SPLIT: Final = "split"
"""How PostgreSQL splits a table. SQLAlchemy's own word loads its dialect, 40 ms of every report."""
PLACE: Final = "place"
"""Says of a column that it is where in the log a row came from, one row a position."""
JOURNAL: Final = "journal"
"""Says of a table that its key is an index beside it."""
SUMS: Final = "sums"
"""Says of a table of sums that a copy of it on a server gets its key when it is full."""
FILLING: Final = "filling"
"""Says of a copy that it is being filled: a server's housekeeping would only be in the way."""
PREFIX: Final = "new_"
"""Begins the names of a projection's second set of tables."""
_TEXT: Final = String().with_variant(String(collation="C"), "postgresql")
"""Text in the order of its bytes, as SQLite and Python sort it, whatever the server's locale."""
Tables = Mapping[str, Table]
"""A projection's tables by their names without prefix."""


def _table(
    name: str,
    *parts: Column[object] | UniqueConstraint,
    key: tuple[str, ...],
    split: str | None = None,
    sums: bool = False,
) -> Table:
    """Return a table stored by its key; PostgreSQL splits it into partitions (ADR 0011)."""
    return Table(
        name,
        METADATA,
        *parts,
        PrimaryKeyConstraint(*key),
        sqlite_with_rowid=False,
        info={SPLIT: split, SUMS: sums},
    )


def _journal(
    name: str, *parts: Column[object], key: tuple[str, ...], split: str | None = None
) -> Table:
    """Return a table that grows in the order of the log; its key is an index beside it."""
    info = {SPLIT: split, JOURNAL: True}
    table = Table(name, METADATA, *parts, _index_instead(PrimaryKeyConstraint(*key)), info=info)
    Index(f"{name}_key", *table.primary_key, unique=True)
    return table


def _index_instead(key: PrimaryKeyConstraint) -> PrimaryKeyConstraint:
    """Return a key that only the program knows: it is not made with the table."""
    return key.ddl_if(callable_=lambda *_, **__: False)


def _text(name: str, *, null: bool = False) -> Column[object]:
    return Column(name, _TEXT, nullable=null)


def _number(name: str, *, null: bool = False) -> Column[object]:
    return Column(name, BigInteger, nullable=null, autoincrement=False)


class _RowId(UserDefinedType[int]):
    """A number by which SQLite keeps the rows of a table in order."""

    def get_col_spec(self, **_: object) -> str:
        """Return the words that make it so."""
        return "INTEGER PRIMARY KEY"


def _place(name: str) -> Column[object]:
    """Return the position of which a journal holds one row: a file keeps its rows in that order."""
    kind = BigInteger().with_variant(_RowId(), "sqlite")
    return Column(name, kind, nullable=False, autoincrement=False, info={PLACE: True})


def told_by(table: Table) -> list[Column[Any]]:
    """Return the columns that tell a row from others, those by which it is found soonest."""
    return [column for column in table.columns if PLACE in column.info] or [*table.primary_key]


def _bytes(name: str, *, null: bool = False) -> Column[object]:
    return Column(name, LargeBinary, nullable=null)


_CORRIDOR: Final = ("scheme", "insured_region", "treatment_region")


def _corridor() -> list[Column[object]]:
    return [_text(name) for name in _CORRIDOR]


CHECKPOINTS: Final = _table(
    "checkpoints", _text("projection"), _number("position"), _bytes("hash"), key=("projection",)
)
CONSUMED: Final = _table("consumed", _text("topic"), _number("next_offset"), key=("topic",))
"""How far the commands topic was decided and answered; the decider's, and no projection."""
ANSWERS: Final = _journal(
    "answers", _number("command_offset"), _text("answer"), key=("command_offset",)
)
"""What the command at an offset got; kept as long as the topic keeps the command."""

_COMMANDS: Final = (
    _journal(
        "commands",
        _bytes("key"),
        _bytes("digest"),
        _place("position"),
        _number("accepted"),
        key=("key",),
    ),
)

_DECIDER: Final = (
    _journal(
        "claims",
        _place("position"),
        _text("claim_id"),
        _number("corridor_day"),
        _text("claim"),
        _text("life", null=True),
        key=("claim_id",),
        split="HASH (claim_id)",
    ),
    _journal("claim_marks", _bytes("key"), _text("claim_id"), key=("key", "claim_id")),
    _table("manual_marks", _bytes("key"), key=("key",)),
    _table(
        "breaks",
        _text("break_id"),
        _text("claim_id"),
        _number("unresolved"),
        _bytes("value"),
        key=("break_id",),
    ),
    _table(
        "daily_rows",
        *_corridor(),
        _text("day"),
        _text("party"),
        _bytes("rows"),
        key=(*_CORRIDOR, "day", "party"),
    ),
    _table("states", _text("name"), _bytes("value"), key=("name",)),
)
Index("claims_of_day", _DECIDER[0].c.corridor_day)
Index("breaks_of_claim", _DECIDER[3].c.claim_id)
Index("breaks_unresolved", _DECIDER[3].c.unresolved, _DECIDER[3].c.claim_id)

CARE: Final = ("insured_region", "treatment_region", "clearing_class", "institution")
"""Whose care it is, in the order of `ledger.journal.Care`."""


def _care() -> list[Column[object]]:
    """Return the columns of care: its dimensions, and a sum for each item."""
    return [*(_text(name) for name in CARE), *(_number(item) for item in ITEMS)]


_BALANCES: Final = (
    _table(
        "accounts",
        _number("account"),
        _text("book"),
        _text("family"),
        _text("counterparty"),
        _text("clearing_class"),
        _text("item"),
        _text("institution"),
        UniqueConstraint("book", "family", "counterparty", "clearing_class", "item", "institution"),
        key=("account",),
    ),
    _table("care_days", _text("day"), *_care(), key=("day", *CARE), split="RANGE (day)", sums=True),
    _table("care_months", _text("month"), *_care(), key=("month", *CARE), sums=True),
    _table(
        "account_days",
        _text("day"),
        _number("account"),
        _number("amount"),
        key=("day", "account"),
        split="RANGE (day)",
    ),
    _table(
        "account_months",
        _text("month"),
        _number("account"),
        _number("amount"),
        key=("month", "account"),
    ),
    _table(
        "book_days",
        _text("day"),
        _text("book"),
        _text("family"),
        _number("amount"),
        key=("day", "book", "family"),
    ),
)

_CLEARING: Final = (
    _table(
        "statements",
        _text("scheme"),
        _text("period"),
        _text("insured_region"),
        _text("treatment_region"),
        _number("position"),
        _text("day"),
        _number("visits"),
        _number("medfee_sumamt"),
        _number("employee"),
        _number("resident"),
        _number("deduction"),
        _number("items"),
        _text("digest"),
        _number("principal"),
        _number("warning_yellow"),
        _number("warning_red"),
        key=("scheme", "period", "insured_region", "treatment_region", "position"),
    ),
    _table(
        "statement_steps",
        _text("scheme"),
        _text("period"),
        _text("insured_region"),
        _text("treatment_region"),
        _number("position"),
        _text("day"),
        _text("step"),
        _number("amount"),
        _text("submit_due", null=True),
        _text("pay_due", null=True),
        key=("scheme", "period", "insured_region", "treatment_region", "position"),
    ),
    _table(
        "closed_periods",
        _text("scheme"),
        _text("period"),
        _text("day"),
        _number("position"),
        key=("scheme", "period"),
    ),
    _table(
        "calendar_days",
        _number("year"),
        _number("position"),
        _text("day"),
        _bytes("value"),
        key=("year", "position"),
    ),
)

_PAIR: Final = _CORRIDOR[1:]
"""A corridor without its scheme, which follows from the two regions."""

_POOLS: Final = (
    _table("corridors", *_corridor(), _text("since"), key=_PAIR),
    _table(
        "pool_days",
        *_corridor()[1:],
        _text("day"),
        _text("measure"),
        _number("amount"),
        key=(*_PAIR, "day", "measure"),
    ),
    _table(
        "quotas",
        *_corridor()[1:],
        _number("position"),
        _text("day"),
        _number("sized"),
        _number("amount"),
        key=(*_PAIR, "position"),
    ),
)

_BREAKS: Final = (
    _table(
        "break_steps",
        _text("break_id"),
        _number("position"),
        _text("day"),
        _text("step"),
        _text("note", null=True),
        key=("break_id", "position"),
    ),
    _table(
        "break_heads",
        _text("break_id"),
        _text("category"),
        *_corridor(),
        _text("claim_id"),
        _number("difference"),
        _text("opened_on"),
        key=("break_id",),
    ),
)

_HISTORIES: Final = (
    _table("claim_events", _bytes("key"), _number("position"), key=("key", "position")),
)

_FEED: Final = (
    _journal(
        "feed_balances",
        _text("account"),
        _number("balance"),
        _number("position"),
        key=("account",),
    ),
)
OUTBOX: Final = _journal(
    "feed_outbox",
    _number("generation"),
    _number("position"),
    _number("line"),
    _text("message"),
    key=("generation", "position", "line"),
)
"""Balance messages that are committed and not yet known to be sent, in the order of sending."""
GENERATION: Final = _table("feed_generation", _text("feed"), _number("generation"), key=("feed",))
"""How often the feed's balances were replaced by others; survives a rebuild."""

OWNED: Final[Mapping[str, tuple[Table, ...]]] = {
    "commands": _COMMANDS,
    "decider": _DECIDER,
    "balances": _BALANCES,
    "clearing": _CLEARING,
    "pools": _POOLS,
    "breaks": _BREAKS,
    "histories": _HISTORIES,
}
"""The tables of each projection of the books."""
FEED: Final = "feed"
"""The projection that is folded only where there is a balance feed (ADR 0012)."""


def owned(projection: str) -> tuple[Table, ...]:
    """Return the tables that are a projection, and nothing besides."""
    return _FEED if projection == FEED else OWNED[projection]


def quoted(columns: Iterable[Column[Any]]) -> str:
    """Return the names of columns as SQL lists them."""
    return ", ".join(f'"{column.name}"' for column in columns)


def live(projection: str) -> Tables:
    """Return a projection's live tables."""
    return {table.name: table for table in owned(projection)}


def flat(of: Mapping[str, Tables]) -> list[Table]:
    """Return the tables of some projections, one after the other."""
    return [table for tables in of.values() for table in tables.values()]


def beside(projection: str) -> tuple[MetaData, Tables]:
    """Return a second set of a projection's tables, without indexes.

    No fold asks by another index than a key. Journals, and on a server large sums, have no key
    either: `keys` makes all of them when the tables are full.
    """
    metadata = MetaData()
    tables = {}
    for table in owned(projection):
        copy = table.to_metadata(metadata, name=PREFIX + table.name)
        copy.indexes.clear()
        copy.info[FILLING] = True
        if table.info.get(JOURNAL):
            _index_instead(copy.primary_key)
        elif table.info.get(SUMS):
            copy.primary_key.ddl_if(dialect="sqlite")
        tables[table.name] = copy
    return metadata, tables
