"""Apache Kafka from its jars: one broker, or several that form a cluster."""

import base64
import fcntl
import os
import re
import secrets
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from time import sleep
from typing import Final

from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError

from .processes import Child, ServiceError, accepts, free_port, run, wait_for

ROOT: Final = Path(__file__).parents[2]
POM: Final = ROOT / "services" / "kafka" / "pom.xml"
JARS: Final = ROOT / ".services" / "kafka"
JAVA_LEAST: Final = 17
MAVEN_TRIES: Final = 3
MAVEN_PAUSE_S: Final = 5.0
START_S: Final = 90.0
_PROPERTIES: Final = """
process.roles=broker,controller
node.id={node}
controller.quorum.voters={voters}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{cport}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
log.dirs={folder}/data
default.replication.factor={replicas}
offsets.topic.replication.factor={replicas}
offsets.topic.num.partitions=1
transaction.state.log.replication.factor={replicas}
transaction.state.log.min.isr={in_sync}
transaction.state.log.num.partitions=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
auto.create.topics.enable=false
broker.session.timeout.ms=1000
broker.heartbeat.interval.ms=200
"""


class Broker(Child):
    """One node of a cluster."""

    def __init__(self, folder: Path, port: int, death: signal.Signals | None) -> None:
        """Take a formatted folder."""
        self.port = port
        log4j = f"-Dlog4j2.configurationFile={POM.parent / 'log4j2.properties'}"
        super().__init__(
            [
                java(), "-Xmx512m", log4j, f"-Dbroker.log={folder}/broker.out",
                "-cp", f"{JARS}/*", "kafka.Kafka", f"{folder}/server.properties",
            ],
            folder=folder,
            death=death,
        )  # fmt: skip


class Brokers:
    """A cluster in a folder, each broker a process of its own; not started yet."""

    def __init__(
        self,
        folder: Path,
        *,
        nodes: int = 1,
        death: signal.Signals | None = signal.SIGKILL,
        more: str = "",
        users: Mapping[str, str] | None = None,
    ) -> None:
        """Format the folder of each node; `death` None: they outlive this process.

        `more` are further settings, `users` know a password each, for SCRAM-SHA-512.
        """
        first = free_port(following=2 * nodes - 1)
        ports = [(first + 2 * node, first + 2 * node + 1) for node in range(nodes)]
        voters = ",".join(f"{n}@127.0.0.1:{cport}" for n, (_, cport) in enumerate(ports, 1))
        cluster = "c" + base64.urlsafe_b64encode(secrets.token_bytes(16)).decode()[1:22]
        resolve_jars()
        self.nodes: list[Broker] = []
        for node, (port, cport) in enumerate(ports, 1):
            place = folder / f"node-{node}"
            place.mkdir(parents=True)
            values = {"node": node, "voters": voters, "port": port, "cport": cport}
            counts = {"replicas": min(nodes, 3), "in_sync": min(nodes, 2)}
            text = (_PROPERTIES + more).format(**values, **counts, folder=place)
            (place / "server.properties").write_text(text)
            _format(place, cluster, users or {})
            self.nodes.append(Broker(place, port, death))

    @property
    def url(self) -> str:
        """Where the cluster is, as CLEARING_LOG says it."""
        return "kafka://" + ",".join(f"127.0.0.1:{node.port}" for node in self.nodes)

    def start(self) -> None:
        """Start all nodes and wait until they answer."""
        for node in self.nodes:
            node.start()
        for node in self.nodes:
            wait_for(lambda node=node: accepts(node.port), node, START_S, "the Kafka broker")  # type: ignore[misc]
        wait_for(self.answers, self.nodes[0], START_S, "the Kafka cluster")

    def answers(self) -> bool:
        """Tell whether every node is a member of the cluster."""
        servers = [f"127.0.0.1:{node.port}" for node in self.nodes]
        try:
            admin = KafkaAdminClient(bootstrap_servers=servers, bootstrap_timeout_ms=2_000)
        except KafkaError:
            return False
        try:
            return len(admin.describe_cluster()["brokers"]) == len(self.nodes)
        except KafkaError:
            return False
        finally:
            admin.close()

    def stop(self) -> None:
        """End all nodes."""
        for node in self.nodes:
            node.stop()


def java() -> str:
    """Return a Java that is new enough. Raises: ServiceError."""
    home = os.environ.get("JAVA_HOME")
    for program in ([f"{home}/bin/java"] if home else []) + ["java"]:
        found = shutil.which(program)
        if found:
            said = subprocess.run([found, "-version"], capture_output=True, check=False).stderr
            version = re.search(rb'version "(\d+)', said)
            if version and int(version[1]) >= JAVA_LEAST:
                return found
    raise ServiceError(
        f"a local Kafka broker needs Java {JAVA_LEAST} or newer: install it (Debian, Ubuntu:"
        " apt-get install openjdk-17-jre-headless), or say where a broker is: CLEARING_TEST_KAFKA"
    )


def resolve_jars() -> None:
    """Have Maven bring the broker's jars, once for each state of the pom."""
    want = sha256(POM.read_bytes()).hexdigest()
    stamp = JARS / "made-from"
    JARS.mkdir(parents=True, exist_ok=True)
    with _locked(JARS / "lock"):
        if stamp.exists() and stamp.read_text() == want:
            return
        if shutil.which("mvn") is None:
            raise ServiceError(
                "the jars of a local Kafka broker come through Maven: install it (Debian, Ubuntu:"
                " apt-get install maven), or say where a broker is: CLEARING_TEST_KAFKA"
            )
        for jar in JARS.glob("*.jar"):
            jar.unlink()
        _copy_jars()
        stamp.write_text(want)


def _copy_jars() -> None:
    """Call Maven; a download that failed is tried again, what has come stays."""
    command = ["mvn", "-q", "-B", "-U", "-f", str(POM), "dependency:copy-dependencies"]
    for attempt in range(MAVEN_TRIES):
        try:
            run([*command, f"-DoutputDirectory={JARS}"], "Maven")
        except ServiceError:
            if attempt == MAVEN_TRIES - 1:
                raise
            sleep(MAVEN_PAUSE_S)
        else:
            return


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _format(place: Path, cluster: str, users: Mapping[str, str]) -> None:
    command = [java(), "-cp", f"{JARS}/*", "kafka.tools.StorageTool", "format", "-t", cluster]
    command += ["-c", str(place / "server.properties")]
    for name, password in users.items():
        command += ["--add-scram", f"SCRAM-SHA-512=[name={name},password={password}]"]
    run(command, "formatting the broker's folder")
