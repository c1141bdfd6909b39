from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, delete, event, select, update

from consumers.decider import DECIDING, Decider
from ledger.errors import CheckpointMoved, IntegrityError, TransientError
from ledger.events import ClaimSettled, Happened, OfClaim
from projections.build import NAMES, check_within, flush, folder_at, heads
from projections.database import make_tables, open_database, snapshot, translated
from projections.fold import Folder
from projections.tables import CHECKPOINTS, live
from schemas.envelope import Head, Recorded
from tests.property.memory import MemoryLedger, tables_of
from tests.scenario import world

COMMON = [*world.corridor(), world.settle("K1"), world.settle("K2")]
LATER = (
    [world.settle("K3", mdtrt_id="V3"), world.deduct("K1", "5.00")],
    [world.deduct("K3", "6.00"), world.manual(mdtrt_id="V4")],  # of a claim that is taken out
    [world.settle("K4", mdtrt_id="V4"), world.settle("K3"), world.generate()],
    [*world.confirm_all()],
)


@pytest.fixture
def ledger() -> Iterator[MemoryLedger]:
    """A ledger with a corridor and two claims, its books level with its log."""
    made = MemoryLedger()
    made.submit([*COMMON])
    made.flush()
    yield made
    made.close()


def records_after(ledger: MemoryLedger, *lines: world.Command) -> list[Recorded]:
    """Decide more commands and return their records as they were folded."""
    kept: list[Recorded] = []
    fold = ledger.folder.fold

    def keep(records: list[Recorded], head: Head) -> None:
        kept.extend(records)
        fold(records, head)

    ledger.folder.fold = keep  # type: ignore[method-assign, assignment]
    ledger.submit(list(lines))
    return kept


# -- written by another thread ---------------------------------------------------------------------


def test_what_is_taken_out_is_written_later_and_readable_until_then(ledger: MemoryLedger) -> None:
    """Deciding goes on between the two; in the end the tables are those of a plain fold."""
    plain = MemoryLedger()
    for made, take in ((ledger, True), (plain, False)):
        if not take:
            made.submit([*COMMON])
            made.flush()
        folder = made.folder = folder_at(made.engine, DECIDING, made.log.head())
        made.decider = Decider(made.log, folder)
        for lines in LATER:
            written = folder.take() if take else None
            made.submit([*lines])
            if written is not None:
                with made.engine.begin() as connection:
                    written(connection)
        with made.engine.begin() as connection:
            folder.take()(connection)
    assert ledger.records() == plain.records()
    assert tables_of(ledger.engine) == tables_of(plain.engine)
    plain.close()


def test_only_what_is_read_while_it_folds_can_be_taken_out(ledger: MemoryLedger) -> None:
    ledger.submit([world.settle("K3")])
    with pytest.raises(IntegrityError, match="not all of these are read while they fold"):
        ledger.folder.take()


def test_where_nothing_was_folded_nothing_is_written(ledger: MemoryLedger) -> None:
    before = tables_of(ledger.engine)
    with ledger.engine.begin() as connection:
        ledger.folder.take()(connection)
    assert tables_of(ledger.engine) == before


# -- two that fold ---------------------------------------------------------------------------------


def test_a_second_fold_stops_at_the_checkpoint_that_moved(ledger: MemoryLedger) -> None:
    """Law 5: sums would be added twice without a word; the checkpoint alone tells."""
    second = folder_at(ledger.engine, ["balances"], ledger.log.head())
    records = records_after(ledger, world.deduct("K1", "5.00"), world.settle("K3"))
    second.fold(records, ledger.folder.head)
    ledger.flush()
    before = tables_of(ledger.engine)
    with pytest.raises(CheckpointMoved, match=r"projection balances is not at \d+: another one"):
        flush(ledger.engine, second)
    assert tables_of(ledger.engine) == before


def test_a_second_fold_of_everything_writes_nothing(ledger: MemoryLedger) -> None:
    second = folder_at(ledger.engine, NAMES, ledger.log.head())
    second.fold(records_after(ledger, world.settle("K3")), ledger.folder.head)
    ledger.flush()
    before = tables_of(ledger.engine)
    with pytest.raises(CheckpointMoved, match="another one folds it"):
        flush(ledger.engine, second)
    assert tables_of(ledger.engine) == before


def test_two_that_begin_with_empty_books_do_not_both_write(ledger: MemoryLedger) -> None:
    """At position 0 there is no row yet to be compared: the row that came first decides."""
    first = MemoryLedger()
    second = folder_at(first.engine, ["balances"], Head())
    second.fold(records_after(first, *world.corridor(), world.settle("K1")), first.folder.head)
    first.flush()
    before = tables_of(first.engine)
    with pytest.raises(CheckpointMoved, match="projection balances is not at 0: another one"):
        flush(first.engine, second)
    assert tables_of(first.engine) == before
    first.close()


@pytest.mark.parametrize("name", NAMES)
def test_any_checkpoint_that_moved_stops_the_whole_flush(ledger: MemoryLedger, name: str) -> None:
    with ledger.engine.begin() as connection:
        mine = CHECKPOINTS.c.projection == name
        connection.execute(update(CHECKPOINTS).where(mine).values(position=1))
    before = tables_of(ledger.engine)
    ledger.submit([world.settle("K3"), world.deduct("K1", "5.00")])
    with pytest.raises(CheckpointMoved, match=f"projection {name} is not at"):
        ledger.flush()
    assert tables_of(ledger.engine) == before


