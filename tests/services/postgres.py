"""A real PostgreSQL server for the tests: one that is named, a container, or local binaries.

In this order: `CLEARING_TEST_DB` (a URL whose user may make databases); testcontainers where a
Docker engine answers; else the installed binaries, in a temporary folder on a free loopback port.
Where none of them works the tests fail, and say what to install.
"""

import os
import pwd
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from tempfile import mkdtemp
from typing import Final

import psycopg
from sqlalchemy import make_url

IMAGE: Final = "postgres:17-alpine"
MISSING: Final = (
    "No PostgreSQL for the tests: set CLEARING_TEST_DB to the URL of a server whose user may make"
    " databases, or start a Docker engine, or install the server's binaries (Debian: apt-get"
    " install postgresql)."
)
_START_S: Final = 60


@contextmanager
def postgres_server() -> Iterator[str]:
    """Lend the URL of a server for as long as the block runs."""
    named = os.environ.get("CLEARING_TEST_DB")
    if named:
        yield named
    elif _docker_answers():
        with _container() as url:
            yield url
    elif binaries := _binaries():
        with _local(binaries) as url:
            yield url
    else:
        raise RuntimeError(MISSING)


def databases(server: str) -> Callable[[], str]:
    """Return a maker of fresh databases on a server; it gives their URLs."""
    numbers = count(1)
    base = make_url(server)

    def make() -> str:
        name = f"clearing_test_{os.getpid()}_{next(numbers)}"
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            connection.execute(
                f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'"
                " LOCALE_PROVIDER icu ICU_LOCALE 'en-US'"  # sorts otherwise than bytes do
            )
        return base.set(database=name).render_as_string(hide_password=False)

    return make


def _docker_answers() -> bool:
    """Ask in a process of its own: the client leaves its socket open where nobody answers."""
    ask = [sys.executable, "-c", "import docker; docker.from_env(timeout=10).ping()"]
    return subprocess.run(ask, capture_output=True, check=False).returncode == 0


@contextmanager
def _container() -> Iterator[str]:
    from testcontainers.postgres import PostgresContainer

    with PostgresContainer(IMAGE, driver=None) as container:
        yield container.get_connection_url()


def _binaries() -> Path | None:
    """Return the folder of `initdb` and `postgres`: on the path, else Debian's, the newest."""
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    places = Path("/usr/lib/postgresql").glob("[0-9]*/bin")
    return max(places, key=lambda place: int(place.parent.name), default=None)


@contextmanager
def _local(binaries: Path) -> Iterator[str]:
    folder = Path(mkdtemp(prefix="clearing-pg-"))
    data, said = folder / "data", folder / "server.log"
    user = _run_as()
    if user is not None:
        os.chown(folder, *user)
    try:
        _made(binaries, data, user)
        port = _free_port()
        options = f"-p {port} -h 127.0.0.1 -k {folder} -c shared_buffers=128MB -c max_wal_size=1GB"
        start = [str(binaries / "pg_ctl"), "-D", str(data), "-l", str(said), "-w", "-t"]
        _call([*start, str(_START_S), "-o", options, "start"], user)
        try:
            yield f"postgresql://clearing@127.0.0.1:{port}/postgres"
        finally:
            _call([str(binaries / "pg_ctl"), "-D", str(data), "-m", "immediate", "stop"], user)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _made(binaries: Path, data: Path, user: tuple[int, int] | None) -> None:
    how = ["-U", "clearing", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
    _call([str(binaries / "initdb"), "-D", str(data), *how], user)


def _run_as() -> tuple[int, int] | None:
    """Return whom to run the server as where we are root, which it refuses."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            entry = pwd.getpwnam(name)
            return entry.pw_uid, entry.pw_gid
    raise RuntimeError("PostgreSQL refuses to run as root, and there is no user postgres or nobody")


def _call(words: list[str], user: tuple[int, int] | None) -> None:
    """Run a program to its end. What the server goes on writing goes to its own file."""
    uid, gid = user or (None, None)
    done = subprocess.run(
        words, cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, text=True, check=False, timeout=_START_S + 10,
        user=uid, group=gid, extra_groups=None if user is None else [],
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"{' '.join(words)} failed: {done.stderr.strip()}")


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
