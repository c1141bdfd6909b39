"""Several deciders: one decides, the others stand by and take over, and no zombie writes."""

import random
import signal
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.fault.books import assert_same, first_answers, say
from tests.fault.dying import Step

from .conftest import Undisturbed
from .site import PATIENT, SOON, Site, Worker, assert_answered_once, few_at_once, until

TAKEN_OVER_S = 15.0
HANDED_OVER_S = 5.0
SLOW = few_at_once(4, 0.05)
SLOWER = few_at_once(1, 0.1)
"""Leaves commands for all who come after, however long they take to start and to stop."""
FREEZE = (
    "import os, signal, tests.fault.dying as d;"
    "d.die = lambda: os.kill(os.getpid(), signal.SIGSTOP);"
)
"""What would kill the process freezes it instead."""
DESK, WRITER = "consumers.deciding", "eventlog.producer"
FROZEN = [
    Step("before", "consumers.decider:Decider.decide", 4),
    Step("before", "eventlog.kafka:KafkaLog.append", 4),
    Step("after", f"{WRITER}:_consume", 4),
    Step("after", "kafka:KafkaProducer.commit_transaction", 4),
    Step("before", f"{DESK}:_Desk._write", 4),
    Step("after", f"{DESK}:_Desk._write", 4),
    Step("after", "consumers.retelling:write_answers", 4),  # in the transaction, with its locks
]


def active(deciders: Sequence[Worker]) -> Worker | None:
    """Return the one that decides, if it is one."""
    found = [each for each in deciders if each.running() and each.active()]
    return found[0] if len(found) == 1 else None


def test_a_standby_takes_over_and_takes_nothing_before(site: Site, history: Undisturbed):
    """Goal: one that joins disturbs nobody; one that is killed, or told to end, is followed."""
    first = site.run("decider", SLOW)
    site.run("projector")
    until(first.active, "the first decides")
    sending = site.send(history.lines, PATIENT)
    until(lambda: site.positions() > 5, "it decides a history")
    others = [site.run("decider", SLOW) for _ in range(2)]  # a rebalance in mid-batch
    until(lambda: all(each.ready() for each in others), "the others stand by")
    decided = site.positions()
    until(lambda: site.positions() > decided + 10, "the first goes on")
    assert active([first, *others]) is first, first.output()
    assert first.metric("clearing_failures_total") == 0
    first.kill()
    taken_s = until(lambda: active(others), "one of them takes over", TAKEN_OVER_S)
    second = active(others)
    assert second is not None
    decided = site.positions()
    until(lambda: site.positions() > decided, "it decides")
    third = next(each for each in others if each is not second)
    second._signal(signal.SIGTERM)
    handed_s = until(third.active, "the last one takes over", HANDED_OVER_S)
    assert second.ended() == 0, second.output()
    say(f"after kill -9 {taken_s:.1f} s, after SIGTERM {handed_s:.1f} s")
    same_as(site, history, first_answers(site.outcomes(sending)))


@pytest.mark.soak
@pytest.mark.timeout(240)
def test_a_decider_that_wakes_up_after_another_took_over_writes_nothing(
    site: Site, history: Undisturbed, soak: bool, turn: int
):
    """Goal: a zombie is fenced wherever it froze, and stands by. Method: SIGSTOP at a step."""
    seed = random.getrandbits(32)
    steps = random.Random(seed).sample(FROZEN, 3 if soak else 2)
    say(f"seed {seed}:", *map(str, steps))
    site.make_topics()
    sending = site.send(history.lines, PATIENT)
    standby = None
    for step in steps:
        standby = survives(site, step, standby)
    site.run("decider")
    site.run("projector")
    assert standby is not None
    standby.stop()
    same_as(site, history, first_answers(site.outcomes(sending)))


def survives(site: Site, step: Step, before: Worker | None) -> Worker:
    """Let a decider freeze at a step and wake up after another; return that one."""
    frozen = site.run("decider", SOON + FREEZE + SLOW + f"d.{step!r}.arm();")
    if before is not None:
        before.stop()
    until(lambda: stopped(frozen), f"it froze {step}")
    standby = site.run("decider", SOON + SLOWER)
    until(standby.active, "the standby takes over", 40)
    frozen.resume()
    until(lambda: frozen.metric("clearing_failures_total") > 0, f"it begins anew {step}")
    until(frozen.ready, f"it stands by {step}")
    decided = site.positions()
    until(lambda: site.positions() > decided + 3, "the standby goes on")
    assert active([frozen, standby]) is standby, step
    frozen.stop()
    assert frozen.ended() == 0, frozen.output()
    return standby


def stopped(worker: Worker) -> bool:
    """Tell whether a process was frozen."""
    return Path(f"/proc/{worker.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"


def same_as(site: Site, history: Undisturbed, answers: list) -> None:
    assert answers == history.answers
    site.until_level()
    assert_same(site.holds(), history.holds, "after all")
    assert_answered_once(site)
