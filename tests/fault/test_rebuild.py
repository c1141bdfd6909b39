"""Projections folded again: equal, damaged, interrupted."""

import os
import random
import signal
import sqlite3
from contextlib import closing
from pathlib import Path
from time import monotonic, sleep

import pytest

from projections.tables import OWNED
from tests.cli.program import lines_of
from tests.scenario import world

from .books import holds, say, tables, verified
from .dying import Step, dies
from .test_tamper import change, other, random_row


@pytest.fixture
def copy(small, new_place):
    return new_place(small)


def damage(place, projection):
    """Change a random number in a random row of a projection."""
    table = random.choice([each for each in OWNED[projection] if numbers_of(each)]).name
    row, where, key = random_row(place.books, table)
    column = random.choice(numbers_of(next(t for t in OWNED[projection] if t.name == table)))
    say(table, key, column)
    change(place.books, f"UPDATE {table} SET {column} = ? WHERE {where}", other(row[column]), *key)
    return table


def numbers_of(table):
    """The columns whose change leaves a row that can still be read."""
    keys = {column.name for column in table.primary_key}
    counted = [c.name for c in table.columns if c.type.python_type is int]
    return [name for name in counted if name not in keys] or counted


def names_in(place):
    """The tables, and each with its indexes, whose names a file does not let us change."""
    with closing(sqlite3.connect(place.books)) as books:
        query = "SELECT type, tbl_name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'"
        return sorted(books.execute(query))


def test_equal_copies_take_over_and_nothing_is_different(copy):
    before, names = holds(copy), names_in(copy)
    ended = copy.call("rebuild")
    end = len(before["log"])
    assert (ended.status, ended.err) == (0, "")
    assert ended.out.splitlines() == [
        f"{name}: equal at position {end}, switched" for name in OWNED
    ]
    assert holds(copy) == before
    assert names_in(copy) == names
    assert verified(copy) == []


def test_several_processes_make_the_same_rows(copy):
    before, names = holds(copy), names_in(copy)
    ended = copy.call("rebuild", "--processes", "3")
    assert (ended.status, ended.err) == (0, "")
    assert ended.out.count(f"equal at position {len(before['log'])}, switched") == len(OWNED)
    assert holds(copy) == before
    assert names_in(copy) == names


def test_a_part_of_a_rebuild_that_was_killed_ends_it_with_the_live_tables_right(copy):
    """Goal: no half copy takes over. Method: the second of two processes dies as it begins."""
    before = holds(copy)
    process = copy.start("rebuild", "--processes", "2")
    part = first_child_of(process.pid)
    os.kill(part, signal.SIGKILL)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 3
    assert b"a process that folds a part of the log was ended" in said
    assert holds(copy) == before
    assert copy.call("rebuild").status == 0


def test_the_parts_of_a_rebuild_end_with_it(copy):
    """Goal: nobody writes into the tables of the next rebuild. Method: kill -9 of the first."""
    process = copy.start("rebuild", "--processes", "2")
    part = first_child_of(process.pid)
    process.kill()
    process.communicate()
    wait_until(lambda: not Path(f"/proc/{part}").exists())
    assert copy.call("rebuild", "--processes", "2").status == 0


def first_child_of(parent):
    """The process that folds; a resource tracker may stand beside it."""
    children = Path(f"/proc/{parent}/task/{parent}/children")

    def folding():
        found = [pid for pid in children.read_text().split() if is_worker(pid)]
        return int(found[0]) if found else None

    return wait_until(folding)


def is_worker(pid):
    return b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()


def wait_until(there):
    deadline = monotonic() + 30
    while not (found := there()):
        assert monotonic() < deadline, "waited in vain"
        sleep(0.005)
    return found


@pytest.mark.parametrize("projection", OWNED)
def test_one_projection_is_rebuilt_by_its_name(copy, projection):
    before, names = holds(copy), names_in(copy)
    ended = copy.call("rebuild", "--projection", projection)
    assert (ended.status, ended.err) == (0, "")
    assert ended.out == f"{projection}: equal at position {len(before['log'])}, switched\n"
    assert holds(copy) == before
    assert names_in(copy) == names


