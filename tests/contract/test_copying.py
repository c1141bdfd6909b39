"""`copy-log`: the same bytes at the same positions elsewhere, and one log that goes on."""

from contextlib import closing
from dataclasses import replace

import pytest

import bootstrap
from consumers import copying
from eventlog.memory import MemoryLog
from eventlog.port import READ_MAX, Stray
from ledger.errors import ConfigurationError, IntegrityError, TransientError, WriterFenced
from schemas.envelope import Head

from .records import append, everything, of_size, some

STRAYS = [
    Stray(place="a.jsonl:1", value=b"\xff no text", reason="not UTF-8"),
    Stray(place="b.jsonl:9", value=b"", reason="empty"),
]


@pytest.fixture
def file(tmp_path):
    return bootstrap.Settings(log=f"sqlite:///{tmp_path}/log.db")


@pytest.fixture
def topic(kafka_url, ledger_name):
    return bootstrap.Settings(log=kafka_url, ledger=ledger_name)


def filled(settings, number=12) -> list[bytes]:
    with closing(bootstrap.open_log(settings, writer=True)) as log:
        values = append(log, number)
        log.park(STRAYS)
    return values


def content(settings):
    with closing(bootstrap.open_log(settings)) as log:
        return everything(log), list(log.parked()), log.retired()


def test_a_log_goes_from_a_file_to_kafka_and_back(file, topic, tmp_path):
    values = filled(file, READ_MAX + 7)
    assert bootstrap.copy_log(file, topic) == (len(values), 2)
    assert content(topic) == (list(enumerate(values, 1)), STRAYS, None)
    assert content(file)[2] == f"{topic.log} (CLEARING_LEDGER={topic.ledger})"
    with closing(bootstrap.open_log(topic, writer=True)) as log:
        values += append(log, 2)
    home = bootstrap.Settings(log=f"sqlite:///{tmp_path}/home.db")
    seen: list[int] = []
    assert bootstrap.copy_log(topic, home, seen.append) == (len(values), 2)
    assert sum(seen) == len(values)
    assert content(home) == (list(enumerate(values, 1)), STRAYS, None)
    assert content(topic)[2] == home.log
    for closed in (file, topic):
        with (
            closing(bootstrap.open_log(closed, writer=True)) as log,
            pytest.raises(ConfigurationError, match="the ledger goes on at"),
        ):
            append(log, 1)


def test_an_interrupted_copy_goes_on(file, tmp_path, monkeypatch):
    values = filled(file, 25)
    target = bootstrap.Settings(log=f"sqlite:///{tmp_path}/target.db")
    monkeypatch.setattr(copying, "_RECORDS", 10)

    def die(number):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bootstrap.copy_log(file, target, die)
    assert content(target) == (list(enumerate(values[:10], 1)), [], None)
    assert content(file)[2] is None
    assert bootstrap.copy_log(file, target) == (25, 2)
    assert bootstrap.copy_log(file, target) == (25, 2)  # done already: checked again
    with closing(bootstrap.open_log(target, writer=True)) as log:
        append(log, 3)
    assert bootstrap.copy_log(file, target) == (25, 2)  # and gone on since


def test_a_large_record_is_carried_by_itself(file, tmp_path):
    with closing(bootstrap.open_log(file, writer=True)) as log:
        append(log, 1)
        log.append([of_size(log.head(), 8 << 20)], expected=log.head())
        log.append([of_size(log.head(), 8 << 20)], expected=log.head())
        append(log, 1)
    target = bootstrap.Settings(log=f"sqlite:///{tmp_path}/target.db")
    assert bootstrap.copy_log(file, target) == (4, 0)
    assert content(target)[0] == content(file)[0]


def test_a_target_that_holds_another_log_is_left_alone(file, tmp_path):
    values = filled(file)
    for number in (3, 12, 20):
        target = bootstrap.Settings(log=f"sqlite:///{tmp_path}/{number}.db")
        other = filled(target, number)
        with pytest.raises(ConfigurationError, match="the target holds"):
            bootstrap.copy_log(file, target)
        assert content(target)[0] == list(enumerate(other, 1))
    assert content(file) == (list(enumerate(values, 1)), STRAYS, None)


