"""Claims, breaks and ids behind the ledger's ports: a table each, and the batch's overlay.

The overlay is bounded by the flush; a lookup that finds nothing there asks the table. `prefetch`
only makes that faster: it fetches what a batch names in one query.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from hashlib import blake2b
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, select

from ledger.claim import Booked, Claim, Inquiry
from ledger.commands import ClaimRow
from ledger.ports import Break
from ledger.record import record
from ledger.vocabulary import ClaimId, CommandId, Corridor, Fen, Item, Party, Period
from projections.tables import Tables
from projections.writing import insert_rows, put_rows

KEY_BYTES: Final = 16
_AT_ONCE: Final = 5_000
"""Keys named in one query; SQLite takes 32,766."""


@record
class Bound:
    """What a command id is bound to: content, place and kind of its answer."""

    digest: bytes
    position: int
    accepted: bool


@record
class Life:
    """What has happened to a claim since its settlement."""

    outstanding: dict[Item, Fen]
    booked: dict[Period, Booked]
    aside: Booked | None
    deductions: dict[CommandId, dict[Item, Fen]]
    reversed: bool
    deferrals: int
    inquiry: Inquiry | None


_ENCODE: Final = msgspec.json.Encoder().encode
_LIFE: Final = msgspec.json.Decoder(Life)
_PARTS: Final = msgspec.json.Decoder(dict[Item, Fen])
_BREAK: Final = msgspec.json.Decoder(Break)
_ROWS: Final = msgspec.json.Decoder(tuple[ClaimRow, ...])


def key_of(kind: str, name: str) -> bytes:
    """Return the 16 bytes by which a name is kept for ever."""
    return blake2b(f"{kind}\0{name}".encode(), digest_size=KEY_BYTES).digest()


class SqlStore:
    """The store of the decider, on SQL."""

    def __init__(self, tables: Tables, connect: Callable[[], Connection]) -> None:
        """Read through connections of `connect`; write on flush."""
        self.position = 0
        self._tables = tables
        self._connect = connect
        self._claims: dict[ClaimId, tuple[int, Claim]] = {}
        self._new: set[ClaimId] = set()
        self._changed: set[ClaimId] = set()
        self._read: set[ClaimId] = set()
        self._absent: set[ClaimId] = set()
        self._claim_keys: list[tuple[bytes, int]] = []
        self._marked: dict[bytes, list[ClaimId]] = {}
        self._of_day: dict[tuple[Corridor, date], list[ClaimId]] = {}
        self._manual: set[bytes] = set()
        self._breaks: dict[str, Break] = {}
        self._broken: dict[ClaimId, dict[str, Break]] = {}
        self._rows: dict[tuple[Corridor, date, Party], Sequence[ClaimRow]] = {}
        self._bound: dict[bytes, Bound] = {}
        self._fetched: dict[bytes, Bound | None] = {}

    # -- commands ------------------------------------------------------------------------------

    def bind(self, command_id: CommandId, bound: Bound) -> None:
        """Remember the answer that an id is bound to."""
        self._bound[key_of("command", command_id)] = bound

    def bound(self, command_id: CommandId) -> Bound | None:
        """Return what an id is bound to."""
        key = key_of("command", command_id)
        found = self._bound.get(key)
        if found is not None:
            return found
        if key not in self._fetched:
            self._fetch_commands([key])
        return self._fetched[key]

    def accepted(self, command_id: CommandId) -> bool:
        """Say whether a command of this id was accepted."""
        found = self.bound(command_id)
        return found is not None and found.accepted

    def prefetch(self, command_ids: Iterable[CommandId], claim_ids: Iterable[ClaimId]) -> None:
        """Fetch what a batch names, in one query a kind; forgets what the last batch named."""
        self._fetched.clear()
        self._absent.clear()
        for claim_id in self._read - self._changed:
            del self._claims[claim_id]
        self._read.clear()
        keys = (key_of("command", name) for name in command_ids)
        self._fetch_commands([key for key in keys if key not in self._bound])
        self._fetch_claims([name for name in claim_ids if name not in self._claims])

    def _fetch_commands(self, keys: Sequence[bytes]) -> None:
        table = self._tables["commands"]
        query = f"SELECT * FROM {table.name} WHERE key IN "  # noqa: S608 -- our own table
        self._fetched.update(dict.fromkeys(keys))
        for key, digest, position, accepted in self._in_chunks(query, keys):
            self._fetched[key] = Bound(
                digest=digest, position=position, accepted=bool(accepted)
            )

    def _in_chunks(self, query: str, keys: Sequence[bytes]) -> list[Any]:
        rows: list[Any] = []
        if keys:
            with self._connect() as connection:
                for start in range(0, len(keys), _AT_ONCE):
                    some = tuple(keys[start : start + _AT_ONCE])
                    marks = ",".join("?" * len(some))
                    rows += connection.exec_driver_sql(f"{query} ({marks})", some).fetchall()
        return rows

    # -- claims --------------------------------------------------------------------------------

    def claim(self, claim_id: ClaimId) -> Claim | None:
        """Return a claim by its id."""
        found = self._claims.get(claim_id)
        if found is None and claim_id not in self._absent:
            self._fetch_claims([claim_id])
            found = self._claims.get(claim_id)
        return found[1] if found else None

    def position_of(self, claim_id: ClaimId) -> int | None:
        """Return the position of a claim's settlement."""
        self.claim(claim_id)
        found = self._claims.get(claim_id)
        return found[0] if found else None

    def put_claim(self, claim: Claim, marks: Iterable[str] = ()) -> None:
        """Remember a claim, and the marks of its visit when it is new."""
        known = self._claims.get(claim.claim_id)
        if known is not None:
            self._claims[claim.claim_id] = (known[0], claim)
            self._changed.add(claim.claim_id)
            return
        self._claims[claim.claim_id] = (self.position, claim)
        self._new.add(claim.claim_id)
        self._claim_keys.append((key_of("claim", claim.claim_id), self.position))
        for mark in marks:
            key = key_of("mark", mark)
            self._claim_keys.append((key, self.position))
            self._marked.setdefault(key, []).append(claim.claim_id)
        self._of_day.setdefault((claim.corridor, claim.on), []).append(claim.claim_id)

    def claims_of_day(self, corridor: Corridor, day: date) -> Sequence[Claim]:
        """Return the claims of a corridor settled on a day."""
        table = self._tables["claims"]
        query = select(table).where(
            table.c.settled_on == day.isoformat(),
            table.c.insured_region == corridor.insured_region,
            table.c.treatment_region == corridor.treatment_region,
        )
        with self._connect() as connection:
            rows = connection.execute(query).fetchall()
        names = [self._adopt(row) for row in rows]
        return self._all({*names, *self._of_day.get((corridor, day), ())})

    def claims_with_marks(self, marks: Iterable[str]) -> Sequence[Claim]:
        """Return the direct claims that carry one of these marks of a visit."""
        keys = [key_of("mark", mark) for mark in marks]
        names = {name for key in keys for name in self._marked.get(key, ())}
        return self._all({*names, *(self._adopt(row) for row in self._rows_by_key(keys))})

    def claims_with_open_breaks(self) -> Sequence[Claim]:
        """Return the claims that have an unresolved break."""
        table = self._tables["breaks"]
        with self._connect() as connection:
            rows = connection.execute(
                select(table.c.break_id, table.c.claim_id).where(table.c.unresolved == 1)
            ).fetchall()
        open_ones = {claim_id for name, claim_id in rows if name not in self._breaks}
        open_ones |= {b.claim_id for b in self._breaks.values() if b.state != "RESOLVED"}
        self._fetch_claims([name for name in open_ones if name not in self._claims])
        return self._all({name for name in open_ones if name in self._claims})

    def _all(self, names: set[ClaimId]) -> list[Claim]:
        return [self._claims[name][1] for name in sorted(names)]

    def _fetch_claims(self, names: Sequence[ClaimId]) -> None:
        self._absent.update(names)
        for row in self._rows_by_key([key_of("claim", name) for name in names]):
            self._adopt(row)

    def _rows_by_key(self, keys: Sequence[bytes]) -> list[Any]:
        claims, names = self._tables["claims"].name, self._tables["claim_keys"].name
        query = (
            f"SELECT c.* FROM {names} k JOIN {claims} c ON c.position = k.position "  # noqa: S608
            "WHERE k.key IN"
        )
        return self._in_chunks(query, keys)

    def _adopt(self, row: Any) -> ClaimId:  # noqa: ANN401 -- a row of `claims`
        """Take a stored claim into the overlay, unless a newer one is there."""
        claim_id = ClaimId(row.claim_id)
        if claim_id not in self._claims:
            self._claims[claim_id] = (row.position, _claim_of(row))
            self._read.add(claim_id)
            self._absent.discard(claim_id)
        return claim_id

    # -- breaks, manual reimbursements, daily reports ------------------------------------------

    def put_manual(self, marks: Iterable[str]) -> None:
        """Remember a manual reimbursement by its marks."""
        self._manual.update(key_of("mark", mark) for mark in marks)

    def manual_with_marks(self, marks: Iterable[str]) -> bool:
        """Say whether a manual reimbursement carries one of these marks of a visit."""
        keys = [key_of("mark", mark) for mark in marks]
        if not self._manual.isdisjoint(keys):
            return True
        name = self._tables["manual_keys"].name
        return bool(self._in_chunks(f"SELECT key FROM {name} WHERE key IN", keys))  # noqa: S608

    def put_break(self, found: Break) -> None:
        """Remember a break."""
        self._breaks[found.break_id] = found
        self._broken.setdefault(found.claim_id, {})[found.break_id] = found

    def break_by_id(self, break_id: str) -> Break | None:
        """Return a break by its id."""
        if break_id in self._breaks:
            return self._breaks[break_id]
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
        stored = {found.break_id: found for found in map(_BREAK.decode, values)}
        found = {**stored, **self._broken.get(claim_id, {})}
        return [found[name] for name in sorted(found)]

    def put_daily_rows(
        self, corridor: Corridor, day: date, party: Party, rows: Sequence[ClaimRow]
    ) -> None:
        """Remember a party's report, in the place of its last."""
        self._rows[(corridor, day, party)] = rows

    def daily_rows(
        self, corridor: Corridor, day: date, party: Party
    ) -> Mapping[ClaimId, ClaimRow] | None:
        """Return a party's last report of a day, or None."""
        rows = self._rows.get((corridor, day, party))
        if rows is None:
            table = self._tables["daily_rows"]
            wanted = (*corridor, day.isoformat(), party)
            with self._connect() as connection:
                value = connection.scalar(
                    select(table.c.rows).where(
                        *(c == v for c, v in zip(table.primary_key, wanted, strict=True))
                    )
                )
            if value is None:
                return None
            rows = _ROWS.decode(value)
        return {row.claim_id: row for row in rows}

    # -- writing -------------------------------------------------------------------------------

    def flush(self, connection: Connection) -> None:
        """Write what has changed, sorted by key, and empty the overlay."""
        tables = self._tables
        commands = sorted(
            (key, bound.digest, bound.position, int(bound.accepted))
            for key, bound in self._bound.items()
        )
        insert_rows(connection, tables["commands"], commands)
        new = [_row_of(*self._claims[name]) for name in self._claims if name in self._new]
        insert_rows(connection, tables["claims"], new)
        changed = sorted(self._changed - self._new)
        put_rows(connection, tables["claims"], [_row_of(*self._claims[n]) for n in changed])
        insert_rows(connection, tables["claim_keys"], sorted(self._claim_keys))
        put_rows(connection, tables["manual_keys"], [(key,) for key in sorted(self._manual)])
        put_rows(connection, tables["breaks"], [_break_row(b) for b in self._breaks.values()])
        rows = [
            (*corridor, day.isoformat(), party, _ENCODE(rows))
            for (corridor, day, party), rows in self._rows.items()
        ]
        put_rows(connection, tables["daily_rows"], rows)
        self._forget()

    def _forget(self) -> None:
        for kept in (
            self._claims,
            self._new,
            self._changed,
            self._read,
            self._absent,
            self._claim_keys,
            self._marked,
            self._of_day,
            self._manual,
            self._breaks,
            self._broken,
            self._rows,
            self._bound,
            self._fetched,
        ):
            kept.clear()


