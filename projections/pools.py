"""Pools: moves of principal, money on the way, hospital payments, quotas; by day."""

from collections.abc import Mapping
from datetime import date
from typing import Final, Literal, TypeAlias

from sqlalchemy import Connection, select

from ledger.events import (
    AdvancePaid,
    AdvanceQuotaAdjusted,
    AdvanceReceived,
    AdvanceReturnPaid,
    AdvanceReturnReceived,
    ClaimSettled,
    ClearingReceived,
    EmergencyIncreaseDecided,
    HospitalPaid,
    HospitalRecovered,
    OfAdvanceLine,
    OfCorridor,
    OfHospital,
    PoolOpened,
)
from ledger.vocabulary import Pair, Scheme
from projections.brought import SettledSums
from projections.tables import Tables
from projections.writing import add_rows, insert_rows, put_rows
from schemas.envelope import Recorded

Measure: TypeAlias = Literal["principal", "in_transit", "in_use"]
_EFFECTS: Final[Mapping[type[OfAdvanceLine], tuple[tuple[Measure, int], ...]]] = {
    AdvancePaid: (("in_transit", 1),),
    AdvanceReceived: (("in_transit", -1), ("principal", 1)),
    AdvanceReturnPaid: (("in_transit", 1), ("principal", -1)),
    AdvanceReturnReceived: (("in_transit", -1),),
}
"""What advance money does to a pool, and with which sign."""


class Pools:
    """Folds the measures of each pool into sums by day (F2, F18)."""

    name = "pools"
    wants: tuple[type, ...] = (
        ClaimSettled,
        PoolOpened,
        AdvanceQuotaAdjusted,
        EmergencyIncreaseDecided,
        OfAdvanceLine,
        ClearingReceived,
        OfHospital,
    )

    def __init__(self, tables: Tables) -> None:
        """Start with nothing folded."""
        self._tables = tables
        self._since: dict[Pair, tuple[Scheme, date]] = {}
        self._earlier: set[Pair] = set()
        self._sums: dict[tuple[Pair, date, Measure], int] = {}
        self._quotas: list[tuple[object, ...]] = []

    def fold(self, recorded: Recorded) -> None:
        """Note what an event does to a pool."""
        event = recorded.event
        match event:
            case ClaimSettled():
                self._seen(_pair(event), event.scheme, event.on)
            case PoolOpened():
                self._seen(_pair(event), event.scheme, event.on)
                self._add(event, "principal", event.principal)
                self._quota(recorded, event, event.principal, sized=True)
            case AdvanceQuotaAdjusted():
                self._quota(recorded, event, event.quota, sized=True)
            case EmergencyIncreaseDecided():
                self._quota(recorded, event, event.approved_amount, sized=False)
            case OfAdvanceLine():
                for measure, sign in _EFFECTS[type(event)]:
                    self._add(event, measure, sign * event.amount)
            case ClearingReceived():
                self._add(event, "in_use", -event.amount)
            case HospitalPaid() | HospitalRecovered():
                self._add_hospital(event)
            case _:
                pass

    def add_settled(self, sums: SettledSums) -> None:
        """Note what settlements do."""
        for on, insured, treatment, scheme, _ in sums:
            self._seen((insured, treatment), scheme, on)

    def _seen(self, pair: Pair, scheme: Scheme, on: date) -> None:
        """Note from which day on there is a corridor."""
        known = self._since.get(pair)
        if known is None or on < known[1]:
            self._since[pair] = (scheme, on)
            self._earlier.add(pair)

    def _add(self, event: OfCorridor, measure: Measure, amount: int) -> None:
        key = (_pair(event), event.on, measure)
        self._sums[key] = self._sums.get(key, 0) + amount

    def _add_hospital(self, event: OfHospital) -> None:
        sign = 1 if isinstance(event, HospitalPaid) else -1
        for line in event.lines:
            key: tuple[Pair, date, Measure] = (
                (line.insured_region, event.treatment_region),
                event.on,
                "in_use",
            )
            self._sums[key] = self._sums.get(key, 0) + sign * line.amount

    def _quota(self, recorded: Recorded, event: OfCorridor, amount: int, *, sized: bool) -> None:
        """Note a quota: set anew (`sized`), or increased."""
        day = event.on.isoformat()
        self._quotas.append((*_pair(event), recorded.position, day, int(sized), amount))

    def flush(self, connection: Connection) -> None:
        """Add the sums to the table."""
        rows = [
            (*pair, day.isoformat(), measure, amount)
            for (pair, day, measure), amount in sorted(self._sums.items())
        ]
        add_rows(connection, self._tables["pool_days"], rows)
        insert_rows(connection, self._tables["quotas"], self._quotas)
        self._write_since(connection)
        self._sums.clear()
        self._quotas.clear()

    def _write_since(self, connection: Connection) -> None:
        """Write each corridor whose first day is new or earlier than the table's."""
        if not self._earlier:
            return
        table = self._tables["corridors"]
        stored = {(i, t): since for _, i, t, since in connection.execute(select(table))}
        rows = []
        for pair in sorted(self._earlier):
            scheme, since = self._since[pair]
            day = since.isoformat()
            if day < stored.get(pair, "9999-99-99"):
                rows.append((scheme, *pair, day))
        put_rows(connection, table, rows)
        self._earlier.clear()


def _pair(event: OfCorridor) -> Pair:
    return event.insured_region, event.treatment_region
