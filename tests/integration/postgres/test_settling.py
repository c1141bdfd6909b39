"""Copies that are put in place while the live tables go on and a server keeps house."""

from collections.abc import Callable, Iterator, Sequence
from time import sleep
from typing import Any

import pytest
from sqlalchemy import Engine, text

from consumers.rebuild import prepare, settle
from eventlog.memory import MemoryLog
from projections import beside
from projections.build import NAMES
from projections.keys import make_keys
from projections.tables import flat
from tests.property.memory import MemoryLedger, tables_of
from tests.scenario import world
from tests.services.processes import wait_for as until


class _Overtaken:
    """A log whose first reader is slow, and finds that the live tables have gone on meanwhile."""

    def __init__(self, log: MemoryLog, meanwhile: Callable[[], object]) -> None:
        self._log = log
        self._meanwhile: list[Callable[[], object]] = [meanwhile]

    def read(self, **where: Any) -> Iterator[Sequence[tuple[int, bytes]]]:
        yield from self._log.read(**where)
        while self._meanwhile:
            sleep(0.5)  # all others have seen by now how far they have to fold at first
            self._meanwhile.pop()()


@pytest.mark.parametrize("few", [0, 5_000])
def test_all_copies_may_have_to_fold_more_before_they_take_over(
    few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Goal: none waits for a connection that another one keeps while it waits for the log.

    `few`: how much may be folded while the live tables stand still, or else before that.
    """
    monkeypatch.setattr("consumers.rebuild._FEW", few)
    ledger = MemoryLedger()
    ledger.submit([*world.corridor(), world.settle("K1")])
    ledger.flush()

    def go_on() -> None:
        ledger.submit([world.settle("K2")])
        ledger.flush()

    prepare(ledger.engine, NAMES)
    make_keys(ledger.engine, flat(beside.copies(NAMES)))
    log: Any = _Overtaken(ledger.log, go_on)
    settled = settle(log, ledger.engine, NAMES, replace=False, alone=False)
    assert [each.switched for each in settled] == [True] * len(NAMES)
    assert {each.position for each in settled} == {ledger.log.head().position}
    assert [row[1] for row in tables_of(ledger.engine)["claims"]] == ["K1", "K2"]
    ledger.close()


def test_nobody_keeps_house_in_tables_that_copies_will_replace() -> None:
    """Goal: autovacuum passes them over. Method: ask what it asks; write, also into a new month."""
    ledger = MemoryLedger()
    ledger.submit([*world.corridor(), world.settle("K1")])
    ledger.flush()
    parts = sorted([*_parts(ledger.engine, "claims"), *_parts(ledger.engine, "care_days")])
    assert len(parts) > 16
    with beside.awaited(ledger.engine, NAMES):
        until(lambda: _locked(ledger.engine) >= {*parts, "commands"}, None, 10, "locks")
        ledger.submit([world.settle("K2", on="2025-04-09")])
        ledger.flush()
        assert len(tables_of(ledger.engine)["claims"]) == 2
    assert _locked(ledger.engine) == set()
    ledger.close()


def test_who_keeps_house_by_hand_is_let_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("projections.postgres._VACUUM_MS", 500)
    ledger = MemoryLedger()
    with ledger.engine.begin() as connection:
        connection.execute(text("LOCK TABLE commands IN SHARE UPDATE EXCLUSIVE MODE"))
        with beside.awaited(ledger.engine, NAMES):
            until(lambda: "breaks" in _locked(ledger.engine), None, 10, "locks")
            until(lambda: _locked(ledger.engine) == {"commands"}, None, 10, "their end")
        assert _locked(ledger.engine) == {"commands"}
    ledger.close()


def _parts(engine: Engine, table: str) -> list[str]:
    query = "SELECT relid::regclass::text FROM pg_partition_tree(:table) WHERE isleaf"
    with engine.connect() as connection:
        return list(connection.scalars(text(query), {"table": table}))


def _locked(engine: Engine) -> set[str]:
    """The tables of this ledger that autovacuum would pass over."""
    query = """
        SELECT c.relname FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
        WHERE l.granted AND l.mode = 'ShareUpdateExclusiveLock' AND c.relkind = 'r'
        AND c.relnamespace = current_schema()::regnamespace
    """
    with engine.connect() as connection:
        return set(connection.scalars(text(query)))
