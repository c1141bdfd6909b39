from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, delete

from consumers import projector, rebuild
from consumers.projector import catch_up, fold_log
from eventlog.memory import MemoryLog
from ledger.errors import IntegrityError
from projections.build import NAMES, folder_at, heads
from projections.tables import CHECKPOINTS, OWNED, live
from schemas.envelope import Head
from tests.property.memory import MemoryLedger, empty_books, tables_of
from tests.scenario import world


@pytest.fixture
def ledger() -> Iterator[MemoryLedger]:
    """A month with something in every projection, the books level with the log."""
    made = MemoryLedger()
    made.submit(
        [
            *world.corridor(),
            world.settle("K1", mdtrt_id="V1"),
            world.settle("K2"),
            world.manual(mdtrt_id="V1"),
            world.deduct("K2", "7.00"),
            world.generate(),
            *world.confirm_all(),
            world.notices(),
        ]
    )
    made.flush()
    yield made
    made.close()


def standing(engine: Engine) -> set[int]:
    return {head.position for head in heads(engine).values()}


def test_a_fold_tells_how_far_it_has_come(ledger: MemoryLedger, books: Engine) -> None:
    told: list[int] = []
    fold_log(ledger.log, books, folder_at(books, NAMES, Head()), progress=told.append)
    assert sum(told) == len(ledger.records())
    assert tables_of(books) == ledger.tables()


def test_a_fold_ends_where_it_is_told_and_can_go_on(ledger: MemoryLedger, books: Engine) -> None:
    folder = folder_at(books, NAMES, Head())
    fold_log(ledger.log, books, folder, until=7)
    assert standing(books) == {7}
    fold_log(ledger.log, books, folder)
    assert tables_of(books) == ledger.tables()


def test_a_fold_keeps_what_it_has_written_when_a_record_is_wrong(
    ledger: MemoryLedger, books: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory is bounded: every so many records go to the books; the wrong one is named."""
    monkeypatch.setattr("eventlog.memory.READ_MAX", 3)
    monkeypatch.setattr(projector, "FLUSH_RECORDS", 4)
    values = ledger.records()
    values[7] = values[7].replace(b"340000", b"340001")
    log = MemoryLog()
    log.append(values, expected=Head())
    with pytest.raises(IntegrityError, match="position 9: the record before"):
        fold_log(log, books, folder_at(books, NAMES, Head()))
    assert standing(books) == {6}


@pytest.mark.parametrize("name", NAMES)
def test_a_projection_that_was_left_behind_is_brought_level(
    ledger: MemoryLedger, name: str
) -> None:
    """Each reads the log from where it stands; those that are level are left alone."""
    before = ledger.tables()
    with ledger.engine.begin() as connection:
        for table in OWNED[name]:
            connection.execute(delete(table))
        connection.execute(delete(CHECKPOINTS).where(CHECKPOINTS.c.projection == name))
    catch_up(ledger.log, ledger.engine, NAMES)
    assert ledger.tables() == before


def test_books_of_another_log_are_refused(ledger: MemoryLedger) -> None:
    other = MemoryLedger()
    other.submit(world.three_provinces())
    with pytest.raises(IntegrityError, match="another log"):
        catch_up(MemoryLog(), ledger.engine, NAMES)
    with pytest.raises(IntegrityError):
        catch_up(other.log, ledger.engine, NAMES)
    other.close()


# -- rebuilding ------------------------------------------------------------------------------------


def rebuilt(ledger: MemoryLedger, *, replace: bool = False) -> list[rebuild.Rebuilt]:
    position = ledger.log.head().position
    rebuild.prepare(ledger.engine, NAMES)
    rebuild.fold_again(ledger.log, ledger.engine, NAMES, position)
    return rebuild.settle(ledger.log, ledger.engine, NAMES, replace=replace, alone=False)


def test_a_second_fold_that_is_equal_takes_over(ledger: MemoryLedger) -> None:
    before = ledger.tables()
    found = rebuilt(ledger)
    assert [each.projection for each in found] == [*NAMES]
    assert all(each.switched and each.difference is None for each in found)
    assert ledger.tables() == before
    assert names_of(ledger.engine) == names_of(empty_books())


@pytest.mark.parametrize("replace", [False, True])
def test_a_second_fold_that_differs_takes_over_only_if_asked(
    ledger: MemoryLedger, replace: bool
) -> None:
    right = ledger.tables()
    table = live("balances")["care_days"]
    with ledger.engine.begin() as connection:
        connection.execute(table.update().values(hifp_pay=1))
    wrong = ledger.tables()
    found = {each.projection: each for each in rebuilt(ledger, replace=replace)}
    difference = found["balances"].difference
    assert difference is not None
    assert difference.table == "care_days"
    assert "hifp_pay=1," in str(difference.live)
    assert "hifp_pay=20000" in str(difference.again)
    assert [name for name, each in found.items() if not each.switched] == (
        [] if replace else ["balances"]
    )
    assert ledger.tables() == (right if replace else wrong)


def names_of(engine: Engine) -> list[tuple[str, str]]:
    """The tables, and each with its indexes, whose names a file does not let us change."""
    with engine.connect() as connection:
        rows = connection.exec_driver_sql(
            "SELECT type, tbl_name FROM sqlite_master WHERE name NOT LIKE 'sqlite%'"
        )
        return sorted((kind, table) for kind, table in rows)
