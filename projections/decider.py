"""The decider's memory: registers, corridors, claims, ids. Folded live and on rebuild alike."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final, get_args

import msgspec
from sqlalchemy import Connection, select

from ledger.corridor import CorridorState
from ledger.digest import MemberDigest
from ledger.events import ClaimSettled, Fact, OfClaim, OfCorridor
from ledger.evolve import evolve
from ledger.reference import Reference
from ledger.state import SchemeState, State
from ledger.vocabulary import Corridor, RegionCode, Scheme
from projections.commands import CommandIds
from projections.fold import Write
from projections.settlements import Periods
from projections.store import SqlStore
from projections.tables import Tables
from projections.writing import Connect, put_rows
from schemas.envelope import Recorded


def _encode_digest(value: Any) -> str:  # noqa: ANN401 -- msgspec's own signature
    if isinstance(value, MemberDigest):
        return value.hex()
    raise NotImplementedError(type(value).__name__)


def _decode_digest(kind: type, value: Any) -> Any:  # noqa: ANN401 -- msgspec's own signature
    if kind is MemberDigest:
        return MemberDigest.from_hex(value)
    raise NotImplementedError(kind.__name__)


_ENCODE: Final = msgspec.json.Encoder(enc_hook=_encode_digest).encode


def _encoded(known: CorridorState) -> bytes:
    """Return a corridor as it is stored: periods in their order, whichever was met first."""
    return _ENCODE(replace(known, totals=dict(sorted(known.totals.items()))))


def _decode(kind: type, value: bytes) -> Any:  # noqa: ANN401 -- the kind says it
    return msgspec.json.decode(value, type=kind, dec_hook=_decode_digest)


class DeciderTables:
    """The folded state with its store."""

    name = "decider"
    wants: tuple[type, ...] = get_args(Fact)

    def __init__(
        self, tables: Tables, connect: Connect, ids: CommandIds, settled: Periods | None = None
    ) -> None:
        """Load what is small; the rest is asked for by name.

        `settled` are the sums of claims that were folded apart, where the tables hold nothing else.
        """
        self.store = SqlStore(tables, connect, ids)
        self.state = State(store=self.store)
        self._states = tables["states"]
        self._touched: set[tuple[Scheme, RegionCode, RegionCode]] = set()
        self._registers = False
        with connect() as connection:
            self._load(connection)
        for corridor, totals in (settled or {}).items():
            self.state.corridors[corridor] = CorridorState(totals=totals)
            self._touched.add(corridor)

    def _load(self, connection: Connection) -> None:
        for name, value in connection.execute(select(self._states)):
            kind, _, rest = name.partition("/")
            match kind:
                case "reference":
                    self.state.reference = _decode(Reference, value)
                case "books":
                    self.state.books = _decode(dict[RegionCode, date], value)
                case "scheme":
                    self.state.schemes[rest] = _decode(SchemeState, value)
                case _:
                    key = Corridor(*rest.split("/"))
                    self.state.corridors[key] = _decode(CorridorState, value)

    def fold(self, recorded: Recorded) -> None:
        """Evolve the state."""
        event = recorded.event
        self.store.position = recorded.position
        evolve(self.state, event)
        if isinstance(event, OfCorridor):
            self._touched.add((event.scheme, event.insured_region, event.treatment_region))
        else:
            self._registers = True

    def ask_ahead(self, records: Sequence[Recorded]) -> None:
        """Fetch the claims to which something happens in these records."""
        events = [each.event for each in records]
        names = {
            event.claim_id
            for event in events
            if isinstance(event, OfClaim) and not isinstance(event, ClaimSettled)
        }
        self.store.prefetch(sorted(names))

    def flush(self, connection: Connection) -> None:
        """Write what has changed."""
        put_rows(connection, self._states, self._take_states())
        self.store.flush(connection)

    def take(self) -> Write:
        """Take out what has changed."""
        states, claims = self._take_states(), self.store.take()

        def write(connection: Connection) -> None:
            put_rows(connection, self._states, states)
            claims(connection)

        return write

    def _take_states(self) -> list[tuple[str, bytes]]:
        """Return corridors and registers that have changed, as rows."""
        rows = [
            (f"corridor/{'/'.join(key)}", _encoded(self.state.corridors[Corridor(*key)]))
            for key in sorted(self._touched & self.state.corridors.keys())
        ]
        if self._registers:
            rows.append(("reference", _ENCODE(self.state.reference)))
            rows.append(("books", _ENCODE(self.state.books)))
            rows += [(f"scheme/{k}", _ENCODE(v)) for k, v in self.state.schemes.items()]
        self._touched.clear()
        self._registers = False
        return rows
