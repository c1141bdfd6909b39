"""Which projections there are, and how they are brought level with the log."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final

from sqlalchemy import Engine, Table

from ledger.errors import IntegrityError
from projections.balances import Balances
from projections.breaks import Breaks
from projections.clearing import Clearing
from projections.commands import CommandIds
from projections.database import asking, translated
from projections.decider import DeciderTables
from projections.feed import UNHEARD, Feed
from projections.fold import AddsSettled, Folder, FoldsApart, Projection, checkpoints_of
from projections.histories import Histories
from projections.pools import Pools
from projections.settlements import (
    Periods,
    SettledClaims,
    SettledIds,
    SettledPeriods,
    Settlements,
)
from projections.tables import CHECKPOINTS, FEED, OWNED, Tables, live
from projections.writing import add_unkeyed
from schemas.envelope import Head

FLUSH_RECORDS: Final = 50_000
"""How many records are folded before they are written; bounds memory."""

NAMES: Final = tuple(OWNED)
"""The projections of the books; the feed is folded where there is one."""


def build(
    names: Sequence[str],
    engine: Engine,
    tables: Mapping[str, Tables] | None = None,
    settled: Periods | None = None,
) -> list[Projection]:
    """Return projections on their live tables, or as copies on others; copies publish nothing.

    `settled`: what was folded apart into the copies already.
    """
    at = _tables(tables or {})
    connect = partial(asking, engine)
    ids = CommandIds(at["commands"], connect)
    makers: Mapping[str, Callable[[], Projection]] = {
        "commands": lambda: ids,
        "decider": lambda: DeciderTables(at["decider"], connect, ids, settled),
        "balances": lambda: Balances(at["balances"]),
        "clearing": lambda: Clearing(at["clearing"]),
        "pools": lambda: Pools(at["pools"]),
        "breaks": lambda: Breaks(at["breaks"]),
        "histories": lambda: Histories(at["histories"]),
        FEED: lambda: Feed(at[FEED], None if tables else UNHEARD),
    }
    return [makers[name]() for name in names]


def build_apart(
    names: Sequence[str], tables: Mapping[str, Tables], *, server: bool
) -> tuple[list[FoldsApart], SettledPeriods]:
    """Return what settlements go into, of some projections, and what will have their sums.

    `server` says where the tables are.
    """
    at = _tables(tables)
    periods = SettledPeriods()
    rows: Mapping[str, Callable[[], FoldsApart]] = {
        "commands": lambda: SettledIds(at["commands"], server=server),
        "decider": lambda: SettledClaims(at["decider"], server=server),
    }
    sums: Mapping[str, Callable[[], AddsSettled]] = {
        "decider": lambda: periods,
        "balances": lambda: Balances(at["balances"], add_unkeyed),
        "pools": lambda: Pools(at["pools"]),
    }
    apart = [rows[name]() for name in names if name in rows]
    adding = [sums[name]() for name in names if name in sums]
    return [*apart, Settlements(adding)] if adding else apart, periods


def _tables(others: Mapping[str, Tables]) -> Mapping[str, Tables]:
    return {**{name: live(name) for name in (*NAMES, FEED)}, **others}


def heads(engine: Engine, names: Sequence[str] = NAMES) -> dict[str, Head]:
    """Return where projections stand; one never folded stands at 0."""
    with translated(), engine.connect() as connection:
        stored = checkpoints_of(connection)
    return {name: stored.get(name, Head()) for name in names}


def folder_at(
    engine: Engine, names: Sequence[str], head: Head, checkpoints: Table = CHECKPOINTS
) -> Folder:
    """Return a folder for projections that all stand at `head`."""
    return Folder(build(names, engine), head, checkpoints)


def flush(engine: Engine, folder: Folder) -> None:
    """Write what a folder has folded, in one transaction."""
    if folder.pending:
        with translated(), engine.begin() as connection:
            folder.flush(connection)
        folder.written()


def check_within(head: Head, end: Head) -> None:
    """Check that a projection is not ahead of the log. Raises: IntegrityError."""
    same = head.position < end.position or head == end
    if not same:
        detail = f"the books stand at position {head.position}, the log ends at {end.position}"
        raise IntegrityError(f"{detail}, with other content: these books are of another log")