def test_a_checkpoint_that_is_gone_stops_the_whole_flush(ledger: MemoryLedger) -> None:
    with ledger.engine.begin() as connection:
        connection.execute(delete(CHECKPOINTS).where(CHECKPOINTS.c.projection == "pools"))
    before = tables_of(ledger.engine)
    ledger.submit([world.settle("K3")])
    with pytest.raises(CheckpointMoved, match="projection pools is not at"):
        ledger.flush()
    assert tables_of(ledger.engine) == before


def test_a_flush_that_failed_can_be_done_again(ledger: MemoryLedger) -> None:
    """What is pending stays pending until the transaction was committed."""
    ledger.submit([world.settle("K3")])
    folder = ledger.folder
    assert folder.pending == 1
    with ledger.engine.connect() as connection:
        folder.flush(connection)
        assert folder.pending == 1
        connection.rollback()
    assert folder.pending == 1


# -- routes and checkpoints ------------------------------------------------------------------------


class Kept:
    """Keeps the events of a kind and of all kinds below."""

    name = "kept"

    def __init__(self, *wants: type) -> None:
        self.wants = wants
        self.seen: list[str] = []

    def fold(self, recorded: Recorded) -> None:
        self.seen.append(type(recorded.event).__name__)

    def flush(self, _: object) -> None:
        self.seen.clear()


def test_an_event_goes_to_those_who_want_it_or_one_of_its_kind(ledger: MemoryLedger) -> None:
    records = records_after(
        ledger, world.settle("K3"), world.deduct("K1", "1.00"), world.hold("K2")
    )
    everything, claims, settled = Kept(Happened), Kept(OfClaim), Kept(ClaimSettled)
    folder = Folder([everything, claims, settled], Head())
    folder.fold(records, ledger.folder.head)
    assert everything.seen == ["ClaimSettled", "ClaimAuditDeducted", "ClaimHeld"]
    assert claims.seen == ["ClaimAuditDeducted", "ClaimHeld"]
    assert settled.seen == ["ClaimSettled"]
    assert folder.head == ledger.folder.head


def test_an_empty_batch_moves_nothing() -> None:
    folder = Folder([Kept(Happened)], Head(3, bytes(32)))
    folder.fold([], folder.head)
    assert (folder.head, folder.pending) == (Head(3, bytes(32)), 0)


def test_all_projections_stand_where_the_log_ends(ledger: MemoryLedger) -> None:
    assert heads(ledger.engine) == dict.fromkeys(NAMES, ledger.log.head())


def test_a_projection_that_was_never_folded_stands_at_the_beginning() -> None:
    engine = open_database("sqlite://", writer=True)
    make_tables(engine)
    assert heads(engine) == dict.fromkeys(NAMES, Head())
    engine.dispose()


@pytest.mark.parametrize(
    ("books", "log", "within"),
    [
        (Head(), Head(), True),
        (Head(), Head(5, b"5"), True),
        (Head(5, b"5"), Head(5, b"5"), True),
        (Head(4, b"x"), Head(5, b"5"), True),
        (Head(5, b"x"), Head(5, b"5"), False),
        (Head(6, b"6"), Head(5, b"5"), False),
        (Head(6, b"6"), Head(), False),
    ],
)
def test_books_beyond_their_log_are_of_another_one(books: Head, log: Head, within: bool) -> None:
    if within:
        check_within(books, log)
        assert books.position <= log.position
    else:
        with pytest.raises(IntegrityError, match="of another log"):
            check_within(books, log)


def test_a_flush_without_news_writes_nothing(ledger: MemoryLedger) -> None:
    """Not even a checkpoint: another one may have moved it."""
    before = tables_of(ledger.engine)
    flush(ledger.engine, folder_at(ledger.engine, NAMES, Head(9_999, b"")))
    assert tables_of(ledger.engine) == before


def test_claims_that_a_batch_changes_are_fetched_in_one_query(ledger: MemoryLedger) -> None:
    """Folding asks for them one by one; on a server each question would be a journey."""
    claims = [f"C{number}" for number in range(30)]
    ledger.submit([world.settle(claim) for claim in claims])
    ledger.restart()
    folder = folder_at(ledger.engine, NAMES, ledger.log.head())
    records = records_after(ledger, *(world.deduct(claim, "1.00") for claim in claims))
    asked: list[str] = []

    @event.listens_for(ledger.engine, "before_cursor_execute")
    def note(_: object, __: object, statement: str, *___: object) -> None:
        asked.append(statement)

    folder.ask_ahead(records)
    folder.fold(records, ledger.folder.head)
    assert len([each for each in asked if "claims" in each]) == 1
    event.remove(ledger.engine, "before_cursor_execute", note)


# -- the database ----------------------------------------------------------------------------------


def test_a_row_that_the_database_refuses_is_a_broken_invariant(ledger: MemoryLedger) -> None:
    table = live("decider")["claims"]
    with snapshot(ledger.engine) as books:
        row = dict(books.execute(select(table)).mappings().all()[0])
    with pytest.raises(IntegrityError, match="refuses a row"), translated():
        add_again(ledger.engine, row)


def add_again(engine: Engine, row: dict[str, object]) -> None:
    with engine.begin() as connection:
        connection.execute(live("decider")["claims"].insert(), [row])


def test_a_database_without_tables_may_have_them_later(engine_without_tables: Engine) -> None:
    with pytest.raises(TransientError, match="there are no books in this database yet"):
        heads(engine_without_tables)


@pytest.fixture
def engine_without_tables() -> Iterator[Engine]:
    engine = open_database("sqlite://", writer=True)
    yield engine
    engine.dispose()


def test_a_snapshot_is_one_moment(ledger: MemoryLedger) -> None:
    with snapshot(ledger.engine) as books:
        counted = len(books.execute(select(live("decider")["claims"])).all())
    assert counted == 2
