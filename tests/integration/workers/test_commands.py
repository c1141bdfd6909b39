"""Commands that are odd: doubled, poisoned, malformed, huge, among aborted transactions."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

from kafka import KafkaProducer

from eventlog.kafka_commands import KafkaCommandSender
from eventlog.producer import open_producer
from eventlog.topics import Topics
from schemas.door import LINE_BYTES_MAX
from tests.cli.program import lines_of
from tests.fault.books import assert_same, first_answers
from tests.scenario import world

from .conftest import NewSite, Undisturbed
from .site import Site, assert_answered_once, few_at_once, until

START = [json.dumps(each).encode() for each in world.corridor()]


def line(command: dict) -> bytes:
    return lines_of([command]).rstrip(b"\n")


@contextmanager
def producer_of(site: Site, **options: object) -> Iterator[KafkaProducer]:
    """Lend a producer that is not ours: it sends what it likes."""
    producer = open_producer(site.cluster, **options)
    try:
        yield producer
    finally:
        producer.close(timeout=10)


def test_two_that_submit_the_same_get_each_command_done_once(site: Site, short: Undisturbed):
    """Each line is done for one of the two, and known to the other, with the same answer."""
    site.run("decider", few_at_once(40))
    site.run("projector")
    one, other = site.send(short.lines), site.send(short.lines)
    answers = [site.outcomes(each) for each in (one, other)]
    assert [first_answers(each) for each in answers] == [short.answers] * 2
    for mine, theirs in zip(*answers, strict=True):
        if mine["reason"] != "malformed":
            assert "known" in {mine["outcome"], theirs["outcome"]}, (mine, theirs)
    site.until_level()
    found = site.holds()
    found["strays"] = [each for place, each in enumerate(found["strays"]) if place % 2]
    assert_same(found, short.holds, "after two submissions")
    assert_answered_once(site)


POISON = """
import consumers.decider as d
decide = d.decide
def poisoned(command, *rest, **named):
    if getattr(command, "claim_id", None) == "K2":
        raise ZeroDivisionError("poison")
    return decide(command, *rest, **named)
