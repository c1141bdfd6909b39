"""Ctrl-C at random moments: one sentence, a status, no traceback; and the same call goes on."""

import os
import random
import signal
import subprocess
import time

import pytest

from tests.cli.program import LONG, START, Place, outcomes_in

from .books import assert_same, first_answers, holds, say, verified

STOPPED = "stopped; what was answered is kept, the same call goes on"
READY = "import sys, bootstrap, cli.main; print('ready', file=sys.stderr, flush=True); "
"""Says that Python itself has started: what comes now is the program."""


def running(place: Place, way: str, stream: bytes, out: str) -> subprocess.Popen[bytes]:
    """A submission that is on its way; in a group of its own, as a terminal starts it."""
    if way == "pipe":
        with (place.folder / "in.jsonl").open("rb") as lines:
            return place.start("submit", "-", "--outcomes", out, stdin=lines, process_group=0)
    file = str(place.folder / "in.jsonl")
    code = "import producers.files; producers.files._CHUNK_BYTES = 16_384; "
    code += LONG if way == "long" else START
    return place.start("submit", file, "--outcomes", out, code=code, process_group=0)


@pytest.mark.parametrize("way", ["pipe", "file", "long"])
@pytest.mark.parametrize("turn", [1, 2])
def test_ctrl_c_ends_in_a_sentence_and_the_same_call_goes_on(way, turn, history, new_place, empty):
    """Goal: stopping is safe and is told as what it is. Method: SIGINT to the group, run again."""
    place = new_place(empty)
    (place.folder / "in.jsonl").write_bytes(history.stream)
    out = place.folder / "out"
    process = running(place, way, history.stream, str(out))
    while not out.exists() and process.poll() is None:  # it is made when the ledger is open
        time.sleep(0.002)
    wait = random.random() * 0.6
    say(f"SIGINT after {wait:.3f} s")
    time.sleep(wait)
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate()
    said = errors.decode().splitlines()
    assert "Traceback" not in errors.decode(), errors.decode()
    assert process.returncode in {130, 1}  # 1: it had come to its end
    if process.returncode == 130:
        assert said[-1] == STOPPED
        assert said.count(STOPPED) == 1
    again = place.run("submit", str(place.folder / "in.jsonl"), "--outcomes", str(out))
    assert again.status == 1
    assert first_answers(outcomes_in(out)) == history.answers
    assert_same(holds(place) | {"strays": []}, history.holds | {"strays": []}, f"{way} {wait}")
    assert verified(place) == []


def test_ctrl_c_while_waiting_for_input(new_place, empty):
    place = new_place(empty)
    process = place.start("submit", "-", stdin=subprocess.PIPE, process_group=0)
    lock = place.log.with_name("log.db.lock")
    while not locked(lock):
        time.sleep(0.01)
    time.sleep(0.5)
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate()
    assert process.returncode == 130
    assert errors.decode().split("\n") == ["", STOPPED, ""]


def locked(path) -> bool:
    import fcntl

    with path.open("ab") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


@pytest.mark.parametrize("words", [["verify"], ["rebuild"], ["pools", "--as-of", "2025-03-05"]])
def test_ctrl_c_of_any_call_ends_in_a_sentence(words, history, new_place):
    place = new_place()
    place.call("submit", "-", stdin=history.stream)
    process = place.start(*words, process_group=0, code=READY + START)
    assert process.stderr is not None
    assert process.stderr.readline() == b"ready\n"
    time.sleep(random.random() * 0.5)
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGINT)
    out, errors = process.communicate()
    assert "Traceback" not in errors.decode(), errors.decode()
    assert process.returncode == 130 or (process.returncode == 0 and out)
    assert verified(place) == []
