"""Whoever changes a byte of the log or a row of the books is found out, and the place is named.

The triggers of the log's file are dropped first: the tamperer is the database's administrator.
"""

import random
import re
import sqlite3
from contextlib import closing
from itertools import pairwise

import pytest

from consumers.verify import proven
from eventlog.memory import MemoryLog
from ledger.errors import IntegrityError
from projections.tables import OWNED
from schemas.envelope import Head
from tests.cli.program import Place, lines_of
from tests.scenario import world

from .books import verified

TABLES = {table.name: name for name, owned in OWNED.items() for table in owned}
KEYS = {t.name: [c.name for c in t.primary_key] for owned in OWNED.values() for t in owned}


def whole_cycle() -> bytes:
    """A month from its claims to its closing: a row in every table of the books."""
    break_id = "MISSING_AT_INSURED:K2"
    return lines_of(
        [
            *world.corridor(),
            world.size("60.00"),
            world.settle("K1", mdtrt_id="M1", person_token="P1"),
            world.settle("K2", on="2025-03-06"),
            world.resident("K3", on="2025-03-07"),
            world.manual(mdtrt_id="M9"),
            world.deduct("K1", "7.00"),
            *world.missing_at_insured("K2", date="2025-03-06"),
            world.resolve(break_id),
            world.generate(),
            world.dispute("K3"),
            *world.confirm_all(),
            world.notices(),
            *world.paid_and_received("193.00"),
            world.pay_hospital([(world.AH, "193.00")]),
            world.close_period(),
        ]
    )


@pytest.fixture(scope="module")
def ledger(tmp_path_factory):
    place = Place(tmp_path_factory.mktemp("small"))
    ended = place.call("submit", "-", stdin=whole_cycle())
    assert (ended.status, ended.err) == (0, "")
    with closing(sqlite3.connect(place.books)) as books:
        rows = {t: books.execute(f"SELECT count(*) FROM {t}").fetchone()[0] for t in TABLES}
    assert all(rows.values()), rows
    return place


@pytest.fixture
def copy(ledger, new_place):
    """A copy of the ledger, to be tampered with; its log has no triggers any more."""
    place = new_place(ledger)
    with closing(sqlite3.connect(place.log)) as log:
        names = log.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (name,) in names:
            log.execute(f"DROP TRIGGER {name}")
    return place


def change(path, query, *values):
    with closing(sqlite3.connect(path)) as database:
        done = database.execute(query, values).rowcount
        database.commit()
    assert done == 1


def stored(place: Place) -> list[bytes]:
    with closing(sqlite3.connect(place.log)) as log:
        return [value for (value,) in log.execute("SELECT value FROM records ORDER BY position")]


def flipped(value: bytes, place: int) -> bytes:
    changed = bytearray(value)
    changed[place] ^= 1 << place % 8
    return bytes(changed)


def names(finding: str, position: int) -> bool:
    """Tell whether a sentence leads to a record: by its position, or as the one before the next."""
    found = re.search(r"position (\d+)", finding)
    assert found, finding
    named = int(found[1])
    return named == position or (named == position + 1 and "the record before" in finding)


# -- the log ---------------------------------------------------------------------------------------


def test_an_untouched_copy_is_whole(copy):
    assert verified(copy) == []


def test_every_changed_byte_of_the_log_is_found_and_its_record_named(ledger):
    """The law: no byte can be changed. Method: one bit of every byte of every record, in turn.

    What is called here is the part of verify that reads the log; the next test takes all of it.
    """
    values = stored(ledger)
    log = MemoryLog()
    log.append(values, expected=Head())
    head = log.head()
    assert sum(len(batch) for batch in proven(log, head)) == len(values)
    for index, value in enumerate(values):
        for place in range(len(value)):
            log._values[index] = flipped(value, place)
            with pytest.raises(IntegrityError) as stopped:
                list(proven(log, head))
            assert names(str(stopped.value), index + 1), (index + 1, place, str(stopped.value))
        log._values[index] = value


def test_verify_tells_of_a_changed_byte_of_any_record(copy):
    """Goal: the call itself, on the file. Method: a random byte of every record."""
    for position, value in enumerate(stored(copy), 1):
        place = random.randrange(len(value))
        change(copy.log, "UPDATE records SET value = ? WHERE position = ?", flipped(value, place), position)  # fmt: skip
        ended = copy.call("verify")
        assert (ended.status, ended.err) == (1, ""), (position, place, ended)
        (finding,) = ended.out.splitlines()
        assert names(finding, position), (position, place, finding)
        change(copy.log, "UPDATE records SET value = ? WHERE position = ?", value, position)
    assert copy.call("verify").status == 0


def test_a_record_that_was_taken_out_is_named(copy):
    last = len(stored(copy))
    for position, value in enumerate(stored(copy), 1):
        change(copy.log, "DELETE FROM records WHERE position = ?", position)
        (finding,) = verified(copy)
        if position < last:
            assert f"position {position} expected, found {position + 1}" in finding
        else:
            assert f"it ends at position {last - 1}, the books at {last}" in finding
        change(copy.log, "INSERT INTO records VALUES (?, ?)", position, value)
    assert verified(copy) == []


