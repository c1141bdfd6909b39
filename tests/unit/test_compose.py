"""docker-compose.yml, read and held against what the doctor demands; no Docker engine is needed."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from consumers.doctor_kafka import _BROKER
from eventlog.topics import REPLICAS, Topics
from tests.services.servers import ROOM

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docker-compose.yml").read_text("utf-8")
VARIABLE = re.compile(r"\$\{(\w+):-([^}]*)\}")
WORKERS = ("decider", "decider-standby", "projector", "feed")
THREE = dict(
    line.split("=", 1)
    for line in (ROOT / "services/three-brokers.env").read_text("utf-8").splitlines()
    if line and not line.startswith("#")
)


def services(environ: Mapping[str, str]) -> dict[str, Any]:
    """The services as Docker would see them with these variables."""
    text = VARIABLE.sub(lambda match: environ.get(match[1], match[2]), TEXT)
    found: dict[str, Any] = yaml.safe_load(text)["services"]
    return found


def brokers(environ: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """The settings of each broker, as Kafka spells them."""
    return {
        name: {
            key.removeprefix("KAFKA_").lower().replace("_", "."): str(value)
            for key, value in each["environment"].items()
        }
        for name, each in services(environ).items()
        if name.startswith("kafka-")
    }


def test_every_part_is_there() -> None:
    assert set(services({})) == {"kafka-1", "kafka-2", "kafka-3", "postgres", "migrate", *WORKERS}


@pytest.mark.parametrize("name", services({}))
def test_images_are_pinned(name: str) -> None:
    _, _, tag = services({})[name]["image"].rpartition(":")
    assert re.fullmatch(r"\d+\.\d+(\.\d+)?(-\w+)*", tag)


def test_the_program_s_image_is_pinned_and_not_run_by_root() -> None:
    lines = (ROOT / "Dockerfile").read_text("utf-8").splitlines()
    (base,) = [line for line in lines if line.startswith("FROM ")]
    assert re.search(r":\d+\.\d+\.\d+-", base)
    assert lines.index("USER clearing") < len(lines) - 1
    assert "requirements/setup.sh run" in "\n".join(lines)  # locked, with hashes


@pytest.mark.parametrize("name", [name for name in services({}) if name != "migrate"])
def test_who_goes_on_is_asked_for_its_health_and_started_again(name: str) -> None:
    service = services({})[name]
    assert service["healthcheck"]["test"]
    assert service["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", WORKERS)
def test_workers_start_once_all_is_made(name: str) -> None:
    service = services({})[name]
    assert service["depends_on"] == {"migrate": {"condition": "service_completed_successfully"}}
    role, port = service["command"][2], service["command"][-1]
    assert role == name.removesuffix("-standby")
    assert f":{port}/ready" in " ".join(service["healthcheck"]["test"])


def test_settings_are_those_that_the_program_reads() -> None:
    known = set()
    for module in (ROOT / "bootstrap").glob("*.py"):
        known |= set(re.findall(r"CLEARING_[A-Z_]+", module.read_text("utf-8")))
    for name in (*WORKERS, "migrate"):
        given = {key for key in services({})[name]["environment"] if key.startswith("CLEARING_")}
        assert given <= known


def test_the_database_has_the_room_with_which_it_is_measured() -> None:
    program, *options = services({})["postgres"]["command"]
    assert program == "postgres"
    assert options[::2] == ["-c"] * len(ROOM)
    assert dict(option.split("=") for option in options[1::2]) == ROOM


def test_data_outlive_their_containers() -> None:
    for name in ("kafka-1", "kafka-2", "kafka-3", "postgres"):
        (volume,) = services({})[name]["volumes"]
        assert volume.split(":")[0] == name
    for settings in brokers({}).values():
        assert settings["log.dirs"] == "/var/lib/kafka/data"


def test_only_this_machine_is_let_in() -> None:
    for service in services({}).values():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))


def test_three_brokers_are_what_the_doctor_demands() -> None:
    settings = brokers(THREE)
    for name, broker in settings.items():
        for wanted in _BROKER:
            value = broker.get(wanted.name)
            assert value is None or wanted.holds(value), (name, wanted.name, value)
        assert {"transaction.state.log.replication.factor", "auto.create.topics.enable"} <= set(
            broker
        )
        of_topics = Topics(ledger="clearing").settings("clearing.events.v1", REPLICAS)
        assert broker["min.insync.replicas"] == of_topics["min.insync.replicas"]
        assert broker["default.replication.factor"] == str(REPLICAS)
        assert broker["unclean.leader.election.enable"] == "false"
    assert len({broker["node.id"] for broker in settings.values()}) == REPLICAS
    assert services(THREE)["decider"]["environment"]["CLEARING_ACCEPT_UNSAFE"] == 0


def test_one_broker_is_unsafe_and_says_so() -> None:
    unsafe = [each for each in _BROKER if each.unsafe]
    broker = brokers({})["kafka-1"]
    assert not all(each.holds(broker[each.name]) for each in unsafe)
    assert services({})["decider"]["environment"]["CLEARING_ACCEPT_UNSAFE"] == 1