d.decide = poisoned
"""


def test_a_command_on_which_the_program_fails_is_told_and_the_ledger_goes_on(site: Site):
    lines = [*START, line(world.settle("K1")), line(world.settle("K2")), line(world.settle("K3"))]
    decider = site.run("decider", POISON)
    outcomes = site.submit(lines)
    reasons = [each["reason"] for each in outcomes]
    assert reasons == [*[None] * (len(START) + 1), "decider_fault", None]
    until(lambda: decider.metric("clearing_commands_total") == len(lines), "they are counted")
    assert 'reason="decider_fault"' in decider.asks("metrics")[1]
    assert [each["level"] for each in decider.said() if "decide failed" in each["event"]]
    assert decider.asks("live")[0] == 200
    decider.stop()
    site.run("decider")
    again = [each["outcome"] for each in site.submit(lines)]
    assert again == [*["known"] * (len(START) + 1), "accepted", "known"]
    assert_answered_once(site)


def test_bytes_that_are_no_command_are_answered_and_parked_wherever_they_come_from(site: Site):
    """Sent straight to the topic: nothing in it can stop the decider."""
    kind = "x" * (7 << 20)
    odd = [
        b"",
        b"no JSON",
        b"\xff\xfe\x00",
        b"[1, 2]",
        b"{}",
        b'{"type": "SettleClaim", "type": "SettleClaim", "command_id": "twice"}',
        b'{"type": "SettleClaim", "command_id": "nothing else"}',
        b'{"type": "OpenBook", "command_id": "nul \\u0000", "region": "340000"}',
        b" " * (LINE_BYTES_MAX + 5),
        b"\xff" * (15 << 20),
        json.dumps({"type": kind}).encode(),
        json.dumps({"type": "OpenBook", kind: 1}).encode(),
        b"[" * 100_000,
    ]
    site.make_topics()
    topic = Topics(ledger=site.settings.ledger).commands
    with producer_of(site) as producer:
        for value in odd:
            producer.send(topic, value, partition=0).get(20)
        producer.send(topic, None, key=b"a tombstone", partition=0).get(20)
    site.run("decider")
    assert {each["outcome"] for each in site.submit(START)} == {"accepted"}
    assert_answered_once(site)
    parked = site.holds()["strays"]
    wanted = {f"commands@{place}": value[:LINE_BYTES_MAX] for place, value in enumerate(odd)}
    assert {place: value for place, value, _ in parked} == {**wanted, f"commands@{len(odd)}": b""}
    assert all(reason for _, _, reason in parked)


def test_a_daily_report_of_seven_mebibytes_goes_through(site: Site):
    """The largest command there is, and a command larger than the largest."""
    row = world.day_row("R0123456789")
    number = (7 << 20) // (len(json.dumps(row)) + 2)
    rows = [{**row, "claim_id": f"R{place:010}"} for place in range(number)]
    report = world.report_day("national", *rows)
    huge = line(report)
    assert 6 << 20 < len(huge) <= LINE_BYTES_MAX
    decider, projector = site.run("decider"), site.run("projector")
    outcomes = site.submit([*START, huge, huge + b" " * 10, b"{" + b" " * LINE_BYTES_MAX])
    assert [each["outcome"] for each in outcomes[len(START) :]] == ["accepted", "known", "rejected"]
    site.until_level()
    told = site.records()[-1]
    assert (told["type"], len(told["data"]["rows"])) == ("DailyClaimsReported", number)
    assert decider.running()
    assert projector.metric("clearing_failures_total") == 0


def test_aborted_transactions_in_the_log_are_nobodys_business(
    site: Site, new_site: NewSite, short: Undisturbed
):
    """A foreign program opens transactions on the topic of events and gives them up."""
    site.run("projector")
    site.run("decider", few_at_once(40))
    half = len(short.lines) // 2
    events = Topics(ledger=site.settings.ledger).events
    site.submit(short.lines[:half])
    with producer_of(site, transactional_id=f"{site.settings.ledger}.foreign") as foreign:
        foreign.init_transactions()
        for _ in range(5):
            foreign.begin_transaction()
            for number in range(50):
                foreign.send(events, b"never to be seen %d" % number, partition=0)
            foreign.flush()
            foreign.abort_transaction()
        sending = site.send(short.lines[half:])
        for _ in range(5):
            foreign.begin_transaction()
            foreign.send(events, b"never to be seen", partition=0).get(20)
            foreign.abort_transaction()
        site.outcomes(sending)
    site.until_level()
    found = site.holds()
    assert found["log"] == short.holds["log"]
    assert found["tables"] == short.holds["tables"]


LOST = """
from itertools import count
from kafka import KafkaProducer as P
from kafka.errors import KafkaError
commit, calls = P.commit_transaction, count(1)
def lost(producer):
    commit(producer)
    if next(calls) % 5 == 2:
        raise KafkaError("the answer was lost")
P.commit_transaction = lost
"""


def test_a_commit_whose_answer_is_lost_counts_once(site: Site, history: Undisturbed):
    """The decider cannot know, asks the log, and answers what was decided."""
    decider = site.run("decider", LOST + few_at_once(40))
    site.run("projector")
    assert first_answers(site.submit(history.lines)) == history.answers
    assert decider.metric("clearing_failures_total") > 1
    site.until_level()
    assert_same(site.holds(), history.holds, "after lost answers")
    assert_answered_once(site)


def test_commands_that_nobody_decides_are_unknown_and_can_be_asked_for_later(site: Site):
    site.make_topics()
    code = "import consumers.remote as r; r.RemoteLedger.__init__.__defaults__ = (0.5,);"
    outcomes = site.submit(START, code)
    assert {(each["outcome"], each["reason"]) for each in outcomes} == {("unknown", "unknown")}
    name = outcomes[0]["command_id"]
    assert f"clearing outcome {name}" in outcomes[0]["detail"]
    assert site.ask("outcome", name).status == 1
    site.run("decider")
    until(lambda: site.positions() == len(START), "they are decided")
    later = site.ask("outcome", name)
    assert (later.status, later.document["outcome"]) == (0, "known")


def test_one_sender_after_another_is_answered_by_offset(site: Site):
    """Answers belong to the copy that was sent: the second one of an id is known."""
    site.make_topics()
    decider = site.run("decider")
    sender = KafkaCommandSender(site.cluster, site.settings.ledger)
    try:
        assert sender.send([("", each) for each in START]) == list(range(len(START)))
    finally:
        sender.close()
    outcomes = site.submit(START)
    assert {each["outcome"] for each in outcomes} == {"known"}, decider.output()
    assert_answered_once(site)
