"""Whoever changes a byte of the log or a row of the books is found out, and the place is named.

The triggers of the log's file are dropped first: the tamperer is the database's administrator.
"""

import json
import random
import re
import shutil
import sqlite3
from contextlib import closing
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

import pytest

import bootstrap
import consumers.verify
from consumers.spans import proven
from eventlog.memory import MemoryLog
from ledger.errors import IntegrityError
from projections.tables import JOURNAL, OWNED
from schemas.envelope import Head
from tests.cli.program import Place

from .books import say, settings_of, verified

TABLES = {table.name: name for name, owned in OWNED.items() for table in owned}
JOURNALS = {t.name: [*t.columns.keys()] for o in OWNED.values() for t in o if JOURNAL in t.info}
KEYS = {t.name: [c.name for c in t.primary_key] for owned in OWNED.values() for t in owned}


@pytest.fixture(scope="module")
def ledger(small):
    with closing(sqlite3.connect(small.books)) as books:
        rows = {t: books.execute(f"SELECT count(*) FROM {t}").fetchone()[0] for t in TABLES}
    assert all(rows.values()), rows
    return small


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
    assert sum(len(batch.records) for batch in proven(log, head)) == len(values)
    for index, value in enumerate(values):
        for place in range(len(value)):
            log._values[index] = flipped(value, place)
            with pytest.raises(IntegrityError) as stopped:
                list(proven(log, head))
            assert names(str(stopped.value), index + 1), (index + 1, place, str(stopped.value))
        log._values[index] = value


def test_verify_tells_of_a_changed_byte_of_any_record(copy):
    """Goal: the call itself, on the file. Method: a random byte of every fifth record."""
    values = stored(copy)
    for position in {1, *random.sample(range(1, len(values)), len(values) // 5), len(values)}:
        value = values[position - 1]
        place = random.randrange(len(value))
        change(copy.log, "UPDATE records SET value = ? WHERE position = ?", flipped(value, place), position)  # fmt: skip
        ended = copy.call("verify")
        assert (ended.status, ended.err) == (1, ""), (position, place, ended)
        (finding,) = ended.out.splitlines()
        assert names(finding, position), (position, place, finding)
        change(copy.log, "UPDATE records SET value = ? WHERE position = ?", value, position)
    assert copy.call("verify").status == 0


def test_several_processes_name_the_record_that_was_changed(copy):
    """Goal: no span hides a fault of another. Method: where the log is cut, beside, and anywhere."""
    values = stored(copy)
    cut = len(values) // 2
    for position in (cut - 1, cut, cut + 1, random.randrange(1, len(values)), len(values)):
        value = values[position - 1]
        place = random.randrange(len(value))
        change(copy.log, "UPDATE records SET value = ? WHERE position = ?", flipped(value, place), position)  # fmt: skip
        ended = copy.call("verify", "--processes", "2")
        assert (ended.status, ended.err) == (1, ""), (position, place, ended)
        (finding,) = ended.out.splitlines()
        assert names(finding, position), (position, place, finding)
        change(copy.log, "UPDATE records SET value = ? WHERE position = ?", value, position)
    assert copy.call("verify", "--processes", "2").status == 0


@pytest.mark.parametrize("which", ["first", "middle", "last"])
def test_a_record_that_was_taken_out_is_named(copy, which):
    last = len(stored(copy))
    position = {"first": 1, "middle": random.randrange(2, last), "last": last}[which]
    change(copy.log, "DELETE FROM records WHERE position = ?", position)
    (finding,) = verified(copy)
    if position < last:
        assert f"position {position} expected, found {position + 1}" in finding
    else:
        assert f"it ends at position {last - 1}, the books at {last}" in finding


def test_two_records_that_changed_places_are_named(ledger):
    values = stored(ledger)
    log = MemoryLog()
    log.append(values, expected=Head())
    head = log.head()
    for place, (one, other) in enumerate(pairwise(values)):
        log._values[place : place + 2] = other, one
        with pytest.raises(IntegrityError, match=f"^position {place + 1} expected, found"):
            list(proven(log, head))
        log._values[place : place + 2] = one, other


def test_a_record_that_was_slipped_in_is_named(copy):
    values = stored(copy)
    change(copy.log, "INSERT INTO records VALUES (?, ?)", len(values) + 1, values[-1])
    (finding,) = verified(copy)
    assert f"position {len(values) + 1}" in finding


def test_a_record_forged_with_all_that_follows_and_the_checkpoints_is_read_to_its_last_field(copy):
    """No fold asks for `insutype`, so no row differs; such a record is none all the same."""
    values = stored(copy)
    place = next(i for i, each in enumerate(values) if b'"type":"ClaimSettled"' in each)
    for number, value in enumerate(values[place:], place):
        content = json.loads(value)
        content["previous"] = sha256(values[number - 1]).hexdigest()
        if number == place:
            content["data"]["insutype"] = 5
        values[number] = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
        query = "UPDATE records SET value = ? WHERE position = ?"
        change(copy.log, query, values[number], number + 1)
    with closing(sqlite3.connect(copy.books)) as books:
        books.execute("UPDATE checkpoints SET hash = ?", (sha256(values[-1]).digest(),))
        books.commit()
    (finding,) = verified(copy)
    assert names(finding, place + 1)
    assert "insutype" in finding


def test_an_end_that_was_made_anew_is_found(copy):
    """The last record with another content, well-formed and rightly chained."""
    values = stored(copy)
    other = values[-1].replace(b'"on":"2025-06-01"', b'"on":"2025-06-02"')
    assert other != values[-1]
    change(copy.log, "UPDATE records SET value = ? WHERE position = ?", other, len(values))
    (finding,) = verified(copy)
    assert f"the books were folded from another record at position {len(values)}" in finding


# -- the books -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def again(ledger, tmp_path_factory):
    """The log folded once more, as verify does each time."""
    place = Place(tmp_path_factory.mktemp("again"))
    shutil.copy(ledger.log, place.log)
    assert place.call("submit", "-").status == 0
    return place.books


def compared(place: Place, again: Path) -> list[str]:
    """What the part of verify finds that looks at the books."""
    engine = bootstrap.open_books(settings_of(place))
    folded = bootstrap.open_books(bootstrap.Settings(db=f"sqlite:///{again}"))
    with engine.connect() as connection, folded.connect() as other:
        rows = consumers.verify._compare(connection, other, list(OWNED))
        return [*rows, *consumers.verify._rules(connection)]


def names_table(findings: list[str], table: str) -> bool:
    about = f"projection {TABLES[table]}, table {table}, row "
    return any(finding.startswith(about) for finding in findings)


def other(value):
    """Another value of the same kind; what was JSON, a date or a digest is none any more."""
    if isinstance(value, bytes):
        return flipped(value, len(value) - 1)
    return value + 10**9 if isinstance(value, int) else f"{value or ''}x"


def random_row(path, table):
    with closing(sqlite3.connect(path)) as books:
        books.row_factory = sqlite3.Row
        row = random.choice(books.execute(f"SELECT * FROM {table}").fetchall())
    where = " AND ".join(f"{key} = ?" for key in KEYS[table])
    return dict(row), where, [row[key] for key in KEYS[table]]


@pytest.mark.parametrize("table", TABLES)
def test_a_change_of_any_column_is_found(copy, again, table):
    """Goal: no column is left out of the comparison. Method: each of a random row, in turn."""
    row, where, key = random_row(copy.books, table)
    say(table, key)
    for column, value in row.items():
        change(copy.books, f"UPDATE {table} SET {column} = ? WHERE {where}", other(value), *key)
        now = [other(value) if name == column else row[name] for name in KEYS[table]]
        assert names_table(compared(copy, again), table), column
        change(copy.books, f"UPDATE {table} SET {column} = ? WHERE {where}", value, *now)
    assert compared(copy, again) == []


@pytest.mark.parametrize("table", TABLES)
def test_a_row_that_was_taken_out_or_slipped_in_is_found(copy, again, table):
    row, where, key = random_row(copy.books, table)
    say(table, key)
    change(copy.books, f"DELETE FROM {table} WHERE {where}", *key)
    findings = compared(copy, again)
    assert names_table(findings, table)
    assert any("the books say [None]" in finding for finding in findings)
    put = f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})"
    change(copy.books, put, *row.values())
    assert compared(copy, again) == []
    told_by = {*KEYS[table], "book", "position"}
    more = {name: other(v) if name in told_by else v for name, v in row.items()}
    change(copy.books, put, *more.values())
    findings = compared(copy, again)
    assert names_table(findings, table)
    assert any("the log says [None]" in finding for finding in findings)


