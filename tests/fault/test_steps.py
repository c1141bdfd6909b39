"""kill -9 between each two steps of a command's life (architecture.md), then the same call again.

Where `test_kills` takes random moments, each moment here is named: nothing is left to luck.
"""

import pytest

from tests.cli.program import outcomes_in

from .books import assert_same, first_answers, holds, strays, verified
from .dying import Commit, Step, dies

LOG, LEDGER = "eventlog.sqlite:SqliteLog", "consumers.embedded:Ledger"
STEPS = [
    # making what is missing
    Step("after", "eventlog.sqlite:_locked"),
    Step("after", "eventlog.sqlite:sqlite3.connect"),
    Step("after", "eventlog.sqlite:_opened"),
    Step("before", "projections.database:migrate"),
    Step("after", "alembic.operations.base:Operations.create_table", 1),
    Step("after", "alembic.operations.base:Operations.create_table", 9),
    Step("after", "alembic.command:upgrade"),
    Step("after", "projections.database:migrate"),
    # 2 and 3: decide, append
    Step("before", f"{LOG}.park"),
    Step("after", f"{LOG}.park"),
    Step("before", "consumers.decider:Decider.handle", 3),
    Step("before", f"{LOG}.append"),
    Step("before", f"{LOG}.append", 4),
    Commit("before", 1),
    Commit("before", 5),
    Commit("after", 5),
    Step("after", f"{LOG}.append", 4),
    Step("after", f"{LEDGER}.submit", 2),
    # the answers
    Step("before", "cli.submit:_note", 1),
    Step("after", "cli.submit:_note", 50),
    # 4 and 5: remember, project; rows and checkpoint in one transaction
    Step("before", "projections.fold:Folder.flush", 1),
    Step("after", "projections.commands:CommandIds.flush", 2),
    Step("after", "projections.balances:Balances.flush", 3),
    Step("after", "projections.fold:move_checkpoints", 2),
    Step("after", "projections.fold:Folder.flush", 2),
    Step("before", "projections.fold:Folder.written", 2),
    Step("after", "projections.fold:Folder.written", 2),
    # the end
    Step("before", f"{LEDGER}.finish"),
    Step("after", f"{LEDGER}.finish"),
]


@pytest.fixture
def in_small_batches(monkeypatch):
    """Many batches, and the books written after each, as a slow day's are."""
    monkeypatch.setattr("producers.files._CHUNK_BYTES", 8_192)
    monkeypatch.setattr("consumers.embedded._PROJECT_S", 0.0)


@pytest.mark.usefixtures("in_small_batches")
@pytest.mark.parametrize("step", STEPS, ids=str)
def test_a_kill_between_two_steps_costs_a_second_call_and_nothing_else(step, short, new_place):
    """Goal: the fault splits the named step. Method: die there, run again, compare."""
    place = new_place()
    out = place.folder / "out"
    words = ("submit", "-", "--outcomes", str(out))
    assert dies(step.arm, lambda: place.call(*words, stdin=short.stream)), "never came there"
    ended = place.call(*words, stdin=short.stream)
    assert ended.status == 1
    assert first_answers(outcomes_in(out)) == short.answers
    assert_same(holds(place), short.holds, str(step))
    assert verified(place) == []


FOLLOWED = "consumers.followed:FollowedLedger"
LONG_STEPS = [
    Step("after", f"{FOLLOWED}._decide", 3),
    Step("before", f"{LOG}.park"),
    Step("before", f"{LOG}.append", 3),
    Commit("before", 5),
    Commit("after", 5),
    Step("after", f"{LOG}.append", 3),
    Step("before", "consumers.follower:Follower.tell", 2),
    Step("after", "consumers.follower:Follower.tell", 2),
    Step("after", f"{FOLLOWED}._rotate", 2),
    Step("before", f"{FOLLOWED}.finish"),
    Step("after", f"{FOLLOWED}.finish"),
]


@pytest.mark.parametrize("step", LONG_STEPS, ids=str)
def test_so_it_is_where_a_thread_appends_and_a_process_folds(
    step, short, new_place, monkeypatch, in_small_batches
):
    """Goal: the fault splits the named step. Method: a short file that is taken for a long one."""
    monkeypatch.setattr("cli.submit._LONG_BYTES", 0)
    monkeypatch.setattr("consumers.followed._MANY", 10)
    monkeypatch.setattr("consumers.followed._ROTATE_RECORDS", 50)
    place = new_place()
    file, out = place.folder / "in.jsonl", place.folder / "out"
    file.write_bytes(short.stream)
    words = ("submit", str(file), "--outcomes", str(out))
    assert dies(step.arm, lambda: place.call(*words)), "never came there"
    assert place.call(*words).status == 1
    assert first_answers(outcomes_in(out)) == short.answers
    assert_same(holds(place), short.holds, str(step))
    assert verified(place) == []


@pytest.mark.usefixtures("in_small_batches")
def test_a_ledger_that_dies_at_every_batch_gets_there_all_the_same(short, new_place):
    """Goal: no progress is lost from start to start. Method: die before each second flush."""
    place = new_place()
    step = Step("before", "projections.fold:Folder.flush", 2)
    lives = 0
    while dies(step.arm, lambda: place.call("submit", "-", stdin=short.stream)):
        lives += 1
        assert lives < 100
    assert lives > 0
    assert_same(holds(place), short.holds, "after many lives")
    assert strays(place) == short.holds["strays"]


@pytest.mark.usefixtures("in_small_batches")
def test_books_left_behind_are_brought_level_by_the_next_call(short, new_place, monkeypatch):
    """The log is complete, no row was written; a call without a command folds all of it."""
    place = new_place()
    monkeypatch.setattr("consumers.embedded._PROJECT_S", 1e9)
    step = Step("before", f"{LEDGER}.project")
    assert dies(step.arm, lambda: place.call("submit", "-", stdin=short.stream))
    behind = holds(place)
    assert behind["log"] == short.holds["log"]
    assert behind["tables"]["commands"] == []
    assert place.call("submit", "-").status == 0
    assert_same(holds(place), short.holds, "after the next call")
    assert verified(place) == []
