"""One decider and one projector, from their start to their end."""

import json

import pytest

from tests.cli.program import START, call, run
from tests.fault.books import assert_same, first_answers

from .conftest import Undisturbed
from .site import Site, assert_answered_once, few_at_once, until
from .test_outages import IMPATIENT, QUICK

NOWHERE = "kafka://127.0.0.1:1"

ACCEPTED = "unsafe, and accepted"
"""Is said of the one broker of the tests."""


def test_a_history_is_decided_projected_and_told_as_in_the_embedded_form(
    site: Site, history: Undisturbed
):
    """The same events at the same positions, the same rows and answers; health says so."""
    decider, projector = site.run("decider"), site.run("projector")
    assert first_answers(site.submit(history.lines)) == history.answers
    site.until_level()
    assert_same(site.holds(), history.holds, "on Kafka and PostgreSQL")
    assert_answered_once(site)
    assert decider.metric("clearing_commands_total") + malformed(history) == len(history.answers)
    assert projector.metric("clearing_batch_records_sum") == len(history.holds["log"])
    for worker, role in ((decider, "decider"), (projector, "projector")):
        until(lambda it=worker: it.asks("fresh")[0] == 200, "it is level")  # type: ignore[misc]
        for page in ("live", "ready", "fresh"):
            status, text = worker.asks(page)
            told = json.loads(text)
            assert (status, told[page], told["role"], told["lag_records"]) == (200, True, role, 0)
        assert worker.asks("nothing")[0] == 404
        assert worker.metric("clearing_lag_records") == 0
        worker.stop()
        assert worker.ended() == 0, worker.output()
        told = [each["event"] for each in worker.said() if "library" not in each]
        assert [each for each in told if each != ACCEPTED] == ["starts", "stopped"]


def malformed(history: Undisturbed) -> int:
    """Return how many lines never reach a decider: the door sends them back."""
    return sum(reason == "malformed" for _, _, reason, *_ in history.answers)


def test_sigterm_ends_after_the_batch_in_hand(site: Site, short: Undisturbed):
    """All roles in one call: each a process, all ended together, with status 0; then they go on."""
    site.make_topics()
    sending = site.send(short.lines)
    decider = site.run("decider", few_at_once(10, 0.05))
    until(lambda: site.positions() > 20, "it decides")
    decider.stop()
    assert decider.ended() == 0, decider.output()
    both = site.run("all")
    try:
        assert first_answers(site.outcomes(sending)) == short.answers, both.output()
        site.until_level()
        assert_same(site.holds(), short.holds, "after the stop")
    finally:
        both.stop()
    assert both.ended() == 0, both.output()


@pytest.mark.parametrize("role", ["decider", "projector"])
def test_a_worker_without_a_broker_waits_longer_and_longer_and_ends_with_the_reason(
    role: str, server_database: str
):
    code = f"{QUICK} {IMPATIENT} {START}"
    ended = run("run", "--role", role, "--log", NOWHERE, "--db", server_database, code=code)
    assert ended.status == 3, ended
    *said, reason = ended.err.splitlines()
    assert reason.startswith("clearing: cannot ")
    assert NOWHERE in reason
    told = [json.loads(each) for each in said]
    pauses = [each["pause_s"] for each in told if each["event"] == "begins anew"]
    assert pauses[0] == 0.1
    assert pauses == sorted(pauses)
    assert all("Traceback" not in each for each in said)


def test_a_worker_without_a_server_waits_and_ends_with_the_reason(kafka_url: str):
    nowhere = "postgresql://nobody:secret@127.0.0.1:1/none"
    code = f"{IMPATIENT} {START}"
    ended = run("run", "--role", "projector", "--log", kafka_url, "--db", nowhere, code=code)
    assert ended.status == 3, ended
    assert ended.err.count('"begins anew"') >= 2
    assert "the database cannot be used" in ended.err.splitlines()[-1]
    assert "secret" not in ended.err


def test_workers_are_for_kafka(tmp_path):
    ended = call("run", "--log", f"sqlite:///{tmp_path}/log.db")
    assert ended.status == 2
    assert "`clearing submit` decides itself" in ended.sentence


def test_a_port_that_is_taken_ends_it_with_a_sentence(site: Site):
    one = site.run("projector")
    until(lambda: one.asks("live")[0] == 200, "it answers")
    words = ["--role", "projector", "--port", str(one.port), *site.words]
    ended = run("run", *words, env=site.own)
    assert ended.status == 2
    assert f"cannot listen on 127.0.0.1:{one.port}" in ended.err.splitlines()[-1]