def test_two_records_that_changed_places_are_named(copy):
    values = stored(copy)
    for position, (one, other) in enumerate(pairwise(values), 1):
        put = "UPDATE records SET value = ? WHERE position = ?"
        change(copy.log, put, other, position)
        change(copy.log, put, one, position + 1)
        (finding,) = verified(copy)
        assert names(finding, position), finding
        change(copy.log, put, one, position)
        change(copy.log, put, other, position + 1)


def test_a_record_that_was_slipped_in_is_named(copy):
    values = stored(copy)
    change(copy.log, "INSERT INTO records VALUES (?, ?)", len(values) + 1, values[-1])
    (finding,) = verified(copy)
    assert f"position {len(values) + 1}" in finding


def test_an_end_that_was_made_anew_is_found(copy):
    """The last record with another content, well-formed and rightly chained."""
    values = stored(copy)
    other = values[-1].replace(b'"on":"2025-06-01"', b'"on":"2025-06-02"')
    assert other != values[-1]
    change(copy.log, "UPDATE records SET value = ? WHERE position = ?", other, len(values))
    (finding,) = verified(copy)
    assert f"the books were folded from another record at position {len(values)}" in finding


# -- the books -------------------------------------------------------------------------------------


def other(value):
    match value:
        case None:
            return "x"
        case int():
            return value + 1
        case str():
            return f"{value}x"
        case bytes():
            return flipped(value, len(value) - 1)
    raise AssertionError(value)


def random_row(path, table):
    with closing(sqlite3.connect(path)) as books:
        books.row_factory = sqlite3.Row
        row = random.choice(books.execute(f"SELECT * FROM {table}").fetchall())
    where = " AND ".join(f"{key} = ?" for key in KEYS[table])
    return dict(row), where, [row[key] for key in KEYS[table]]


def told(place, table):
    """The sentences of verify; one of them names the table and its projection."""
    ended = place.call("verify")
    assert (ended.status, ended.err) == (1, "")
    about = f"projection {TABLES[table]}, table {table}, row "
    assert any(line.startswith(about) for line in ended.out.splitlines()), ended.out
    return ended.out


@pytest.mark.parametrize("table", TABLES)
def test_a_changed_row_is_found(copy, table):
    row, where, key = random_row(copy.books, table)
    column = random.choice([name for name in row if name not in KEYS[table]] or KEYS[table])
    print(table, key, column)
    change(copy.books, f"UPDATE {table} SET {column} = ? WHERE {where}", other(row[column]), *key)
    told(copy, table)


@pytest.mark.parametrize("table", TABLES)
def test_a_row_with_another_key_is_found(copy, table):
    row, where, key = random_row(copy.books, table)
    column = random.choice(KEYS[table])
    print(table, key, column)
    change(copy.books, f"UPDATE {table} SET {column} = ? WHERE {where}", other(row[column]), *key)
    told(copy, table)


@pytest.mark.parametrize("table", TABLES)
def test_a_row_that_was_taken_out_is_found(copy, table):
    _, where, key = random_row(copy.books, table)
    change(copy.books, f"DELETE FROM {table} WHERE {where}", *key)
    assert "the books say [None]" in told(copy, table)


@pytest.mark.parametrize("table", TABLES)
def test_a_row_that_was_slipped_in_is_found(copy, table):
    row, *_ = random_row(copy.books, table)
    for column in KEYS[table]:
        row[column] = other(row[column])
    if table == "accounts":
        row["book"] = "999999"
    marks = ", ".join("?" * len(row))
    change(copy.books, f"INSERT INTO {table} VALUES ({marks})", *row.values())
    assert "the log says [None]" in told(copy, table)


def test_a_changed_digest_of_a_statement_is_named_and_so_is_the_statement(copy):
    with closing(sqlite3.connect(copy.books)) as books:
        ((digest,),) = books.execute("SELECT digest FROM statements LIMIT 1").fetchall()
    wrong = digest[:-1] + ("0" if digest[-1] != "0" else "1")
    change(copy.books, "UPDATE statements SET digest = ? WHERE digest = ?", wrong, digest)
    said = told(copy, "statements")
    assert wrong in said
    assert "I8: statement 202503" in said
    assert "its digest is not that of its claims" in said


@pytest.mark.parametrize("wrong", ["position", "hash"])
def test_a_changed_checkpoint_is_found(copy, wrong):
    value = {"position": 3, "hash": bytes(32)}[wrong]
    change(copy.books, f"UPDATE checkpoints SET {wrong} = ? WHERE projection = 'pools'", value)
    (finding,) = verified(copy)
    assert "the projections stand at different positions" in finding


def test_checkpoints_that_were_all_changed_are_found(copy):
    with closing(sqlite3.connect(copy.books)) as books:
        books.execute("UPDATE checkpoints SET hash = ?", (bytes(32),))
        books.commit()
    (finding,) = verified(copy)
    assert f"another record at position {len(stored(copy))}" in finding
