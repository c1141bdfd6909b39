"""Where a service comes from: given by a setting, else a container, else a local program."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

from .brokers import Brokers
from .containers import docker_answers, kafka_container, postgres_container
from .servers import Server


@contextmanager
def kafka() -> Iterator[str]:
    """Lend the URL of a broker."""
    given = os.environ.get("CLEARING_TEST_KAFKA")
    if given:
        yield given if given.startswith("kafka://") else f"kafka://{given}"
    elif docker_answers():
        with kafka_container() as url:
            yield url
    else:
        with local_kafka() as brokers:
            yield brokers.url


@contextmanager
def postgres() -> Iterator[str]:
    """Lend the URL of a server where databases can be made."""
    given = os.environ.get("CLEARING_TEST_DB")
    if given:
        yield given
    elif docker_answers():
        with postgres_container() as url:
            yield url
    else:
        with local_postgres() as server:
            yield server.url


@contextmanager
def local_kafka(nodes: int = 1) -> Iterator[Brokers]:
    """Lend brokers of our own, which a test may kill, freeze and start again."""
    with _folder("kafka") as folder:
        brokers = Brokers(folder, nodes=nodes)
        try:
            brokers.start()
            yield brokers
        finally:
            brokers.stop()


@contextmanager
def local_postgres() -> Iterator[Server]:
    """Lend a server of our own, which a test may kill, freeze and start again."""
    with _folder("postgres") as folder:
        server = Server(folder)
        try:
            server.start()
            yield server
        finally:
            server.stop()


@contextmanager
def _folder(name: str) -> Iterator[Path]:
    """Lend a folder that another user may be given."""
    folder = Path(mkdtemp(prefix=f"clearing-{name}-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
