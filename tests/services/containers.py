"""The same services in containers, where a Docker engine answers."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Final

from .processes import accepts, free_port, wait_for

KAFKA_IMAGE: Final = "apache/kafka:4.3.0"
POSTGRES_IMAGE: Final = "postgres:17"
START_S: Final = 90.0


@cache
def docker_answers() -> bool:
    """Tell whether a Docker engine answers; asked in another process, since asking leaks sockets."""
    code = "import docker; docker.from_env(timeout=5).ping()"
    return (
        subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode
        == 0
    )


@contextmanager
def kafka_container() -> Iterator[str]:
    """Lend the URL of a broker in a container."""
    from testcontainers.core.container import DockerContainer

    port = free_port()
    container = DockerContainer(KAFKA_IMAGE).with_bind_ports(port, port)
    host = container.get_docker_client().host()
    settings = {
        "KAFKA_NODE_ID": "1",
        "KAFKA_PROCESS_ROLES": "broker,controller",
        "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@localhost:29093",
        "KAFKA_LISTENERS": f"PLAINTEXT://0.0.0.0:{port},CONTROLLER://localhost:29093",
        "KAFKA_ADVERTISED_LISTENERS": f"PLAINTEXT://{host}:{port}",
        "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
        "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
        "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
        "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR": "1",
        "KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
        "KAFKA_GROUP_MIN_SESSION_TIMEOUT_MS": "1000",
        "KAFKA_AUTO_CREATE_TOPICS_ENABLE": "false",
    }
    for name, value in settings.items():
        container.with_env(name, value)
    with container:
        wait_for(lambda: accepts(port, host), None, START_S, "the Kafka container")
        yield f"kafka://{host}:{port}"


@contextmanager
def postgres_container() -> Iterator[str]:
    """Lend the URL of a PostgreSQL server in a container."""
    from testcontainers.postgres import PostgresContainer

    with PostgresContainer(POSTGRES_IMAGE, driver=None) as container:
        yield container.get_connection_url()
