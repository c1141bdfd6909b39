"""kill -9 of a real `clearing submit` at random moments, then the same call again.

Afterwards the ledger is the one that was never disturbed: the same records at the same positions,
the same answers, rows and reports; and what `--outcomes` had said before the kill is so.
"""

import random
import sqlite3
import subprocess
import threading
import time
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from tests.cli.program import LONG, START, Place, outcomes_in

from .books import assert_same, first_answers, holds, records, reports, say, verified

AT_ONCE = 2
"""As many as a small machine has cores."""
SMALL_READS = "import producers.files; producers.files._CHUNK_BYTES = 16_384; "
"""A file in many batches, not in one."""


@dataclass(frozen=True)
class Kill:
    """How a run was sent its lines, the seed of the moment, and whether there was a ledger."""

    seed: int
    way: str
    fresh: bool

    def __str__(self) -> str:
        return f"Kill(seed={self.seed}, way={self.way!r}, fresh={self.fresh})"


def feed(process: subprocess.Popen[bytes], stream: bytes, chance: random.Random) -> None:
    """Send a part of the stream in pieces, each of which may be a batch of its own; then kill."""
    end = chance.randint(1, len(stream))
    assert process.stdin is not None
    with suppress(BrokenPipeError):
        for piece in pieces(stream[:end], chance):
            process.stdin.write(piece)
            process.stdin.flush()
            time.sleep(chance.choice((0, 0, 0.002)))
    time.sleep(chance.random() * 0.3)
    process.kill()


def watch(
    process: subprocess.Popen[bytes], place: Place, records_at_end: int, chance: random.Random
) -> None:
    """Wait until the log has grown to a part of its length; then kill."""
    enough = chance.randint(-records_at_end // 10, records_at_end)
    while process.poll() is None and length(place) < enough:
        time.sleep(0.02)
    time.sleep(chance.random() * 0.05)
    process.kill()


def length(place: Place) -> int:
    if not place.log.exists():
        return 0
    with suppress(sqlite3.OperationalError), closing(sqlite3.connect(place.log)) as log:
        return int(log.execute("SELECT ifnull(max(position), 0) FROM records").fetchone()[0])
    return 0


def pieces(stream: bytes, chance: random.Random) -> Sequence[bytes]:
    cuts = [0]
    while cuts[-1] < len(stream):
        cuts.append(cuts[-1] + chance.choice((500, 5_000, 50_000)))
    return [stream[one:other] for one, other in pairwise(cuts)]


def killed(kill: Kill, place: Place, history) -> None:
    """Run `submit` and kill it on its way."""
    chance = random.Random(f"{kill.seed}")
    out = str(place.folder / "out")
    if kill.way == "pipe":
        process = place.start("submit", "-", "--outcomes", out, stdin=subprocess.PIPE)
        killer = threading.Thread(target=feed, args=(process, history.stream, chance))
    else:
        code = SMALL_READS + (LONG if kill.way == "long" else START)
        file = str(place.folder / "in.jsonl")
        process = place.start("submit", file, "--outcomes", out, code=code)
        end = len(history.holds["log"])
        killer = threading.Thread(target=watch, args=(process, place, end, chance))
    killer.start()
    assert process.stdout is not None
    assert process.stderr is not None
    errors = process.stderr.read()
    process.stdout.read()
    killer.join()
    process.wait()
    for each in (process.stdin, process.stdout, process.stderr):
        with suppress(BrokenPipeError):
            if each is not None:
                each.close()
    assert b"Traceback" not in errors, errors


def assert_told_is_kept(place: Place, out: Path) -> int:
    """Every outcome that had been written before the end is in the log as it was told."""
    told = outcomes_in(out) if out.exists() else []
    kept = {each["position"]: each for each in records(place)} if place.log.stat().st_size else {}
    for outcome in told:
        for event in outcome["events"]:
            found = kept[event["position"]]
            assert (found["id"], found["type"]) == (event["event_id"], event["type"])
            assert found["commandid"] == outcome["command_id"]
    refused = {
        each["commandid"]: each["data"] for each in kept.values() if "reason" in each["data"]
    }
    for outcome in told:
        if outcome["reason"] not in {None, "malformed"}:
            found = refused[outcome["command_id"]]
            assert (found["reason"], found["field"]) == (outcome["reason"], outcome["field"])
    return len(told)


def again(kill: Kill, place: Place, stream: bytes) -> list[dict[str, Any]]:
    """Send everything once more, in the same way, to the end."""
    out = place.folder / "out"
    file = "-" if kill.way == "pipe" else str(place.folder / "in.jsonl")
    ended = place.call("submit", file, "--outcomes", str(out), stdin=stream)
    assert "Traceback" not in ended.err, ended.err
    assert ended.status == 1, ended  # there are rejections in it
    return outcomes_in(out)


def try_one(kill: Kill, place: Place, history) -> tuple[int, int]:
    """Kill, look at what was told, run again, compare; return how much was told and kept."""
    (place.folder / "in.jsonl").write_bytes(history.stream)
    killed(kill, place, history)
    there = place.log.exists() and place.log.stat().st_size > 0
    told, kept = (
        (assert_told_is_kept(place, place.folder / "out"), len(records(place))) if there else (0, 0)
    )
    outcomes = again(kill, place, history.stream)
    assert first_answers(outcomes) == history.answers, f"{kill}: another answer"
    assert_same(holds(place), history.holds, str(kill))
    if kill.fresh:
        assert reports(place) == history.reports, f"{kill}: reports"
        assert verified(place) == [], f"{kill}: verify"
    return told, kept


@pytest.mark.parametrize("way", ["pipe", "file", "long"])
@pytest.mark.parametrize("turn", [1, 2])
def test_a_killed_submission_goes_on_as_if_nothing_had_happened(
    way, turn, history, new_place, empty
):
    """Goal: steps 1 to 5 of a command's life, split at any moment. Method: five kills each time.

    The moments come from pytest's seed, which is printed above; repeat with --randomly-seed=N.
    """
    kills = [Kill(random.getrandbits(32), way, fresh=number == 0) for number in range(5)]
    say(*kills)
    places = [new_place(None if kill.fresh else empty) for kill in kills]
    with get_context("fork").Pool(AT_ONCE) as pool:
        tries = [(kill, place, history) for kill, place in zip(kills, places, strict=True)]
        say("told and kept before each kill:", pool.starmap(try_one, tries, chunksize=1))
