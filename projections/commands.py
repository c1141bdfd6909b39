"""Which command ids are bound, to what content and to which answer. Kept for ever."""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Final, NamedTuple

from sqlalchemy import Connection

from ledger.errors import UNBOUND
from ledger.events import CommandRefused, Happened
from ledger.vocabulary import CommandId
from projections.fold import Write
from projections.tables import Tables
from projections.writing import Connect, insert_rows, keys_of, rows_by_key
from schemas.envelope import Recorded

_DIGEST_BYTES: Final = 16
"""How much of a content's SHA-256 is kept."""
_DIGITS: Final = 2 * _DIGEST_BYTES


class Bound(NamedTuple):
    """What a command id is bound to: content, place, and 1 if it was accepted."""

    digest: bytes
    position: int
    accepted: int

    def same_content(self, digest: bytes) -> bool:
        """Say whether a command of this content is the one that is bound."""
        return self.digest == digest[:_DIGEST_BYTES]


class CommandIds:
    """The ids: a table, and what the next flush will add to it."""

    name = "commands"
    wants: tuple[type, ...] = (Happened,)

    def __init__(self, tables: Tables, connect: Connect) -> None:
        """Read through connections of `connect`."""
        self._table = tables["commands"]
        self._connect = connect
        self._bound: dict[CommandId, Bound] = {}
        self._before: dict[CommandId, Bound] = {}
        self._fetched: dict[CommandId, Bound | None] = {}

    def prefetch(self, command_ids: Iterable[CommandId]) -> None:
        """Fetch what a batch names, in one query; forgets what the last batch named."""
        self._fetched = dict.fromkeys(name for name in command_ids if not self._folded(name))
        keys = dict(zip(keys_of("command", self._fetched), self._fetched, strict=True))
        query = f"SELECT key, digest, position, accepted FROM {self._table.name} WHERE key IN"  # noqa: S608 -- our own table
        for key, digest, position, accepted in rows_by_key(self._connect, query, list(keys)):
            self._fetched[keys[key]] = Bound(digest, position, accepted)

    def bound(self, command_id: CommandId) -> Bound | None:
        """Return what an id is bound to."""
        found = self._folded(command_id)
        if found is not None:
            return found
        if command_id not in self._fetched:
            others = self._fetched
            self.prefetch([command_id])
            self._fetched.update(others)
        return self._fetched[command_id]

    def _folded(self, command_id: CommandId) -> Bound | None:
        return self._bound.get(command_id) or self._before.get(command_id)

    def rotate(self) -> None:
        """Begin a new overlay; what was folded before the last one is in the table."""
        self._before, self._bound = self._bound, {}

    def accepted(self, command_id: CommandId) -> bool:
        """Say whether a command of this id was accepted."""
        found = self.bound(command_id)
        return found is not None and bool(found.accepted)

    def fold(self, recorded: Recorded) -> None:
        """Bind a command's id with its last record."""
        found = bound_by(recorded)
        if found is not None:
            self._bound[CommandId(recorded.command_id)] = found

    def flush(self, connection: Connection) -> None:
        """Write the new ids."""
        self._write(self._bound, connection)
        self._bound.clear()
        self._fetched.clear()

    def take(self) -> Write:
        """Take out the new ids."""
        self.rotate()
        return partial(self._write, self._before)

    def _write(self, bound: Mapping[CommandId, Bound], connection: Connection) -> None:
        """Write ids, sorted by key."""
        keys = keys_of("command", bound)
        rows = sorted((key, *each) for key, each in zip(keys, bound.values(), strict=True))
        insert_rows(connection, self._table, rows)


def bound_by(recorded: Recorded) -> Bound | None:
    """Return what a record binds its command's id to, if it is the last and binds it at all."""
    if not recorded.last:
        return None
    accepted = 1
    event = recorded.event
    if isinstance(event, CommandRefused):
        if event.reason in UNBOUND:
            return None
        accepted = 0
    return Bound(kept(recorded.digest), recorded.position - recorded.step, accepted)


def kept(digest: str) -> bytes:
    """Return what is kept of a content's SHA-256."""
    return bytes.fromhex(digest[:_DIGITS])
