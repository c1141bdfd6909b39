"""What a worker tells of itself: figures, health, pages."""

import json
import sys
from io import StringIO
from wsgiref.util import setup_testing_defaults

import pytest
import structlog

from consumers.health import application, serving
from consumers.logs import log_to_stderr
from consumers.watch import FRESH_S, Watch
from ledger.errors import ConfigurationError, TransientError, WriterFenced
from schemas.outcome import Outcome


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def watch(clock: Clock) -> Watch:
    return Watch("decider", clock)


def page(watch: Watch, path: str) -> tuple[str, str]:
    statuses: list[str] = []
    environ: dict = {}
    setup_testing_defaults(environ)
    body = application(watch)(
        {**environ, "PATH_INFO": path}, lambda status, _: statuses.append(status)
    )
    return statuses[0], b"".join(body).decode()


def figure(watch: Watch, name: str, **labels: str) -> float | None:
    return watch.registry.get_sample_value(name, labels)


def test_a_worker_is_ready_from_its_first_step_until_it_hangs(watch: Watch, clock: Clock):
    assert (watch.live, watch.ready, watch.fresh) == (True, False, False)
    watch.stepped()
    assert (watch.live, watch.ready, watch.fresh) == (True, True, True)
    clock.now += 59
    assert watch.live
    clock.now += 2
    assert (watch.live, watch.ready, watch.fresh) == (False, False, False)


def test_a_worker_that_begins_anew_is_live_and_not_ready(watch: Watch):
    watch.stepped()
    watch.failed(TransientError("the world"))
    assert (watch.live, watch.ready) == (True, False)
    watch.failed(WriterFenced("another one"))
    assert (figure(watch, "clearing_failures_total"), figure(watch, "clearing_fenced_total")) == (
        2,
        1,
    )


def test_lag_counts_from_when_it_was_last_level(watch: Watch, clock: Clock):
    watch.stepped()
    watch.behind(0)
    clock.now += 3
    watch.behind(7)
    assert watch.lag == (7, 3.0)
    assert figure(watch, "clearing_lag_records") == 7
    clock.now += FRESH_S
    watch.stepped()
    watch.behind(7)
    assert [watch.ready, watch.fresh] == [True, False]
    watch.behind(0)
    assert [watch.fresh, *watch.lag] == [True, 0, 0.0]


def test_who_takes_over_after_an_hour_was_not_behind_for_an_hour(watch: Watch, clock: Clock):
    clock.now += 3_600
    watch.active(now=True)
    watch.behind(5)
    assert watch.lag.seconds == 0
    assert figure(watch, "clearing_active") == 1


def test_outcomes_are_counted_by_reason(watch: Watch):
    watch.decided([Outcome(outcome="accepted"), Outcome(outcome="rejected", reason="zero_amount")])
    watch.decided([Outcome(outcome="accepted")])
    assert figure(watch, "clearing_commands_total", outcome="accepted", reason="") == 2
    refused = {"outcome": "rejected", "reason": "zero_amount"}
    assert figure(watch, "clearing_commands_total", **refused) == 1
    assert figure(watch, "clearing_batch_records_count") == 2
    assert figure(watch, "clearing_batch_records_sum") == 3


def test_pages_tell_state_lag_and_what_is_unsafe(watch: Watch):
    watch.unsafe(["fsync is off"])
    watch.broken(2)
    assert page(watch, "/ready")[0] == "503 Service Unavailable"
    watch.stepped()
    watch.behind(0)
    status, text = page(watch, "/fresh")
    assert status == "200 OK"
    assert json.loads(text) == {
        "role": "decider",
        "fresh": True,
        "lag_records": 0,
        "lag_seconds": 0.0,
        "unsafe": ["fsync is off"],
    }
    assert page(watch, "/")[0] == "404 Not Found"
    status, text = page(watch, "/metrics")
    assert status == "200 OK"
    assert "clearing_unsafe_settings 1.0" in text
    assert "clearing_invariant_failures 2.0" in text


def test_nobody_is_answered_without_an_address(watch: Watch):
    with serving(watch, None) as port:
        assert port == 0


def test_two_cannot_answer_on_one_port(watch: Watch):
    with (
        serving(watch, ("127.0.0.1", 0)) as port,
        pytest.raises(ConfigurationError, match=f"cannot listen on 127.0.0.1:{port}"),
        serving(watch, ("127.0.0.1", port)),
    ):
        pass


def test_logs_are_json_lines_and_libraries_from_warning_on(monkeypatch: pytest.MonkeyPatch):
    import logging

    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    said = StringIO()
    monkeypatch.setattr(sys, "stderr", said)
    try:
        log_to_stderr(role="decider", ledger="清算")
        structlog.get_logger().info("starts", log="kafka://b:1")
        logging.getLogger("lib").info("not to be seen")
        logging.getLogger("lib").warning("slow: %d", 3)
    finally:
        root.handlers[:] = before
        root.setLevel(level)
        structlog.reset_defaults()
        structlog.contextvars.clear_contextvars()
    first, second = map(json.loads, said.getvalue().splitlines())
    assert (first["event"], first["role"], first["ledger"]) == ("starts", "decider", "清算")
    assert (second["event"], second["level"], second["library"]) == ("slow: 3", "warning", "lib")
