"""Claims, breaks and ids behind the ledger's ports: a table each, and the batch's overlay.

The overlay is bounded by whoever folds; what is not found there is asked of the table. `prefetch`
only makes that faster: it fetches what a batch names in one query.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any, Final, TypeAlias

import msgspec
from sqlalchemy import Connection, select

from ledger.claim import Claim, settled
from ledger.commands import ClaimRow
from ledger.errors import require
from ledger.events import ClaimManuallyReimbursed, ClaimSettled
from ledger.ports import Break, marks_of
from ledger.vocabulary import ClaimId, Corridor, Party
from projections.claims import (
    Row,
    claim_of,
    corridor_day,
    marks_as_columns,
    row_of,
    settled_columns,
)
from projections.commands import CommandIds
from projections.fold import Write
from projections.tables import Tables
from projections.writing import Connect, insert_rows, keys_of, put_rows, rows_by_key

Placed: TypeAlias = tuple[int, Claim | ClaimSettled]
"""A claim and the position of its settlement; a new one is still its event."""


_ENCODE: Final = msgspec.json.Encoder().encode
_BREAK: Final = msgspec.json.Decoder(Break)
_ROWS: Final = msgspec.json.Decoder(tuple[ClaimRow, ...])


@dataclass(slots=True)
class Overlay:
    """What was folded and may not be in the tables yet."""

    claims: dict[ClaimId, Placed] = field(default_factory=dict)
    new: list[ClaimSettled] = field(default_factory=list)
    changed: set[ClaimId] = field(default_factory=set)
    manual: set[str] = field(default_factory=set)
    breaks: dict[str, Break] = field(default_factory=dict)
    broken: dict[ClaimId, dict[str, Break]] = field(default_factory=dict)
    rows: dict[tuple[Corridor, date, Party], Sequence[ClaimRow]] = field(default_factory=dict)
    indexed: int = 0
    of_day: dict[tuple[Corridor, date], list[ClaimId]] = field(default_factory=dict)
    marked: dict[str, list[ClaimId]] = field(default_factory=dict)

    def index(self) -> None:
        """Index the new claims by day and by mark; only who asks for these pays for it."""
        for event in self.new[self.indexed :]:
            self.of_day.setdefault((event.corridor, event.on), []).append(event.claim_id)
            for mark in marks_of(event, event.medfee_sumamt):
                self.marked.setdefault(mark, []).append(event.claim_id)
        self.indexed = len(self.new)


class SqlStore:
    """The store of the decider, on SQL: tables, and over them what they may not hold yet.

    There are two overlays: `rotate` begins a new one and drops the one before the last, once the
    tables hold that.
    """

    def __init__(self, tables: Tables, connect: Connect, ids: CommandIds) -> None:
        """Read through connections of `connect`; write on flush."""
        self.position = 0
        self.accepted = ids.accepted
        self._tables = tables
        self._connect = connect
        self._now = Overlay()
        self._before = Overlay()
        self._read: dict[ClaimId, Placed] = {}
        self._absent: set[ClaimId] = set()
        self._manual: dict[str, bool] = {}

    def rotate(self) -> None:
        """Begin a new overlay; what was folded before the last one is in the tables."""
        self._before, self._now = self._now, Overlay()

    def prefetch(self, claim_ids: Iterable[ClaimId], marks: Iterable[str] = ()) -> None:
        """Fetch what a batch names, in two queries; forgets what was only read before.

        `marks` of visits are those that may be asked of manual reimbursements.
        """
        self._forget()
        self._fetch_claims([name for name in claim_ids if not self._folded(name)])
        self._fetch_manual(marks)

    def _forget(self) -> None:
        self._read.clear()
        self._absent.clear()
        self._manual.clear()

    # -- claims --------------------------------------------------------------------------------

    def _folded(self, claim_id: ClaimId) -> Placed | None:
        return self._now.claims.get(claim_id) or self._before.claims.get(claim_id)

    def _find(self, claim_id: ClaimId) -> Placed | None:
        found = self._folded(claim_id) or self._read.get(claim_id)
        if found is None and claim_id not in self._absent:
            self._fetch_claims([claim_id])
            found = self._read.get(claim_id)
        return found

    def claim(self, claim_id: ClaimId) -> Claim | None:
        """Return a claim by its id."""
        found = self._find(claim_id)
        if found is None:
            return None
        claim = found[1]
        return settled(claim) if isinstance(claim, ClaimSettled) else claim

    def put_settled(self, event: ClaimSettled) -> None:
        """Remember a new claim; it is made when somebody asks for it."""
        self._now.claims[event.claim_id] = (self.position, event)
        self._now.new.append(event)

    def put_claim(self, claim: Claim) -> None:
        """Remember what has become of a claim."""
        found = self._find(claim.claim_id)
        require(found is not None, f"claim {claim.claim_id} changed before it was settled")
        assert found is not None  # for the type checker
        self._now.claims[claim.claim_id] = (found[0], claim)
        self._now.changed.add(claim.claim_id)

    def claims_of_day(self, corridor: Corridor, day: date) -> Sequence[Claim]:
        """Return the claims of a corridor settled on a day."""
        table = self._tables["claims"]
        query = select(table).where(
            table.c.corridor_day
            == corridor_day(corridor.insured_region, corridor.treatment_region, day)
        )
        with self._connect() as connection:
            rows = connection.execute(query).fetchall()
        names = {self._adopt(row) for row in rows}
        for overlay in self._indexed():
            names.update(overlay.of_day.get((corridor, day), ()))
        return self._all(names)

    def claims_with_marks(self, marks: Iterable[str]) -> Sequence[Claim]:
        """Return the direct claims that carry one of these marks of a visit."""
        wanted = list(marks)
        claims, marks_ = self._tables["claims"].name, self._tables["claim_marks"].name
        query = (
            f"SELECT c.* FROM {marks_} m JOIN {claims} c ON c.claim_id = m.claim_id "  # noqa: S608
            "WHERE m.key IN"
        )
        rows = rows_by_key(self._connect, query, keys_of("mark", wanted))
        names = {self._adopt(row) for row in rows}
        for overlay in self._indexed():
            names.update(name for mark in wanted for name in overlay.marked.get(mark, ()))
        return self._all(names)

    def _indexed(self) -> tuple[Overlay, Overlay]:
        self._now.index()
        self._before.index()
        return self._before, self._now

    def claims_with_open_breaks(self) -> Sequence[Claim]:
        """Return the claims that have an unresolved break."""
        table = self._tables["breaks"]
        query = select(table.c.break_id, table.c.claim_id).where(table.c.unresolved == 1)
        with self._connect() as connection:
            rows = connection.execute(query).fetchall()
        folded = {**self._before.breaks, **self._now.breaks}
        open_ones = {claim_id for name, claim_id in rows if name not in folded}
        open_ones |= {b.claim_id for b in folded.values() if b.state != "RESOLVED"}
        self._fetch_claims([name for name in open_ones if not self._folded(name)])
        return self._all(open_ones)

    def _all(self, names: Iterable[ClaimId]) -> list[Claim]:
        found = (self.claim(name) for name in sorted(names))
        return [claim for claim in found if claim is not None]

    def _fetch_claims(self, names: Sequence[ClaimId]) -> None:
        self._absent.update(names)
        query = f"SELECT * FROM {self._tables['claims'].name} WHERE claim_id IN"  # noqa: S608
        for row in rows_by_key(self._connect, query, names):
            self._adopt(row)

    def _adopt(self, row: Any) -> ClaimId:  # noqa: ANN401 -- a row of `claims`
        """Take in a stored claim, unless a newer one was folded."""
        claim_id = ClaimId(row.claim_id)
        if not self._folded(claim_id):
            self._read[claim_id] = (row.position, claim_of(row))
            self._absent.discard(claim_id)
        return claim_id

    # -- breaks, manual reimbursements, daily reports ------------------------------------------

    def put_manual(self, event: ClaimManuallyReimbursed) -> None:
        """Remember a manual reimbursement by its marks."""
        self._now.manual.update(marks_of(event, event.amount))

    def manual_with_marks(self, marks: Iterable[str]) -> bool:
        """Say whether a manual reimbursement carries one of these marks of a visit."""
        wanted = list(marks)
        if not all(each.manual.isdisjoint(wanted) for each in (self._now, self._before)):
            return True
        self._fetch_manual([mark for mark in wanted if mark not in self._manual])
        return any(self._manual[mark] for mark in wanted)

    def _fetch_manual(self, marks: Iterable[str]) -> None:
        """Note which marks the table of manual reimbursements holds."""
        wanted = list(marks)
        keys = dict(zip(keys_of("mark", wanted), wanted, strict=True))
        query = f"SELECT key FROM {self._tables['manual_marks'].name} WHERE key IN"  # noqa: S608
        self._manual.update(dict.fromkeys(keys.values(), False))
        for (key,) in rows_by_key(self._connect, query, list(keys)):
            self._manual[keys[key]] = True

    def put_break(self, found: Break) -> None:
        """Remember a break."""
        self._now.breaks[found.break_id] = found
        self._now.broken.setdefault(found.claim_id, {})[found.break_id] = found

    def break_by_id(self, break_id: str) -> Break | None:
        """Return a break by its id."""
        found = self._now.breaks.get(break_id) or self._before.breaks.get(break_id)
        if found is not None:
            return found
        table = self._tables["breaks"]
        with self._connect() as connection:
            value = connection.scalar(select(table.c.value).where(table.c.break_id == break_id))
        return _BREAK.decode(value) if value else None

    def breaks_of(self, claim_id: ClaimId) -> Sequence[Break]:
        """Return the breaks of a claim, resolved ones too."""
        table = self._tables["breaks"]
        with self._connect() as connection:
            values = connection.scalars(
                select(table.c.value).where(table.c.claim_id == claim_id)
            ).all()
        found = {each.break_id: each for each in map(_BREAK.decode, values)}
        for overlay in (self._before, self._now):
            found.update(overlay.broken.get(claim_id, {}))
        return [found[name] for name in sorted(found)]

    def put_daily_rows(
        self, corridor: Corridor, day: date, party: Party, rows: Sequence[ClaimRow]
    ) -> None:
        """Remember a party's report, in the place of its last."""
        self._now.rows[(corridor, day, party)] = rows

    def daily_rows(
        self, corridor: Corridor, day: date, party: Party
    ) -> Mapping[ClaimId, ClaimRow] | None:
        """Return a party's last report of a day, or None."""
        key = (corridor, day, party)
        rows = self._now.rows.get(key)
        if rows is None:
            rows = self._before.rows.get(key)
        if rows is None:
            table = self._tables["daily_rows"]
            wanted = (*corridor, day.isoformat(), party)
            query = select(table.c.rows).where(
                *(column == value for column, value in zip(table.primary_key, wanted, strict=True))
            )
            with self._connect() as connection:
                value = connection.scalar(query)
            if value is None:
                return None
            rows = _ROWS.decode(value)
        return {row.claim_id: row for row in rows}

    # -- writing -------------------------------------------------------------------------------

    def flush(self, connection: Connection) -> None:
        """Write what has changed, and empty the overlay."""
        self._write(self._now, connection)
        self._now = Overlay()
        self._forget()

    def take(self) -> Write:
        """Take out what has changed; it stays in the overlay before."""
        self.rotate()
        return partial(self._write, self._before)

    def _write(self, now: Overlay, connection: Connection) -> None:
        """Write what an overlay holds, sorted by key."""
        tables = self._tables
        fresh = {event.claim_id for event in now.new}
        new = [now.claims[name] for name in sorted(fresh)]
        insert_rows(connection, tables["claims"], _untouched(new))
        insert_rows(connection, tables["claims"], _touched(new))
        changed = [now.claims[name] for name in sorted(now.changed - fresh)]
        put_rows(connection, tables["claims"], _touched(changed))
        marks = sorted(zip(*marks_as_columns(now.new), strict=True))
        insert_rows(connection, tables["claim_marks"], marks)
        manual = sorted({(key,) for key in keys_of("mark", now.manual)})
        put_rows(connection, tables["manual_marks"], manual)
        put_rows(connection, tables["breaks"], [_break_row(b) for b in now.breaks.values()])
        rows = [
            (*corridor, day.isoformat(), party, _ENCODE(rows))
            for (corridor, day, party), rows in now.rows.items()
        ]
        put_rows(connection, tables["daily_rows"], rows)


def _untouched(claims: Sequence[Placed]) -> list[tuple[object, ...]]:
    placed = [(at, each) for at, each in claims if isinstance(each, ClaimSettled)]
    columns = settled_columns([at for at, _ in placed], [each for _, each in placed])
    return list(zip(*columns, strict=True))


def _touched(claims: Sequence[Placed]) -> list[Row]:
    return [row_of(at, each) for at, each in claims if isinstance(each, Claim)]


def _break_row(found: Break) -> tuple[str, str, int, bytes]:
    unresolved = int(found.state != "RESOLVED")
    return found.break_id, found.claim_id, unresolved, _ENCODE(found)
