"""What a projection is, and how events are folded into many of them at once."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol, TypeAlias, runtime_checkable

from sqlalchemy import Connection, Table, bindparam, select, text, update

from ledger.errors import CheckpointMoved, require
from projections.brought import SettledSums
from projections.tables import CHECKPOINTS
from schemas.envelope import Head, Recorded
from schemas.settled import SettledRecord


class Writes(Protocol):
    """Holds what was folded until it is written."""

    def flush(self, connection: Connection) -> None:
        """Write what has changed since the last time."""


class Projection(Writes, Protocol):
    """Folds events in memory and writes what has changed."""

    @property
    def name(self) -> str:
        """Return its name."""

    @property
    def wants(self) -> tuple[type, ...]:
        """Return the events it takes in; a base class stands for all below it."""

    def fold(self, recorded: Recorded) -> None:
        """Take in one event; nothing is written yet."""


Write: TypeAlias = Callable[[Connection], None]
"""Writes what was taken out of a projection."""


@runtime_checkable
class Takes(Protocol):
    """A projection that is read while it folds, and can be written meanwhile."""

    def take(self) -> Write:
        """Take out what has changed, to be written; until the next time it can still be read."""


@runtime_checkable
class AsksAhead(Protocol):
    """A projection that reads what is stored while it folds."""

    def ask_ahead(self, records: Sequence[Recorded]) -> None:
        """Fetch at once what folding these records will ask for."""


@runtime_checkable
class AddsUp(Protocol):
    """A projection of sums: the more that is added up before they are written, the fewer rows."""

    def flush_many(self, connection: Connection, least: int) -> None:
        """Write what has changed, and sums of a kind only where there are so many of them."""


class FoldsApart(Writes, Protocol):
    """Folds settlements alone, many at once, and writes what has changed."""

    def fold_settled(self, records: Sequence[SettledRecord]) -> None:
        """Take in settlements; nothing is written yet."""


class AddsSettled(Writes, Protocol):
    """Takes in what settlements add up to, instead of each, and writes what has changed."""

    def add_settled(self, sums: SettledSums) -> None:
        """Take in sums of settlements; nothing is written yet."""


def write_out(projections: Iterable[Writes], connection: Connection, *, sums_from: int = 0) -> None:
    """Write what has changed, without a checkpoint; fewer sums of a kind are held on to."""
    for projection in projections:
        if sums_from and isinstance(projection, AddsUp):
            projection.flush_many(connection, sums_from)
        else:
            projection.flush(connection)


class Routes:
    """Brings each event to the projections that want it."""

    def __init__(self, projections: Sequence[Projection]) -> None:
        """Start with nothing folded."""
        self.projections = projections
        self._routes: dict[type, list[Callable[[Recorded], None]]] = {}

    def fold(self, records: Iterable[Recorded]) -> None:
        """Take in records."""
        for recorded in records:
            kind = type(recorded.event)
            route = self._routes.get(kind)
            if route is None:
                route = self._routes[kind] = self._route(kind)
            for fold in route:
                fold(recorded)

    def ask_ahead(self, records: Sequence[Recorded]) -> None:
        """Let projections fetch what they will need: one query for many records, not one each."""
        for projection in self.projections:
            if isinstance(projection, AsksAhead):
                projection.ask_ahead(records)

    def _route(self, kind: type) -> list[Callable[[Recorded], None]]:
        return [each.fold for each in self.projections if issubclass(kind, each.wants)]


class Folder:
    """Folds the log into projections; rows and checkpoints commit together (law 5)."""

    def __init__(
        self, projections: Sequence[Projection], head: Head, checkpoints: Table = CHECKPOINTS
    ) -> None:
        """Start from `head`, where all these projections stand."""
        self.projections = projections
        self.head = head
        self._routes = Routes(projections)
        self._written = head
        self._checkpoints = checkpoints

    @property
    def pending(self) -> int:
        """Return how many records are folded and not yet written."""
        return self.head.position - self._written.position

    def fold(self, records: Iterable[Recorded], head: Head) -> None:
        """Take in records that follow the head, up to a new one."""
        self._routes.fold(records)
        self.head = head

    def ask_ahead(self, records: Sequence[Recorded]) -> None:
        """Let projections fetch what they will need."""
        self._routes.ask_ahead(records)

    def flush(self, connection: Connection) -> None:
        """Write rows and checkpoints into the caller's transaction, then call `written`.

        All checkpoints come first: who moves them owns the rows until the transaction ends, and a
        rival waits there and is refused before it writes anything.
        Raises: CheckpointMoved if one is not where it was left: another one folds too.
        """
        self._move(connection, self._written, self.head)
        write_out(self.projections, connection)

    def written(self) -> None:
        """Note that the transaction was committed."""
        self._written = self.head

    def take(self) -> Write:
        """Take out what is folded, for another thread to write while more is folded.

        Where that fails this folder is of no use any more. Raises: as `flush`, when it is written.
        """
        if not self.pending:
            return lambda _: None
        changes = [each.take() for each in self.projections if isinstance(each, Takes)]
        require(len(changes) == len(self.projections), "not all of these are read while they fold")
        old, new = self._written, self.head
        self._written = new

        def write(connection: Connection) -> None:
            self._move(connection, old, new)
            for change in changes:
                change(connection)

        return write

    def _move(self, connection: Connection, old: Head, new: Head) -> None:
        names = [projection.name for projection in self.projections]
        move_checkpoints(connection, names, old, new, self._checkpoints)


def checkpoints_of(connection: Connection, table: Table = CHECKPOINTS) -> Mapping[str, Head]:
    """Return where each projection stands."""
    rows = connection.execute(select(table.c.projection, table.c.position, table.c.hash))
    return {name: Head(position=position, hash=hash_) for name, position, hash_ in rows}


def hold_checkpoint(connection: Connection, name: str, table: Table = CHECKPOINTS) -> Head:
    """Return where a projection stands; on a server nobody moves it until the transaction ends."""
    _begin_checkpoints(connection, [name], table)
    query = select(table.c.position, table.c.hash).where(table.c.projection == name)
    position, hash_ = connection.execute(query.with_for_update()).one()
    return Head(position=position, hash=hash_)


def _begin_checkpoints(connection: Connection, names: Sequence[str], table: Table) -> None:
    """Make the rows of projections that were never folded."""
    rows = [{"name": name, "position": 0, "hash": Head().hash} for name in names]
    values = "VALUES (:name, :position, :hash) ON CONFLICT DO NOTHING"
    connection.execute(text(f"INSERT INTO {table.name} {values}"), rows)


def move_checkpoints(
    connection: Connection, names: Sequence[str], old: Head, new: Head, table: Table = CHECKPOINTS
) -> None:
    """Move the checkpoints of projections from where all must be, in one statement.

    Raises: CheckpointMoved if one is elsewhere.
    """
    if old.position == 0:
        _begin_checkpoints(connection, names, table)
    moved = connection.execute(
        update(table)
        .where(table.c.projection.in_(names), table.c.position == bindparam("old"))
        .values(position=new.position, hash=new.hash),
        {"old": old.position},
    )
    if moved.rowcount != len(names):
        at = checkpoints_of(connection, table)
        lost = [name for name in names if at.get(name, Head()).position != new.position] or names
        which = " or ".join(lost)  # where another one has come as far, nothing tells them apart
        raise CheckpointMoved(f"projection {which} is not at {old.position}: another one folds it")
