"""Two who would write, and readers beside one who writes."""

import json
import subprocess
import time
from itertools import pairwise

import pytest

from tests.cli.program import Place, outcomes_in

from .books import assert_same, facts, first_answers, holds, reports, strays, verified

FENCED = "another program is writing"


class Writer:
    """A submission that has taken a part of its lines and waits for the rest."""

    def __init__(self, place: Place, stream: bytes, share: float) -> None:
        self.out = place.folder / "out"
        words = ("submit", "-", "--outcomes", str(self.out))
        self.process = place.start(*words, stdin=subprocess.PIPE)
        cut = stream.index(b"\n", int(len(stream) * share)) + 1
        self.first, self.rest = stream[:cut], stream[cut:]
        self.send(self.first)

    def send(self, part: bytes) -> None:
        """Send lines and wait until they are answered."""
        assert self.process.stdin is not None
        before = len(outcomes_in(self.out)) if self.out.exists() else 0
        wanted = before + sum(bool(line.strip()) for line in part.splitlines())
        self.process.stdin.write(part)
        self.process.stdin.flush()
        while not self.out.exists() or len(outcomes_in(self.out)) < wanted:
            assert self.process.poll() is None
            time.sleep(0.01)

    def finish(self) -> int:
        _, errors = self.process.communicate(self.rest)
        assert b"Traceback" not in errors
        return self.process.returncode


@pytest.fixture
def writing(short, new_place, empty):
    """A place, and somebody who is writing to it."""
    place = new_place(empty)
    writer = Writer(place, short.stream, 0.5)
    yield place, writer
    writer.process.kill()
    writer.process.communicate()


def test_a_second_writer_is_refused_and_nothing_is_torn(writing, short):
    place, writer = writing
    mine = place.folder / "mine"
    mine.write_text("as it was\n")
    for words in (["submit", "-", "--outcomes", str(mine)], ["rebuild"], ["rebuild", "--replace"]):
        refused = place.call(*words, stdin=short.stream)
        assert refused.status == 3
        assert FENCED in refused.sentence
    assert mine.read_text() == "as it was\n"
    assert writer.finish() == 1
    assert first_answers(outcomes_in(writer.out)) == short.answers
    assert_same(holds(place), short.holds, "after the second was refused")
    assert verified(place) == []


def test_many_who_start_at_once(short, new_place):
    """One makes the ledger; who comes too early is refused whole, who comes later finds it."""
    place = new_place()
    (place.folder / "in.jsonl").write_bytes(short.stream)
    words = ("submit", str(place.folder / "in.jsonl"))
    crowd = [place.start(*words) for _ in range(3)]
    ends = [(*process.communicate(), process.returncode) for process in crowd]
    assert {status for *_, status in ends} <= {1, 3}
    assert any(status == 1 for *_, status in ends)
    for _, errors, status in ends:
        assert b"Traceback" not in errors
        assert status == 1 or FENCED in errors.decode()
    assert_same(holds(place), short.holds, "after a crowd")
    assert verified(place) == []


def test_reports_are_made_while_somebody_writes(writing, short):
    """Each answer is one snapshot: books balance, and the position is one that was written."""
    place, writer = writing
    positions = set()
    pieces = writer.rest.splitlines(keepends=True)
    for one, other in pairwise(range(0, len(pieces) + 30, 30)):
        writer.send(b"".join(pieces[one:other]))
        made = place.call("trial-balance", "--as-of", "2026-01-01", "--format", "json")
        assert made.status == 0
        positions.add(made.document["position"])
        for families in made.document["books"].values():
            assert sum(round(float(amount) * 100) for amount in families.values()) == 0
    writer.rest = b""
    assert positions <= {0, *(each["position"] for each in short.holds["log"])}
    assert writer.finish() == 1
    assert reports(place) == short.reports


def test_every_reading_call_works_while_somebody_writes(writing):
    """The log ahead of the books, a lock held: no call waits, none finds fault."""
    place, writer = writing
    known = outcomes_in(writer.out)[0]["command_id"]
    settled = next(each for each in facts(place) if each["type"] == "ClaimSettled")
    calls = [
        ["verify"],
        ["doctor"],
        ["pools", "--as-of", "2026-01-01"],
        ["pools", "--as-of", "2026-01-01", "--at-position", "20"],
    ]
    for words in calls:
        ended = place.call(*words)
        assert (ended.status, ended.err) == (0, ""), (words, ended)
    writer.finish()
    assert json.loads(place.call("outcome", known).out)["command_id"] == known
    assert place.call("history", "--claim", settled["data"]["claim_id"]).status == 0


def test_verify_looks_at_one_moment_while_somebody_writes(short, new_place, empty, monkeypatch):
    """The books move on between the fold and the comparison; verify compares what it began with."""
    place = new_place(empty)
    half = len(short.lines) // 2
    place.call("submit", "-", stdin=b"\n".join(short.lines[:half]))
    import consumers.verify

    original = consumers.verify._compare

    def late(*connections):
        assert place.call("submit", "-", stdin=short.stream).status == 1
        return original(*connections)

    monkeypatch.setattr(consumers.verify, "_compare", late)
    assert verified(place) == []
    monkeypatch.undo()
    assert verified(place) == []
    assert holds(place)["tables"] == short.holds["tables"]


def test_a_writer_that_was_killed_leaves_the_way_free(writing, short):
    place, writer = writing
    writer.process.kill()
    writer.process.communicate()
    assert place.call("submit", "-", stdin=short.stream).status == 1
    assert_same(holds(place), short.holds, "after a writer was killed")
    assert strays(place) == short.holds["strays"]
