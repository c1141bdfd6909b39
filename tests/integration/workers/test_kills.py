"""kill -9 of decider and projector between the steps of a command's life, and at any moment.

One ledger a turn: its workers die again and again under one submission. Afterwards it is the
ledger that was never disturbed.
"""

import random
import signal
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from time import sleep

import pytest

from eventlog.kafka_commands import KafkaCommandSender
from tests.fault.books import assert_same, first_answers, say
from tests.fault.dying import Step

from .conftest import Undisturbed
from .site import PATIENT, SOON, Site, assert_answered_once, few_at_once, until

LOG, WRITER = "eventlog.kafka:KafkaLog", "eventlog.producer"
COMMIT = "kafka:KafkaProducer.commit_transaction"
DESK, TELL = "consumers.deciding", "consumers.retelling"
FIRST = [Step("before", f"{LOG}.park"), Step("after", f"{LOG}.park")]
"""Steps with bytes that are no command: they come before all commands."""
DECIDER = [
    # taking over
    Step("after", f"{WRITER}:TransactionalWriter.__init__"),
    Step("after", f"{LOG}.__init__"),
    Step("after", f"{DESK}:catch_up"),
    Step("after", "eventlog.kafka_commands:KafkaCommandReader.seek"),
    # deciding a batch
    Step("after", "eventlog.kafka_commands:KafkaCommandReader.read", 2),
    Step("before", "consumers.decider:Decider.decide", 2),
    Step("after", "consumers.decider:decide", 7),
    Step("before", f"{LOG}.append", 2),
    # the transaction of the log
    Step("after", f"{WRITER}:send_all", 2),
    Step("after", f"{WRITER}:_consume", 2),
    Step("before", COMMIT, 2),
    Step("after", COMMIT, 2),
    Step("after", f"{TELL}:outcome_of", 2),  # what the last one had no time to tell
    Step("after", f"{LOG}.append", 2),
    # the transaction of the tables
    Step("before", f"{DESK}:_Desk._write", 2),
    Step("after", f"{TELL}:move_consumed", 2),
    Step("after", "projections.commands:insert_rows", 2),
    Step("after", f"{TELL}:write_answers", 2),
    Step("after", f"{DESK}:_Desk._write", 2),
    Step("after", f"{DESK}:write_decided", 2),
]
AGAIN = {f"{TELL}:outcome_of": Step("after", COMMIT, 2)}
"""What must have happened for a step to come: an append whose answers were not written."""
PROJECTOR = [
    Step("after", "eventlog.partition:PartitionReader._poll_once", 2),
    Step("before", "consumers.projecting:flush", 2),
    Step("before", "projections.fold:Folder.flush", 1),
    Step("after", "projections.fold:move_checkpoints", 1),
    Step("after", "projections.balances:Balances.flush", 1),
    Step("after", "projections.fold:Folder.flush", 1),
    Step("before", "projections.fold:Folder.written", 1),
    Step("after", "projections.fold:Folder.written", 1),
]
SLOW = few_at_once(4, 0.02)
GARBAGE = [b"no command", b"{}", b"\xff\xfe"]


def armed(step: Step) -> str:
    return f"from tests.fault.dying import Step; {step!r}.arm();"


def dies(site: Site, role: str, step: Step) -> None:
    """Live until a step comes."""
    worker = site.run(role, SOON + SLOW + armed(step))
    status = worker.ended(90)
    assert status == -signal.SIGKILL, f"{role}, {step}: {worker.output()}"


def dies_sometime(site: Site, role: str, chance: random.Random) -> None:
    """Live for a while."""
    worker = site.run(role, SOON + SLOW)
    until(worker.ready, f"{role} works")
    sleep(chance.random() * 1.5)
    worker.kill()


def some(steps: Sequence[Step], chance: random.Random, number: int) -> list[Step]:
    """Return steps in any order; before those that need another one, that one."""
    chosen = chance.sample(steps, min(number, len(steps)))
    return [each for step in chosen for each in (AGAIN.get(step.function), step) if each]


def through_deaths(
    site: Site, history: Undisturbed, lives: Callable[[], Sequence[Callable[[], object]]]
) -> None:
    """Send a history while workers die; let the last ones live; compare with the undisturbed."""
    site.make_topics()
    KafkaCommandSender(site.cluster, site.settings.ledger).send([("", each) for each in GARBAGE])
    sending = site.send(history.lines, PATIENT)
    with ThreadPoolExecutor(2) as pool:
        for each in [pool.submit(life) for life in lives()]:
            each.result()
    site.run("decider")
    site.run("projector")
    assert first_answers(site.outcomes(sending)) == history.answers
    site.until_level()
    found = site.holds()
    parked = [each for each in found["strays"] if each[0].startswith("commands@")]
    assert [value for _, value, _ in parked] == GARBAGE
    found["strays"] = [each for each in found["strays"] if each not in parked]
    assert_same(found, history.holds, "after the deaths")
    assert_answered_once(site)


@pytest.mark.timeout(600)
def test_workers_that_die_between_two_steps_lose_and_repeat_nothing(
    site: Site, history: Undisturbed, soak: bool, turn: int
):
    """Goal: the fault splits the named step. Method: die there, start anew, go on, compare."""
    seed = random.getrandbits(32)
    chance = random.Random(seed)
    few = 99 if soak else 4
    decider = [FIRST[turn % 2], *some(DECIDER, chance, few)]
    projector = some(PROJECTOR, chance, few)
    say(f"seed {seed}:", *map(str, decider), "|", *map(str, projector))

    def deciders() -> None:
        for step in decider:
            dies(site, "decider", step)
        site.run("decider", SLOW)  # projectors die over what is new

    def projectors() -> None:
        until(lambda: site.positions() > 0, "something is decided", 120)
        for step in projector:
            dies(site, "projector", step)

    through_deaths(site, history, lambda: [deciders, projectors])


@pytest.mark.soak
@pytest.mark.timeout(600)
def test_workers_that_die_at_any_moment_lose_and_repeat_nothing(
    site: Site, history: Undisturbed, soak: bool, turn: int
):
    """Goal: a moment that nobody thought of. Method: as above, after a random time."""
    seed = random.getrandbits(32)
    say(f"seed {seed}")
    lives = 4 if soak else 2

    def of(role: str) -> Callable[[], object]:
        chance = random.Random(f"{seed} {role}")

        def live() -> None:
            for _ in range(lives):
                dies_sometime(site, role, chance)

        return live

    through_deaths(site, history, lambda: [of("decider"), of("projector")])