@pytest.mark.parametrize("table", JOURNALS)
def test_a_row_written_over_with_another_is_found(copy, again, table):
    """As many rows, and each of them right: one is there twice. Its key was taken away first."""
    with closing(sqlite3.connect(copy.books)) as books:
        books.execute(f"DROP INDEX {table}_key")
        columns = [n for n in JOURNALS[table] if n != "position"]
        rows = books.execute(f"SELECT {', '.join(columns)} FROM {table}").fetchall()
    one, other = random.sample(rows, 2)
    say(table, one, other)
    sets = ", ".join(f"{name} = ?" for name in columns)
    where = " AND ".join(f"{name} IS ?" for name in columns)
    change(copy.books, f"UPDATE {table} SET {sets} WHERE {where}", *other, *one)
    assert names_table(compared(copy, again), table)


@pytest.mark.parametrize("projection", OWNED)
def test_verify_tells_of_a_changed_row_of_each_projection(copy, projection):
    """Goal: the call itself. Method: a random column of a random row of a random table."""
    table = random.choice(OWNED[projection]).name
    row, where, key = random_row(copy.books, table)
    column = random.choice(list(row))
    say(table, key, column)
    change(copy.books, f"UPDATE {table} SET {column} = ? WHERE {where}", other(row[column]), *key)
    ended = copy.call("verify")
    assert (ended.status, ended.err) == (1, "")
    assert names_table(ended.out.splitlines(), table)


def test_a_changed_digest_of_a_statement_is_named_and_so_is_the_statement(copy):
    with closing(sqlite3.connect(copy.books)) as books:
        ((digest,),) = books.execute("SELECT digest FROM statements LIMIT 1").fetchall()
    wrong = digest[:-1] + ("0" if digest[-1] != "0" else "1")
    change(copy.books, "UPDATE statements SET digest = ? WHERE digest = ?", wrong, digest)
    ended = copy.call("verify")
    said = ended.out
    assert (ended.status, ended.err) == (1, "")
    assert names_table(said.splitlines(), "statements")
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
