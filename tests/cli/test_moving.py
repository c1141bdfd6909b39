"""`clearing copy-log` as a user calls it."""

import pytest

from .program import EXAMPLE, Place, call


@pytest.fixture
def home(tmp_path):
    (tmp_path / "home").mkdir()
    return Place(tmp_path / "home")


def copy(source, target):
    return call("copy-log", "--from", str(source), "--to", str(target))


@pytest.fixture
def topic(kafka_url, ledger_name, monkeypatch):
    monkeypatch.setenv("CLEARING_LEDGER", ledger_name)
    return kafka_url


def test_a_log_moves_to_kafka_and_home_again(copied, golden, home, topic):
    place = copied(golden)
    reports = [("trial-balance", "--as-of", "2025-06-30"), ("pools", "--as-of", "2025-05-01")]
    before = [place.call(*words, "--format", "json").out for words in reports]
    gone = copy(f"sqlite:///{place.log}", topic)
    assert gone.status == 0
    assert "136 records and 0 parked lines" in gone.out
    assert copy(topic, f"sqlite:///{home.log}").status == 0
    assert home.call("submit", "-").status == 0  # folds the books
    assert home.call("verify").status == 0
    assert [home.call(*words, "--format", "json").out for words in reports] == before
    on_kafka = call("--log", topic, "--db", f"sqlite:///{home.books}", "verify")
    assert (on_kafka.status, on_kafka.err) == (0, "")


def test_a_closed_log_takes_no_new_command_and_says_where_to_go(copied, empty, home):
    place = copied(empty)
    assert copy(f"sqlite:///{place.log}", f"sqlite:///{home.log}").status == 0
    refused = place.call("submit", str(EXAMPLE))
    assert refused.status == 2
    assert f"the ledger goes on at sqlite:///{home.log}" in refused.err
    assert place.call("pools", "--as-of", "2025-05-01").status == 0  # reading goes on


def test_wrong_usage_is_told(copied, empty, tmp_path):
    place = copied(empty)
    same = f"sqlite:///{place.log}"
    assert "the same log" in copy(same, same).sentence
    assert "write sqlite:///PATH" in copy("file:log", same).sentence
    assert "HOST:PORT" in copy(same, "kafka://broker").sentence
    assert copy(f"sqlite:///{tmp_path}/none.db", same).status == 3
    assert call("copy-log", "--from", same).status == 2


def test_on_kafka_nobody_decides_beside_the_workers(kafka_url):
    done = call("--log", kafka_url, "submit", str(EXAMPLE))
    assert done.status == 2
    assert done.sentence