@pytest.mark.parametrize("projection", OWNED)
def test_a_damaged_projection_is_reported_and_stays_until_it_is_replaced(small, copy, projection):
    """A mismatch is reported, not overwritten (law 6)."""
    table = damage(copy, projection)
    damaged = tables(copy)
    ended = copy.call("rebuild")
    assert (ended.status, ended.err) == (1, "")
    assert f"{projection}: differs at position" in ended.out
    assert f"  table {table}, row " in ended.out
    assert "both stay" in ended.out
    assert ended.out.count("equal at position") == len(OWNED) - 1
    assert tables(copy)[table] == damaged[table]
    assert ("table", f"new_{table}") in names_in(copy)  # the evidence is kept, beside
    assert verified(copy) != []
    again = copy.call("rebuild", "--projection", projection, "--replace")
    assert again.status == 1  # there was a finding
    assert f"{projection}: differs at position" in again.out
    assert "replaced" in again.out
    assert verified(copy) == []
    assert tables(copy) == tables(small)
    assert copy.call("rebuild").status == 0


def test_the_document_of_a_rebuild_names_the_row(copy):
    change(copy.books, "UPDATE corridors SET since = '1999-01-01'")
    document = copy.call("rebuild", "--projection", "pools", "--format", "json").document
    (part,) = document["projections"]
    assert part["switched"] is False
    assert part["difference"]["table"] == "corridors"
    assert "since=1999-01-01" in part["difference"]["live"]


STEPS = [
    Step("after", "consumers.rebuild:prepare"),
    Step("after", "projections.balances:Balances.flush"),
    Step("after", "consumers.spans:fold_settlements", 1),
    Step("after", "consumers.spans:fold_rest", 1),
    Step("before", "consumers.rebuild:settle"),
    Step("after", "projections.beside:first_difference", 3),
    Step("before", "projections.beside:switch", 1),
    Step("after", "projections.beside:switch", 1),
    Step("before", "projections.beside:switch", 4),
    Step("after", "projections.beside:switch", 7),
    Step("before", "projections.beside:drop", 1),
    Step("after", "projections.beside:drop", 1),
]


@pytest.mark.parametrize("step", STEPS, ids=str)
def test_a_rebuild_that_was_killed_leaves_the_live_tables_right(step, copy):
    """Goal: the switch is all or nothing, table by table. Method: die, look, rebuild, submit."""
    before, names = holds(copy), names_in(copy)
    assert dies(step.arm, lambda: copy.call("rebuild")), "never came there"
    assert verified(copy) == []
    assert holds(copy) == before
    assert copy.call("rebuild").status == 0
    assert holds(copy) == before
    assert names_in(copy) == names
    assert copy.call("submit", "-", stdin=later()).out.startswith("3 accepted, ")
    assert verified(copy) == []


def later():
    """Commands that need what came before them: of the month's claims and corridor."""
    deduction = world.deduct("K2", "9.00", on="2025-06-02")
    return lines_of([deduction, world.settle("K9", on="2025-06-02"), world.generate("202504")])


def test_a_rebuild_goes_on_where_the_books_were_left_behind(short, new_place):
    """The books are brought level first, so that both copies stand at the same position."""
    place = new_place()
    step = Step("before", "consumers.embedded:Ledger.finish")
    assert dies(step.arm, lambda: place.call("submit", "-", stdin=short.stream))
    assert tables(place)["commands"] == []
    assert place.call("rebuild").status == 0
    assert holds(place) == short.holds


def test_a_ledger_goes_on_after_a_rebuild(short, new_place):
    """What was rebuilt is decided on: half the history, a rebuild, the other half."""
    place = new_place()
    half = len(short.lines) // 2
    place.call("submit", "-", stdin=b"\n".join(short.lines[:half]))
    assert place.call("rebuild").status == 0
    place.call("submit", "-", stdin=short.stream)
    assert holds(place)["tables"] == short.holds["tables"]
    assert holds(place)["log"] == short.holds["log"]
