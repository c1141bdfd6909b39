"""A broker that asks for TLS and a password: who signs in, and who does not."""

import logging
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bootstrap import cluster_of
from eventlog import cluster
from eventlog.cluster import Cluster
from eventlog.kafka import KafkaLog
from ledger.errors import ConfigurationError
from schemas.envelope import Head
from tests.cli.program import call
from tests.contract.records import some
from tests.services.secure import secure_kafka

USER, PASSWORD, WRONG = "clearing", "a-secret-of-the-broker", "another-secret-of-nobody"


@pytest.fixture(scope="module")
def signing_in(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment of one who signs in rightly, and where."""
    folder = tmp_path_factory.mktemp("secure")
    with secure_kafka(folder, USER, PASSWORD) as (url, certificate):
        (folder / "password").write_text(f"{PASSWORD}\n")
        yield {
            "CLEARING_LOG": url,
            "CLEARING_KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
            "CLEARING_KAFKA_CA_FILE": str(certificate),
            "CLEARING_KAFKA_USER": USER,
            "CLEARING_KAFKA_PASSWORD_FILE": str(folder / "password"),
        }


def reached(environ: dict[str, str]) -> Cluster:
    return cluster_of(environ["CLEARING_LOG"], environ)


def test_with_password_and_certificate_a_log_is_written_and_read(
    signing_in: dict[str, str], ledger_name: str, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG)
    values = some(Head(), 5)
    with closing(KafkaLog(reached(signing_in), ledger_name, writer=True)) as log:
        log.append(values, expected=Head())
    with closing(KafkaLog(reached(signing_in), ledger_name)) as log:
        assert [value for batch in log.read(after=0) for _, value in batch] == values
    assert PASSWORD not in caplog.text


def test_a_wrong_password_is_told_in_a_sentence_and_nowhere_shown(
    signing_in: dict[str, str], tmp_path: Path, caplog, monkeypatch
):
    monkeypatch.setattr(cluster, "BOOTSTRAP_MS", 2_000)
    caplog.set_level(logging.DEBUG)
    (tmp_path / "password").write_text(WRONG)
    wrong = {**signing_in, "CLEARING_KAFKA_PASSWORD_FILE": str(tmp_path / "password")}
    with pytest.raises(ConfigurationError, match=r"refused: Authentication failed") as told:
        KafkaLog(reached(wrong), "nobodys", writer=True)
    assert WRONG not in caplog.text + str(told.value)
    for name, value in wrong.items():
        monkeypatch.setenv(name, value)
    ended = call("history", "--claim", "K1")
    assert ended.status == 2
    assert "127.0.0.1" in ended.sentence
    assert WRONG not in ended.sentence


def test_a_certificate_that_nobody_vouches_for_is_told_in_a_sentence(
    signing_in: dict[str, str], ledger_name: str, monkeypatch
):
    """Without the file the system's own list counts, which does not know it."""
    monkeypatch.setattr(cluster, "BOOTSTRAP_MS", 2_000)
    unknown = {**signing_in, "CLEARING_KAFKA_CA_FILE": ""}
    for name, value in unknown.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError, match="refused: certificate verify failed: self"):
        KafkaLog(reached(unknown), ledger_name)
    ended = call("history", "--claim", "K1")
    assert ended.status == 2
    assert "certificate verify failed" in ended.sentence