def test_a_log_that_went_on_elsewhere_is_not_copied_a_second_time(file, tmp_path):
    filled(file)
    first, second = (
        bootstrap.Settings(log=f"sqlite:///{tmp_path}/{name}.db") for name in ("one", "two")
    )
    bootstrap.copy_log(file, first)
    with pytest.raises(ConfigurationError, match=r"goes on at sqlite:///.*one\.db"):
        bootstrap.copy_log(file, second)
    with pytest.raises(ConfigurationError, match="to copy to is closed"):
        bootstrap.copy_log(first, file)


def test_nothing_is_made_where_there_is_no_log(file, tmp_path):
    target = bootstrap.Settings(log=f"sqlite:///{tmp_path}/target.db")
    with pytest.raises(TransientError, match="there is no log"):
        bootstrap.copy_log(file, target)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ConfigurationError, match="the same log"):
        bootstrap.copy_log(file, replace(file))


def test_both_writers_are_held_off_while_it_is_copied(file, tmp_path):
    filled(file)
    target = bootstrap.Settings(log=f"sqlite:///{tmp_path}/target.db")

    def meanwhile(number):
        for settings in (file, target):
            with pytest.raises(WriterFenced):
                bootstrap.open_log(settings, writer=True)

    assert bootstrap.copy_log(file, target, meanwhile) == (12, 2)


@pytest.mark.parametrize("fault", ["byte", "stray"])
def test_a_copy_that_is_not_the_log_closes_nothing(fault):
    class Faulty(MemoryLog):
        def read(self, *, after, until=None):
            for batch in super().read(after=after, until=until):
                yield [
                    (place, value[:-1] + b" }" if place == 2 and fault == "byte" else value)
                    for place, value in batch
                ]

        def parked(self):
            return iter([*super().parked()][fault == "stray" :])

    source, target = MemoryLog(), Faulty()
    source.append(some(Head(), 4), expected=Head())
    source.park(STRAYS)
    with pytest.raises(IntegrityError):
        copying.carry(source, target, "elsewhere", lambda _: None)
    assert source.retired() is None


# -- settings --------------------------------------------------------------------------------------


def test_what_a_cluster_asks_for_comes_from_settings(tmp_path):
    secret = tmp_path / "password"
    secret.write_text("open sesame\n")
    cluster = bootstrap.cluster_of(
        "kafka://one:9092,two:9093",
        {
            "CLEARING_KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
            "CLEARING_KAFKA_CA_FILE": str(secret),
            "CLEARING_KAFKA_USER": "clerk",
            "CLEARING_KAFKA_PASSWORD_FILE": str(secret),
        },
    )
    options = cluster.options()
    assert options["bootstrap_servers"] == ["one:9092", "two:9093"]
    assert options["sasl_mechanism"] == "SCRAM-SHA-512"
    assert options["ssl_cafile"] == str(secret)
    assert (options["sasl_plain_username"], options["sasl_plain_password"]) == (
        "clerk",
        "open sesame",
    )
    assert "sesame" not in f"{cluster} {cluster!r}"


@pytest.mark.parametrize("url", ["kafka://", "kafka://host", "kafka://a:1,b", "kafka://a:port"])
def test_a_url_without_ports_is_wrong(url):
    with pytest.raises(ConfigurationError, match="HOST:PORT"):
        bootstrap.cluster_of(url, {})


def test_a_file_that_is_not_there_and_a_name_that_topics_cannot_have_are_told():
    with pytest.raises(ConfigurationError, match="CLEARING_KAFKA_CA_FILE"):
        bootstrap.cluster_of("kafka://a:1", {"CLEARING_KAFKA_CA_FILE": "missing.pem"})
    with pytest.raises(ConfigurationError, match="CLEARING_LEDGER"):
        bootstrap.ledger_of(bootstrap.Settings(ledger="a/b"))