def _break_row(found: Break) -> tuple[str, str, int, bytes]:
    unresolved = int(found.state != "RESOLVED")
    return found.break_id, found.claim_id, unresolved, _ENCODE(found)


def _row_of(position: int, claim: Claim) -> tuple[Any, ...]:
    """Return a claim as a row of `claims`; `life` is empty until something happens to it."""
    touched = (
        claim.booked
        or claim.aside
        or claim.reversed
        or claim.inquiry
        or claim.deferrals
        or claim.deductions
    )
    return (
        position,
        claim.claim_id,
        claim.scheme,
        claim.insured_region,
        claim.treatment_region,
        claim.institution,
        claim.clearing_class,
        claim.med_type,
        claim.on.isoformat(),
        claim.medfee_sumamt,
        claim.psn_cash_pay,
        _ENCODE(claim.items),
        claim.period,
        _ENCODE(_life_of(claim)) if touched else None,
    )


def _life_of(claim: Claim) -> Life:
    return Life(
        outstanding=dict(claim.outstanding),
        booked=dict(claim.booked),
        aside=claim.aside,
        deductions={name: dict(items) for name, items in claim.deductions.items()},
        reversed=claim.reversed,
        deferrals=claim.deferrals,
        inquiry=claim.inquiry,
    )


def _claim_of(row: Any) -> Claim:  # noqa: ANN401 -- a row of `claims`
    items = _PARTS.decode(row.items)
    claim = Claim(
        claim_id=row.claim_id,
        scheme=row.scheme,
        insured_region=row.insured_region,
        treatment_region=row.treatment_region,
        institution=row.institution,
        clearing_class=row.clearing_class,
        med_type=row.med_type,
        on=date.fromisoformat(row.settled_on),
        medfee_sumamt=row.medfee_sumamt,
        psn_cash_pay=row.psn_cash_pay,
        items=items,
        outstanding=items,
        period=row.period,
    )
    if row.life is None:
        return claim
    life = _LIFE.decode(row.life)
    return replace(
        claim,
        outstanding=life.outstanding,
        booked=life.booked,
        aside=life.aside,
        deductions=life.deductions,
        reversed=life.reversed,
        deferrals=life.deferrals,
        inquiry=life.inquiry,
    )

