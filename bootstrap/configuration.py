"""What is set: on the command line, in the environment, else by default."""

import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ledger.errors import (
    ConcurrencyError,
    ConfigurationError,
    LedgerError,
    TransientError,
)
from ledger.naming import ledger_named
from ledger.record import record

if TYPE_CHECKING:
    from eventlog.cluster import Cluster

Progress = Callable[[int], None]
"""Is told how many records have been folded since it was last told."""
DEFAULT_LOG: Final = "sqlite:///clearing-data/log.db"
DEFAULT_DB: Final = "sqlite:///clearing-data/books.db"
DEFAULT_LEDGER: Final = "clearing"
SQLITE: Final = "sqlite:///"
_SERVER: Final = "postgresql://"
_KAFKA: Final = "kafka://"


@record
class Settings:
    """Where the log and the database are."""

    log: str = DEFAULT_LOG
    db: str = DEFAULT_DB
    ledger: str = DEFAULT_LEDGER
    """Its name: on a database server, its schema."""
    accept_unsafe: bool = False
    """Whether a writer starts although what was answered may be lost."""


def settings(log: str | None, db: str | None, environ: Mapping[str, str] = os.environ) -> Settings:
    """Return what was said on the command line, else in the environment, else the default."""
    return Settings(
        log=log or environ.get("CLEARING_LOG") or DEFAULT_LOG,
        db=db or environ.get("CLEARING_DB") or DEFAULT_DB,
        ledger=environ.get("CLEARING_LEDGER") or DEFAULT_LEDGER,
        accept_unsafe=environ.get("CLEARING_ACCEPT_UNSAFE") == "1",
    )


@contextmanager
def ending(say: Callable[[str], object]) -> Iterator[None]:
    """End the program with a sentence and a status where one of our errors comes through."""
    try:
        yield
    except LedgerError as fault:
        say(str(fault))
        raise SystemExit(_status_of(fault)) from fault


def _status_of(fault: LedgerError) -> int:
    if isinstance(fault, ConfigurationError):
        return 2
    return 3 if isinstance(fault, TransientError | ConcurrencyError) else 1


def path_of(url: str) -> Path:
    """Return the file of a sqlite URL. Raises: ConfigurationError for any other URL."""
    if not url.startswith(SQLITE) or len(url) == len(SQLITE):
        raise ConfigurationError(f"{shown(url)}: write sqlite:///PATH")
    return Path(url.removeprefix(SQLITE))


def ledger_of(chosen: Settings) -> str:
    """Return the ledger's name. Raises: ConfigurationError for one that it cannot have."""
    return ledger_named(chosen.ledger)


def on_server(chosen: Settings) -> bool:
    """Say whether the books are on a PostgreSQL server."""
    return chosen.db.startswith(_SERVER)


def on_kafka(chosen: Settings) -> bool:
    """Say whether the log is on Kafka: then workers decide, and nobody beside them."""
    return chosen.log.startswith(_KAFKA)


def shown(url: str) -> str:
    """Return a URL without its password, to be printed."""
    return re.sub(r"(?<=://)([^/@:]*):[^/]*@", r"\1:***@", url)


def cluster_of(url: str, environ: Mapping[str, str] = os.environ) -> "Cluster":
    """Return the brokers of a URL, with what the environment says of signing in."""
    from eventlog.cluster import Cluster

    servers = tuple(url.removeprefix(_KAFKA).rstrip("/").split(","))
    if not all(re.fullmatch(r".+:[0-9]{1,5}", server) for server in servers):
        raise ConfigurationError(f"{url}: write kafka://HOST:PORT[,HOST:PORT...]")
    user = environ.get("CLEARING_KAFKA_USER")
    security = environ.get("CLEARING_KAFKA_SECURITY_PROTOCOL") or "PLAINTEXT"
    return Cluster(
        servers=servers,
        security_protocol=security,
        ca_file=_file(environ, "CLEARING_KAFKA_CA_FILE"),
        cert_file=_file(environ, "CLEARING_KAFKA_CERT_FILE"),
        key_file=_file(environ, "CLEARING_KAFKA_KEY_FILE"),
        sasl_mechanism=environ.get("CLEARING_KAFKA_SASL_MECHANISM")
        or ("SCRAM-SHA-512" if security.startswith("SASL") else None),
        user=user,
        password=_password(environ),
    )


def _file(environ: Mapping[str, str], name: str) -> str | None:
    path = environ.get(name)
    if path and not Path(path).is_file():
        raise ConfigurationError(f"{name}={path}: there is no such file")
    return path or None


def _password(environ: Mapping[str, str]) -> str | None:
    path = _file(environ, "CLEARING_KAFKA_PASSWORD_FILE")
    return Path(path).read_text("utf-8").rstrip("\r\n") if path else None


def address_of(chosen: Settings) -> str:
    """Return a URL by which somebody elsewhere finds a log."""
    if on_kafka(chosen):
        return f"{chosen.log} (CLEARING_LEDGER={chosen.ledger})"
    return f"{SQLITE}{path_of(chosen.log).absolute()}"
